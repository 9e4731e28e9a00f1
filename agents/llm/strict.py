"""JSON as a model writes it, read strictly: what could be read in two ways is not read at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, NoReturn

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError

DEEPEST: Final = 32


class UnreadableError(ValueError):
    """No JSON, or JSON that nobody should act upon."""


def parse(text: str) -> Any:
    """Refused: a key twice, NaN and infinities, fractions (figures are whole numbers), minus zero, a second value."""
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse, parse_float=_refuse, parse_int=_whole)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(type(error).__name__) from None
    _shallow(value, DEEPEST)
    return value


def parse_body(text: str | bytes) -> Any:
    """A provider's own envelope: the same, but it may have fractions."""
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(type(error).__name__) from None


def check(value: Any, schema: Mapping[str, Any]) -> None:
    """UnreadableError when a value doesn't fit its schema."""
    try:
        Draft202012Validator(schema).validate(value)
    except (ValidationError, SchemaError, RecursionError) as error:
        raise UnreadableError(type(error).__name__) from None


def whole(value: Any) -> None:
    """UnreadableError for a fraction, or nesting without end, in JSON that somebody else has read."""
    if isinstance(value, float):
        raise UnreadableError("not a whole number")
    _shallow(value, DEEPEST)
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        whole(item)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise UnreadableError("a key twice")
    return found


def _refuse(said: str) -> NoReturn:
    raise UnreadableError("not a whole number")


def _whole(said: str) -> int:
    if said == "-0" or len(said) > 18:
        raise UnreadableError("not a whole number")
    return int(said)


def _shallow(value: Any, deep: int) -> None:
    if deep == 0:
        raise UnreadableError("too deep")
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _shallow(item, deep - 1)
