"""Proof of who writes, beyond the open page: where it stands, and a one-time code to earn it. Each asks one port, so
that a crash resumes with the same code and a replay sends none."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from conversations import codes
from tools import gateway, pack
from tools.contract import Proof

from .desk import Desk

NO_WAY, FAILED = "no-way", "failed"


def look(desk: Desk) -> dict[str, Any]:
    """Where the proof stands now; what this turn asks and wishes for from here on carries it."""
    talk, who = desk.work.conversation, int(desk.work.customer["pk"])
    found: dict[str, Any] = desk.ports.call(
        "proof:standing", [talk, who], lambda: codes.standing(talk, who).to_json(), outside=False
    )
    desk.proven = bool(found["proven"])
    return found


def send(desk: Desk) -> dict[str, Any]:
    """A code to the address on record: `state` (sent, locked, too-many, no-way, failed), `to` masked, `minutes`.

    The nonce comes from the message that brought the turn here: another try of the work sends the same mail again.
    """
    nonce = uuid.uuid5(desk.work.public_id, f"code {desk.work.unanswered[0]['seq']}")
    found: dict[str, Any] = desk.ports.call("proof:send", [str(nonce)], lambda: sent(desk, nonce), outside=True)
    return found


def sent(desk: Desk, nonce: uuid.UUID) -> dict[str, Any]:
    if pack.active().send_code is None:
        return {"state": NO_WAY, "to": "", "minutes": 0}
    issued = codes.issue(desk.work.conversation, int(desk.work.customer["pk"]), nonce)
    if issued.state != codes.SENT:
        return {"state": issued.state, "to": "", "minutes": 0}
    mailed = gateway.send_code(codes.code_of(nonce), nonce, replace(desk.caller(), proof=Proof.SIGNED_IN))
    if not mailed.ok or mailed.data is None:
        return {"state": FAILED, "to": "", "minutes": 0}
    return {"state": codes.SENT, "to": mailed.data["sent_to"], "minutes": issued.minutes}
