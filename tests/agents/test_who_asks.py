"""Who asks, in conversations: a guessed order stays shut, in the same words, after the same steps."""

from __future__ import annotations

import pytest

from agents import voice
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


def test_an_order_is_opened_by_its_address_until_somebody_guesses(
    small_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five strangers guess; from then on the right address is a wrong one, also in the trace."""
    monkeypatch.setattr(voice, "variant", lambda variants, conversation, key, count: variants[count % len(variants)])
    opened, _ = named(small_house, RIGHT)
    assert "Packhorse" in opened
    shut = [named(small_house, f"{n}{WRONG}") for n in range(5)]
    locked, path = named(small_house, RIGHT)
    assert "Packhorse" not in locked
    assert path == shut[0][1] == shut[4][1]
    assert locked == named(small_house, WRONG)[0] == shut[4][0], "the same line is said to both"


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


def zip_of(house: House, order: str) -> str:
    return str(house.shop.ask("GET", f"/orders/{order}").json()["address"]["zip"])


def test_an_order_is_opened_by_its_zip_code(small_house: House) -> None:
    """DESIGN 7: order and zip; together, one after the other, and as five digits alone."""
    zip_code = zip_of(small_house, "FW-10482")
    for said in (
        [f"where is FW-10482? it went to zip {zip_code}"],
        ["where is FW-10482?", f"zip code {zip_code}"],
        ["where is FW-10482?", zip_code],
    ):
        _, answers = small_house.ask(small_house.visitor(), *said)
        assert "Packhorse" in "\n".join(answers[-1]), said


def test_a_wrong_zip_code_is_answered_like_a_wrong_address(small_house: House) -> None:
    row, answers = small_house.ask(small_house.visitor(), "where is FW-10482?", "zip 00000")
    assert "zip code" in answers[-1][0]
    assert "Packhorse" not in answers[-1][0]
    _, others = small_house.ask(small_house.visitor(), "where is FW-99999?", "zip 00000")
    assert "zip code" in others[-1][0]
    _, right = small_house.ask(row.customer, f"sorry, zip {zip_of(small_house, 'FW-10482')}", into=row)
    assert "Packhorse" in "\n".join(right[0])
