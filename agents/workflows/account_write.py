"""The shape of a change of the account that needs no new value: what stands against it is said before anybody is asked
for a code, then the code, the consequences, the yes, and through the gate.

A workflow of this shape says what is special about it in a `Deed`; the graph is the same for all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from agents import writes
from agents.desk import Desk
from agents.grammar.codes import cannot_read_it
from agents.voice import wording
from agents.workflow import Node, Workflow
from tools.capabilities.update_account import AccountChange, UpdateAccount
from tools.contract import Arguments
from tools.shapes import Account

from . import account_graph, account_steps, prepare, verify
from .account_graph import Shape
from .account_steps import CHANGE, Slots, refusal
from .records import account_of, judge, keep, note_words, reading_of

PROOF_NEEDED: Final = "proof-needed"
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
    def does(act: Callable[[Deed, Desk], Any]) -> Callable[[Desk], Any]:
        return lambda desk: act(deed, desk)

    shape = Shape(
        listen=does(listen), check=check, against=does(against), offer=does(offer), propose=propose,
        wish=deed.listen, args=args_of, shows=does(shows), capability=account_steps.CAPABILITY[0], code=True,
        nodes=deed.nodes, edges=deed.edges, conditions={**deed.conditions, **CONDITIONS},
    )  # fmt: skip
    return account_graph.build(deed.name, deed.title, shape)


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
    found = judge(desk, args)
    others = [one for one in found.hits if one.reason != PROOF_NEEDED]
    if found.decision.reason == PROOF_NEEDED and others:
        keep(desk, others[0])


def against(deed: Deed, desk: Desk) -> None:
    decision, account = desk.get("decision") or {}, account_of(desk)
    codes = (f"{decision.get('reason')}.{decision.get('facts', {}).get('status')}", str(decision.get("reason")))
    key = next((deed.against[code] for code in codes if code in deed.against), "account.against")
    slots = deed.against_slots(desk, account) if account is not None and key in deed.against.values() else {}
    refusal(desk, key, slots)


def offer(deed: Deed, desk: Desk) -> None:
    """What it would mean for them."""
    account = account_of(desk)
    account_steps.offer(desk, args_of, lambda d: deed.slots(d, account) if account is not None else {})


def propose(desk: Desk) -> None:
    """What it shall be stands in their own words; whose account it is comes from the session."""
    writes.propose(desk, args_of(desk), reading_of(desk), {CHANGE: "customer"})


def shows(deed: Deed, desk: Desk) -> bool:
    """The system said "done": when its record doesn't show it, or can't be read, nobody is told that it is done."""
    found = account_of(desk)
    return found is not None and deed.shows(desk, found)


def until(desk: Desk, account: Account) -> Slots:
    """What the subscription is called, and to when it is paid, where that is known."""
    day = {"date": wording.day(account.plan_until, desk.now)} if account.plan_until is not None else {}
    return {"plan": account.plan or "subscription", **day}


CONDITIONS: Final[dict[str, Callable[[Desk], bool]]] = {
    "no_mailbox": lambda d: cannot_read_it(d.text),
    "ours": lambda d: d.get(CHANGE) is not None,
    "unproven": lambda d: (d.get("decision") or {}).get("reason") == PROOF_NEEDED,
}
