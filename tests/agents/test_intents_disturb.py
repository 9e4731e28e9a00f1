"""S4-18: what another taxonomy would read differently, and what counts as forgotten."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from agents.intents import disturb, taxonomy
from agents.intents.disturb import Loss
from agents.intents.memory import Remembering
from agents.intents.taxonomy import Taxonomy
from knowledge import embeddings

OURS = taxonomy.load(settings.BASE_DIR / "packs" / "demo_shop" / "intents.yaml")
FOLDER = Path(settings.HANDRAIL_MODELS_DIR)
SAID = ["where is my stuff", "complaint: your service is bad", "I want to file a complaint"]


def against(other: Taxonomy) -> disturb.Disturbance:
    return disturb.disturbance(OURS, other, embeddings, FOLDER, rows=SAID[:1], messages=SAID[1:])


def changed(name: str, **facts: object) -> Taxonomy:
    intents = [intent.model_copy(update=facts) if intent.name == name else intent for intent in OURS.intents]
    return Taxonomy.model_validate({**OURS.model_dump(), "intents": [intent.model_dump() for intent in intents]})


def test_the_same_taxonomy_disturbs_nothing() -> None:
    found = against(OURS)
    assert found.changes == ()
    assert found.moves == []
    assert (found.loss.lost, found.loss.is_too_much, found.loss.sentence) == (0, False, "")
    assert found.compared == {"example": len(dict(OURS.training)), "row": 1, "message": 2}


def test_an_intent_that_is_left_out_is_forgotten_and_its_messages_move() -> None:
    rest = [intent.model_dump() for intent in OURS.intents if intent.name != "complaint"]
    found = against(Taxonomy.model_validate({**OURS.model_dump(), "intents": rest}))
    moved = {change.text: change for change in found.changes if change.source == "message"}
    assert moved["I want to file a complaint"].before.intent == "complaint"
    assert moved["I want to file a complaint"].after.intent != "complaint"
    assert SAID[0] not in {change.text for change in found.changes}
    assert found.loss.by_intent["complaint"][1] == 0
    assert found.loss.is_too_much
    assert sum(n for _, _, n in found.moves) == len(found.changes)


def test_an_example_that_is_moved_on_purpose_is_not_forgotten() -> None:
    """The others of its intent still count."""
    spare = OURS["complaint"].examples
    moved = changed("complaint", examples=spare[1:])
    with_it = [
        intent.model_copy(update={"examples": (*intent.examples, spare[0])})
        if intent.name == "order_status"
        else intent
        for intent in moved.intents
    ]
    other = Taxonomy.model_validate({**moved.model_dump(), "intents": [intent.model_dump() for intent in with_it]})
    before, after = (disturb.loss(OURS, words, embeddings, FOLDER) for words in (OURS, other))
    right = disturb.held_back(OURS, embeddings, FOLDER)[spare[0]].intent == "complaint"
    assert dict(other.training)[spare[0]] == "order_status"
    assert after.of == before.of - right


def test_two_in_a_hundred_may_be_forgotten_and_no_more() -> None:
    assert not Loss(10, 500, {}).is_too_much
    assert Loss(11, 500, {"one": (20, 9)}).is_too_much
    assert Loss(11, 500, {"one": (20, 9)}).sentence == (
        "It forgets 11 of 500 examples that were understood before (one 20 → 9)."
    )


class Counting:
    def __init__(self) -> None:
        self.seen: list[str] = []

    def features(self, texts: list[str], /) -> object:
        self.seen += texts
        return embeddings.features(texts)


def test_a_text_is_embedded_once() -> None:
    counting = Counting()
    known = Remembering(counting)  # type: ignore[arg-type]
    one, two = known.features(["a b", "c d"]), known.features(["c d", "a b"])
    assert counting.seen == ["a b", "c d"]
    assert (one == two[::-1]).all()
