"""The brain that asks models: each role through the one door, and what they say goes where every brain's answer goes.

It is asked where the offline reading is unsure, or where words are worth it; a turn that rules decide costs no call.
After the first failure of a turn the rest of it is the offline brain's: a provider that is down lets nobody wait twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from agents.grammar import SlotValue
from agents.intents.answer import IntentAnswer, Tier
from agents.llm import gateway, models
from agents.llm.shapes import Account, Kind, ModelError, Reply, Request
from agents.triage import TriageResult
from agents.workflow import Edge
from approvals.critic import Brief, Critic

from .brain import Brain, Sight, Wish
from .ports import release_connection
from .roles import critic, edge, intent, knowledge, look, packet, prompts, resolution, slots, triage

SURE: Final = 720  # thousandths (D2): from here on nobody asks a model what a message wants
# What says that the provider is away, and not that this one question was a bad one.
AWAY: Final = frozenset(
    {Kind.UNAVAILABLE, Kind.TIMEOUT, Kind.RATE_LIMITED, Kind.OVERLOADED, Kind.OVER_BUDGET, Kind.NOT_CONFIGURED,
     Kind.UNAUTHORISED}
)  # fmt: skip
# The role of each of the brain's answers: its file, and its line in the settings.
ROLES: Final[Mapping[str, str]] = {
    "read": "intent", "triage": "triage", "fill": "slots", "choose": "edge", "word": "resolution",
    "answer": "knowledge", "sum_up": "packet", "wish": "look", "critic": "critic",
}  # fmt: skip


@dataclass
class ModelBrain:
    """One for all turns; `at` makes the one of a turn."""

    name: str = "anthropic"
    account: Account = field(default_factory=Account)
    away: Kind | None = None

    def at(self, account: Account) -> Brain:
        return ModelBrain(self.name, account)

    def wants(self, role: str, sight: Sight, offline: Any) -> bool:
        return WANTED[role](sight, offline)

    def version(self, role: str) -> str:
        return prompts.version(ROLES[role])

    def read(self, sight: Sight, offline: IntentAnswer) -> IntentAnswer:
        return intent.read_intents(sight, models.of("intent"), self.ask, offline)

    def triage(self, sight: Sight, offline: TriageResult) -> TriageResult:
        return triage.triage(sight, models.of("triage"), self.ask, offline)

    def fill(self, sight: Sight, offline: Mapping[str, SlotValue]) -> Mapping[str, SlotValue]:
        return slots.fill_slots(sight, models.of("slots"), self.ask, offline)

    def choose(self, sight: Sight, edges: Sequence[Edge], offline: Edge) -> str:
        return edge.choose(sight, models.of("edge"), self.ask, edges)

    def word(self, sight: Sight, offline: str) -> str:
        return resolution.word(sight, models.of("resolution"), self.ask, offline)

    def answer(self, sight: Sight, say: Callable[[str], None]) -> str:
        return knowledge.answer(sight, models.of("knowledge"), self.stream, say)

    def sum_up(self, sight: Sight, offline: str) -> str:
        return packet.sum_up(sight, models.of("packet"), self.ask, offline)

    def wish(self, sight: Sight) -> Sequence[Wish]:
        return look.wish(sight, models.of("look"), self.ask)

    def critics(self) -> tuple[Critic, ...]:
        """None where the settings name no model for it: the rules Critic reviews alone then."""
        try:
            model = models.of("critic")
        except ModelError:
            return ()
        return (Critic(critic.NAME, partial(self.review, model=model)),)

    def review(self, brief: Brief, model: str) -> Any:
        """In a thread of the Critic's wrapper: the door's connection there is nobody else's, and goes back at once."""
        try:
            return critic.review(brief, "", model, self.ask)
        finally:
            release_connection()

    def ask(self, request: Request) -> Reply:
        return self.unless_away(lambda: gateway.ask(request, self.account))

    def stream(self, request: Request, say: Callable[[str], None]) -> Reply:
        return self.unless_away(lambda: gateway.stream(request, self.account, say))

    def unless_away(self, asked: Callable[[], Reply]) -> Reply:
        if self.away is not None:
            raise ModelError(self.away, "away since an earlier question of this turn")
        try:
            return asked()
        except ModelError as error:
            self.away = error.kind if error.kind in AWAY else None
            raise


def unsure(sight: Sight, answer: IntentAnswer) -> bool:
    """Neither rules nor examples know it, or examples heard several things at once."""
    by_examples = answer.tier is Tier.EMBEDDING and (len(answer.intents) > 1 or answer.confidence < SURE)
    return answer.tier is Tier.UNKNOWN or (by_examples and not answer.outside)


def not_by_rules(sight: Sight, _: Any) -> bool:
    return sight.tier not in ("", Tier.RULES)


WANTED: Final[Mapping[str, Callable[[Sight, Any], bool]]] = {
    "read": unsure,
    "triage": lambda sight, _: sight.tier == Tier.UNKNOWN or sight.tier == Tier.MODEL,
    "fill": lambda sight, offline: bool(sight.expecting) and sight.expecting not in offline,
    "choose": lambda sight, _: True,
    "word": not_by_rules,
    "answer": lambda sight, _: bool(sight.records),
    "sum_up": lambda sight, _: True,
    "wish": lambda sight, _: sight.tier in (Tier.UNKNOWN, Tier.MODEL),
}
ANTHROPIC: Final[Brain] = ModelBrain()
