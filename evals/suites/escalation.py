"""Under- and over-escalation against human labels (S1-46): what should have gone to a person and didn't, and the other
way round. Whole conversations, in a scratch house.

A case is a JSON object a line: who writes (`as`: an e-mail address, `null` for a visitor), what they `say`, one message
after the other, and the `reason` for which a person should have it in the end, up to its colon; `null` when the agent
should keep it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

from django.core.management import call_command
from pydantic import Field, ValidationError

from conversations.command import BadInputError
from evals.rows import rows_of

from .actions import company
from .conversations import Case, Scene, Stage, Strict

NOBODY: Final = "nobody"  # of `by_reason`: the cases that the agent should keep


class Labelled(Strict):
    id: str
    customer: Annotated[str | None, Field(alias="as")]
    say: Annotated[tuple[str, ...], Field(min_length=1)]
    reason: str | None
    part: int = 1  # written before anything was changed for the file, or behind it


@dataclass(frozen=True, slots=True)
class Found:
    """One case and the reason for which a person has it, None when nobody has."""

    case: Labelled
    reason: str | None

    @property
    def is_under(self) -> bool:
        return self.case.reason is not None and self.reason is None

    @property
    def is_over(self) -> bool:
        return self.case.reason is None and self.reason is not None

    @property
    def is_right(self) -> bool:
        return self.case.reason == self.reason


def run(file: Path) -> dict[str, Any]:
    cases = [case_of(row, file) for row in rows_of(file, ("id", "as", "say", "reason"))]
    call_command("seed", verbosity=0)
    stage = Stage(company())
    return figures([Found(case, reason_of(stage, case)) for case in cases])


def case_of(row: dict[str, Any], file: Path) -> Labelled:
    try:
        return Labelled.model_validate_json(json.dumps(row))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise BadInputError(f"{file.name}, {row.get('id')}: {where}: {first['msg']}.") from error


def reason_of(stage: Stage, labelled: Labelled) -> str | None:
    """Have the conversation until it is a person's or nothing more is said."""
    row = {"id": labelled.id, "as": labelled.customer, "lines": [{"say": text} for text in labelled.say]}
    case = Case.model_validate_json(json.dumps(row))
    with stage.prepared(case) as named:
        scene = Scene(stage, case, named)
        for line in case.lines:
            scene.say(line)
            handoff = scene.talk.handoffs.first() if scene.talk is not None else None
            if handoff is not None:
                return str(handoff.reason).split(":")[0]
    return None


def figures(found: Sequence[Found]) -> dict[str, Any]:
    """{n, under, over, by_reason, wrong}: `under` of those that a person should have, `over` of those that the agent
    should keep; a person for another reason is neither, and stands in `wrong`."""
    wanted = [one for one in found if one.case.reason is not None]
    kept = [one for one in found if one.case.reason is None]
    return {
        "n": len(found),
        "under": rate(sum(one.is_under for one in wanted), len(wanted)),
        "over": rate(sum(one.is_over for one in kept), len(kept)),
        "by_reason": by_reason(found),
        "wrong": [
            {"id": one.case.id, "reason": one.case.reason, "got": one.reason, "say": one.case.say[-1]}
            for one in found
            if not one.is_right
        ],
    }


def rate(part: int, whole: int) -> dict[str, Any]:
    return {"n": part, "of": whole, "rate": round(part / whole, 4) if whole else None}


def by_reason(found: Sequence[Found]) -> dict[str, dict[str, int]]:
    """Of each label: cases, how many were seen for what they are, and how many went to a person at all."""
    counts: dict[str, Counter[str]] = {}
    for one in found:
        count = counts.setdefault(one.case.reason or NOBODY, Counter(n=0, right=0, escalated=0))
        count.update(n=1, right=one.is_right, escalated=one.reason is not None)
    return {name: dict(count) for name, count in sorted(counts.items())}
