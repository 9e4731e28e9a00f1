"""YAML that people write: safe, no key twice, and an error that says at which line and column."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

import yaml
from pydantic import ValidationError


class YamlTextError(ValueError):
    """The text can't be used; the message is a sentence for whoever wrote it. Lines and columns count from 1."""

    def __init__(self, sentence: str, line: int, column: int) -> None:
        super().__init__(f"{sentence} (line {line}, column {column})")
        self.line, self.column = line, column


class _StrictLoader(yaml.CSafeLoader):
    """SafeLoader takes the last of two equal keys without a word; this one refuses."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set[Any]()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, Hashable) and key in seen:
                raise _error(f"The key {key!r} stands twice here; keep one of them", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def load(text: str) -> Any:
    """The value that the text means, made of plain types only."""
    try:
        return yaml.load(text, Loader=_StrictLoader)  # noqa: S506 (it is a SafeLoader)
    except yaml.MarkedYAMLError as error:
        problem = (error.problem or error.context or "this can't be read").strip()
        raise _error(f"This isn't YAML: {problem}", error.problem_mark or error.context_mark) from error
    except yaml.YAMLError as error:
        raise YamlTextError(f"This isn't YAML: {error}".splitlines()[0], 1, 1) from error
    except RecursionError as error:
        raise YamlTextError("This is nested too deeply", 1, 1) from error


def explain(text: str, error: ValidationError) -> YamlTextError:
    """The first thing that a schema has against the text, with the place where it stands."""
    first = error.errors()[0]
    path = [step for step in first["loc"] if step not in ("[key]", "function-after")]
    where = ".".join(str(step) for step in path) or "the top level"
    mark = _mark(text, path)
    return YamlTextError(f"{where}: {_sentence(first['type'], first['msg'])}", *mark)


SENTENCES = {
    "extra_forbidden": "this key isn't known; check its spelling",
    "missing": "this key is missing; add it",
}


def _sentence(kind: str, message: str) -> str:
    plain = message.removeprefix("Value error, ")
    return SENTENCES.get(kind, plain[:1].lower() + plain[1:])


def _mark(text: str, path: Iterable[Any]) -> tuple[int, int]:
    """Where the deepest part of `path` that exists in the text begins."""
    node: Any = yaml.compose(text, Loader=yaml.SafeLoader)
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


def _error(sentence: str, mark: Any) -> YamlTextError:
    return YamlTextError(sentence, mark.line + 1, mark.column + 1) if mark else YamlTextError(sentence, 1, 1)
