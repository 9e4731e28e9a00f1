"""Who else looks at a request: shown on the card and in the list, for as long as they look."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from approvals import presence
from approvals.models import ApprovalRequest, Looking
from conversations import clock
from tests.approvals.test_desk_lists import desk
from tests.approvals.test_desk_pages import card, post, signed_in, waiting
from tests.cast import bill, max_, olga

pytestmark = pytest.mark.django_db


def look(client: Client, request: ApprovalRequest) -> str:
    answer = client.post(reverse("approvals:look", args=[request.public_id]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_whoever_looks_is_named_to_the_others_and_not_to_themselves() -> None:
    request, olgas, bills = waiting(), signed_in(olga()), signed_in(bill())
    assert "looking" not in look(bills, request)
    assert "Bill is looking at it" in look(olgas, request)
    assert "Bill is looking at it" in card(olgas, request)
    assert "Bill is looking at it" in desk(olgas)
    assert "Olga is looking at it" in desk(bills)
    assert "Bill and Olga are looking at it" in look(signed_in(max_()), request)


def test_a_card_that_was_left_is_forgotten() -> None:
    request, olgas = waiting(), signed_in(olga())
    look(signed_in(bill()), request)
    with clock.at(clock.business_now() + presence.FRESH):
        assert "looking" not in look(olgas, request)
    assert Looking.objects.count() == 2
    with clock.at(clock.business_now() + presence.KEEP + presence.FRESH):
        look(olgas, request)
    assert [one.operator for one in Looking.objects.all()] == [olga()]


def test_looking_is_no_lock() -> None:
    request = waiting()
    look(signed_in(bill()), request)
    assert post(signed_in(olga()), request).status_code == 302


def test_the_open_card_hears_that_it_was_decided() -> None:
    request, client = waiting(), signed_in(olga())
    assert "data-over" not in look(client, request)
    post(signed_in(bill()), request)
    assert "data-over" in look(client, request)


def test_two_looks_at_once_are_one_row() -> None:
    request = waiting()
    for _ in range(3):
        presence.look(request, olga())
    assert Looking.objects.count() == 1
