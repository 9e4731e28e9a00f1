"""A new password, the end of a subscription, the end of an account: from words to rows, with the real shop."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from agents import deeds, releases, replay, runner
from agents.models import Turn
from approvals import execute
from conversations import clock
from conversations.access import SYSTEM
from conversations.models import Conversation, Customer, SentCode
from packs.demo_shop import operations
from tests.approvals.goods import Bought, stock_up
from tests.approvals.test_account_changes import code, on, wrong
from tests.approvals.test_order_changes import changes, reasons
from tests.approvals.test_refunds import decide
from tests.approvals.writes import leases_over
from tests.cast import olga
from tests.house import House
from tests.shopserver import ShopServer
from tools.models import Effect, ToolCall

CODES, RESET = "/platform/customers/C-1001/codes", "/platform/customers/C-1001/password-reset"
PLUS = "/platform/subscriptions/C-1001"
FORGOT, END = "I forgot my password", "please cancel my Plus membership"
CLOSE = "please close my account"


def plan(shop: ShopServer, who: str = "C-1001") -> dict[str, Any]:
    found: dict[str, Any] = shop.ask("GET", f"/platform/subscriptions/{who}").json()
    return found


def subjects(who: str = "C-1001") -> list[str]:
    return [mail["subject"] for mail in operations.mails(who)]


# a new password -----------------------------------------------------------------------------------------------------


def test_a_link_goes_to_the_address_on_record_after_the_code(selling: House, shop: ShopServer) -> None:
    """S3-10."""
    row, asked = selling.ask(selling.alice(), FORGOT)
    assert "six-digit code" in asked[0][0]
    offered = on(selling, row, code())
    assert "@example.com" in offered[0][0]
    assert changes(shop) == [CODES]
    told = on(selling, row, "yes please")
    assert changes(shop) == [CODES, RESET]
    assert subjects() == ["Password reset", "One time code"]
    call = ToolCall.objects.get()
    assert (call.args["change"], call.status, call.effect.status) == ("password_reset", "cleared", "confirmed")
    assert str((call.effect.outcome or {})["reference"]) in told[0][0]
    assert reasons(row) == []


def test_another_address_named_for_the_link_gets_nothing(selling: House, shop: ShopServer) -> None:
    """The wish has no room for an address, whatever the words say."""
    row, _ = selling.ask(selling.alice(), "I forgot my password, send the reset link to eve@example.org")
    answers = on(selling, row, code(), "yes")
    assert "eve@example.org" not in str(answers)
    with psycopg.connect(shop.database_url) as connection:
        sent = connection.execute("select sent_to from notices where kind = 'password_reset'").fetchall()
    assert sent == [("alice@example.com",)]


def test_how_it_works_is_answered_from_the_pages(house: House, shop: ShopServer) -> None:
    shop.reset()
    row, answers = house.ask(house.alice(), "how do I reset my password?")
    assert "Forgot password" in answers[0][0]
    assert (SentCode.objects.count(), reasons(row)) == (0, [])
    _, answers = house.ask(house.visitor(), FORGOT)
    assert "Forgot password" in answers[0][0]
    assert SentCode.objects.count() == 0


@pytest.mark.parametrize(
    "words",
    ["I forgot my password and I no longer have access to that e-mail", "I forgot my password", "lost my password"],
)
def test_who_no_longer_has_the_mailbox_gets_a_person(selling: House, shop: ShopServer, words: str) -> None:
    row, _ = selling.ask(selling.alice(), words)
    if not reasons(row):
        on(selling, row, "I can't open that mailbox any more")
    assert reasons(row) == ["identity-not-proven"]
    assert RESET not in changes(shop)


def test_a_wrong_code_sends_no_link(selling: House, shop: ShopServer) -> None:
    row, _ = selling.ask(selling.alice(), FORGOT)
    secret = code()
    answers = on(selling, row, wrong(secret))
    assert "4 more times" in answers[0][0]
    assert (changes(shop), ToolCall.objects.count()) == ([CODES], 0)
    on(selling, row, secret, "yes")
    assert changes(shop) == [CODES, RESET]


def test_never_mind_sends_no_link(selling: House, shop: ShopServer) -> None:
    row, _ = selling.ask(selling.alice(), FORGOT)
    on(selling, row, code(), "no, I remember it again")
    assert (changes(shop), ToolCall.objects.count(), reasons(row)) == ([CODES], 0, [])


# a subscription -----------------------------------------------------------------------------------------------------


def test_a_subscription_ends_with_what_is_paid_and_is_brought_back(selling: House, shop: ShopServer) -> None:
    row, _ = selling.ask(selling.alice(), END)
    day = plan(shop)["renews_on"]
    offered = on(selling, row, code())
    assert "Fernway Plus" in offered[0][0]
    assert str(int(day[8:])) in offered[0][0]
    assert plan(shop)["status"] == "active"
    told = on(selling, row, "yes")
    assert plan(shop)["status"] == "cancelled"
    assert "SU-" in told[0][0] or str((Effect.objects.get().outcome or {})["reference"]) in told[0][0]
    assert (Effect.objects.get().outcome or {})["until"] == day
    back = on(selling, row, "actually, resume my Plus membership", "yes")
    assert "Fernway Plus" in back[0][0]
    assert plan(shop)["status"] == "active"
    assert [one.args["change"] for one in ToolCall.objects.order_by("pk")] == [
        "cancel_subscription",
        "resume_subscription",
    ]
    assert SentCode.objects.count() == 1, "the proof holds for the second change"


@pytest.mark.parametrize(
    ("email", "words", "line"),
    [
        ("bob@example.com", END, "no subscription"),
        ("alice@example.com", "resume my Plus membership", "runs already|is active"),
        ("grace.oyelaran@example.com", END, "ended already|was ended before"),
        ("mallory@example.com", "resume my Plus membership", "run out|is over"),
    ],
)
def test_what_stands_against_it_is_said_before_any_code(
    selling: House, shop: ShopServer, email: str, words: str, line: str
) -> None:
    row, answers = selling.ask(selling.customer(email), words)
    assert any(part in answers[0][0] for part in line.split("|")), answers
    assert (SentCode.objects.count(), ToolCall.objects.count()) == (0, 0)
    on(selling, row, "yes, ask someone")
    assert reasons(row) == ["write-exception"]


def test_after_no_the_subscription_runs_on(selling: House, shop: ShopServer) -> None:
    row, _ = selling.ask(selling.alice(), END)
    answers = on(selling, row, code(), "no, leave it")
    assert "othing has been changed" in answers[1][0] or "othing was changed" in answers[1][0]
    assert (plan(shop)["status"], ToolCall.objects.count()) == ("active", 0)


def test_no_code_is_mailed_while_another_question_stands(selling: House, shop: ShopServer) -> None:
    """S2-02: both matters are done, one after the other, and the mail comes when somebody says what it is for."""
    wish = "FW-10465 came broken and I want a refund, and cancel my Plus membership."
    row, asked = selling.ask(selling.alice(), wish)
    assert "$45.00" in asked[0][0]
    assert (SentCode.objects.count(), subjects()) == (0, [])
    told = on(selling, row, "yes")
    assert "six-digit code" in str(told)
    assert (SentCode.objects.count(), subjects()) == (1, ["One time code"])
    on(selling, row, code(), "yes")
    assert plan(shop)["status"] == "cancelled"
    assert [one.capability for one in ToolCall.objects.order_by("pk")] == ["process_refund", "update_account"]


def test_a_pause_is_passed_on_without_a_code(selling: House, shop: ShopServer) -> None:
    row, _ = selling.ask(selling.alice(), "I want to pause my Plus membership")
    assert (reasons(row), SentCode.objects.count()) == (["needs-person:subscription_change"], 0)


def test_a_lost_reply_ends_it_once_and_is_told_when_it_is_known(
    selling: House, shop: ShopServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shop did it and its answer was lost: nothing is claimed before it is known, and nothing is done twice."""
    row, _ = selling.ask(selling.alice(), END)
    on(selling, row, code())
    real = execute.caller_of
    monkeypatch.setattr(execute, "caller_of", lambda call: dataclasses.replace(real(call), faults=f"drop;path={PLUS}"))
    answers = on(selling, row, "yes")
    assert "hasn't answered" in answers[0][0] or "still owes" in answers[0][0]
    assert Effect.objects.get().status == "unknown"
    monkeypatch.setattr(execute, "caller_of", real)
    leases_over(row.pk)
    deeds.sweep()
    runner.work_on(row.pk)
    assert (Effect.objects.get().status, changes(shop)) == ("confirmed", [CODES, PLUS])
    assert "Fernway Plus" in selling.said(row)[-1]


def test_it_waits_for_people_where_the_release_says_so(selling: House, shop: ShopServer) -> None:
    releases.set_authority(1, SYSTEM, "admin", "lowered for this")
    row, _ = selling.ask(selling.alice(), END)
    answers = on(selling, row, code(), "yes")
    assert "colleague" in answers[1][0]
    assert plan(shop)["status"] == "active"
    with clock.at(clock.business_now() + timedelta(minutes=5)):
        decide(row, olga())
    assert plan(shop)["status"] == "cancelled"
    assert "Fernway Plus" in selling.said(row)[-1]


def test_every_turn_of_it_replays(selling: House, shop: ShopServer) -> None:
    row, _ = selling.ask(selling.alice(), END)
    on(selling, row, code(), "yes")
    turns = list(Turn.objects.filter(conversation=row).select_related("conversation").order_by("attempt"))
    assert [replay.replay(turn).why for turn in turns] == [""] * 3


# an account ---------------------------------------------------------------------------------------------------------


def settled(selling: House, shop: ShopServer) -> tuple[Customer, Bought]:
    """Somebody with everything delivered, and a subscription that runs out."""
    bought = stock_up(shop, 1, 600, like="FW-10469")[0]
    return selling.customer(bought.email), bought


def closed(shop: ShopServer, who: str) -> bool:
    return shop.ask("GET", f"/platform/customers/{who}").json()["closed_at"] is not None


def last_code(who: str) -> str:
    return next(m["body"].split("code is ")[1][:6] for m in operations.mails(who) if "code is" in m["body"])


def test_an_account_is_closed_after_its_owner_knows_what_goes_with_it(selling: House, shop: ShopServer) -> None:
    who, _ = settled(selling, shop)
    ref = str(who.external_ref)
    row, _ = selling.ask(who, CLOSE)
    offered = on(selling, row, last_code(ref))
    assert "Fernway Plus" in offered[0][0]
    assert "undo" in offered[0][0] or "final" in offered[0][0]
    assert not closed(shop, ref)
    told = on(selling, row, "yes, close it")
    assert closed(shop, ref)
    assert "closed" in told[0][0]
    assert Effect.objects.get().status == "confirmed"


def test_after_no_the_account_stays(selling: House, shop: ShopServer) -> None:
    who, _ = settled(selling, shop)
    row, _ = selling.ask(who, CLOSE)
    on(selling, row, last_code(str(who.external_ref)), "no")
    assert (closed(shop, str(who.external_ref)), ToolCall.objects.count()) == (False, 0)


def test_a_running_subscription_stands_against_it_and_is_ended_on_their_word(selling: House, shop: ShopServer) -> None:
    row, answers = selling.ask(selling.alice(), CLOSE)
    assert "Fernway Plus" in answers[0][0]
    assert (SentCode.objects.count(), ToolCall.objects.count()) == (0, 0)
    on(selling, row, "then cancel my Plus membership")
    on(selling, row, code(), "yes")
    assert (plan(shop)["status"], closed(shop, "C-1001")) == ("cancelled", False)


def test_what_is_open_stands_against_it_and_people_may_decide(selling: House, shop: ShopServer) -> None:
    row, answers = selling.ask(selling.bob(), CLOSE)
    assert "order FW-" in answers[0][0] or "a matter with a colleague" in answers[0][0]
    on(selling, row, "yes please")
    assert (reasons(row), SentCode.objects.count()) == (["write-exception"], 0)
    assert not closed(shop, "C-1002")


def test_a_visitor_closes_nothing(selling: House, shop: ShopServer) -> None:
    row: Conversation = selling.ask(selling.visitor(), CLOSE)[0]
    assert (reasons(row), SentCode.objects.count()) == (["identity-not-proven"], 0)
