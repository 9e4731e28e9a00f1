"""What leaves the house carries no personal data: placeholders go out, and only the customer's own values come back.

The same value has the same placeholder within one request. Names stay, and so do order numbers that the request names,
even where they look like a phone number. Schemas and tools' descriptions are ours and hold no data.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from stdnum import luhn

from conversations import pii

from .provider import OnText
from .shapes import Request, ToolUse, Who

NAMES: Final = {
    "EMAIL_ADDRESS": "EMAIL",
    "PHONE_NUMBER": "PHONE",
    "CREDIT_CARD": "CARD",
    "IBAN_CODE": "IBAN",
    "US_SSN": "SSN",
}
# A card between other figures, where no end of it is seen: by the groups that are printed on it, or in one piece.
_GROUPED: Final = re.compile(r"(?<!\d)(?=(\d{4}([ -])\d{4}\2\d{4}\2\d{4}|\d{4}([ -])\d{6}\3\d{4,5}|\d{13,19})(?!\d))")
# Numbers in a row without a word between them, the first of them a phone's: too long for one, and nobody sees the ends.
_ROW: Final = re.compile(r"(?<!\w)(?:\+|\(\d)[\d ()./+-]{14,}\d")
_PLACEHOLDER: Final = re.compile(rf"\[(?:{'|'.join(NAMES.values())})_\d+\]")
LONGEST_PHONE: Final = 15  # digits
PASSES: Final = 4  # what stood beside a value may be known only when that is gone
LONGEST: Final = 12  # of a placeholder: more than that after a bracket is none


def plain(raw: str) -> str:
    """One spelling for a value, however it is grouped."""
    if "@" in raw:
        return raw.casefold()
    return "".join(str(unicodedata.digit(one, one)) for one in raw.casefold() if one.isalnum())


@dataclass
class Veil:
    """The placeholders of one request, and which of them stand for values of the customer's own."""

    keep: frozenset[str] = frozenset()
    names: dict[tuple[str, str], str] = field(default_factory=dict)
    own: dict[str, str] = field(default_factory=dict)

    def cover(self, text: str, *, own: bool = False) -> str:
        """The text with placeholders; `own`: what stands in it is the customer's, in the customer's spelling."""
        for _ in range(PASSES):
            before, text = text, self._hide_all(_grouped(text), text, own)
            text = self._hide_all(((one.kind, one.start, one.end) for one in pii.find(text)), text, own)
            if text == before:
                break
        rows = ((one.start(), one.end()) for one in _ROW.finditer(text) if len(plain(one[0])) > LONGEST_PHONE)
        return self._hide_all((("PHONE_NUMBER", start, end) for start, end in rows), text, own)

    def _hide_all(self, found: Iterable[tuple[str, int, int]], text: str, own: bool) -> str:
        parts, at = [], 0
        for kind, start, end in found:
            parts += [text[at:start], self._hide(kind, text[start:end], own)]
            at = end
        return "".join((*parts, text[at:]))

    def _hide(self, kind: str, raw: str, own: bool) -> str:
        if plain(raw) in self.keep:
            return raw
        name = self._name(kind, plain(raw))
        if own:
            self.own.setdefault(name, raw)
        return name

    def _name(self, kind: str, value: str) -> str:
        kind = NAMES[kind]
        number = 1 + sum(1 for known, _ in self.names if known == kind)
        return self.names.setdefault((kind, value), f"[{kind}_{number}]")

    def lift(self, text: str) -> str:
        return _PLACEHOLDER.sub(lambda found: self.own.get(found[0], found[0]), text)

    def lift_all(self, value: Any) -> Any:
        """The same in every text of a JSON value."""
        if isinstance(value, str):
            return self.lift(value)
        if isinstance(value, dict):
            return {self.lift(key): self.lift_all(item) for key, item in value.items()}
        return [self.lift_all(item) for item in value] if isinstance(value, list) else value


def _grouped(text: str) -> Iterator[tuple[str, int, int]]:
    """Where two overlap, one of them is the card and nobody can say which: the whole of both."""
    spans: list[tuple[int, int]] = []
    for card in _GROUPED.finditer(text):
        start, end = card.span(1)
        if not luhn.is_valid(plain(card[1])):
            continue
        if spans and start < spans[-1][1]:
            spans[-1] = spans[-1][0], max(end, spans[-1][1])
        else:
            spans.append((start, end))
    yield from (("CREDIT_CARD", start, end) for start, end in spans)


def covered(request: Request) -> tuple[Request, Veil]:
    """What may leave, and what it takes to read the answer."""
    veil = Veil(frozenset(map(plain, request.keep)))
    said = [replace(one, text=veil.cover(one.text, own=one.who is Who.CUSTOMER)) for one in request.messages]
    for value in request.own:
        veil.cover(value, own=True)
    system = tuple(veil.cover(block) for block in request.system)
    return replace(request, system=system, messages=tuple(said), own=(), keep=()), veil


def left(texts: Iterable[str]) -> tuple[str, ...]:
    """The placeholders that still stand in an answer: known ones of others, and those that the model made up."""
    return tuple(sorted({name for text in texts for name in _PLACEHOLDER.findall(text)}))


def texts_of(value: Any) -> Iterable[str]:
    """Every text of a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, ToolUse):
        yield from texts_of(dict(value.input))
    elif isinstance(value, dict):
        yield from (text for item in value.items() for text in texts_of(list(item)))
    elif isinstance(value, list | tuple):
        yield from (text for item in value for text in texts_of(item))


@dataclass
class Lifting:
    """A stream of pieces, read through the veil: a placeholder that comes in two pieces is held until it is whole."""

    veil: Veil
    tell: OnText
    held: str = ""
    begun: bool = False

    def __call__(self, piece: str) -> None:
        text = self.held + piece
        start = text.rfind("[")
        waits = start >= 0 and "]" not in text[start:] and len(text) - start <= LONGEST
        self.held = text[start:] if waits else ""
        self._tell(text[:start] if waits else text)

    def end(self) -> None:
        held, self.held = self.held, ""
        self._tell(held)

    def _tell(self, text: str) -> None:
        if text:
            self.begun = True
            self.tell(self.veil.lift(text))
