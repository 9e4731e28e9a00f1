"""Fernway's own rules of a refund (rules.md). They stand behind the base ones and can only tighten."""

from __future__ import annotations

from typing import Final

from tools.rules import Decision, RefundCase, Rule, Verdict

# "For hygiene" in articles/what-cannot-be-returned.md.
SEALED: Final = frozenset({"Insulated Water Bottle"})
UNSEALED: Final = frozenset({"opened", "used"})


def sealed_for_hygiene(case: RefundCase) -> Decision | None:
    broken = [line.product for line in case.lines if line.product in SEALED and line.state in UNSEALED]
    if not broken or case.is_fault:
        return None
    return Decision(Verdict.DENY, reason="not-returnable", facts={"items": broken})


RULES: Final[tuple[Rule, ...]] = (Rule("FW-1", sealed_for_hygiene, of=("process_refund",)),)
