"""Good answers for every role: what a careful model would say that adds nothing to what it was shown.

Each is made from the question alone (its last message), so that a demo and tests need no script of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from agents.guards.sentences import sentences
from knowledge.keywords import keywords

from .answers import Answer, Asked

CALM: Final = {
    "intent_category": "general", "urgency": "normal", "sentiment": "neutral", "sentiment_intensity": 0,
    "complexity_signal": "simple", "alarms": [],
}  # fmt: skip
APPROVED: Final = {"verdict": "approved", "confidence": 1000, "reasons": []}
_PASSAGE: Final = re.compile(r"^\[(\d+)\] [^\n]*\n", re.MULTILINE)


def same_words(asked: str) -> str:
    return asked.split("The reply to put into words:\n", 1)[-1]


def from_passages(asked: str) -> str:
    """The sentence that shares most words with the question, with its mark."""
    shown, _, question = asked.partition("\n\nThe question:\n")
    _, *parts = _PASSAGE.split(shown)
    wanted = keywords(question)
    said = [
        (len(keywords(sentence) & wanted), -int(number), sentence)
        for number, text in zip(parts[::2], parts[1::2], strict=True)
        for sentence in sentences(text.strip())
    ]
    if not said or max(said)[0] == 0:
        return "NOT FOUND"
    _, number, sentence = max(said)
    return f"{sentence.rstrip('.!')} [{-number}]."


def first_point(asked: str) -> str:
    points = [line[2:] for line in asked.splitlines() if line.startswith("- ")]
    return points[-1] if points else "They want a person to look at it."


TEXTS: Final[Mapping[str, Callable[[str], str | dict[str, Any]]]] = {
    "intent": lambda _: {"wants": []},
    "triage": lambda _: dict(CALM),
    "slots": lambda _: {"found": []},
    "edge": lambda _: {"edge": ""},
    "look": lambda _: "Enough.",
    "resolution": same_words,
    "knowledge": from_passages,
    "packet": first_point,
    "critic": lambda _: dict(APPROVED),
}


def answering(say: Callable[[str], Answer]) -> Callable[[Asked], Answer]:
    return lambda asked: say(asked.said)


GOOD: Final[Mapping[str, Callable[[Asked], Answer]]] = {role: answering(say) for role, say in TEXTS.items()}


def good() -> dict[str, Callable[[Asked], Answer]]:
    return dict(GOOD)
