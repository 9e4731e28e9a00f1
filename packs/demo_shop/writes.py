"""Everything at Fernway that isn't a refund: one endpoint after another, each under a key made from the write's own, so
that a repeat after any crash completes what is missing and does nothing twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID, uuid5

from packs.demo_shop.addresses import of_shop
from packs.demo_shop.answers import ChangedAnswer, EffectAnswer, OpenedAnswer, SentAnswer, StockAnswer
from packs.demo_shop.connections import at, find, post
from packs.demo_shop.refunds import unsettled
from tools.capabilities.apply_credit import ApplyCredit, CreditOutcome
from tools.capabilities.change_order import Change, ChangeOrder, ChangeOutcome
from tools.capabilities.open_ticket import OpenTicket, TicketOutcome
from tools.capabilities.process_return import ProcessReturn, ReturnKind, ReturnOutcome
from tools.capabilities.send_notice import NoticeOutcome, SendNotice
from tools.capabilities.update_account import AccountChange, AccountOutcome, UpdateAccount
from tools.contract import Caller, Plan, Writer
from tools.shapes import Address

REASONS: Final = {"no_longer_needed": "no longer needed", "ordered_by_mistake": "ordered by mistake"}


def done(key: UUID, caller: Caller) -> EffectAnswer | None:
    """What was done under a key; a question that was refused doesn't say that nothing was."""
    with unsettled():
        return find(at("/effects/{}", str(key)), EffectAnswer, caller)


# change_order -----------------------------------------------------------------------------------------------------


def change(args: ChangeOrder, plan: Plan, key: UUID, caller: Caller) -> ChangeOutcome:
    """One endpoint for each change; a new address is then told by text, where a number is on record."""
    name, wish = WISHES[args.change](args, plan)
    made = post(at("/orders/{}/" + name, args.order_id), ChangedAnswer, caller, key, wish)
    if not plan.facts.get("text_to"):
        return ChangeOutcome(success=True, reference=made.reference)
    with unsettled():
        notice(plan, uuid5(key, "notice"), caller, args.order_id, "delivery_change", "sms", plan.facts["text_to"])
    return ChangeOutcome(success=True, reference=made.reference, notified=True)


def change_settled(plan: Plan, key: UUID, caller: Caller) -> ChangeOutcome | None:
    first, told = done(key, caller), plan.facts.get("text_to")
    if first is None or (told and done(uuid5(key, "notice"), caller) is None):
        return None
    return ChangeOutcome(success=True, reference=first.answer["reference"], notified=bool(told))


def cancelling(args: ChangeOrder, plan: Plan) -> tuple[str, dict[str, Any]]:
    reason = args.reason_code.value if args.reason_code else "other"
    return "cancel", {"reason": REASONS.get(reason, reason.replace("_", " "))}


def readdressing(args: ChangeOrder, plan: Plan) -> tuple[str, dict[str, Any]]:
    return "address", {"address": of_shop(required(args.address))}


def paying(args: ChangeOrder, plan: Plan) -> tuple[str, dict[str, Any]]:
    return "payment-method", {"method": args.method_id}


def swapping(args: ChangeOrder | ProcessReturn, plan: Plan) -> tuple[str, dict[str, Any]]:
    lines = [int(line) for line in args.lines or []]
    return "items", {"lines": lines, "items": list(args.new_items or []), "method": args.method_id}


WISHES: Final = {
    Change.CANCEL: cancelling,
    Change.ADDRESS: readdressing,
    Change.PAYMENT: paying,
    Change.ITEMS: swapping,
}


# process_return ---------------------------------------------------------------------------------------------------


def take_back(args: ProcessReturn, plan: Plan, key: UUID, caller: Caller) -> ReturnOutcome:
    """Registered with the order; then the label goes out, or the same again leaves the stock."""
    if args.kind is ReturnKind.REPLACEMENT:
        return send_again(args, plan, key, caller)
    wish = swapping(args, plan)[1]
    if args.kind is ReturnKind.RETURN:
        del wish["items"]
    path = at("/orders/{}/returns" if args.kind is ReturnKind.RETURN else "/orders/{}/exchanges", args.order_id)
    made = post(path, ChangedAnswer, caller, key, wish)
    if "label_to" in plan.facts:
        with unsettled():
            notice(plan, uuid5(key, "notice"), caller, args.order_id, "return_label", "email", plan.facts["label_to"])
    return ReturnOutcome(success=True, reference=made.reference, label="label_to" in plan.facts)


def send_again(args: ProcessReturn, plan: Plan, key: UUID, caller: Caller) -> ReturnOutcome:
    """The replacement is booked, and what it takes leaves the stock, article by article."""
    wish = {"lines": [int(line) for line in args.lines], "reason": args.reason_code.value}
    made = post(at("/orders/{}/replacements", args.order_id), ChangedAnswer, caller, key, wish)
    with unsettled():
        for item in plan.facts["items"]:
            less = {"by": -int(item["quantity"]), "reason": "replacement"}
            path = at("/platform/variants/{}/stock", item["item_id"])
            post(path, StockAnswer, caller, uuid5(key, f"stock-{item['line_id']}"), less)
    return ReturnOutcome(success=True, reference=made.reference)


def return_settled(plan: Plan, key: UUID, caller: Caller) -> ReturnOutcome | None:
    first = done(key, caller)
    label = "label_to" in plan.facts
    replaced = plan.facts["items"] if first is not None and first.endpoint.endswith("/replacements") else []
    steps = [uuid5(key, "notice")] if label else [uuid5(key, f"stock-{item['line_id']}") for item in replaced]
    if first is None or any(done(step, caller) is None for step in steps):
        return None
    return ReturnOutcome(success=True, reference=first.answer["reference"], label=label)


# update_account, apply_credit, send_notice, open_ticket -----------------------------------------------------------


def update(args: UpdateAccount, plan: Plan, key: UUID, caller: Caller) -> AccountOutcome:
    template, wish = UPDATES[args.change](args)
    made = post(at(template, plan.customer_id), ChangedAnswer, caller, key, wish)
    return AccountOutcome(success=True, reference=made.reference, until=made.until.isoformat() if made.until else None)


def update_settled(plan: Plan, key: UUID, caller: Caller) -> AccountOutcome | None:
    found = done(key, caller)
    if found is None:
        return None
    return AccountOutcome(success=True, reference=found.answer["reference"], until=found.answer.get("until"))


UPDATES: Final[dict[AccountChange, Callable[[UpdateAccount], tuple[str, dict[str, Any]]]]] = {
    AccountChange.ADDRESS: lambda args: (
        "/platform/customers/{}/profile",
        {"address": of_shop(required(args.address))},
    ),
    AccountChange.EMAIL: lambda args: ("/platform/customers/{}/profile", {"email": args.email}),
    AccountChange.CANCEL_SUBSCRIPTION: lambda args: ("/platform/subscriptions/{}", {"action": "cancel"}),
    AccountChange.RESUME_SUBSCRIPTION: lambda args: ("/platform/subscriptions/{}", {"action": "resume"}),
    AccountChange.PASSWORD_RESET: lambda args: ("/platform/customers/{}/password-reset", {}),
    AccountChange.CLOSE: lambda args: ("/platform/customers/{}/close", {}),
}


def required(address: Address | None) -> Address:
    assert address is not None  # the contract says so
    return address


def credit(args: ApplyCredit, plan: Plan, key: UUID, caller: Caller) -> CreditOutcome:
    wish = {"order": args.order_id, "amount_cents": plan.weight_cents, "reason": args.reason_code.value}
    made = post(at("/finance/customers/{}/credits", plan.customer_id), ChangedAnswer, caller, key, wish)
    return CreditOutcome(success=True, reference=made.reference)


def credit_settled(plan: Plan, key: UUID, caller: Caller) -> CreditOutcome | None:
    found = done(key, caller)
    return None if found is None else CreditOutcome(success=True, reference=found.answer["reference"])


def send(args: SendNotice, plan: Plan, key: UUID, caller: Caller) -> NoticeOutcome:
    sent = notice(plan, key, caller, args.order_id, args.notice.value, args.channel.value, plan.facts["to"])
    return NoticeOutcome(success=True, reference=sent.reference, sent_to=sent.sent_to)


def send_settled(plan: Plan, key: UUID, caller: Caller) -> NoticeOutcome | None:
    found = done(key, caller)
    if found is None:
        return None
    return NoticeOutcome(success=True, reference=found.answer["reference"], sent_to=found.answer["sent_to"])


def notice(plan: Plan, key: UUID, caller: Caller, order: str, kind: str, channel: str, to: str) -> SentAnswer:
    wish = {"customer": plan.customer_id, "order": order, "kind": kind, "channel": channel, "sent_to": to}
    return post("/logistics/notices", SentAnswer, caller, key, wish)


def open_ticket(args: OpenTicket, plan: Plan, key: UUID, caller: Caller) -> TicketOutcome:
    subject = f"{args.kind.value.replace('_', ' ').capitalize()}: {args.order_id or plan.customer_id}"
    wish: dict[str, Any] = {"customer": plan.customer_id, "order": args.order_id, "kind": args.kind.value,
                            "subject": subject, "body": args.summary, "amount_cents": 0}  # fmt: skip
    return TicketOutcome(success=True, ticket_id=post("/tickets", OpenedAnswer, caller, key, wish).id)


def ticket_settled(plan: Plan, key: UUID, caller: Caller) -> TicketOutcome | None:
    found = done(key, caller)
    return None if found is None else TicketOutcome(success=True, ticket_id=found.answer["id"])


WRITERS: Final = {
    "change_order": Writer(change, change_settled),
    "process_return": Writer(take_back, return_settled),
    "update_account": Writer(update, update_settled),
    "apply_credit": Writer(credit, credit_settled),
    "send_notice": Writer(send, send_settled),
    "open_ticket": Writer(open_ticket, ticket_settled),
}
