"""What operators read of a write of their own: what there is to do, what would happen, how it ended."""

from __future__ import annotations

from itertools import groupby
from typing import Any, Final

from django.urls import reverse

from approvals import critic_words, deciding, desk
from approvals.critic import Opinion
from approvals.models import ApprovalRequest
from conversations.lifecycle import display_name
from conversations.money import Money
from conversations.presentation import plain_words
from tools import sentences
from tools.capabilities.update_account import AccountChange
from tools.catalogue import Deed
from tools.models import Effect, ToolCall
from tools.shapes import Account

from . import by_operator, telling, write_offers
from .by_operator import Look
from .write_offers import Offers

MOST_PEOPLE_ALONE: Final = 1
ENDS: Final = {
    Effect.Status.CONFIRMED: ("good", "Done. The customer reads it in the conversation."),
    Effect.Status.REFUSED: ("bad", "The company's system refused it. Nothing was changed."),
}
SENT: Final = "Sent, and the company's system hasn't answered yet. It is asked until it does; it can't happen twice."
AGREED: Final = "It is agreed to and goes out by itself. Nothing has been done yet."


def menu(known: dict[str, Deed]) -> list[tuple[str, list[tuple[str, str]]]]:
    """By capability: its summary, and each deed's slug and what it is called."""
    by_capability = groupby(known.values(), key=lambda deed: deed.capability)
    return [(one.summary, [(deed.slug, deed.title) for deed in found]) for one, found in by_capability]


def preview(deed: Deed, seen: Look, found: Offers, user: Any, why: str) -> dict[str, Any]:
    """Before anything is done: what, on which road, for how much, against which rules, by whose leave."""
    heard, call = by_operator.opinions(seen), seen.call
    return {
        "title": deed.title,
        "road": road(deed, call),
        "facts": [
            *write_offers.in_words(deed, seen.wish.args, found),
            *address_now(call, found),
            *of_account(call, found.account),
            *by_rule_code(call),
        ],
        "rules": [(hit["rule"], sentences.of(hit["rule"]), hit["reason"].replace("-", " ")) for hit in call.rules],
        "critic": [opinion(one) for one in heard],
        "who": who(seen, user),
        "act": act(seen, user),
        "before": seen.before,
        "before_fate": desk.fate(seen.before) if seen.before is not None else None,
        "why": why,
        "sealed": by_operator.carry(seen, heard, why),
    }


def road(deed: Deed, call: ToolCall) -> str:
    """What happens, where the deed's own name leaves it open: of one among several, the summary is about the others."""
    return deed.capability.routes.get(call.planned.route, "" if deed.variant else deed.capability.summary)


def address_now(call: ToolCall, found: Offers) -> list[tuple[str, str]]:
    """Where it goes without the change: another address is looked at beside the one that it replaces."""
    if not call.args.get("address"):
        return []
    before = found.account.address if telling.is_on_account(call) else found.order and found.order.address
    return [("Address now", before.one_line)] if before else []


def of_account(call: ToolCall, account: Account) -> list[tuple[str, str]]:
    """What a change of the account starts from, where its arguments alone say little."""
    change = str(call.args.get("change") or "")
    if change == AccountChange.PASSWORD_RESET:
        return [("The link goes to", account.email)]
    if change == AccountChange.EMAIL:
        return [("Address now", account.email)]
    if change not in (AccountChange.CANCEL_SUBSCRIPTION, AccountChange.RESUME_SUBSCRIPTION, AccountChange.CLOSE):
        return []
    until = f", paid until {account.plan_until:%d %b %Y}" if account.plan_until is not None else ""
    standing = plain_words(account.subscription_status).lower() or "not known"
    return [("Account", account.email), ("Subscription", f"{account.plan or 'none'}, {standing}{until}")]


def by_rule_code(call: ToolCall) -> list[tuple[str, str]]:
    """What rules have worked out: nobody chose it, and nobody can."""
    money = [("Money that goes back", call.amount_cents)] if call.amount_cents else []
    if call.exposure_cents and call.exposure_cents != call.amount_cents:
        money.append(("Worth", call.exposure_cents))
    fixed = [(desk.named(name), value) for name, value in call.planned.facts.items() if not isinstance(value, list)]
    return [(name, str(Money(cents, call.currency))) for name, cents in money] + [
        (name, desk.in_words(value)) for name, value in fixed
    ]


def opinion(one: Opinion) -> tuple[str, bool, str]:
    """Which critic, whether it approved, and what it said. No answer is said to be none."""
    return one.name, one.approved, critic_words.said(one.to_json())


def who(seen: Look, user: Any) -> str:
    """Who has to agree, and why it isn't the operator alone."""
    refused = deciding.out_of_reach(user, seen.call, seen.rung.role, seen.rung.people)
    if refused:
        return refused
    if seen.rung.people > MOST_PEOPLE_ALONE:
        needs = desk.needs(ApprovalRequest(role=seen.rung.role, people=seen.rung.people))
        return f"It takes {needs}: your yes counts as one, and it waits for the other."
    return "You: it is within your limit."


def act(seen: Look, user: Any) -> str:
    """What the button says."""
    alone = seen.rung.people <= MOST_PEOPLE_ALONE
    refused = deciding.out_of_reach(user, seen.call, seen.rung.role, seen.rung.people)
    return "Do it" if alone and not refused else "Ask for approval"


def outcome(call: ToolCall, user: Any) -> dict[str, Any]:
    """How far it has come, from its rows."""
    waiting = call.requests.filter(status=ApprovalRequest.Status.PENDING).first()
    tone, text = ended(call, waiting)
    if call.asked_by is not None and call.asked_by != user:
        text = f"{display_name(call.asked_by)} has asked for exactly this already. {text}"
    link = reverse("approvals:card", args=[waiting.public_id]) if waiting else reverse("approvals:why", args=[call.key])
    linked = "Open the approval" if waiting else "Why did this happen"
    return {
        "tone": tone,
        "text": text,
        "link": link,
        "linked": linked,
        "key": call.key,
        "is_open": text in (SENT, AGREED),
    }


def ended(call: ToolCall, waiting: ApprovalRequest | None) -> tuple[str, str]:
    """As a tone and a sentence."""
    effect = desk.effect_of(call)
    if waiting is not None:
        return "info", f"It waits for {desk.needs(waiting)}. Until then nothing is done."
    if effect is None and call.status == ToolCall.Status.PROPOSED:
        return "info", AGREED
    if effect is None:
        return "bad", f"It was not done ({plain_words(call.moved_why).lower()}). Nothing was changed."
    tone, text = ENDS.get(effect.status, ("warn", SENT))
    reference = telling.reference_of(call, effect) if effect.status == Effect.Status.CONFIRMED else ""
    return tone, f"{text} The reference is {reference}." if reference else text
