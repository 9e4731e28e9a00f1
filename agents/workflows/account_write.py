"""The shape of a change of the account that needs no new value: what stands against it is said before anybody is asked
for a code, then the code, the consequences, the yes, and through the gate.

A workflow of this shape says what is special about it in a `Deed`; the graph is the same for all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from agents import writes
from agents.conditions import Guard, Means
from agents.desk import Desk
from agents.grammar.codes import cannot_read_it
from agents.voice import wording
from agents.workflow import Duty, Kind, Node, Workflow, edges
from tools.capabilities.update_account import AccountChange, UpdateAccount
from tools.contract import Arguments
from tools.shapes import Account

from . import prepare, verify, write_tail
from .account_change import CAPABILITY, LOOK, SUBJECT, again, critic, execute, standing, turned_down
from .order_write import COLLEAGUE, YES_NO, leave_it, note_words
from .refund import account_of, reading_of

CHANGE: Final = "change"
PROOF_NEEDED: Final = "proof-needed"
Slots = Mapping[str, Any]
Row = tuple[str, str, str]
# Whoever isn't known, or says that the mailbox is lost, goes to a person; and so does another wish than these.
NO_MAILBOX: Final = ("listen", "no_mailbox", verify.UNPROVEN)
WHO: Final = (("listen", "not_signed_in", verify.UNPROVEN), NO_MAILBOX)
ELSE: Final = ("listen", "otherwise", f"handoff:{prepare.REASON}")


def nothing(desk: Desk, account: Account) -> Slots:
    return {}


@dataclass(frozen=True)
class Deed:
    """`wish`: the change that their words mean, None when it is none that is made here. `slots`: what its lines need,
    from the record, with `case` for a line of its own; `shows`: the record, read afterwards, has it. `against`: reason
    code of a rule → line; `against_slots`: what those need.
    `listen`: where their words lead; `nodes` and `edges` of its own behind that, `conditions` what they mean.
    Lines: account.offer.<change>, with a case account.offer.<change>.<case>, each with .again, account.done.<change>.
    """

    name: str
    title: str
    wish: Callable[[Desk], AccountChange | None]
    slots: Callable[[Desk, Account], Slots]
    shows: Callable[[Desk, Account], bool]
    against: Mapping[str, str] = field(default_factory=dict)
    against_slots: Callable[[Desk, Account], Slots] = nothing
    nodes: tuple[Node, ...] = ()
    listen: tuple[Row, ...] = (*WHO, ("listen", "ours", "account"), ELSE)
    edges: tuple[Row, ...] = ()
    conditions: Mapping[str, Callable[[Desk], bool]] = field(default_factory=dict)


def build(deed: Deed) -> Workflow:
    found = rows(deed)
    used = {edge.when for edge in found}
    tests = {name: test for name, test in conditions(deed).items() if name in used}
    return Workflow(deed.name, deed.title, nodes(deed), found, tests)


# what its nodes do ------------------------------------------------------------------------------------------------


def listen(deed: Deed, desk: Desk) -> None:
    note_words(desk)
    wish = deed.wish(desk)
    desk.put(CHANGE, wish.value if wish is not None else None, "customer")


def args_of(desk: Desk) -> UpdateAccount:
    return UpdateAccount(change=AccountChange(str(desk.get(CHANGE))))


def check(desk: Desk) -> None:
    check_of(desk, args_of(desk))


def check_of(desk: Desk, args: Arguments) -> None:
    """What they are told is what stands against it beside the missing code: nobody types one for a no."""
    desk.reading = writes.read(desk, args, None, account_of(desk))
    others = [one for one in desk.reading.hits if one.reason != PROOF_NEEDED]
    told = desk.reading.decision
    if told.reason == PROOF_NEEDED and others:
        told = others[0]
    desk.put("decision", {"verdict": told.verdict.value, "rule": told.rule, "reason": told.reason,
                          "facts": told.facts}, "record")  # fmt: skip


def against(deed: Deed, desk: Desk) -> None:
    decision, account = desk.get("decision") or {}, account_of(desk)
    codes = (f"{decision.get('reason')}.{decision.get('facts', {}).get('status')}", str(decision.get("reason")))
    key = next((deed.against[code] for code in codes if code in deed.against), "account.against")
    slots = deed.against_slots(desk, account) if account is not None and key in deed.against.values() else {}
    refusal(desk, key, slots)


def refusal(desk: Desk, key: str = "technical.against", slots: Slots | None = None) -> None:
    """What stands against it, and a person who may look at it; then their answer."""
    if desk.get("told") and not desk.returning:
        desk.hear("answer")
        if desk.get("answer") is None and desk.count("unclear") == 1:
            desk.ask("unclear.answer", question=COLLEAGUE)
        return
    if desk.get("told"):
        desk.ask("back_to", question=COLLEAGUE)
        return
    desk.put("told", key, "agent")
    told = slots or {}
    desk.ask(key, **told).facts += list(told.values())


def offer(deed: Deed, desk: Desk) -> None:
    """Read back what it would mean for them, and hear the answer to exactly that."""
    account = account_of(desk)
    if account is not None:
        desk.drop("answer")
        writes.offer(desk, args_of(desk), reading_of(desk))
        desk.put("offer_slots", dict(deed.slots(desk, account)), "record")
        put(desk, again=desk.count("offers") > 1)
        return
    if desk.returning:
        put(desk, again=True)
        return
    note_words(desk)
    desk.hear("answer")
    if desk.get("answer") not in ("yes", "no", "no_but") and desk.count("unclear") == 1:
        put(desk, again=True)


def put(desk: Desk, *, again: bool) -> None:
    slots = dict(desk.get("offer_slots"))
    line = desk.ask(f"account.offer.{named(desk, slots)}{'.again' if again else ''}", **slots)
    line.facts, line.choices = list(slots.values()), list(YES_NO)


def named(desk: Desk, slots: Slots) -> str:
    return ".".join(str(part) for part in (desk.get(CHANGE), slots.get("case")) if part)


def propose(desk: Desk) -> None:
    """What it shall be stands in their own words; whose account it is comes from the session."""
    writes.propose(desk, args_of(desk), reading_of(desk), {CHANGE: "customer"})


def shows(deed: Deed, desk: Desk) -> bool:
    """The system said "done": when its record doesn't show it, or can't be read, nobody is told that it is done."""
    found = account_of(desk)
    return found is not None and deed.shows(desk, found)


def tell(desk: Desk) -> None:
    outcome = desk.get("outcome_data") or {}
    slots = {**desk.get("offer_slots"), "reference": str(outcome.get("reference", ""))}
    line = desk.say(f"account.done.{named(desk, slots)}", **slots)
    line.facts = list(slots.values())


def until(desk: Desk, account: Account) -> Slots:
    """What the subscription is called, and to when it is paid, where that is known."""
    day = {"date": wording.day(account.plan_until, desk.now)} if account.plan_until is not None else {}
    return {"plan": account.plan or "subscription", **day}


# the graph --------------------------------------------------------------------------------------------------------


def nodes(deed: Deed) -> tuple[Node, ...]:
    def does(act: Callable[[Deed, Desk], None]) -> Callable[[Desk], None]:
        return lambda desk: act(deed, desk)

    return (
        Node("listen", Kind.DECIDE, "Note what is known already", does(listen), writes=(CHANGE,)),
        Node("press", Kind.ASK, "Say who decides, and offer to pass it on", prepare.press, writes=("answer",)),
        *deed.nodes,
        Node("account", Kind.LOOK, "Read the account", again, tools=LOOK, duty=Duty.RECORDS),
        Node("rules", Kind.DECIDE, "Ask the rules", check, reads=(CHANGE,), duty=Duty.RULES),
        *verify.NODES,
        Node("against", Kind.ASK, "Say what is against it; offer a person", does(against), writes=("answer",)),
        Node("standing", Kind.SAY, "Say that it waits already", standing),
        Node("offer", Kind.ASK, "Say what it means and hear the answer", does(offer), writes=("answer",), waits=True),
        Node("fresh", Kind.DECIDE, "Is it still proven who writes", verify.proof),
        Node("again", Kind.LOOK, "Read everything anew", again, tools=LOOK, duty=Duty.RECORDS),
        Node("fits", Kind.DECIDE, "Is it still what was read back", check, duty=Duty.RULES),
        Node("propose", Kind.PROPOSE, "Write the proposal down", propose, reads=("offer",), tools=CAPABILITY),
        Node("critic", Kind.GATE, "Critic, then the ladder", critic, writes=("standing",), tools=CAPABILITY),
        Node("execute", Kind.ACT, "Clear, send once, settle", execute, writes=("outcome",), tools=CAPABILITY),
        Node("audit", Kind.LOOK, "Read what the record says now", again, tools=LOOK, duty=Duty.AUDIT),
        Node("tell", Kind.SAY, "Say what was done", tell, duty=Duty.CLAIM),
        Node("turned_down", Kind.SAY, "Say that people decided against it", turned_down),
        Node("leave_it", Kind.SAY, "Leave it, as the customer wishes", leave_it),
    )


def rows(deed: Deed) -> Any:
    return edges(
        ("listen", "pressed", "press"),
        *deed.listen,
        ("press", "accepted", f"handoff:{prepare.REASON}"),
        ("press", "otherwise", "leave_it"),
        *deed.edges,
        ("account", "unreadable", "handoff:tool-failed"),
        ("account", "waits_already", "standing"),
        ("account", "otherwise", "rules"),
        ("rules", "allowed", "offer"),
        ("rules", "unproven", verify.PROOF),
        ("rules", "otherwise", "against"),
        *verify.edges("account"),
        ("against", "accepted", "handoff:write-exception"),
        ("against", "otherwise", "leave_it"),
        ("offer", "yes", "fresh"),
        ("offer", "no", "leave_it"),
        ("offer", "otherwise", "handoff:offer-not-answered"),
        ("fresh", "proven", "again"),
        ("fresh", "otherwise", verify.CODE),
        *write_tail.EDGES,
        *((node, "otherwise", "done") for node in ("standing", "tell", "turned_down", "leave_it")),
    )


def conditions(deed: Deed) -> dict[str, Callable[[Desk], bool]]:
    return {
        **write_tail.CONDITIONS,
        **verify.CONDITIONS,
        **deed.conditions,
        "pressed": lambda d: d.tainted,
        "accepted": lambda d: d.get("answer") in ("yes", "yes_but"),
        "not_signed_in": lambda d: d.customer_ref is None,
        "no_mailbox": lambda d: cannot_read_it(d.text),
        "ours": lambda d: d.get(CHANGE) is not None,
        "waits_already": lambda d: writes.on_order(d, SUBJECT.format(d.customer_ref)) is not None,
        "allowed": Guard(Means.ALLOWED),
        "unproven": lambda d: (d.get("decision") or {}).get("reason") == PROOF_NEEDED,
        "yes": Guard(Means.YES),
        "no": lambda d: d.get("answer") in ("no", "no_but"),
        "holds": Guard(Means.HOLDS, args_of),
        "unverified": Guard(Means.UNVERIFIED, lambda d: shows(deed, d)),
    }
