"""YAML that people write: safe, no key twice, and an error that says at which line and column."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable
from typing import Any, Final

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from yaml.reader import Reader

MOST_TOLD: Final = 10
MERGE: Final = "tag:yaml.org,2002:merge"
INTEGER: Final = "tag:yaml.org,2002:int"
# YAML reads 014 as twelve and 10:00 as six hundred; nobody who writes them means that.
PLAIN_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]{0,17})")

# What turns the direction of reading round, or takes no room: a reviewer would read something else than what is meant.
HIDDEN: Final = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069]|(?<!^)\ufeff")


class YamlTextError(ValueError):
    """The text can't be used; the message is a sentence for whoever wrote it. Lines and columns count from 1.

    `sentences`: this one and those about further places, so that all can be put right at once.
    """

    def __init__(self, sentence: str, line: int, column: int, more: tuple[str, ...] = ()) -> None:
        super().__init__(f"{sentence} (line {line}, column {column})")
        self.line, self.column, self.sentences = line, column, (str(self), *more)


class _StrictLoader(yaml.CSafeLoader):
    """SafeLoader takes the last of two equal keys without a word; this one refuses, and says where a value is odd."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set[str]()
        for key_node, _ in node.value:
            key = self._key(key_node)
            if key in seen:
                raise _error(f"The key {key!r} stands twice here; keep one of them", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        if node.tag == INTEGER and not PLAIN_NUMBER.fullmatch(str(node.value)):
            raise _error("This number isn't written plainly; use digits only, like 14", node.start_mark)
        try:
            return super().construct_object(node, deep)
        except YamlTextError:
            raise
        except (ValueError, TypeError, AttributeError, OverflowError) as error:
            raise _error("This value can't be read; put it in quotes", node.start_mark) from error

    def _key(self, node: yaml.Node) -> str:
        if node.tag == MERGE:
            raise _error("The key << isn't understood here; write the keys out", node.start_mark)
        key = self.construct_object(node, deep=True)
        if not isinstance(key, str):
            raise _error("A key has to be a word; put it in quotes", node.start_mark)
        return key


def load(text: str) -> Any:
    """The value that the text means, made of plain types only."""
    odd = Reader.NON_PRINTABLE.search(text) or HIDDEN.search(text)
    if odd is not None:
        raise YamlTextError("There is a character here that can't be seen; delete it", *_at(text, odd.start()))
    try:
        return yaml.load(text, Loader=_StrictLoader)  # noqa: S506 (it is a SafeLoader)
    except yaml.MarkedYAMLError as error:
        raise _error(_unreadable(text, error), error.problem_mark or error.context_mark) from error
    except yaml.YAMLError as error:
        raise YamlTextError(f"This isn't YAML: {error}".splitlines()[0], 1, 1) from error
    except RecursionError as error:
        raise YamlTextError("This is nested too deeply", 1, 1) from error


def explain(text: str, error: ValidationError) -> YamlTextError:
    """What a schema has against the text, each with the place where it stands; the first is the message."""
    root: Any = yaml.compose(text, Loader=yaml.CSafeLoader)
    found = [_told(root, one) for one in error.errors()[:MOST_TOLD]]
    return YamlTextError(*found[0], tuple(str(YamlTextError(*one)) for one in found[1:]))


def _told(root: Any, one: ErrorDetails) -> tuple[str, int, int]:
    path = [step for step in one["loc"] if step not in ("[key]", "function-after")]
    where = ".".join(str(step) for step in path) or "the top level"
    return (f"{where}: {_sentence(one['type'], one['msg'])}", *_mark(root, path))


SECTION: Final = "keys with values are wanted here, indented below it"
LIST: Final = "a list is wanted here, each entry on a line of its own after a dash"
SENTENCES: Final = {
    "extra_forbidden": "this key isn't known; check its spelling",
    "missing": "this key is missing; add it",
    "model_type": SECTION,
    "dict_type": SECTION,
    "tuple_type": LIST,
    "list_type": LIST,
    "int_type": "a whole number is wanted here, without quotes",
    "string_type": "a text is wanted here; put it in quotes",
    "string_too_short": "this is empty; write something",
}


def _sentence(kind: str, message: str) -> str:
    plain = message.removeprefix("Value error, ")
    return SENTENCES.get(kind, plain[:1].lower() + plain[1:])


def _unreadable(text: str, error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark
    lines = text.splitlines()
    if mark is not None and mark.line < len(lines) and "\t" in lines[mark.line][: mark.column + 1]:
        return "This isn't YAML: a line can't begin with a tab; indent with spaces"
    problem = error.problem or error.context or "this can't be read"
    return f"This isn't YAML: {problem.strip()}"


def _mark(node: Any, path: Iterable[Any]) -> tuple[int, int]:
    """Where the deepest part of `path` that exists in the text begins."""
    mark = node.start_mark if node is not None else None
    for step in path:
        found = _child(node, step)
        if found is None:
            break
        mark, node = found
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _child(node: Any, step: Any) -> tuple[Any, Any] | None:
    """(mark of the key or item, its node) below `node`."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key.start_mark, value
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step].start_mark, node.value[step]
    return None


def _at(text: str, place: int) -> tuple[int, int]:
    return text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place)


def _error(sentence: str, mark: Any) -> YamlTextError:
    return YamlTextError(sentence, mark.line + 1, mark.column + 1) if mark else YamlTextError(sentence, 1, 1)
