"""S3-03: up to three solved, anonymous conversations that an editor chose go before models, with a release."""

from __future__ import annotations

import pytest
from django.urls import reverse

from agents import kits, releases
from agents.models import Release
from conversations.access import SYSTEM
from knowledge import examples
from knowledge.models import Example
from tests.cast import someone
from tests.house import House
from tests.modelled import modelled


def chosen(text: str) -> str:
    said = [{"by": "customer", "text": text}, {"by": "agent", "text": "It comes on the day that the carrier names."}]
    row = Example.objects.create(source="past", key=text, messages=said, digest=examples.digest(said), rating=5)
    examples.choose(row.pk, SYSTEM, "read")
    return row.digest


def test_what_a_release_shows_stands_in_the_question(small_house: House) -> None:
    digest = chosen("When does [ORDER] come?")
    chosen("And who asked for this one?")
    releases.show_examples([digest], SYSTEM)
    assert Release.objects.get(status="live").pins["examples"] == [digest]
    with modelled() as provider:
        small_house.ask(small_house.alice(), "How long do I have to send something back?")
    told = "\n".join(provider.asked[0].system)
    assert "customer: When does [ORDER] come?" in told
    assert "who asked for this one" not in told


def test_a_new_release_of_something_else_keeps_them(small_house: House) -> None:
    digest = chosen("When does [ORDER] come?")
    releases.show_examples([digest], SYSTEM)
    release = releases.set_authority(1, SYSTEM, "max", "less for a while")
    assert release.pins["examples"] == [digest]
    assert releases.refresh() is None


def test_what_is_refused_later_is_shown_to_nobody(small_house: House) -> None:
    digest = chosen("When does [ORDER] come?")
    release = releases.show_examples([digest], SYSTEM)
    assert len(kits.load(release.pk).examples) == 1
    row = Example.objects.get(digest=digest)
    examples.put_back(row.pk, SYSTEM, "doubt")
    examples.refuse(row.pk, SYSTEM, "doubt")
    kits.load.cache_clear()
    assert kits.load(release.pk).examples == ()


def test_three_at_most_and_only_chosen_ones(small_house: House) -> None:
    many = [chosen(f"Question {n}?") for n in range(4)]
    with pytest.raises(releases.CantError, match="3 examples at most"):
        releases.show_examples(many, SYSTEM)
    with pytest.raises(releases.CantError, match="Only chosen"):
        releases.show_examples(["nobody's"], SYSTEM)
    releases.show_examples(many[:3], SYSTEM)
    with pytest.raises(releases.CantError, match="already"):
        releases.show_examples(many[:3], SYSTEM)


def test_a_manager_shows_them_in_the_admin(small_house: House) -> None:
    digest = chosen("When does [ORDER] come?")
    row = Example.objects.get(digest=digest)
    data = {"action": "show_to_models", "_selected_action": [row.pk]}
    for client, pins in ((someone("eva", "Knowledge editors"), []), (someone("max", "Managers"), [digest])):
        client.post(reverse("admin:knowledge_example_changelist"), data, follow=True)
        assert Release.objects.get(status="live").pins["examples"] == pins
