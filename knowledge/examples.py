"""Past conversations as examples: anonymised before anything is stored, and used by nobody until an editor chose them.

Solved and well rated ones are candidates. Where only one of the two is known they are drafts; others aren't kept.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils.crypto import salted_hmac

from conversations.access import SYSTEM, Actor
from conversations.lifecycle import move
from conversations.models import Conversation, Message, Now, Survey

from . import anonymous, traces
from .anonymous import Anonymiser
from .imports import TOLD
from .models import Article, Example, ImportRun
from .past import Past

OURS: Final = "handrail"  # conversations of this installation
GOOD: Final = 4  # of five
REASON: Final = "import"
DECIDED: Final = (Example.Status.CHOSEN, Example.Status.REFUSED)
ABOUT: Final = re.compile(r"[a-z][a-z_ -]{0,59}")
UNSURE: Final = "It is left out: {}."
ASKED: Final = "It answers a question for something personal"
Said = list[dict[str, str]]
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Pinned:
    """An example as a release may hold it: its digest is that of these messages."""

    digest: str
    about: str
    messages: tuple[tuple[str, str], ...]


def take_in(found: Sequence[Past | tuple[str, str]], source: str, tell: Progress) -> ImportRun:
    """Anonymise and keep what may be an example. A second run adds nothing, and what an editor decided stands."""
    anonymiser = taught(past for past in found if isinstance(past, Past))
    run = ImportRun.objects.create(source=source, fingerprint="", total=len(found))
    counts, told, done = Counter[str](), list[tuple[str, str]](), False
    try:
        for n, past in enumerate(found, 1):
            for outcome, *line in _take(past, source, anonymiser):
                counts[outcome] += 1
                told += [(line[0], line[1])] if line else []
            run.place = n
            tell(n, run.total, f"conversation {n}")
        done = True
    finally:
        run.state = ImportRun.State.DONE if done else ImportRun.State.STOPPED
        counts["untold"] += max(0, len(told) - TOLD)
        run.counts, run.told, run.ended_at = dict(counts), told[:TOLD], Now()
        run.save(update_fields=["state", "counts", "told", "place", "ended_at"])
    return run


def taught(found: Iterable[Past]) -> Anonymiser:
    """One that has read them all, and our own public pages: how a word is written tells whether it is a name."""
    anonymiser = Anonymiser(_public_words())
    for past in found:
        who = anonymous.person(past.names, past.values)
        for _, text in past.messages:
            anonymiser.learn(anonymiser.replaced(text, who))
    return anonymiser


def _public_words() -> frozenset[str]:
    pages = Article.objects.public().values_list("current__title", "current__body", "product")
    return frozenset(word.lower() for page in pages for text in page for word in anonymous.WORD.findall(text))


def _take(past: Past | tuple[str, str], source: str, anonymiser: Anonymiser) -> Iterator[tuple[str, ...]]:
    """(outcome, and of what is told: where, why) of the conversation and of each message that is left out."""
    if not isinstance(past, Past):
        yield "skipped", *past
        return
    if past.solved is False or (past.solved is None and past.rating is None):
        yield ("not_solved",)
        return
    if past.rating is not None and past.rating < GOOD:
        yield ("not_rated_well",)
        return
    said, left = cleaned(past, anonymiser)
    yield from (("messages_left_out", f"{past.where}, message {n}", UNSURE.format(why)) for n, why in left)
    yield _keep(past, source, said, len(left))


def cleaned(past: Past, anonymiser: Anonymiser) -> tuple[Said, list[tuple[int, str]]]:
    """What may be kept, and the number of each other message with why not."""
    who, asked, before = anonymous.person(past.names, past.values), False, ""
    said, left = Said(), list[tuple[int, str]]()
    for n, (by, text) in enumerate(past.messages, 1):
        if by == "agent":
            asked = anonymous.asks(text) or (asked and before == "agent")
        found, before = anonymiser.text(text, who), by
        why = ASKED if asked and by == "customer" else found.why
        if why:
            left.append((n, why[0].lower() + why[1:]))
        else:
            said.append({"by": by, "text": found.text})
    return said, left


def _keep(past: Past, source: str, said: Said, left_out: int) -> tuple[str, ...]:
    """added, changed or unchanged; or skipped, and why."""
    speakers = [message["by"] for message in said]
    if "customer" not in speakers or "agent" not in speakers[speakers.index("customer") :]:
        return "skipped", past.where, "No customer's question with an answer is left of it."
    facts = {"messages": said, "digest": digest(said), "left_out": left_out, "rating": past.rating}
    with transaction.atomic():
        known = Example.objects.select_for_update().filter(source=source, key=key_of(source, past.id)).first()
        if Example.objects.filter(digest=facts["digest"]).exclude(source=source, key=key_of(source, past.id)).exists():
            return "skipped", past.where, "Another one says the same."
        if known is None:
            known = Example.objects.create(
                source=source, key=key_of(source, past.id), about=_about(past.about), **facts
            )
            outcome = "added"
        elif known.status in DECIDED or (known.digest, known.rating) == (facts["digest"], past.rating):
            outcome = "unchanged"
        else:
            Example.objects.filter(pk=known.pk).update(**facts)
            outcome = "changed"
        if known.status == Example.Status.DRAFT and past.solved and past.rating is not None:
            move(Example, known.pk, "propose", SYSTEM, REASON)
    return (outcome,)


def _about(text: str) -> str:
    """The matter, where it is called by small words and no name."""
    return text if ABOUT.fullmatch(text) and not set(re.split(r"[ _-]", text)) & traces.names() else ""


def key_of(source: str, id_: str) -> str:
    """Known again, and not the way back to who it was."""
    return str(salted_hmac("knowledge.example", f"{source} {id_}", algorithm="sha256").hexdigest())


def digest(said: Said) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


# Our own.


def our_own() -> list[Past | tuple[str, str]]:
    """Resolved conversations that their customers rated well."""
    ratings = dict(Survey.objects.filter(score__gte=GOOD).values_list("conversation", "score"))
    rows = Conversation.objects.filter(
        pk__in=ratings, status__in=(Conversation.Status.RESOLVED, Conversation.Status.CLOSED)
    ).select_related("customer")
    staff = tuple(name for pair in get_user_model().objects.values_list("first_name", "last_name") for name in pair)
    return [_own(row, ratings[row.pk], staff) for row in rows.order_by("pk")]


def _own(row: Conversation, rating: int | None, staff: tuple[str, ...]) -> Past:
    sides = {"customer": "customer", "agent": "agent", "operator": "agent"}
    said = Message.objects.filter(conversation=row).order_by("seq").values_list("author", "text")
    who = row.customer
    return Past(
        f"conversation {row.pk}",
        str(row.public_id),
        tuple((sides[author], text) for author, text in said if author in sides and text.strip()),
        solved=True,
        rating=rating,
        names=(who.first_name, who.last_name, who.email, *staff),
        values=tuple(who.own_ids),
    )


# The editor's verbs.


def choose(example_id: int, actor: Actor, reason: str) -> Example:
    return move(Example, example_id, "choose", actor, reason)


def put_back(example_id: int, actor: Actor, reason: str) -> Example:
    return move(Example, example_id, "put_back", actor, reason)


def refuse(example_id: int, actor: Actor, reason: str) -> Example:
    """Its words go; what remains says that it isn't taken in again."""

    def empty(row: Example) -> list[str]:
        row.messages = []
        return ["messages"]

    return move(Example, example_id, "refuse", actor, reason, empty)


def chosen(about: str | None = None) -> list[Pinned]:
    """What editors have chosen, in an order that stays."""
    rows = Example.objects.filter(status=Example.Status.CHOSEN).order_by("digest")
    rows = rows if about is None else rows.filter(about=about)
    return [Pinned(row.digest, row.about, tuple((one["by"], one["text"]) for one in row.messages)) for row in rows]
