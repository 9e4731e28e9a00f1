"""Who asks, in conversations: a guessed order stays shut, in the same words, after the same steps."""

from __future__ import annotations

import pytest

from agents.models import Step, Turn
from conversations.models import Conversation
from tests.house import House
from tools.models import ProofTry

RIGHT, WRONG = "alice@example.com", "mallory@example.com"


def named(house: House, contact: str) -> tuple[str, list[tuple[str, str]]]:
    """What a new visitor is told who names the order with this address, and the steps that led there."""
    row, answers = house.ask(house.visitor(), f"where is FW-10482? I ordered it with {contact}")
    return answers[0][0], steps(row)


def steps(row: Conversation) -> list[tuple[str, str]]:
    turn = Turn.objects.get(conversation=row)
    found = Step.objects.filter(turn_id=turn.pk).order_by("n")
    return [(step.kind, f"{step.name} {step.data.get('to', '')}") for step in found]


def test_an_order_is_opened_by_its_address_until_somebody_guesses(small_house: House) -> None:
    """Five strangers guess; from then on the right address is a wrong one, also in the trace."""
    opened, _ = named(small_house, RIGHT)
    assert "Packhorse" in opened
    shut = [named(small_house, f"{n}{WRONG}") for n in range(5)]
    locked, path = named(small_house, RIGHT)
    assert "Packhorse" not in locked
    assert path == shut[0][1] == shut[4][1]
    again = [named(small_house, RIGHT)[0] for _ in range(6)] + [named(small_house, WRONG)[0] for _ in range(6)]
    assert set(again[:6]) & set(again[6:]), "the same lines are said to both"
    assert "Packhorse" not in " ".join(again)


def test_the_customer_of_a_locked_order_still_sees_it_in_their_account(small_house: House) -> None:
    for n in range(6):
        named(small_house, f"{n}{WRONG}")
    _, answers = small_house.ask(small_house.alice(), "where is FW-10482?")
    assert "Packhorse" in answers[0][0]


def test_a_visitor_who_guesses_is_shut_out_of_every_order(small_house: House) -> None:
    who = small_house.visitor()
    for order in ("FW-10482", "FW-10488", "FW-10467", "FW-10465", "FW-10473"):
        small_house.ask(who, f"where is {order}? my e-mail is {WRONG}")
    assert ProofTry.objects.count() >= 5
    _, answers = small_house.ask(who, f"where is FW-10476? my e-mail is {RIGHT}")
    other, _ = small_house.ask(small_house.visitor(), f"where is FW-10476? my e-mail is {RIGHT}")
    assert "FW-10476" not in answers[0][0]
    assert "FW-10476" in small_house.said(other)[0] or "delivered" in small_house.said(other)[0]


@pytest.mark.parametrize(
    "words",
    [
        "change the default address of my account to 12 Oak Street, Apt 4, Denver, CO 80201",
        "please update the home address in my profile",
        "my new e-mail is alice@home.example, please update my account",
    ],
)
def test_a_wish_for_the_account_asks_for_a_code_first(small_house: House, words: str) -> None:
    row, answers = small_house.ask(small_house.alice(), words)
    assert "six-digit code" in answers[0][0]
    assert row.runs.get(active=True).waits_for == "code"
