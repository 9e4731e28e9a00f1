"""A subscription ends with what is paid, or goes on after all; whatever else is wanted of it is a person's."""

from __future__ import annotations

import re
from typing import Final

from agents.desk import Desk
from tools.capabilities.update_account import AccountChange
from tools.shapes import Account

from . import account_write
from .account_steps import CHANGE, Slots
from .account_write import Deed, until

_OTHER: Final = re.compile(
    r"\b(?:pause|skip|upgrade|downgrade|switch|swap|gift|transfer|move|start|join|sign\s+up|buy)\w*\b", re.IGNORECASE
)
_RESUME: Final = re.compile(
    r"\b(?:resume|reactivate|re-?start|reinstate|un-?cancel|keep)\w*\b|\b(?:take|have|want|get)\b[^.?!]{0,25}\bback\b"
    r"|\b(?:don'?t|do\s+not)\s+(?:cancel|end|stop)\b|\bundo\b[^.?!]{0,20}\bcancel\w*|\b(?:let\s+it\s+)?(?:go|run)\s+on\b"
    r"|\bcontinue\b|\brenew\s+(?:it|my|the)\b",
    re.IGNORECASE,
)
_END: Final = re.compile(
    r"\b(?:cancel|stop|end|quit|terminate|close|discontinue)\w*\b|\b(?:don'?t|do\s+not|no\s+longer|not)\b[^.?!]{0,25}\b(?:renew|want|need)\w*"
    r"|\btake\s+me\s+off\b|\bget\s+(?:rid|out)\s+of\b|\bun-?subscribe\b",
    re.IGNORECASE,
)


def wish(desk: Desk) -> AccountChange | None:
    """What they call it decides; to keep what was ended says more than the word for ending it."""
    if _OTHER.search(desk.text):
        return None
    if _RESUME.search(desk.text):
        return AccountChange.RESUME_SUBSCRIPTION
    return AccountChange.CANCEL_SUBSCRIPTION if _END.search(desk.text) else None


def slots(desk: Desk, account: Account) -> Slots:
    """With the day to which it is paid, where the record knows it."""
    found = until(desk, account)
    return {**found, **({} if "date" in found else {"case": "no_date"})}


def shows(desk: Desk, account: Account) -> bool:
    wanted = "cancelled" if desk.get(CHANGE) == AccountChange.CANCEL_SUBSCRIPTION else "active"
    return account.subscription_status == wanted


DEED: Final = Deed(
    name="subscription_change",
    title="End a subscription, or let it go on",
    wish=wish,
    slots=slots,
    shows=shows,
    against={
        "subscription-state.none": "account.against.no_plan",
        "subscription-state.active": "account.against.plan_runs",
        "subscription-state.cancelled": "account.against.plan_ends",
        "subscription-state.ended": "account.against.plan_ended",
    },
    against_slots=until,
)
WORKFLOW: Final = account_write.build(DEED)
