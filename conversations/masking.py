"""Card numbers, card codes and one-time codes leave a message before anything is written anywhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from stdnum import luhn

CARD: Final = re.compile(r"(?<![\w#-])(?:\d[ \-.\u2010-\u2015\u00a0]{0,2}){12,18}\d(?![\w-])")
CODES: Final = (
    (
        "cvv",
        re.compile(r"(?i)\b(cvv2?|cvc2?|csc|security code|card code)(\s*(?:is|:|=|nr\.?|number)?\s*)(\d{3,4})(?!\d)"),
    ),
    (
        "code",
        re.compile(
            r"(?i)\b(one[- ]time (?:code|password)|otp|verification code|passcode|login code|tan|pin)"
            r"(\s*(?:is|:|=)?\s*)(\d{4,8})(?!\d)"
        ),
    ),
)
# The first digits of the card schemes; other long numbers are parcels, meters and phones.
SCHEMES: Final = re.compile(r"(4|5[1-5]|2[2-7]|3[4-7]|30|36|38|39|6)\d+")
WORDS: Final = {"card": "[card number removed]", "cvv": "[card code removed]", "code": "[code removed]"}


@dataclass(frozen=True)
class Masked:
    """The text that may be stored, and which kinds were taken out of it."""

    text: str
    kinds: tuple[str, ...]


def mask(text: str, own_ids: Callable[[], set[str]]) -> Masked:
    """Mask `text`. `own_ids` gives the customer's own order and tracking numbers (asked only when it matters)."""
    kinds: list[str] = []

    def card(match: re.Match[str]) -> str:
        digits = re.sub(r"\D", "", match.group())
        if not luhn.is_valid(digits) or not SCHEMES.fullmatch(digits) or digits in own_ids():
            return match.group()
        kinds.append("card")
        return WORDS["card"]

    text = CARD.sub(card, text)
    for kind, pattern in CODES:
        text, count = pattern.subn(rf"\g<1>\g<2>{WORDS[kind]}", text)
        kinds += [kind] * count
    return Masked(text, tuple(dict.fromkeys(kinds)))
