"""A charge that looks wrong: what the record says of it is told, nobody argues, and billing gets it with the facts.

Money for it goes back by people alone. What the rules give at once is the credit for a parcel that came late.
"""

from __future__ import annotations

import re
from typing import Final

from agents import voice, writes
from agents.desk import Desk
from agents.disputes import largest_cents
from agents.voice import wording
from approvals.cases import Reading
from conversations.money import Money
from tools.capabilities.apply_credit import ApplyCredit, CreditReason
from tools.capabilities.open_ticket import OpenTicket, TicketKind
from tools.capabilities.process_refund import ReasonCode
from tools.rules import Verdict
from tools.shapes import Order, PaymentEntry

from . import order_write, their_orders
from .order_write import Deed, Slots
from .records import account_of, order_of
from .refund import WHY

OVER: Final = "payment-dispute-over-threshold"
SUMMARY, CREDIT = "summary", "credit"
MOST: Final = 2000  # characters of a ticket
_LOOK: Final = re.compile(r"\b(?:charge[ds]?|ticket|billing|payment|look|check|twice|wrong)\b", re.IGNORECASE)


def detail(desk: Desk, order: Order) -> None:
    """Their own words are the ticket's; once read back they stay as they were read back."""
    if desk.get(SUMMARY) is None:
        desk.put(SUMMARY, "\n".join(desk.get("words") or [desk.text])[:MOST], "customer")
    if desk.get(WHY) == ReasonCode.LATE and desk.get(CREDIT) is None:
        desk.put(CREDIT, writes.read(desk, credit(order), order, account_of(desk)).decision.verdict is Verdict.ALLOW,
                 "record")  # fmt: skip


def credit(order: Order) -> ApplyCredit:
    return ApplyCredit(order_id=order.order_id, reason_code=CreditReason.LATE_DELIVERY)


def args(desk: Desk, order: Order) -> ApplyCredit | OpenTicket:
    if desk.get(CREDIT):
        return credit(order)
    return OpenTicket(order_id=order.order_id, kind=TicketKind.BILLING_DISPUTE, summary=str(desk.get(SUMMARY)))


def over(desk: Desk) -> bool:
    """What they dispute is above the policy's number; where they name no amount, the order's largest payment is it."""
    order = order_of(desk)
    named = max((largest_cents(text) for text in desk.get("words") or [desk.text]), default=0)
    paid = max((one.amount.cents for one in payments(order)), default=0) if order is not None else 0
    return (named or paid) > desk.kit.limits.dispute_cents


def payments(order: Order, kind: str = "payment") -> list[PaymentEntry]:
    return [one for one in order.entries if one.kind == kind]


def slots(desk: Desk, order: Order, reading: Reading) -> Slots:
    assert reading.plan is not None
    if desk.get(CREDIT):
        amount = wording.money(Money.from_json(reading.plan.facts["credit"]))
        return {"case": "credit", "order": order.order_id, "amount": desk.derived(amount)}
    return {"order": order.order_id, "charge_sentence": charge_sentence(desk, order)}


def charge_sentence(desk: Desk, order: Order) -> str:
    """What the record says: charged once, more than once, given back, or not at all."""
    paid, back = payments(order), payments(order, "refund")
    twice = next((one for i, one in enumerate(paid) if any(one.amount == other.amount for other in paid[:i])), None)
    told = back[-1] if back else twice or (paid[-1] if paid else None)
    key = "dispute.refunded" if back else "dispute.twice" if twice else "dispute.once" if paid else "dispute.none"
    slots = {"order": order.order_id}
    if told is not None:
        slots |= {"amount": wording.money(told.amount), "date": wording.day(told.at, desk.now), "method": told.method}
    return desk.derived(voice.say(key, slots, conversation=str(desk.work.public_id), pack=desk.kit.pack.voice))


def changed(desk: Desk) -> bool:
    """They would rather have the charge looked at than take the credit."""
    wants = bool(desk.get(CREDIT)) and _LOOK.search(desk.text) is not None
    if wants:
        desk.put(CREDIT, False, "customer")
    return wants


def shows(desk: Desk, order: Order) -> bool:
    """Neither a ticket nor a credit stands on the order: the company's answer names it, or it wasn't done."""
    outcome = desk.get("outcome_data") or {}
    return bool(outcome.get("ticket_id") or outcome.get("reference"))


DEED: Final = Deed(
    name="billing_dispute",
    title="Take down a charge that looks wrong",
    capability="open_ticket",
    or_else=("apply_credit",),
    candidates=their_orders.known,
    args=args,
    slots=slots,
    shows=shows,
    detail=detail,
    changed=changed,
    beforehand=(("over", f"handoff:{OVER}", over),),
)
WORKFLOW: Final = order_write.build(DEED)
