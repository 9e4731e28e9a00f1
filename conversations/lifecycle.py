"""Moves between statuses: verbs with an actor and a reason, repeated by a trigger that also writes the event."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final, TypeVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import models, transaction
from django.db.models import F
from django_fsm import TransitionNotAllowed

from . import bell
from .access import Actor
from .clock import business_now
from .models import Conversation, Message, Now
from .outbox import append

Row = TypeVar("Row", bound=models.Model)

TRIGGER: Final = """
create or replace function {table}_moves() returns trigger language plpgsql as $body$
declare moves constant text[] := array[{moves}];
begin
  if tg_op = 'INSERT' then
    if new.status <> '{initial}' then
      raise exception 'a {noun} is born {initial}, not %', new.status using errcode = 'check_violation';
    end if;
    insert into conversations_event(stream, verb, actor, reason, data)
      values ('{noun}:' || new.id, 'created', new.moved_by, new.moved_why, '{{}}');
  else
    if not (old.status || '>' || new.status) = any (moves) then
      raise exception '{noun} % may not move from % to %', new.id, old.status, new.status
        using errcode = 'check_violation';
    end if;
    insert into conversations_event(stream, verb, actor, reason, data)
      values ('{noun}:' || new.id, new.status, new.moved_by, new.moved_why,
              jsonb_build_object('from', old.status, 'to', new.status));
  end if;
  return null;
end $body$;
drop trigger if exists {table}_born on {table};
create trigger {table}_born after insert on {table} for each row execute function {table}_moves();
drop trigger if exists {table}_moved on {table};
create trigger {table}_moved after update on {table} for each row
  when (old.status is distinct from new.status) execute function {table}_moves()
"""


class NotAllowedError(Exception):
    """A move was refused; the text says why and what to do."""


def moves_of(model: type[models.Model]) -> list[str]:
    """Every legal move of the model's fsm table as 'from>to', sorted."""
    found = set()
    statuses = [str(value) for value, _ in model._meta.get_field("status").choices or ()]  # type: ignore[union-attr]
    for move in model.get_all_status_transitions(model()):  # type: ignore[attr-defined]
        sources = statuses if move.source == "*" else [move.source]
        found |= {f"{source}>{move.target}" for source in sources if source != move.target}
    return sorted(found)


def trigger_sql(table: str, noun: str, initial: str, moves: list[str]) -> str:
    """The trigger that repeats the fsm table in the database; migrations freeze its arguments, a test compares."""
    listed = ", ".join(f"'{move}'" for move in sorted(moves))
    return TRIGGER.format(table=table, noun=noun, initial=initial, moves=listed)


def move(
    model: type[Row], pk: Any, verb: str, actor: Actor, reason: str, change: Callable[[Row], list[str]] | None = None
) -> Row:
    """Lock the row, check the move, save only what moved, and return a fresh object."""
    with transaction.atomic():
        row = model._default_manager.select_for_update().get(pk=pk)
        fields = change(row) if change else []
        try:
            getattr(row, verb)()
        except TransitionNotAllowed as error:
            raise NotAllowedError(f"This can't be done: it is {row.get_status_display().lower()}.") from error  # type: ignore[attr-defined]
        row.moved_by, row.moved_why = actor.label, reason  # type: ignore[attr-defined]
        if hasattr(row, "moved_at"):
            row.moved_at = Now()
            fields.append("moved_at")
        row.save(update_fields=["status", "moved_by", "moved_why", *fields])
    return model._default_manager.get(pk=pk)


def take_over(conversation: Conversation, operator: AbstractBaseUser) -> Conversation:
    """The operator owns the next reply from here on; refused with the owner's name when somebody else has it."""

    def change(row: Conversation) -> list[str]:
        if row.status == Conversation.Status.HUMAN:
            raise NotAllowedError(
                "You already have this conversation."
                if row.operator_id == operator.pk
                else f"{display_name(row.operator)} has this conversation. Ask them to give it back first."
            )
        row.operator_id = operator.pk
        return ["operator", *settle(row)]

    return by_operator(conversation, operator, "take_over", "took_over", change, "{name} joined the conversation.")


def give_back(conversation: Conversation, operator: AbstractBaseUser) -> Conversation:
    """The agent owns the next reply again, and answers at once when the customer spoke last."""

    def change(row: Conversation) -> list[str]:
        require_owner(row, operator)
        row.operator_id = None
        last = Message.objects.filter(conversation=row).exclude(author=Message.Author.SYSTEM).order_by("-seq").first()
        if last is None or last.author != Message.Author.CUSTOMER:
            return ["operator"]
        row.wake, row.woke_at = row.wake + 1, Now()
        return ["operator", "wake", "woke_at"]

    return by_operator(conversation, operator, "give_back", "gave_back", change, "{name} handed back to the assistant.")


def requeue(conversation: Conversation, operator: AbstractBaseUser) -> Conversation:
    """Back in line for another operator."""

    def change(row: Conversation) -> list[str]:
        require_owner(row, operator)
        row.operator_id = None
        return ["operator"]

    return by_operator(conversation, operator, "requeue", "requeued", change, "{name} asked a colleague to take this.")


def resolve(conversation: Conversation, operator: AbstractBaseUser, seen: int | None = None) -> Conversation:
    """Settled. Refused while another operator has it, or when the customer has written something after `seen`."""

    def change(row: Conversation) -> list[str]:
        if seen is not None and row.heard_seq > seen:
            raise NotAllowedError("The customer has written meanwhile. Read it, then resolve.")
        if row.status == Conversation.Status.HUMAN:
            require_owner(row, operator)
        row.operator_id = None
        return ["operator", *settle(row)]

    return by_operator(conversation, operator, "resolve", "resolved", change, "{name} marked this as resolved.")


def by_operator(
    conversation: Conversation,
    operator: AbstractBaseUser,
    verb: str,
    reason: str,
    change: Callable[[Conversation], list[str]],
    line: str,
) -> Conversation:
    """The move and the line that tells the customer commit together; then the bells ring."""
    with transaction.atomic():
        moved = move(Conversation, conversation.pk, verb, Actor.operator(operator.pk), reason, change)
        append(moved.pk, Message.Author.SYSTEM, line.format(name=display_name(operator)))
        announce(moved)
    return moved


def announce(conversation: Conversation) -> None:
    """After the commit: tell every open page, and the agent when there is work for it."""
    transaction.on_commit(lambda: bell.poke(conversation.public_id))
    if conversation.status == Conversation.Status.ACTIVE and conversation.wake > conversation.done:
        transaction.on_commit(lambda: bell.ring(bell.RUN_TURN, conversation.pk))


def settle(row: Conversation) -> list[str]:
    """The agent has nothing left to answer: a person has seen it."""
    row.done, row.lease_until = F("wake"), None
    return ["done", "lease_until"]


def close_old() -> int:
    """Close what was resolved `reopen_days` ago; return how many. Running it twice changes nothing more."""
    before = business_now() - timedelta(days=settings.HANDRAIL["reopen_days"])
    due = Conversation.objects.filter(status=Conversation.Status.RESOLVED, moved_at__lt=before)
    closed = 0
    for pk in due.values_list("pk", flat=True):
        try:
            move(Conversation, pk, "close", Actor("system"), "reopen_days_over")
            closed += 1
        except NotAllowedError:
            continue  # the customer wrote, or another process closed it, meanwhile
    return closed


def require_owner(row: Conversation, operator: AbstractBaseUser) -> None:
    if row.operator_id != operator.pk:
        owner = display_name(row.operator) if row.operator else "nobody"
        raise NotAllowedError(f"This conversation is with {owner}, not with you.")


def display_name(operator: Any) -> str:
    return str(getattr(operator, "first_name", "") or operator.get_username())
