"""Order ids in any spelling, e-mail addresses and zip codes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from agents.grammar.slots import Context, OrderIds, SlotValue

# Each dash and invisible joiner becomes one ASCII sign, so that positions stay those of the customer's text.
_SAME_LENGTH: Final = str.maketrans(
    {
        **{chr(wide): chr(wide - 0xFEE0) for wide in range(0xFF01, 0xFF5F)},
        **dict.fromkeys("‐‑‒–—―−﹣", "-"),
        **dict.fromkeys("\u00a0\u2007\u202f\u2009\u3000", " "),
        "№": "#",
    }
)
_AFTER_WORD: Final = re.compile(
    r"\b(?:order|purchase|confirmation|reference|ref)\s*(?:number|num|numbers|nr|no|id"
    r"|ref)?\.?\s*(?:is|was|:|=|#|-)*\s*"
    r"(#?[a-z]{0,3}[ -]{0,3}\d(?:[ -]?\d){3,})\b",
    re.IGNORECASE,
)
# "where is 10482", "status of 10482": digits in the place of an order; a longer number is something else.
_ASKED_FOR: Final = re.compile(
    r"\b(?:where(?:'s|\s+is|\s+are)?|status\s+(?:of|on|for)|track(?:ing)?|about|regarding|cancel|refund|return)\s+"
    r"(?:the\s+|my\s+|for\s+)?(\d{4,8})\b(?![-.]\d)|(?<![\w-])(\d{4,8})\s+status\b",
    re.IGNORECASE,
)
_HASH: Final = re.compile(r"#\s*([a-z]{0,3}[ -]{0,3}\d(?:[ -]?\d){3,})\b", re.IGNORECASE)
# Letters and digits typed one by one or in groups: "f w 1 0 4 8 2", "F W - 10 482".
_SPACED: Final = re.compile(
    r"(?<![A-Za-z0-9])#?(?:[A-Za-z]{1,3}[ .-]{0,3}|(?:[A-Za-z][ .-]{1,3}){2,3})\d(?:[ "
    r".-]{0,3}\d){3,}(?![A-Za-z0-9])"
)
_BARE: Final = re.compile(r"(?<![\w@.-])\d{4,}(?![\w@-]|\.\d)")
EMAIL: Final = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,62})\.)+[a-z]{2,24}(?![\w-])", re.IGNORECASE
)
_EMAIL_SPOKEN: Final = re.compile(
    r"\b([\w.+-]+)\s*(?:\(at\)|\[at\]| at )\s*([\w-]+)\s*(?:\(dot\)|\[dot\]| dot )\s*([a-z]{2,24})\b", re.IGNORECASE
)
_ZIP_WORD: Final = re.compile(
    r"\b(?:zip|zipcode|zip\s*code|postal\s*code|post\s*code|postcode|plz)\b\s*(?:is|was|:|=)?\s*"
    r"(\d{5}(?:-\d{4})?|[a-z]{1,2}\d[a-z\d]?\s*\d[a-z]{2}|[a-z]\d[a-z]\s?\d[a-z]\d|\d{4})\b",
    re.IGNORECASE,
)
_ZIP_ALONE: Final = re.compile(r"^\s*(\d{5}(?:-\d{4})?|[a-z]{1,2}\d[a-z\d]?\s*\d[a-z]{2})\s*[.!]?\s*$", re.IGNORECASE)


def every(text: str, context: Context) -> SlotValue | None:
    """All order ids in the text, canonical, each once, in the order of mention."""
    found = list(dict.fromkeys(value for value, _, _ in _found(text, context)))
    if not found:
        return None
    spans = [(start, end) for _, start, end in _found(text, context)]
    start, end = spans[0][0], spans[-1][1]
    return SlotValue(value=tuple(found), source_span=(start, end), raw=text[start:end])


def first(text: str, context: Context) -> SlotValue | None:
    for value, start, end in _found(text, context):
        return SlotValue(value=value, source_span=(start, end), raw=text[start:end])
    return None


def email(text: str, _: Context) -> SlotValue | None:
    """Lower-cased; also "alice at example dot com"."""
    if match := EMAIL.search(text):
        return _slot(match, match[0].lower())
    if match := _EMAIL_SPOKEN.search(text):
        return _slot(match, f"{match[1]}@{match[2]}.{match[3]}".lower())
    return None


def zip_code(text: str, context: Context) -> SlotValue | None:
    """After the word, or alone in a message that answers the question for it."""
    match = _ZIP_WORD.search(text) or (_ZIP_ALONE.search(text) if context.expecting == "zip" else None)
    if match is None:
        return None
    return SlotValue(value=" ".join(match[1].upper().split()), source_span=match.span(1), raw=match[1])


def _slot(match: re.Match[str], value: str) -> SlotValue:
    return SlotValue(value=value, source_span=match.span(), raw=match[0])


def _found(text: str, context: Context) -> list[tuple[str, int, int]]:
    """(canonical id, start, end), without overlaps, in the order of the text."""
    if context.order_ids is None:
        return []
    taken: list[tuple[str, int, int]] = [
        ("", *match.span(1)) for match in _ZIP_WORD.finditer(text)
    ]  # called a zip code
    for value, start, end in _candidates(text.translate(_SAME_LENGTH), context, context.order_ids):
        if not any(start < used_end and used_start < end for _, used_start, used_end in taken):
            taken.append((value, start, end))
    return sorted((hit for hit in taken if hit[0]), key=lambda hit: hit[1])


def _candidates(text: str, context: Context, ids: OrderIds) -> Iterator[tuple[str, int, int]]:
    """Surest first: the company's own pattern, then a number after the word "order" or "#", then typed apart, then bare
    digits where an order id was asked for or where the customer has an order with just those digits."""
    for pattern in ids.patterns:
        yield from _normal(pattern.finditer(text), 0, ids)
    for named in (_AFTER_WORD, _HASH):
        yield from _normal(named.finditer(text), 1, ids)
    yield from _typed_apart(text, ids)
    for match in _ASKED_FOR.finditer(text):
        if canonical := ids.normalise(match[1] or match[2]):
            yield canonical, *match.span(1 if match[1] else 2)
    own = {re.sub(r"\D", "", order.order_id): order.order_id for order in context.orders}
    for match in _BARE.finditer(text):
        canonical = own.get(match[0]) or (ids.normalise(match[0]) if context.expecting == "order_id" else None)
        if canonical:
            yield canonical, *match.span()


def _typed_apart(text: str, ids: OrderIds) -> Iterator[tuple[str, int, int]]:
    """Only what is an order number once the gaps are closed: "is 0 5 4 0 1" is a word and a number."""
    for match in _SPACED.finditer(text):
        closed = re.sub(r"[\s.-]+", "", match[0])
        if any(pattern.fullmatch(closed) for pattern in ids.patterns):
            yield from ((canonical, *match.span()) for canonical in (ids.normalise(closed),) if canonical)


def _normal(hits: Iterator[re.Match[str]], group: int, ids: OrderIds) -> Iterator[tuple[str, int, int]]:
    for match in hits:
        end = match.end(group)
        start = end - len(match[group].lstrip())
        canonical = ids.normalise(match[group]) or ids.normalise(re.sub(r"[\s.-]+", "", match[group]))
        if canonical:
            yield canonical, start, end
