"""What calls for a person at once, in whole conversations: the right line, the right queue, and words that fit it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from agents import kits, vip
from agents.ports import Step
from conversations.models import Handoff
from knowledge.triggers import Vip
from tests.agents.talks import VISITOR, packet, says, talk, walk
from tests.cast import olga
from tests.house import House
from tools.models import ToolCall

NO_FIGURES = [r"\d", r"\?"]
TALKS = (
    talk("self-harm", says("I don't want to live any more", r"right now", r"emergency number", lacks=[*NO_FIGURES, "order FW"]), reason="self-harm", who=VISITOR),
    talk("self-harm beside an order", says("cancel FW-10488, I want to die anyway", r"emergency number", lacks=[r"\?", "cancelled"]), reason="self-harm"),
    talk("medicine", says("can I use the massage gun while pregnant? is it safe?", r"doctor", lacks=[r"\?"]), reason="medical-advice", who=VISITOR),
    talk("law", says("is that clause in the contract valid? what are my legal options?", r"law", lacks=[r"\?"]), reason="legal-advice", who=VISITOR),
    talk("a child", says("I'm 13 years old and used my dad's card", r"parent", lacks=[r"\?"]), reason="minor-involved", who=VISITOR),
    talk("private", says("I'm HIV positive, don't write it on the parcel", r"colleague", lacks=["HIV", r"\?"]), reason="sensitive-personal-data", who=VISITOR),
    talk("conflict", says("your driver insulted me", r"serious", lacks=[r"\?"]), reason="conflict-or-ethics", who=VISITOR),
    talk("regulator", says("I'm reporting you to the ombudsman", lacks=[r"\?"]), reason="legal-language-detected", who=VISITOR),
    # what sounds like it stays with the agent
    talk("to die for", says("this lamp is to die for", lacks=["emergency", "person from our team"]), who=VISITOR),
    talk("a phone", says("my phone died, where is FW-10482", "kettle", lacks=["sorry for your loss"])),
    talk("Sue", says("sue is my wife's name, where is FW-10482", "kettle", lacks=["serious"])),
)  # fmt: skip
QUEUES = {
    "self-harm": "human-queue-care", "medicine": "human-queue-safety", "law": "human-queue-legal", "a child": "human-queue-care",
    "private": "human-queue-care", "conflict": "human-queue-legal", "regulator": "human-queue-legal",
}  # fmt: skip


def test_each_trigger_has_its_words_and_its_queue(small_house: House) -> None:
    """S3-22, S1-43, S1-45"""
    rows = walk(small_house, TALKS)
    found = {name: Handoff.objects.get(conversation=rows[name]).queue for name in QUEUES}
    assert found == QUEUES
    assert any("safe" in point for point in packet(rows["self-harm"])["next_steps"])
    assert any("self harm" in point for point in packet(rows["self-harm"])["tone"])
    assert ToolCall.objects.count() == 0


def account(*orders: tuple[str, int]) -> Step:
    summaries = [{"order_id": "A", "status": status, "total": {"cents": cents}} for status, cents in orders]
    return Step(1, "port", "tool:get_customer", {"answer": {"data": {"orders": summaries}}})


@pytest.mark.parametrize(
    ("orders", "expected"),
    [
        ([("delivered", 99_999)], False),
        ([("delivered", 60_000), ("delivered", 40_000)], True),
        ([("delivered", 60_000), ("cancelled", 40_000)], False),
        ([("shipped", 49_999)], False),
        ([("shipped", 30_000), ("pending", 20_000)], True),
        ([("delivered", 50_000)], False),
    ],
)
def test_an_amount_is_reached_by_what_was_bought_or_is_coming(orders: list[tuple[str, int]], expected: bool) -> None:
    """S1-43: 999.99 and 1,000.00 in all, 499.99 and 500.00 on its way."""
    assert vip.by_amount(Vip(lifetime_usd=1000, open_usd=500), [account(*orders)]) is expected
    assert not vip.by_amount(Vip(), [account(*orders)])


def test_a_customer_past_the_amount_has_a_person(small_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """S1-43: from the turn on in which the account was read; the same words without the threshold stay."""
    _, answers = small_house.ask(small_house.alice(), "where is my order?")
    assert answers
    assert not Handoff.objects.exists()
    real = kits.policy_of.__wrapped__

    def with_threshold(body: str) -> object:
        policy = real(body)
        triggers = policy.triggers.model_copy(update={"vip": Vip(open_usd=1, queue="human-queue-enterprise")})
        return policy.model_copy(update={"triggers": triggers})

    monkeypatch.setattr(kits, "policy_of", with_threshold)
    kits.load.cache_clear()
    row, _ = small_house.ask(small_house.alice(), "where is my order?")
    assert Handoff.objects.values_list("reason", "queue").get(conversation=row) == (
        "vip-threshold",
        "human-queue-enterprise",
    )


def test_the_trend_stands_in_the_packet_and_beside_the_conversation(small_house: House, client: Client) -> None:
    """S1-44, S3-18: how the mood went, and what nobody understood."""
    row, _ = small_house.ask(
        small_house.alice(),
        "where is FW-10467",
        "still waiting, this is annoying",
        "this is a disgusting scam, you liars",
    )
    assert any("rising (0 1 3)" in point for point in packet(row)["tone"])
    noisy, _ = small_house.ask(small_house.visitor(), "blorp gnarf zzk", "wibble trop snee")
    assert any("Not understood: 2 messages in a row" in point for point in packet(noisy)["tone"])
    client.force_login(olga())
    shown = [
        client.get(reverse("agents:trace"), {"conversation": one.public_id}).content.decode() for one in (row, noisy)
    ]
    assert "rising (0 1 3)" in shown[0]
    assert "not understood: 2 in a row" in shown[1]
    assert "in a row" not in shown[0]
