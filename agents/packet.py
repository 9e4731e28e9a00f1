"""The handoff packet: six sections from rows, never from a model; 200 words at most, 80 of them first (S1-31, D21).

It covers the whole conversation: what the customer said, gave and was told, and what was looked up on the way.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from agents.grammar import Context, fill
from agents.guards.input import normalise
from agents.intents import rules
from agents.intents.person import wants_person
from agents.intents.taxonomy import PERSON, SMALL_TALK, words
from agents.voice import wording
from tools import breaker

from . import consult, past
from .caps import CAPS
from .desk import Desk
from .triage import FLAGS

if TYPE_CHECKING:
    from .turn import Heard, Thinking

MOST_WORDS: Final = 200
MOST_BRIEF: Final = 60
MOST_QUOTES, QUOTE_WORDS, BRIEF_QUOTE = 3, 66, 28
NOTE_WORDS: Final = 24
MOST_ORDERS: Final = 5
LEAST: Final = 10  # words that every section may have, whatever the others need

NEXT_STEPS: Final[dict[str, str]] = {
    "customer-asked-for-person": "Ask nothing that stands here: greet them and take it from the last message.",
    "not-understood": "Ask in your own words what it is about.",
    "order-not-found": "Find the order by name or address; the numbers given don't match their account.",
    "order-not-identified": "Find out which order it is about.",
    "delivery-problem": "Trace the parcel with the carrier, then offer what the rules allow.",
    "no-reliable-answer": "Answer the question; no article covers it.",
    "answer-not-helpful": "Answer the question: the article quoted to them didn't settle it.",
    "stale-knowledge": "Confirm or correct the quoted page, then answer.",
    "tool-failed": "Look it up by hand: a system didn't answer.",
    "turn-failed": "Take it from the last message: the agent could not work on it.",
    "release-unreadable": "Take it from the last message, and tell an administrator: the live release can't be read.",
    "loop-detected": "Take it from the last message: the agent went in circles.",
    **dict.fromkeys(CAPS, "Take it from the last message: the agent has used up what it may take."),
    "turn-too-slow": "Take it from the last message: the agent took too long.",
    "legal-language-detected": "Read the whole thread before you answer; change nothing on the order meanwhile.",
    "account-security-concern": "Verify who it is before anything else.",
    "safety-concern": "Make sure that everybody is safe before anything else.",
    "personal-loss": "Handle it yourself, at their pace.",
    "self-harm": "Write to them at once: ask whether they are safe, stay with them, follow the crisis procedure.",
    "minor-involved": "Settle it with a parent or guardian; agree on nothing with the minor alone.",
    "sensitive-personal-data": "Keep to what the matter needs, and don't repeat their private facts.",
    "conflict-or-ethics": "Listen first, promise no outcome, and bring it to a manager.",
    "medical-advice": "Give no medical advice: send them to a doctor; say what the product's own papers say.",
    "legal-advice": "Give no legal advice: say what our terms say, or ask the legal team.",
    "vip-threshold": "Look after them in person.",
    "identity-not-proven": "Verify who they are in another way, then do what the rules allow.",
    "refund-to-trace": "Find out where the money is: the record shows what was paid back, and when.",
    "refund-by-person": "Decide about the refund: the rules leave it to a person.",
    "refund-exception": "Decide about the exception: the rules alone would not refund it.",
    "refund-stale": "Look at the order again: it changed between the yes and the refund.",
    "refund-refused": "The payment system refused the refund: find out why, nothing was paid.",
    "refund-unverified": "Check with finance whether the refund went out; never send it again by hand before.",
    "refund-unknown": "Check with finance whether the refund went out; never send it again by hand before.",
    "write-exception": "Decide about the exception: the rules alone would not do it.",
    "write-stale": "Look at the order again: it changed between the yes and the change.",
    "write-refused": "The company's system refused the change: find out why, nothing was done.",
    "write-unknown": "Check with the company's system whether it was done; never do it again by hand before.",
    "write-unverified": "Check with the company's system whether it was done; never do it again by hand before.",
    "authority-level": "Do it yourself: the agent's authority doesn't reach this far.",
    "approval-expired": "Decide about it: nobody did in time.",
    "triage-malformed": "Read it yourself: it could not be sorted.",
    "critic-timeout": "Decide about it: its review didn't answer in time.",
    "critic-error": "Decide about it: its review failed.",
    "critic-malformed": "Decide about it: its review gave no usable answer.",
    "critic-unsure": "Decide about it: its review was not sure.",
    "critic-rejected": "Decide about it: its review spoke against it.",
    "critic-missing": "Decide about it: nobody reviewed it.",
    "item-not-identified": "Find out which item it is about.",
    "offer-not-answered": "They were offered something and didn't answer it: ask what they want.",
    "needs-person": "Carry out what they ask for, or say why not.",
    "language": "Answer in their language: {language}. The agent writes English only.",
    "payment-dispute-over-threshold": "Check the charge against the payments on record, then settle it with them.",
    "max-turns-reached": "Solve it yourself: it has gone on for too long.",
    "conversation-turns-reached": "Solve it yourself: it has gone on for too long.",
    "history-full": "Solve it yourself: it has gone on for too long.",
    "sentiment-degradation": "Start with what went wrong for them, then solve it.",
}
OTHERWISE: Final = "Take it from the last message."
LANGUAGES: Final = {
    "ar": "Arabic", "bn": "Bengali", "cs": "Czech", "da": "Danish or Norwegian", "de": "German", "el": "Greek",
    "es": "Spanish", "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi", "hu": "Hungarian",
    "id": "Indonesian", "it": "Italian", "ja": "Japanese", "ko": "Korean", "nl": "Dutch", "pl": "Polish",
    "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sv": "Swedish", "th": "Thai", "tr": "Turkish",
    "uk": "Ukrainian", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip
CARES: Final = {
    **{name: f"Sensitive: {name.replace('_', ' ')}" for name in FLAGS},
    "steering": "Their text tries to steer the agent: treat it as data",
}

Packet = dict[str, list[str]]


def make(t: Thinking, desk: Desk, heard: Heard | None, reason: str) -> Packet:
    """customer, issue, tried, knowledge, next_steps, tone (lists of bullet points) and `brief`, what to read first."""
    before = past.of(t)
    sections: Packet = {
        "customer": customer(t, before),
        "issue": [*given(t, desk, heard), *quotes(t)],
        "tried": tried(t, before),
        "knowledge": knowledge(t, desk),
        "next_steps": next_steps(t, reason, heard),
        "tone": tone(t, heard),
    }
    main = clip(max(quotes(t), key=lambda quote: len(quote.split())), BRIEF_QUOTE)
    points = [point for name in ("issue", "tried", "knowledge") for point in sections[name]]
    issue = consult.summary(desk, points, main)
    brief = shorten([issue, sections["next_steps"][0], *sections["tone"]], MOST_BRIEF)
    return {"brief": brief, **fit(sections, MOST_WORDS - words_in(brief))}


def customer(t: Thinking, before: past.Past) -> list[str]:
    """Who, which tier, and how often they were here before."""
    who = t.work.customer
    if who["ref"] is None:
        return ["Not signed in: who they are is not proven"]
    name = f"{who['first_name']} {who['last_name']}".strip()
    contacts = before["conversations"]
    earlier = f"{wording.count(contacts, 'earlier conversation')}" if contacts else "First conversation"
    handed = f", {before['handed']} with a person" if before["handed"] else ""
    return [f"{name}, {who['tier']} customer, signed in ({who['ref']})", f"{earlier}{handed}"]


def given(t: Thinking, desk: Desk, heard: Heard | None) -> list[str]:
    """Whatever was asked for and given, or named unasked: nobody asks for it again (S1-34)."""
    slots = {**(t.work.run or {}).get("slots", {}), **desk.slots}
    value = {name: held["value"] for name, held in slots.items()}
    wanted = value.get("wants") or ([heard.picked or heard.answer.best] if heard is not None else [])
    if not set(wanted) - {None, PERSON, SMALL_TALK}:
        wanted = [value.get("intent"), t.memory.focus.get("intent")]
    titles = [t.kit.taxonomy[name].title for name in wanted if name in t.kit.taxonomy]
    also = [t.kit.taxonomy[aside["intent"]].title for aside in t.memory.pending if aside["intent"] in t.kit.taxonomy]
    named = named_by_customer(t, "order_ids")
    orders = [order for order in [value.get("order_id"), *named, *(value.get("also") or ())] if order]
    facts = {
        "Wants": wording.listing([title for title in dict.fromkeys([*titles, *also]) if title]),
        "Order": ", ".join(list(dict.fromkeys(orders))[:MOST_ORDERS]),
        "Reason": str(value.get("reason") or "").replace("_", " "),
        "Item": str(value.get("item") or ""),
        "E-mail given": ", ".join(list(dict.fromkeys(named_by_customer(t, "email")))[-2:]),
    }
    return [f"{label}: {fact}" for label, fact in facts.items() if fact]


def named_by_customer(t: Thinking, slot: str) -> list[str]:
    """What the customer's own words name, in the order of mention, newest message first."""
    found: list[str] = []
    for text in reversed(said_by_customer(t)):
        value = fill(text, context(t)).get(slot)
        if value is not None:
            found += list(value.value) if isinstance(value.value, tuple) else [str(value.value)]
    return found


def context(t: Thinking) -> Context:
    return Context(order_ids=t.kit.pack.order_ids, today=t.work.now.date())


def said_by_customer(t: Thinking) -> list[str]:
    return [normalise(m["text"]) for m in t.work.messages if m["author"] == "customer"]


def quotes(t: Thinking) -> list[str]:
    """The matter in the customer's own words: what came last and what they wrote most about, in its order."""
    found = telling(t) or said_by_customer(t)[-1:]
    if not found:
        return ["Nothing was said yet"]
    weightiest = sorted(range(len(found) - 1), key=lambda place: -len(found[place].split()))[: MOST_QUOTES - 1]
    chosen = [found[place] for place in sorted([*weightiest, len(found) - 1])]
    return [f"“{clip(text, room)}”" for text, room in zip(chosen, shares(chosen), strict=True)]


def shares(texts: list[str]) -> list[int]:
    """How many words each quote may have: short ones all they need, the others what is left."""
    left, rooms = QUOTE_WORDS, [0] * len(texts)
    by_length = sorted(range(len(texts)), key=lambda place: len(texts[place].split()))
    for done, place in enumerate(by_length):
        rooms[place] = min(len(texts[place].split()), left // (len(texts) - done))
        left -= rooms[place]
    return rooms


def telling(t: Thinking) -> list[str]:
    return [text for text in said_by_customer(t) if tells(t, text)]


def tells(t: Thinking, text: str) -> bool:
    """Says something about the matter: more than a greeting, a yes, or the wish for a person."""
    count = len(words(text))
    if wants_person(text):
        return count > 12
    hits = rules.hits(text, t.kit.taxonomy)
    chat = bool(hits) and all(hit.intent == SMALL_TALK for hit in hits)
    return not chat and (
        count >= 3 or (count > 0 and bool(set(fill(text, context(t))) & {"order_id", "email", "reason"}))
    )


def tried(t: Thinking, before: past.Past) -> list[str]:
    """What was looked up and how it went, what was said to them about it, and what an operator wrote; each once."""
    points = [looked_up(look) for look in before["looks"]]
    points += [TOLD[kind].format(order=told["order"]) for told in before["told"] if (kind := kind_of(told["told"]))]
    operators = [m["text"] for m in t.work.messages if m["author"] == "operator"]
    points += [f"An operator wrote: “{clip(operators[-1], NOTE_WORDS)}”"] if operators else []
    return list(dict.fromkeys(points)) or ["Nothing was looked up"]


def looked_up(look: past.Look) -> str:
    """One question to a system, as a person would note it."""
    asked = {"get_order": f"Order {look['order']}", "get_customer": "Their orders", "search_knowledge": "Articles"}
    how = "looked up" if look["ok"] else why_not(look)
    return f"{asked.get(look['tool'], look['tool'].replace('_', ' '))}: {how}"


def why_not(look: past.Look) -> str:
    """A system that was spared is not one that was asked and didn't answer."""
    if (look.get("detail") or "").endswith(breaker.DETAIL):
        return "not looked up, the system has failed too often just now"
    return FAILURES.get(str(look["error"]), f"failed ({look['error']})")


def kind_of(told: str) -> str | None:
    """The row of TOLD for a line of the voice: "status.stuck", else "status"."""
    return next((key for key in (told, told.split(".")[0]) if key in TOLD), None)


FAILURES: Final = {
    "not_found": "not found on their account, or not with that address",
    "unavailable": "failed, the system was not available",
    "timeout": "failed, the system took too long",
}
TOLD: Final = {
    "status.stuck": "Told them that {order} has had no scan for too long",
    "status.late": "Told them that {order} is overdue",
    "status.exception": "Told them that the carrier has a problem with {order}",
    "status.returned_to_sender": "Told them that {order} is on its way back to us",
    "status.returned": "Told them that the return of {order} is here and no refund is on record",
    "status.delivered": "Told them that {order} stands as delivered",
    "status": "Told them where {order} is",
    "several": "Told them where their orders are",
    "stale": "Quoted a page that may be out of date",
    "gap": "Told them that no reliable answer was found",
    "unhelped": "They said that the answer didn't help",
}


def knowledge(t: Thinking, desk: Desk) -> list[str]:
    """The articles that were quoted, earlier and now, with their age; else what the search came up with."""
    quoted = [c for m in t.work.messages for c in m["extra"].get("citations", ())]
    quoted += [c for line in desk.lines for c in line.citations]
    points = [f"{c['title']} ({aged(c)})" for c in quoted]
    result = desk.results.get("search_knowledge")
    if not points and result is not None and result.ok and result.data is not None:
        near = [f"Not quoted: {p['title']} ({aged(p)})" for p in result.data["passages"][:2]]
        points = near or ["No article covers it"]
    return list(dict.fromkeys(points)) or ["No article was needed"]


def aged(source: dict[str, Any]) -> str:
    return f"{wording.count(source['age_days'], 'day')} old{', STALE' if source['stale'] else ''}"


def next_steps(t: Thinking, reason: str, heard: Heard | None) -> list[str]:
    step = NEXT_STEPS.get(reason.split(":")[0], OTHERWISE)
    language = heard.report.language if heard is not None else t.memory.language
    return [step.format(language=LANGUAGES.get(language, language))]


def tone(t: Thinking, heard: Heard | None) -> list[str]:
    """The mood and where it is going, and whatever calls for care."""
    moods = t.memory.moods
    if heard is None:
        return [f"Mood: strength {moods[-1]} of 3" if moods else "Mood not read"]
    seen = heard.triage
    rising = f", {going(moods)}" if len(moods) > 1 else ""
    mood = (
        f"Mood: {seen.sentiment.value}, strength {seen.sentiment_intensity} of 3{rising}; urgency {seen.urgency.value}"
    )
    missed = [f"Not understood: {wording.count(t.memory.misses, 'message')} in a row"] * (t.memory.misses > 1)
    return [mood, *missed, *cares(t, heard)]


def going(moods: list[int]) -> str:
    """How the mood went from message to message, 0 calm to 3 angry."""
    way = "rising" if moods[-1] > moods[0] else "easing" if moods[-1] < moods[0] else "steady"
    return f"{way} ({' '.join(map(str, moods))})"


def cares(t: Thinking, heard: Heard) -> Iterator[str]:
    """Of the whole conversation: a threat three messages ago is still one."""
    for name in t.memory.cares:
        yield CARES.get(name, f"Sensitive: {name}")
    if heard.report.language != "en":
        yield f"Writes {LANGUAGES.get(heard.report.language, heard.report.language)}"


def fit(sections: Packet, room: int) -> Packet:
    """All six sections, cut so that together they keep within `room` words; every section keeps at least one point."""
    kept: Packet = {}
    left = room
    for i, (name, points) in enumerate(sections.items()):
        later = list(sections.values())[i + 1 :]
        others = sum(min(words_in(other), LEAST) for other in later)
        kept[name] = shorten(points, max(left - others, LEAST))
        left -= words_in(kept[name])
    return kept


def shorten(points: list[str], room: int) -> list[str]:
    kept: list[str] = []
    for point in points:
        left = room - words_in(kept)
        if left <= 0:
            break
        kept.append(clip(point, left))
    return kept


def clip(text: str, most: int) -> str:
    parts = text.split()
    return text if len(parts) <= most else " ".join(parts[: max(most - 1, 0)]) + " …"


def words_in(points: list[str]) -> int:
    return sum(len(point.split()) for point in points)
