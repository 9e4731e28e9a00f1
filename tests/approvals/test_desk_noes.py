"""Two ways to say no: with the conversation taken over in one step, and several at once for one reason."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from approvals import deciding
from approvals.models import ApprovalRequest, Vote
from conversations import lifecycle
from conversations.models import Conversation, Event, Message
from tests.approvals.test_desk_lists import desk, three
from tests.approvals.test_desk_pages import UNDECIDED, post, signed_in, state, waiting
from tests.approvals.writes import a_call, an_order, asked
from tests.cast import alice, bill, mallory, max_, olga, says
from tools.models import ToolCall

pytestmark = pytest.mark.django_db


def owner(request: ApprovalRequest) -> tuple[str, User | None]:
    talk = Conversation.objects.get(pk=request.call.conversation_id)
    return talk.status, talk.operator


def test_reject_and_take_over_is_one_step() -> None:
    request = waiting()
    answer = post(signed_in(olga()), request, "take_over", "I'll talk to her")
    assert answer["Location"] == reverse("console:conversation", args=[request.call.conversation.public_id])
    assert state(request) == ("rejected", "dropped", 1)
    assert owner(request) == ("human", olga())
    assert Vote.objects.get().reason == "I'll talk to her"
    assert Message.objects.filter(author="system", text__contains="Olga joined").count() == 1


def test_a_plain_no_leaves_the_conversation_where_it_is() -> None:
    """The twin."""
    request = waiting()
    post(signed_in(olga()), request, "reject")
    assert (state(request), owner(request)) == (("rejected", "dropped", 1), ("active", None))


def test_where_a_colleague_has_it_nothing_is_decided() -> None:
    request = waiting()
    lifecycle.take_over(request.call.conversation, max_())
    client = signed_in(olga())
    assert 'value="take_over"' not in card(client, request)
    answer = post(client, request, "take_over")
    assert answer.status_code == 409
    assert "Max has this conversation" in answer.content.decode()
    assert (state(request), owner(request)) == (UNDECIDED, ("human", max_()))


def test_whoever_has_it_already_keeps_it() -> None:
    request = waiting()
    lifecycle.take_over(request.call.conversation, olga())
    client = signed_in(olga())
    assert 'value="take_over"' in card(client, request)
    assert post(client, request, "take_over").status_code == 302
    assert (state(request), owner(request)) == (("rejected", "dropped", 1), ("human", olga()))


def test_above_the_limit_nothing_is_taken_over() -> None:
    request = waiting(role="billing_specialist")
    assert post(signed_in(olga()), request, "take_over").status_code == 403
    assert (state(request), owner(request)) == (UNDECIDED, ("active", None))


def card(client: Client, request: ApprovalRequest) -> str:
    return client.get(reverse("approvals:card", args=[request.public_id])).content.decode()


def bulk(client: Client, chosen: list[Any], reason: str = "a wave of fakes", told: str = "") -> str:
    ids = [str(getattr(one, "public_id", one)) for one in chosen]
    given = {"chosen": ids, "reason": reason, "told": told}
    answer = client.post(reverse("approvals:reject"), given, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def statuses() -> list[str]:
    return list(ApprovalRequest.objects.order_by("pk").values_list("status", flat=True))


def test_several_are_rejected_for_one_reason() -> None:
    waiting(count=3)
    chosen = list(ApprovalRequest.objects.order_by("pk"))[:2]
    assert "2 rejected." in bulk(signed_in(olga()), chosen)
    assert statuses() == ["rejected", "rejected", "pending"]
    assert [(v.operator, v.yes, v.reason) for v in Vote.objects.all()] == [(olga(), False, "a wave of fakes")] * 2
    assert ToolCall.objects.filter(status="dropped", moved_why="rejected").count() == 2


def apart() -> list[ApprovalRequest]:
    """In three conversations, of two customers."""
    made = []
    for number, who in enumerate((alice(), mallory(), alice()), 1):
        talk = Conversation.objects.get(pk=says(who, "a refund, please").conversation_id)
        made.append(asked(a_call(talk, an_order(f"R-{number}"), 6000, people=1, role="operator"), "operator"))
    return made


def read(request: ApprovalRequest) -> list[str]:
    """The lines that its customer has read from the desk."""
    said = Message.objects.filter(conversation_id=request.call.conversation_id, author="system")
    return list(said.order_by("seq").values_list("text", flat=True))


WHY = "The pictures show another shop's box."


def test_each_customer_is_told_why_and_none_the_reason() -> None:
    requests = apart()
    assert "3 rejected." in bulk(signed_in(olga()), requests, told=f" {WHY}\n")
    assert [read(one) for one in requests] == [[f"Olga on order R-{n}: {WHY}"] for n in (1, 2, 3)]
    assert not Message.objects.filter(text__contains="a wave of fakes").exists()
    assert Event.objects.filter(verb="told").count() == 3


@pytest.mark.parametrize("told", ["", "   "])
def test_no_customer_is_told_more_than_the_agent_says_where_nothing_was_written(told: str) -> None:
    """The twin."""
    requests = apart()
    assert "3 rejected." in bulk(signed_in(olga()), requests, told=told)
    assert [read(one) for one in requests] == [[], [], []]


def test_what_a_person_has_is_left_to_them_and_the_others_are_told() -> None:
    """As beside a single no: words that can't be said there decide nothing there."""
    requests = apart()
    lifecycle.take_over(requests[1].call.conversation, max_())
    page = bulk(signed_in(olga()), requests, told=WHY)
    assert "2 rejected." in page
    assert "R-2: Nothing was decided. Max has the conversation" in page
    assert statuses() == ["rejected", "pending", "rejected"]
    assert [WHY in " ".join(read(one)) for one in requests] == [True, False, True]


def test_more_than_fits_in_a_line_rejects_nothing() -> None:
    requests = apart()
    page = bulk(signed_in(olga()), requests, told="x" * 501)
    assert "Nothing was rejected: What the customers are to read has 500 characters at most." in page
    assert statuses() == ["pending"] * 3
    assert [read(one) for one in requests] == [[], [], []]


def test_what_can_t_be_rejected_is_named_with_why_and_the_rest_is() -> None:
    requests = three()
    deciding.decide(requests[0].public_id, bill(), yes=True, reason="seen")
    page = bulk(signed_in(bill()), requests)
    assert "2 rejected." in page
    assert "R-1: This was approved by Bill already." in page
    assert statuses() == ["approved", "rejected", "rejected"]


def test_above_ones_limit_is_left_alone() -> None:
    page = bulk(signed_in(olga()), three())
    assert "1 rejected." in page
    assert page.count("above your limit") == 2
    assert statuses() == ["rejected", "pending", "pending"]


@pytest.mark.parametrize(("chosen", "reason"), [([], "x"), (["no-uuid"], "x"), (None, " ")])
def test_a_form_without_choice_or_reason_rejects_nothing(chosen: list[str] | None, reason: str) -> None:
    request = waiting()
    page = bulk(signed_in(olga()), [request] if chosen is None else chosen, reason)
    assert "Nothing was rejected" in page or "0 rejected" in page
    assert statuses() == ["pending"]


def test_there_is_no_yes_for_several() -> None:
    request = waiting()
    ids = {"chosen": [str(request.public_id)], "reason": "x", "decision": "approve", "yes": "1"}
    signed_in(olga()).post(reverse("approvals:reject"), ids)
    assert statuses() == ["rejected"]


def test_only_what_one_may_decide_can_be_chosen() -> None:
    three()
    assert desk(signed_in(olga())).count('name="chosen"') == 1
    assert desk(signed_in(bill())).count('name="chosen"') == 3
    user = olga()
    user.email = alice().email
    user.save(update_fields=["email"])
    assert desk(signed_in(user)).count('name="chosen"') == 0
