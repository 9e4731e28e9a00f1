"""Means of payment in a customer's words: by kind, by the last digits, or the one that it was paid with."""

from __future__ import annotations

import re
from typing import Final

from agents.desk import Desk
from agents.voice import wording
from tools.shapes import Account, Order, PaymentMethod

from .replace_items import NAMES

METHOD: Final = "method_id"
GIFT_CARD: Final = "gift card"
_GIFT_CARD: Final = re.compile(r"\bgift\s*(?:card|voucher|certificate)s?\b|\bvoucher\b", re.IGNORECASE)
_CARD: Final = re.compile(r"(?<!gift )(?<!gift)\b(?:credit\s+|debit\s+)?card\b", re.IGNORECASE)
_DIGITS: Final = re.compile(r"\d{4}")
_FILLING: Final = frozenset({"ending", "in", "card", "original", "payment", "method", "the"})


def words_of(method: PaymentMethod) -> list[str]:
    """What a customer may call it."""
    if method.is_gift_card:
        return [GIFT_CARD]
    return [word for word in re.findall(r"\w+", method.label) if word.lower() not in _FILLING]


def named(text: str, methods: list[PaymentMethod]) -> list[PaymentMethod]:
    """Those that the words name; four digits say more than a brand, a brand more than "my card"."""
    spoken = {word.lower() for word in re.findall(r"\w+", text)}
    gifts = [one for one in methods if one.is_gift_card and _GIFT_CARD.search(text)]
    others = [one for one in methods if not one.is_gift_card]
    exact = [one for one in others if set(_DIGITS.findall(one.label)) & spoken]
    branded = [one for one in others if {word.lower() for word in words_of(one)} & spoken]
    cards = [one for one in others if _DIGITS.search(one.label)] if _CARD.search(text) else []
    return gifts + (exact or branded or (cards if len(cards) == 1 else []))


def paid_with(order: Order) -> str:
    return next((entry.method_id for entry in order.entries if entry.kind == "payment"), "")


def own(account: Account | None) -> list[PaymentMethod]:
    return account.methods if account is not None else []


def label(account: Account | None, method_id: str) -> str:
    return next((one.label for one in own(account) if one.method_id == method_id), "original payment method")


def said(desk: Desk, methods: list[PaymentMethod]) -> PaymentMethod | None:
    """The one named last; two in one message are none."""
    for text in reversed(desk.get("words") or [desk.text]):
        if (found := named(text, methods)) and len(found) == 1:
            return found[0]
    return None


def choose(desk: Desk, order: Order, account: Account | None) -> None:
    """The one that they name, else the one that the order was paid with."""
    if desk.get(METHOD) is not None:
        return
    found = said(desk, own(account))
    desk.put(METHOD, found.method_id if found else paid_with(order) or "unknown", "customer" if found else "record")


def know(desk: Desk, account: Account | None, *more: str) -> None:
    """Keep what they may be called, so that a later message can be read before the records are."""
    methods = own(account)
    desk.put("means", [one.model_dump(mode="json") for one in methods], "record")
    desk.put(NAMES, list(dict.fromkeys([*more, *(word for one in methods for word in words_of(one))])), "record")


def changed(desk: Desk) -> bool:
    """Another one than the one read back is named."""
    found = named(desk.text, [PaymentMethod.model_validate(one) for one in desk.get("means") or ()])
    others = [one for one in found if one.method_id != desk.get(METHOD)]
    if len(others) != 1:
        return False
    desk.put(METHOD, others[0].method_id, "customer")
    return True


def describe(desk: Desk, method: PaymentMethod) -> str:
    """A gift card with what is on it."""
    held = f" with {wording.money(method.balance)} on it" if method.balance is not None else ""
    return desk.derived(f"{method.label}{held}")
