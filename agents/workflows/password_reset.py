"""A link to set a new password goes to the address on record, to who has proven to read it; how signing in works is
answered from the pages. A password is never asked for, and never said."""

from __future__ import annotations

import re
from typing import Final

from agents.desk import Desk
from agents.voice import wording
from tools.capabilities.update_account import AccountChange
from tools.shapes import Account

from . import account_write, answer_question
from .account_steps import CHANGE, Slots
from .account_write import NO_MAILBOX, Deed

_LINK: Final = re.compile(
    r"\b(?:forg[eo]t\w*|reset|lost|recover|can'?t\s+remember|don'?t\s+remember|cannot\s+remember|do\s+not\s+remember)\b"
    r"|\b(?:new|change)\b[^.?!]{0,12}\bpassword\b",
    re.IGNORECASE,
)
_HOW: Final = re.compile(
    r"\bhow\s+(?:do|can|could|would|to)\b|\bwhere\b|\b(?:never|does\s*n[o']?t|did\s*n[o']?t|has\s*n[o']?t|not)\b[^.?!]{0,15}"
    r"\b(?:arriv\w+|come|came|work\w*)\b",
    re.IGNORECASE,
)


def wish(desk: Desk) -> AccountChange | None:
    is_question = _HOW.search(desk.text) is not None
    return AccountChange.PASSWORD_RESET if _LINK.search(desk.text) and not is_question else None


def slots(desk: Desk, account: Account) -> Slots:
    return {"masked_email": desk.derived(wording.masked_email(account.email))}


def shows(desk: Desk, account: Account) -> bool:
    """A mail leaves no mark on the account: it was sent, and to the address that was read back."""
    to = desk.get("offer_slots")["masked_email"]
    return bool((desk.get("outcome_data") or {}).get("reference")) and wording.masked_email(account.email) == to


DEED: Final = Deed(
    name="password_reset",
    title="Send a link for a new password",
    wish=wish,
    slots=slots,
    shows=shows,
    nodes=answer_question.NODES,
    listen=(("listen", "asks_how", "search"), NO_MAILBOX, ("listen", "otherwise", "account")),
    edges=answer_question.EDGES,
    conditions={
        **answer_question.CONDITIONS,
        "asks_how": lambda d: d.get(CHANGE) is None or d.customer_ref is None,
    },
)
WORKFLOW: Final = account_write.build(DEED)
