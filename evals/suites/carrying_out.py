"""One action from wish to effect, through everything that a customer's wish passes: rules, proposal, Critic, gate,
scripted people where the ladder asks for them, execution. In a scratch house alone."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from django.contrib.auth.models import Group, User
from django.db import connection
from pydantic import ValidationError

from approvals import cases, deciding, execute, gate, ladder
from approvals.cases import Asker, UnreadableError
from approvals.gate import Terms, Wish
from approvals.models import ApprovalRequest
from approvals.rules_critic import rules_critic
from conversations import codes, identity, inbox
from conversations.channels.base import build
from conversations.clock import business_now
from conversations.models import Conversation
from knowledge.policy import Policy
from tools import gateway, pack, writes
from tools.contract import Arguments, Caller, Proof
from tools.models import ToolCall
from tools.rules import Verdict
from tools.shapes import Order

from . import retail_actions

DONE, BLOCKED = "allow", "block"
FORGET: Final = """
truncate tools_effect, tools_ordermoney, approvals_vote, approvals_approvalrequest, approvals_criticreview,
  tools_toolcall, conversations_sentcode cascade
"""


@dataclass(frozen=True)
class Ending:
    """`allow` when the company's system has done it, else `block`; the rule's number, or what else stood against it."""

    got: str
    rule: str = ""
    why: str = ""


@dataclass(frozen=True)
class Wanted:
    """One action as a test has it: by whom, proven or not, and whether they said yes when it was read back."""

    action: dict[str, Any]
    customer: str | None
    confirmed: bool = True


class House:
    """The policy of the pack, and the people who approve whatever reaches them."""

    @cached_property
    def terms(self) -> Terms:
        policy = Policy.parse(pack.active().policy.read_text(encoding="utf-8"))
        modes = {name: policy.mode(name) for name in writes.specs()}
        critics = (rules_critic(policy.refunds),)
        return Terms(policy.refunds, policy.confidence.critic, critics, modes=modes)

    @cached_property
    def people(self) -> list[User]:
        """Two who may decide anything."""
        managers = next(name for name, role in ladder.GROUPS.items() if role == "manager")
        group, _ = Group.objects.get_or_create(name=managers)
        found = []
        for name in ("exam-one", "exam-two"):
            user, _ = User.objects.get_or_create(username=name, defaults={"is_staff": True})
            user.groups.add(group)
            found.append(user)
        return found

    def forget(self) -> None:
        """What was done to goods that are no longer there, and the codes that their owners were sent."""
        with connection.cursor() as cursor:
            cursor.execute(FORGET)

    def carry_out(self, wanted: Wanted) -> Ending:
        asker = Asker(wanted.customer, Proof.SIGNED_IN if wanted.customer else Proof.NONE, confirmed=wanted.confirmed)
        try:
            translate = pack.active().translate or retail_actions.translate
            args = translate(wanted.action, lambda order_id: look(order_id, asker))
        except ValidationError as error:
            return Ending(BLOCKED, "contract", error.errors(include_url=False)[0]["msg"])
        try:
            reading = cases.read(args, asker, self.terms.refunds, business_now())
        except UnreadableError as error:
            return Ending(BLOCKED, writes.rule_for(args, str(error)), str(error))
        if reading.decision.verdict is not Verdict.ALLOW or reading.plan is None:
            return Ending(BLOCKED, reading.decision.rule or "no-plan", reading.decision.reason)
        return self.through_the_gate(wanted, args, reading)

    def through_the_gate(self, wanted: Wanted, args: Arguments, reading: cases.Reading) -> Ending:
        assert wanted.customer is not None
        talk = say(wanted, args)
        seq = talk.heard_seq
        wish = Wish(
            key=uuid.uuid4(),
            conversation_id=talk.pk,
            customer_id=talk.customer_id,
            args=args,
            sources={name: "customer" for name, value in args.model_dump().items() if value is not None},
            confirmation={"yes": seq, "since": seq} if wanted.confirmed else {},
            heard_seq=seq,
        )
        call = gate.propose(wish, reading, self.terms)
        standing = gate.open(call, self.terms)
        if standing.state == gate.WAIT:
            self.approve(call)
        elif standing.state == gate.DENIED:
            return Ending(BLOCKED, "critic", f"{standing.why} {standing.opinions}")
        outcome = execute.run(call.pk, self.terms, heard=seq)
        return Ending(DONE if outcome.state == execute.CONFIRMED else BLOCKED, "", f"{outcome.state} {outcome.why}")

    def approve(self, call: ToolCall) -> None:
        """By as many people as the ladder asks for."""
        request = ApprovalRequest.objects.get(call=call, status=ApprovalRequest.Status.PENDING)
        for user in self.people[: request.people]:
            deciding.decide(request.public_id, user, yes=True, reason="scripted: rules and Critic allow it")


def look(order_id: str, asker: Asker) -> Order | None:
    caller = Caller(asker.customer_ref, asker.proof, "exam", frozenset({"get_order"}), business_now())
    found = gateway.read("get_order", {"order_id": order_id}, caller)
    return Order.model_validate(found.data) if found.ok else None


def say(wanted: Wanted, args: Arguments) -> Conversation:
    """The customer's words in a conversation of their own: the Critic reads those."""
    assert wanted.customer is not None
    order = wanted.action["args"].get("order_id", "my account")
    return wrote(wanted.customer, f"Yes, {wanted.action['name'].replace('_', ' ')} for {order}, please{details(args)}.")


def details(args: Arguments) -> str:
    """Where it is to go, in the customer's words: nobody else may say that."""
    given = args.model_dump(mode="json")
    parts = [*(given.get("address") or {}).values(), given.get("email") or ""]
    return "".join(f", {part}" for part in parts if part)


def wrote(customer: str, text: str) -> Conversation:
    pk = identity.customer(identity.Known(customer, f"{customer}@exam.invalid", customer))
    received = inbox.receive(build("api", pk, None, uuid.uuid4().hex, text))
    return Conversation.objects.get(pk=received.conversation_id)


def typed_code(talk: Conversation) -> Conversation:
    """The customer has typed the code that they were sent."""
    nonce = uuid.uuid4()
    issued = codes.issue(talk.pk, talk.customer_id, nonce)
    if issued.state != codes.SENT:
        raise RuntimeError(f"No code was sent to customer {talk.customer_id}: {issued.state}.")
    inbox.receive(build("api", talk.customer_id, talk.public_id, uuid.uuid4().hex, codes.code_of(nonce)))
    return Conversation.objects.get(pk=talk.pk)
