"""Asked about what was done: told from the rows of this conversation's writes, and never taken for a new wish."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agents import replay
from agents.models import Run, Turn
from approvals import deciding, execute
from approvals.models import ApprovalRequest
from conversations.models import Conversation, Message
from tests.approvals.goods import ledger
from tests.cast import max_
from tests.house import House
from tests.lines import wordings
from tests.shopserver import ShopServer
from tools.models import Effect, ToolCall

CANCEL = ("please cancel FW-10488", "yes")
WAITS = ("FW-10476 arrived broken, I want my money back", "yes")
INVOICE = ("please send me the invoice for FW-10473", "yes")
REFUND = ("FW-10465 came broken, I want my money back", "yes")
QUESTIONS = (
    "did that work?", "is it done?", "did it go through?", "are you sure?", "has it been cancelled?", "thanks, is everything done?",
    "ok, done?", "did you really cancel it?", "so it worked?", "can you confirm that?", "did you do it",
)  # fmt: skip


def says(texts: list[str], key: str) -> bool:
    return any(wording.search(text) for wording in wordings(key) for text in texts)


def calls(row: Conversation) -> int:
    return ToolCall.objects.filter(conversation=row).count()


def done(house: House, *lines: str) -> Conversation:
    row, answers = house.ask(house.alice(), *lines)
    assert Effect.objects.get(call__conversation=row).status == "confirmed", answers
    return row


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_was_done_is_told_from_its_row(small_house: House, shop: ShopServer, question: str) -> None:
    row = done(small_house, *CANCEL)
    before = ledger(shop)
    reference = (Effect.objects.get(call__conversation=row).outcome or {})["reference"]
    row, answers = small_house.ask(small_house.alice(), question, into=row)
    assert says(answers[0], "after.worked"), answers
    assert reference in answers[0][0]
    assert "$79.00" in answers[0][0]
    assert "?" not in answers[0][0]
    assert (calls(row), ledger(shop), row.status) == (1, before, "active")
    assert not Run.objects.filter(conversation=row, active=True).exists()


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_same_words_with_nothing_done_claim_nothing(small_house: House, question: str) -> None:
    """The twin: no row, no claim."""
    row, answers = small_house.ask(small_house.alice(), "please cancel FW-10488", "no", question)
    assert not says(answers[-1], "after.worked"), answers
    assert "cancelled" not in str(answers[-1])
    assert not Message.objects.filter(conversation=row, extra__has_key="citations").exists(), "and no page is quoted"
    assert calls(row) == 0


def test_asked_again_and_again_it_is_said_in_other_words(small_house: House) -> None:
    """And nobody is handed over for asking."""
    row = done(small_house, *CANCEL)
    row, answers = small_house.ask(small_house.alice(), *["are you sure?"] * 3, into=row)
    assert len({texts[0] for texts in answers}) == 3
    assert row.handoffs.count() == 0


@pytest.mark.parametrize(
    "question", ["is it done?", "did it go through?", "so when do I get it?", "did you really send it?"]
)
def test_what_waits_for_people_is_said_to_wait(small_house: House, question: str) -> None:
    row, answers = small_house.ask(small_house.alice(), *WAITS, question)
    assert says(answers[-1], "wait.still"), answers
    assert calls(row) == 1
    assert not Effect.objects.exists()


def test_what_nobody_knows_yet_is_said_to_be_unknown(small_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    real = execute.caller_of
    monkeypatch.setattr(execute, "caller_of", lambda call: replace(real(call), faults="drop;path=/cancel"))
    row, _ = small_house.ask(small_house.alice(), "please cancel FW-10488")
    row, answers = small_house.ask(small_house.alice(), "yes", "did that work?", into=row)
    assert Effect.objects.get(call__conversation=row).status == "unknown", answers
    assert says(answers[-1], "wait.still.system"), answers
    assert calls(row) == 1


def test_what_people_turned_down_is_told_so(small_house: House) -> None:
    row, _ = small_house.ask(small_house.alice(), *WAITS)
    request = ApprovalRequest.objects.get(call__conversation=row)
    deciding.decide(request.public_id, max_(), yes=False, reason="looked at it")
    row, answers = small_house.ask(small_house.alice(), "thanks", "so did it go through?", into=row)
    assert says(answers[-1], "after.not"), answers
    assert "?" not in answers[-1][0]


def test_when_it_comes_isnt_guessed(small_house: House) -> None:
    """No figure without a receipt, and no second wish: it isn't the parcel that was delivered."""
    row = done(small_house, *REFUND)
    row, answers = small_house.ask(small_house.alice(), "when will it arrive then?", into=row)
    assert says(answers[0], "after.when"), answers
    assert "$45.00" in answers[0][0]
    assert "delivered" not in answers[0][0]
    assert calls(row) == 1


def test_where_it_went_is_on_record(small_house: House) -> None:
    row = done(small_house, *INVOICE)
    row, answers = small_house.ask(small_house.alice(), "to which address did you send it?", into=row)
    assert says(answers[0], "after.where"), answers
    assert "@example.com" in answers[0][0]


def test_another_order_isnt_answered_with_this_one(small_house: House) -> None:
    row = done(small_house, *CANCEL)
    _, answers = small_house.ask(small_house.alice(), "when will FW-10482 arrive?", "is my other order done?", into=row)
    assert "Kettle" in answers[0][0]
    assert not says(answers[1], "after.worked"), answers


def test_what_waits_from_another_conversation_is_told_of_its_order(small_house: House) -> None:
    """The same customer's; somebody else's is none of theirs."""
    small_house.ask(small_house.alice(), *WAITS)
    row, answers = small_house.ask(small_house.alice(), "where is FW-10476?", "is the refund done?")
    assert says(answers[-1], "wait.still"), answers
    assert calls(row) == 0
    _, answers = small_house.ask(small_house.bob(), "where is FW-10476?", "is the refund done?")
    assert not says(answers[-1], "wait.still"), answers


def test_in_line_it_is_told_as_well(small_house: House) -> None:
    row = done(small_house, *CANCEL)
    row, answers = small_house.ask(
        small_house.alice(), "I want to talk to a person", "did the cancellation go through?", into=row
    )
    assert says(answers[-1], "after.worked"), answers
    assert (row.status, row.handoffs.count()) == ("escalated", 1)


def test_in_line_nothing_done_is_told_without_offering_a_person(small_house: House) -> None:
    row, _ = small_house.ask(small_house.alice(), *WAITS, "stop the refund please")
    row, answers = small_house.ask(small_house.alice(), "I want to talk to a person", "did it go through?", into=row)
    assert says(answers[-1], "after.not.line"), answers


def test_it_replays(small_house: House) -> None:
    row = done(small_house, *REFUND)
    row, _ = small_house.ask(small_house.alice(), "did that work?", "when will it arrive?", into=row)
    turns = Turn.objects.filter(conversation=row).select_related("conversation").order_by("attempt")
    assert [replay.replay(turn).why for turn in turns] == [""] * len(turns)
