"""What a test with real commits leaves is gone before the next begins, also what a trigger keeps from any DELETE."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from django.db import InternalError, ProgrammingError, connection, transaction

from agents import seed
from agents.models import Certificate
from conversations.models import Event
from tests import cast
from tests.house import few_articles
from tests.sweeping import STAY, sweep

pytestmark = pytest.mark.django_db(transaction=True)


def filled() -> set[str]:
    """Every table of the house that holds a row."""
    with connection.cursor() as cursor:
        names = connection.introspection.django_table_names(only_existing=True, include_views=False)
        cursor.execute(" union all ".join(f"(select '{name}' from {name} limit 1)" for name in names))
        return {name for (name,) in cursor.fetchall()}


def test_every_row_goes_but_what_migrations_made(tmp_path: Path) -> None:
    seed.seed(few_articles(tmp_path))
    cast.says(cast.alice(), "Where is my order?")
    cast.someone("max", "Managers")
    assert filled() > {"agents_certificate", "conversations_event", "conversations_message", "auth_user_groups", *STAY}
    sweep()
    assert filled() == set(STAY)


@pytest.mark.parametrize("kept", [Event, Certificate])
def test_what_is_swept_is_kept_from_everybody_else(kept: type[Event | Certificate], tmp_path: Path) -> None:
    seed.seed(few_articles(tmp_path))
    with pytest.raises((InternalError, ProgrammingError)):
        kept.objects.all().delete()
    assert kept.objects.exists()


def test_what_is_being_written_is_waited_for() -> None:
    """A thread or a process of the test that is still at it leaves nothing to the next test."""
    written, sweeping = threading.Event(), threading.Event()

    def write() -> None:
        with transaction.atomic():
            cast.alice()
            written.set()
            sweeping.wait(5)
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    assert written.wait(5)
    threading.Timer(0.2, sweeping.set).start()
    sweep()
    assert sweeping.is_set()  # not before
    writer.join(5)
    assert filled() == set(STAY)
