"""What a turn costs on the wire, counted by a proxy (BUDGETS P2)."""

from __future__ import annotations

from agents import runner
from tests import cast
from tests.house import House
from tests.pgproxy import Proxy, counting


def cost(proxy: Proxy, house: House, text: str) -> tuple[int, int]:
    """(round trips, statements) of one message and its turn, on warm connections."""
    who = house.alice()
    first = cast.says(who, "hello")
    runner.work_on(first.conversation_id)
    for _ in range(7):  # psycopg prepares a statement when it has seen it often enough
        cast.says(who, text, first.public_id)
        runner.work_on(first.conversation_id)
    counts = []
    for _ in range(3):
        proxy.reset()
        cast.says(who, text, first.public_id)
        runner.work_on(first.conversation_id)
        counts.append((proxy.counted.round_trips, proxy.counted.statements))
    return min(counts)  # on a slow machine a heartbeat may fall into one of them


def test_a_turn_with_one_outside_answer_takes_four_round_trips(moving_house: House) -> None:
    """P2: receive, claim, the answer made durable, finish."""
    with counting() as proxy:
        trips, statements = cost(proxy, moving_house, "Where is FW-10482?")
    assert (trips, statements) == (4, 4), proxy.counted.tags


def test_a_turn_that_searches_takes_four_round_trips_and_three_commits(moving_house: House) -> None:
    """P2, retrieval included: receive, claim, search (reads only), finish."""
    with counting() as proxy:
        trips, _ = cost(proxy, moving_house, "What is your returns policy?")
    assert trips == 4, proxy.counted.tags


def test_a_turn_costs_the_same_late_in_a_conversation(moving_house: House) -> None:
    """P3: nothing per turn grows with the conversation."""
    who = moving_house.alice()
    first = cast.says(who, "hello")
    runner.work_on(first.conversation_id)
    trips: list[int] = []
    with counting() as proxy:
        for i in range(40):
            proxy.reset()
            cast.says(who, f"Where is FW-10482? And again, number {i}", first.public_id)
            runner.work_on(first.conversation_id)
            trips.append(proxy.counted.round_trips)
    assert min(trips[10:15]) == min(trips[-5:])
