"""The desk's lists: filters, ages, how it ended, one's own decisions; and what a page of five hundred costs."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from approvals import deciding
from approvals.models import ApprovalRequest
from conversations import clock
from conversations.access import SYSTEM
from conversations.lifecycle import move
from conversations.models import Conversation, Handoff
from tests.approvals.test_desk_pages import post, signed_in, waiting
from tests.approvals.writes import a_call, an_order, asked
from tests.cast import alice, bill, manager, olga, says
from tools.models import Effect, ToolCall

pytestmark = pytest.mark.django_db


def desk(client: Client, **wanted: Any) -> str:
    answer = client.get(reverse("approvals:desk"), wanted)
    assert answer.status_code == 200
    return answer.content.decode()


def orders(page: str) -> list[str]:
    """The orders of the rows, in their order."""
    rows = page.split('class="row"')[1:]
    return [row.split('class="quiet small">')[1].split("<")[0] for row in rows]


def three() -> list[ApprovalRequest]:
    """60, 300 and 1,200 dollars, each with who has to decide it; the middle one is about an order's address."""
    talk = Conversation.objects.get(pk=says(alice(), "They are all broken").conversation_id)
    made = []
    for number, cents, role, people in (
        (1, 6000, "operator", 1),
        (2, 30_000, "billing_specialist", 1),
        (3, 120_000, "manager", 2),
    ):
        other = {"name": "change_order", "change": "address"} if number == 2 else {}
        call = a_call(talk, an_order(f"R-{number}"), cents, people=people, role=role, **other)
        made.append(asked(call, role, people))
    return made


def later(minutes: int) -> Any:
    return clock.at(clock.business_now() + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["R-1", "R-2", "R-3"]),
        ({"capability": "change_order"}, ["R-2"]),
        ({"role": "manager"}, ["R-3"]),
        ({"band": "to-100"}, ["R-1"]),
        ({"band": "to-500"}, ["R-2"]),
        ({"band": "above"}, ["R-3"]),
        ({"capability": "process_refund", "band": "above"}, ["R-3"]),
        ({"band": "to-1000"}, []),
        ({"q": "r-2"}, ["R-2"]),
        ({"q": "moreau ALICE"}, ["R-1", "R-2", "R-3"]),
        ({"q": "alice@example"}, ["R-1", "R-2", "R-3"]),
        ({"q": "alice R-3", "role": "manager"}, ["R-3"]),
        ({"q": "mallory"}, []),
        ({"q": "%"}, []),
        ({"band": "odd", "role": "king", "page": "-1", "who": "x"}, ["R-1", "R-2", "R-3"]),
    ],
)
def test_what_waits_is_filtered(wanted: dict[str, str], found: list[str]) -> None:
    three()
    page = desk(signed_in(olga()), **wanted)
    assert orders(page) == found
    assert ("No request fits" in page) == (not found)


def test_i_may_decide_is_what_the_button_says() -> None:
    """The filter and `may_not` agree for each person and each request."""
    requests = three()
    for user in (olga(), bill(), manager()):
        may = [request.call.order_ref for request in requests if not deciding.may_not(user, request)]
        assert orders(desk(signed_in(user), may="1")) == may
    assert may == ["R-1", "R-2", "R-3"]


def test_what_i_voted_on_or_is_about_me_is_not_mine_to_decide() -> None:
    requests = three()
    deciding.decide(requests[2].public_id, bill(), yes=True, reason="seen")
    assert orders(desk(signed_in(bill()), may="1")) == ["R-1", "R-2"]
    user = bill()
    user.email = alice().email
    user.save(update_fields=["email"])
    assert orders(desk(signed_in(user), may="1")) == []


def test_each_row_and_card_says_how_long_is_left() -> None:
    request = waiting()
    client = signed_in(olga())
    assert "min left" in desk(client)
    assert orders(desk(client, soon="1")) == []
    with later(25):
        page = desk(client, soon="1")
        assert "badge-warn" in page
        assert orders(page) == ["R-1"]
    with later(45):
        assert "15 min over" in desk(client)
        card = client.get(reverse("approvals:card", args=[request.public_id])).content.decode()
        assert "15 min over" in card
        assert "Expires" in card


def test_what_expires_soon_says_so() -> None:
    waiting()
    with later(45 * 60):
        assert "expires in" in desk(signed_in(olga()), soon="1")


def test_the_card_says_what_a_no_does() -> None:
    request = waiting()
    client = signed_in(olga())
    address = reverse("approvals:card", args=[request.public_id])
    assert "The agent tells the customer at once" in client.get(address).content.decode()
    Conversation.objects.filter(pk=request.call.conversation_id).update(status="human", operator=olga())
    page = client.get(address).content.decode()
    assert "A line in the conversation says so" in page
    assert "<dd>Olga</dd>" in page


def settled(request: ApprovalRequest, verb: str) -> None:
    """It went out, and the company's system has answered."""
    move(ToolCall, request.call_id, "clear", SYSTEM, "approved")
    call = request.call
    move(Effect, Effect.objects.create(key=call.key, call=call, args_hash=call.args_hash).pk, verb, SYSTEM, "answered")


def history() -> None:
    """Olga said yes to R-1, which was done, and no to R-2; Bill said yes to R-3, which the company refused; R-4 expired."""
    for number in range(1, 5):
        talk = Conversation.objects.get(pk=says(alice(), f"Number {number}").conversation_id)
        asked(a_call(talk, an_order(f"R-{number}"), 6000, people=1, role="operator"))
    requests = list(ApprovalRequest.objects.order_by("pk"))
    for request, user, yes in zip(requests[:3], (olga(), olga(), bill()), (True, False, True), strict=True):
        deciding.decide(request.public_id, user, yes=yes, reason=f"because of {request.call.order_ref}")
    settled(requests[0], "confirm")
    settled(requests[2], "refuse")
    with later(49 * 60):
        deciding.expire_old()


def test_the_history_says_who_when_why_and_how_it_ended() -> None:
    history()
    page = desk(signed_in(olga()), tab="decided")
    assert sorted(orders(page)) == ["R-1", "R-2", "R-3", "R-4"]
    for words in ("Olga: yes", "because of R-1", "Done", "Rejected", "Refused by the company", "Expired"):
        assert words in page


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"ended": "done"}, ["R-1"]),
        ({"ended": "rejected"}, ["R-2"]),
        ({"ended": "refused"}, ["R-3"]),
        ({"ended": "expired"}, ["R-4"]),
        ({"ended": "under-way"}, []),
        ({"days": "7"}, ["R-1", "R-2", "R-3", "R-4"]),
    ],
)
def test_the_history_is_filtered(wanted: dict[str, str], found: list[str]) -> None:
    history()
    assert sorted(orders(desk(signed_in(olga()), tab="decided", **wanted))) == found


def test_the_history_is_filtered_by_who_and_when() -> None:
    history()
    client = signed_in(olga())
    assert orders(desk(client, tab="decided", who=bill().pk)) == ["R-3"]
    with later(60 * 24 * 8):
        assert orders(desk(client, tab="decided", days="7")) == ["R-4"]


def test_ones_own_decisions_say_what_became_of_them() -> None:
    history()
    call = ToolCall.objects.get(order_ref="R-1")
    Handoff.objects.create(conversation=call.conversation, queue="general", reason="customer-complains", packet={})
    page = desk(signed_in(olga()), tab="mine")
    assert sorted(orders(page)) == ["R-1", "R-2"]
    assert page.count("came back: customer complains") == 1
    assert "1 done" in page
    assert "1 rejected" in page
    theirs = desk(signed_in(bill()), tab="mine")
    assert orders(theirs) == ["R-3"]
    assert "came back" not in theirs


def test_what_one_asked_for_and_others_decided_is_among_ones_own() -> None:
    """Above their limit somebody else decides; who asked still reads how it ended."""
    talk = Conversation.objects.get(pk=says(alice(), "It broke").conversation_id)
    call = a_call(
        talk, an_order("R-8"), 62_000, people=1, role="billing_specialist", origin="operator", row={"asked_by": olga()}
    )
    request = asked(call, "billing_specialist", why="by-operator")
    assert "Olga asked for it" in desk(signed_in(bill()))
    assert orders(desk(signed_in(olga()), tab="mine")) == []
    deciding.decide(request.public_id, bill(), yes=False, reason="not on this picture")
    page = desk(signed_in(olga()), tab="mine")
    assert orders(page) == ["R-8"]
    assert "not on this picture" in page
    assert orders(desk(signed_in(manager()), tab="mine")) == []


def test_what_one_asked_for_is_not_ones_own_to_decide() -> None:
    talk = Conversation.objects.get(pk=says(alice(), "It broke").conversation_id)
    call = a_call(
        talk, an_order("R-8"), 62_000, people=1, role="billing_specialist", origin="operator", row={"asked_by": bill()}
    )
    request = asked(call, "billing_specialist", why="by-operator")
    for user, may in ((bill(), False), (manager(), True)):
        assert (not deciding.may_not(user, ApprovalRequest.objects.get(pk=request.pk))) is may
        assert orders(desk(signed_in(user), may="1")) == ["R-8"] * may
        assert mark(signed_in(user)) == ("1" if may else "")


def test_every_page_says_how_many_one_may_decide() -> None:
    three()
    for user, number in ((olga(), "1"), (bill(), "3"), (manager(), "3")):
        assert mark(signed_in(user)) == number
    page = signed_in(olga()).get(reverse("console:inbox")).content.decode()
    assert f'hx-get="{reverse("approvals:mark")}' in page


def test_a_long_queue_is_a_short_number_in_the_bar() -> None:
    waiting(count=100)
    assert mark(signed_in(olga())) == "99+"


def mark(client: Client) -> str:
    """The number beside the desk's name; nothing while nothing waits."""
    text = client.get(reverse("approvals:mark")).content.decode()
    return text.split('class="count">')[1].split("<")[0] if "count" in text else ""


def test_the_card_says_what_else_went_out_for_the_customer_lately() -> None:
    history()
    talk = Conversation.objects.get(pk=says(alice(), "And this").conversation_id)
    request = asked(a_call(talk, an_order("R-7"), 6000, people=1, role="operator"))
    page = signed_in(olga()).get(reverse("approvals:card", args=[request.public_id])).content.decode()
    said = page.split("For this customer in the last 30 days")[1].split("</ul>")[0]
    assert "A refund of $60.00 for R-1" in said
    assert "R-2" not in said, "it was rejected"
    assert "R-3" not in said, "the company refused it"
    with later(60 * 24 * 31):
        page = signed_in(olga()).get(reverse("approvals:card", args=[request.public_id])).content.decode()
        assert "in the last 30 days" not in page


def test_who_decided_nothing_is_told_so() -> None:
    history()
    assert "You have decided nothing yet" in desk(signed_in(manager()), tab="mine")


def test_behind_a_decision_the_next_one_is_a_click_away() -> None:
    first, second, third = three()
    client = signed_in(olga())
    post(client, first)
    page = client.get(reverse("approvals:card", args=[first.public_id])).content.decode()
    assert f'id="decide-next" href="{reverse("approvals:card", args=[second.public_id])}"' in page
    page = client.get(reverse("approvals:card", args=[first.public_id]), {"role": "operator"}).content.decode()
    assert "decide-next" not in page
    assert "nothing else waits that fits your filters" in page
    page = client.get(reverse("approvals:card", args=[third.public_id])).content.decode()
    assert "decide-next" not in page, "it isn't decided"


def test_a_long_history_has_pages() -> None:
    waiting(count=60)
    for request in ApprovalRequest.objects.all():
        deciding.decide(request.public_id, olga(), yes=False, reason="no")
    client = signed_in(olga())
    first, second = desk(client, tab="decided"), desk(client, tab="decided", page="2")
    assert (len(orders(first)), len(orders(second))) == (50, 10)
    assert not set(orders(first)) & set(orders(second))
    assert ("Older" in first, "Newer" in first) == (True, False)
    assert ("Older" in second, "Newer" in second) == (False, True)


def test_the_list_stays_filtered_beside_the_card() -> None:
    request = three()[0]
    client = signed_in(olga())
    assert f"/{request.public_id}/?band=to-100" in desk(client, band="to-100")
    page = client.get(reverse("approvals:card", args=[request.public_id]), {"band": "to-100"}).content.decode()
    assert orders(page.replace(' aria-current="page"', "")) == ["R-1"]
    address = reverse("approvals:decide", args=[request.public_id])
    answer = client.post(f"{address}?band=to-100", {"decision": "approve", "reason": "seen"})
    assert answer["Location"].endswith(f"/{request.public_id}/?band=to-100")


def test_five_hundred_rows_cost_as_many_statements_as_five() -> None:
    client = signed_in(olga())
    statements = []
    for count in (5, 495):
        waiting(count=count)
        with CaptureQueriesContext(
            connection,
        ) as seen:
            began = time.perf_counter()
            page = desk(client, show="1000")
            took = time.perf_counter() - began
        statements.append(len(seen))
    assert len(orders(page)) == 500
    assert statements[0] == statements[1] <= 16
    assert took < 5, f"{took:.2f} s"


def test_five_hundred_decided_rows_too() -> None:
    client = signed_in(olga())
    statements = []
    for count in (5, 45):
        waiting(count=count)
        for request in ApprovalRequest.objects.filter(status="pending"):
            post(client, request, "reject")
        with CaptureQueriesContext(connection) as seen:
            page = desk(client, tab="mine")
        statements.append(len(seen))
    assert len(orders(page)) == 50
    assert statements[0] == statements[1]
