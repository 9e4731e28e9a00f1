"""Pausing the agent and letting it go on. Whoever works in the console may stop it; going on takes a manager."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from conversations.access import is_operator
from conversations.channels import CHANNELS
from conversations.lifecycle import display_name
from conversations.models import Handoff, Now, Pause
from conversations.pauses import REASON
from conversations.presentation import plain_words
from tools.models import ToolCall

from . import kits, releases, standing

LONGEST_WHY: Final = 300
NAMED: Final = (Pause.Scope.INTENT, Pause.Scope.CHANNEL)


class CantError(ValueError):
    """Nothing was changed; the text says why, and what to do."""


def may_resume(user: Any) -> bool:
    """Going on can do harm, so it takes more than stopping."""
    return standing.may_change(user)


def names() -> dict[str, list[tuple[str, str]]]:
    """What can be paused by name: scope → (name, what it says)."""
    live = releases.live()
    known = kits.load(live.pk).taxonomy.intents if live is not None else ()
    intents = sorted((intent.name, intent.title) for intent in known)
    return {Pause.Scope.INTENT.value: intents, Pause.Scope.CHANNEL.value: [(name, name) for name in CHANNELS]}


def choices() -> list[tuple[str, Any]]:
    """For a form: "scope" or "scope:name", the named ones in groups; first what stops most."""
    whole = [(scope.value, scope.label) for scope in Pause.Scope if scope not in NAMED]
    groups = [(Pause.Scope(scope).label, group(scope, known)) for scope, known in reversed(names().items())]
    return [*whole, *groups]


def group(scope: str, known: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(f"{scope}:{name}", f"{plain_words(name)} ({title})" if title != name else name) for name, title in known]


def pause(scope: str, name: str, user: Any, why: str) -> Pause:
    """From the commit on the agent does none of this, in any process."""
    why = reason(why)
    if not is_operator(user):
        raise CantError(f"{user.get_username()} may not: it takes somebody who works in the console.")
    check(scope, name)
    try:
        with transaction.atomic():
            row: Pause = Pause.objects.create(scope=scope, name=name, paused_by=user, why=why)
    except IntegrityError as error:
        raise CantError("That is paused already.") from error
    return Pause.objects.get(pk=row.pk)


def resume(pk: int, user: Any, why: str) -> Pause:
    """The agent goes on with what comes from now; what people have got meanwhile stays with them."""
    why = reason(why)
    if not may_resume(user):
        raise CantError(f"{user.get_username()} may not: it takes a manager or an administrator to resume.")
    with transaction.atomic():
        row = Pause.objects.select_for_update().get(pk=pk)
        if row.resumed_by is not None:
            raise CantError(f"{display_name(row.resumed_by)} has resumed that already.")
        row.resumed_at, row.resumed_by, row.resumed_why = Now(), user, why
        row.save(update_fields=["resumed_at", "resumed_by", "resumed_why"])
    return Pause.objects.get(pk=pk)


def reason(why: str) -> str:
    why = " ".join(why.split())
    if not why:
        raise CantError("Say in a few words why: everybody reads it beside what is paused.")
    if len(why) > LONGEST_WHY:
        raise CantError(f"A reason has {LONGEST_WHY} characters at most.")
    return why


def check(scope: str, name: str) -> None:
    if scope not in Pause.Scope.values:
        raise CantError(f"Choose one of {', '.join(Pause.Scope.values)}.")
    if scope not in NAMED:
        if name:
            raise CantError(f"{Pause.Scope(scope).label} has no name.")
        return
    known = [one for one, _ in names()[scope]]
    if name not in known:
        raise CantError(f"There is no {scope} {name or '(none was named)'}; there are {', '.join(known)}.")


def handed_over(row: Pause) -> QuerySet[Handoff]:
    """Conversations that people got because of this pause, the longest wait first. Two pauses at once share theirs: a
    handoff says what was paused, not which row did it."""
    found = Handoff.objects.filter(reasons(row), created_at__gte=row.paused_at)
    if row.resumed_at is not None:  # a turn that knew of it may end a little later
        found = found.filter(
            created_at__lt=row.resumed_at + timedelta(seconds=settings.HANDRAIL["hopeless_turn_seconds"])
        )
    return found.select_related("conversation__customer", "conversation__operator").order_by("pk")


def reasons(row: Pause) -> Q:
    if row.scope == Pause.Scope.WRITES:
        return Q(reason__startswith=f"{REASON}:")
    if row.scope == Pause.Scope.INTENT:
        return Q(reason=f"{REASON}:{row.name}")
    mine = Q(reason=REASON)
    return mine & Q(conversation__channel=row.name) if row.scope == Pause.Scope.CHANNEL else mine


def held_writes(row: Pause) -> QuerySet[ToolCall]:
    """The agent's writes that people approved and that waited for the end of this pause, or still do."""
    approved = Q(origin=ToolCall.Origin.AGENT, requests__status="approved")
    waiting = Q(status=ToolCall.Status.PROPOSED)
    if row.resumed_at is not None:
        approved &= Q(requests__moved_at__lt=row.resumed_at)
        waiting |= Q(effect__created_at__gte=row.resumed_at)
    held = ToolCall.objects.filter(approved)
    if row.scope == Pause.Scope.CHANNEL:
        held = held.filter(conversation__channel=row.name)
    if row.scope == Pause.Scope.INTENT:
        held = held.filter(confirmation__intent=row.name)
    return held.filter(waiting).select_related("conversation__customer").order_by("pk")


def as_json(row: Pause) -> dict[str, Any]:
    """One pause for the command line and its readers."""
    return {
        "id": row.pk,
        "scope": row.scope,
        "name": row.name,
        "since": row.paused_at.isoformat(),
        "by": row.paused_by.get_username(),
        "why": row.why,
        "resumed_at": row.resumed_at.isoformat() if row.resumed_at else None,
        "resumed_by": row.resumed_by.get_username() if row.resumed_by else None,
        "handed_over": [str(one.conversation.public_id) for one in handed_over(row)],
        "held_writes": [str(call.key) for call in held_writes(row)],
    }
