"""A technical problem: a page answers it, or people get a ticket with the customer's own words, or take over."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agents import deeds, replay, runner
from agents.models import Turn
from approvals import execute
from tests.agents.test_disputes import release
from tests.approvals.test_account_changes import on
from tests.approvals.test_order_changes import changes, reasons
from tests.approvals.test_refunds import decide
from tests.approvals.writes import leases_over
from tests.cast import olga
from tests.house import House
from tests.shopserver import ShopServer
from tools.models import Effect, ToolCall

WORDS, MORE = "the pay button on your page does nothing", "Firefox on my laptop, nothing happens at all"


def ticket(shop: ShopServer) -> Any:
    number = (Effect.objects.latest("pk").outcome or {})["ticket_id"]
    return shop.ask("GET", f"/tickets/{number}").json()


def test_what_no_page_answers_becomes_a_ticket_in_their_words(selling: House, shop: ShopServer) -> None:
    row, asked = selling.ask(selling.alice(), WORDS)
    assert "device or browser" in asked[0][0]
    offered = on(selling, row, MORE)
    assert WORDS in offered[0][0]
    assert MORE in offered[0][0]
    assert changes(shop) == []
    told = on(selling, row, "yes")
    opened = ticket(shop)
    assert (opened["kind"], opened["order_id"], opened["customer_id"]) == ("question", None, "C-1001")
    assert opened["body"] == f"{WORDS}\n{MORE}"
    assert opened["id"] in told[0][0]
    assert (reasons(row), changes(shop)) == ([], ["/tickets"])


def test_a_page_answers_first_and_a_ticket_follows_where_it_did_not_help(house: House, shop: ShopServer) -> None:
    shop.reset()
    row, answers = house.ask(house.alice(), "the app shows error code 402, it won't open")
    assert "device or browser" not in answers[0][0]
    assert changes(shop) == []
    asked = on(house, row, "that didn't help")
    assert "device or browser" in asked[0][0]
    on(house, row, "the newest app on my phone", "yes")
    assert "402" in ticket(shop)["body"]
    assert reasons(row) == []
    shop.reset()


def test_what_they_add_is_read_back_anew(selling: House, shop: ShopServer) -> None:
    row, _ = selling.ask(selling.alice(), WORDS, MORE)
    again = on(selling, row, "and it shows a blank page after that")
    assert "blank page" in again[0][0]
    assert changes(shop) == []
    on(selling, row, "yes")
    assert "blank page" in ticket(shop)["body"]


def test_after_no_nothing_is_opened(selling: House, shop: ShopServer) -> None:
    row, _ = selling.ask(selling.alice(), WORDS, MORE)
    answers = on(selling, row, "no")
    assert "othing has been changed" in answers[0][0]
    assert (ToolCall.objects.count(), changes(shop)) == (0, [])


def test_who_does_not_want_to_say_more_is_left_alone(selling: House, shop: ShopServer) -> None:
    row, _ = selling.ask(selling.alice(), WORDS, "never mind")
    assert (ToolCall.objects.count(), reasons(row)) == (0, [])


def test_a_visitor_is_offered_a_person(selling: House, shop: ShopServer) -> None:
    row, answers = selling.ask(selling.visitor(), WORDS)
    assert "colleague" in answers[0][0]
    on(selling, row, "yes please")
    assert (reasons(row), changes(shop)) == (["no-reliable-answer"], [])


def test_a_second_problem_is_a_second_ticket(selling: House, shop: ShopServer) -> None:
    """About no order there may be one after the other."""
    selling.ask(selling.alice(), WORDS, MORE, "yes")
    selling.ask(selling.alice(), "the website keeps crashing", "Safari, every time I open the basket", "yes")
    assert changes(shop) == ["/tickets", "/tickets"]


def test_it_waits_for_people_where_the_policy_says_so(selling: House, shop: ShopServer) -> None:
    release(("open_ticket: auto", "open_ticket: people"))
    row, answers = selling.ask(selling.alice(), WORDS, MORE, "yes")
    assert ("colleague" in answers[2][0], changes(shop)) == (True, [])
    decide(row, olga())
    assert changes(shop) == ["/tickets"]
    assert ticket(shop)["id"] in selling.said(row)[-1]


def test_what_people_turn_down_is_told(selling: House, shop: ShopServer) -> None:
    release(("open_ticket: auto", "open_ticket: people"))
    row, _ = selling.ask(selling.alice(), WORDS, MORE, "yes")
    decide(row, olga(), yes=False)
    assert changes(shop) == []
    assert "decided against it" in selling.said(row)[-1] or "turned it down" in selling.said(row)[-1]


def test_a_lost_reply_opens_one_ticket(selling: House, shop: ShopServer, monkeypatch: pytest.MonkeyPatch) -> None:
    real = execute.caller_of
    monkeypatch.setattr(execute, "caller_of", lambda call: replace(real(call), faults="drop;path=/tickets"))
    row, _ = selling.ask(selling.alice(), WORDS, MORE, "yes")
    assert Effect.objects.get().status == "unknown"
    monkeypatch.setattr(execute, "caller_of", real)
    leases_over(row.pk)
    deeds.sweep()
    runner.work_on(row.pk)
    assert (Effect.objects.get().status, changes(shop)) == ("confirmed", ["/tickets"])
    assert ticket(shop)["id"] in selling.said(row)[-1]


def test_every_turn_of_it_replays(selling: House, shop: ShopServer) -> None:
    row, _ = selling.ask(selling.alice(), WORDS, MORE, "yes")
    turns = list(Turn.objects.filter(conversation=row).select_related("conversation").order_by("attempt"))
    assert [replay.replay(turn).why for turn in turns] == [""] * 3
