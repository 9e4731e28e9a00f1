"""What a turn has read for a write, and what the rules say of it: the same for every workflow that writes."""

from __future__ import annotations

from typing import Final

from agents import writes
from agents.desk import Desk
from approvals.cases import Reading
from tools.case import Decision
from tools.contract import Arguments, ErrorCode
from tools.shapes import Account, Order

RECORDS: Final = ("get_order", "get_customer")
MOST_WORDS: Final = 6  # messages


def note_words(desk: Desk) -> None:
    """Their own words of this matter, the latest last."""
    desk.put("words", [*(desk.get("words") or []), desk.text][-MOST_WORDS:], "agent")


def order_of(desk: Desk) -> Order | None:
    """The order as this turn has read it."""
    result = desk.results.get("get_order")
    return Order.model_validate(result.data) if result is not None and result.ok else None


def account_of(desk: Desk) -> Account | None:
    result = desk.results.get("get_customer")
    return Account.model_validate(result.data) if result is not None and result.ok else None


def unreadable(desk: Desk) -> bool:
    asked = [desk.results[name] for name in RECORDS if name in desk.results]
    return any(not result.ok and result.error != ErrorCode.NOT_FOUND for result in asked)


def missed(desk: Desk) -> bool:
    return "get_order" in desk.results and desk.results["get_order"].error == ErrorCode.NOT_FOUND


def judge(desk: Desk, args: Arguments, order: Order | None = None) -> Reading:
    """The rules' word on the case; the later nodes read it off the slot."""
    desk.reading = reading = writes.read(desk, args, order, account_of(desk))
    keep(desk, reading.decision)
    return reading


def keep(desk: Desk, decision: Decision) -> None:
    desk.put("decision", {"verdict": decision.verdict.value, "rule": decision.rule, "reason": decision.reason,
                          "facts": decision.facts}, "record")  # fmt: skip


def reading_of(desk: Desk) -> Reading:
    assert isinstance(desk.reading, Reading)
    return desk.reading
