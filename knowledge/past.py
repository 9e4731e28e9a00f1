"""An export of past conversations: JSON, JSON lines, or a CSV with one message a line. Read, and not yet anonymised."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from . import exports, formats, sources
from .formats import SkippedError
from .sources import BadSourceError

COLUMNS: Final = ("conversation", "author", "text", "name", "solved", "rating", "about")
NEEDED: Final = frozenset(COLUMNS[:3])
MAX_MESSAGES: Final = 200
MAX_TEXT: Final = 10_000
BEST: Final = 5

# What the systems that are exported from call the same thing.
IDS: Final = ("id", "conversation_id", "ticket_id", "convo_id", "conversation")
MESSAGES: Final = ("messages", "turns", "comments")
AUTHORS: Final = ("author", "role", "from", "sender", "speaker", "by")
TEXTS: Final = ("text", "body", "content", "message")
NAMES: Final = (
    "name", "customer_name", "agent_name", "first_name", "last_name", "full_name", "email", "user_name", "username",
)  # fmt: skip
PLACES: Final = ("city", "town", "street", "company")
PEOPLE: Final = ("customer", "requester", "contact", "user", "agent", "assignee", "operator")
RATINGS: Final = ("rating", "csat", "satisfaction", "satisfaction_rating", "score")
SIDES: Final = {
    "customer": ("customer", "user", "client", "requester", "visitor", "contact", "end-user", "end_user"),
    "agent": ("agent", "operator", "assistant", "support", "admin", "staff", "bot", "employee"),
}
SOLVED: Final = frozenset({"solved", "closed", "resolved", "done", "true", "yes", "1"})
OPEN: Final = frozenset({"new", "open", "pending", "hold", "unsolved", "unresolved", "false", "no", "0"})
MARKS: Final = {"good": BEST, "great": BEST, "positive": BEST, "bad": 1, "negative": 1}


@dataclass(frozen=True)
class Past:
    """One conversation: (customer or agent, text) in order; `solved` and `rating` (1 to 5) are None where nothing is
    said. `names` and `values` are what the record says of its people, to be looked for in the texts."""

    where: str
    id: str
    messages: tuple[tuple[str, str], ...]
    solved: bool | None = None
    rating: int | None = None
    about: str = ""
    names: tuple[str, ...] = ()
    values: tuple[str, ...] = ()


def read(path: Path) -> list[Past | tuple[str, str]]:
    """Every conversation of the file, or where one stands and why it can't be read."""
    if not path.is_file() or path.suffix.lower() not in (".json", ".jsonl", ".ndjson", ".csv"):
        raise BadSourceError("Past conversations are read from a .json, .jsonl or .csv file.")
    if path.stat().st_size > sources.MAX_ROWS_FILE:
        raise BadSourceError(f"The file is larger than {sources.MAX_ROWS_FILE:,} bytes. Split it.")
    try:
        text = formats.decoded(path.read_bytes())
        records = list(_few(_of_csv(text) if path.suffix.lower() == ".csv" else _of_json(text)))
    except (SkippedError, csv.Error) as error:
        raise BadSourceError(str(error)) from error
    if not records:
        raise BadSourceError("There is no conversation in the file.")
    return [_or_told(f"conversation {n}", record) for n, record in enumerate(records, 1)]


def _few(records: Iterable[Any]) -> Iterator[Any]:
    for n, record in enumerate(records):
        if n >= exports.MAX_ROWS:
            raise SkippedError(f"There are more than {exports.MAX_ROWS:,} conversations. Split the file.")
        yield record


def _of_json(text: str) -> Iterator[Any]:
    """A list, a list under "conversations" or "tickets", or one object a line."""
    try:
        said = json.loads(text)
    except RecursionError as error:
        raise SkippedError("This isn't JSON that can be read.") from error
    except ValueError:
        yield from _of_lines(text)
        return
    if isinstance(said, dict):
        said = next((said[key] for key in ("conversations", "tickets") if key in said), [said])
    if not isinstance(said, list):
        raise SkippedError("There is no list of conversations in it.")
    yield from said


def _of_lines(text: str) -> Iterator[Any]:
    for n, line in enumerate(text.split("\n"), 1):
        try:
            if line.strip():
                yield json.loads(line)
        except (ValueError, RecursionError) as error:
            raise SkippedError(f"Line {n} isn't JSON that can be read.") from error


def _of_csv(text: str) -> Iterator[dict[str, Any]]:
    """Lines of the same conversation stand together."""
    csv.field_size_limit(sources.MAX_ROWS_FILE)
    heading = text.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=";" if ";" in heading else ",", strict=True)
    reader.fieldnames = names = [(name or "").strip().lower() for name in reader.fieldnames or ()]
    if (wrong := NEEDED - set(names) or set(names) - set(COLUMNS)) or len(set(names)) < len(names):
        raise SkippedError(
            f"Columns that are missing or aren't known: {', '.join(sorted(wrong or names))}. "
            f"The first line names them: {', '.join(COLUMNS)}."
        )
    for key, lines in groupby(reader, lambda row: row["conversation"]):
        rows = list(lines)
        last = {name: next((row[name] for row in reversed(rows) if row.get(name)), None) for name in COLUMNS[4:]}
        yield {"id": key, "messages": rows, "names": [row.get("name") for row in rows], **last}


def _or_told(where: str, record: Any) -> Past | tuple[str, str]:
    try:
        return _past(where, record)
    except SkippedError as error:
        return where, str(error)


def _past(where: str, record: Any) -> Past:
    if not isinstance(record, dict):
        raise SkippedError("It is no object with an id and messages.")
    key, said = _first(record, IDS), _first(record, MESSAGES)
    if not isinstance(key, str | int) or not str(key).strip():
        raise SkippedError("It has no id.")
    if not isinstance(said, list) or len(said) > MAX_MESSAGES:
        raise SkippedError(f"It has no list of at most {MAX_MESSAGES} messages.")
    people = [record, *(record[name] for name in PEOPLE if isinstance(record.get(name), dict))]
    people += [message for message in said if isinstance(message, dict)]
    return Past(
        where,
        str(key).strip(),
        tuple(message for one in said if (message := _message(one))),
        _solved(record),
        _rating(_first(record, RATINGS)),
        about if isinstance(about := record.get("about", record.get("intent")), str) else "",
        tuple(sorted({*_names(people), *_listed(record.get("names"))})),
        tuple(sorted({value for one in people[1:] if one not in said for value in _values(one)})),
    )


def _first(record: Mapping[str, Any], keys: Iterable[str]) -> Any:
    return next((record[key] for key in keys if record.get(key) is not None), None)


def _message(one: Any) -> tuple[str, str] | None:
    """(customer or agent, text); None for what neither of them said to the other."""
    if isinstance(one, list) and len(one) == 2:
        one = {"author": one[0], "text": one[1]}
    if not isinstance(one, dict):
        raise SkippedError("A message has no author or no text.")
    author, text = _first(one, AUTHORS), _first(one, TEXTS)
    if isinstance(author, dict):
        author = author.get("type", author.get("role"))
    if not isinstance(author, str) or not isinstance(text, str):
        raise SkippedError("A message has no author or no text.")
    if len(text) > MAX_TEXT:
        raise SkippedError(f"A message is longer than {MAX_TEXT:,} characters.")
    if "\0" in text or formats.HALF.search(text):
        raise SkippedError("A message holds a character that isn't one.")
    side = next((side for side, called in SIDES.items() if author.strip().lower() in called), None)
    if side is None or one.get("public") is False or one.get("internal") is True or not text.strip():
        return None
    return side, formats.as_markdown(text) if exports.MARKUP.search(text) else text.strip()


def _solved(record: Mapping[str, Any]) -> bool | None:
    said = str(_first(record, ("solved", "resolved", "status", "state"))).strip().lower()
    return True if said in SOLVED else False if said in OPEN else None


def _rating(said: Any) -> int | None:
    if isinstance(said, dict):
        said = said.get("score", said.get("rating"))
    text = str(said).strip().lower()
    if text in MARKS:
        return MARKS[text]
    return int(text) if text in map(str, range(1, BEST + 1)) else None


def _names(people: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for one in people:
        yield from (one[key] for key in NAMES if isinstance(one.get(key), str))


def _listed(said: Any) -> list[str]:
    return [name for name in said if isinstance(name, str)] if isinstance(said, list) else []


def _values(one: Mapping[str, Any]) -> Iterator[str]:
    """Numbers, addresses and places; a level or a kind of customer says nothing of one."""
    for key, value in one.items():
        if key not in NAMES and isinstance(value, str | int) and not isinstance(value, bool):
            text = str(value).strip()
            if key in PLACES or any(sign.isdigit() or sign == "@" for sign in text):
                yield text
