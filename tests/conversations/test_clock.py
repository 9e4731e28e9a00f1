from datetime import UTC, datetime

import pytest
from django.db import Error, connection, transaction

from conversations import clock

pytestmark = pytest.mark.django_db


def test_business_time_moves_in_a_test_database() -> None:
    moment = datetime(2030, 1, 2, 3, 4, tzinfo=UTC)
    with clock.at(moment):
        assert clock.business_now() == moment
    assert clock.business_now() != moment


def test_business_time_does_not_move_elsewhere() -> None:
    """The function refuses by the database's name; here a copy of it believes that it stands in another database."""
    with connection.cursor() as cursor:
        cursor.execute(
            clock.FUNCTION.replace("current_database()", "'handrail'").replace("handrail_now", "elsewhere_now")
        )
        cursor.execute("select set_config('handrail.now', '2030-01-01', true)")
    with pytest.raises(Error, match="test and scratch"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select elsewhere_now()")
