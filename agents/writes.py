"""What propose, gate and act nodes do: each asks one port, so that a crash resumes and a replay repeats."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from approvals import cases, execute, gate
from approvals.cases import Asker, OwnWrite, Reading
from approvals.deciding import withdraw
from approvals.gate import Terms, Wish
from approvals.rules_critic import rules_critic
from conversations.access import Actor
from tools import writes as specs
from tools.contract import Arguments
from tools.models import ToolCall
from tools.proposals import hash_of
from tools.shapes import Account, Order

from .desk import Desk

if TYPE_CHECKING:
    from .kits import Kit

DECISION, OUTCOME = "decision", "outcome"
CALL: Final = "call"


class NewerMessageError(Exception):
    """The customer wrote between yes and effect: nothing was done, and the turn begins anew with what they wrote."""


class PausedError(Exception):
    """Writes were paused between yes and effect: nothing was done, and a person takes over. The text is the intent."""


def terms(kit: Kit) -> Terms:
    """What the release says about writes. The rules Critic always; a model's opinion joins where one is configured."""
    refunds = kit.policy.refunds
    modes = {name: kit.policy.mode(name) for name in specs.specs()}
    critics = (rules_critic(refunds), *kit.critics)
    return Terms(refunds, kit.policy.confidence.critic, critics, kit.release, modes=modes, authority=kit.authority)


def asker(desk: Desk) -> Asker:
    """From the session and what was proven in it."""
    return Asker(desk.customer_ref, desk.proof, tainted=desk.tainted or desk.steered)


def read(desk: Desk, args: Arguments, order: Order | None, account: Account | None) -> Reading:
    """The rules' word on a write, from records that this turn has looked up."""
    own = own_writes(desk, specs.subject(args, desk.customer_ref))
    reading = cases.judge(cases.case(args, asker(desk), desk.kit.policy.refunds, desk.now, order, account, own))
    desk.ports.note(
        "rules",
        reading.decision.rule or "allowed",
        {"verdict": reading.decision.verdict.value, "reason": reading.decision.reason,
         "hits": [one.rule for one in reading.hits],
         "plan": reading.plan.to_json() if reading.plan else None},
    )  # fmt: skip
    return reading


def own_writes(desk: Desk, order_id: str) -> list[OwnWrite]:
    run = uuid.UUID(desk.run_id)
    found: list[OwnWrite] = desk.ports.call(
        "own_writes", [order_id, desk.run_id], lambda: cases.own_writes(order_id, but_run=run), outside=False
    )
    return found


def offer(desk: Desk, args: Arguments, reading: Reading) -> None:
    """Bind what is read back to the customer: a later yes counts for exactly this, and not for ever."""
    until = desk.now + timedelta(minutes=desk.kit.policy.refunds.offer_minutes)
    desk.put("offer", {"hash": seal(desk, args, reading), "until": until.isoformat(), "at": desk.now.isoformat()},
             "agent")  # fmt: skip


def seal(desk: Desk, args: Arguments, reading: Reading) -> str:
    if reading.plan is None:
        return ""
    return hash_of(specs.name_of(args), args.model_dump(mode="json"), reading.plan, desk.work.customer["pk"])


def holds(desk: Desk, args: Arguments, reading: Reading) -> bool:
    """The offer that was read back is still this one, and not too old."""
    held = desk.get("offer") or {}
    return bool(held) and held["hash"] == seal(desk, args, reading) and desk.now.isoformat() <= held["until"]


def propose(desk: Desk, args: Arguments, reading: Reading, sources: dict[str, str]) -> None:
    """Write the proposal down under a key that every try of this offer shares."""
    held = desk.get("offer")
    key = uuid.uuid5(uuid.UUID(desk.run_id), held["hash"])
    yes = desk.work.unanswered[-1]["seq"]
    wish = Wish(
        key=key,
        conversation_id=desk.work.conversation,
        customer_id=desk.work.customer["pk"],
        args=args,
        sources=sources,
        confirmation={
            "offer": held["hash"],
            "offered_at": held["at"],
            "yes": yes,
            "intent": desk.intent,
            "since": (desk.get("seqs") or [yes])[0],  # the message that began the matter
        },
        run_id=uuid.UUID(desk.run_id),
        turn_id=desk.work.turn,
        heard_seq=desk.work.heard,
    )
    found = desk.ports.call(
        "write:propose",
        [str(key), args.model_dump(mode="json"), reading.plan.to_json() if reading.plan else None],
        lambda: proposed(wish, reading, desk),
        outside=True,
        shown={
            "subject": specs.subject(args, desk.customer_ref),
            "capability": specs.name_of(args),
            "amount": reading.plan.amount.to_json() if reading.plan else None,
        },
    )
    desk.put(CALL, found, "agent")


def proposed(wish: Wish, reading: Reading, desk: Desk) -> dict[str, Any]:
    call = gate.propose(wish, reading, terms(desk.kit))
    return {"key": str(call.key), "pk": call.pk, "capability": call.capability}


def through_the_gate(desk: Desk) -> None:
    """Critic, then ladder. Where people decide, the run is parked until they have."""
    found = desk.ports.call("write:gate", [desk.get(CALL)], lambda: stood(desk), outside=True, shown=desk.get(CALL))
    desk.put("standing", found["state"], "agent")
    desk.put("standing_why", found["why"], "agent")
    desk.put("people", found["people"], "agent")
    if found["state"] == gate.WAIT:
        desk.parked = DECISION
        desk.approval["required"] = True
    elif found["state"] == gate.CLEAR and (desk.get("waited") or found["people"]):
        desk.approval |= {"required": True, "granted": True}
    elif found["state"] == gate.DENIED:
        desk.told.append(desk.get(CALL)["key"])


def stood(desk: Desk) -> dict[str, Any]:
    return gate.open(call_of(desk), terms(desk.kit)).to_json()


def carry_out(desk: Desk) -> None:
    """The effect, exactly once. Without an answer, or with people to decide after all, the run is parked."""
    found = desk.ports.call(
        "write:execute", [desk.get(CALL), desk.work.attempt], lambda: executed(desk), outside=True, shown=desk.get(CALL)
    )
    state = found["state"]
    if state == execute.UNREAD:
        raise NewerMessageError
    if state == execute.PAUSED:
        raise PausedError(desk.intent)
    desk.put("outcome", state, "agent")
    desk.put("outcome_why", found["why"], "agent")
    desk.put("outcome_data", found["data"], "record")
    if state in (execute.UNKNOWN, execute.BUSY):
        desk.parked = None if found["hopeless"] else OUTCOME
        desk.wrote = True
    elif state == execute.WAITING:
        desk.parked = DECISION
        desk.approval["required"] = True
    else:
        desk.wrote = desk.wrote or state != execute.DROPPED
        if state != execute.DROPPED:
            desk.tool_calls.append(desk.get(CALL).get("capability", "process_refund"))
        desk.told.append(desk.get(CALL)["key"])


def executed(desk: Desk) -> dict[str, Any]:
    call = call_of(desk)
    found = execute.run(call.pk, terms(desk.kit), heard=desk.work.heard)
    return {**found.to_json(), "hopeless": execute.is_hopeless_call(call.pk)}


def call_of(desk: Desk) -> ToolCall:
    call: ToolCall = ToolCall.objects.select_related("customer").get(pk=desk.get(CALL)["pk"])
    return call


def take_back(desk: Desk, call: str) -> str:
    """The customer wants it stopped: "dropped", or "too-late"."""

    def stop() -> str:
        pk = ToolCall.objects.values_list("pk", flat=True).get(key=call)
        return withdraw(pk, Actor.customer(desk.work.customer["pk"]), "withdrawn")

    found: str = desk.ports.call("write:withdraw", [call], stop, outside=True)
    if found == "dropped":
        desk.told.append(call)
    return found


def on_order(desk: Desk, order_id: str) -> dict[str, Any] | None:
    """The parked run about this order, if there is one: nobody is offered the same thing twice."""
    return next((one for one in desk.work.parked if one["order"] == order_id and not one["news"]), None)
