"""What a new policy lets go that the old one held: one sentence each, so that a reviewer overlooks nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any, Final, get_args

from .policy import (
    CUSTOMER_TIERS,
    DAYS,
    ITEM_STATES,
    ORDER_TIERS,
    ROLES,
    LadderRow,
    Mode,
    Policy,
    Refunds,
    Sensitive,
    writing,
)
from .triggers import Name

# A number that is looser when it rises, or when it falls, and what that means in words.
RISES: Final = (
    ("refunds.automatic_usd", "The policy alone refunds up to ${new}, not ${old}."),
    (
        "refunds.automatic_per_customer_usd",
        "One customer gets up to ${new} by the policy alone in 30 days, not ${old}.",
    ),
    ("refunds.automatic_per_day_usd", "Up to ${new} go back by the policy alone in a day, not ${old}."),
    ("refunds.automatic_cancel_usd", "The policy alone cancels orders up to ${new}, not ${old}."),
    ("refunds.approval_hours", "A request may wait {new} hours for a decision, not {old}."),
    ("refunds.offer_minutes", "A yes counts for {new} minutes after the offer, not {old}."),
    ("limits.turns_per_matter", "A person comes after {new} unsolved turns on a matter, not {old}."),
    ("limits.frustrated_turns", "A person comes after {new} turns of a frustrated customer, not {old}."),
    ("limits.conversation_turns", "A person comes after {new} turns in a conversation, not {old}."),
    ("limits.history_entries", "A conversation may have {new} entries, not {old}."),
    ("limits.not_understood", "A person comes after {new} messages that weren't understood, not {old}."),
    ("limits.failures", "A person comes after {new} failures in a row, not {old}."),
    ("knowledge.stale_days", "A page counts as fresh for {new} days, not {old}."),
    (
        "sensitive.payment_dispute_over_threshold.threshold_usd",
        "A disputed payment goes to a specialist above ${new}, not above ${old}.",
    ),
)
FALLS: Final = (
    ("confidence.floor", "Below {new} a person decides, not below {old}."),
    ("confidence.proceed", "The agent proceeds from a confidence of {new}, not {old}."),
    ("confidence.critic", "The second review of a write is content with {new}, not {old}."),
    ("confidence.retrieval", "A passage about money or law counts from {new}, not {old}."),
)
ACTIONS: Final = {"escalate_to_billing_specialist": 1, "escalate_immediately": 2}
# The modes in their order, each looser than the one before it.
REACH: Final = {
    Mode.OFF: "is off",
    Mode.DRY_RUN: "is written down and not sent",
    Mode.PEOPLE: "always goes to people",
    Mode.AUTO: "goes as the ladder says, small sums by the policy alone",
}


def looser(old: Policy, new: Policy) -> list[str]:
    """A sentence for everything that `new` allows and `old` didn't; what gets stricter isn't told."""
    parts: tuple[Callable[[Policy, Policy], Iterator[str]], ...] = (
        numbers,
        capabilities,
        standard_credits,
        ladder,
        windows,
        words,
        handling,
        hours,
        triggers,
        whose_own,
    )
    return [sentence for part in parts for sentence in part(old, new)]


def triggers(old: Policy, new: Policy) -> Iterator[str]:
    """Words that no longer bring a person, and what is now taken for harmless."""
    for name in get_args(Name):
        before, after = old.triggers.of(name), new.triggers.of(name)
        gone = {*after.remove} - {*before.remove} | {*before.add} - {*after.add}
        kind = name.replace("_", " ")
        yield from (f"{one!r} no longer brings a person ({kind})." for one in sorted(gone))
        fresh = sorted({*after.unless} - {*before.unless})
        yield from (f"{one!r} is cut out before a text is read for {kind}." for one in fresh)


def whose_own(old: Policy, new: Policy) -> Iterator[str]:
    """Customers who had a person of their own."""
    before, after = old.triggers.vip, new.triggers.vip
    yield from (
        f"A {tier} customer no longer has a person at once." for tier in before.tiers if tier not in after.tiers
    )
    for what, was, now in (
        ("has bought", before.lifetime_usd, after.lifetime_usd),
        ("has on its way", before.open_usd, after.open_usd),
    ):
        if was is not None and (now is None or now > was):
            yield f"Who {what} ${was} has a person {f'from ${now} on' if now else 'no more'}."


def numbers(old: Policy, new: Policy) -> Iterator[str]:
    for table, sign in ((RISES, 1), (FALLS, -1)):
        for path, sentence in table:
            before, after = attrgetter(path)(old), attrgetter(path)(new)
            if after * sign > before * sign:
                yield sentence.format(old=before, new=after)


def capabilities(old: Policy, new: Policy) -> Iterator[str]:
    order = list(Mode)
    for name in writing():
        before, after = old.mode(name), new.mode(name)
        if order.index(after) > order.index(before):
            yield f"{name} {REACH[after]}; so far it {REACH[before]}."


def standard_credits(old: Policy, new: Policy) -> Iterator[str]:
    for reason, usd in new.refunds.credits.items():
        before = old.refunds.credit_cents(reason) // 100
        if usd > before:
            yield f"The standard credit for {reason.replace('_', ' ')} is ${usd}, not ${before}."


def ladder(old: Policy, new: Policy) -> Iterator[str]:
    """Between two neighbouring bounds of either ladder every amount has the same rung."""
    bounds = sorted({row.above_usd for policy in (old, new) for row in policy.refunds.approvals})
    for here, upto in zip(bounds, [*bounds[1:], None], strict=True):
        before, after = rung(old.refunds, here), rung(new.refunds, here)
        if after is None or before is None:
            continue  # by the policy alone: told as automatic_usd
        if after.people < before.people or ROLES.index(after.role) < ROLES.index(before.role):
            span = f"above ${here}" if upto is None else f"above ${here} and up to ${upto}"
            yield f"Refunds {span} need {people(after)}, not {people(before)}."


def rung(refunds: Refunds, above_usd: int) -> LadderRow | None:
    """Who decides on an amount just above `above_usd`; None is the policy alone."""
    return max(
        (row for row in refunds.approvals if row.above_usd <= above_usd), key=lambda r: r.above_usd, default=None
    )


def people(row: LadderRow) -> str:
    role = row.role.replace("_", " ")
    article = "an" if role[0] == "o" else "a"
    return f"{article} {role}" if row.people == 1 else f"{row.people} people, one of them {article} {role}"


def windows(old: Policy, new: Policy) -> Iterator[str]:
    for order in ORDER_TIERS:
        for customer in CUSTOMER_TIERS:
            for (before, after), states in groupby(ITEM_STATES, _days(old, new, order, customer)):
                if after > before:
                    what = f"{order.replace('_', ' ')} / {customer} / {', '.join(states)}"
                    yield f"The refund window of {what} is {after} days, not {before}."


def _days(old: Policy, new: Policy, order: str, customer: str) -> Callable[[str], tuple[int, int]]:
    def both(state: str) -> tuple[int, int]:
        return old.refunds.window_days(order, customer, state), new.refunds.window_days(order, customer, state)

    return both


def words(old: Policy, new: Policy) -> Iterator[str]:
    """What had to be left unsaid and may be said; what had to be said and needn't be."""
    for topic in _gone(old.prohibited_topics, new.prohibited_topics):
        yield f"The topic {topic} is no longer prohibited."
    for phrase in _gone(old.tone.prohibited_phrases, new.tone.prohibited_phrases):
        yield f"The phrase “{phrase}” is no longer prohibited."
    for topic in _gone(old.checked_first, new.checked_first):
        yield f"An old page on {topic} may be quoted before anybody has checked it."
    for trigger in _gone((d.trigger.value for d in old.disclosures), (d.trigger.value for d in new.disclosures)):
        yield f"Nothing has to be disclosed at {trigger} any more."


def handling(old: Policy, new: Policy) -> Iterator[str]:
    for name in Sensitive.model_fields:
        before, after = getattr(old.sensitive, name), getattr(new.sensitive, name)
        if ACTIONS[after.action] < ACTIONS[before.action]:
            yield f"{name} leads to {after.action}, not to {before.action}."
        if before.message and not after.message:
            yield f"{name} is no longer told to the customer in fixed words."


def hours(old: Policy, new: Policy) -> Iterator[str]:
    """A queue that is gone or shut on a day has nobody who looks."""
    for name, queue in old.queues.items():
        if name not in new.queues:
            yield f"The queue {name} is gone; what is sent there goes to the standard one."
            continue
        shut = [day for day in DAYS if day in queue.hours and day not in new.queues[name].hours]
        if shut:
            yield f"The queue {name} has nobody on {', '.join(shut)} any more."


def _gone(before: Any, after: Any) -> list[str]:
    kept = set(after)
    return [one for one in before if one not in kept]
