"""Changes to a taxonomy's text that leave every other line as its author wrote it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from agents.intents.taxonomy import Thresholds


def with_thresholds(body: str, numbers: Thresholds) -> str:
    block = "thresholds:\n" + "".join(f"  {name}: {value}\n" for name, value in numbers.model_dump().items())
    span = _span(body, "thresholds")
    if span is None:
        return body.rstrip("\n") + "\n" + block
    return body[: span[0]] + block + body[span[1] :]


def with_examples(body: str, intent: str, texts: Sequence[str]) -> str:
    """The examples behind those of the intent; KeyError when the text has no such intent."""
    entry = next((one for one in _entries(body) if _value(one, "name").value == intent), None)
    if entry is None:
        raise KeyError(intent)
    known = _value(entry, "examples")
    if not isinstance(known, yaml.SequenceNode) or known.flow_style or not known.value:
        return _rewritten(body, intent, texts)
    at = _line_after(body, known.value[-1].end_mark.index)
    lines = "".join(f"{' ' * known.start_mark.column}- {_scalar(text)}\n" for text in texts)
    return body[:at] + lines + body[at:]


def with_intent(body: str, entry: dict[str, Any]) -> str:
    """A new intent behind the last."""
    known = _value(yaml.compose(body, Loader=yaml.SafeLoader), "intents")
    at = _line_after(body, known.value[-1].end_mark.index)
    made = yaml.safe_dump([entry], sort_keys=False, allow_unicode=True, width=10_000)
    indent = " " * known.start_mark.column
    return body[:at] + "".join(f"{indent}{line}\n" for line in made.splitlines()) + body[at:]


def _rewritten(body: str, intent: str, texts: Sequence[str]) -> str:
    data = yaml.safe_load(body)
    for entry in data["intents"]:
        if entry["name"] == intent:
            entry["examples"] = [*entry.get("examples", ()), *texts]
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=120)


def _entries(body: str) -> list[Any]:
    known = _value(yaml.compose(body, Loader=yaml.SafeLoader), "intents")
    return list(known.value)


def _value(node: Any, name: str) -> Any:
    return next((value for key, value in node.value if key.value == name), None)


def _span(body: str, name: str) -> tuple[int, int] | None:
    """From the key's line to the line behind its value."""
    root: Any = yaml.compose(body, Loader=yaml.SafeLoader)
    for key, value in root.value:
        if key.value == name:
            return key.start_mark.index, _line_after(body, value.end_mark.index)
    return None


def _line_after(body: str, index: int) -> int:
    """Where the line begins behind the last word before `index`: a block's end mark stands at whatever comes next."""
    index = len(body[:index].rstrip())
    found = body.find("\n", index)
    return len(body) if found < 0 else found + 1


def _scalar(text: str) -> str:
    """One line, quoted where YAML wants it."""
    return yaml.safe_dump(text, allow_unicode=True, width=10_000).removesuffix("\n...\n").strip()
