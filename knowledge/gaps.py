"""Questions that no page answered well enough: what is stored of each, and what they come to, dearest first (S1-61)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils.crypto import salted_hmac

from conversations.clock import business_now
from conversations.models import Handoff

from . import embeddings
from .models import Gap

DAYS: Final = 30
MOST: Final = 500  # different questions, the newest first
LONGEST: Final = 500  # characters of one
ALIKE: Final = 0.75  # of two questions' meanings: from here on they are one gap
REASONS: Final = ("no-reliable-answer", "low-retrieval-confidence-sensitive-topic")

# Part of the turn's last statement: what is missing is known exactly when the customer has been told so.
MISSED: Final = """
  insert into knowledge_gap(conversation_id, turn_id, question, key, intent, confidence)
  select mine.id, %(turn)s, g.question, g.key, g.intent, g.confidence
    from mine, jsonb_to_recordset(%(gaps)s) as g(question text, key text, intent text, confidence int)
  on conflict do nothing"""


@dataclass
class Missing:
    """Questions that are one: its newest words, the others, and the conversations in which it came up."""

    question: str
    keys: list[str]
    wordings: list[str] = field(default_factory=list)
    conversations: set[int] = field(default_factory=set)
    handoffs: int = 0
    last_at: datetime | None = None

    @property
    def times(self) -> int:
        """A customer who asks three times misses it once."""
        return len(self.conversations)


def row(question: str, intent: str, confidence: int) -> dict[str, Any]:
    """As a turn keeps it."""
    text = question.strip()[:LONGEST]
    return {"question": text, "key": key_of(text), "intent": intent, "confidence": confidence}


def key_of(question: str) -> str:
    return str(salted_hmac("gaps", " ".join(question.lower().split()).strip("?!. "), algorithm="sha256").hexdigest())


def ranked(days: int = DAYS, alike: float = ALIKE) -> list[Missing]:
    """What is missing: by the handoffs that it caused, then by how often it was asked."""
    found = together(by_key(business_now() - timedelta(days=days)), alike)
    causes = handed_over({one for missing in found for one in missing.conversations})
    for missing in found:
        missing.handoffs = len(missing.conversations & causes)
    return sorted(found, key=lambda missing: (-missing.handoffs, -missing.times, missing.question))


def by_key(since: datetime) -> list[Missing]:
    found: dict[str, Missing] = {}
    open_ones = Gap.objects.filter(at__gte=since, closed_at__isnull=True).order_by("-at", "-pk")
    for key, question, conversation, at in open_ones.values_list("key", "question", "conversation_id", "at"):
        if key not in found and len(found) == MOST:
            continue
        one = found.setdefault(key, Missing(question, [key], [question], last_at=at))
        one.conversations.add(conversation)
    return list(found.values())


def together(found: list[Missing], alike: float) -> list[Missing]:
    """Those that mean the same join the one that was asked most."""
    if not found:
        return []
    vectors = embeddings.encode([one.question for one in found])
    order = sorted(range(len(found)), key=lambda place: -found[place].times)
    kept = list[int]()
    joined: dict[int, list[int]] = defaultdict(list)
    for place in order:
        near = [(float(vectors[place] @ vectors[head]), head) for head in kept]
        best = max(near, default=(0.0, -1))
        if best[0] >= alike:
            joined[best[1]].append(place)
        else:
            kept.append(place)
    for head in kept:
        for place in joined[head]:
            found[head].keys += found[place].keys
            found[head].wordings += found[place].wordings
            found[head].conversations |= found[place].conversations
    return [found[head] for head in kept]


def handed_over(conversations: set[int]) -> set[int]:
    """Those in which a person took over because there was no answer."""
    rows = Handoff.objects.filter(conversation__in=conversations, reason__in=REASONS)
    return set(rows.values_list("conversation_id", flat=True))


def close(keys: list[str], now: datetime) -> int:
    """A page answers it now; return how many times it had been asked."""
    return Gap.objects.filter(key__in=keys, closed_at__isnull=True).update(closed_at=now)
