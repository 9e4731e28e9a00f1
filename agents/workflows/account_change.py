"""The e-mail address or the default address of an account: who writes is proven first, by a code to the address on
record; then the change is read back and goes the way of every write."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings

from agents import writes
from agents.conditions import Guard, Means
from agents.desk import Desk
from agents.grammar import addresses
from agents.grammar.orders import EMAIL
from agents.workflow import Duty, Kind, Node, Workflow, edges
from tools.capabilities.update_account import AccountChange, UpdateAccount
from tools.contract import Arguments
from tools.shapes import Account, Address

from . import prepare, verify, write_tail
from .change_address import one_line
from .order_write import COLLEAGUE, YES_NO, leave_it, note_words
from .refund import account_of, reading_of

WHAT, NEW = "change", "new"
CAPABILITY: Final = ("update_account",)
SUBJECT: Final = "account:{}"
_EMAIL: Final = re.compile(r"\be-?mail\b|\bmail\s+address\b|@", re.IGNORECASE)
_ADDRESS: Final = re.compile(
    r"\b(?:postal|street|home|delivery|shipping|default|billing|mailing|new|my|an?|the)\s+address\b|\bmov(?:ed?|ing)\b"
    r"|\baddress\b|\bzip\b",
    re.IGNORECASE,
)
_OTHER: Final = re.compile(
    r"\b(?:phone|mobile|telephone|cell|(?:sur|last|first|my|family|maiden|middle)\s*name|birth\w*|gender|password)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Change:
    """What is special about one of them. `find`: the new value in their words, as JSON; `args`: the wish; `say`: it in
    one line; `shows`: the record has it."""

    find: Callable[[str, Account], Any]
    args: Callable[[Any], UpdateAccount]
    say: Callable[[Any], str]
    shows: Callable[[Any, Account], bool]


def new_email(text: str, account: Account) -> str | None:
    """The last address named that isn't the account's: "from this one to that one"."""
    found = [match[0] for match in EMAIL.finditer(text)]
    others = [one for one in found if one.casefold() != (account.email or "").casefold()]
    return others[-1] if others else found[-1] if found else None


def new_address(text: str, account: Account) -> dict[str, str] | None:
    return addresses.find(text, account.address.country if account.address is not None else "")


CHANGES: Final[dict[str, Change]] = {
    "email": Change(
        new_email,
        lambda new: UpdateAccount(change=AccountChange.EMAIL, email=new),
        str,
        lambda new, account: account.email is not None and account.email.casefold() == new.casefold(),
    ),
    "address": Change(
        new_address,
        lambda new: UpdateAccount(change=AccountChange.ADDRESS, address=Address(**new)),
        lambda new: one_line(Address(**new)),
        lambda new, account: account.address == Address(**new),
    ),
}
# reason code of a rule → the voice's line that says it
REASONS: Final = {"same-value": "account.against.same", "address-incomplete": "account.against.address"}


# what its nodes do ------------------------------------------------------------------------------------------------


def listen(desk: Desk) -> None:
    note_words(desk)
    hear_what(desk)


def hear_what(desk: Desk) -> None:
    """Which of the two their words mean; what stands in them decides before what they call it."""
    text = desk.text
    named = [name for name, says in (("email", _EMAIL), ("address", _ADDRESS)) if says.search(_bare(text))]
    if _OTHER.search(text) and not EMAIL.search(text):
        desk.put(WHAT, "other", "customer")
    elif addresses.find(text, "?"):
        desk.put(WHAT, "address", "customer")
    elif named:
        desk.put(WHAT, named[0], "customer")


def _bare(text: str) -> str:
    """ "E-mail address" is no address."""
    return re.sub(r"(?i)\b(e-?mail|mail)\s+address\b", r"\1", text)


def what(desk: Desk) -> None:
    if desk.get("asked_what") and not desk.returning:
        note_words(desk)
        hear_what(desk)
        return
    desk.put("asked_what", True, "agent")
    desk.ask("account.what").choices = [{"label": "E-mail address", "say": "My e-mail address"},
                                        {"label": "Postal address", "say": "My postal address"}]  # fmt: skip


def account(desk: Desk) -> None:
    """The record, and what of their words is the new value."""
    desk.look("get_customer")
    found = account_of(desk)
    if found is None or desk.get(NEW) is not None:
        return
    for text in (desk.text, *reversed(desk.get("words") or [])):
        new = change_of(desk).find(text, found)
        if new is not None:
            desk.put(NEW, new, "customer")
            return


def value(desk: Desk) -> None:
    if desk.get("asked_value") and not desk.returning and account_of(desk) is None:  # the answer
        note_words(desk)
        return
    if not desk.returning and desk.count("asked_value") > settings.HANDRAIL["max_asks"]:
        return
    desk.ask(f"account.ask.{desk.get(WHAT)}{'' if desk.get('asked_value') == 1 else '.again'}")


def change_of(desk: Desk) -> Change:
    return CHANGES[str(desk.get(WHAT))]


def args_of(desk: Desk) -> Arguments:
    return change_of(desk).args(desk.get(NEW))


def check(desk: Desk) -> None:
    reading = writes.read(desk, args_of(desk), None, account_of(desk))
    desk.reading, decision = reading, reading.decision
    desk.put("decision", {"verdict": decision.verdict.value, "rule": decision.rule, "reason": decision.reason,
                          "facts": decision.facts}, "record")  # fmt: skip


def against(desk: Desk) -> None:
    """What stands against it, and a person who may look at it; then their answer."""
    if desk.get("told") and not desk.returning:
        desk.hear("answer")
        if desk.get("answer") is None and desk.count("unclear") == 1:
            desk.ask("unclear.answer", question=COLLEAGUE)
        return
    if desk.get("told"):
        desk.ask("back_to", question=COLLEAGUE)
        return
    key = REASONS.get(str((desk.get("decision") or {}).get("reason")), "account.against")
    desk.put("told", key, "agent")
    desk.ask(key)


def offer(desk: Desk) -> None:
    """Read back exactly what would stand there, and hear the answer to exactly that."""
    if account_of(desk) is not None:
        desk.drop("answer")
        writes.offer(desk, args_of(desk), reading_of(desk))
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
    name = str(desk.get(WHAT))
    line = desk.ask(f"account.offer.{name}{'.again' if again else ''}", **{name: named(desk)})
    line.facts, line.names, line.choices = [named(desk)], [named(desk)], list(YES_NO)


def named(desk: Desk) -> str:
    return change_of(desk).say(desk.get(NEW))


def again(desk: Desk) -> None:
    desk.look("get_customer")


def propose(desk: Desk) -> None:
    """What it shall be stands in their own words; whose account it is comes from the session."""
    args = args_of(desk)
    given = [name for name, value in args.model_dump().items() if value is not None]
    writes.propose(desk, args, reading_of(desk), dict.fromkeys(given, "customer"))


def critic(desk: Desk) -> None:
    writes.through_the_gate(desk)
    say_waiting(desk)


def execute(desk: Desk) -> None:
    writes.carry_out(desk)
    say_waiting(desk)


def say_waiting(desk: Desk) -> None:
    if desk.parked is not None and desk.get("waited") != desk.parked:
        desk.put("waited", desk.parked, "agent")
        desk.say("account.wait" if desk.parked == "decision" else "account.unknown")


def shows(desk: Desk) -> bool:
    """The system said "done": when its record doesn't show it, or can't be read, nobody is told that it is done."""
    found = account_of(desk)
    return found is not None and change_of(desk).shows(desk.get(NEW), found)


def tell(desk: Desk) -> None:
    name, reference = str(desk.get(WHAT)), str((desk.get("outcome_data") or {}).get("reference", ""))
    line = desk.say(f"account.done.{name}", **{name: named(desk), "reference": reference})
    line.facts, line.names = [named(desk), reference], [named(desk)]


def turned_down(desk: Desk) -> None:
    desk.say("account.rejected")


def standing(desk: Desk) -> None:
    desk.say("account.waits")


# the graph --------------------------------------------------------------------------------------------------------

LOOK: Final = ("get_customer",)
WORKFLOW: Final = Workflow(
    name="account_change",
    title="Change the account",
    nodes=(
        Node("listen", Kind.DECIDE, "Note what is known already", listen, writes=(WHAT,)),
        Node("press", Kind.ASK, "Say who decides, and offer to pass it on", prepare.press, writes=("answer",)),
        Node("what", Kind.ASK, "Ask what shall be changed", what, writes=(WHAT,)),
        *verify.NODES,
        Node(
            "account",
            Kind.LOOK,
            "Read the account",
            account,
            reads=(WHAT,),
            writes=(NEW,),
            tools=LOOK,
            duty=Duty.RECORDS,
        ),
        Node("value", Kind.ASK, "Ask what it shall be", value, writes=(NEW,)),
        Node("rules", Kind.DECIDE, "Ask the rules", check, reads=(NEW,), duty=Duty.RULES),
        Node("against", Kind.ASK, "Say what is against it; offer a person", against, writes=("answer",)),
        Node("standing", Kind.SAY, "Say that it waits already", standing),
        Node("offer", Kind.ASK, "Read it back and hear the answer", offer, writes=("answer",), waits=True),
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
    ),
    edges=edges(
        ("listen", "pressed", "press"),
        ("listen", "not_signed_in", verify.UNPROVEN),
        ("listen", "ours", verify.PROOF),
        ("listen", "others", f"handoff:{prepare.REASON}"),
        ("listen", "otherwise", "what"),
        ("press", "accepted", f"handoff:{prepare.REASON}"),
        ("press", "otherwise", "leave_it"),
        ("what", "ours", verify.PROOF),
        ("what", "otherwise", f"handoff:{prepare.REASON}"),
        *verify.edges("account"),
        ("account", "unreadable", "handoff:tool-failed"),
        ("account", "waits_already", "standing"),
        ("account", "value_known", "rules"),
        ("account", "value_asked", f"handoff:{prepare.REASON}"),
        ("account", "otherwise", "value"),
        ("value", "otherwise", verify.PROOF),
        ("rules", "allowed", "offer"),
        ("rules", "otherwise", "against"),
        ("against", "accepted", "handoff:write-exception"),
        ("against", "otherwise", "leave_it"),
        ("offer", "yes", "fresh"),
        ("offer", "no", "leave_it"),
        ("offer", "otherwise", "handoff:offer-not-answered"),
        ("fresh", "proven", "again"),
        ("fresh", "otherwise", verify.CODE),
        *write_tail.EDGES,
        *((node, "otherwise", "done") for node in ("standing", "tell", "turned_down", "leave_it")),
    ),
    conditions={
        **write_tail.CONDITIONS,
        **verify.CONDITIONS,
        "pressed": lambda d: d.tainted,
        "accepted": lambda d: d.get("answer") in ("yes", "yes_but"),
        "not_signed_in": lambda d: d.customer_ref is None,
        "ours": lambda d: d.get(WHAT) in CHANGES,
        "others": lambda d: d.get(WHAT) is not None,
        "waits_already": lambda d: writes.on_order(d, SUBJECT.format(d.customer_ref)) is not None,
        "value_known": lambda d: d.get(NEW) is not None,
        "value_asked": lambda d: int(d.get("asked_value") or 0) >= settings.HANDRAIL["max_asks"],
        "allowed": Guard(Means.ALLOWED),
        "yes": Guard(Means.YES),
        "no": lambda d: d.get("answer") in ("no", "no_but"),
        "holds": Guard(Means.HOLDS, args_of),
        "unverified": Guard(Means.UNVERIFIED, shows),
    },
)
