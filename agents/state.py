"""The state of a conversation as one value with exactly the keys of the contract (S2-03), read from rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from conversations.models import Conversation, Message

from .models import Step, Turn

if TYPE_CHECKING:
    from .claim import Work

SHOWN: Final = ("subscription_status", "plan", "plan_until")  # of an account, to a role (S2-06)
ROLES: Final = {"customer": "user", "agent": "assistant", "operator": "assistant", "system": "system"}


@dataclass(frozen=True)
class ConversationState:
    """Times are ISO texts. `account_info` is what the last look at the account returned, empty before any."""

    customer_id: str
    conversation_id: str
    customer_name: str
    detected_intents: list[str]
    account_info: dict[str, Any]
    conversation_history: list[dict[str, str]]
    tools_executed: list[dict[str, Any]]
    escalation_pending: bool
    escalation_reason: str | None
    created_at: str
    last_updated: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def in_turn(
    work: Work, intents: Sequence[str] = (), tools: Iterable[str] = (), account: Mapping[str, Any] | None = None
) -> ConversationState:
    """As a turn has claimed it, without another look at the rows: its window of history, what it has looked up so far,
    and of the account what the claim has read, with what a look at it (`account`) has brought. Times are those of the
    window's messages."""
    history = [
        {"role": ROLES[m["author"]], "content": str(m["text"]), "timestamp": str(m["at"])} for m in work.messages
    ]
    who = work.customer
    return ConversationState(
        customer_id=str(who["ref"] or ""),
        conversation_id=str(work.public_id),
        customer_name=str(who["first_name"] or ""),
        detected_intents=list(intents),
        account_info={
            "tier": str(who["tier"] or ""),
            **{name: str(value) for name in SHOWN if (value := (account or {}).get(name))},
        },
        conversation_history=history,
        tools_executed=[{"tool": name} for name in tools],
        escalation_pending=work.in_line,
        escalation_reason=None,
        created_at=history[0]["timestamp"] if history else "",
        last_updated=history[-1]["timestamp"] if history else "",
    )


def of(conversation: Conversation) -> ConversationState:
    """Nothing is kept twice: the state is what the rows say."""
    turns = Turn.objects.filter(conversation=conversation).values_list("pk", flat=True)
    steps = list(Step.objects.filter(turn_id__in=list(turns)).order_by("at", "n"))
    calls = [step for step in steps if step.kind == "port" and step.name.startswith("tool:")]
    accounts = [step.data["answer"]["data"] for step in calls if step.name == "tool:get_customer"]
    handoff = conversation.handoffs.first()
    pending = conversation.status == Conversation.Status.ESCALATED
    return ConversationState(
        customer_id=str(conversation.customer.external_ref or conversation.customer.public_id),
        conversation_id=str(conversation.public_id),
        customer_name=str(conversation.customer),
        detected_intents=list(dict.fromkeys(step.name for step in steps if step.kind == "triage")),
        account_info=next((account for account in reversed(accounts) if account), {}),
        conversation_history=[
            {"role": ROLES[m.author], "content": m.text, "timestamp": m.created_at.isoformat()}
            for m in Message.objects.finished().filter(conversation=conversation).order_by("seq")
        ],
        tools_executed=[
            {"tool": step.name.removeprefix("tool:"), "input": step.data["input"], "timestamp": step.at.isoformat()}
            for step in calls
        ],
        escalation_pending=pending,
        escalation_reason=handoff.reason if handoff and pending else None,
        created_at=conversation.opened_at.isoformat(),
        last_updated=conversation.last_activity_at.isoformat(),
    )
