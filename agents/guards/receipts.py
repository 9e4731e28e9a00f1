"""What a turn may say: the specifics that its facts hold, in every form that wording.py would give them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from agents.guards import claims, repeats
from agents.guards.claims import Claim, Key
from agents.guards.repeats import Pattern, Repeats
from agents.guards.sentences import sentences
from agents.voice import wording
from conversations.money import Money


class Length(int):
    """How many things a list of a fact holds."""


@dataclass(frozen=True)
class Receipts:
    """`facts`: strings (cited passages, tool words) and JSON values of this turn; `now` reads moments on its clock."""

    facts: tuple[Any, ...]
    now: datetime | None = None

    def covers(self, claim: Claim) -> bool:
        test = _TESTS.get(claim.kind)
        return test(self, claim.key) if test else claim.key in self.keys

    def repeats(self, sentence: str) -> Repeats:
        """Whether a sentence says what one of the texts says, with its figures or with others."""
        said = repeats.pattern(sentence)
        return repeats.repeats(said, self._patterns)

    @cached_property
    def _patterns(self) -> tuple[Pattern, ...]:
        """Of whole texts, and of each of their sentences: a short one is the same only as a whole."""
        texts = [leaf for leaf in self._leaves if isinstance(leaf, str) and " " in leaf]
        parts = [part for text in texts for part in sentences(text)]
        return tuple(repeats.pattern(text) for text in dict.fromkeys([*texts, *parts]))

    @cached_property
    def keys(self) -> frozenset[Key]:
        """Everything said outright, as claim keys."""
        return frozenset(self._keys())

    @cached_property
    def dates(self) -> frozenset[date]:
        return frozenset(self._dates())

    @cached_property
    def partial_dates(self) -> frozenset[tuple[int, int]]:
        """(month, day) of dates that a passage names without a year."""
        return frozenset((int(k[2]), int(k[3])) for k in self.keys if k[0] == "date" and k[1] == 0)

    @cached_property
    def text(self) -> str:
        return "\n".join(leaf for leaf in self._leaves if isinstance(leaf, str))

    @cached_property
    def _leaves(self) -> tuple[Any, ...]:
        leaves = [leaf for fact in self.facts for leaf in _walk(fact)]
        return tuple({(type(leaf), leaf): leaf for leaf in leaves}.values())  # each once: facts repeat themselves

    def _keys(self) -> Iterator[Key]:
        for leaf in self._leaves:
            if isinstance(leaf, Money):
                yield ("money", leaf.cents, leaf.currency)
            elif isinstance(leaf, timedelta):
                yield from (claim.key for claim in claims.read(wording.duration(leaf)))
            elif isinstance(leaf, int | float) and not isinstance(leaf, bool):
                yield ("number", round(leaf * 1000))
            elif isinstance(leaf, str) and claims.moment(leaf.strip()) is None:
                yield from self._said(leaf)
        for when in self._moments():
            yield from self._derived(when)

    def _said(self, text: str) -> Iterator[Key]:
        """A string's own specifics; an id or a number in it also counts as what people call it."""
        if claims.plain_id(text):
            yield ("id", claims.plain_id(text))
        for claim in claims.read(text):
            yield claim.key
            if claim.kind == "id":
                yield ("number", claims.number(claim.raw)) if claim.raw.isdigit() else claim.key
            if claim.kind == "measure":
                yield ("number", claim.key[1])
            if claim.kind == "number" and claim.raw.isdigit():
                yield ("id", claim.raw)

    def _moments(self) -> Iterator[date | datetime]:
        for leaf in self._leaves:
            if isinstance(leaf, date):
                yield leaf
            elif isinstance(leaf, str) and (when := claims.moment(leaf.strip())) is not None:
                yield when

    def _dates(self) -> Iterator[date]:
        for when in self._moments():
            yield wording.local_date(when, self.now) if self.now else _own_date(when)
        for key in self.keys:
            if key[0] == "date" and key[1] and (made := _made(key)) is not None:
                yield made
            if key[0] == "slashed":
                yield from (d for d in (_made(("", key[1], key[2], key[3])), _made(("", key[1], key[3], key[2]))) if d)

    def _derived(self, when: date | datetime) -> Iterator[Key]:
        """How long ago it was, and its time of day, as wording.py would put them."""
        if isinstance(when, datetime) and self.now is not None and when.tzinfo is not None:
            local = when.astimezone(self.now.tzinfo)
            yield ("time", local.hour, local.minute)
            yield from (claim.key for claim in claims.read(wording.duration(abs(self.now - when))))
        elif isinstance(when, datetime):
            yield ("time", when.hour, when.minute)
        if self.now is not None:
            apart = wording.days_between(when, self.now)
            yield ("duration", apart * 1000, "day")

    @cached_property
    def _counts(self) -> frozenset[int]:
        """In thousandths: what systems give as plain numbers, or as a text that is nothing else. How long a list is
        counts its own things: one parcel is no week."""
        plain = {
            round(leaf * 1000)
            for leaf in self._leaves
            if isinstance(leaf, int | float) and not isinstance(leaf, bool | Length)
        }
        return frozenset(
            plain | {int(leaf) * 1000 for leaf in self._leaves if isinstance(leaf, str) and leaf.isdecimal()}
        )

    def has_count(self, key: Key) -> bool:
        """A system may name the unit in its field's name ("window_days": 30); in a text the unit stands beside it."""
        return key in self.keys or int(key[1]) in self._counts

    def has_term(self, key: Key) -> bool:
        """What costs nothing is free; everything else is said by a fact, or by none."""
        return key in self.keys or (key[1] == "free" and any(k[:2] == ("money", 0) for k in self.keys))

    def has_clock(self, key: Key) -> bool:
        _, hour, minute = key
        return key in self.keys or any(("time", int(hour) + half, minute) in self.keys for half in (0, 12))

    def has_zone(self, key: Key) -> bool:
        return key in self.keys or (self.now is not None and key[1] == str(self.now.tzname()).lower())

    def has_nth(self, key: Key) -> bool:
        """A place, or the day of a date."""
        place = int(key[1])
        return key in self.keys or ("number", place * 1000) in self.keys or any(d.day == place for d in self.dates)

    def has_date(self, key: Key) -> bool:
        _, year, month, day, weekday = key
        for when in self.dates:
            if (when.month, when.day) == (month, day) and year in (0, when.year) and weekday in (-1, when.weekday()):
                return True
        return (year == 0 and weekday == -1 and (month, day) in self.partial_dates) or key in self.keys

    def has_slashed(self, key: Key) -> bool:
        _, year, a, b = key
        return any((when.year, {when.month, when.day}) == (year, {a, b}) for when in self.dates)

    def has_weekday(self, key: Key) -> bool:
        return key in self.keys or any(when.weekday() == key[1] for when in self.dates)

    def has_month(self, key: Key) -> bool:
        """With a year or without."""
        _, year, month = key
        if key in self.keys or any(when.month == month and year in (0, when.year) for when in self.dates):
            return True
        return year == 0 and any(month == named for named, _ in self.partial_dates)

    def has_relative(self, key: Key) -> bool:
        """A word like "tomorrow" is a date; without a clock only the word itself in a fact covers it."""
        if self.now is None:
            return str(key[1]) in self.text.lower()
        shift = {"yesterday": -1, "today": 0, "tomorrow": 1}[str(key[1])]
        return self.now.date() + timedelta(shift) in self.dates or str(key[1]) in self.text.lower()

    def has_link(self, key: Key) -> bool:
        return str(key[1]) in self.text


_TESTS = {
    "date": Receipts.has_date,
    "slashed": Receipts.has_slashed,
    "weekday": Receipts.has_weekday,
    "month": Receipts.has_month,
    "relative": Receipts.has_relative,
    "duration": Receipts.has_count,
    "percent": Receipts.has_count,
    "measure": Receipts.has_count,
    "term": Receipts.has_term,
    "clock": Receipts.has_clock,
    "zone": Receipts.has_zone,
    "nth": Receipts.has_nth,
    "link": Receipts.has_link,
}


def gather(facts: Iterable[Any], now: datetime | None = None) -> Receipts:
    return Receipts(tuple(facts), now)


def _walk(fact: Any) -> Iterator[Any]:
    """Leaves of JSON; {cents, currency} is money, a list's length is a count that may be said ("2 parcels")."""
    if isinstance(fact, Mapping):
        if set(fact) == {"cents", "currency"}:
            yield Money.from_json(dict(fact))
            return
        for value in fact.values():
            yield from _walk(value)
    elif isinstance(fact, list | tuple | set | frozenset):
        yield Length(len(fact))
        for value in fact:
            yield from _walk(value)
    elif hasattr(fact, "model_dump"):
        yield from _walk(fact.model_dump(mode="json"))
    elif fact is not None:
        yield fact


def _own_date(when: date | datetime) -> date:
    return when.date() if isinstance(when, datetime) else when


def _made(key: Key) -> date | None:
    try:
        return date(int(key[1]), int(key[2]), int(key[3]))
    except ValueError:
        return None
