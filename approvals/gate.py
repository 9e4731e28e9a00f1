"""From a wish to a standing: proposed, reviewed, and then cleared by the policy, put before people, or denied (D18)."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.db.models.functions import Coalesce

from conversations.access import AGENT, Actor
from conversations.clock import business_now
from conversations.faults import failpoint
from conversations.lifecycle import NotAllowedError, move
from conversations.models import Message
from knowledge.policy import Mode, Refunds
from tools import pack, writes
from tools.capabilities.change_order import Change
from tools.contract import Arguments, Plan, Risk
from tools.models import Effect, ToolCall
from tools.proposals import hash_of
from tools.rules import Decision, Verdict
from tools.shapes import Fulfilment

from . import changes, critic, ladder
from .cases import Asker, Reading, own_writes
from .critic import Brief, Critic, Opinion
from .ladder import Rung
from .models import ApprovalRequest, CriticReview, Role

CLEAR, WAIT, DENIED = "clear", "wait", "denied"
DRY_RUN: Final = "dry-run"
# The partner settles with us afterwards: somebody looks at each.
ROUTE: Final = Rung(1, Role.OPERATOR.value, "transfer-route")
# Nobody could say afterwards whether it was done: somebody looks at each.
ONE_WAY: Final = Rung(1, Role.OPERATOR.value, "no-way-back")
# A person has taken the conversation over between the customer's yes and the effect: they, or a colleague, decide.
TAKEN_OVER: Final = Rung(1, Role.OPERATOR.value, "taken-over")
# S1-21: 0 reads and answers, 1 writes what costs little by itself and the rest with people, 2 as the policy says.
FULL_AUTHORITY: Final = 2


@dataclass(frozen=True)
class Terms:
    """What the live release says about writes; the runner hands it down."""

    refunds: Refunds
    threshold: int  # thousandths that a critic's confidence must reach
    critics: tuple[Critic, ...]
    release: int = 0
    critic_seconds: float = critic.SECONDS
    modes: Mapping[str, Mode] = field(default_factory=dict)  # a capability that isn't named goes to people
    authority: int = FULL_AUTHORITY
    faults: str = ""  # scripted, of the company's systems: a drill's alone

    def mode(self, capability: str) -> Mode:
        return self.modes.get(capability, Mode.PEOPLE)


@dataclass(frozen=True)
class Wish:
    """A write that somebody wants, with where each part of it came from."""

    key: uuid.UUID
    conversation_id: int
    customer_id: int
    args: Arguments
    sources: dict[str, str]
    confirmation: dict[str, Any]
    origin: str = ToolCall.Origin.AGENT
    asked_by: int | None = None
    run_id: uuid.UUID | None = None
    turn_id: uuid.UUID | None = None
    heard_seq: int = 0


@dataclass(frozen=True)
class Standing:
    """Where a proposal stands after the gate: `clear`, `wait` (for `role`, `people`) or `denied`, and why (a code)."""

    state: str
    why: str
    role: str = ""
    people: int = 0
    request: str = ""
    opinions: list[dict[str, Any]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return {**self.__dict__}


def propose(wish: Wish, reading: Reading, terms: Terms) -> ToolCall:
    """Write the proposal down, once for its key. Needs a plan and rules that don't deny."""
    if reading.plan is None or reading.decision.verdict is Verdict.DENY:
        raise NotAllowedError(f"The rules refuse this ({reading.decision.rule or 'nothing to refund'}).")
    held: ToolCall | None = ToolCall.objects.filter(key=wish.key).first()
    if held is not None:
        return held
    call = draft(wish, reading, reading.plan, terms)
    try:
        with transaction.atomic():
            call.save(force_insert=True)
    except IntegrityError:
        call = ToolCall.objects.get(key=wish.key)  # another try of the same work was first
    failpoint("write.after_propose")
    return call


def draft(wish: Wish, reading: Reading, plan: Plan, terms: Terms) -> ToolCall:
    """The proposal as it would be written down; as long as it isn't, it holds nothing and nobody is asked."""
    args, name = wish.args.model_dump(mode="json"), writes.name_of(wish.args)
    order = reading.case.order
    actor = AGENT if wish.asked_by is None else Actor.operator(wish.asked_by)
    return ToolCall(
        key=wish.key,
        conversation_id=wish.conversation_id,
        customer_id=wish.customer_id,
        capability=name,
        args=args,
        plan=plan.to_json(),
        args_hash=hash_of(name, args, plan, wish.customer_id),
        order_ref=order.order_id if order is not None else writes.subject(wish.args, plan.customer_id),
        line_ids=list(plan.held),
        amount_cents=plan.amount.cents,
        exposure_cents=plan.exposure,
        currency=plan.amount.currency,
        sources=wish.sources,
        confirmation={**wish.confirmation, "tainted": reading.case.tainted, "proof": int(reading.case.proof)},
        record=order.model_dump(mode="json") if order is not None else {},
        rules=[decision_json(one) for one in reading.hits],
        origin=wish.origin,
        asked_by_id=wish.asked_by,
        run_id=wish.run_id,
        turn_id=wish.turn_id,
        heard_seq=wish.heard_seq,
        release=terms.release,
        expires_at=business_now() + timedelta(hours=terms.refunds.approval_hours),
        moved_by=actor.label,
    )


def decision_json(decision: Decision) -> dict[str, Any]:
    return {"verdict": decision.verdict.value, "rule": decision.rule, "reason": decision.reason,
            "facts": dict(decision.facts)}  # fmt: skip


def review(call: ToolCall, terms: Terms, given: list[Opinion] | None = None) -> CriticReview:
    """The Critic's word on the proposal as it stands, asked once for each hash. `given`: it was asked already, on the
    draft of exactly this."""
    held = CriticReview.objects.filter(call=call, args_hash=call.args_hash).first()
    if held is not None:
        return held
    began = time.monotonic()
    opinions = opinions_on(call, terms) if given is None else given
    verdict = critic.unanimous(opinions)
    asked = all(one.reason in ("critic-approved", "critic-rejected", "critic-unsure") for one in opinions)
    status = CriticReview.Verdict
    outcome = status.APPROVED if verdict.approved else status.REJECTED if asked and opinions else status.FAILED
    row, _ = CriticReview.objects.get_or_create(
        call=call,
        args_hash=call.args_hash,
        defaults={
            "verdict": outcome,
            "confidence": verdict.confidence,
            "reason": verdict.reason,
            "opinions": [one.to_json() for one in opinions],
            "ms": int((time.monotonic() - began) * 1000),
        },
    )
    failpoint("write.after_review")
    return row


def opinions_on(call: ToolCall, terms: Terms) -> list[Opinion]:
    """What each critic says of it, asked now."""
    own = own_writes(call.order_ref, besides=call)
    brief = Brief(call, Asker.of(call), business_now(), said(call), own)
    return [critic.ask(one, brief, terms.threshold, terms.critic_seconds) for one in terms.critics]


def said(call: ToolCall) -> tuple[str, ...]:
    """The customer's own words on this matter, oldest first."""
    since = int(call.confirmation.get("since") or 0)
    words = Message.objects.filter(conversation_id=call.conversation_id, author=Message.Author.CUSTOMER, seq__gte=since)
    return tuple(words.order_by("-seq").values_list("text", flat=True)[:40])[::-1]


def open(call: ToolCall, terms: Terms, given: list[Opinion] | None = None) -> Standing:  # noqa: A001 the gate opens
    """Review, then the ladder. Called again for the same proposal it says the same, or how people decided."""
    if call.status != ToolCall.Status.PROPOSED:
        return standing(call)
    if (shut := shut_by(call, terms)) is not None:
        deny(call, shut)
        return Standing(DENIED, shut)
    opinion = review(call, terms, given)
    if opinion.verdict != CriticReview.Verdict.APPROVED and call.origin == ToolCall.Origin.AGENT:
        deny(call, opinion.reason)
        return Standing(DENIED, opinion.reason, opinions=opinion.opinions)
    held = call.requests.filter(status__in=("pending", "approved")).first()
    if held is not None:
        state = CLEAR if held.status == ApprovalRequest.Status.APPROVED else WAIT
        return Standing(state, held.why, held.role, held.people, str(held.public_id), opinion.opinions)
    needed = rung_of(call, terms)
    if terms.mode(call.capability) is Mode.DRY_RUN:
        deny(call, DRY_RUN)  # the proposal is the request, to be looked at; nothing is sent
        return Standing(DENIED, DRY_RUN, opinions=opinion.opinions)
    if needed.people == 0:
        return Standing(CLEAR, needed.why, opinions=opinion.opinions)
    request = changes.count_in(call, ask_people(call, needed, terms.refunds))
    state = CLEAR if request.status == ApprovalRequest.Status.APPROVED else WAIT
    return Standing(state, needed.why, needed.role, needed.people, str(request.public_id), opinion.opinions)


def standing(call: ToolCall) -> Standing:
    """Where a proposal stands that is no longer open."""
    if call.status == ToolCall.Status.CLEARED:
        return Standing(CLEAR, call.moved_why)
    return Standing(DENIED, call.moved_why)


def deny(call: ToolCall, why: str) -> None:
    try:
        move(ToolCall, call.pk, "deny", AGENT, why)
    except NotAllowedError:
        return  # its fate is sealed already, and `standing` says how


def shut_by(call: ToolCall, terms: Terms) -> str | None:
    """Why the agent may not even ask: the capability is off, or its authority is reading and answering alone."""
    if terms.mode(call.capability) is Mode.OFF:
        return "capability-off"
    return "authority-level" if call.origin == ToolCall.Origin.AGENT and terms.authority == 0 else None


def rung_of(call: ToolCall, terms: Terms) -> Rung:
    """What the release asks for this write: by its weight, its route, its risk, and what went out by itself lately."""
    if is_within_cancel_limit(call, terms.refunds):
        return least_of(call, terms)
    return ladder.rung(call.weight_cents, terms.refunds, least_of(call, terms))


def is_within_cancel_limit(call: ToolCall, refunds: Refunds) -> bool:
    """An order that hasn't been sent: its money goes back, and its goods never left."""
    cancelled = call.capability == "change_order" and call.args["change"] == Change.CANCEL
    return cancelled and call.weight_cents <= refunds.automatic_cancel_usd * 100


def least_of(call: ToolCall, terms: Terms) -> Rung:
    """What is asked for whatever the amount."""
    if call.origin == ToolCall.Origin.OPERATOR:
        return Rung(1, Role.OPERATOR.value, "by-operator")
    if terms.mode(call.capability) is Mode.PEOPLE:
        return Rung(1, Role.OPERATOR.value, "mode-people")
    if terms.authority < FULL_AUTHORITY and pack.active().capabilities[call.capability].risk is Risk.HIGH:
        return Rung(1, Role.OPERATOR.value, "authority-level")
    if pack.active().is_one_way(call.capability):
        return ONE_WAY
    if call.capability == "process_refund" and call.planned.route is Fulfilment.TRANSFER:
        return ROUTE
    cap = passed_cap(call, terms.refunds)
    return ladder.AUTOMATIC if cap is None else Rung(1, Role.OPERATOR.value, cap)


def passed_cap(call: ToolCall, refunds: Refunds) -> str | None:
    """The cap that this write would pass if it went out by itself; execute.py asks again under a lock."""
    if call.capability not in writes.capped() or call.weight_cents == 0:
        return None
    if automatic_cents(days=30, customer_id=call.customer_id) + call.weight_cents > refunds.per_customer_cents:
        return "cap-customer"
    if automatic_cents(days=1) + call.weight_cents > refunds.per_day_cents:
        return "cap-day"
    return None


def automatic_cents(days: int, customer_id: int | None = None) -> int:
    """What went out by policy alone, and wasn't refused, in the last `days` times 24 hours."""
    since = business_now() - timedelta(days=days)
    out = Effect.objects.filter(created_at__gt=since, call__people=0, call__capability__in=writes.capped())
    out = out.exclude(status=Effect.Status.REFUSED)
    out = out if customer_id is None else out.filter(call__customer_id=customer_id)
    return int(out.aggregate(sum=Sum(Coalesce("call__exposure_cents", "call__amount_cents")))["sum"] or 0)


def ask_people(call: ToolCall, needed: Rung, refunds: Refunds, actor: Actor = AGENT) -> ApprovalRequest:
    """One open request for each proposal; it expires with the proposal."""
    with transaction.atomic():
        row = ToolCall.objects.select_for_update().get(pk=call.pk)
        held: ApprovalRequest | None = row.requests.filter(status__in=("pending", "approved")).first()
        if held is not None:
            return held
        ToolCall.objects.filter(pk=call.pk).update(people=needed.people, role=needed.role)
        return ApprovalRequest.objects.create(
            call=row,
            args_hash=row.args_hash,
            role=needed.role,
            people=needed.people,
            why=needed.why,
            expires_at=row.expires_at,
            moved_by=actor.label,
        )


__all__ = ["Asker", "Standing", "Terms", "Wish", "ask_people", "open", "propose", "review"]
