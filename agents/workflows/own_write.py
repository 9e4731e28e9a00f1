"""The shape of a write that one company alone has: on the customer's own account, for whoever is signed in. What is
missing is asked for, what would happen is read back, and from the yes on it goes the way of every write.

A company's `workflows.py` says in a `Deed` what is special about it; the graph is the same for all, and the certificate
sees it whole. Whoever has to prove more than a session (rule OWN-2) is offered a person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.conf import settings

from agents import writes
from agents.desk import Desk
from agents.workflow import Kind, Node, Workflow
from tools.contract import Arguments
from tools.shapes import Account

from . import account_graph, account_steps, prepare
from .account_graph import Shape
from .account_steps import CHANGE, Slots, refusal
from .records import account_of, judge, note_words, reading_of

WISH: Final = (("listen", "not_signed_in", "handoff:identity-not-proven"), ("listen", "otherwise", "detail"))
DETAIL: Final = (("detail", "missing", f"handoff:{prepare.REASON}"), ("detail", "otherwise", "account"))


@dataclass(frozen=True)
class Deed:
    """`hear` fills slots from their words, as the customer's, each named as the argument that it becomes; `args` makes
    the arguments of them, None while something is missing, and `ask` is the line that asks for it. `slots`: what the
    lines below need, from the record and the arguments. `shows`: the record, read afterwards, has it. `against`: reason
    code of a rule → line.
    Lines: `ask`, account.offer.<name>, account.offer.<name>.again, account.done.<name> (with {reference}).
    """

    name: str
    title: str
    capability: str
    hear: Callable[[Desk], None]
    args: Callable[[Desk], Arguments | None]
    ask: str
    slots: Callable[[Desk, Account], Slots]
    shows: Callable[[Desk, Account], bool]
    against: Mapping[str, str] = field(default_factory=dict)


def build(deed: Deed) -> Workflow:
    def does(act: Callable[[Deed, Desk], Any]) -> Callable[[Desk], Any]:
        return lambda desk: act(deed, desk)

    ask = Node("detail", Kind.ASK, "Ask for what is missing", does(detail), writes=("detail",))
    shape = Shape(
        listen=does(listen), check=does(check), against=does(against), offer=does(offer), propose=does(propose),
        wish=WISH, args=deed.args, shows=does(shows), capability=deed.capability, code=False,
        nodes=(ask,), edges=DETAIL, conditions={"missing": lambda desk: deed.args(desk) is None},
    )  # fmt: skip
    return account_graph.build(deed.name, deed.title, shape)


# what its nodes do ------------------------------------------------------------------------------------------------


def listen(deed: Deed, desk: Desk) -> None:
    note_words(desk)
    desk.put(CHANGE, deed.name, "agent")
    deed.hear(desk)


def detail(deed: Deed, desk: Desk) -> None:
    """Ask, and hear the answer; who doesn't say it in so many answers is passed on."""
    if desk.get("asked_detail") and not desk.returning:
        note_words(desk)
        deed.hear(desk)
    if deed.args(desk) is not None:
        return
    if desk.returning or desk.count("asked_detail") <= settings.HANDRAIL["max_asks"]:
        desk.ask(deed.ask)


def known(deed: Deed, desk: Desk) -> Arguments:
    found = deed.args(desk)
    if found is None:
        raise ValueError(f"{deed.name} goes on without its arguments.")
    return found


def check(deed: Deed, desk: Desk) -> None:
    judge(desk, known(deed, desk))


def against(deed: Deed, desk: Desk) -> None:
    reason = str((desk.get("decision") or {}).get("reason"))
    account, key = account_of(desk), deed.against.get(reason, "account.against")
    refusal(desk, key, deed.slots(desk, account) if account is not None and reason in deed.against else {})


def offer(deed: Deed, desk: Desk) -> None:
    account = account_of(desk)
    account_steps.offer(desk, lambda d: known(deed, d), lambda d: deed.slots(d, account) if account is not None else {})


def propose(deed: Deed, desk: Desk) -> None:
    """Each argument comes from where the slot of its name does; one without such a slot comes from nowhere, and no
    Critic lets it pass. Whose account it is comes from the session."""
    args = known(deed, desk)
    sources = {name: desk.slots[name]["source"] for name in args.model_dump(exclude_none=True) if name in desk.slots}
    writes.propose(desk, args, reading_of(desk), sources)


def shows(deed: Deed, desk: Desk) -> bool:
    found = account_of(desk)
    return found is not None and deed.shows(desk, found)
