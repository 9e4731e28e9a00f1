"""Notely's systems: workspaces, invoices, and a ledger of what was done under which key. They live in this process."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class Workspace:
    """Who pays for it, for which plan, until when."""

    number: str
    owner: tuple[str, str, str]  # first name, last name, address
    plan: str
    status: str = "active"
    flags: tuple[str, ...] = ()
    tickets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Invoice:
    number: str
    workspace: str
    cents: int
    at: datetime


class KeyReusedError(Exception):
    """A key came back with another wish."""


@dataclass
class Systems:
    """`once` is what makes a repeat the same change: the wish and its answer stand in the ledger under the key."""

    workspaces: dict[str, Workspace]
    invoices: dict[str, Invoice]
    ledger: dict[UUID, tuple[dict[str, Any], dict[str, Any]]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def once(self, key: UUID, wish: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            if key in self.ledger:
                held, answer = self.ledger[key]
                if held != wish:
                    raise KeyReusedError
                return answer
            answer = self._do(wish)
            self.ledger[key] = (wish, answer)
            return answer

    def asked(self, key: UUID) -> dict[str, Any] | None:
        with self.lock:
            return self.ledger[key][1] if key in self.ledger else None

    def _do(self, wish: dict[str, Any]) -> dict[str, Any]:
        space = self.workspaces[wish["workspace"]]
        reference = f"N{len(self.ledger) + 1:04}"
        if wish["what"] in ("monthly", "yearly"):
            self.workspaces[space.number] = replace(space, plan=f"Team, {wish['what']}")
        elif wish["what"] == "ticket":
            self.workspaces[space.number] = replace(space, tickets=(*space.tickets, reference))
        else:
            status = {"cancel_subscription": "cancelled", "resume_subscription": "active"}[wish["what"]]
            self.workspaces[space.number] = replace(space, status=status)
        return {"reference": reference}


def fresh() -> Systems:
    """Two teams: one pays by the month, one by the year."""
    spaces = (
        Workspace("ws-ada", ("Ada", "Stern", "ada@example.com"), "Team, monthly"),
        Workspace("ws-ben", ("Ben", "Okoro", "ben@example.com"), "Team, yearly"),
    )
    invoices = (Invoice("NT-2041", "ws-ada", 4900, datetime(2026, 11, 1, tzinfo=UTC)),)
    return Systems({one.number: one for one in spaces}, {one.number: one for one in invoices})


SYSTEMS = fresh()


def reset() -> None:
    """As on the first day."""
    new = fresh()
    with SYSTEMS.lock:
        SYSTEMS.workspaces, SYSTEMS.invoices, SYSTEMS.ledger = new.workspaces, new.invoices, {}
