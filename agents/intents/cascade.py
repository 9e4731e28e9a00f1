"""Which intent a message carries: rules first, then embeddings, then nobody (a model or a person takes it)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from agents.intents import rules, spelling
from agents.intents.answer import TIER_COST, IntentAnswer, IntentCandidate, Tier
from agents.intents.embedding import Embedder, Reading, classifier
from agents.intents.taxonomy import OUTSIDE, PERSON, SMALL_TALK, Intent, Taxonomy, words

RULED: Final = 950  # thousandths: a pattern written for one intent, and no other pattern against it
FOLLOWS: Final = 800  # "and the other one?": carries on with the matter before
# What may end in a write begins only from here on (thousandths): below it lies most of what is no shop's business and
# resembles one; two of 240 customers are asked "Do you mean ...?" instead of served.
BEGINS: Final = 790
MOST: Final = 5  # matters in one message
GUESS: Final = 100  # below it a candidate isn't worth a question
_SLOT_WORDS: Final = 4  # an answer to a question is this short, as a rule
_FOLLOW_WORDS: Final = 7
_CLAUSE: Final = re.compile(
    r"(?<=[.!?;])\s+|\s*\n+\s*|[\s,;]*(?:\band\s+)?(?<!\w)\(?\d[.)]\s+(?=[^\W\d])"
    r"|,?\s+(?:and\s+)?(?:also|(?<!\bmy )(?<!\bthe )(?<!\byour )plus(?!\s+(?:membership|subscription|plan)\b)"
    r"|but\s+also|besides|by\s+the\s+way|oh\s+and|additionally"
    r"|as\s+well\s+as|secondly|second(?:ly)?\s*,|another\s+thing)\b[\s,:]*(?=\S)"
    r"|,?\s+and\s+(?=(?:then|can|could|please|i|where|when|how|what|what's|who|which|why|my|is|are|do|does|did|will"
    r"|would)\b)|,\s+(?:and\s+)?(?=(?:and|then|where|how|what|what's|who|do|does|can\s+i)\b)",
    re.IGNORECASE,
)
_AND: Final = re.compile(r",?\s+and\s+", re.IGNORECASE)
_AND_OR_COMMA: Final = re.compile(r",?\s+and\s+|,\s+", re.IGNORECASE)
_FOLLOW: Final = re.compile(
    r"^\W*(?:and|what\s+about|how\s+about|ok(?:ay)?\s+and|same\s+for|what\s+of)\b", re.IGNORECASE
)
_LEANS: Final = re.compile(r"\b(?:it|they|them|that|this|those|these|there)\b", re.IGNORECASE)
_BARE: Final = re.compile(
    r"^\W*(?:(?:and|so|ok(?:ay)?|but)\W+)*(?:for\s+|by\s+|since\s+|until\s+)?(?:how\s+(?:much|long|many|soon|come)|when"
    r"|why|where|which\s+ones?|what\s+(?:time|day))\W*$",
    re.IGNORECASE,
)
_QUESTION: Final = re.compile(
    r"^\W*(?:(?:and|also|then|but|so|please|wait|oh)[\s,]+)*(?:what|what's|how|when|where|who|which|why|is|are|do|does|did"
    r"|can|could|may|will|would)\b",
    re.IGNORECASE,
)

_MEASURES: Final = re.compile(
    r"\bhow\s+(?:long|much|many|soon|often)\b|\bwhat\s+(?:does|do|would)\b[^?]*\bcost\b", re.IGNORECASE
)
_KIND: Final = re.compile(
    r"^\W*(?:(?:great|good|nice|cool|perfect|ok(?:ay)?|alright|thanks?|thank\s+you|thx|cheers|so\s+much|and|but)[\s,.!]+)+",
    re.IGNORECASE,
)
FROM_PAGES: Final = "answer_question"  # the workflow of what only pages answer

# Where a letter says what it wants; the rest are circumstances.
_WISH: Final = re.compile(
    r"\?|\b(?:please|pls|plz|kindly)\b|\b(?:can|could|would|will|may|might)\s+(?:you|i|we|somebody|someone|it)\b"
    r"|\b(?:i|we)(?:'d|\s+would)\s+(?:like|love|rather|prefer|appreciate)\b|\b(?:i|we)\s+(?:just\s+|really\s+)?(?:want|need|wish|demand"
    r"|request|ask|hope)\b|\b(?:let|tell|send|give|help|get|put)\s+(?:me|us)\b|\bi'?m\s+(?:asking|looking|wondering|hoping)\b"
    r"|\b(?:how|what|where|when|which|why|who)\s+(?:do|does|can|could|should|is|are|will|would)\b",
    re.IGNORECASE,
)
HINT: Final = 30  # thousandths
LETTER: Final = 40  # words: more than a question and its circumstances

Span = tuple[int, int]


def classify(
    text: str,
    history: Sequence[str],
    taxonomy: Taxonomy,
    embedder: Embedder,
    *,
    expecting: str | None = None,
    folder: Path | None = None,
) -> IntentAnswer:
    """`history`: the customer's earlier messages, oldest first; `expecting`: the slot that a running workflow asked for
    (a short answer is then a slot, not an intent); `folder`: where trained classifiers are kept."""
    ruling = by_rules(text, taxonomy)
    if ruling.intents or not words(text):
        return ruling
    if expecting is not None and len(words(text)) <= _SLOT_WORDS:
        return _nothing(Tier.RULES, f"a short answer to the question for {expecting}")
    line = taxonomy.thresholds
    needed = RULED if expecting or len(words(text)) == 1 else line.floor  # one word alone is no sentence to resemble
    by_embedding = _by_embedding(text, taxonomy, embedder, folder, needed=needed)
    if by_embedding.confidence < line.part and (followed := _following(text, history, taxonomy, _FOLLOW)) is not None:
        return followed
    if (leaning := _on_the_same_pages(by_embedding, text, history, taxonomy)) is not None:
        return leaning
    if by_embedding.best == SMALL_TALK and (mended := _respelt_rules(text, taxonomy)) is not None:
        return mended  # "hey, wher is my lampp": it only begins like a chat
    if by_embedding.best == SMALL_TALK and (asked := _besides(text, history, taxonomy, embedder, folder)) is not None:
        return asked
    if by_embedding.intents:
        return by_embedding
    if expecting is not None:
        return _respelt_rules(text, taxonomy) or by_embedding
    if (followed := _following(text, history, taxonomy, _LEANS)) is not None:
        return followed.model_copy(update={"leans": True})
    return _respelt(text, taxonomy, embedder, folder, by_embedding)


def _besides(
    text: str, history: Sequence[str], taxonomy: Taxonomy, embedder: Embedder, folder: Path | None
) -> IntentAnswer | None:
    """What a message asks beside its kind words: "good morning, I hope you are well. How is my kettle doing?" is no
    chat, even where nobody is sure what it is."""
    spans = clause_spans(text)
    asking = [span for span in spans if _QUESTION.search(text[slice(*span)]) or text[span[1] - 1] == "?"]
    if not asking or len(asking) == len(spans):
        return None
    start, end = asking[0][0], asking[-1][1]
    found = classify(text[start:end], history, taxonomy, embedder, folder=folder)
    if found.best == SMALL_TALK:
        return None
    intents = tuple(_moved(candidate, start) for candidate in found.intents)
    return found.model_copy(update={"intents": intents})


def _moved(candidate: IntentCandidate, by: int) -> IntentCandidate:
    span = candidate.span
    return candidate if span is None else candidate.model_copy(update={"span": (span[0] + by, span[1] + by)})


def _on_the_same_pages(
    answer: IntentAnswer, text: str, history: Sequence[str], taxonomy: Taxonomy
) -> IntentAnswer | None:
    """Not sure which page a question asks for: the message before says what "it" is."""
    best = taxonomy.get(answer.best)
    followed = _following(text, history, taxonomy, _LEANS)
    if followed is not None and measures(text) and taxonomy[str(followed.best)].workflow == FROM_PAGES:
        return followed.model_copy(update={"leans": True})  # "how long does it take?" behind what it costs
    if best is None or best.acts or answer.confidence >= taxonomy.thresholds.part or not _QUESTION.search(text):
        return None
    if followed is None or taxonomy[str(followed.best)].workflow != best.workflow:
        return None
    return followed.model_copy(update={"leans": True})


def ruled(text: str, taxonomy: Taxonomy) -> bool:
    """The rules settle it: no embedding is asked."""
    return bool(by_rules(text, taxonomy).intents) or not words(text)


def clauses(text: str) -> tuple[str, ...]:
    """Parts that may each hold a matter of their own."""
    return tuple(text[start:end] for start, end in clause_spans(text))


def clause_spans(text: str) -> tuple[Span, ...]:
    """Where the clauses stand; a part of one word belongs to its neighbour and is none."""
    spans = _between(_CLAUSE, text)
    return tuple(span for span in spans if len(words(text[slice(*span)])) >= 2) or ((0, len(text)),)


def wishes(text: str) -> tuple[Span, ...]:
    """The clauses of a letter that want or ask something; none where the text is no letter, or all of it asks."""
    if len(words(text)) <= LETTER:
        return ()
    spans = clause_spans(text)
    found = tuple(span for span in spans if _WISH.search(text[slice(*span)]))
    return found if len(found) < len(spans) else ()


def questions(text: str) -> tuple[str, ...]:
    """The questions of a text that asks several things about one matter, each with the words that it needs: one that
    leans on the others ("and what does it cost?") keeps them all."""
    parts = [part for part in clauses(text) if _QUESTION.search(part)]
    if len(parts) < 2:
        return (text,)
    return tuple(text if place and _LEANS.search(part) else part for place, part in enumerate(parts))[:MOST]


def follows(text: str) -> bool:
    """Short, and only meaningful behind what was said before."""
    return len(words(text)) <= _FOLLOW_WORDS and bool(_FOLLOW.search(text) or _LEANS.search(text) or is_bare(text))


def measures(text: str) -> bool:
    """Asks how long, how much or how often."""
    return bool(_MEASURES.search(text))


def is_bare(text: str) -> bool:
    """A question word and nothing that it asks about: "how much?"."""
    return bool(_BARE.search(text))


def _between(cut: re.Pattern[str], text: str) -> list[Span]:
    """What lies between the cuts, without the blanks around it; empty parts are left out."""
    edges = [0, *(edge for match in cut.finditer(text) for edge in match.span()), len(text)]
    found = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        part = text[start:end]
        if part.strip():
            found.append((start + len(part) - len(part.lstrip()), start + len(part.rstrip())))
    return found


def by_rules(text: str, taxonomy: Taxonomy) -> IntentAnswer:
    """What the patterns of each clause agree on; where two of them disagree, nothing is decided here."""
    hits = _tops(text, wishes(text), taxonomy) or _chosen(text, rules.hits(text, taxonomy), taxonomy)
    chosen = _at_home(hits, text, taxonomy)
    spans = _hulls((hit.intent, span) for hit, span in chosen)
    names = _ordered(spans)
    if not names:
        return _nothing(Tier.RULES, "no pattern decides")
    why = "; ".join(f"{hit.intent}: {hit.pattern}" for hit, _ in chosen if hit.intent in names)
    return IntentAnswer(
        intents=tuple(IntentCandidate(name=n, confidence=RULED, span=_span(n, spans, text)) for n in names),
        tier=Tier.RULES,
        cost=TIER_COST[Tier.RULES],
        explanation=why,
    )


def _chosen(text: str, whole: Sequence[rules.Hit], taxonomy: Taxonomy) -> list[tuple[rules.Hit, Span]]:
    """The hit of each clause; a plain "and" parts clauses only where both sides hold a matter of their own."""
    if not whole:
        return []
    parts = clause_spans(text)
    cut = _AND_OR_COMMA if len(parts) == 1 else _AND  # behind a comma of several clauses stands a reason, as a rule
    parts = tuple(side for part in parts for side in _sides(text, part, cut, taxonomy))
    per_part = _tops(text, parts, taxonomy) if len(parts) > 1 else []
    top = _agreed(whole)
    if top is not None and all(_leans_on(hit, text[slice(*span)], top) for hit, span in per_part):
        per_part = []  # "it" is what the sentence before named
    return per_part or ([] if top is None else [(top, (0, len(text)))])


def _sides(text: str, part: Span, cut: re.Pattern[str], taxonomy: Taxonomy) -> list[Span]:
    """What a plain "and" parts, where the clause holds several matters and each side one; else the clause as it is."""
    start, end = part
    if len(rules.hits(text[start:end], taxonomy)) < 2:
        return [part]
    found = [(start + first, start + last) for first, last in _between(cut, text[start:end])]
    sides = [span for span in found if len(words(text[slice(*span)])) >= 2]
    return sides if len(sides) > 1 and len(_tops(text, sides, taxonomy)) == len(sides) else [part]


def _leans_on(hit: rules.Hit, clause: str, top: rules.Hit) -> bool:
    """The clause says what to do with "it", and a surer pattern has read it together with what "it" is."""
    return hit.intent != top.intent and hit.priority < top.priority and bool(_LEANS.search(clause))


def _tops(text: str, parts: Sequence[Span], taxonomy: Taxonomy) -> list[tuple[rules.Hit, Span]]:
    found = [(_agreed(rules.hits(text[slice(*span)], taxonomy)), span) for span in parts]
    return [(hit, span) for hit, span in found if hit is not None]


def _at_home(found: Sequence[tuple[rules.Hit, Span]], text: str, taxonomy: Taxonomy) -> list[tuple[rules.Hit, Span]]:
    """Without what may be another house's matter, by the whole text or by its own clause; a person and a chat are
    everywhere at home."""
    abroad = taxonomy.is_elsewhere(text)
    return [
        (hit, span)
        for hit, span in found
        if hit.intent in (PERSON, SMALL_TALK) or not (abroad or taxonomy.is_elsewhere(text[slice(*span)]))
    ]


def _agreed(found: Sequence[rules.Hit]) -> rules.Hit | None:
    if not found or (len(found) > 1 and found[0].priority == found[1].priority):
        return None
    return found[0]


def _hulls(found: Iterable[tuple[str, Span]]) -> dict[str, Span]:
    """Each intent with the stretch of text from its first clause to its last."""
    hulls: dict[str, Span] = {}
    for name, (start, end) in found:
        known = hulls.get(name, (start, end))
        hulls[name] = (min(start, known[0]), max(end, known[1]))
    return hulls


def _span(name: str, spans: dict[str, Span], text: str) -> Span | None:
    """Where a matter stands, unless it is all of the text."""
    return None if spans[name] == (0, len(text)) else spans[name]


def _ordered(names: Iterable[str]) -> tuple[str, ...]:
    """Each once; a person first, small talk only when there is nothing else."""
    unique = list(dict.fromkeys(names))
    business = [name for name in unique if name != SMALL_TALK]
    return tuple(sorted(business or unique, key=lambda name: name != PERSON))[:MOST]


def _following(text: str, history: Sequence[str], taxonomy: Taxonomy, sign: re.Pattern[str]) -> IntentAnswer | None:
    """A short message that leans on the one before it ("and the other one?", "how much does it cost?") means the same
    matter."""
    if not history or len(words(_KIND.sub("", text))) > _FOLLOW_WORDS or not sign.search(text):
        return None
    before = by_rules(history[-1], taxonomy)
    if before.best in (None, SMALL_TALK, PERSON):
        return None
    intents = (IntentCandidate(name=str(before.best), confidence=FOLLOWS),)
    return before.model_copy(update={"intents": intents, "explanation": "carries on with the message before"})


def _respelt(
    text: str, taxonomy: Taxonomy, embedder: Embedder, folder: Path | None, plain: IntentAnswer
) -> IntentAnswer:
    """The same question without its slips of the keyboard; what that says has to be surer than a clean text."""
    mended = spelling.mend(text, taxonomy)
    if mended == text:
        return plain
    if (ruled_again := _respelt_rules(text, taxonomy)) is not None:
        return ruled_again
    if plain.outside:
        return plain
    if taxonomy.is_elsewhere(text):
        return plain
    again = _by_embedding(mended, taxonomy, embedder, folder, needed=taxonomy.thresholds.part)
    return _spanless(again) if again.intents else plain


def _respelt_rules(text: str, taxonomy: Taxonomy) -> IntentAnswer | None:
    """What the rules make of the text without its slips, where there are some."""
    mended = spelling.mend(text, taxonomy)
    strange = taxonomy.is_elsewhere(text)  # "tires" are not made wires
    again = by_rules(mended, taxonomy) if mended != text and not strange else None
    return _spanless(again) if again is not None and again.intents else None


def _spanless(again: IntentAnswer) -> IntentAnswer:
    """Places in a mended text are none in the customer's."""
    intents = tuple(candidate.model_copy(update={"span": None}) for candidate in again.intents)
    return again.model_copy(update={"intents": intents, "explanation": f"respelt; {again.explanation}"})


def _by_embedding(
    text: str, taxonomy: Taxonomy, embedder: Embedder, folder: Path | None, *, needed: int
) -> IntentAnswer:
    asked = wishes(text)
    parts = [span for span in asked or clause_spans(text) if text[slice(*span)] != text]
    model = classifier(taxonomy, embedder, folder)
    whole, *rest = model.read([text, *(text[slice(*span)] for span in parts)], embedder)
    everywhere, tops = (0, len(text)), _at_home(_tops(text, parts, taxonomy), text, taxonomy)
    said = [
        *((hit.intent, span) for hit, span in tops),
        *(
            (name, span)
            for reading, span in zip(rest, parts, strict=True)
            for name in _sure(reading, taxonomy, max(needed, taxonomy.thresholds.part), text[slice(*span)])
            if not _is_outburst(text[slice(*span)], taxonomy[name])
        ),
    ]
    if taxonomy.is_elsewhere(text):
        said = [one for one in said if not taxonomy[one[0]].acts]
    of_all = [(name, everywhere) for name in _sure(whole, taxonomy, needed, text)]
    if asked and of_all:  # what a letter as a whole gives no hint of is a circumstance
        hinted = {name for name, chance in whole.ranked if 1000 * chance >= HINT}
        said = [one for one in said if one[0] in hinted]
    spans = _hulls([*of_all, *said])
    chances: dict[str, int] = {}
    for reading in (whole, *rest):  # a clause may say surely what the whole message only hints at
        for name, chance in _scores(reading, taxonomy).items():
            chances[name] = max(chance, chances.get(name, 0))
    chances |= {hit.intent: RULED for hit, _ in tops}
    names = _ordered(spans)
    intents = tuple(
        IntentCandidate(name=n, confidence=chances.get(n, RULED), span=_span(n, spans, text)) for n in names
    )
    if intents:
        return IntentAnswer(
            intents=intents,
            guesses=_guesses(whole, taxonomy, intents),
            tier=Tier.EMBEDDING,
            cost=TIER_COST[Tier.EMBEDDING],
            explanation=f"nearest example: {whole.nearest}",
        )
    return _unknown(text, whole, taxonomy)


def _scores(reading: Reading, taxonomy: Taxonomy) -> dict[str, int]:
    found = {name: round(1000 * chance) for name, chance in reading.ranked if name != OUTSIDE}
    first = reading.ranked[0][0]
    return found if first == OUTSIDE else {**found, first: round(1000 * _worth(reading, taxonomy))}


def _worth(reading: Reading, taxonomy: Taxonomy) -> float:
    """How sure the first is, together with those that are answered in the same way, less what speaks for nobody's
    business: nobody is asked which of two questions for the pages they mean."""
    name, alone = reading.ranked[0]
    first, outside = taxonomy[name], dict(reading.ranked).get(OUTSIDE, 0.0)
    if first.acts or first.sensitive or first.handed_over:
        return alone
    alike = (taxonomy.get(name) for name, _ in reading.ranked)
    same = {one.name for one in alike if one is not None and one.workflow == first.workflow}
    return max(alone, sum(chance for name, chance in reading.ranked if name in same) - outside)


def _sure(reading: Reading, taxonomy: Taxonomy, needed: int, text: str) -> list[str]:
    """The first of a reading when it lies inside the company's business and is sure enough for what it is."""
    name, _ = reading.ranked[0]
    if name == OUTSIDE or reading.margin < 0 or (taxonomy[name].acts and taxonomy.is_elsewhere(text)):
        return []
    against = dict(reading.ranked).get(OUTSIDE, 0.0) if taxonomy[name].acts else 0.0
    return (
        [name]
        if round(1000 * (_worth(reading, taxonomy) - against)) >= max(needed, _least(taxonomy, name, text))
        else []
    )


def _is_outburst(clause: str, intent: Intent) -> bool:
    """ "This is ridiculous!" beside what somebody wants is how they feel about it, and no matter for a colleague."""
    return intent.sensitive and intent.handed_over and len(words(clause)) <= _SLOT_WORDS


def _least(taxonomy: Taxonomy, name: str, text: str) -> int:
    """What would change something has to be as sure as what is sensitive, and surer where a word of other people's
    business stands."""
    wanted, intent = taxonomy.thresholds, taxonomy[name]
    if intent.acts and not taxonomy.foreign.isdisjoint(words(text)):
        return wanted.part
    if intent.acts:
        return max(wanted.sure, BEGINS)
    return wanted.sure if intent.sensitive else wanted.floor


def _guesses(
    reading: Reading, taxonomy: Taxonomy, taken: Sequence[IntentCandidate] = ()
) -> tuple[IntentCandidate, ...]:
    """A person and small talk are no guesses: nobody is asked whether they meant either."""
    used = {candidate.name for candidate in taken} | {SMALL_TALK, PERSON}
    best = [(name, score) for name, score in _scores(reading, taxonomy).items() if name not in used and score >= GUESS]
    return tuple(IntentCandidate(name=name, confidence=score) for name, score in best[:2])


def _unknown(text: str, reading: Reading, taxonomy: Taxonomy) -> IntentAnswer:
    """Nobody is sure. Readable talk that looks like nobody's business here is outside; the rest is worth a question,
    and a text without one word that we know is worth an open one."""
    known = sum(word in taxonomy.vocabulary for word in words(text))
    readable = known >= 2 and known * 3 >= len(words(text))
    outside = readable and reading.ranked[0][0] == OUTSIDE and reading.ranked[0][1] >= 0.5
    return IntentAnswer(
        intents=(),
        guesses=() if outside or known * 3 < len(words(text)) else _guesses(reading, taxonomy),
        tier=Tier.UNKNOWN,
        outside=outside,
        cost=TIER_COST[Tier.UNKNOWN],
        explanation=f"nearest example: {reading.nearest}",
    )


def _nothing(tier: Tier, why: str) -> IntentAnswer:
    return IntentAnswer(intents=(), tier=tier, cost=TIER_COST[tier], explanation=why)
