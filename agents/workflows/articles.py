"""What could be had instead of a line: read in the customer's words, listed with what it costs more or less."""

from __future__ import annotations

from typing import Any, Final, TypedDict

from agents.desk import Desk
from agents.grammar import options
from agents.voice import wording
from tools.shapes import Choice, Order, OrderLine

from .refund import LINES

NEW: Final = "new_items"  # line → article
KNOWN: Final = "articles"  # line → its options and those of the others, for a message that comes without the record
ASKED: Final = "article_asked"
MOST_LISTED: Final = 6
NONE: Final = "none"  # no article is called so: the rules say what is against it


class Known(TypedDict):
    """The options of a line, and those of what could be had instead."""

    has: dict[str, str]
    others: list[dict[str, str]]


def others(order: Order, line: OrderLine) -> list[Choice]:
    """Other articles of the same product, those most like it first."""
    same = [one for one in order.choices if one.product_id == line.product_id and one.item_id != line.item_id]
    return sorted(same, key=lambda one: sum(one.options.get(k) != v for k, v in line.options.items()))


def values_of(every: list[dict[str, str]]) -> dict[str, list[str]]:
    """By option name, all values that there are."""
    names = dict.fromkeys(name for one in every for name in one)
    return {name: list(dict.fromkeys(one[name] for one in every if name in one)) for name in names}


def know(desk: Desk, order: Order) -> list[str]:
    """Keep what could be named; return the names."""
    known: dict[str, Known] = {
        line.line_id: {"has": line.options, "others": [one.options for one in others(order, line)]}
        for line in order.lines
    }
    desk.put(KNOWN, known, "record")
    every = [values_of([one["has"], *one["others"]]) for one in known.values()]
    return [value for values in every for those in values.values() for value in those]


def wish(desk: Desk, line: str, texts: list[str]) -> dict[str, str]:
    """What their words want of this line, the latest counting; each is read against what was wanted before it."""
    known: Known = desk.get(KNOWN)[line]
    values, found = values_of([known["has"], *known["others"]]), dict[str, str]()
    for text in texts:
        found |= options.wanted(text, values, {**known["has"], **found})
    return found


def line_by_wish(desk: Desk) -> None:
    """ "Size L instead" names the one thing that comes in sizes."""
    if not desk.get(LINES):
        fitting = [line for line in desk.get(KNOWN) if wish(desk, line, desk.get("words"))]
        if len(fitting) == 1:
            desk.put(LINES, fitting, "customer")


def choose(desk: Desk, order: Order) -> None:
    """For each line the article that their words mean: the one that fits, or the only one in stock that does."""
    chosen = dict(desk.get(NEW) or {})
    by_place, source = asked_by_place(desk), desk.slots[NEW]["source"] if NEW in desk.slots else "record"
    for line in order.lines:
        if line.line_id in (desk.get(LINES) or ()) and line.line_id not in chosen:
            found = by_place.get(line.line_id) or article(desk, order, line)
            if found:
                chosen[line.line_id] = found
                is_named = line.line_id in by_place or wish(desk, line.line_id, desk.get("words"))
                source = "customer" if is_named else source
    desk.put(NEW, chosen, source)


def article(desk: Desk, order: Order, line: OrderLine) -> str | None:
    every = others(order, line)
    stock = [one for one in every if one.available]
    fit = fitting(desk, line, every)
    there = [one for one in stock if one in fit]
    if not stock:
        return every[0].item_id if every else NONE
    words = desk.get("words") or [desk.text]
    if not wish(desk, line.line_id, words) and any(options.wants_a_step(text) for text in words):
        return None  # "a larger one" of what comes in one size: the only other colour isn't what was asked for
    return there[0].item_id if len(there) == 1 else None


def fitting(desk: Desk, line: OrderLine, every: list[Choice]) -> list[Choice]:
    """Those that are as their words want; all where they want nothing."""
    wanted = wish(desk, line.line_id, desk.get("words"))
    fit = options.fitting(wanted, line.options, [one.options for one in every])
    return [one for one in every if one.options in fit]


def asked_by_place(desk: Desk) -> dict[str, str]:
    """ "The second one" of those just listed."""
    asked, said = desk.get(ASKED), desk.filled.get("ordinal")
    desk.drop(ASKED)
    if not asked or said is None or not isinstance(said.value, int):
        return {}
    listed: list[str] = asked["items"]
    return {asked["line"]: listed[said.value]} if -len(listed) <= said.value < len(listed) else {}


def open_line(desk: Desk) -> str | None:
    """The first line whose article isn't known."""
    return next((line for line in desk.get(LINES) or () if line not in (desk.get(NEW) or {})), None)


def prepare(desk: Desk, order: Order) -> None:
    """What a question for the article lists, kept so that it can come back without the record."""
    line = next((one for one in order.lines if one.line_id == open_line(desk)), None)
    if line is None:
        return
    every = others(order, line)
    stock, fit = [one for one in every if one.available], fitting(desk, line, every)
    listed = (fitting(desk, line, stock) or stock)[:MOST_LISTED]
    is_gone = len(fit) == 1 and not fit[0].available
    desk.put("gone", described(fit[0].options) if is_gone else "", "record")
    desk.put(ASKED, {"line": line.line_id, "item": named(line), "items": [one.item_id for one in listed],
                     "say": [described(one.options) for one in listed],
                     "labels": [label(line, one) for one in listed]}, "record")  # fmt: skip


def ask(desk: Desk) -> None:
    asked: dict[str, Any] = desk.get(ASKED)
    slots = {"item": asked["item"], "order_list": wording.listing(asked["labels"], "or")}
    if desk.get("gone"):
        slots["new"] = desk.get("gone")
    line = desk.ask("write.ask.article.gone" if desk.get("gone") else "write.ask.article", **slots)
    line.facts += list(slots.values())
    line.choices = [{"label": label, "say": say} for label, say in zip(asked["labels"], asked["say"], strict=True)]


def changed(desk: Desk) -> bool:
    """Another article than the one read back is named: it is looked for anew, with all that was said."""
    lines = [line for line in desk.get(LINES) or () if line in (desk.get(NEW) or {})]
    before = (desk.get("words") or [])[:-1]
    other = [line for line in lines if wish(desk, line, [*before, desk.text]) != wish(desk, line, before)]
    if other:
        kept = {line: item for line, item in desk.get(NEW).items() if line not in other}
        desk.put(NEW, kept, desk.slots[NEW]["source"])
    return bool(other)


def named(line: OrderLine) -> str:
    return f"{line.product} ({described(line.options)})"


def described(values: dict[str, str]) -> str:
    return " ".join(values.values())


def label(line: OrderLine, article: Choice) -> str:
    """ "moss 24 l ($12.00 more)"."""
    difference = (article.price - line.unit_price) * line.quantity
    costs = f" ({wording.difference(difference)})" if difference.cents else ""
    return f"{described(article.options)}{costs}"


def swapped(order: Order, chosen: dict[str, str], lines: list[str]) -> str:
    """Pair by pair: "a rucksack (moss 24 l instead of navy 24 l)"."""
    articles = {one.item_id: one for one in order.choices}
    return wording.listing(
        [
            f"{line.product} ({described(articles[chosen[line.line_id]].options)} instead of {described(line.options)})"
            for line in order.lines
            if line.line_id in lines
        ]
    )
