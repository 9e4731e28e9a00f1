"""Celery tasks: they carry a primary key and are safe to run twice, and twice at once."""

from __future__ import annotations

from celery import shared_task

from approvals.deciding import EXECUTE
from conversations import events, lifecycle
from conversations.bell import RUN_TURN
from knowledge.checks import TELL

from . import checked, deeds, runner
from .llm import ledger


@shared_task(name=RUN_TURN)
def run_turn(conversation_id: int) -> None:
    """Work on a conversation until it is quiet; the claim makes every further call do nothing."""
    runner.work_on(conversation_id)


@shared_task(name="agents.sweep")
def sweep() -> None:
    """Run overdue turns; the sweeper process does the same without a broker."""
    runner.sweep()


@shared_task(name="conversations.anchor_events")
def anchor_events() -> None:
    """Remember the heads of all event chains that changed."""
    events.anchor()


@shared_task(name="conversations.close_old")
def close_old() -> None:
    """Close what was resolved long ago."""
    lifecycle.close_old()


@shared_task(name=EXECUTE)
def carry_out(call_id: int) -> None:
    """Carry an approved write out; the effect's key and lease make every further call do nothing."""
    deeds.carry_out(call_id)


@shared_task(name=TELL)
def tell_checked(check_id: int) -> None:
    """Tell a customer that the page they waited for has been checked; the mark on the row makes it once."""
    checked.tell(check_id)


@shared_task(name="agents.forget_exchanges")
def forget_exchanges() -> None:
    """Empty what models were asked and answered, once it is old; the figures stay."""
    ledger.forget()
