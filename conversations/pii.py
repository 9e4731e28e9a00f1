"""Personal data in text: cards, e-mail addresses, phone numbers, IBANs and US social security numbers, each checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from stdnum import iban, luhn


@dataclass(frozen=True, slots=True)
class Pii:
    """`kind` as in the evaluation sets: CREDIT_CARD, EMAIL_ADDRESS, PHONE_NUMBER, IBAN_CODE, US_SSN."""

    kind: str
    start: int
    end: int
    raw: str


_CARD: Final = re.compile(r"(?<![\w+-])\d(?:[ -]?\d){11,18}(?![\w-])")
_EMAIL: Final = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w](?:[\w-]{0,62})\.)+[a-z]{2,24}(?![\w-])", re.IGNORECASE)
_IBAN: Final = re.compile(
    r"\b(?:[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?|[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){2,7}[a-z0-9]{0,3})\b"
)
_SSN: Final = re.compile(r"(?<![\w-])(?!000|666|9\d\d)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}(?![\w-])")
# A phone number is known by its shape: a leading +, 00 or (area), groups, an extension; or by the word behind
# it ("8025550148-fax"). Seven bare digits are none.
_CALLED: Final = r"(?:tele)?(?:phone|fax)|mobile|cell|office|home|work|tel"
_PHONE: Final = re.compile(
    r"(?<![\w.+#/-])(?:"
    r"(?:\+|00)\d{1,3}[ .()-]{0,3}(?:\(0\)[ .-]?)?\d{1,4}(?:[ .()/-]{0,2}\d{1,5}){1,6}"
    r"|\(0?\d{2,5}\)[ .-]{0,2}\d{2,5}(?:[ .-]?\d{2,5}){1,3}"
    r"|(?:1[ .-])?\d{3}([ .-])\d{3}\1\d{4}"
    r"|0\d{1,4}(?:[ ./-]\d{2,8}){1,4}"
    r"|\d{2,4}(?:[ -]\d{2,4}){2,4}"
    r"|\d{3,4}[ .-]\d{4}|\d{2}[ -]\d{6}|0\d{9,10}|[2-9]\d{2}[2-9]\d{6}"
    rf"|\d{{8,12}}(?=\s?[-(,]\s?(?:{_CALLED})\b)"
    r")(?:\s?(?:x|ext\.?|extension)\s?\d{1,6})?(?![\w/]|-\d|\.\d)",
    re.IGNORECASE,
)
_DATE: Final = re.compile(
    r"^(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{4})(?!\d)|^(?:19|20)\d{2}[ -](?:19|20)\d{2}$"
)


def _digits(raw: str) -> str:
    return re.sub(r"\D", "", raw)


def _is_card(raw: str) -> bool:
    digits = _digits(raw)
    return 12 <= len(digits) <= 19 and luhn.is_valid(digits) and len(set(digits)) > 1


def _is_iban(raw: str) -> bool:
    """By its checksum alone: a bank that a country's own list doesn't know is an account all the same."""
    return iban.is_valid(raw, check_country=False)


def _is_phone(raw: str) -> bool:
    return 7 <= len(_digits(raw.lower().split("x")[0])) <= 15 and not _DATE.match(raw.strip())


# The surest kind first: what one of them has claimed is nothing else.
_KINDS: Final[tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...]] = (
    ("EMAIL_ADDRESS", _EMAIL, lambda _: True),
    ("IBAN_CODE", _IBAN, _is_iban),
    ("CREDIT_CARD", _CARD, _is_card),
    ("US_SSN", _SSN, lambda _: True),
    ("PHONE_NUMBER", _PHONE, _is_phone),
)
KINDS: Final = tuple(kind for kind, *_ in _KINDS)


def find(text: str) -> tuple[Pii, ...]:
    """Every piece of personal data, in the order of the text, without overlaps."""
    return tuple(sorted(_found(text), key=lambda one: one.start))


def _found(text: str) -> Iterator[Pii]:
    taken: list[tuple[int, int]] = []
    for kind, pattern, is_valid in _KINDS:
        for match in pattern.finditer(text):
            start, end = match.span()
            if is_valid(match[0]) and not any(start < used_end and used < end for used, used_end in taken):
                taken.append((start, end))
                yield Pii(kind=kind, start=start, end=end, raw=match[0])
