"""Where articles are used: replies that cite them, counted from the messages, and what those would say today."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.urls import reverse

from conversations import surveys
from conversations.models import Message

from . import chunking, contradictions, figures
from .audit import DIFFERS, UNUSED, Defect
from .models import Article, Passage
from .pages import Page
from .sentences import Sentence

SHOWN: Final = 50  # conversations that a defect names

USES: Final = """
select c.value->>'url', count(*), count(distinct m.conversation_id),
       count(distinct m.conversation_id) filter (where exists (
         select from conversations_handoff h
          where h.conversation_id = m.conversation_id and h.created_at >= m.created_at)),
       count(distinct m.conversation_id) filter (where s.score is not null),
       count(distinct m.conversation_id) filter (where s.score >= %s)
  from conversations_message m cross join lateral jsonb_array_elements(m.extra->'citations') c
  left join conversations_survey s on s.conversation_id = m.conversation_id
 where m.extra ? 'citations' and m.author = 'agent' and m.created_at >= %s
 group by 1
"""


@dataclass(frozen=True)
class Use:
    """Of one article: replies that cite it, their conversations, how many of those went on to a person, how many their
    customers rated, and how many of them well."""

    replies: int = 0
    conversations: int = 0
    handed_on: int = 0
    rated: int = 0
    pleased: int = 0

    @property
    def csat(self) -> int | None:
        """The pleased in a hundred of those who said; none when nobody has."""
        return round(100 * self.pleased / self.rated) if self.rated else None


def uses(since: datetime) -> dict[str, Use]:
    """By the address that a citation carries: see address()."""
    with connection.cursor() as cursor:
        cursor.execute(USES, [surveys.PLEASED, since])
        return {url: Use(*counts) for url, *counts in cursor.fetchall()}


def address(slug: str) -> str:
    return reverse("help:article", args=[slug])


def citing(slug: str) -> Any:
    """The agent's replies that cite the article, the newest first."""
    cited = {"citations": [{"url": address(slug)}]}
    found = Message.objects.filter(author=Message.Author.AGENT, extra__has_key="citations", extra__contains=cited)
    return found.select_related("conversation").order_by("-created_at")


def unused(pages: Sequence[Page], now: datetime) -> Iterator[Defect]:
    """Published for long enough, open to customers, and cited by nobody."""
    since = now - timedelta(days=settings.HANDRAIL["unused_days"])
    cited = uses(since)
    old = Article.objects.for_customers().filter(current__created_at__lt=since).values_list("slug", flat=True)
    for slug in set(old) & {page.slug for page in pages}:
        if address(slug) not in cited:
            yield Defect(UNUSED, slug, f"No answer has cited it in {settings.HANDRAIL['unused_days']} days.")


@dataclass(frozen=True)
class Changed:
    """A figure of a reply that the article doesn't give any more. `now` is empty when it gives none."""

    article: str
    conversation: str
    said: str
    now: str


def differing(pages: Sequence[Page], now: datetime) -> Iterator[Defect]:
    """One for each article whose answers of late would be different today."""
    found = defaultdict[str, list[Changed]](list)
    for changed in changes(pages, now - timedelta(days=settings.HANDRAIL["unused_days"])):
        found[changed.article].append(changed)
    for slug, some in found.items():
        talks = list(dict.fromkeys(changed.conversation for changed in some))
        what = dict.fromkeys(_in_words(changed) for changed in some)
        count = f"{len(talks)} conversation{'s' if len(talks) > 1 else ''}"
        says = tuple({"conversation": talk} for talk in talks[:SHOWN])
        why = f"Answers in {count} would be different today: {'; '.join(what)}."
        yield Defect(DIFFERS, slug, why, says, since=" ".join(what))


def _in_words(changed: Changed) -> str:
    return f"they said “{changed.said}”, " + (f"it is “{changed.now}” now" if changed.now else "which it says no more")


def changes(pages: Sequence[Page], since: datetime) -> Iterator[Changed]:
    """Each figure that a reply quoted from a version which isn't current and that has changed, the oldest first."""
    current = {page.slug: list(page.sentences()) for page in pages}
    for talk, receipt, passage in _quoted(since):
        slug = passage.version.article.slug
        today = _today(passage, receipt, current.get(slug, []))
        if today is not None:
            yield Changed(slug, str(talk), receipt["specific"], today)


def _quoted(since: datetime) -> Iterator[tuple[Any, dict[str, Any], Passage]]:
    """(conversation, receipt, passage) of what replies quoted from versions that aren't current."""
    replies = Message.objects.filter(author=Message.Author.AGENT, created_at__gte=since, extra__has_key="citations")
    told = replies.filter(extra__has_key="receipts").order_by("pk")
    rows = list(told.values_list("conversation__public_id", "extra__receipts"))
    wanted = {receipt["passage_id"] for _, receipts in rows for receipt in receipts}
    old = Passage.objects.filter(pk__in=wanted, version__published_as=None).select_related("version__article")
    passages = old.in_bulk()
    for talk, receipts in rows:
        for receipt in receipts:
            if receipt["passage_id"] in passages:
                yield talk, receipt, passages[receipt["passage_id"]]


def _today(passage: Passage, receipt: dict[str, Any], current: Sequence[Sentence]) -> str | None:
    """What the article gives today for the figure of a receipt: None when it is the same, empty when nothing."""
    said = _sentence(passage, receipt["start"])
    figure = next((one for one in figures.read(said.text) if one.text == receipt["specific"]), None)
    if figure is None or said.text in {one.text for one in current}:
        return None
    others = [(one, other) for one in current for other in figures.read(one.text) if other.measure == figure.measure]
    same = [other for one, other in others if contradictions.same_thing(said, figure, one, other)]
    if any(figure.agrees(other) for other in same or [other for _, other in others]):
        return None
    return same[0].text if same else ""


def _sentence(passage: Passage, place: int) -> Sentence:
    """The sentence of a passage that stands at `place`."""
    before = ""
    for start, end in chunking.sentences(passage.text):
        if place < end:
            return Sentence("", passage.version.title, passage.heading, passage.text[start:end], before)
        before = passage.text[start:end]
    return Sentence("", passage.version.title, passage.heading, "", before)
