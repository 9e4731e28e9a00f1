"""Proof of who writes, for every workflow that needs more than an open page: a code goes to the address on record, the
customer types it, and whoever can't goes to a person. Two nodes and their edges; the workflow names what follows."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings

from agents import proving
from agents.desk import Desk
from agents.grammar.codes import ANOTHER, NO_WAY
from agents.voice import wording
from agents.workflow import Kind, Node
from conversations import codes

PROOF: Final = "proof"
CODE: Final = "code"  # also the slot that the grammar fills
SHUT: Final = "shut"  # why no code can prove it; a person checks in another way
UNPROVEN: Final = "handoff:identity-not-proven"
Row = tuple[str, str, str]


def proof(desk: Desk) -> None:
    """What stands already; a code of before is no longer waited for."""
    found = proving.look(desk)
    desk.put("code_tries", found["tries"], "agent")
    if not found["proven"]:
        desk.drop("code_to")


def code(desk: Desk) -> None:
    """Send one, then hear what was typed; the inbox has judged it, and this reads the outcome."""
    if desk.get("code_to") is None:
        send(desk, "verify.code")
    elif desk.returning:
        waits(desk)
    else:
        hear(desk, proving.look(desk))


def hear(desk: Desk, found: dict[str, Any]) -> None:
    desk.hear(CODE)
    if found["proven"]:
        return
    said = desk.filled[CODE].value if CODE in desk.filled else None
    if found["locked"]:
        desk.put(SHUT, codes.LOCKED, "agent")
    elif found["tries"] > desk.get("code_tries"):
        desk.put("code_tries", found["tries"], "agent")
        ask(desk, "verify.no", left=wording.count(found["left"], "more time"))
    elif said == ANOTHER:
        send(desk, "verify.new")
    elif said == NO_WAY or answers_no(desk) or desk.count("code_unclear") > settings.HANDRAIL["max_asks"]:
        desk.put(SHUT, proving.NO_WAY, "agent")
    else:
        waits(desk)


def answers_no(desk: Desk) -> bool:
    return "answer" in desk.filled and desk.filled["answer"].value in ("no", "no_but")


def send(desk: Desk, key: str) -> None:
    found = proving.send(desk)
    if found["state"] != codes.SENT:
        desk.put(SHUT, found["state"], "agent")
        return
    desk.put("code_to", found["to"], "record")
    ask(desk, key, masked_email=found["to"], minutes=wording.count(found["minutes"], "minute"))


def waits(desk: Desk) -> None:
    ask(desk, "verify.waits", masked_email=desk.get("code_to"))


def ask(desk: Desk, key: str, **slots: str) -> None:
    line = desk.ask(key, **slots)
    line.facts += list(slots.values())
    line.names += [slots["masked_email"]] if "masked_email" in slots else []


NODES: Final = (
    Node(PROOF, Kind.DECIDE, "Is it proven who writes", proof),
    Node(CODE, Kind.ASK, "Send a code to the address on record and hear it", code, writes=(CODE,)),
)
CONDITIONS: Final = {
    "proven": lambda d: d.proven,
    "not_sent": lambda d: d.get(SHUT) == proving.FAILED,
}


def edges(then: str) -> tuple[Row, ...]:
    """`then`: where whoever has proven it goes."""
    return (
        (PROOF, "proven", then),
        (PROOF, "otherwise", CODE),
        (CODE, "proven", then),
        (CODE, "not_sent", "handoff:tool-failed"),
        (CODE, "otherwise", UNPROVEN),
    )
