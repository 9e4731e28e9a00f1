"""The output guard: nothing of the agent's reaches a customer that breaks one of these checks (S1-52, S1-53, law 4)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from agents.guards import claims, leaks, manner, promises, repeats, topics
from agents.guards.phrases import BANNED, PHRASES
from agents.guards.promises import Backing
from agents.guards.receipts import Receipts, gather
from agents.guards.repeats import Repeats
from agents.guards.sentences import sentences, spans
from agents.results import Result
from conversations import pii

_BANNED: Final = tuple((word, re.compile(pattern, re.IGNORECASE)) for word, pattern in BANNED)
# S1-52 names prices, dates and product specifications; the rest are figures all the same (law 4).
_SPECIFIC: Final = frozenset(
    {
        "money",
        "date",
        "slashed",
        "month",
        "weekday",
        "relative",
        "duration",
        "percent",
        "id",
        "link",
        "time",
        "measure",
        "term",
        "clock",
        "zone",
    }
)
_MARK: Final = re.compile(r"\s*\[\d{1,2}\]")
_FIGURE: Final = re.compile(rf"\d|\b(?:{'|'.join(repeats.SPELT)})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SpeechRules:
    """The policy's part: topics (S1-47), phrases, and the disclosures that are said on purpose (S1-48); `secrets`: what
    may be said in no form."""

    prohibited_topics: tuple[str, ...] = tuple(topics.TOPICS)
    prohibited_phrases: tuple[str, ...] = PHRASES
    disclosures: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()


class Verdict(Result):
    """`violations`: ids, each once; `details`: for the trace, what broke each of them. A failed text is never sent."""

    passed: bool
    violations: tuple[str, ...] = ()
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Guard:
    """What one reply may say. It reads a text or, while a reply is being written, each sentence as it is finished.

    `quoted`: passages that the text repeats word for word (their manner isn't ours); `may_name`: addresses and numbers
    that may be said; `backing`: what this turn did, None where nobody can tell; `may_link`: the hosts that may be
    linked to, None where every receipt of a link will do.
    """

    receipts: Receipts
    rules: SpeechRules
    quoted: tuple[str, ...] = ()
    may_name: tuple[str, ...] = ()
    backing: Backing | None = None
    may_link: tuple[str, ...] | None = None

    def check(self, text: str) -> Verdict:
        return verdict(_broken(text, self))

    def stream(self, pieces: Iterable[str]) -> Iterator[tuple[str, Verdict]]:
        """Each sentence with its verdict as soon as it is whole; nothing comes after one that failed."""
        held = ""
        for piece in pieces:
            held += piece
            *whole, (start, _) = spans(held) or ((0, 0),)
            for a, b in whole:
                found = self.check(held[a:b])
                yield held[a:b], found
                if not found.passed:
                    return
            held = held[start:] if whole else held
        if held.strip():
            yield held.strip(), self.check(held.strip())


def check(
    text: str,
    facts: Iterable[Any],
    rules: SpeechRules | None = None,
    *,
    now: datetime | None = None,
    quoted: Sequence[str] = (),
    may_name: Sequence[str] = (),
    backing: Backing | None = None,
    may_link: Sequence[str] | None = None,
) -> Verdict:
    """`facts`: this turn's tool results, slot values and cited passages; the others as Guard has them."""
    guard = guard_of(facts, rules, now=now, quoted=quoted, may_name=may_name, backing=backing, may_link=may_link)
    return guard.check(text)


check_sentence = check  # a sentence is a text


def guard_of(
    facts: Iterable[Any],
    rules: SpeechRules | None = None,
    *,
    now: datetime | None = None,
    quoted: Sequence[str] = (),
    may_name: Sequence[str] = (),
    backing: Backing | None = None,
    may_link: Sequence[str] | None = None,
) -> Guard:
    receipts, links = gather([*facts, *quoted], now), None if may_link is None else tuple(may_link)
    return Guard(receipts, rules or SpeechRules(), tuple(quoted), tuple(may_name), backing, links)


def check_manner(reply: str, mood: int = 0, *, introduced: str = "") -> Verdict:
    """A whole reply, put together: see manner.py."""
    return verdict(manner.faults(reply, mood, introduced=introduced))


def verdict(broken: Iterable[tuple[str, str]]) -> Verdict:
    found = tuple(broken)
    ids = tuple(dict.fromkeys(identifier for identifier, _ in found))
    return Verdict(passed=not found, violations=ids, details=tuple(f"{id_}: {what}" for id_, what in found))


def _broken(text: str, guard: Guard) -> Iterator[tuple[str, str]]:
    own = _without(text, guard.rules.disclosures)
    bare, misquoted = _unfounded(text, guard.receipts)
    yield from _topics(own, guard.rules, bare)
    yield from _phrases(own, guard.rules, guard.quoted)
    yield from _personal(text, guard.receipts, (*guard.may_name, *_published(guard.quoted)))
    yield from _promised(own, guard)
    for claim in bare:
        yield ("ungrounded_specific_claim" if claim.kind in _SPECIFIC else "no_figure_without_receipt"), claim.raw
    yield from (("ungrounded_specific_claim", sentence) for sentence in misquoted)
    yield from _leaking(text, guard)


def _promised(text: str, guard: Guard) -> Iterator[tuple[str, str]]:
    """What nothing in the turn backs; a page that is quoted says how things go, and promises nothing of this one."""
    if guard.backing is None:
        return
    for sentence in sentences(text):
        if not _is_quoted(sentence, guard.quoted):
            for name, words in promises.unbacked(sentence, guard.backing):
                yield f"unbacked_promise:{name}", words


def _unfounded(text: str, receipts: Receipts) -> tuple[list[claims.Claim], list[str]]:
    """Specifics that no fact holds, and sentences that repeat a source with other figures than its own. What repeats
    one faithfully needs no further receipt."""
    found = claims.read(text)
    bare = [claim for claim in found if not receipts.covers(claim)]
    misquoted = list[str]()
    for start, end in spans(text) if found or _FIGURE.search(text) else ():
        repeated = receipts.repeats(text[start:end])
        if repeated is Repeats.FAITHFULLY:
            bare = [claim for claim in bare if not start <= claim.start < claim.end <= end]
        if repeated is Repeats.WRONGLY:
            misquoted.append(text[start:end])
    return bare, misquoted


def _leaking(text: str, guard: Guard) -> Iterator[tuple[str, str]]:
    """A secret isn't named in the trace either."""
    if leaks.secret(text, guard.rules.secrets):
        yield "secret", "a canary"
    if picture := leaks.picture(text):
        yield "remote_picture", picture
    if guard.may_link is not None:
        yield from (("foreign_link", host) for host in leaks.hosts(text) if not leaks.is_of(host, guard.may_link))


def _plain(text: str) -> str:
    """Quotes and blanks as a keyboard makes them, so that a curly apostrophe hides no phrase."""
    straight = unicodedata.normalize("NFKC", text).translate(str.maketrans("’‘ʼ“”", "'''\"\""))
    return re.sub(r"\s+", " ", straight)


def _without(text: str, disclosures: Sequence[str]) -> str:
    """D20: the disclosure is required, so no check reads it."""
    plain = _plain(text)
    for disclosure in disclosures:
        plain = plain.replace(_plain(disclosure), " ")
    return plain


def _topics(text: str, policy: SpeechRules, bare: Sequence[claims.Claim]) -> Iterator[tuple[str, str]]:
    for topic in policy.prohibited_topics:
        pattern = topics.TOPICS.get(topic)
        if pattern is not None and (match := pattern.search(text)):
            yield f"prohibited_topic:{topic}", match[0]
    if "pricing_not_in_catalog" in policy.prohibited_topics:
        prices = (claim.raw for claim in bare if claim.kind == "money")
        yield from (("prohibited_topic:pricing_not_in_catalog", price) for price in prices)


def _phrases(text: str, policy: SpeechRules, quoted: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    lowered = text.lower()
    for phrase in policy.prohibited_phrases:
        if _plain(phrase).lower() in lowered:
            yield f"prohibited_phrase:{phrase}", phrase
    for sentence in sentences(text):
        if not _is_quoted(sentence, quoted):
            yield from (("banned_word", word) for word, pattern in _BANNED if pattern.search(sentence))


def _is_quoted(sentence: str, quoted: tuple[str, ...]) -> bool:
    bare = _plain(_MARK.sub("", sentence)).strip("-* ")
    return any(bare in _plain(passage) for passage in quoted)


def _published(quoted: tuple[str, ...]) -> Iterator[str]:
    """The numbers and addresses of a page that everybody may read; an account or a card on it stays private."""
    return (one.raw for passage in quoted for one in pii.find(passage) if one.kind in ("PHONE_NUMBER", "EMAIL_ADDRESS"))


def _personal(text: str, receipts: Receipts, may_name: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    allowed = {claims.plain_id(one) for one in may_name}
    for one in pii.find(text):
        is_number = one.kind in ("CREDIT_CARD", "PHONE_NUMBER")
        is_own_id = is_number and ("id", claims.plain_id(one.raw)) in receipts.keys and one.raw.isdigit()
        if claims.plain_id(one.raw) not in allowed and not is_own_id:
            yield "potential_pii_leakage", one.kind
