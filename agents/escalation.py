"""When a person is needed: one ordered list of named predicates, the first that holds gives the reason (S1-35..46).

Hard triggers stand first and look at nothing but their own sign, so that no confidence outvotes them (S1-43).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Final

from agents.intents.taxonomy import Category
from agents.triage import PRIORITY_QUEUE, STANDARD_QUEUE, Sentiment

BILLING_QUEUE: Final = "human-queue-billing"
SECURITY_QUEUE: Final = "human-queue-security"
ENTERPRISE_QUEUE: Final = "human-queue-enterprise"
FLOOR: Final = 600  # D2: below it nobody may lower the bar, not even the policy


@dataclass(frozen=True, slots=True)
class Flags:
    """Signs beside the seven inputs; counts are of the current matter unless they say otherwise."""

    wants_person: bool = False
    security: bool = False
    safety: bool = False
    loss: bool = False
    self_harm: bool = False
    medical_advice: bool = False
    legal_advice: bool = False
    minors: bool = False
    sensitive_data: bool = False
    conflict: bool = False
    vip: bool = False  # of a tier, or past an amount, of the policy's
    sentiment_intensity: int = 0
    sentiment_rising: bool = False
    sensitive: bool = False  # the intent is marked sensitive in the taxonomy
    may_clarify: bool = True  # the one clarifying question of D2 is still unasked
    not_understood: int = 0  # messages in a row that nobody could make sense of
    failures: int = 0  # tools or guards that failed in a row
    conversation_turns: int = 0  # customer turns since the last matter was solved
    history_entries: int = 0  # messages and tool results since then
    disputed_cents: int = 0  # what the customer says was wrongly charged


@dataclass(frozen=True, slots=True)
class EscalationInputs:
    """S1-35's seven, confidences in thousandths. `agent_confidence` is None while nothing was understood (then the
    non-understanding counter decides), `retrieval_confidence` is None when nothing was retrieved."""

    agent_confidence: int | None
    turn_count: int
    customer_sentiment: Sentiment
    intent_category: Category
    account_tier: str
    has_legal_language: bool
    retrieval_confidence: int | None
    flags: Flags = field(default_factory=Flags)


@dataclass(frozen=True, slots=True)
class Limits:
    """The policy's numbers, confidences in thousandths."""

    confidence: int = 720  # S1-18
    retrieval: int = 500  # S1-41
    turns: int = 4  # S1-39, unresolved customer turns on one matter
    frustrated_turns: int = 3  # S1-38
    conversation_turns: int = 10  # S2-15, D3: so many are still the agent's
    history_entries: int = 20  # D3, likewise
    not_understood: int = 2  # S3-18
    failures: int = 2
    dispute_cents: int = 50_000  # S1-49
    queues: Mapping[str, str] = field(default_factory=dict)  # the policy's own queue for a reason


@dataclass(frozen=True, slots=True)
class Escalation:
    reason: str
    queue: str

    def as_json(self) -> dict[str, str]:
        return asdict(self)


Predicate = Callable[[EscalationInputs, Limits], bool]


def _unsure(i: EscalationInputs, limits: Limits) -> bool:
    """D2: between floor and threshold one question or grounded answer is allowed, once, where nothing is sensitive."""
    if i.agent_confidence is None or i.agent_confidence >= max(limits.confidence, FLOOR):
        return False
    return i.agent_confidence < FLOOR or i.flags.sensitive or not i.flags.may_clarify


def _unsourced(i: EscalationInputs, limits: Limits) -> bool:
    sensitive = i.intent_category is Category.BILLING or i.has_legal_language or i.flags.sensitive
    return sensitive and i.retrieval_confidence is not None and i.retrieval_confidence < limits.retrieval


def _souring(i: EscalationInputs, limits: Limits) -> bool:
    frustrated = i.customer_sentiment is Sentiment.FRUSTRATED
    return frustrated and (i.turn_count >= limits.frustrated_turns or i.flags.sentiment_rising)


PREDICATES: Final[tuple[tuple[str, Predicate, str], ...]] = (
    # Unconditional (S1-43): nothing below can stop them.
    ("self-harm", lambda i, _: i.flags.self_harm, PRIORITY_QUEUE),
    ("safety-concern", lambda i, _: i.flags.safety, PRIORITY_QUEUE),
    ("account-security-concern", lambda i, _: i.flags.security, SECURITY_QUEUE),
    ("legal-language-detected", lambda i, _: i.has_legal_language, PRIORITY_QUEUE),
    ("personal-loss", lambda i, _: i.flags.loss, PRIORITY_QUEUE),
    ("minor-involved", lambda i, _: i.flags.minors, PRIORITY_QUEUE),
    ("sensitive-personal-data", lambda i, _: i.flags.sensitive_data, PRIORITY_QUEUE),
    ("conflict-or-ethics", lambda i, _: i.flags.conflict, PRIORITY_QUEUE),
    ("medical-advice", lambda i, _: i.flags.medical_advice, STANDARD_QUEUE),
    ("legal-advice", lambda i, _: i.flags.legal_advice, STANDARD_QUEUE),
    ("customer-asked-for-person", lambda i, _: i.flags.wants_person, STANDARD_QUEUE),
    ("vip-threshold", lambda i, _: i.flags.vip, PRIORITY_QUEUE),
    (
        "enterprise-billing-policy",
        lambda i, _: i.account_tier == "enterprise" and i.intent_category is Category.BILLING,
        ENTERPRISE_QUEUE,
    ),
    ("payment-dispute-over-threshold", lambda i, limits: i.flags.disputed_cents > limits.dispute_cents, BILLING_QUEUE),
    ("sentiment-degradation", _souring, PRIORITY_QUEUE),
    # Counters.
    ("max-turns-reached", lambda i, limits: i.turn_count >= limits.turns, STANDARD_QUEUE),
    (
        "conversation-turns-reached",
        lambda i, limits: i.flags.conversation_turns > limits.conversation_turns,
        STANDARD_QUEUE,
    ),
    ("history-full", lambda i, limits: i.flags.history_entries > limits.history_entries, STANDARD_QUEUE),
    ("not-understood", lambda i, limits: i.flags.not_understood >= limits.not_understood, STANDARD_QUEUE),
    ("repeated-failure", lambda i, limits: i.flags.failures >= limits.failures, STANDARD_QUEUE),
    # Doubt.
    ("low-retrieval-confidence-sensitive-topic", _unsourced, STANDARD_QUEUE),
    ("low-confidence", _unsure, STANDARD_QUEUE),
)
HARD: Final = tuple(name for name, _, _ in PREDICATES[:15])
ALARMS: Final = HARD[:10]  # words of the customer's alone
# The policy's trigger → the reason that it gives; regulatory words are legal ones.
REASONS: Final = {
    "self_harm": "self-harm",
    "safety": "safety-concern",
    "legal": "legal-language-detected",
    "loss": "personal-loss",
    "minors": "minor-involved",
    "sensitive_data": "sensitive-personal-data",
    "conflict": "conflict-or-ethics",
    "medical_advice": "medical-advice",
    "legal_advice": "legal-advice",
    "vip": "vip-threshold",
}
# What the agent keeps in mind of a conversation (memory.py) → the reason that it gives.
OF_CARE: Final = {**REASONS, "security": "account-security-concern"}


def alarms(cares: Iterable[str], known: Iterable[str]) -> list[str]:
    """What calls for a person by itself and wasn't said before in this conversation."""
    return [name for name in cares if name not in known and OF_CARE.get(name) in ALARMS]


def is_graver(reason: str, held: str) -> bool:
    """Earlier in the list than the reason for which somebody waits already."""
    return held not in HARD or HARD.index(reason) < HARD.index(held)


def dearer(queue: str, held: str) -> str:
    """Nobody leaves a queue of its own for the one of everybody."""
    return held if queue in (STANDARD_QUEUE, ENTERPRISE_QUEUE) and held else queue


def decide(inputs: EscalationInputs, limits: Limits | None = None) -> Escalation | None:
    """The first predicate that holds, with the queue it leads to; None means the agent goes on."""
    bounds = limits or Limits()
    for reason, holds, queue in PREDICATES:
        if holds(inputs, bounds):
            return Escalation(reason, _queue_for(bounds.queues.get(reason, queue), inputs.account_tier))
    return None


def _queue_for(queue: str, tier: str) -> str:
    """S1-45: an enterprise customer never waits in the queue of everybody."""
    return ENTERPRISE_QUEUE if tier == "enterprise" and queue == STANDARD_QUEUE else queue
