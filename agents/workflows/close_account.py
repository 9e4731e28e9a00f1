"""An account is closed by who has proven that it is theirs, after what goes with it was said; with something still open
in it, people decide."""

from __future__ import annotations

from typing import Final

from agents.desk import Desk
from agents.voice import wording
from tools.account_rules import OPEN
from tools.capabilities.update_account import AccountChange
from tools.shapes import Account

from . import account_write
from .account_steps import Slots
from .account_write import WHO, Deed, until


def lost(desk: Desk, account: Account) -> list[str]:
    """What can't be used any more without the account, from the record."""
    cards = [one for one in account.methods if one.is_gift_card and one.balance is not None and one.balance.cents > 0]
    found = [f"the gift card with {wording.money(one.balance)} on it" for one in cards if one.balance is not None]
    if account.subscription_status == "cancelled":
        named = until(desk, account)
        found += [f"{named['plan']}, paid until {named['date']}" if "date" in named else str(named["plan"])]
    return [desk.derived(one) for one in found]


def slots(desk: Desk, account: Account) -> Slots:
    gone = lost(desk, account)
    return {"case": "loses", "order_list": wording.listing(gone)} if gone else {}


def against_slots(desk: Desk, account: Account) -> Slots:
    """The orders that are still open, or the subscription that would be charged again."""
    if (desk.get("decision") or {}).get("reason") == "subscription-runs":
        return {"plan": until(desk, account)["plan"]}
    busy = [f"order {one.order_id}" for one in account.orders if one.status in OPEN]
    return {"order_list": desk.derived(wording.listing(busy or ["a matter with a colleague"]))}


DEED: Final = Deed(
    name="close_account",
    title="Close the account",
    wish=lambda desk: AccountChange.CLOSE,
    listen=(*WHO, ("listen", "otherwise", "account")),
    slots=slots,
    shows=lambda desk, account: account.closed,
    against={"still-open": "account.against.open", "subscription-runs": "account.against.renews"},
    against_slots=against_slots,
)
WORKFLOW: Final = account_write.build(DEED)
