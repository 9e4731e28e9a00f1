"""What an audit reads: the published articles, or the files of a folder. A page is words, an owner and a date."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from . import chunking, ingest, reviews
from .models import Article
from .sentences import Sentence

# What a row of a file calls each thing; the first that it has counts.
NAMES: Final[dict[str, tuple[str, ...]]] = {
    "slug": ("slug", "id", "path"),
    "body": ("content", "body", "text"),
    "reviewed_on": ("last_reviewed_on", "reviewed_on"),
}


@dataclass(frozen=True)
class Page:
    """`fresh_on` is the day on which somebody last vouched for it, `pk` the article's where it is one."""

    slug: str
    title: str
    body: str
    topic: str = ""
    owner: str = ""
    fresh_on: date | None = None
    review_in: str = ""
    pk: int = 0

    @property
    def due(self) -> date | None:
        """When its review falls due; nothing where nobody has ever reviewed it."""
        return reviews.due(self.fresh_on, self.review_in, self.topic) if self.fresh_on else None

    def sentences(self) -> Iterator[Sentence]:
        """Each with the one before it below the same heading."""
        before, heading = "", ""
        for chunk in chunking.chunk(self.title, self.body):
            before, heading = (before if chunk.heading == heading else ""), chunk.heading
            for start, end in chunking.sentences(chunk.text):
                text = chunk.text[start:end]
                yield Sentence(self.slug, self.title, heading, text, before)
                before = text


def published() -> list[Page]:
    return [
        Page(
            row.slug,
            row.current.title,
            row.current.body,
            row.topic,
            row.owner,
            row.current.fresh_on,
            row.review_in,
            row.pk,
        )
        for row in Article.objects.published().select_related("current")
    ]


def in_files(path: Path, now: datetime) -> list[Page]:
    """Of a folder every *.md and *.jsonl below it, or one such file. ValueError says which can't be used, and why."""
    if not path.exists():
        raise ValueError(f"{path} isn't there. Name a folder of articles, or a file of them.")
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    found = [page for file in files for page in _pages(file, now)]
    if not found:
        raise ValueError(f"{path} holds no articles: no *.md with front matter and no *.jsonl.")
    return found


def _pages(file: Path, now: datetime) -> Iterator[Page]:
    try:
        if file.suffix == ".jsonl":
            yield from (_of_row(json.loads(line)) for line in file.read_text("utf-8").split("\n") if line.strip())
        elif file.suffix == ".md" and not file.stem.isupper():
            front, body = ingest.read(file)
            fresh = max(front.words(body, now.date()).reviewed_on, front.words(body, now.date()).updated_on)
            yield Page(file.stem, front.title, body, front.topic, front.owner, fresh, front.review_in)
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise ValueError(f"{file.name} can't be used: {error}") from error


def _of_row(row: dict[str, Any]) -> Page:
    slug, body, reviewed = (next((row[name] for name in names if row.get(name)), "") for names in NAMES.values())
    if not slug or not body:
        raise ValueError("a row needs an id (or slug, or path) and a content")
    days = [date.fromisoformat(day) for day in (reviewed, row.get("updated_on")) if day]
    page = Page(
        str(slug),
        str(row.get("title") or slug),
        str(body),
        str(row.get("topic", "")),
        str(row.get("owner", "")),
        max(days, default=None),
        str(row.get("review_in") or ""),
    )
    assert page.due or not days  # reads the interval, which may be unreadable
    return page
