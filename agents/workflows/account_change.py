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

from . import account_steps, prepare, verify
from .account_steps import CHANGE, LOOK, NEW, refusal
from .records import account_of, judge, note_words, reading_of

WHAT: Final = CHANGE
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
        lambda new: Address(**new).one_line,
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
    judge(desk, args_of(desk))


def against(desk: Desk) -> None:
    refusal(desk, REASONS.get(str((desk.get("decision") or {}).get("reason")), "account.against"))


def offer(desk: Desk) -> None:
    """Exactly what would stand there."""
    account_steps.offer(desk, args_of, lambda d: {str(d.get(WHAT)): change_of(d).say(d.get(NEW))})


def propose(desk: Desk) -> None:
    """What it shall be stands in their own words; whose account it is comes from the session."""
    args = args_of(desk)
    given = [name for name, value in args.model_dump().items() if value is not None]
    writes.propose(desk, args, reading_of(desk), dict.fromkeys(given, "customer"))


def shows(desk: Desk) -> bool:
    """The system said "done": when its record doesn't show it, or can't be read, nobody is told that it is done."""
    found = account_of(desk)
    return found is not None and change_of(desk).shows(desk.get(NEW), found)


# the graph --------------------------------------------------------------------------------------------------------

WORKFLOW: Final = Workflow(
    name="account_change",
    title="Change the account",
    nodes=(
        Node("listen", Kind.DECIDE, "Note what is known already", listen, writes=(WHAT,)),
        account_steps.PRESS,
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
        account_steps.STANDING,
        Node("offer", Kind.ASK, "Read it back and hear the answer", offer, writes=("answer",), waits=True),
        *account_steps.from_the_yes(check, propose),
    ),
    edges=edges(
        ("listen", "pressed", "press"),
        ("listen", "not_signed_in", verify.UNPROVEN),
        ("listen", "ours", verify.PROOF),
        ("listen", "others", f"handoff:{prepare.REASON}"),
        ("listen", "otherwise", "what"),
        *account_steps.PRESSED,
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
        *account_steps.EDGES,
    ),
    conditions={
        **account_steps.CONDITIONS,
        "ours": lambda d: d.get(WHAT) in CHANGES,
        "others": lambda d: d.get(WHAT) is not None,
        "value_known": lambda d: d.get(NEW) is not None,
        "value_asked": lambda d: int(d.get("asked_value") or 0) >= settings.HANDRAIL["max_asks"],
        "holds": Guard(Means.HOLDS, args_of),
        "unverified": Guard(Means.UNVERIFIED, shows),
    },
)
