"""A write that an operator starts: the same rules, hash, Critic, gate, effect and audit as the agent's (law 2). It is
looked at before it is done, and what is done is what was looked at."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass
from typing import Any, Final

from django.core import signing
from django.db import transaction

from approvals import cases, deciding, gate
from approvals.cases import Asker, Reading, UnreadableError
from approvals.critic import Opinion
from approvals.gate import Terms, Wish
from approvals.ladder import Rung
from approvals.models import ApprovalRequest
from conversations.clock import business_now
from conversations.lifecycle import require_owner
from conversations.models import Conversation
from knowledge.policy import Mode
from tools import sentences
from tools import writes as specs
from tools.contract import Arguments, Proof
from tools.models import ToolCall
from tools.rules import Verdict

from . import deeds, writes

SEALED: Final = "handrail.by_operator"  # the salt of what a page carries from the preview to the deed
KEYS: Final = uuid.UUID("6f1f6d4e-52b4-4f0e-9a57-1d4b7f6f0a11")
SHUT: Final = {
    "capability-off": "The policy has switched this off.",
    gate.DRY_RUN: "The policy has this on trial: it is written down and not carried out.",
}


class CantError(Exception):
    """It was not proposed; the text says why, and what stands against it."""


class MovedError(Exception):
    """What was looked at isn't what would be done now: it has to be looked at again."""


@dataclass(frozen=True)
class Look:
    """What would be done now. `call` is a draft that no row stands for; `seal` covers all that a person goes by;
    `before`: the last write that was exactly this, if there is one."""

    call: ToolCall
    wish: Wish
    reading: Reading
    terms: Terms
    rung: Rung
    seal: str
    before: ToolCall | None

    @property
    def key(self) -> uuid.UUID:
        """One key for one seal: who clicks twice, or at the same time as somebody else, means the same write."""
        return key_of(self.seal)


def key_of(seal: str) -> uuid.UUID:
    return uuid.uuid5(KEYS, seal)


def asker(conversation: Conversation) -> Asker:
    """The conversation's own customer, vouched for by the operator."""
    return Asker(conversation.customer.external_ref, Proof.PERSON, by_person=True)


def look(conversation: Conversation, user: Any, args: Arguments) -> Look:
    """What the rules and the ladder say of it, by the records as they are now; nothing is written."""
    terms = writes.terms(deeds.kit())
    reading = read(conversation, args, terms)
    if reading.plan is None or reading.decision.verdict is Verdict.DENY:
        raise CantError(against(reading))
    wish = Wish(
        key=uuid.uuid4(),
        conversation_id=conversation.pk,
        customer_id=conversation.customer_id,
        args=args,
        sources={name: "operator" for name, value in args.model_dump().items() if value is not None},
        confirmation={"by": f"operator:{user.pk}"},
        origin=ToolCall.Origin.OPERATOR,
        asked_by=user.pk,
        heard_seq=conversation.heard_seq,
    )
    call = gate.draft(wish, reading, reading.plan, terms)
    shut = gate.DRY_RUN if terms.mode(call.capability) is Mode.DRY_RUN else gate.shut_by(call, terms)
    if shut is not None:
        raise CantError(SHUT.get(shut, shut))
    rung = gate.rung_of(call, terms)
    alike = ToolCall.objects.filter(args_hash=call.args_hash).order_by("pk")
    return Look(call, wish, reading, terms, rung, seal_of(call, rung, alike.count()), alike.last())


def seal_of(call: ToolCall, rung: Rung, before: int) -> str:
    """Over the write itself, what speaks against it, who has to agree, and how often exactly this was wished before."""
    hits = [[hit["rule"], hit["reason"]] for hit in call.rules]
    whole = [call.args_hash, hits, rung.role, rung.people, before]
    return hashlib.sha256(json.dumps(whole, separators=(",", ":")).encode()).hexdigest()


def read(conversation: Conversation, args: Arguments, terms: Terms) -> Reading:
    try:
        return cases.read(args, asker(conversation), terms.refunds, business_now())
    except UnreadableError as error:
        sentence = sentences.of(specs.rule_for(args, str(error)))
        raise CantError(sentence or f"The records can't be read just now ({error}). Try again.") from error


def against(reading: Reading) -> str:
    """The sentence of the rule that refuses, and its number."""
    decision = reading.decision
    if reading.decision.verdict is not Verdict.DENY:
        return "By the records nothing is left to do here."
    reason = decision.reason.replace("-", " ")
    return f"{sentences.of(decision.rule) or 'A rule refuses this.'} (Rule {decision.rule}: {reason}.)"


def opinions(seen: Look) -> list[Opinion]:
    """The Critic's, on the draft: shown to whoever decides, and kept when they do."""
    return gate.opinions_on(seen.call, seen.terms)


def carry(seen: Look, heard: list[Opinion], why: str) -> str:
    """What the page carries to the deed. Nobody can change it, and for nobody else does it count."""
    return signing.dumps(
        {
            "by": seen.wish.asked_by,
            "in": seen.wish.conversation_id,
            "capability": seen.call.capability,
            "args": seen.call.args,
            "seal": seen.seal,
            "opinions": [one.to_json() for one in heard],
            "why": why,
        },
        salt=SEALED,
        compress=True,
    )


def opened(conversation: Conversation, user: Any, sealed: str, seconds: int | None = None) -> dict[str, Any] | None:
    """What this person looked at in this conversation, within so many seconds; None when it isn't that."""
    try:
        held: dict[str, Any] = signing.loads(sealed, salt=SEALED, max_age=seconds)
    except signing.BadSignature:
        return None
    return held if (held["by"], held["in"]) == (user.pk, conversation.pk) else None


def do(conversation: Conversation, user: Any, sealed: str) -> ToolCall:
    """Propose what was looked at and cast the operator's own vote; what is above their limit waits for somebody else.
    Done again it finds what was done."""
    require_owner(conversation, user)
    held = opened(conversation, user, sealed, 60 * deeds.kit().policy.refunds.offer_minutes)
    if held is None:
        raise MovedError
    found = ToolCall.objects.filter(key=key_of(held["seal"])).first()
    if found is None:
        found = proposed(conversation, user, held)
    return finish(found, user, held)


def proposed(conversation: Conversation, user: Any, held: dict[str, Any]) -> ToolCall:
    args = specs.arguments(held["capability"], held["args"])
    try:
        seen = look(conversation, user, args)
        if seen.seal != held["seal"]:
            raise MovedError
    except (CantError, MovedError):
        twin: ToolCall | None = ToolCall.objects.filter(
            key=key_of(held["seal"])
        ).first()  # the other click may have been first
        if twin is None:
            raise
        return twin
    with transaction.atomic():  # who owns the conversation can't change between the look and the row
        require_owner(Conversation.objects.select_for_update().get(pk=conversation.pk), user)
        return gate.propose(under(seen.wish, seen.key), seen.reading, seen.terms)


def under(wish: Wish, key: uuid.UUID) -> Wish:
    return Wish(**{**wish.__dict__, "key": key})


def finish(call: ToolCall, user: Any, held: dict[str, Any]) -> ToolCall:
    """Critic, gate, vote and effect; whoever finds a colleague's write leaves it as it is."""
    if call.asked_by_id == user.pk and call.status == ToolCall.Status.PROPOSED:
        gate.open(call, writes.terms(deeds.kit()), [Opinion.from_json(one) for one in held["opinions"]])
        vote(call, user, held["why"])
    now: ToolCall = ToolCall.objects.select_related("asked_by").get(pk=call.pk)
    return now


def vote(call: ToolCall, user: Any, why: str) -> None:
    """The click counts up to their own limit; above it the request waits for whoever may."""
    request = ApprovalRequest.objects.filter(call=call, status__in=("pending", "approved")).first()
    if request is None:
        return
    if request.status == ApprovalRequest.Status.PENDING:
        if deciding.may_not(user, request, asking=True):
            return
        try:
            request = deciding.decide(request.public_id, user, yes=True, reason=why, asking=True)
        except deciding.RefusedError:
            return  # the other click was first
    if request.status == ApprovalRequest.Status.APPROVED:
        deeds.carry_out(call.pk)
