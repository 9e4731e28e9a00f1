"""What Notely alone does: a workspace is paid by the month or by the year."""

from __future__ import annotations

import re
from typing import Final

from agents.desk import Desk
from agents.workflows.own_write import Deed, build
from tests.packs.notely.capabilities import Plans, SwitchPlan
from tools.shapes import Account

# The last one that is named is where they want to go: "from monthly to yearly".
_NAMED: Final = re.compile(r"\b(?:(?P<yearly>year(?:ly|s?)|annual\w*)|(?P<monthly>month(?:ly|s?)))\b", re.IGNORECASE)


def hear(desk: Desk) -> None:
    named = [one.lastgroup for one in _NAMED.finditer(desk.text)]
    if named:
        desk.put("plan", named[-1], "customer")


def args(desk: Desk) -> SwitchPlan | None:
    return SwitchPlan(plan=Plans(desk.get("plan"))) if desk.get("plan") else None


def slots(desk: Desk, account: Account) -> dict[str, str]:
    return {"plan": str(desk.get("plan"))}


def shows(desk: Desk, account: Account) -> bool:
    return str(desk.get("plan")) in account.plan


WORKFLOWS: Final = (
    build(
        Deed(
            name="switch_plan",
            title="Pay by the month or by the year",
            capability="switch_plan",
            hear=hear,
            args=args,
            ask="plan.which",
            slots=slots,
            shows=shows,
            against={"same-plan": "plan.same"},
        )
    ),
)
