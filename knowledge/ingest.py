"""A folder of Markdown files becomes published articles: upsert by (source, id), unchanged text embeds nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from conversations.access import SYSTEM
from conversations.clock import business_now

from . import articles, index, intervals, yamltext
from .articles import Words
from .models import Article, Audience, Topic

REASON: Final = "import"
MAX_BYTES: Final = 1_000_000
FRONT_MATTER: Final = re.compile(r"\A---\n(.*?\n)---\n(.*)\Z", re.DOTALL)
FACTS: Final = ("topic", "product", "audience", "owner", "review_in")


def _readable(interval: str) -> str:
    if interval and intervals.INTERVAL.fullmatch(interval) is None:
        raise ValueError("say how long, in days, weeks, months or years: 6 months")
    return interval


Interval = Annotated[str, AfterValidator(_readable)]


@dataclass
class Report:
    """What a load did, file by file."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)

    def __str__(self) -> str:
        counts = f"{len(self.added)} added, {len(self.changed)} changed, {len(self.unchanged)} unchanged"
        return f"{counts}, {len(self.skipped)} skipped"


class FrontMatter(BaseModel):
    """What stands above an article's text. A date is a day, or days before the load for texts that shall not age."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(min_length=1, max_length=200)
    topic: Topic
    product: str = Field(default="", max_length=80)
    audience: Audience
    owner: str = Field(default="", max_length=80)
    id: str = Field(default="", max_length=200)
    review_in: Interval = ""
    updated_on: date | None = None
    updated_days_ago: int | None = Field(default=None, ge=0, le=36_500)
    reviewed_on: date | None = None
    reviewed_days_ago: int | None = Field(default=None, ge=0, le=36_500)

    def day(self, name: Literal["updated", "reviewed"], today: date) -> date | None:
        ago: int | None = getattr(self, f"{name}_days_ago")
        given: date | None = getattr(self, f"{name}_on")
        return given if ago is None else today - timedelta(days=ago)

    def words(self, body: str, today: date) -> Words:
        updated, reviewed = self.day("updated", today), self.day("reviewed", today)
        if updated is None and reviewed is None:
            raise ValueError("Say when it was last reviewed: reviewed_on: 2026-01-31 or reviewed_days_ago: 12.")
        return Words(self.title, body, updated or reviewed or today, reviewed or updated or today)


def load_folder(path: Path | str, source: str = "files") -> Report:
    """Load every *.md below `path`. A file that can't be used is skipped with a sentence; the others are loaded.

    Files whose names are in capitals (README.md) are notes for people. The file's name is the slug and, unless the
    front matter gives one, the id.
    """
    folder, report, now = Path(path), Report(), business_now()
    for file in sorted(folder.rglob("*.md")):
        if file.stem.isupper():
            continue
        name = file.relative_to(folder).as_posix()
        try:
            getattr(report, _load(file, source, now)).append(name)
        except (ValueError, OSError) as error:
            report.skipped.append((name, str(error)))
    index.recount()
    return report


def _load(file: Path, source: str, now: datetime) -> Literal["added", "changed", "unchanged"]:
    front, body = read(file)
    words = front.words(body, now.date())
    article = Article.objects.filter(source=source, external_id=front.id or file.stem).first()
    if article is None:
        _add(front, words, source, file.stem)
        return "added"
    facts = {name: str(getattr(front, name)) for name in FACTS}
    if article.current is None or any(getattr(article, name) != value for name, value in facts.items()):
        Article.objects.filter(pk=article.pk).update(**facts)
        return _renew(article, words)
    if (article.current.title, article.current.body) != (words.title, words.body):
        return _renew(article, words)
    return "changed" if articles.reviewed(article, words) else "unchanged"


def read(file: Path) -> tuple[FrontMatter, str]:
    if file.stat().st_size > MAX_BYTES:
        raise ValueError(f"The file is larger than {MAX_BYTES:,} bytes. Split it into several articles.")
    try:
        text = file.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise ValueError("The file isn't UTF-8. Save it as UTF-8.") from error
    return parse(text)


def parse(text: str) -> tuple[FrontMatter, str]:
    """What stands above an article's text, and the text."""
    found = FRONT_MATTER.match(text)
    if found is None:
        raise ValueError("There is no front matter: begin with a line ---, then title, topic and audience, then ---.")
    head, body = found.group(1), found.group(2).strip()
    if not body or "\0" in body:
        raise ValueError("There is no text below the front matter." if not body else "The text holds a NUL character.")
    value: Any = yamltext.load(head)
    try:
        return FrontMatter.model_validate(value), body
    except ValidationError as error:
        raise yamltext.explain(head, error) from error


def _add(front: FrontMatter, words: Words, source: str, stem: str) -> None:
    if Article.objects.filter(slug=stem).exists():
        raise ValueError(f"Another article has the address {stem!r}. Rename the file.")
    article = Article.objects.create(
        slug=stem,
        source=source,
        external_id=front.id or stem,
        moved_why=REASON,
        **{name: getattr(front, name) for name in FACTS},
    )
    _renew(article, words)


def _renew(article: Article, words: Words) -> Literal["changed"]:
    """Write the new words and publish them, whatever status the article had."""
    articles.write(article, words)
    for verb in ROAD[article.status]:
        getattr(articles, verb)(article.pk, SYSTEM, REASON)
    articles.publish(article.pk, SYSTEM, REASON, recount=False)
    return "changed"


# The moves that lead from each status to where it can be published.
ROAD: Final[dict[str, tuple[str, ...]]] = {
    Article.Status.DRAFT: ("submit",),
    Article.Status.IN_REVIEW: (),
    Article.Status.PUBLISHED: (),
    Article.Status.ARCHIVED: ("restore", "submit"),
}
