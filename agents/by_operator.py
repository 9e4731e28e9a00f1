"""A refund that an operator starts: the same rules, hash, effect and audit; the Critic's opinion is shown (law 2)."""

from __future__ import annotations

import uuid
from typing import Any

from pydantic import ValidationError

from approvals import cases, deciding, gate
from approvals.cases import Asker, Reading, UnreadableError
from approvals.gate import Wish
from approvals.models import ApprovalRequest
from conversations.clock import business_now
from conversations.lifecycle import require_owner
from conversations.models import Conversation
from tools.capabilities.process_refund import ProcessRefund
from tools.contract import Proof
from tools.models import ToolCall
from tools.rules import Verdict

from . import deeds, writes


class CantError(Exception):
    """It was not proposed; the text says why, and what stands against it."""


def read(conversation: Conversation, args: ProcessRefund) -> Reading:
    """What the rules say of it, for the conversation's own customer, vouched for by the operator."""
    asker = Asker(conversation.customer.external_ref, Proof.PERSON, by_person=True)
    try:
        return cases.read(args, asker, deeds.kit().policy.refunds, business_now())
    except UnreadableError as error:
        raise CantError(f"The order can't be read ({error}). Check the number: it must be this customer's.") from error


def start(
    conversation: Conversation, user: Any, order_id: str, reason: str, lines: list[str], why: str, key: uuid.UUID
) -> ToolCall:
    """Propose it and cast the operator's own vote; what is above their limit waits for somebody else."""
    require_owner(conversation, user)
    try:
        args = ProcessRefund(order_id=order_id, reason_code=reason, lines=lines or None)  # type: ignore[arg-type]
    except ValidationError as error:
        raise CantError("That is no order number, or no reason.") from error
    reading = read(conversation, args)
    if reading.plan is None or reading.decision.verdict is Verdict.DENY:
        raise CantError(against(reading))
    wish = Wish(
        key=key,
        conversation_id=conversation.pk,
        customer_id=conversation.customer_id,
        args=args,
        sources={name: "operator" for name, value in args.model_dump().items() if value is not None},
        confirmation={"by": f"operator:{user.pk}"},
        origin=ToolCall.Origin.OPERATOR,
        asked_by=user.pk,
        heard_seq=conversation.heard_seq,
    )
    terms = writes.terms(deeds.kit())
    call = gate.propose(wish, reading, terms)
    gate.open(call, terms)
    vote(call, user, why)
    return ToolCall.objects.get(pk=call.pk)


def vote(call: ToolCall, user: Any, why: str) -> None:
    """The click counts up to their own limit; above it the request waits for whoever may."""
    request = ApprovalRequest.objects.filter(call=call, status=ApprovalRequest.Status.PENDING).first()
    if request is None or deciding.may_not(user, request):
        return
    decided = deciding.decide(request.public_id, user, yes=True, reason=why)
    if decided.status == ApprovalRequest.Status.APPROVED:
        deeds.carry_out(call.pk)


def against(reading: Reading) -> str:
    decision = reading.decision
    return f"Rule {decision.rule or 'REF-9'} refuses this: {(decision.reason or 'nothing is left').replace('-', ' ')}."
