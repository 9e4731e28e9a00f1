"""Repair: stop, correct, a person, digress, told apart from messages that simply carry on."""

from __future__ import annotations

import pytest

from agents.grammar import Context, KnownOrder
from agents.intents import rules, taxonomy
from agents.intents.answer import IntentAnswer, IntentCandidate, Tier
from agents.repair import Repair, RepairKind, after_an_answer, detect

TAXONOMY = taxonomy.load()
OFFERED = ("AB-10482", "AB-10311")
CONTEXT = Context(
    orders=tuple(KnownOrder(i, (p,)) for i, p in zip(OFFERED, ("Stoneware Mug", "Trail Tent"), strict=True)),
    offered=OFFERED,
)


def repaired(
    text: str, expecting: str | None = None, running: str | None = "order_status", current: str | None = "AB-10482"
) -> Repair | None:
    hits = rules.hits(text, TAXONOMY)
    candidates = tuple(IntentCandidate(name=hit.intent, confidence=950) for hit in hits[:1])
    answer = IntentAnswer(intents=candidates, tier=Tier.RULES, cost=1, explanation="")
    return detect(text, expecting, answer, TAXONOMY, running=running, context=CONTEXT, current=current)


@pytest.mark.parametrize(
    "text",
    ["never mind", "Nevermind!", "forget it", "oh, forget about that, thanks", "cancel that", "stop", "nvm", "no need anymore", "ok leave it",
     "you know what, forget it, I'll keep them", "I changed my mind about it", "scrap that, never mind",
     "I changed my mind", "don't bother", "actually never mind, it's fine"],
)  # fmt: skip
def test_never_mind_stops_what_is_running(text: str) -> None:
    found = repaired(text)
    assert found is not None
    assert found.kind is RepairKind.CANCEL


@pytest.mark.parametrize(
    "text", ["cancel my order", "stop the shipment please", "I never got it", "never mind the colour, where is it"]
)
def test_a_matter_that_sounds_like_stopping_is_not_stopped(text: str) -> None:
    found = repaired(text)
    assert found is None or found.kind is not RepairKind.CANCEL


def test_never_mind_without_a_run_lets_go_of_what_was_spoken_about() -> None:
    found = repaired("never mind", running=None)
    assert found is not None
    assert found.kind is RepairKind.CANCEL
    assert repaired("cancel", running=None) is None, "with nothing open it rather means an order"


@pytest.mark.parametrize(
    ("text", "kind", "order"),
    [
        ("no, I meant the tent", RepairKind.CORRECT, "AB-10311"),
        ("wrong one, the tent", RepairKind.CORRECT, "AB-10311"),
        ("that didn't help", RepairKind.UNHELPED, None),
        ("that's not what I asked", RepairKind.UNHELPED, None),
        ("forget it", RepairKind.CANCEL, None),
        ("get me a human", RepairKind.PERSON, None),
        ("thanks, that's all", None, None),
    ],
)
def test_what_was_answered_can_still_be_put_right(text: str, kind: RepairKind | None, order: str | None) -> None:
    found = after_an_answer(text, CONTEXT, "AB-10482", understood=False, quoted=True)
    assert (found.kind if found else None) == kind
    assert found is None or order is None or found.slots["order_id"].value == order


def test_a_message_with_a_meaning_of_its_own_puts_nothing_right() -> None:
    for text in ("actually, where is the tent", "it doesn't work"):
        assert after_an_answer(text, CONTEXT, "AB-10482", understood=True, quoted=True) is None
    assert after_an_answer("it didn't work", CONTEXT, "AB-10482", understood=False, quoted=False) is None


def test_no_the_other_order_names_the_one_not_in_hand() -> None:
    found = repaired("no, the other order")
    assert found is not None
    assert (found.kind, found.slots["order_id"].value) == (RepairKind.CORRECT, "AB-10311")


@pytest.mark.parametrize(
    "text", ["no, I meant the tent", "sorry, the tent", "not that one, the tent", "that's the wrong one, it's the tent"]
)
def test_a_correction_names_what_was_meant(text: str) -> None:
    found = repaired(text)
    assert found is not None
    assert (found.kind, found.slots["order_id"].value) == (RepairKind.CORRECT, "AB-10311")


def test_a_correction_without_a_name_still_counts() -> None:
    found = repaired("that's the wrong order", current=None)
    assert found is not None
    assert (found.kind, found.slots) == (RepairKind.CORRECT, {})


@pytest.mark.parametrize("text", ["no", "no thanks", "yes", "the tent", "ok"])
def test_an_answer_to_the_question_is_no_repair(text: str) -> None:
    assert repaired(text, expecting="order_id" if text == "the tent" else "answer") is None


def test_a_person_may_be_asked_for_at_any_time() -> None:
    for running in (None, "order_status"):
        found = repaired("I want to talk to a human", running=running)
        assert found is not None
        assert found.kind is RepairKind.PERSON


def test_another_matter_in_the_middle_is_a_digression() -> None:
    found = repaired("what is your return policy?", expecting="order_id", current=None)
    assert found is not None
    assert (found.kind, found.intent) == (RepairKind.DIGRESS, "returns_policy")
    assert repaired("where is my order", expecting="email") is None


def test_a_repair_survives_json() -> None:
    found = repaired("no, the other order")
    assert found is not None
    assert Repair.model_validate_json(found.model_dump_json()) == found
