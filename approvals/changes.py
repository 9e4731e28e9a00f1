"""Approve with a change: the request ends, and an approver's yes to something smaller waits for a new proposal.

Nothing is carried out by it. The customer is asked whether they want what is left; their yes makes a proposal with a
hash of its own, which goes through rules, Critic and gate as any other. Only then, and for that hash, this yes counts.
"""

from __future__ import annotations

import uuid
from typing import Any, Final

from django.db import transaction

from conversations import bell
from conversations.access import Actor
from conversations.clock import business_now
from conversations.lifecycle import move
from conversations.models import Conversation
from tools.contract import Arguments, Plan
from tools.models import ToolCall
from tools.proposals import hash_of

from . import deciding, ladder, waking
from .deciding import RefusedError
from .models import ApprovalRequest, Change

CHANGED: Final = "changed"  # why the request and its proposal ended


def why_not(request: ApprovalRequest) -> str:
    """Why this one can't be approved with a change; empty when it can, by whoever may decide it."""
    call = request.call
    if call.origin != ToolCall.Origin.AGENT:
        return "A colleague asked for this: reject it, and say what should be different."
    if call.capability != "process_refund" or len(call.planned.line_ids) < 2:
        return "There is nothing to leave out: it is one thing as a whole."
    if call.conversation.status != Conversation.Status.ACTIVE:
        return "The agent doesn't have this conversation: nobody would ask the customer whether they agree."
    return ""


def put(public_id: uuid.UUID, user: Any, args: Arguments, plan: Plan, reason: str) -> ApprovalRequest:
    """Write the change down and end the request; the customer hears of it with the agent's next turn."""
    reason = deciding.worded(reason)
    with transaction.atomic():
        request = deciding.locked(public_id)
        call = request.call
        refused = deciding.may_not(user, request) or deciding.late(request) or why_not(request)
        refused = refused or not_less(call, plan)
        if refused:
            raise RefusedError(refused, right=deciding.refused_by_right(user, request))
        actor, values = Actor.operator(user.pk), args.model_dump(mode="json")
        Change.objects.create(
            request=request,
            operator_id=user.pk,
            role=ladder.role_of(user),
            args=values,
            args_hash=hash_of(call.capability, values, plan, call.customer_id),
            amount_cents=plan.amount.cents,
            reason=reason,
        )
        ended = move(ApprovalRequest, request.pk, "supersede", actor, CHANGED)
        move(ToolCall, call.pk, "drop", actor, CHANGED)
        waking.wake(call.conversation_id)
    bell.ring(bell.RUN_TURN, call.conversation_id)
    deciding.poke(call)
    return ended


def not_less(call: ToolCall, plan: Plan) -> str:
    """Never more than was asked for, nor the same."""
    kept, asked = set(plan.line_ids), set(call.planned.line_ids)
    less = kept < asked and plan.amount.cents < call.amount_cents and plan.amount.currency == call.currency
    return "" if less and plan.route == call.planned.route else "That isn't less than what was asked for."


def count_in(call: ToolCall, request: ApprovalRequest) -> ApprovalRequest:
    """The yes to exactly this, given before it was proposed, counts as that person's vote: once, and while it holds."""
    with transaction.atomic():
        found = deciding.locked(request.public_id)
        given = (
            Change.objects.select_for_update(of=("self",))
            .select_related("operator")
            .filter(
                args_hash=call.args_hash,
                used_for__isnull=True,
                request__call__conversation_id=call.conversation_id,
                request__expires_at__gt=business_now(),
            )
            .first()
        )
        if given is None or deciding.may_not(given.operator, found) or deciding.late(found):
            return found
        Change.objects.filter(pk=given.pk).update(used_for=found)
        return deciding.counted(found, given.operator, yes=True, reason=given.reason)
