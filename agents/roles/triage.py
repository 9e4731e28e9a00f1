"""How urgent, in which mood, how hard, and which alarms (S1-08 to S1-13): at most 256 tokens, JSON or nothing."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from agents.brain import Sight
from agents.intents.taxonomy import Category, Urgency
from agents.triage import FLAGS, Complexity, Sentiment, TriageResult

from .base import Ask, Role, Said_, read

ALARMS: Final = ("legal", "security", "safety", *FLAGS)


class Said(Said_):
    intent_category: Category
    urgency: Urgency
    sentiment: Sentiment
    sentiment_intensity: Annotated[int, Field(ge=0, le=3)]
    complexity_signal: Complexity
    alarms: Annotated[list[str], Field(max_length=len(ALARMS))]


ROLE: Final = Role("triage", reads=3000, says=256, seconds=4, shape=Said)


def triage(sight: Sight, model: str, ask: Ask, offline: TriageResult) -> TriageResult:
    """The offline reading with the model's laid over it; what it may change is decided in guards/backed.py."""
    task = f"The alarms are named {', '.join(ALARMS)}. The newest message:\n{sight.text}"
    said = read(ask(ROLE.request(sight, model, task)), Said)
    alarms = {name: True for name in said.alarms if name in ALARMS}
    return offline.model_copy(update={**said.model_dump(exclude={"alarms"}), **alarms})
