"""What `make chaos` is made of: faults drawn from a seed, every point on some way, and checkers that notice."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable

import pytest
from django.db import connection
from django.db.models import F

from agents import writes
from approvals.models import Vote
from config.chaos import checks, crashes, plan
from config.chaos.__main__ import report
from config.chaos.scenarios import SCENARIOS, ways_to
from config.chaos.stories import Story
from config.seed import PEOPLE, seed_operator, seed_roles
from conversations import faults
from conversations.models import Conversation, Message
from tests.cast import bill
from tests.house import House
from tests.shopserver import ShopServer


def test_the_same_seed_draws_the_same_faults() -> None:
    one, other, third = (plan.crashes(300, random.Random(seed)) for seed in (1, 1, 2))
    assert one == other != third
    assert sum(fate.faults for fate in one) == 300


@pytest.mark.parametrize("faults_wanted", [20, 300, 10_000])
def test_one_in_twenty_is_a_true_kill_and_each_point_is_killed(faults_wanted: int) -> None:
    crashed, killed = plan.share(faults_wanted)
    assert crashed + killed == max(faults_wanted, len(faults.POINTS))
    assert killed == max(len(faults.POINTS), faults_wanted // 20)
    fates = plan.kills(killed, random.Random(1))
    assert {point for fate in fates for point in fate.points if point} == faults.POINTS


@pytest.mark.parametrize("point", sorted(faults.POINTS))
def test_every_fault_point_is_on_the_way_of_a_scenario(point: str) -> None:
    assert ways_to(point)


def people() -> None:
    seed_roles()
    for person in PEOPLE:
        seed_operator(*person)


def lived(faults_wanted: int) -> tuple[list[Story], list[str]]:
    people()
    fates = plan.crashes(faults_wanted, random.Random(3))
    stories = plan.cast(fates)
    missed = [point for one in zip(stories, fates, strict=True) for point in crashes.live(*one)]
    return stories, missed


def test_whole_stories_survive_a_crash_at_each_of_their_steps(busy: House, shop: ShopServer) -> None:
    """FAULTS A1, A8, small: `make chaos` is the same with more of it, and with true kills."""
    stories, missed = lived(30)
    assert missed == []
    assert list(map(str, checks.problems(stories))) == []


def test_a_point_that_a_step_does_not_pass_is_reported(busy: House, shop: ShopServer) -> None:
    (story,) = plan.cast([fate := plan.Fate("status", ("write.after_send",))])
    assert crashes.live(story, fate) == ["write.after_send"]


def test_a_key_that_is_new_at_each_try_is_noticed(
    busy: House, shop: ShopServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: the guard removed."""
    people()
    (story,) = plan.cast([fate := plan.Fate("refund-policy", (None, "write.after_propose"))])
    monkeypatch.setattr(writes.uuid, "uuid5", lambda *_: uuid.uuid4())
    crashes.live(story, fate)
    found = [one for one in checks.problems([story]) if one.checker == "unique"]
    assert any(
        one.harm == checks.DUPLICATE and "2 proposals (" in one.text and "handoffs ['critic-rejected']" in one.text
        for one in found
    )


@pytest.mark.parametrize(
    ("missed", "says"),
    [
        ([], []),
        (["write.after_clear"], []),
        (["write.after_clear"] * 60, ["write.after_clear was never reached", "60 points were not reached"]),
    ],
)
def test_a_kill_that_came_too_late_is_no_fault_and_many_are_a_problem(missed: list[str], says: list[str]) -> None:
    fates = [plan.Fate("any", (point,)) for point in sorted(faults.POINTS) * 60]
    told = report(1, fates, missed, [])
    assert told["problems"] == says
    assert told["faults"] == len(fates) - len(missed)


def sql(statement: str, **params: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


def a_second_ticket(story: Story, shop: ShopServer) -> None:
    customer = f"C-9{story.order.removeprefix('FW-9')}"
    wish = {
        "customer": customer,
        "order": story.order,
        "kind": "consignment_refund",
        "subject": "x",
        "body": "x",
        "amount_cents": 1,
    }
    assert shop.ask("POST", "/tickets", wish, Idempotency_Key=str(uuid.uuid4())).status_code == 201


def a_lost_message(story: Story, _: ShopServer) -> None:
    sql("delete from conversations_message where conversation_id = %(talk)s and seq = 1", talk=story.conversation)


def a_forgotten_review(story: Story, _: ShopServer) -> None:
    sql(
        "delete from approvals_criticreview k using tools_toolcall t"
        " where t.id = k.call_id and t.conversation_id = %(talk)s",
        talk=story.conversation,
    )


def a_third_vote(story: Story, _: ShopServer) -> None:
    vote = Vote.objects.filter(request__call__conversation=story.conversation).first()
    assert vote is not None
    Vote.objects.create(request=vote.request, operator=bill(), role="billing_specialist", yes=True, reason="x")


def work_left_over(story: Story, _: ShopServer) -> None:
    Conversation.objects.filter(pk=story.conversation).update(wake=99)


def words_of_somebody_else(story: Story, _: ShopServer) -> None:
    sql(
        "update conversations_message set text = text || ' buyer1000@example.com'"
        " where conversation_id = %(talk)s and author = 'agent'",
        talk=story.conversation,
    )


def still_at_it(story: Story) -> None:
    """A slow machine: before its answer the first turn said that it goes on. That is no second answer."""
    for seq in Message.objects.filter(conversation=story.conversation, seq__gt=1).order_by("-seq").values("seq"):
        sql(
            "update conversations_message set seq = seq + 1 where conversation_id = %(talk)s and seq = %(seq)s",
            talk=story.conversation,
            **seq,
        )
    Conversation.objects.filter(pk=story.conversation).update(last_seq=F("last_seq") + 1)
    Message.objects.create(
        conversation_id=story.conversation, seq=2, author="agent", text=checks.still_at_it()[0], client_id=None
    )


# scenario → what is done to one of its stories, and who has to notice, as what
PLANTED: dict[str, tuple[Callable[[Story, ShopServer], None], str, str]] = {
    "refund-policy": (a_second_ticket, "bank", checks.DUPLICATE),
    "refund-operator": (a_lost_message, "set", checks.LOST),
    "refund-partner": (a_forgotten_review, "trace", checks.UNAUDITED),
    "refund-two-people": (a_third_vote, "unique", checks.OTHER),
    "refund-brand": (work_left_over, "quiet", checks.LOST),
    "refund-brand-operator": (words_of_somebody_else, "foreign", checks.OTHER),
}


def test_each_checker_notices_what_is_its_own(busy: House, shop: ShopServer) -> None:
    """The twin of a run without problems."""
    people()
    fates = [plan.Fate(name, (None,) * len(one.steps)) for name, one in SCENARIOS.items()]
    stories = plan.cast(fates)
    for story, fate in zip(stories, fates, strict=True):
        crashes.live(story, fate)
    still_at_it(stories[0])
    assert list(map(str, checks.problems(stories))) == []
    for story in stories:
        if story.scenario in PLANTED:
            PLANTED[story.scenario][0](story, shop)
    found = checks.problems(stories)
    for name, (_, checker, harm) in PLANTED.items():
        assert any((one.checker, one.harm) == (checker, harm) and one.text.startswith(name) for one in found), name
    assert {one.checker for one in found} == set(checks.CHECKERS)
