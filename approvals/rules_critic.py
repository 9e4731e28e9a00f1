"""The Critic that is always there: reads the systems of record itself and compares with what the customer said."""

from __future__ import annotations

import re
from typing import Any

from knowledge.policy import Refunds
from tools import pack, writes
from tools.models import ToolCall
from tools.proposals import hash_of
from tools.rules import Verdict

from . import cases
from .cases import Reading
from .critic import Brief, Critic

_WORD = re.compile(r"\w+")
SURE = 1000
MAY_NAME = frozenset({"customer", "record", "operator"})


def rules_critic(refunds: Refunds) -> Critic:
    """Its confidence is whole or it refuses."""

    def review(brief: Brief) -> dict[str, Any]:
        reasons = objections(brief, refunds)
        return {"verdict": "rejected" if reasons else "approved", "confidence": SURE, "reasons": reasons}

    return Critic("rules", review)


def objections(brief: Brief, refunds: Refunds) -> list[str]:
    """A code for everything that doesn't fit."""
    call = brief.call
    args = writes.arguments(call.capability, call.args)
    reading = cases.read(args, brief.asker, refunds, brief.now, brief.own)
    account = reading.case.account
    own = {order.order_id for order in account.orders} if account is not None else set()
    return [
        *by_record(call, reading),
        *by_words(call, brief.said, own),
        *by_details(call, brief.said),
        *by_sources(call),
    ]


def by_record(call: ToolCall, reading: Reading) -> list[str]:
    """The records, read anew, must lead to the same write."""
    found = []
    if reading.decision.verdict is Verdict.DENY:
        found.append(f"rule:{reading.decision.rule}")
    if reading.decision.verdict is Verdict.ASK and call.origin == ToolCall.Origin.AGENT:
        found.append(f"rule:{reading.decision.rule}")
    if reading.plan is None or reading.plan != call.planned:
        found.append("plan-differs")
    elif hash_of(call.capability, call.args, reading.plan, call.customer_id) != call.args_hash:
        found.append("hash-differs")
    return found


def by_words(call: ToolCall, said: tuple[str, ...], own: set[str]) -> list[str]:
    """Somebody who named orders of theirs named this one; an operator's own act needs no words of the customer's."""
    if call.origin == ToolCall.Origin.OPERATOR:
        return []
    named = [order for text in said for order in pack.active().order_ids.find(text) if order in own]
    if named and call.order_ref not in named and call.sources.get("order_id") == "customer":
        return ["order-not-named"]
    return [] if call.confirmation.get("yes") and said else ["not-confirmed"]


def by_details(call: ToolCall, said: tuple[str, ...]) -> list[str]:
    """Where goods or mail are to go stands in the customer's own words, every part of it: nobody may think it up."""
    if call.origin == ToolCall.Origin.OPERATOR:
        return []
    words = words_in(" ".join(said))
    address, email = call.args.get("address"), call.args.get("email")
    parts = words_in(" ".join(address[name] for name in ("first", "second", "city", "postcode"))) if address else set()
    odd = ["address-not-said"] if not parts <= words else []
    return [*odd, "email-not-said"] if email and email.casefold() not in " ".join(said).casefold() else odd


def words_in(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))


def by_sources(call: ToolCall) -> list[str]:
    """Law 3: no argument may come from anywhere else."""
    odd = [name for name in call.args if call.args[name] is not None and call.sources.get(name) not in MAY_NAME]
    return [f"source:{name}" for name in sorted(odd)]
