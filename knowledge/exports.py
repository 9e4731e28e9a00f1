"""Rows that hold articles: a CSV of ours, and what the help centres of Zendesk and Intercom give out as JSON."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, Final

from . import formats, ingest
from .formats import Draft, SkippedError
from .models import Audience, Topic

COLUMNS: Final = ("id", "title", "body", "topic", "audience", "updated", "reviewed")
NEEDED: Final = frozenset(COLUMNS[:3])
MARKUP: Final = re.compile(r"</(?:p|div|h[1-6]|ul|ol|table)\s*>", re.IGNORECASE)
MAX_ROWS: Final = 50_000


@dataclass(frozen=True)
class Row:
    """One article of several in a file: where it stands, its id there, and how it is read."""

    where: str
    id: str
    read: Callable[[], Draft]


def from_csv(data: bytes) -> list[Row]:
    """One article a row. The heading says which column is which."""
    text = formats.decoded(data)
    csv.field_size_limit(ingest.MAX_BYTES)
    heading = text.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=";" if ";" in heading else ",", strict=True)
    try:
        names = [(name or "").strip().lower() for name in reader.fieldnames or ()]
        _columns(names)
        reader.fieldnames = names
        rows = [(f"line {reader.line_num}", row) for row in _few(reader)]
    except csv.Error as error:
        raise SkippedError(f"The CSV can't be read: {error} (line {reader.line_num}).") from error
    return [Row(where, (row["id"] or "").strip(), partial(_of_row, row)) for where, row in rows]


def _columns(names: list[str]) -> None:
    missing, unknown = NEEDED - set(names), set(names) - set(COLUMNS)
    if missing or unknown or len(set(names)) < len(names):
        wrong = ", ".join(sorted(missing) or sorted(unknown) or sorted(names))
        problem = "are missing" if missing else "aren't known" if unknown else "stand twice"
        raise SkippedError(f"Columns that {problem}: {wrong}. The first line names them: {', '.join(COLUMNS)}.")


def _few(rows: Iterable[Any]) -> Iterable[Any]:
    for n, row in enumerate(rows):
        if n >= MAX_ROWS:
            raise SkippedError(f"There are more than {MAX_ROWS:,} articles. Split the file.")
        yield row


def _of_row(row: dict[str | None, Any]) -> Draft:
    if None in row or None in row.values():
        raise SkippedError("The line has another number of cells than the heading.")
    said = {str(name): str(value).strip() for name, value in row.items()}
    facts = {name: said[name].lower() for name in ("topic", "audience") if said.get(name)}
    for name, known in (("topic", Topic.values), ("audience", Audience.values)):
        if name in facts and facts[name] not in known:
            raise SkippedError(f"The {name} {facts[name][:40]!r} isn't known. It is one of {', '.join(known)}.")
    days = {name: _day(said[name]) for name in ("updated", "reviewed") if said.get(name)}
    return Draft(said["id"], _line(said["title"]), _text(said["body"]), facts, (), **days)


def _text(body: str) -> str:
    return formats.as_markdown(body) if MARKUP.search(body) else body


def _line(text: str) -> str:
    return " ".join(text.split())


def _day(text: str) -> date:
    """The day of a date, or of a moment as ISO 8601 writes it."""
    try:
        return datetime.fromisoformat(text).date()
    except ValueError as error:
        raise SkippedError(f"{text[:40]!r} is no day. Write it like this: 2026-01-31.") from error


# The two help centres.


def from_json(data: bytes) -> tuple[str, list[Row]]:
    """Whose export it is, and its articles. Each article tells for itself what it is."""
    try:
        said = json.loads(formats.decoded(data))
    except (ValueError, RecursionError) as error:
        raise SkippedError("This isn't JSON that can be read.") from error
    rows = list(_few(_rows(said)))
    kind = next((name for name, known in KINDS.items() if rows and all(map(known, rows))), None)
    if kind is None:
        raise SkippedError("This is no export of articles from Zendesk or Intercom.")
    names = _names(said, "sections") | _names(said, "categories") | _names(said, "collections")
    read = READERS[kind]
    return kind, [Row(_label(row, n), _key(row), partial(read, row, names)) for n, row in enumerate(rows, 1)]


def _rows(said: Any) -> list[Any]:
    if isinstance(said, dict):
        said = said.get("articles", said.get("data"))
    return said if isinstance(said, list) else []


def _names(said: Any, kind: str) -> dict[str, str]:
    """The name of each section, category or collection that came along, by its id."""
    rows = said.get(kind) if isinstance(said, dict) else None
    if not isinstance(rows, list):
        return {}
    return {str(row.get("id")): _line(str(row.get("name", ""))) for row in rows if isinstance(row, dict)}


def _label(row: dict[str, Any], n: int) -> str:
    return f"article {n} ({str(row.get('title') or row.get('name') or row.get('id') or 'without a title')[:80]})"


def _key(row: dict[str, Any]) -> str:
    return "" if row.get("id") is None else str(row["id"])


def is_intercom(row: Any) -> bool:
    return isinstance(row, dict) and "body" in row and ("state" in row or row.get("type") == "article")


def is_zendesk(row: Any) -> bool:
    return isinstance(row, dict) and {"id", "body"} <= row.keys() and bool({"title", "name", "draft"} & row.keys())


def of_zendesk(row: dict[str, Any], names: dict[str, str]) -> Draft:
    """Everybody reads what no user segment keeps back; where nothing is said of segments, operators alone do."""
    if row.get("draft"):
        raise SkippedError("It is a draft there.")
    hints = [
        row.get("section"),
        row.get("category"),
        names.get(str(row.get("section_id"))),
        *_list(row.get("label_names")),
    ]
    title = row.get("title") or row.get("name")
    return _of_page(row["id"], title, row["body"], _segment(row), hints, _moment(row.get("updated_at")))


def _segment(row: dict[str, Any]) -> str:
    said = [row[key] for key in ("user_segment", "user_segment_id", "user_segment_ids") if key in row]
    return Audience.PUBLIC if said and not any(said) else Audience.INTERNAL


def of_intercom(row: dict[str, Any], names: dict[str, str]) -> Draft:
    if row.get("state") != "published":
        raise SkippedError("It is a draft there.")
    hints = [row.get("section"), row.get("category"), row.get("collection"), names.get(str(row.get("parent_id")))]
    return _of_page(row.get("id"), row.get("title"), row["body"], Audience.PUBLIC, hints, _unix(row.get("updated_at")))


def _of_page(key: Any, title: Any, body: Any, audience: str, hints: Iterable[Any], updated: date | None) -> Draft:
    names = tuple(_line(str(hint.get("name", "") if isinstance(hint, dict) else hint)) for hint in hints if hint)
    text = formats.as_markdown(body) if isinstance(body, str) else ""
    return Draft(_key({"id": key}), _line(str(title or "")), text, {"audience": str(audience)}, names, updated)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _moment(value: Any) -> date | None:
    return _day(str(value)) if value else None


def _unix(value: Any) -> date | None:
    if value is None:
        return None
    try:
        return datetime.fromtimestamp(int(value), UTC).date()
    except (ValueError, TypeError, OverflowError, OSError) as error:
        raise SkippedError(f"{str(value)[:40]!r} is no moment; it should be seconds since 1970.") from error


KINDS: Final[dict[str, Callable[[Any], bool]]] = {"intercom": is_intercom, "zendesk": is_zendesk}
READERS: Final[dict[str, Callable[[dict[str, Any], dict[str, str]], Draft]]] = {
    "intercom": of_intercom,
    "zendesk": of_zendesk,
}
