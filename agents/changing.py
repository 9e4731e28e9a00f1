"""Less than was asked for: what rules say of it under the live policy, then the approver's yes to exactly that."""

from __future__ import annotations

import uuid
from typing import Any

from approvals import cases, changes
from approvals.cases import Asker, Reading, UnreadableError
from approvals.deciding import RefusedError
from approvals.models import ApprovalRequest
from conversations.clock import business_now
from tools.capabilities.process_refund import ProcessRefund
from tools.models import ToolCall
from tools.rules import Verdict

from . import by_operator, deeds


def start(public_id: uuid.UUID, user: Any, keep: list[str], reason: str) -> ApprovalRequest:
    """Approve only the lines that are kept; refused with why when that isn't less, or isn't allowed either."""
    request = ApprovalRequest.objects.select_related("call__customer", "call__conversation").get(public_id=public_id)
    if refused := changes.why_not(request):
        raise RefusedError(refused)
    args = smaller(request.call, keep)
    reading = read(request.call, args)
    if reading.plan is None or reading.decision.verdict is not Verdict.ALLOW:
        raise RefusedError(by_operator.against(reading))
    return changes.put(public_id, user, args, reading.plan, reason)


def smaller(call: ToolCall, keep: list[str]) -> ProcessRefund:
    """The same refund with fewer lines, in the order's own order."""
    lines = [line for line in call.planned.line_ids if line in keep]
    if not lines:
        raise RefusedError("Keep at least one item; to refund nothing, reject it.")
    return ProcessRefund(order_id=call.args["order_id"], reason_code=call.args["reason_code"], lines=lines)


def read(call: ToolCall, args: ProcessRefund) -> Reading:
    own = cases.own_writes(call.order_ref, besides=call)
    try:
        return cases.read(args, Asker.of(call), deeds.kit().policy.refunds, business_now(), own)
    except UnreadableError as error:
        raise RefusedError(f"The order can't be read now ({error}). Try again in a moment.") from error
