"""A change of the account, from words to rows: proven by a code, read back, done once, and the old address is told."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from agents import releases, replay, runner
from agents.models import Turn
from conversations import clock, faults
from conversations.access import SYSTEM
from conversations.models import CodeTry, Conversation, Handoff, Message, SentCode
from packs.demo_shop import operations
from tests.approvals.goods import ledger
from tests.approvals.test_order_changes import changes, reasons
from tests.approvals.test_refunds import decide
from tests.breakers import mended
from tests.cast import olga, says
from tests.conversations.test_codes import crash_between, places_of
from tests.house import House
from tests.shopserver import ShopServer
from tools import pack
from tools.contract import ErrorCode, ToolError
from tools.models import Effect, ToolCall

ALICE, HER, NEW = "alice@example.com", "C-1001", "alice.moreau@example.org"
WISH = f"please change my e-mail address to {NEW}"
PROFILE, CODES = "/platform/customers/C-1001/profile", "/platform/customers/C-1001/codes"


def code() -> str:
    """What stands in the newest mail with a code."""
    return next(found[0] for mail in operations.mails(HER) if (found := re.search(r"\d{6}", mail["body"])))


def wrong(right: str) -> str:
    return f"{(int(right) + 1) % 10**6:06}"


def account(shop: ShopServer) -> Any:
    return shop.ask("GET", "/platform/customers/C-1001").json()


def on(selling: House, row: Conversation, *texts: str) -> list[list[str]]:
    return selling.ask(row.customer, *texts, into=row)[1]


def test_an_email_is_changed_and_the_old_address_is_told(selling: House, shop: ShopServer) -> None:
    row, asked = selling.ask(selling.alice(), WISH)
    assert "a…@example.com" in asked[0][0]
    assert "10 minutes" in asked[0][0]
    assert account(shop)["email"] == ALICE
    secret = code()
    offered = on(selling, row, f"it says {secret}")
    assert NEW in offered[0][0]
    assert changes(shop) == [CODES]
    told = on(selling, row, "yes")
    assert account(shop)["email"] == NEW
    call = ToolCall.objects.get()
    assert (call.capability, call.status, call.effect.status) == ("update_account", "cleared", "confirmed")
    assert (call.args["email"], call.sources["email"], call.confirmation["proof"]) == (NEW, "customer", 3)
    assert str((call.effect.outcome or {})["reference"]) in told[0][0]
    assert changes(shop) == [CODES, PROFILE]
    assert [mail["subject"] for mail in operations.mails(HER)] == ["Email changed", "One time code"]
    assert places_of(secret) == []


def test_the_new_address_may_be_said_later(selling: House, shop: ShopServer) -> None:
    row, _ = selling.ask(selling.alice(), "I have a new e-mail, please update my account")
    answers = on(selling, row, code(), NEW, "yes")
    assert "e-mail address" in answers[0][0]
    assert NEW in answers[1][0]
    assert account(shop)["email"] == NEW


def test_what_shall_be_changed_is_asked_when_nobody_said(selling: House, shop: ShopServer) -> None:
    row, asked = selling.ask(selling.alice(), "update my contact details")
    assert "postal" in asked[0][0]
    on(selling, row, "the postal address")
    answers = on(selling, row, code(), "12 Oak Street, Apt 4, Denver, CO 80201", "yes")
    assert "12 Oak Street, Apt 4, Denver, CO 80201, USA" in answers[1][0]
    assert account(shop)["address"]["address1"] == "12 Oak Street"
    assert changes(shop) == [CODES, PROFILE]


def test_after_no_nothing_has_changed(selling: House, shop: ShopServer) -> None:
    row, _ = selling.ask(selling.alice(), WISH)
    answers = on(selling, row, code(), "no, leave it")
    assert "othing was changed" in answers[1][0] or "othing has been changed" in answers[1][0]
    assert (ToolCall.objects.count(), account(shop)["email"]) == (0, ALICE)


def test_a_proof_holds_for_the_next_change(selling: House, shop: ShopServer) -> None:
    row, _ = selling.ask(selling.alice(), WISH)
    on(selling, row, code(), "yes")
    answers = on(selling, row, "and change my e-mail address to alice@home.example", "yes")
    assert "alice@home.example" in answers[0][0]
    assert account(shop)["email"] == "alice@home.example"
    assert SentCode.objects.count() == 1


def test_a_wrong_code_is_no_proof_and_another_try_is(selling: House, shop: ShopServer) -> None:
    row, _ = selling.ask(selling.alice(), WISH)
    secret = code()
    no = on(selling, row, wrong(secret))
    assert "4 more times" in no[0][0]
    assert NEW in on(selling, row, secret)[0][0]


def test_five_wrong_codes_end_with_a_person_and_the_right_one_is_wrong_then(selling: House, shop: ShopServer) -> None:
    row, _ = selling.ask(selling.alice(), WISH)
    secret = code()
    answers = on(selling, row, *[f"{(int(secret) + n) % 10**6:06}" for n in range(1, 6)])
    assert "stopped the codes" in answers[4][0] or "no more codes" in answers[4][0]
    assert reasons(row) == ["identity-not-proven"]
    selling.says(row.customer, secret, row)
    assert CodeTry.objects.filter(right=True).count() == 0
    again, answers = selling.ask(selling.alice(), WISH)
    assert (reasons(again), SentCode.objects.count()) == (["identity-not-proven"], 1)
    assert (ToolCall.objects.count(), account(shop)["email"]) == (0, ALICE)
    assert places_of(secret) == []


@pytest.mark.parametrize("words", ["send me a new code", "I didn't get anything", "it has expired", "no mail here yet"])
def test_another_code_is_sent_when_it_is_asked_for(selling: House, shop: ShopServer, words: str) -> None:
    row, _ = selling.ask(selling.alice(), WISH)
    first = code()
    on(selling, row, words)
    assert SentCode.objects.count() == 2
    second = next(c for c in (re.findall(r"\d{6}", m["body"])[0] for m in operations.mails(HER)) if c != first)
    assert "doesn't match" in str(answer := on(selling, row, first)) or "differ" in str(answer)
    assert NEW in on(selling, row, second)[0][0]


def test_a_fourth_code_in_an_hour_is_a_persons_matter(selling: House, shop: ShopServer) -> None:
    row, _ = selling.ask(selling.alice(), WISH, *["send me a new code"] * 3)
    assert (SentCode.objects.count(), reasons(row)) == (3, ["identity-not-proven"])


@pytest.mark.parametrize("words", ["I can't open that mailbox any more", "I no longer have access to that address"])
def test_who_cannot_read_that_mail_gets_a_person(selling: House, shop: ShopServer, words: str) -> None:
    row, _ = selling.ask(selling.alice(), WISH, words)
    assert reasons(row) == ["identity-not-proven"]
    assert account(shop)["email"] == ALICE


def test_another_matter_in_between_comes_back_to_the_code(selling: House, shop: ShopServer) -> None:
    row, _ = selling.ask(selling.alice(), WISH)
    answers = on(selling, row, "where is FW-10482?")
    assert "FW-10482" in answers[0][0] or "Packhorse" in answers[0][0]
    assert "six-digit code" in answers[0][0]
    assert NEW in on(selling, row, code())[0][0]


def test_never_mind_ends_it(selling: House, shop: ShopServer) -> None:
    row, _ = selling.ask(selling.alice(), WISH, "never mind")
    assert (ToolCall.objects.count(), reasons(row)) == (0, [])
    assert not row.runs.filter(active=True).exists()


def test_a_visitor_gets_a_person(selling: House, shop: ShopServer) -> None:
    row, _ = selling.ask(selling.visitor(), WISH)
    assert (reasons(row), SentCode.objects.count()) == (["identity-not-proven"], 0)


def test_what_is_not_ours_to_change_is_passed_on_without_a_code(selling: House, shop: ShopServer) -> None:
    row, _ = selling.ask(selling.alice(), "please change the phone number on my account")
    assert (reasons(row), SentCode.objects.count()) == (["needs-person:account_change"], 0)


def test_the_address_it_has_already_is_refused(selling: House, shop: ShopServer) -> None:
    row, _ = selling.ask(selling.alice(), f"change my account's e-mail address to {ALICE}")
    answers = on(selling, row, code(), "no thanks")
    assert "already" in answers[0][0] or "as it is" in answers[0][0]
    assert ToolCall.objects.count() == 0


def test_somebody_elses_address_is_refused_by_the_shop_and_nothing_is_said_of_whom(
    selling: House, shop: ShopServer
) -> None:
    row, _ = selling.ask(selling.alice(), "change my e-mail address to bob@example.com")
    on(selling, row, code(), "yes")
    assert (reasons(row), Effect.objects.get().status) == (["write-refused"], "refused")


def test_a_company_without_mail_hands_over(selling: House, monkeypatch: pytest.MonkeyPatch) -> None:
    import dataclasses

    bare = dataclasses.replace(pack.active(), send_code=None)
    monkeypatch.setattr(pack, "active", lambda: bare)
    row, _ = selling.ask(selling.alice(), WISH)
    assert (reasons(row), SentCode.objects.count()) == (["identity-not-proven"], 0)


def test_a_mail_that_cannot_be_sent_is_said(selling: House, monkeypatch: pytest.MonkeyPatch) -> None:
    import dataclasses

    def down(*_: Any) -> str:
        raise ToolError(ErrorCode.UNAVAILABLE)

    broken = dataclasses.replace(pack.active(), send_code=down)
    monkeypatch.setattr(pack, "active", lambda: broken)
    row, _ = selling.ask(selling.alice(), WISH)
    assert reasons(row) == ["tool-failed"]
    mended()


def test_a_proof_that_has_run_out_is_earned_again_before_the_write(selling: House, shop: ShopServer) -> None:
    row, _ = selling.ask(selling.alice(), WISH)
    on(selling, row, code())
    SentCode.objects.update(proven_at=clock.business_now() - timedelta(minutes=31))
    answers = on(selling, row, "yes")
    assert "a…@example.com" in answers[0][0]
    assert (ToolCall.objects.count(), SentCode.objects.count()) == (0, 2)
    answers = on(selling, row, code(), "yes")
    assert NEW in answers[0][0]
    assert account(shop)["email"] == NEW


def test_a_wish_without_its_proven_row_is_not_carried_out(selling: House, shop: ShopServer) -> None:
    """The number in the proposal isn't believed: Critic and execution read the code's own row."""
    row, _ = selling.ask(selling.alice(), WISH)
    on(selling, row, code())

    def forget(point: str) -> None:
        if point == "write.after_propose":
            SentCode.objects.update(proven_at=None, void_at=clock.business_now())

    faults.install(forget)
    on(selling, row, "yes")
    assert (Effect.objects.count(), account(shop)["email"]) == (0, ALICE)
    assert ToolCall.objects.get().status == "denied"
    assert reasons(row) == ["critic-rejected"]


def test_every_turn_replays_and_sends_nothing(selling: House, shop: ShopServer) -> None:
    row, _ = selling.ask(selling.alice(), WISH)
    secret = code()
    on(selling, row, wrong(secret), secret, "yes")
    before = (len(ledger(shop)), SentCode.objects.count())
    turns = list(Turn.objects.filter(conversation=row).select_related("conversation").order_by("attempt"))
    assert len(turns) == 4
    assert [replay.replay(turn).why for turn in turns] == [""] * 4
    assert (len(ledger(shop)), SentCode.objects.count()) == before
    assert places_of(secret) == []


def test_no_log_line_holds_the_code(selling: House, shop: ShopServer) -> None:
    with capture_logs() as lines:
        row, _ = selling.ask(selling.alice(), WISH)
        secret = code()
        on(selling, row, wrong(secret), f"the code is {secret}", "yes")
    said = str(lines)
    assert said.count("message_received") == 4
    assert secret not in said
    assert wrong(secret) not in said


@pytest.mark.parametrize(
    "point", ["turn.before_outside_call", "turn.after_outside_call", "turn.after_journal", "turn.before_finish"]
)
def test_a_crash_while_the_code_is_sent_sends_the_same_one(busy: House, shop: ShopServer, point: str) -> None:
    received = busy.says(busy.alice(), WISH)
    faults.install(faults.crash_at(point))
    with pytest.raises(faults.CrashError):
        runner.work_on(received.conversation_id)
    Conversation.objects.update(lease_until=None)
    runner.work_on(received.conversation_id)
    row = Conversation.objects.get(pk=received.conversation_id)
    assert SentCode.objects.count() == 1
    assert [mail["subject"] for mail in operations.mails(HER)] == ["One time code"]
    assert NEW in on(busy, row, code())[0][0]


@pytest.mark.parametrize("point", ["inbox.before_store", "judge", "inbox.after_store", "turn.before_finish"])
def test_a_code_that_is_delivered_twice_over_a_crash_counts_once(
    busy: House, shop: ShopServer, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    row, _ = busy.ask(busy.alice(), WISH)
    secret, client_id = code(), uuid.uuid4().hex
    with monkeypatch.context() as patch:
        crash_between(patch, point)
        with pytest.raises(faults.CrashError):
            runner.work_on(says(row.customer, secret, row.public_id, client_id).conversation_id)
    faults.install(None)
    Conversation.objects.update(lease_until=None)
    for _ in range(2):
        runner.work_on(says(row.customer, secret, row.public_id, client_id).conversation_id)
    assert (CodeTry.objects.count(), Message.objects.filter(author="customer").count()) == (1, 2)
    assert NEW in busy.said(row)[-1]
    assert places_of(secret) == []
    assert Handoff.objects.count() == 0


def test_a_code_of_another_conversation_opens_nothing(selling: House, shop: ShopServer) -> None:
    selling.ask(selling.alice(), WISH)
    secret = code()
    second, _ = selling.ask(selling.alice(), WISH)
    answers = on(selling, second, secret)
    assert "doesn't match" in answers[0][0] or "differ" in answers[0][0]
    assert ToolCall.objects.count() == 0


def test_what_people_approve_later_was_proven_when_it_was_wished(selling: House, shop: ShopServer) -> None:
    """The proof has run out by then; it counts for the moment of the yes."""
    releases.set_authority(1, SYSTEM, "admin", "lowered for this")
    row, _ = selling.ask(selling.alice(), WISH)
    answers = on(selling, row, code(), "yes")
    assert "colleague" in answers[1][0]
    assert account(shop)["email"] == ALICE
    with clock.at(clock.business_now() + timedelta(minutes=40)):
        decide(row, olga())
        assert account(shop)["email"] == NEW
    assert NEW in selling.said(row)[-1]
    assert Effect.objects.get().status == "confirmed"
