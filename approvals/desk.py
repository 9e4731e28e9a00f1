"""What the approvals desk says of one write: headline, facts and fate, from rows alone (listing.py has the lists)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from conversations.clock import business_now
from conversations.lifecycle import display_name
from conversations.models import Conversation, Message
from conversations.money import Money
from conversations.presentation import plain_words
from tools import pack, sentences
from tools.models import Effect, ToolCall
from tools.shapes import Address, Order
from tools.writes import ACCOUNT

from . import critic_words
from .ladder import least_role
from .models import ApprovalRequest, Change, Role

WHY: Final = {
    "above-limit": "the amount is above what goes out by itself",
    "cap-customer": "this customer got enough by itself in the last 30 days",
    "cap-day": "enough went out by itself in the last 24 hours",
    "transfer-route": "a partner has to settle it with us",
    "no-way-back": "the company's system couldn't say afterwards whether it was done",
    "by-operator": "an operator asked for it",
    "taken-over": "a person took the conversation over before it went out",
    "mode-people": "the policy wants people to look at each of these",
    "authority-level": "the agent's authority doesn't reach this far yet",
    "stricter-policy": "the policy asks for more than it did",
}
ROUTES: Final = {
    "platform_owned": "Our own goods: finance pays it back",
    "brand_consignment": "A brand's consignment: shipment stopped, advance clawed back, a ticket; nothing is paid",
    "transfer": "Made by a partner, sold by us: finance pays it back, a ticket books it to the partner",
}  # fmt: skip
DEEDS: Final = {
    "process_return": "Goods come back, or are sent again",
    "change_order": "An order that hasn't been sent is changed",
    "update_account": "The customer's account is changed",
    "apply_credit": "A standard credit is given",
    "send_notice": "A message goes to the address or number on record",
    "open_ticket": "A ticket is opened with the company's people",
}  # fmt: skip
TIERS: Final = {"platform_owned": "our own", "brand_consignment": "brand consignment", "transfer": "transfer"}
FATES: Final = {
    "proposed": ("", "Proposed"),
    "denied": ("bad", "Denied"),
    "dropped": ("warn", "Taken back"),
    "cleared": ("info", "Cleared"),
    "open": ("info", "Under way"),
    "confirmed": ("good", "Done"),
    "refused": ("bad", "Refused by the company's system"),
    "unknown": ("warn", "Sent, no answer yet"),
}
# Of what never went out: why it ended says more than that it did.
DROPPED: Final = {
    "rejected": ("", "Rejected"),
    "expired": ("warn", "Expired"),
    "changed": ("info", "Less was offered instead"),
}
KINDS: Final = {
    "process_refund": "Refunds",
    "process_return": "Returns and exchanges",
    "change_order": "Changes of an order",
    "update_account": "Changes of an account",
    "apply_credit": "Credits",
    "send_notice": "Notices",
    "open_ticket": "Tickets",
}
# What a "no" does, said before it is given.
AFTER_NO: Final = {
    "agent": "Nothing is {done}. The agent tells the customer at once and offers a person. Your reason stays here.",
    "person": "Nothing is {done}. A line in the conversation says so. Your reason stays here.",
}
DONE: Final = {"process_refund": "paid", "apply_credit": "paid", "send_notice": "sent", "open_ticket": "opened"}
FACTS: Final = {"text_to": "Text message goes to", "label_to": "Label goes to"}
MOST_WORDS: Final = 12
LATELY: Final = timedelta(days=30)
MOST_EARLIER: Final = 5
CODE: Final = re.compile(r"[a-z]+(?:_[a-z]+)+")


def kind_of(capability: str) -> str:
    """What such writes are called together; a company's own is called what its contract says."""
    own = pack.active().own.get(capability)
    called = own.capability.called if own is not None else ""
    return KINDS.get(capability) or called or plain_words(capability)


def what_it_does(capability: str) -> str:
    own = pack.active().own.get(capability)
    summary = own.capability.summary if own is not None else plain_words(capability)
    return DEEDS.get(capability) or summary.rstrip(".")


def needs(request: ApprovalRequest) -> str:
    """Who has to decide, in words."""
    label = Role(request.role).label.lower()
    if request.people < 2:
        return f"a {label}" if label[0] not in "aeiou" else f"an {label}"
    other = Role(least_role(request.role, request.people)).label.lower()
    return f"a {label} and a second person (at least a {other})"


def needs_in_short(request: ApprovalRequest) -> str:
    """The same for a row: one look, one line."""
    return Role(request.role).label.lower() + (" and one more" if request.people > 1 else "")


def votes(request: ApprovalRequest) -> list[dict[str, Any]]:
    """Who answered what, oldest first; a yes with a change is one that ended the request."""
    return [*plain_votes(request), *with_change(request)]


def with_change(request: ApprovalRequest) -> list[dict[str, Any]]:
    try:
        change = request.change
    except Change.DoesNotExist:
        return []
    less = f"only {Money(change.amount_cents, request.call.currency)}: {change.reason}"
    who = display_name(change.operator)
    return [{"who": who, "role": Role(change.role).label, "yes": True, "reason": less, "at": change.at}]


def plain_votes(request: ApprovalRequest) -> list[dict[str, Any]]:
    return [
        {"who": display_name(vote.operator), "role": Role(vote.role).label, "yes": vote.yes, "reason": vote.reason,
         "at": vote.at}
        for vote in request.votes.all()
    ]  # fmt: skip


def money(call: ToolCall) -> str:
    return str(Money(call.weight_cents, call.currency))


def headline(call: ToolCall) -> str:
    """What stands on top, before "for" and the order: the sum of a refund, else what is wished for."""
    return money(call) if call.capability == "process_refund" else deed(call)


def deed(call: ToolCall) -> str:
    """What is wished for, in words: what stands before "for" and the order."""
    if call.capability == "process_refund":
        return f"A refund of {money(call)}"
    what = NAMES.get(
        (call.capability, str(call.args.get("change") or call.args.get("kind") or "")), what_it_does(call.capability)
    )
    return f"{what} ({money(call)})" if call.weight_cents else what


NAMES: Final = {
    ("change_order", "cancel"): "A cancellation",
    ("change_order", "address"): "Another address",
    ("change_order", "payment"): "Another means of payment",
    ("change_order", "items"): "Other items",
    ("process_return", "return"): "A return",
    ("process_return", "exchange"): "An exchange",
    ("process_return", "replacement"): "The same again",
    ("update_account", "address"): "Another default address",
    ("update_account", "email"): "Another e-mail address",
    ("update_account", "cancel_subscription"): "The end of a subscription",
    ("update_account", "resume_subscription"): "A subscription resumed",
    ("update_account", "password_reset"): "A password reset",
    ("update_account", "close"): "The end of an account",
}


def about(call: ToolCall) -> str:
    """What stands behind "for": the order's number, or that it is about no order."""
    return "the account" if call.order_ref.startswith(ACCOUNT) else call.order_ref


def fate(call: ToolCall) -> dict[str, str]:
    """How far it has come, as a badge."""
    effect = effect_of(call)
    if effect is None and call.status == ToolCall.Status.DROPPED and call.moved_why in DROPPED:
        tone, label = DROPPED[call.moved_why]
    else:
        tone, label = FATES[effect.status if effect is not None else call.status]
    return {"tone": tone, "label": label}


def effect_of(call: ToolCall) -> Effect | None:
    try:
        return call.effect
    except Effect.DoesNotExist:
        return None


def after_no(call: ToolCall) -> str:
    """What happens when this is rejected, for whoever is about to."""
    owned = call.conversation.status == Conversation.Status.ACTIVE and call.origin == ToolCall.Origin.AGENT
    return AFTER_NO["agent" if owned else "person"].format(done=deed_done(call))


def deed_done(call: ToolCall) -> str:
    """What "nothing is …" ends with, where it isn't carried out."""
    return DONE.get(call.capability, "changed")


def owner(call: ToolCall) -> str:
    """Who has the conversation."""
    talk = call.conversation
    return display_name(talk.operator) if talk.operator is not None else talk.get_status_display()


def route(call: ToolCall) -> str:
    return ROUTES[str(call.plan["route"])] if call.capability == "process_refund" else what_it_does(call.capability)


def facts(call: ToolCall) -> dict[str, Any]:
    """From the systems of record, as they were at the proposal; then the reviews; the customer's words last."""
    order, plan, effect = call.order, call.planned, effect_of(call)
    lines = order.lines if order is not None else []
    return {
        "order": order,
        "about": about(call),
        "tier": TIERS[order.fulfilment.value] if order is not None else "",
        "route": route(call),
        "lines": [line(order, line_id) for line_id in plan.line_ids] if order is not None else [],
        "others": [one for one in lines if one.line_id not in plan.line_ids],
        "asked": asked(call),
        "rules": [{**hit, "sentence": sentences.of(hit["rule"])} for hit in call.rules],
        "opinions": [
            {**one, "says": critic_words.said(one)} for review in call.reviews.all() for one in review.opinions
        ],
        "effect": effect,
        "outcome": (effect.outcome or {}) if effect is not None else {},
        "words": words(call),
        "earlier": partial(earlier, call),
        "reason_code": str(call.args.get("reason_code") or "").replace("_", " "),
        "sources": call.sources,
    }


def earlier(call: ToolCall) -> list[dict[str, Any]]:
    """What else went out for this customer lately, the newest first: who asks often is looked at twice."""
    effects = Effect.objects.filter(call__customer_id=call.customer_id).exclude(call=call)
    effects = effects.filter(created_at__gte=business_now() - LATELY).exclude(status=Effect.Status.REFUSED)
    return [
        {
            "call": one.call,
            "deed": deed(one.call),
            "about": about(one.call),
            "at": one.created_at,
            "fate": fate(one.call),
        }
        for one in effects.select_related("call").order_by("-pk")[:MOST_EARLIER]
    ]


def asked(call: ToolCall) -> list[tuple[str, str]]:
    """The arguments beside order, lines and reason, in words; then what rule code fixed."""
    order, facts = call.order, dict(call.planned.facts)
    swaps = facts.pop("items", []) if order is not None else []
    elsewhere = ("order_id", "lines", "reason_code", *(["new_items"] if swaps else []))
    left = {name: value for name, value in call.args.items() if value is not None and name not in elsewhere}
    called = names_of(order)
    said = [(named(name.removesuffix("_id")), in_words(value, called)) for name, value in {**left, **facts}.items()]
    if left.get("address") and order is not None and order.address is not None:
        said.append(("Address now", order.address.one_line))
    return [*said, *(("Item", swap(order, one)) for one in swaps if order is not None)]


def named(fact: str) -> str:
    """What rule code calls a fact, as people read it."""
    return FACTS.get(fact, plain_words(fact))


def swap(order: Order, one: dict[str, Any]) -> str:
    """What goes and what comes instead, where something does."""
    old = next((line for line in order.lines if line.line_id == one.get("line_id")), None)
    name = old.product if old is not None else str(one.get("item_id", ""))
    before = ", ".join(old.options.values()) if old is not None else ""
    after, price = ", ".join(one.get("options", {}).values()), one.get("price")
    if not after or after == before:
        return f"{name}, {before}" if before else name
    return f"{name}: {before} → {after}" + (f", {Money.from_json(price)}" if price else "")


def names_of(order: Order | None) -> dict[str, str]:
    """What the ids of the order's record are called: articles that could be had instead, and means of payment."""
    if order is None:
        return {}
    articles = {one.item_id: f"{', '.join(one.options.values())} ({one.price})" for one in order.choices}
    return articles | {entry.method_id: entry.method for entry in order.entries if entry.method_id}


def in_words(value: Any, called: Mapping[str, str] = MappingProxyType({})) -> str:
    """As people read it. What customers wrote, like an address, stays as it is; only codes become words."""
    if isinstance(value, dict) and set(value) == {"cents", "currency"}:
        return str(Money.from_json(value))
    if isinstance(value, dict) and set(value) == set(Address.model_fields):
        return Address(**value).one_line
    if isinstance(value, dict):
        return ", ".join(in_words(one, called) for one in value.values() if one not in ("", None))
    if isinstance(value, list):
        return "; ".join(in_words(one, called) for one in value)
    text = called.get(str(value), str(value))
    return text.replace("_", " ") if CODE.fullmatch(text) else text


def line(order: Order, line_id: str) -> dict[str, Any]:
    found = next(one for one in order.lines if one.line_id == line_id)
    parcels = [parcel for parcel in order.parcels if line_id in parcel.line_ids]
    arrived = [parcel.delivered_at for parcel in parcels if parcel.delivered_at is not None]
    return {"line": found, "price": str(found.unit_price), "delivered": max(arrived, default=None)}


def words(call: ToolCall) -> list[Message]:
    """The customer's last words up to the proposal's answer: theirs, and never to be taken for ours."""
    said = Message.objects.filter(conversation_id=call.conversation_id, author=Message.Author.CUSTOMER)
    return list(said.order_by("-seq")[:MOST_WORDS])[::-1]


def writes(conversation_id: int, user: Any) -> list[dict[str, Any]]:
    """Every write of a conversation, newest first, for its side panel."""
    calls = ToolCall.objects.filter(conversation_id=conversation_id).select_related("effect", "customer")
    found = []
    for call in calls.prefetch_related("requests__votes__operator"):
        request = next((one for one in call.requests.all() if one.status in ("pending", "approved")), None)
        found.append(
            {"call": call, "amount": headline(call), "about": about(call), "fate": fate(call), "request": request,
             "needs": needs(request) if request is not None and request.status == "pending" else ""}
        )  # fmt: skip
    return found
