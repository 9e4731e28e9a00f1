"""The signed-in customer's own orders: read once, read in their words, listed so that they can choose."""

from __future__ import annotations

import re
from typing import Final

from agents.desk import Desk
from agents.grammar import KnownOrder
from agents.grammar.items import TIE, matches, telling
from agents.voice import wording
from tools.shapes import Account, OrderStatus, OrderSummary

OPEN: Final = frozenset({OrderStatus.PENDING, OrderStatus.PROCESSING, OrderStatus.SHIPPED})
MOST_LISTED: Final = 4
MOST_KNOWN: Final = 40
MOST_COMPARED: Final = 20
ALIKE, CLEARLY = 350, 100  # thousandths: near enough to ask whether they mean it, and this much nearer than the next
_OTHER: Final = re.compile(
    r"\b(?:the\s+|my\s+|an)?others?\s*(?:ones?|orders?|parcels?|packages?|half)?\b", re.IGNORECASE
)
_IT: Final = re.compile(r"\b(?:it|its|that|this|that\s+one|this\s+one|the\s+same(?:\s+one)?)\b", re.IGNORECASE)
_OLDER: Final = re.compile(
    r"\b(?:older|earlier|previous|past)\b|\bnone\s+of\b|\bneither\b|\bnot\s+(?:on|in)\s+(?:the|that|your)\s+list\b|\banother\s+one\b",
    re.IGNORECASE,
)
_ANY_ORDER: Final = re.compile(
    r"\b(?:my|our|the|an?|another|other)\s+(?:\w+\s+)?(?:orders?|parcels?|packages?|stuff|things?|deliver(?:y|ies)|ones?)\b",
    re.IGNORECASE,
)

_THING: Final = re.compile(r"\b(?:the|my|our)\s+((?:[a-z][\w'-]*[ ]?){1,3})", re.IGNORECASE)
# What people speak of beside what they bought: naming it names no goods.
_NO_GOODS: Final = re.compile(
    r"\b(?:money|refunds?|cards?|labels?|address|time|day|days|week|weeks|month|box|prices?|amount|name|e-?mail|mail|account"
    r"|door|way|post|courier|carrier|driver|shop|site|website|app|page|office|home|house|receipt|invoice|bill|payment"
    r"|confirmation|reference|status|problem|reason|answer|question|whole|rest)\b",
    re.IGNORECASE,
)


def read(desk: Desk) -> bool:
    """Read the account; False when it can't be read."""
    result = desk.look("get_customer")
    if result.ok:
        orders = Account.model_validate(result.data).orders[:MOST_KNOWN]
        desk.put("orders", [o.model_dump(mode="json") for o in orders], "record")
        desk.own_ids |= {digits_of(o.order_id) for o in orders}
    return result.ok


def known(desk: Desk) -> list[OrderSummary]:
    """The customer's orders as this run has read them, newest first."""
    return [OrderSummary.model_validate(row) for row in desk.get("orders") or ()]


def in_question(desk: Desk) -> list[OrderSummary]:
    """The open orders, or all when none is open; "the other one" is not the one just spoken about."""
    orders = known(desk)
    if desk.focus.get("order") and _OTHER.search(desk.text):
        orders = [o for o in orders if o.order_id != desk.focus["order"]]
    return [o for o in orders if o.status in OPEN] or orders


def holding(desk: Desk, orders: list[OrderSummary]) -> list[OrderSummary]:
    """Those with the thing that their words name; all where they name none of what is in them."""
    found = matches(desk.text, [KnownOrder(one.order_id, tuple(one.products)) for one in orders])
    named = {match.order_id for match in found if match.score >= found[0].score - TIE}
    return [one for one in orders if one.order_id in named] or orders


def hear_which(desk: Desk) -> None:
    """Their own words may name an order by number, by what was in it, or by its place in the list."""
    if "order_id" not in desk.used:
        desk.read_again(tuple(KnownOrder(o.order_id, tuple(o.products)) for o in known(desk)))
        desk.hear("order_id")
    if desk.get("order_id") is None and desk.get("likely") and agrees(desk):
        desk.put("order_id", desk.get("likely"), "customer")


def agrees(desk: Desk) -> bool:
    """Yes to the likeliest, or words that go on about what they had named themselves ("the money for it back")."""
    said = desk.filled.get("answer")
    if said is not None:
        return said.value == "yes"
    return desk.get("meant") == desk.get("likely") and means_it(desk) and not names_goods(desk.text)


def means_the_one_before(desk: Desk) -> bool:
    """ "When will it arrive?" behind an order that was just looked up."""
    names_another = _ANY_ORDER.search(desk.text) or _OTHER.search(desk.text) or "all" in desk.filled
    is_it = _IT.search(desk.text) is not None and not names_goods(desk.text)
    return bool(desk.focus.get("order")) and not names_another and is_it


def the_one_beside(desk: Desk) -> str | None:
    """ "And the other one": the order that they named beside the one just spoken about."""
    also: list[str] = desk.focus.get("also") or []
    return str(also[0]) if len(also) == 1 and _OTHER.search(desk.text) else None


def note_the_others(desk: Desk) -> None:
    """Several orders named at once: one is taken up, and the others aren't forgotten."""
    every = desk.filled.get("order_ids")
    if every is not None and isinstance(every.value, tuple):
        desk.put("also", [one for one in every.value if one != desk.get("order_id")], "customer")


def tell_the_others(desk: Desk) -> None:
    if also := desk.get("also"):
        line = desk.say("write.also", order_list=wording.listing(also))
        line.facts += also
        line.choices = [{"label": one, "say": f"And {one}?"} for one in also]


def names_goods(text: str) -> bool:
    """ "It took too long, refund the lamp": the thing that is named may be of another order than the last one."""
    return any(telling(_NO_GOODS.sub(" ", named)) for named in _THING.findall(text))


def named_otherwise(desk: Desk, orders: list[OrderSummary]) -> OrderSummary | None:
    """The order with what they may mean by a word that stands in no name ("the plates": a dinner set); only one to ask
    about, and only where nothing else comes as near."""
    said = [name for name in (_NO_GOODS.sub(" ", found) for found in _THING.findall(desk.text)) if telling(name)]
    names = [(order, product) for order in orders[:MOST_COMPARED] for product in order.products]
    if not said or not names or matches(desk.text, [KnownOrder(o.order_id, tuple(o.products)) for o in orders]):
        return None
    words, goods = said[-1].strip().lower(), [product for _, product in names]
    scores = desk.ports.call("likeness", [words, goods], lambda: desk.kit.likeness(words, goods), outside=False)
    best = max(range(len(names)), key=lambda place: scores[place])
    order = names[best][0]
    rest = max((score for score, (other, _) in zip(scores, names, strict=True) if other is not order), default=0)
    return order if scores[best] >= ALIKE and scores[best] - rest >= CLEARLY else None


def asks_about(desk: Desk, orders: list[OrderSummary]) -> bool:
    """Ask about the order that their own word for it points at; once for each, and it doesn't count as asking again."""
    found = None if desk.returning else named_otherwise(desk, orders)
    if found is None or found.order_id == desk.get("likely"):
        return False
    desk.put("likely", found.order_id, "agent")
    desk.put("meant", found.order_id, "agent")
    desk.got_on = True
    offer(desk, [found])
    desk.ask("ask_order.meant", likely_order=describe(desk, found)).choices = choices(desk, [found])
    return True


def means_it(desk: Desk) -> bool:
    """ "It", "that one": what was just spoken about."""
    return _IT.search(desk.text) is not None


def ask_which(desk: Desk) -> None:
    """List what is in question; the second time name the likeliest."""
    listed = offer(desk, in_question(desk))
    if int(desk.get("asked") or 0) <= 1 and not desk.returning:
        line = desk.ask(
            "ask_order.known", how_many=desk.derived(how_many(desk, listed)), order_list=listing(desk, listed)
        )
    else:
        desk.put("likely", listed[0].order_id, "agent")
        line = desk.ask("ask_order.known.again", likely_order=describe(desk, listed[0]))
    line.choices = choices(desk, listed)


def means_older(desk: Desk) -> bool:
    """None of the orders offered: an older one, when there are older ones."""
    if not desk.get("offered"):
        return False
    others = [o for o in known(desk) if o.order_id not in desk.get("offered")]
    return bool(others) and (desk.get("choice") in ("no", "no_but") or _OLDER.search(desk.text) is not None)


def ask_older(desk: Desk) -> None:
    before = list(desk.get("offered"))
    listed = offer(desk, [o for o in known(desk) if o.order_id not in before])
    line = desk.ask("ask_order.older", order_list=listing(desk, listed))
    line.choices = choices(desk, listed)


def ask_again_for(desk: Desk, typed: str) -> None:
    """What was typed is on no order of theirs."""
    listed = offer(desk, in_question(desk))
    if not listed:
        desk.ask("order_not_found.none", typed=typed)
        return
    key = "order_not_found.one" if only(desk, listed) else "order_not_found"
    line = desk.ask(key, typed=typed, order_list=listing(desk, listed))
    line.choices = choices(desk, listed)


def ask_which_for(desk: Desk, key: str, orders: list[OrderSummary]) -> None:
    """List the newest of the orders that a matter can be about."""
    listed = offer(desk, orders)
    line = desk.ask(f"{key}.one" if only(desk, listed) else key, order_list=listing(desk, listed))
    line.choices = choices(desk, listed)


def only(desk: Desk, listed: list[OrderSummary]) -> bool:
    """Whether there is but one to choose; a yes then means it."""
    if len(listed) == 1:
        desk.put("likely", listed[0].order_id, "agent")
    return len(listed) == 1


def offer(desk: Desk, orders: list[OrderSummary]) -> list[OrderSummary]:
    """Choose what to list and remember it, in order, so that "the second one" means something."""
    listed = orders[:MOST_LISTED]
    desk.facts.append(desk.get("orders"))
    desk.put("offered", [o.order_id for o in listed], "record")
    return listed


def how_many(desk: Desk, listed: list[OrderSummary]) -> str:
    """Never more than is true: a list of the open ones, or of the newest, isn't the whole account."""
    open_ones = "open order" if all(o.status in OPEN for o in listed) else "recent order"
    return wording.count(len(listed), "order" if len(listed) == len(known(desk)) else open_ones)


def choices(desk: Desk, listed: list[OrderSummary]) -> list[dict[str, str]]:
    return [{"label": describe(desk, o), "say": o.order_id} for o in listed]


def describe(desk: Desk, order: OrderSummary) -> str:
    """One order in a few words: its number and what was in it."""
    first, rest = order.products[0], len(order.products) - 1
    more = f" and {desk.derived(f'{rest} more')}" if rest else ""
    return f"{order.order_id} ({first}{more})"


def listing(desk: Desk, orders: list[OrderSummary]) -> str:
    return wording.listing([describe(desk, o) for o in orders])


def digits_of(text: str) -> str:
    return "".join(ch for ch in text if ch.isdigit())
