"""What rules decide on, read afresh from the systems of record: by gate, Critic and execution, each anew."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

from django.db.models import Q

from conversations import codes
from conversations.models import Now
from knowledge.policy import Refunds
from tools import gateway, pack, rules, writes
from tools.case import Case
from tools.contract import Arguments, Caller, Plan, Proof
from tools.models import Effect, ToolCall
from tools.rules import Decision
from tools.shapes import Account, Order


class OwnWrite(TypedDict):
    """One write of ours on an order, as JSON: whether it is cleared, and the money and lines that it holds."""

    key: str
    lines: list[str]
    cents: int
    cleared: bool


class UnreadableError(Exception):
    """A system of record didn't answer as it should: nothing may be decided. The text is the error's code."""


@dataclass(frozen=True)
class Asker:
    """For whom a write is wished: from the session, never from words."""

    customer_ref: str | None
    proof: Proof
    by_person: bool = False
    tainted: bool = False
    confirmed: bool | None = None  # yes to exactly this; None before it was read back

    @classmethod
    def of(cls, call: ToolCall) -> Asker:
        return cls(call.customer.external_ref, proof_of(call),
                   by_person=call.origin == ToolCall.Origin.OPERATOR,
                   tainted=bool(call.confirmation.get("tainted")),
                   confirmed=bool(call.confirmation.get("yes")))  # fmt: skip


def proof_of(call: ToolCall) -> Proof:
    """What the proposal was made with; a one-time code counts as far as its row says so, for the moment of the wish."""
    ref = call.customer.external_ref
    said = Proof(call.confirmation.get("proof", Proof.SIGNED_IN if ref else Proof.NONE))
    if said is Proof.ONE_TIME_CODE and not codes.proven(call.conversation_id, call.customer_id, call.created_at):
        return Proof.SIGNED_IN
    return said


@dataclass(frozen=True)
class Reading:
    """A case, what the rules say of it, and what would be done."""

    case: Case
    decision: Decision
    hits: tuple[Decision, ...]
    plan: Plan | None


def read(args: Arguments, asker: Asker, refunds: Refunds, now: datetime, own: list[OwnWrite] | None = None) -> Reading:
    """Ask the systems of record, then the rules. `own`: what our own writes on this order are, asked when not given."""
    order, account = records(args, asker, now)
    held = own_writes(writes.subject(args, asker.customer_ref)) if own is None else own
    return judge(case(args, asker, refunds, now, order, account, held))


def records(args: Any, asker: Asker, now: datetime) -> tuple[Order | None, Account]:
    """What the write is decided on, as it is now, seen as the customer whose session it is."""
    spec = writes.specs()[writes.name_of(args)]
    order_id = args.order_id if spec.about_order else None
    return looked_up(asker, now, None if order_id is None else about(order_id, spec))


def looked_up(asker: Asker, now: datetime, about_order: dict[str, Any] | None) -> tuple[Order | None, Account]:
    """The account, and the order that is asked for, if one is."""
    caller = Caller(asker.customer_ref, asker.proof, "records", frozenset({"get_order", "get_customer"}), now)
    first = [("get_order", about_order)] if about_order is not None else []
    found = gateway.read_many([*first, ("get_customer", {})], caller)
    for result in found:
        if not result.ok:
            raise UnreadableError(result.error)
    return Order.model_validate(found[0].data) if first else None, Account.model_validate(found[-1].data)


def about(order_id: str, spec: writes.Spec) -> dict[str, Any]:
    """How the order is asked for."""
    return {"order_id": order_id, "choices": True} if spec.choices else {"order_id": order_id}


def case(
    args: Arguments,
    asker: Asker,
    refunds: Refunds,
    now: datetime,
    order: Order | None,
    account: Account | None,
    own: list[OwnWrite],
) -> Case:
    """The case that these records make, with what our own writes hold of the order beyond what its record shows."""
    shown = {entry.key for entry in order.entries if entry.key} if order is not None else set()
    held = [write for write in own if write["key"] not in shown]
    return writes.specs()[writes.name_of(args)].case(
        order=order,
        account=account,
        args=args,
        refunds=refunds,
        now=now,
        customer_ref=asker.customer_ref,
        proof=asker.proof,
        by_person=asker.by_person,
        taken_cents=sum(write["cents"] for write in held if write["cleared"]),
        taken_lines=frozenset(line for write in held for line in write["lines"]),
        tainted=asker.tainted,
        currency=pack.active().currency,
        confirmed=asker.confirmed,
    )


def judge(facts: Case) -> Reading:
    """The base rules, then the company's own of this write; what they allow changes nothing."""
    name = writes.name_of(facts.args)
    extra, plan = pack.active().rules_of(name), writes.specs()[name].plan(facts)
    return Reading(facts, rules.decide(facts, extra), tuple(rules.hits(facts, extra)), plan)


def own_writes(order_ref: str, besides: ToolCall | None = None, but_run: uuid.UUID | None = None) -> list[OwnWrite]:
    """Our proposals and effects on an order that aren't refused or dropped. `besides`: one that doesn't count;
    `but_run`: nor what this run has proposed, so that a try after a crash finds itself where it was."""
    calls = ToolCall.objects.filter(order_ref=order_ref).filter(
        Q(status=ToolCall.Status.PROPOSED, expires_at__gt=Now())
        | (Q(status=ToolCall.Status.CLEARED) & ~Q(effect__status=Effect.Status.REFUSED))
    )
    if besides is not None:
        calls = calls.exclude(pk=besides.pk)
    if but_run is not None:
        calls = calls.exclude(run_id=but_run, status=ToolCall.Status.PROPOSED)
    return [
        OwnWrite(
            key=str(call.key),
            lines=sorted(call.line_ids),
            cents=call.amount_cents,
            cleared=call.status == ToolCall.Status.CLEARED,
        )
        for call in calls.order_by("pk")
    ]


def outside_of(order: Order | None) -> int:
    """Cents that went back by the record and not by an effect of ours."""
    if order is None:
        return 0
    keys = [entry.key for entry in order.entries if entry.kind == "refund" and entry.key]
    ours = {str(key) for key in Effect.objects.filter(key__in=keys).values_list("key", flat=True)}
    return sum(e.amount.cents for e in order.entries if e.kind == "refund" and e.key not in ours)


def paid_of(order: Order | None) -> int:
    return 0 if order is None else sum(entry.amount.cents for entry in order.entries if entry.kind == "payment")
