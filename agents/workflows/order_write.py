"""The shape of a simple write on one order: find the order, ask what is missing, read back, and through the gate.

A workflow of this shape says what is special about it in a `Deed`; the graph is the same for all, and the certificate
sees it whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.conf import settings

from agents import writes
from agents.conditions import Guard, Means
from agents.desk import Desk
from agents.voice import wording
from agents.workflow import Duty, Kind, Node, Workflow, edges
from approvals.cases import Reading
from conversations.money import Money
from tools.contract import Arguments
from tools.shapes import Order, OrderSummary

from . import prepare, refund, their_orders, write_tail
from .order_status import forget_the_number
from .records import RECORDS, judge, missed, note_words, order_of, reading_of
from .refund import ORDER, WHY
from .write_tail import COLLEAGUE, YES_NO, answered, critic, execute, leave_it, waits_for_people

ANSWER: Final = ("answer", "named")  # yes, no, or what it should be instead
SAID: Final = ("named", "ordinal", "all")  # what an answer to a question for the detail may be read as
_ANOTHER: Final = re.compile(r"\b(?:other|wrong)\s+(?:order|parcel|package)\b", re.IGNORECASE)
Slots = Mapping[str, Any]


def never(desk: Desk) -> bool:
    return False


@dataclass(frozen=True)
class Deed:
    """What is special about one of these.

    `candidates`: the orders that it can be about. `args`: the capability's arguments, from slots and the record.
    `slots`: what the voice's lines of it need, from the record and the plan. `detail`: fills what else it needs from
    the customer's words, once the order is known; `ask`: asks for it; `open`: whether it is missing; `changed`: takes
    up another wish than the one read back. `shows`: the record, read after the effect, has it. `against`: its own lines
    for what stands against it. Lines: write.offer.<name>, write.offer.<name>.again, write.done.<name>, with a slot
    `case` write.offer.<name>.<case> and so on.
    """

    name: str
    title: str
    capability: str
    candidates: Callable[[Desk], list[OrderSummary]]
    args: Callable[[Desk, Order], Arguments]
    slots: Callable[[Desk, Order, Reading], Slots]
    shows: Callable[[Desk, Order], bool]
    detail: Callable[[Desk, Order], None] = field(default=lambda desk, order: None)
    ask: Callable[[Desk], None] = field(default=lambda desk: None)
    open: Callable[[Desk], bool] = never
    changed: Callable[[Desk], bool] = never
    against: Mapping[str, str] = field(default_factory=dict)
    or_else: tuple[str, ...] = ()  # a second capability, where the record decides which of the two it is
    hears: tuple[str, ...] = ()
    choices: bool = False  # the order is read with what could be had instead
    choose: tuple[dict[str, str], ...] = tuple(YES_NO)
    # What the order's record alone sends elsewhere, before anything is asked or offered: (name, target, test).
    beforehand: tuple[tuple[str, str, Callable[[Desk], bool]], ...] = ()


def build(deed: Deed) -> Workflow:
    """The expanded graph, without the edges that nothing could take: to a question that it never asks, or from a change
    that it never hears."""
    lost = {"detail"} if deed.open is never else set()
    gone = {"detail_open", "detail_unclear", "declined"} if deed.open is never else set()
    gone |= {"changed"} if deed.changed is never else set()
    rows = tuple(edge for edge in EDGES if edge.when not in gone and edge.source not in lost)
    first = edges(*(("order", name, target) for name, target, _ in deed.beforehand))
    place = next(i for i, edge in enumerate(rows) if (edge.source, edge.when) == ("order", "waits_already"))
    rows = (*rows[:place], *first, *rows[place:])
    tests = {name: test for name, test in conditions(deed).items() if name not in gone}
    return Workflow(deed.name, deed.title, tuple(n for n in nodes(deed) if n.name not in lost), rows, tests)


# what its nodes do ------------------------------------------------------------------------------------------------


def listen(deed: Deed, desk: Desk) -> None:
    desk.hear(ORDER, WHY, "item", "email", *deed.hears)
    note_words(desk)
    their_orders.note_the_others(desk)
    if desk.get(ORDER) is None and (beside := their_orders.the_one_beside(desk)) is not None:
        desk.put(ORDER, beside, "agent")
    if desk.get(ORDER) is None and their_orders.means_the_one_before(desk):
        desk.put(ORDER, desk.focus["order"], "agent")


def account(deed: Deed, desk: Desk) -> None:
    if not their_orders.read(desk):
        return
    their_orders.hear_which(desk)
    desk.hear(WHY)
    orders = their_orders.holding(desk, deed.candidates(desk))
    if desk.get(ORDER) is not None or desk.get("not_found") is not None:
        return
    if len(orders) == 1:
        desk.put(ORDER, orders[0].order_id, "record")
    elif desk.focus.get("order") and "item" not in desk.filled and not _ANOTHER.search(desk.text):
        desk.put(ORDER, desk.focus["order"], "agent")


def which(deed: Deed, desk: Desk) -> None:
    if desk.get("asked") and not desk.returning:
        note_words(desk)
        their_orders.hear_which(desk)
        desk.hear(ORDER, WHY, *deed.hears)
        if desk.get(ORDER) is not None:
            return
    if their_orders.asks_about(desk, deed.candidates(desk)):
        return
    if not desk.returning and (desk.in_a_hurry or desk.count("asked") > settings.HANDRAIL["max_asks"]):
        return  # nobody angry is quizzed
    if desk.get("not_found") and desk.get("asked") == 1:
        their_orders.ask_again_for(desk, str(desk.get("not_found")))
    else:
        spoken_of = desk.focus.get("order") if _ANOTHER.search(desk.text) else None
        orders = [one for one in their_orders.holding(desk, deed.candidates(desk)) if one.order_id != spoken_of]
        their_orders.ask_which_for(desk, "refund.which_order", orders)


def records(deed: Deed, desk: Desk) -> None:
    """The order and the account, asked at once; with the first read comes what their words say of the detail."""
    question = {"order_id": str(desk.get(ORDER)), **({"choices": True} if deed.choices else {})}
    asked = desk.look_many([("get_order", question), ("get_customer", {})])[0]
    if asked.error == "not_found":
        desk.put("not_found", desk.get(ORDER), "customer")
        desk.count("misses")
        return
    if asked.ok:
        order = Order.model_validate(asked.data)
        desk.own_ids |= {their_orders.digits_of(order.order_id)}
        was_open = bool(desk.get("asked_detail")) and deed.open(desk)
        deed.detail(desk, order)
        desk.got_on = desk.got_on or (was_open and not deed.open(desk))


def detail(deed: Deed, desk: Desk) -> None:
    if desk.get("asked_detail") and not desk.returning and order_of(desk) is None:  # the answer
        note_words(desk)
        desk.hear(WHY, *deed.hears)
        desk.put("declined", "answer" in desk.filled and desk.filled["answer"].value == "no", "agent")
        return
    if not desk.returning and desk.count("asked_detail") > settings.HANDRAIL["max_asks"]:
        return
    deed.ask(desk)


def check(deed: Deed, desk: Desk) -> None:
    order = order_of(desk)
    assert order is not None
    judge(desk, deed.args(desk, order), order)


def against(deed: Deed, desk: Desk) -> None:
    """What stands against it, and a person who may look at it; then their answer, or another wish."""
    if order_of(desk) is None and not desk.returning:  # the answer
        desk.hear("answer")
        hear_change(deed, desk)
        if desk.get("answer") is None and not desk.get("changed") and desk.count("unclear") == 1:
            desk.ask("unclear.question" if "?" in desk.text else "unclear.answer", question=COLLEAGUE)
        return
    if desk.returning:
        desk.ask("back_to", question=COLLEAGUE)
        return
    decision = desk.get("decision") or {}
    facts = decision.get("facts", {})
    reasons = (f"{decision.get('reason')}.{facts.get('status')}", str(decision.get("reason")))
    lines = {**REASONS, **deed.against}
    key = next((lines[reason] for reason in reasons if reason in lines), "write.against")
    desk.drop("changed")
    desk.drop("answer")
    desk.put("told", key, "agent")
    slots = {"order": desk.get(ORDER), **in_words(desk, facts)}
    desk.ask(key, **slots).facts += list(slots.values())


def in_words(desk: Desk, facts: Mapping[str, Any]) -> Slots:
    """The facts of a decision; they come from the records and the policy, counted by rule code."""
    slots: dict[str, Any] = {"status": str(facts.get("status", "")).replace("_", " ")}
    if "window_days" in facts:
        slots |= {"window": desk.derived(wording.count(facts["window_days"], "day")), "item": facts["item"],
                  "days": desk.derived(wording.count(facts["days"], "day"))}  # fmt: skip
    if "items" in facts:
        slots["items"] = wording.listing(facts["items"])
    if "balance" in facts:
        slots["amount"] = desk.derived(wording.money(Money.from_json(facts["balance"])))
    return slots


def hear_change(deed: Deed, desk: Desk) -> None:
    """ "No, the blue one": another wish than the one read back is neither yes nor no to it."""
    note_words(desk)
    desk.put("changed", deed.changed(desk), "agent")
    desk.got_on = desk.got_on or bool(desk.get("changed"))


# reason code of a rule → the voice's line that says it
REASONS: Final = {
    "not-pending": "write.against.not_pending",
    "not-pending.shipped": "write.against.not_pending.shipped",
    "not-pending.processed": "write.against.not_pending.processing",
    "not-pending.processing": "write.against.not_pending.processing",
    "changed-before": "write.against.changed",
    "not-delivered": "write.against.not_delivered",
    "not-available": "write.against.not_available",
    "under-way": "write.against.under_way",
    "no-fault": "write.against.no_fault",
    "partner-goods": "write.against.partner",
    "address-incomplete": "write.against.address",
    "already-refunded": "write.against.refunded",
    "out-of-window": "write.against.window",
    "no-window": "write.against.no_window",
    "gift-card-short": "write.against.gift_card",
    "method-unknown": "write.against.method",
    "other-method": "write.against.other_method",
    "paid-in-parts": "write.against.parts",
    "no-receiver": "write.against.no_receiver",
}


def offer(deed: Deed, desk: Desk) -> None:
    """Read back exactly what would happen, and hear the answer to exactly that."""
    order = order_of(desk)
    if order is not None:
        desk.drop("answer")
        desk.drop("changed")
        writes.offer(desk, deed.args(desk, order), reading_of(desk))
        desk.put("offer_slots", dict(deed.slots(desk, order, reading_of(desk))), "record")
        put(deed, desk, again=desk.count("offers") > 1)
        return
    if desk.returning:
        put(deed, desk, again=True)
        return
    desk.hear("answer")
    hear_change(deed, desk)
    if not (answered(desk) or desk.get("changed")) and desk.count("unclear") == 1:
        put(deed, desk, again=True)


def put(deed: Deed, desk: Desk, *, again: bool) -> None:
    slots = dict(desk.get("offer_slots"))
    line = desk.ask(f"write.offer.{named(deed, slots)}{'.again' if again else ''}", **slots)
    line.facts += list(slots.values())
    line.choices = list(deed.choose)


def named(deed: Deed, slots: Slots) -> str:
    return ".".join(part for part in (deed.name, slots.get("case")) if part)


def args_of(deed: Deed, desk: Desk) -> Arguments | None:
    order = order_of(desk)
    return deed.args(desk, order) if order is not None else None


def propose(deed: Deed, desk: Desk) -> None:
    """Each argument with where it comes from: the session's customer named the order and what they want."""
    order = order_of(desk)
    assert order is not None
    args = deed.args(desk, order)
    named = [name for name, value in args.model_dump().items() if value is not None]
    given = {name: refund.source_of(desk, name) if name in desk.slots else "customer" for name in named}
    writes.propose(desk, args, reading_of(desk), given)


def waiting(desk: Desk) -> None:
    key = "write.wait" if waits_for_people(desk) else "write.unknown"
    desk.say(key, order=desk.get(ORDER)).facts.append(desk.get(ORDER))


def audit(desk: Desk) -> None:
    desk.look("get_order", order_id=str(desk.get(ORDER)))


def shows(deed: Deed, desk: Desk) -> bool | None:
    """The system said "done": when its record doesn't show it, nobody is told that it is done."""
    order = order_of(desk)
    return deed.shows(desk, order) if order is not None else None


def tell(deed: Deed, desk: Desk) -> None:
    outcome = desk.get("outcome_data") or {}
    reference = str(outcome.get("reference") or outcome.get("ticket_id") or "")
    slots = {**desk.get("offer_slots"), "reference": reference}
    line = desk.say(f"write.done.{named(deed, slots)}", **slots)
    line.facts += list(slots.values())
    if (desk.get("outcome_data") or {}).get("notified"):
        desk.say("write.texted")
    their_orders.tell_the_others(desk)


def turned_down(desk: Desk) -> None:
    desk.say("write.rejected", order=desk.get(ORDER)).facts.append(desk.get(ORDER))


def tell_none(desk: Desk) -> None:
    desk.say("ask_order.none")


def standing(desk: Desk) -> None:
    desk.say("write.waits", order=desk.get(ORDER)).facts.append(desk.get(ORDER))


# words that several of them need ----------------------------------------------------------------------------------


def items(order: Order, line_ids: tuple[str, ...]) -> str:
    return wording.listing([line.product for line in order.lines if line.line_id in line_ids])


# the graph --------------------------------------------------------------------------------------------------------


def nodes(deed: Deed) -> tuple[Node, ...]:
    def does(act: Callable[[Deed, Desk], None]) -> Callable[[Desk], None]:
        return lambda desk: act(deed, desk)

    write = (deed.capability, *deed.or_else)
    return (
        Node("listen", Kind.DECIDE, "Note what is known already", does(listen), writes=(ORDER, WHY, *deed.hears)),
        Node("press", Kind.ASK, "Say who decides, and offer to pass it on", prepare.press, writes=("answer",)),
        Node("account", Kind.LOOK, "Read their orders", does(account), writes=(ORDER,), tools=("get_customer",)),
        Node("which", Kind.ASK, "Ask which order", does(which), reads=("orders",), writes=(ORDER,)),
        Node("order", Kind.LOOK, "Read the order and the account", does(records), reads=(ORDER,), tools=RECORDS,
             duty=Duty.RECORDS),
        Node("missing", Kind.SAY, "Forget a number that wasn't found", forget_the_number, writes=(ORDER,)),
        Node("detail", Kind.ASK, "Ask for what else it needs", does(detail), writes=("detail", *SAID)),
        Node("rules", Kind.DECIDE, "Ask the rules", does(check), reads=(ORDER, "detail"), duty=Duty.RULES),
        Node("against", Kind.ASK, "Say what is against it; offer a person", does(against), writes=("answer",)),
        Node("standing", Kind.SAY, "Say that it waits already", standing),
        Node("offer", Kind.ASK, "Read it back and hear the answer", does(offer), writes=ANSWER, waits=True),
        Node("again", Kind.LOOK, "Read everything anew", does(records), tools=RECORDS, duty=Duty.RECORDS),
        Node("fits", Kind.DECIDE, "Is it still what was read back", does(check), duty=Duty.RULES),
        Node("propose", Kind.PROPOSE, "Write the proposal down", does(propose), reads=("offer",), tools=write),
        Node("critic", Kind.GATE, "Critic, then the ladder", critic(waiting), writes=("standing",), tools=write),
        Node("execute", Kind.ACT, "Clear, send once, settle", execute(waiting), writes=("outcome",), tools=write),
        Node("audit", Kind.LOOK, "Read what the record says now", audit, tools=("get_order",), duty=Duty.AUDIT),
        Node("tell", Kind.SAY, "Say what was done", does(tell), duty=Duty.CLAIM),
        Node("turned_down", Kind.SAY, "Say that people decided against it", turned_down),
        Node("leave_it", Kind.SAY, "Leave it, as the customer wishes", leave_it),
        Node("tell_none", Kind.SAY, "Say that there are no orders", tell_none),
    )  # fmt: skip


EDGES: Final = edges(
    ("listen", "pressed", "press"),
    ("listen", "not_signed_in", "handoff:identity-not-proven"),
    ("listen", "order_named", "order"),
    ("listen", "otherwise", "account"),
    ("press", "accepted", f"handoff:{prepare.REASON}"),
    ("press", "otherwise", "leave_it"),
    ("account", "unreadable", "handoff:tool-failed"),
    ("account", "order_named", "order"),
    ("account", "no_orders", "tell_none"),
    ("account", "otherwise", "which"),
    ("which", "order_named", "order"),
    ("which", "otherwise", "handoff:order-not-identified"),
    ("order", "missed_twice", "handoff:order-not-found"),
    ("order", "missed", "missing"),
    ("order", "unreadable", "handoff:tool-failed"),
    ("order", "waits_already", "standing"),
    ("order", "detail_open", "detail"),
    ("order", "detail_unclear", f"handoff:{prepare.REASON}"),
    ("order", "otherwise", "rules"),
    ("missing", "otherwise", "account"),
    ("detail", "declined", "leave_it"),
    ("detail", "otherwise", "order"),
    ("rules", "allowed", "offer"),
    ("rules", "otherwise", "against"),
    ("against", "changed", "order"),
    ("against", "accepted", "handoff:write-exception"),
    ("against", "otherwise", "leave_it"),
    ("offer", "changed", "order"),
    ("offer", "yes", "again"),
    ("offer", "no", "leave_it"),
    ("offer", "otherwise", "handoff:offer-not-answered"),
    *write_tail.EDGES,
    *((node, "otherwise", "done") for node in ("standing", "tell", "turned_down", "leave_it", "tell_none")),
)


def conditions(deed: Deed) -> dict[str, Callable[[Desk], bool]]:
    return {
        **write_tail.CONDITIONS,
        **{name: test for name, _, test in deed.beforehand},
        "pressed": lambda d: d.tainted,
        "accepted": write_tail.accepted,
        "not_signed_in": lambda d: d.customer_ref is None,
        "order_named": lambda d: d.get(ORDER) is not None,
        "no_orders": lambda d: not deed.candidates(d),
        "missed": missed,
        "missed_twice": lambda d: missed(d) and int(d.get("misses") or 0) >= 2,
        "waits_already": lambda d: writes.on_order(d, str(d.get(ORDER))) is not None,
        "detail_open": lambda d: deed.open(d) and int(d.get("asked_detail") or 0) < settings.HANDRAIL["max_asks"],
        "detail_unclear": deed.open,
        "allowed": Guard(Means.ALLOWED),
        "declined": lambda d: bool(d.get("declined")),
        "changed": lambda d: bool(d.get("changed")),
        "yes": Guard(Means.YES),
        "no": write_tail.said_no,
        "holds": Guard(Means.HOLDS, lambda d: args_of(deed, d)),
        "unverified": Guard(Means.UNVERIFIED, lambda d: shows(deed, d)),
    }
