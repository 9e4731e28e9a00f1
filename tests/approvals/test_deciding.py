"""FAULTS C1 to C3: one decision each, by somebody who may, while it waits; raced on real Postgres."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

from approvals import deciding, ladder
from approvals.deciding import RefusedError, decide
from approvals.models import ApprovalRequest, Vote
from conversations.access import SYSTEM
from conversations.models import Event
from tests.approvals.writes import a_call, asked, talk_of
from tests.cast import alice, bill, manager, mia, olga
from tools.models import ToolCall

Act = Callable[[], Any]


def race(*acts: Act) -> list[Any]:
    """All at once; each one's result or exception, in order."""
    start = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(place: int, act: Act) -> None:
        try:
            start.wait()
            results[place] = act()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(i, act)) for i, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return results


def vote(request: ApprovalRequest, user: User, *, yes: bool) -> Act:
    return lambda: decide(request.public_id, user, yes=yes, reason="seen")


@pytest.mark.django_db(transaction=True)
def test_two_voters_at_once_end_approved() -> None:
    talk, one, other = talk_of(alice()), manager(), mia()
    for i in range(60):
        request = asked(a_call(talk, f"R-{i}", 150000, people=2, role="manager"), "manager", 2)
        results = race(vote(request, one, yes=True), vote(request, other, yes=True))
        assert not [result for result in results if isinstance(result, Exception)], results
        assert ApprovalRequest.objects.get(pk=request.pk).status == "approved"


@pytest.mark.django_db(transaction=True)
def test_the_same_person_twice_at_once_is_one_vote() -> None:
    """A double click never makes two people of one."""
    talk, one = talk_of(alice()), manager()
    for i in range(40):
        request = asked(a_call(talk, f"R-{i}", 150000, people=2, role="manager"), "manager", 2)
        race(vote(request, one, yes=True), vote(request, one, yes=True))
        assert Vote.objects.filter(request=request).count() == 1
        assert ApprovalRequest.objects.get(pk=request.pk).status == "pending"


@pytest.mark.django_db(transaction=True)
def test_a_stop_and_an_approval_at_once_end_in_one_of_them() -> None:
    talk, one = talk_of(alice()), olga()
    for i in range(60):
        call = a_call(talk, f"R-{i}", 6000, people=1, role="operator")
        request = asked(call)
        race(vote(request, one, yes=True), lambda pk=call.pk: deciding.withdraw(pk, SYSTEM, "withdrawn"))
        request = ApprovalRequest.objects.get(pk=request.pk)
        assert ToolCall.objects.get(pk=call.pk).status == "dropped"
        assert request.status == "superseded"


PEOPLE = {"olga": olga, "bill": bill, "max": manager, "mia": mia}
MAY = [
    # amount's rung, who, what stands in the refusal ("" when they may)
    ("operator", 1, "olga", ""),
    ("operator", 1, "bill", ""),
    ("billing_specialist", 1, "olga", "billing specialist"),
    ("billing_specialist", 1, "bill", ""),
    ("billing_specialist", 1, "max", ""),
    ("manager", 2, "olga", "billing specialist"),
    ("manager", 2, "bill", ""),
    ("manager", 2, "max", ""),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("role", "people", "who", "refusal"), MAY)
def test_each_decides_within_their_reach(role: str, people: int, who: str, refusal: str) -> None:
    """C3: above one's limit it is refused with who may, on record, and nothing has changed."""
    request = asked(a_call(talk_of(alice()), "R-1", 60000, people=people, role=role), role, people)
    user = PEOPLE[who]()
    if not refusal:
        decide(request.public_id, user, yes=True, reason="seen")
        return
    with pytest.raises(RefusedError, match=refusal) as caught:
        decide(request.public_id, user, yes=True, reason="seen")
    assert caught.value.right
    assert not Vote.objects.exists()
    assert Event.objects.filter(stream=f"approvalrequest:{request.pk}", verb="refused").exists()


@pytest.mark.django_db
def test_two_people_without_a_manager_are_not_enough() -> None:
    """D4: above 1,000 a manager and two different people."""
    request = asked(a_call(talk_of(alice()), "R-1", 150000, people=2, role="manager"), "manager", 2)
    second = User.objects.create(username="ben", is_staff=True)
    second.groups.set(bill().groups.all())
    decide(request.public_id, bill(), yes=True, reason="seen")
    assert decide(request.public_id, second, yes=True, reason="seen").status == "pending"
    assert decide(request.public_id, mia(), yes=True, reason="seen").status == "approved"


@pytest.mark.django_db
def test_nobody_decides_about_their_own_account() -> None:
    request = asked(a_call(talk_of(alice()), "R-1", 6000, people=1, role="operator"))
    user = olga()
    user.email = "ALICE@example.com"
    user.save(update_fields=["email"])
    with pytest.raises(RefusedError, match="own account") as caught:
        decide(request.public_id, user, yes=True, reason="seen")
    assert caught.value.right


@pytest.mark.django_db
@pytest.mark.parametrize("locked", ["is_active", "is_staff"])
def test_who_lost_the_right_decides_nothing(locked: str) -> None:
    request = asked(a_call(talk_of(alice()), "R-1", 6000, people=1, role="operator"))
    user = olga()
    setattr(user, locked, False)
    with pytest.raises(RefusedError, match="Only operators"):
        decide(request.public_id, user, yes=True, reason="seen")


@pytest.mark.django_db
def test_a_decision_needs_a_reason_and_comes_in_time() -> None:
    call = a_call(talk_of(alice()), "R-1", 6000, people=1, role="operator")
    request = asked(call)
    for reason in ("", "   ", "x" * 501):
        with pytest.raises(RefusedError):
            decide(request.public_id, olga(), yes=True, reason=reason)
    with connection.cursor() as cursor:
        cursor.execute("update approvals_approvalrequest set expires_at = handrail_now() - interval '1 microsecond'")
    with pytest.raises(RefusedError, match="expired"):
        decide(request.public_id, olga(), yes=True, reason="seen")
    assert ApprovalRequest.objects.get().status == "pending"
    assert not Vote.objects.exists()


@pytest.mark.django_db
def test_the_second_to_decide_learns_who_was_first() -> None:
    request = asked(a_call(talk_of(alice()), "R-1", 6000, people=1, role="operator"))
    decide(request.public_id, olga(), yes=False, reason="not broken")
    with pytest.raises(RefusedError, match="rejected by Olga"):
        decide(request.public_id, bill(), yes=True, reason="seen")


@pytest.mark.django_db
def test_what_expired_is_dropped_and_told_once() -> None:
    call = a_call(talk_of(alice()), "R-1", 6000, people=1, role="operator")
    request = asked(call)
    with connection.cursor() as cursor:
        cursor.execute("update tools_toolcall set expires_at = handrail_now() - interval '1 second'")
    assert deciding.expire_old() == 1
    assert deciding.expire_old() == 0
    assert ApprovalRequest.objects.get(pk=request.pk).status == "expired"
    assert (ToolCall.objects.get().status, ToolCall.objects.get().moved_why) == ("dropped", "expired")


def test_a_request_that_isnt_there_is_not_decided(db: None) -> None:
    with pytest.raises(ApprovalRequest.DoesNotExist):
        decide(uuid.uuid4(), olga(), yes=True, reason="seen")


def test_the_ladder_has_the_rungs_of_the_contract(db: None) -> None:
    """D4: each boundary, to the cent."""
    from knowledge.policy import Policy
    from tools import pack

    refunds = Policy.parse(pack.active().policy.read_text()).refunds
    rungs = {cents: ladder.rung(cents, refunds) for cents in (5000, 5001, 50000, 50001, 100000, 100001)}
    assert [(rung.people, rung.role) for rung in rungs.values()] == [
        (0, ""), (1, "operator"), (1, "operator"), (1, "billing_specialist"), (1, "billing_specialist"), (2, "manager"),
    ]  # fmt: skip
