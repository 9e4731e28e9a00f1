"""Money back, in the six steps of the contract: tier, logistics, window and state, path, Critic, execute with audit.

The order's tier is read before anything is decided, and every edge to an offer comes from there.
"""

from __future__ import annotations

import re
from typing import Any, Final

from django.conf import settings

from agents import writes
from agents.conditions import Guard, Means
from agents.desk import Desk
from agents.grammar import KnownOrder
from agents.grammar.items import matches
from agents.workflow import Duty, Kind, Node, Workflow, edges
from tools.capabilities.process_refund import ProcessRefund, ReasonCode
from tools.case import OrderCase
from tools.contract import ErrorCode
from tools.results import ToolResult
from tools.return_case import is_lost
from tools.rules import Verdict
from tools.shapes import Order, OrderLine, OrderStatus

from . import prepare, refund_words, their_orders, write_tail
from .order_status import forget_the_number
from .records import RECORDS, account_of, judge, missed, note_words, order_of, reading_of

ORDER, WHY, LINES = "order_id", "reason", "lines"
LISTED: Final = "line_choices"  # the lines that a question named, in its order
WRITE: Final = ("process_refund",)
_WHOLE: Final = re.compile(
    r"\b(?:all|everything|both|the\s+(?:whole|entire|full|complete)|whole\s+(?:order|thing|lot)|every\s+item|each)\b",
    re.IGNORECASE,
)


def listen(desk: Desk) -> None:
    """What their words say already."""
    desk.hear(ORDER, WHY, "item", "email")
    desk.put("words", [desk.text], "agent")
    their_orders.note_the_others(desk)
    if desk.get(ORDER) is None and (beside := their_orders.the_one_beside(desk)) is not None:
        desk.put(ORDER, beside, "agent")
    if desk.get(ORDER) is None and their_orders.means_the_one_before(desk):
        desk.put(ORDER, desk.focus["order"], "agent")


def account(desk: Desk) -> None:
    """Their orders, to find the one that their words mean; else the one just spoken about."""
    if their_orders.read(desk):
        their_orders.hear_which(desk)
        desk.hear(WHY)
        orders = refundable(desk)
        if desk.get(ORDER) is not None or desk.get("not_found") is not None:
            return
        if len(orders) == 1:
            desk.put(ORDER, orders[0].order_id, "record")
        elif desk.focus.get("order") and "item" not in desk.filled:
            desk.put(ORDER, desk.focus["order"], "agent")


def refundable(desk: Desk) -> list[Any]:
    return [order for order in their_orders.known(desk) if order.status is not OrderStatus.CANCELLED]


def which(desk: Desk) -> None:
    """Ask for the order: by number, by what was in it, or by a tap."""
    if desk.get("asked") and not desk.returning:
        note_words(desk)
        their_orders.hear_which(desk)
        desk.hear(ORDER, WHY)
        if desk.get(ORDER) is not None:
            return
    if their_orders.asks_about(desk, refundable(desk)):
        return
    if not desk.returning and (desk.in_a_hurry or desk.count("asked") > settings.HANDRAIL["max_asks"]):
        return  # nobody angry is quizzed
    if desk.get("not_found") and desk.get("asked") == 1:
        their_orders.ask_again_for(desk, str(desk.get("not_found")))
    else:
        their_orders.ask_which_for(desk, "refund.which_order", their_orders.holding(desk, refundable(desk)))


def identify(desk: Desk) -> None:
    """Not signed in: what a colleague needs to find the order and to prove who they are."""
    desk.hear(ORDER, WHY, "email")
    if desk.get("email") is None:
        desk.recall("email")
    if desk.get(ORDER) and desk.get("email"):
        return
    if not desk.returning and desk.count("asked") > settings.HANDRAIL["max_asks"]:
        return
    example = desk.kit.pack.example_order_id
    if desk.get(ORDER):
        desk.ask("refund.email", order=desk.get(ORDER))
    elif desk.get("email"):
        desk.ask("ask_order.number", example=example)
    else:
        desk.ask("refund.unknown", example=example)


def tier(desk: Desk) -> None:
    """Step 1: whose goods these are, with everything else that the order's record says."""
    asked = records(desk)
    if asked.error == ErrorCode.NOT_FOUND:
        desk.put("not_found", desk.get(ORDER), "customer")
        desk.count("misses")
        return
    if asked.ok:
        found = Order.model_validate(asked.data)
        desk.own_ids |= {their_orders.digits_of(found.order_id)}
        desk.put("tier", found.fulfilment.value, "record")
        choose_lines(desk, found)
        spare_questions(desk, found)


def is_whole_and_unsent(desk: Desk) -> bool:
    """All of an order that nobody has begun to pack: it is cancelled rather than refunded."""
    order = order_of(desk)
    return (
        order is not None
        and order.status is OrderStatus.PENDING
        and set(desk.get(LINES) or ()) == {line.line_id for line in order.lines}
    )


def instead(desk: Desk) -> None:
    desk.say("refund.unsent", order=desk.get(ORDER)).facts.append(desk.get(ORDER))
    desk.turn_to("cancel_order", ORDER)


def spare_questions(desk: Desk, order: Order) -> None:
    """Where nothing can be refunded whatever they answer, or nothing has arrived, nobody is asked which item or why;
    nor of a parcel that the carrier has lost."""
    account = account_of(desk)
    if account is None or (desk.get(LINES) and desk.get(WHY)):
        return
    whole = ProcessRefund(order_id=order.order_id, reason_code=ReasonCode.OTHER, lines=None)
    reading = writes.read(desk, whole, order, account)
    decision = reading.decision
    assert isinstance(reading.case, OrderCase)
    if desk.get(WHY) is None and all(is_lost(reading.case, line) for line in order.lines):
        desk.put(WHY, ReasonCode.MISSING.value, "record")
        desk.put(LINES, [line.line_id for line in order.lines], "record")
    if decision.verdict is Verdict.DENY or decision.reason == "not-delivered":
        desk.put(WHY, desk.get(WHY) or ReasonCode.OTHER.value, "agent")
        if not desk.get(LINES):
            desk.put(LINES, [line.line_id for line in order.lines], "record")


def choose_lines(desk: Desk, order: Order) -> None:
    """The lines that their words mean: named by product, all of it, or the only one."""
    if desk.get(LINES):
        return
    left = [line for line in order.lines if not line.refunded]
    for text in reversed(desk.get("words") or [desk.text]):
        named = named_lines(text, order.lines)
        if named:
            desk.put(LINES, named, "customer")
            return
        if _WHOLE.search(text) and left:
            desk.put(LINES, [line.line_id for line in left], "customer")
            return
    choose_by_place(desk)
    if not desk.get(LINES) and (len(left) == 1 or not left):
        desk.put(LINES, [line.line_id for line in left or order.lines], "record")


def choose_by_place(desk: Desk) -> None:
    """ "The second": of the lines that the question listed."""
    said, listed = desk.filled.get("ordinal"), desk.get(LISTED) or []
    if said is not None and isinstance(said.value, int) and -len(listed) <= said.value < len(listed):
        desk.put(LINES, [listed[said.value]], "customer")


def named_lines(text: str, lines: list[OrderLine]) -> list[str]:
    """Every line whose product the words name."""
    return [
        line.line_id
        for line in lines
        if matches(text, [KnownOrder(line.line_id, (line.product,), tuple(line.options.values()))])
    ]


def items(desk: Desk) -> None:
    """Several things in the order: which of them."""
    order = order_of(desk)
    if order is None:  # the answer
        note_words(desk)
        desk.hear(WHY)
        choose_by_place(desk)
        if desk.returning:
            desk.ask("refund.which_items.again", order=desk.get(ORDER)).facts.append(desk.get(ORDER))
        return
    if desk.count("asked_items") > settings.HANDRAIL["max_asks"]:
        return
    left = [line for line in order.lines if not line.refunded]
    desk.put(LISTED, [line.line_id for line in left], "record")
    refund_words.ask_items(desk, order, left)


def why(desk: Desk) -> None:
    """Ask for the reason, once; no answer is an answer."""
    if desk.get("asked_why") and not desk.returning:
        note_words(desk)
        desk.hear(WHY)
        if desk.get(WHY) is None:
            desk.put(WHY, ReasonCode.OTHER.value, "customer")
        return
    desk.put("asked_why", True, "agent")
    desk.ask("refund.why", order=desk.get(ORDER)).facts.append(desk.get(ORDER))


def args_of(desk: Desk) -> ProcessRefund:
    lines = [str(line) for line in desk.get(LINES) or ()] or None
    return ProcessRefund(order_id=str(desk.get(ORDER)), reason_code=ReasonCode(str(desk.get(WHY))), lines=lines)


def check(desk: Desk) -> None:
    """Steps 2 to 4 are read off the rules' one word on the case."""
    order = order_of(desk)
    assert order is not None
    judge(desk, args_of(desk), order)


def decided(desk: Desk, *reasons: str) -> bool:
    return bool((desk.get("decision") or {}).get("reason") in reasons)


def offer(desk: Desk) -> None:
    """Read back exactly what would happen, and hear the answer to exactly that."""
    order = order_of(desk)
    if order is not None:
        desk.drop("answer")
        writes.offer(desk, args_of(desk), reading_of(desk))
        refund_words.offer(desk, order, reading_of(desk), again=desk.count("offers") > 1)
        return
    if desk.returning:
        refund_words.offer_again(desk)
        return
    note_words(desk)
    desk.hear("answer", WHY)
    desk.put("changed", changed_lines(desk), "agent")
    if not write_tail.answered(desk) and not desk.get("changed") and desk.count("unclear") == 1:
        refund_words.offer_again(desk)


def changed_lines(desk: Desk) -> bool:
    """ "Only the mug": another choice than the one read back is no yes to it."""
    known = desk.get("line_names") or {}
    named = [line for line, product in known.items() if matches(desk.text, [KnownOrder(line, (product,))])]
    if not named or sorted(named) == sorted(desk.get(LINES) or ()) or len(known) < 2:
        return False
    desk.put(LINES, named, "customer")
    return True


def again(desk: Desk) -> None:
    """After the yes everything is read anew."""
    records(desk)


def records(desk: Desk) -> ToolResult:
    """The order and the account, asked at once; the order's answer."""
    return desk.look_many([("get_order", {"order_id": str(desk.get(ORDER))}), ("get_customer", {})])[0]


def propose(desk: Desk) -> None:
    sources = {ORDER: source_of(desk, ORDER), "reason_code": "customer", LINES: source_of(desk, LINES)}
    writes.propose(desk, args_of(desk), reading_of(desk), sources)


def source_of(desk: Desk, slot: str) -> str:
    """An order kept in mind from their own earlier words is theirs."""
    source = desk.slots[slot]["source"] if slot in desk.slots else "record"
    return "customer" if source == "agent" else str(source)


def audit(desk: Desk) -> None:
    """What the customer is told stands in the record that the effect has changed."""
    desk.look("get_order", order_id=str(desk.get(ORDER)))


NODES: Final = (
    Node("listen", Kind.DECIDE, "Note what is known already", listen, writes=(ORDER, WHY, "item")),
    Node("press", Kind.ASK, "Say who decides, and offer to pass it on", prepare.press, writes=("answer",)),
    Node("account", Kind.LOOK, "Read their orders", account, writes=("orders", ORDER), tools=("get_customer",)),
    Node("which", Kind.ASK, "Ask which order", which, reads=("orders",), writes=(ORDER,)),
    Node("identify", Kind.ASK, "Not signed in: ask for what a colleague needs", identify, writes=(ORDER, "email")),
    Node("tier", Kind.LOOK, "1 Read the order's tier, and all of its record", tier, reads=(ORDER,), tools=RECORDS,
         duty=Duty.RECORDS),
    Node("missing", Kind.SAY, "Forget a number that wasn't found", forget_the_number, writes=(ORDER,)),
    Node("items", Kind.ASK, "Ask which of the items", items, reads=("tier",), writes=(LINES, "item", "all", "ordinal")),
    Node("why", Kind.ASK, "Ask for the reason", why, writes=(WHY,)),
    Node("logistics", Kind.DECIDE, "2 What became of the parcels", check, reads=("tier", LINES, WHY), duty=Duty.RULES),
    Node("window", Kind.DECIDE, "3 Time window and state of the items"),
    Node("path", Kind.DECIDE, "4 Direct refund, people, or a ticket"),
    Node("exception", Kind.ASK, "Say what is against it; offer a person", refund_words.exception, writes=("answer",)),
    Node("instead", Kind.SAY, "Say that it can be stopped; cancelling is the next matter", instead),
    Node("explain", Kind.SAY, "Say why it can't be done, and what can", refund_words.explain),
    Node("standing", Kind.SAY, "Say that it waits already", refund_words.standing),
    Node("offer", Kind.ASK, "Read the offer back and hear the answer", offer, writes=("answer",), waits=True),
    Node("again", Kind.LOOK, "Read everything anew", again, tools=RECORDS, duty=Duty.RECORDS),
    Node("fits", Kind.DECIDE, "Is it still what was offered", check, duty=Duty.RULES),
    Node("propose", Kind.PROPOSE, "Write the proposal down", propose, reads=("offer", "answer"), tools=WRITE),
    Node("critic", Kind.GATE, "5 Critic, then the ladder", write_tail.critic(refund_words.waiting), reads=("call",),
         writes=("standing",), tools=WRITE),
    Node("execute", Kind.ACT, "6 Clear, send once, settle", write_tail.execute(refund_words.waiting), reads=("call",),
         writes=("outcome",), tools=WRITE),
    Node("audit", Kind.LOOK, "Read what the record says now", audit, tools=("get_order",), duty=Duty.AUDIT),
    Node("tell", Kind.SAY, "Say what was done", refund_words.done, duty=Duty.CLAIM),
    Node("turned_down", Kind.SAY, "Say that people decided against it", refund_words.turned_down),
    Node("leave_it", Kind.SAY, "Leave it, as the customer wishes", refund_words.leave_it),
    Node("tell_none", Kind.SAY, "Say that there are no orders", lambda desk: _none(desk)),
)  # fmt: skip


def _none(desk: Desk) -> None:
    desk.say("ask_order.none")


SAYS_LAST: Final = ("explain", "instead", "standing", "tell", "turned_down", "leave_it", "tell_none")
EDGES: Final = edges(
    ("listen", "pressed", "press"),
    ("listen", "not_signed_in", "identify"),
    ("listen", "order_named", "tier"),
    ("listen", "otherwise", "account"),
    ("press", "accepted", f"handoff:{prepare.REASON}"),
    ("press", "otherwise", "leave_it"),
    ("identify", "named_without_reason", "why"),
    ("identify", "otherwise", "handoff:identity-not-proven"),
    ("account", "unreadable", "handoff:tool-failed"),
    ("account", "order_named", "tier"),
    ("account", "no_orders", "tell_none"),
    ("account", "otherwise", "which"),
    ("which", "order_named", "tier"),
    ("which", "otherwise", "handoff:order-not-identified"),
    ("tier", "missed_twice", "handoff:order-not-found"),
    ("tier", "missed", "missing"),
    ("tier", "unreadable", "handoff:tool-failed"),
    ("tier", "waits_already", "standing"),
    ("tier", "items_open", "items"),
    ("tier", "items_unclear", "handoff:item-not-identified"),
    ("tier", "reason_open", "why"),
    ("tier", "otherwise", "logistics"),
    ("missing", "otherwise", "account"),
    ("items", "otherwise", "tier"),
    ("why", "not_signed_in", "handoff:identity-not-proven"),
    ("why", "otherwise", "tier"),
    ("logistics", "unsent", "instead"),
    ("logistics", "not_delivered", "exception"),
    ("logistics", "otherwise", "window"),
    ("window", "out_of_window_or_used", "exception"),
    ("window", "otherwise", "path"),
    ("path", "allowed", "offer"),
    ("path", "for_people", "handoff:refund-by-person"),
    ("path", "above_paid", "exception"),
    ("path", "otherwise", "explain"),
    ("exception", "accepted", "handoff:refund-exception"),
    ("exception", "otherwise", "leave_it"),
    ("offer", "changed", "tier"),
    ("offer", "yes", "again"),
    ("offer", "no", "leave_it"),
    ("offer", "otherwise", "handoff:offer-not-answered"),
    ("again", "unreadable", "handoff:tool-failed"),
    ("again", "otherwise", "fits"),
    ("fits", "holds", "propose"),
    ("fits", "otherwise", "logistics"),
    *write_tail.edges("refund"),
    *((node, "otherwise", "done") for node in SAYS_LAST),
)


WORKFLOW = Workflow(
    name="refund",
    title="A refund",
    nodes=NODES,
    edges=EDGES,
    conditions={
        **write_tail.CONDITIONS,
        "pressed": lambda d: d.tainted,
        "accepted": write_tail.accepted,
        "not_signed_in": lambda d: d.customer_ref is None,
        "named_without_reason": lambda d: d.get(ORDER) is not None and d.get(WHY) is None,
        "order_named": lambda d: d.get(ORDER) is not None,
        "no_orders": lambda d: not refundable(d),
        "missed": missed,
        "missed_twice": lambda d: missed(d) and int(d.get("misses") or 0) >= 2,
        "waits_already": lambda d: writes.on_order(d, str(d.get(ORDER))) is not None,
        "items_open": lambda d: not d.get(LINES) and int(d.get("asked_items") or 0) < settings.HANDRAIL["max_asks"],
        "items_unclear": lambda d: not d.get(LINES),
        "reason_open": lambda d: d.get(WHY) is None,
        "above_paid": lambda d: decided(d, "above-paid"),
        "unsent": lambda d: decided(d, "not-delivered") and is_whole_and_unsent(d),
        "not_delivered": lambda d: decided(d, "not-delivered"),
        "out_of_window_or_used": lambda d: decided(d, "out-of-window", "used", "no-window"),
        "allowed": Guard(Means.ALLOWED),
        "for_people": lambda d: (d.get("decision") or {}).get("verdict") == Verdict.ASK.value,
        "changed": lambda d: bool(d.get("changed")),
        "yes": Guard(Means.YES),
        "no": write_tail.said_no,
        "holds": Guard(Means.HOLDS, args_of),
        "unverified": Guard(Means.UNVERIFIED, lambda d: refund_words.shows(d, order_of(d))),
    },
)
