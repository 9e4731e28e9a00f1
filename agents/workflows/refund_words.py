"""What a refund says: the offer, the waiting, the outcome, and what stands against it; figures from records alone."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from agents.desk import Desk, Line
from agents.voice import wording
from approvals.cases import Reading
from conversations.money import Money
from tools.contract import Plan
from tools.shapes import Fulfilment, Order, OrderLine

from . import their_orders
from .order_status import hear_answer
from .write_tail import COLLEAGUE, YES_NO, waits_for_people

# reason code of a decision → the voice's line that says it
AGAINST: Final = {
    "out-of-window": "refund.out_of_window",
    "used": "refund.used",
    "no-window": "refund.no_window",
    "not-delivered": "refund.not_delivered",
    "already-refunded": "already.refunded",
    "under-way": "refund.under_way",
    "above-paid": "refund.above_paid",
    "nothing-left": "refund.nothing_left",
    "cancelled": "refund.cancelled",
    "nothing-paid": "refund.cancelled",
    "not-returnable": "refund.not_returnable",
}
OTHERWISE: Final = "refund.not_possible"


def ask_items(desk: Desk, order: Order, left: list[OrderLine]) -> None:
    names = list(dict.fromkeys(called(one, left) for one in left))
    line = desk.ask("refund.which_items", order=order.order_id, order_list=wording.listing(names))
    line.choices = [{"label": name, "say": name} for name in names]
    if len(left) > 1:
        line.choices.append({"label": "All of it", "say": "All of it"})


def called(line: OrderLine, among: list[OrderLine]) -> str:
    """By its product; with what tells it from another of the same product."""
    twins = [one for one in among if one.product == line.product]
    told = ", ".join(line.options.values()) if len(twins) > 1 else ""
    return f"{line.product} ({told})" if told else line.product


def offer(desk: Desk, order: Order, reading: Reading, *, again: bool) -> None:
    """Item, amount, where it goes, and by which road: exactly what a yes will count for."""
    plan = reading.plan
    assert plan is not None
    slots = offered(desk, order, plan)
    desk.put("offer_slots", {**slots, "route": plan.route.value}, "record")
    desk.put("line_names", {line.line_id: line.product for line in order.lines if not line.refunded}, "record")
    if sorry(desk) and not again:
        desk.say("refund.sorry.missing" if desk.get("reason") == "missing" else "refund.sorry")
    put(desk, slots, plan.route.value, again=again)


def offered(desk: Desk, order: Order, plan: Plan) -> dict[str, Any]:
    return {
        "amount": desk.derived(wording.money(plan.amount)),
        "items": wording.listing(products(order, plan.line_ids)),
        "order": order.order_id,
        "method": next((entry.method for entry in order.entries if entry.kind == "payment"), "original payment method"),
        "partner": order.partner or "",
    }


def put(desk: Desk, slots: dict[str, Any], route: str, *, again: bool) -> Line:
    key = "offer.ticket" if route == Fulfilment.BRAND_CONSIGNMENT else "offer.refund"
    line = desk.ask(f"{key}.again" if again else key, **slots)
    line.facts += [slots["amount"], slots["items"], slots["method"], slots["partner"], slots["order"]]
    line.choices = list(YES_NO)
    return line


def offer_again(desk: Desk) -> None:
    """The same offer in other words: the answer to it could not be heard, or something came between."""
    slots = dict(desk.get("offer_slots"))
    put(desk, slots, slots.pop("route"), again=True)


def sorry(desk: Desk) -> bool:
    return desk.get("reason") in ("damaged", "defective", "wrong_item", "not_as_described", "missing")


def products(order: Order, line_ids: tuple[str, ...]) -> list[str]:
    return [line.product for line in order.lines if line.line_id in line_ids]


def waiting(desk: Desk) -> None:
    """For people, or for the company's system."""
    slots = dict(desk.get("offer_slots"))
    key = "wait.approval" if waits_for_people(desk) else "unknown_outcome"
    line = desk.say(key, amount=slots["amount"], order=slots["order"])
    line.facts += [slots["amount"], slots["order"]]


def standing(desk: Desk) -> None:
    line = desk.say("refund.waits", order=desk.get("order_id"))
    line.facts.append(desk.get("order_id"))


def shows(desk: Desk, order: Order | None) -> bool | None:
    """Whether the record shows the refund. The system said "done" and its record doesn't: nobody is told that money is
    on its way. None where there is no record of it to read."""
    if route_of(desk) == Fulfilment.BRAND_CONSIGNMENT or order is None:
        return None
    return entry_of(desk, order) is not None


def entry_of(desk: Desk, order: Order) -> Any:
    key = desk.get("call")["key"]
    return next((entry for entry in order.entries if entry.key == key), None)


def route_of(desk: Desk) -> str:
    return str((desk.get("offer_slots") or {}).get("route"))


def done(desk: Desk) -> None:
    tell_done(desk)
    their_orders.tell_the_others(desk)


def tell_done(desk: Desk) -> None:
    """From the record, read after the effect; the ticket from the company's own answer."""
    slots = dict(desk.get("offer_slots"))
    result = desk.results.get("get_order")
    if route_of(desk) == Fulfilment.BRAND_CONSIGNMENT:
        ticket = (desk.get("outcome_data") or {}).get("ticket_id") or ""
        line = desk.say("partner", items=slots["items"], partner=slots["partner"], ticket=ticket)
        line.facts += [slots["items"], slots["partner"], ticket]
        return
    if result is None or not result.ok:
        line = desk.say("done.refund.short", amount=slots["amount"], order=slots["order"])
        line.facts += [slots["amount"], slots["order"]]
        return
    entry = entry_of(desk, Order.model_validate(result.data))
    money = desk.derived(wording.money(entry.amount))
    line = desk.say("done.refund", amount=money, items=slots["items"], method=entry.method, reference=entry.reference)
    line.facts += [entry.reference, entry.method, slots["items"]]


def turned_down(desk: Desk) -> None:
    slots = desk.get("offer_slots")
    line = desk.say("rejected.refund", amount=slots["amount"], order=slots["order"])
    line.facts += [slots["amount"], slots["order"]]


def leave_it(desk: Desk) -> None:
    desk.say("refund.left" if desk.get("offer") else "small.ok")


def exception(desk: Desk) -> None:
    """What stands against it, with its figures, and the offer of a person."""
    if desk.get("told"):
        hear_answer(desk, COLLEAGUE)
        return
    against(desk, asks=True)


def explain(desk: Desk) -> None:
    against(desk, asks=False)
    their_orders.tell_the_others(desk)


def against(desk: Desk, *, asks: bool) -> None:
    decision = desk.get("decision")
    key = AGAINST.get(decision["reason"], OTHERWISE)
    slots = slots_of(desk, decision["facts"])
    if key == "already.refunded" and "reference" not in slots:
        key = "already.refunded.short"
    if key == "refund.out_of_window" and "date" not in slots:
        key = "refund.no_window"
    elif key == "refund.out_of_window" and not decision["facts"].get("delivered"):
        key = "refund.out_of_window.placed"
    desk.put("told", key, "agent")
    line = desk.ask(key, **slots) if asks else desk.say(key, **slots)
    line.facts += [value for value in slots.values() if isinstance(value, str)]


def slots_of(desk: Desk, facts: dict[str, Any]) -> dict[str, Any]:
    """The facts of a decision in words. They come from the records and the policy, counted by rule code."""
    slots: dict[str, Any] = {"order": desk.get("order_id")}
    if "window_days" in facts:
        slots["window"] = desk.derived(wording.count(facts["window_days"], "day"))
        slots["days"] = desk.derived(wording.count(facts["days"], "day"))
        if facts["since"] is not None:
            slots["date"] = desk.derived(wording.day(datetime.fromisoformat(facts["since"]), desk.now))
        slots["item"] = facts["item"]
    if "items" in facts:
        slots["items"] = wording.listing(facts["items"])
    if "left" in facts:
        slots["amount"] = desk.derived(wording.money(Money.from_json(facts["left"])))
    if "amount" in facts:
        slots["amount"] = desk.derived(wording.money(Money.from_json(facts["amount"])))
        slots["date"] = desk.derived(wording.day(datetime.fromisoformat(facts["at"]), desk.now))
        slots |= {"reference": facts["reference"], "method": facts["method"]}
    return slots
