"""What the workflows about an account do alike: read it, refuse with a person to turn to, read back what would happen
and hear the answer, and from the yes on go the way of every write, once it is still proven who writes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from agents import writes
from agents.conditions import Guard, Means
from agents.desk import Desk, Line
from agents.workflow import Duty, Kind, Node
from tools.contract import Arguments

from . import prepare, verify, write_tail
from .order_status import hear_answer
from .records import account_of, note_words, reading_of
from .write_tail import COLLEAGUE, YES_NO, Act, Row, answered, critic, execute, leave_it, waits_for_people

CHANGE, NEW = "change", "new"  # what shall be changed, and to what: an address that is read back
CAPABILITY: Final = ("update_account",)
LOOK: Final = ("get_customer",)
SUBJECT: Final = "account:{}"
Slots = Mapping[str, Any]


def again(desk: Desk) -> None:
    desk.look("get_customer")


def waits_already(desk: Desk) -> bool:
    return writes.on_order(desk, SUBJECT.format(desk.customer_ref)) is not None


def refusal(desk: Desk, key: str, slots: Slots | None = None) -> None:
    """What stands against it, and a person who may look at it; then their answer."""
    if desk.get("told"):
        hear_answer(desk, COLLEAGUE)
        return
    desk.put("told", key, "agent")
    told = slots or {}
    desk.ask(key, **told).facts += list(told.values())


def offer(desk: Desk, args: Callable[[Desk], Arguments], slots: Callable[[Desk], Slots]) -> None:
    """Read back exactly what would happen, and hear the answer to exactly that."""
    if account_of(desk) is not None:
        desk.drop("answer")
        writes.offer(desk, args(desk), reading_of(desk))
        desk.put("offer_slots", dict(slots(desk)), "record")
        put(desk, again=desk.count("offers") > 1)
        return
    if desk.returning:
        put(desk, again=True)
        return
    note_words(desk)
    desk.hear("answer")
    if not answered(desk) and desk.count("unclear") == 1:
        put(desk, again=True)


def put(desk: Desk, *, again: bool) -> None:
    slots = dict(desk.get("offer_slots"))
    line = desk.ask(f"account.offer.{named(desk, slots)}{'.again' if again else ''}", **slots)
    backed(desk, line, slots).choices = list(YES_NO)


def backed(desk: Desk, line: Line, slots: Slots) -> Line:
    """A new address is theirs to hear again: they have named it."""
    line.facts = list(slots.values())
    line.names = [slots[name] for name in slots if name == desk.get(CHANGE)]
    return line


def named(desk: Desk, slots: Slots) -> str:
    return ".".join(str(part) for part in (desk.get(CHANGE), slots.get("case")) if part)


def waiting(desk: Desk) -> None:
    desk.say("account.wait" if waits_for_people(desk) else "account.unknown")


def tell(desk: Desk) -> None:
    outcome = desk.get("outcome_data") or {}
    slots = {**desk.get("offer_slots"), "reference": str(outcome.get("reference", ""))}
    backed(desk, desk.say(f"account.done.{named(desk, slots)}", **slots), slots)


def turned_down(desk: Desk) -> None:
    desk.say("account.rejected")


def standing(desk: Desk) -> None:
    desk.say("account.waits")


# the graph --------------------------------------------------------------------------------------------------------

PRESS: Final = Node("press", Kind.ASK, "Say who decides, and offer to pass it on", prepare.press, writes=("answer",))
STANDING: Final = Node("standing", Kind.SAY, "Say that it waits already", standing)


FRESH: Final = Node("fresh", Kind.DECIDE, "Is it still proven who writes", verify.proof)


def from_the_yes(check: Act, propose: Act) -> tuple[Node, ...]:
    return (FRESH, *written(check, propose, CAPABILITY))


def written(check: Act, propose: Act, tools: tuple[str, ...]) -> tuple[Node, ...]:
    return (
        Node("again", Kind.LOOK, "Read everything anew", again, tools=LOOK, duty=Duty.RECORDS),
        Node("fits", Kind.DECIDE, "Is it still what was read back", check, duty=Duty.RULES),
        Node("propose", Kind.PROPOSE, "Write the proposal down", propose, reads=("offer",), tools=tools),
        Node("critic", Kind.GATE, "Critic, then the ladder", critic(waiting), writes=("standing",), tools=tools),
        Node("execute", Kind.ACT, "Clear, send once, settle", execute(waiting), writes=("outcome",), tools=tools),
        Node("audit", Kind.LOOK, "Read what the record says now", again, tools=LOOK, duty=Duty.AUDIT),
        Node("tell", Kind.SAY, "Say what was done", tell, duty=Duty.CLAIM),
        Node("turned_down", Kind.SAY, "Say that people decided against it", turned_down),
        Node("leave_it", Kind.SAY, "Leave it, as the customer wishes", leave_it),
    )


PRESSED: Final[tuple[Row, ...]] = (
    ("press", "accepted", f"handoff:{prepare.REASON}"),
    ("press", "otherwise", "leave_it"),
)


def heard(after_yes: str, *proof: Row) -> tuple[Row, ...]:
    """What their answers lead to, and all behind a yes; `proof`: what stands between."""
    return (
        ("against", "accepted", "handoff:write-exception"),
        ("against", "otherwise", "leave_it"),
        ("offer", "yes", after_yes),
        ("offer", "no", "leave_it"),
        ("offer", "otherwise", "handoff:offer-not-answered"),
        *proof,
        *write_tail.EDGES,
        *((node, "otherwise", "done") for node in ("standing", "tell", "turned_down", "leave_it")),
    )


EDGES: Final = heard("fresh", ("fresh", "proven", "again"), ("fresh", "otherwise", verify.CODE))
CONDITIONS: Final[dict[str, Callable[[Desk], bool]]] = {
    **write_tail.CONDITIONS,
    **verify.CONDITIONS,
    "pressed": lambda d: d.tainted,
    "accepted": write_tail.accepted,
    "not_signed_in": lambda d: d.customer_ref is None,
    "waits_already": waits_already,
    "allowed": Guard(Means.ALLOWED),
    "yes": Guard(Means.YES),
    "no": write_tail.said_no,
}
