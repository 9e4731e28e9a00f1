"""People decide: once each, within their reach, while it waits. The call is locked first, then the request (C1, C3)."""

from __future__ import annotations

import uuid
from typing import Any, Final

from django.db import IntegrityError, transaction

from conversations import bell, events
from conversations.access import SYSTEM, Actor
from conversations.channels.base import BadMessageError
from conversations.clock import business_now
from conversations.faults import failpoint
from conversations.lifecycle import NotAllowedError, display_name, move, take_over
from conversations.logs import Log, log
from conversations.models import Conversation
from tools.models import Effect, ToolCall

from . import ladder, saying, waking
from .models import ApprovalRequest, Role, Vote

EXECUTE: Final = "approvals.execute"  # the task that a decision rings, by name
MOST_REASON: Final = 500


class RefusedError(Exception):
    """A decision was refused; the text says why and who may, or who has. `right`: it was a matter of rights (403)."""

    def __init__(self, text: str, *, right: bool = False) -> None:
        super().__init__(text)
        self.right = right


def may_not(user: Any, request: ApprovalRequest, *, role: str | None = None, asking: bool = False) -> str:
    """Why this person may not decide this request; empty when they may. The button and the verb ask the same. Who asked
    for it decides as they ask (`asking`), within their own limit, and at no other time. `role`: theirs, where a list
    has asked for it already."""
    refused = out_of_reach(user, request.call, request.role, request.people, own=role)
    if refused:
        return refused
    voted = next((vote for vote in request.votes.all() if vote.operator_id == user.pk), None)
    if voted is not None and request.status == ApprovalRequest.Status.PENDING:
        return "You have voted already; a second person has to decide as well."
    if not asking and request.call.asked_by_id == user.pk:
        return "You asked for this yourself. Somebody else has to decide."
    return ""


def out_of_reach(user: Any, call: ToolCall, role: str, people: int, *, own: str | None = None) -> str:
    """Why a write that takes these people isn't this person's to decide; empty when it is. `own`: their role."""
    own, needed = ladder.role_of(user) if own is None else own, ladder.least_role(role, people)
    if not own:
        return "Only operators decide about approvals."
    if ladder.level_of(own) < ladder.level_of(needed):
        return f"This is above your limit: it takes a {Role(needed).label.lower()}."
    return "This is your own account. A colleague has to decide." if is_own_account(user, call) else ""


def is_own_account(user: Any, call: ToolCall) -> bool:
    return bool(user.email) and user.email.casefold() == call.customer.email.casefold()


def decide(
    public_id: uuid.UUID, user: Any, *, yes: bool, reason: str, asking: bool = False, take: bool = False, told: str = ""
) -> ApprovalRequest:
    """Vote, and settle the request when that is enough. Refused with who and why when it is late or not theirs.
    `take`: whoever says no takes the conversation over in the same step, or nothing happens. `told`: what the customer
    reads of a no, beside the reason, which stays here; a yes tells itself."""
    reason, told = worded(reason), "" if yes else public(told)
    failpoint("approval.before_decide")
    with transaction.atomic():
        request = locked(public_id)
        refused = may_not(user, request, asking=asking) or late(request)
        if not refused:
            request = counted(request, user, yes=yes, reason=reason)
            if told:
                tell(request, user, told)
            if take and not yes:
                taken(request, user)
    if refused:
        if refused_by_right(user, request):
            with transaction.atomic():
                events.record(f"approvalrequest:{request.pk}", "refused", Actor.operator(user.pk), "no_right")
            raise RefusedError(refused, right=True)
        raise RefusedError(refused)
    failpoint("approval.after_decide")
    announce(request, asking=asking)
    return request


def worded(reason: str) -> str:
    """The reason as it is kept; refused when there is none, or too much of one."""
    reason = " ".join(reason.split())
    if not reason:
        raise RefusedError("Say in a few words why: the reason is kept with the decision.")
    if len(reason) > MOST_REASON:
        raise RefusedError(f"A reason has {MOST_REASON} characters at most.")
    return reason


def public(told: str) -> str:
    """The customer's words as they will stand there; none when nothing was written."""
    try:
        return saying.one_line(told) if told.strip() else ""
    except BadMessageError as error:
        raise RefusedError(f"What the customer is to read can't be sent. {error}") from error


def tell(request: ApprovalRequest, user: Any, told: str) -> None:
    """Before the agent's own words about the no; the whole decision is off when a person has the conversation."""
    talk = Conversation.objects.select_for_update(of=("self",)).get(pk=request.call.conversation_id)
    refused = saying.why_not(talk)
    if refused:
        raise RefusedError(f"Nothing was decided. {refused}")
    seq = saying.put(request.call, user, "on", told)
    events.record(f"approvalrequest:{request.pk}", saying.TOLD, Actor.operator(user.pk), "public-reason", {"seq": seq})


def taken(request: ApprovalRequest, user: Any) -> None:
    """The conversation is this person's; the whole decision is off when it can't be."""
    talk = Conversation.objects.get(pk=request.call.conversation_id)
    if talk.operator_id == user.pk:
        return
    try:
        take_over(talk, user)
    except NotAllowedError as error:
        raise RefusedError(f"Nothing was decided. {error} You can still reject it without taking over.") from error


def reject_all(
    public_ids: list[uuid.UUID], user: Any, reason: str, told: str = ""
) -> list[tuple[ApprovalRequest, str]]:
    """One reason for several, each decided for itself; (request, why it was refused, empty when it wasn't) of each.
    `told`: what each of the customers reads, as beside a single no. There is no such thing for a yes: each of those is
    looked at."""
    ended = []
    for request in ApprovalRequest.objects.filter(public_id__in=public_ids).order_by("pk"):
        try:
            ended.append((decide(request.public_id, user, yes=False, reason=reason, told=told), ""))
        except RefusedError as error:
            ended.append((request, str(error)))
    return ended


def refused_by_right(user: Any, request: ApprovalRequest) -> bool:
    own = request.call.asked_by_id == user.pk and not request.votes.filter(operator=user).exists()
    return own or bool(out_of_reach(user, request.call, request.role, request.people))


def locked(public_id: uuid.UUID) -> ApprovalRequest:
    """The request, its call locked before it, as everywhere."""
    call_id = ApprovalRequest.objects.values_list("call_id", flat=True).get(public_id=public_id)
    ToolCall.objects.select_for_update().get(pk=call_id)
    return (
        ApprovalRequest.objects.select_for_update(of=("self",))
        .select_related("call__customer")
        .get(public_id=public_id)
    )


def late(request: ApprovalRequest) -> str:
    """Why nothing is left to decide; empty while it waits."""
    if request.status != ApprovalRequest.Status.PENDING:
        last = request.votes.select_related("operator").order_by("-at").first()
        who = (
            f" by {display_name(last.operator)}"
            if last is not None and request.status in ("approved", "rejected")
            else ""
        )
        return f"This was {request.get_status_display().lower()}{who} already."
    if request.expires_at <= business_now():
        return "This has expired: nobody decided in time."
    if request.call.args_hash != request.args_hash or request.call.status != ToolCall.Status.PROPOSED:
        return "This isn't the write that was proposed any more. Load the page again."
    return ""


def counted(request: ApprovalRequest, user: Any, *, yes: bool, reason: str) -> ApprovalRequest:
    """The vote, then the request when enough people have said yes, or one has said no."""
    actor, role = Actor.operator(user.pk), ladder.role_of(user)
    try:
        with transaction.atomic():
            Vote.objects.create(request=request, operator_id=user.pk, role=role, yes=yes, reason=reason)
    except IntegrityError as error:
        raise RefusedError("You have voted already.") from error
    events.record(f"approvalrequest:{request.pk}", "voted", actor, "yes" if yes else "no", {"role": role})
    if not yes:
        rejected = move(ApprovalRequest, request.pk, "reject", actor, "rejected")
        move(ToolCall, request.call_id, "drop", actor, "rejected")
        waking.wake(request.call.conversation_id)
        return rejected
    if ladder.enough([v.role for v in request.votes.filter(yes=True)], request.role, request.people):
        return move(ApprovalRequest, request.pk, "approve", actor, "approved")
    return ApprovalRequest.objects.get(pk=request.pk)


def announce(request: ApprovalRequest, *, asking: bool = False) -> None:
    """Ring whoever carries it out or tells of it; the sweeper does the same a little later. Who asked for it carries it
    out in the same breath: a worker that is faster would have them read that it hasn't been answered yet."""
    talk = Conversation.objects.get(pk=request.call.conversation_id)
    if request.status == ApprovalRequest.Status.APPROVED and not asking:
        bell.ring(EXECUTE, request.call_id)
    elif request.status == ApprovalRequest.Status.REJECTED:
        bell.ring(bell.RUN_TURN, talk.pk)
    bell.poke(talk.public_id)
    log(Log.DECIDED, request=str(request.public_id), status=request.status, votes=request.votes.count())


def poke(call: ToolCall) -> None:
    bell.poke(call.conversation.public_id)


def withdraw(call_id: int, actor: Actor, why: str) -> str:
    """Take a proposal back before its effect: "dropped", or "too-late" when the effect row stands."""
    with transaction.atomic():
        call = ToolCall.objects.select_for_update().get(pk=call_id)
        if call.status == ToolCall.Status.CLEARED:
            refused = Effect.objects.filter(call=call, status=Effect.Status.REFUSED).exists()
            return "dropped" if refused else "too-late"
        try:
            move(ToolCall, call.pk, "drop", actor, why)
        except NotAllowedError:
            return "dropped"
        for request in call.requests.filter(status__in=("pending", "approved")):
            move(ApprovalRequest, request.pk, "supersede", actor, why)
    return "dropped"


def expire_old() -> int:
    """Requests and proposals whose time is over; return how many. Twice, or twice at once, changes nothing more."""
    due = ToolCall.objects.filter(status=ToolCall.Status.PROPOSED, expires_at__lte=business_now())
    ended = 0
    for pk in due.values_list("pk", flat=True):
        ended += expire(pk)
    return ended


def expire(call_id: int) -> int:
    with transaction.atomic():
        call = ToolCall.objects.select_for_update().get(pk=call_id)
        if call.status != ToolCall.Status.PROPOSED:
            return 0
        move(ToolCall, call.pk, "drop", SYSTEM, "expired")
        for request in call.requests.filter(status=ApprovalRequest.Status.PENDING):
            move(ApprovalRequest, request.pk, "expire", SYSTEM, "expired")
        for request in call.requests.filter(status=ApprovalRequest.Status.APPROVED):
            move(ApprovalRequest, request.pk, "supersede", SYSTEM, "expired")
        waking.wake(call.conversation_id)
    bell.ring(bell.RUN_TURN, call.conversation_id)
    return 1
