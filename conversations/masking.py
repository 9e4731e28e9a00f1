"""Card numbers, card codes and one-time codes leave a message before anything is written anywhere.

A pattern here looks at a bounded stretch from each place it may begin: nobody's text makes it slow.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from stdnum import luhn

OwnIds = Callable[[], set[str]]

# Groups of digits that stand close together, whatever stands between them: blanks, line ends, dashes, invisible marks.
RUN: Final = re.compile(r"\d+(?:[\W_]{1,3}\d+)*")
GROUP: Final = re.compile(r"\d+")
# "4242 then 4242 then …": words between the groups, so only the two shapes that are printed on cards.
SPOKEN: Final = re.compile(
    r"(?<!\d)(?:\d{4}(?:\D{1,12}\d{4}){3}|\d{4}\D{1,12}\d{6}\D{1,12}\d{5})(?!\d)"
)  # fmt: skip
# The first digits of the card schemes; other long numbers are parcels, meters and phones.
SCHEMES: Final = re.compile(r"(4|5|3[4-8]|30|6|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)\d+")
SHORTEST, LONGEST, LONGEST_PHONE = 13, 19, 15
LONG_ID: Final = 12  # an own number of so many digits may stand inside of something longer

_BETWEEN = r"(?:[\s:=#.,'\"()-]|\b(?:is|was|nr|no|number|code|the|on|back|of|my|card|it|its)\b){0,24}"
_CVV = r"(?:cvv2?|cvc2?|cvn|csc|security code|security number|card code)"
_OTP = r"(?:one[- ]time (?:code|password)|otp|verification code|passcode|login code|tan|pin)"
CODES: Final = (
    ("cvv", re.compile(rf"(?i)\b{_CVV}{_BETWEEN}(?P<code>\d(?:[ -]?\d){{2,3}})(?![ -]?\d)")),
    ("cvv", re.compile(rf"(?i)(?<!\d)(?P<code>\d{{3,4}})\s{{1,3}}(?:is|=)\s{{1,3}}(?:(?:the|my)\s{{1,3}})?{_CVV}\b")),
    ("code", re.compile(rf"(?i)\b{_OTP}{_BETWEEN}(?P<code>\d(?:[ -]?\d){{3,7}})(?![ -]?\d)")),
)
WORDS: Final = {"card": "[card number removed]", "cvv": "[card code removed]", "code": "[code removed]"}


@dataclass(frozen=True)
class Masked:
    """The text that may be stored, and which kinds were taken out of it."""

    text: str
    kinds: tuple[str, ...]


def mask(text: str, own_ids: OwnIds) -> Masked:
    """Mask `text`. `own_ids` gives the customer's own order and tracking numbers (asked only when it matters)."""
    own_ids = cache(own_ids)
    kinds: list[str] = []
    for kind, find in (("card", runs), ("card", spoken), *((kind, coded(pattern)) for kind, pattern in CODES)):
        spans = list(find(plain_digits(text), own_ids))
        for start, end in reversed(spans):
            text = text[:start] + WORDS[kind] + text[end:]
        kinds += [kind] * bool(spans)
    return Masked(text, tuple(dict.fromkeys(kinds)))


Span = tuple[int, int]


def runs(text: str, own_ids: OwnIds) -> Iterator[Span]:
    """Where card numbers stand: the longest stretch of whole groups that is one, from each group on."""
    for run in RUN.finditer(text):
        groups = [match.span() for match in GROUP.finditer(text, *run.span())]
        at = 0
        while at < len(groups):
            after = next((end for end in ends(text, groups, at) if is_card(text, groups[at:end], own_ids)), None)
            if after is not None:
                yield groups[at][0], groups[after - 1][1]
            at = after or at + 1


def ends(text: str, groups: list[Span], at: int) -> list[int]:
    """Every `end`, the farthest first, with which groups[at:end] has the length of a card number."""
    found, digits = [], 0
    for end, (start, stop) in enumerate(groups[at : at + LONGEST], at + 1):
        digits += stop - start
        if digits > LONGEST:
            break
        if digits >= SHORTEST:
            found.append(end)
    return found[::-1]


def is_card(text: str, groups: list[Span], own_ids: OwnIds) -> bool:
    if not written_like_a_card([stop - start for start, stop in groups]):
        return False
    digits = "".join(text[start:stop] for start, stop in groups)
    is_phone = len(digits) <= LONGEST_PHONE and text[: groups[0][0]].endswith("+")
    return not is_phone and has_card_digits(digits) and not is_own(digits, own_ids())


def written_like_a_card(sizes: list[int]) -> bool:
    """In groups of three and more, or digit by digit, or in pairs: dates and quantities aren't."""
    return all(size >= 3 for size in sizes[:-1]) or len(set(sizes)) == 1


def spoken(text: str, own_ids: OwnIds) -> Iterator[Span]:
    for match in SPOKEN.finditer(text):
        groups = GROUP.findall(match.group())
        digits = "".join(groups)
        if has_card_digits(digits) and not is_own(digits, own := own_ids()) and own.isdisjoint(groups):
            yield match.span()


def coded(pattern: re.Pattern[str]) -> Callable[[str, OwnIds], Iterator[Span]]:
    def find(text: str, own_ids: OwnIds) -> Iterator[Span]:
        for match in pattern.finditer(text):
            if not is_own("".join(GROUP.findall(match["code"])), own_ids()):
                yield match.span("code")

    return find


def has_card_digits(digits: str) -> bool:
    return bool(SCHEMES.fullmatch(digits)) and luhn.is_valid(digits)


def is_own(digits: str, own: set[str]) -> bool:
    """One of the customer's own numbers, a part of a long one, or with a long one in it."""
    return digits in own or any(digits in each or each in digits for each in own if len(each) >= LONG_ID)


def plain_digits(text: str) -> str:
    """The same text, as long, with every script's digits written 0 to 9."""
    return text if text.isascii() else "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
