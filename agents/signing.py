"""Sign-off of a workflow (S4-08): who looked at which graph, in which role, with what words. Another graph voids it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction

from approvals import ladder
from conversations import events
from conversations.access import Actor

from .models import SignOff
from .workflow import Workflow

SIGNED: Final = "signed_off"
LEAST_WORDS: Final = 4
SIGNS: Final = "manager"


class CantSignError(Exception):
    """Nothing is signed; the text says why."""


@dataclass(frozen=True)
class Standing:
    """`current`: the newest signature under this very graph; `voided`: the newest under another one."""

    flow: Workflow
    current: SignOff | None = None
    voided: SignOff | None = None

    @property
    def says(self) -> str:
        if self.current is not None:
            return f"signed off by {self.current.by}"
        return "not signed off since the graph changed" if self.voided is not None else "not signed off"


def may_sign(user: Any) -> bool:
    return bool(user.is_superuser and user.is_active) or ladder.role_of(user) == SIGNS


def sign(flow: Workflow, user: Any, note: str) -> SignOff:
    """Under the graph as it is now; CantSignError says what stands against it."""
    if not may_sign(user):
        raise CantSignError(f"{user.get_username()} may not sign: it takes a manager or an administrator.")
    if len(note.split()) < LEAST_WORDS:
        raise CantSignError("Say in a sentence what was looked at; it is kept with the signature for good.")
    role = ladder.role_of(user)
    role = role if role == SIGNS else "administrator"
    with transaction.atomic():
        row: SignOff = SignOff.objects.create(
            workflow=flow.name, version=flow.version, by=user.get_username(), role=role, note=note.strip()
        )
        actor = Actor.operator(user.pk)
        events.record(f"workflow:{flow.name}", SIGNED, actor, role, {"version": flow.version, "signoff": row.pk})
    row.refresh_from_db()
    return row


def standings(flows: Iterable[Workflow]) -> list[Standing]:
    """How each workflow stands, with one query for all."""
    flows = list(flows)
    rows: dict[str, list[SignOff]] = {}
    for row in SignOff.objects.filter(workflow__in=[flow.name for flow in flows]).order_by("-pk"):
        rows.setdefault(row.workflow, []).append(row)
    return [standing(flow, rows.get(flow.name, [])) for flow in flows]


def standing(flow: Workflow, rows: list[SignOff]) -> Standing:
    return Standing(
        flow,
        next((row for row in rows if row.version == flow.version), None),
        next((row for row in rows if row.version != flow.version), None),
    )


def missing(flows: Iterable[Workflow]) -> list[str]:
    """One sentence for each workflow without a signature under its graph."""
    return [f"{one.flow.name} is {one.says}." for one in standings(flows) if one.current is None]
