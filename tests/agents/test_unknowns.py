"""S4-16: what nobody understood comes together with its like, and an editor makes of it what they decide."""

from __future__ import annotations

import pytest
from django.test import Client

from agents import kits, releases, texts, unknowns
from agents.intents.answer import IntentAnswer, Tier
from agents.intents.cascade import classify
from agents.intents.clusters import Cluster, clusters
from agents.intents.readings import Readings
from agents.models import SetAside
from knowledge import embeddings
from knowledge.models import ConfigVersion
from tests.cast import someone
from tests.house import House

ENGRAVING = [
    "I want the pan engraved with initials",
    "I want my initials engraved on the skillet",
    "initials engraved on a skillet",
]
RENTING = ["can I rent a tent for a week", "hire a tent for the weekend"]
PAGE = "/console/agent/unknown/"


@pytest.fixture
def asked(small_house: House) -> House:
    """Two customers have each asked what nobody understands; one also asked what everybody does."""
    small_house.ask(small_house.alice(), ENGRAVING[0])
    small_house.ask(small_house.bob(), ENGRAVING[1])
    small_house.ask(small_house.customer("mallory@example.com"), "where is my package")
    return small_house


def live_text() -> str:
    version = releases.live_version(ConfigVersion.Kind.TAXONOMY)
    assert version is not None
    return version.body


def newest() -> ConfigVersion:
    return ConfigVersion.objects.filter(kind="taxonomy").latest("number")


def settle(client: Client, cluster: Cluster, deed: str, **more: str) -> str:
    answer = client.post(f"{PAGE}{unknowns.key_of(cluster)}/", {"deed": deed, **more}, follow=True)
    return str(answer.content.decode())


def said(cluster: Cluster) -> set[str]:
    return {text for text, _ in cluster.texts}


@pytest.mark.django_db
def test_like_comes_to_like_in_whatever_order(small_house: House) -> None:
    words = kits.taxonomy_of(live_text())
    found = clusters([*ENGRAVING, *RENTING, ENGRAVING[0]], words, embeddings)
    assert [(cluster.size, said(cluster)) for cluster in found] == [(4, set(ENGRAVING)), (2, set(RENTING))]
    assert found[0].texts[0] == (ENGRAVING[0], 2)
    assert found == clusters([*reversed(RENTING), ENGRAVING[0], *reversed(ENGRAVING)], words, embeddings)
    assert all(cluster.nearest in words and cluster.name not in words for cluster in found)


@pytest.mark.django_db
def test_nothing_said_makes_no_cluster(small_house: House) -> None:
    assert clusters([], kits.taxonomy_of(live_text()), embeddings) == []
    assert unknowns.found() == []


def test_only_what_nobody_understood_is_shown(asked: House) -> None:
    (cluster,) = unknowns.found()
    assert said(cluster) == set(ENGRAVING[:2])
    page = someone("olga").get(PAGE).content.decode()
    assert ENGRAVING[0] in page
    assert "where is my package" not in page
    assert "A policy editor settles these." in page
    assert "Add as examples" in someone("max", "Policy editors").get(PAGE).content.decode()


def test_an_operator_without_the_right_settles_nothing(asked: House) -> None:
    (cluster,) = unknowns.found()
    answer = someone("olga").post(f"{PAGE}{unknowns.key_of(cluster)}/", {"deed": "dismiss"})
    assert answer.status_code == 403
    assert not SetAside.objects.exists()


def test_they_become_examples_in_a_draft_and_go_from_the_page(asked: House) -> None:
    before, live = live_text(), newest()
    (cluster,) = unknowns.found()
    page = settle(someone("max", "Policy editors"), cluster, "examples", intent="product_question")
    draft = newest()
    assert f"{draft} has them as examples. It is a draft." in page
    assert (draft.number, draft.status, str(draft.author)) == (live.number + 1, "draft", "max")
    assert set(texts.taxonomy(draft.body)["product_question"].examples) >= set(ENGRAVING[:2])
    assert unknowns.found() == []
    assert live_text() == before


def test_they_become_an_intent_that_a_person_carries_out(asked: House) -> None:
    (cluster,) = unknowns.found()
    max_ = someone("max", "Policy editors")
    assert "small letters and underscores" in settle(max_, cluster, "new", name="Engraving!", title="x")
    assert "needs a name, and a title" in settle(max_, cluster, "new", name="engraving", title="")
    assert "named twice" in settle(max_, cluster, "new", name="order_status", title="x")
    assert not SetAside.objects.exists()
    settle(max_, cluster, "new", name="engraving", title="an engraving")
    made = texts.taxonomy(newest().body)["engraving"]
    assert made.handed_over
    assert set(made.examples) == set(ENGRAVING[:2])


def test_a_second_decision_goes_into_the_same_draft(asked: House) -> None:
    max_ = someone("max", "Policy editors")
    settle(max_, unknowns.found()[0], "new", name="engraving", title="an engraving")
    first = newest()
    asked.ask(asked.alice(), RENTING[0])
    asked.ask(asked.bob(), RENTING[0])
    settle(max_, unknowns.found()[0], "examples", intent="engraving")
    assert newest() == first
    assert RENTING[0] in texts.taxonomy(newest().body)["engraving"].examples


def test_what_was_dismissed_stays_away(asked: House) -> None:
    (cluster,) = unknowns.found()
    versions = ConfigVersion.objects.count()
    settle(someone("max", "Policy editors"), cluster, "dismiss")
    asked.ask(asked.alice(), ENGRAVING[0].upper())
    asked.ask(asked.bob(), ENGRAVING[1])
    assert unknowns.found() == []
    assert ConfigVersion.objects.count() == versions
    assert not any(text in str(row.digest) for row in SetAside.objects.all() for text in ENGRAVING)


def test_a_cluster_that_has_changed_is_not_settled(asked: House) -> None:
    (cluster,) = unknowns.found()
    asked.ask(asked.alice(), "I would like initials engraved on a pan")
    assert "These messages have changed meanwhile." in settle(someone("max", "Policy editors"), cluster, "dismiss")
    assert not SetAside.objects.exists()


@pytest.mark.django_db
def test_the_same_words_are_read_once_under_one_taxonomy(small_house: House) -> None:
    """S4-18: other words, another message before them, another open question or another taxonomy are read anew."""
    words = kits.taxonomy_of(live_text())
    other = words.model_validate(words.model_dump() | {"thresholds": {"sure": 800}})
    kept, asked = Readings(most=4), []

    def read(
        text: str, history: tuple[str, ...] = (), expecting: str | None = None, by: object = words
    ) -> IntentAnswer:
        def answer() -> IntentAnswer:
            asked.append(text)
            return classify(text, history, words, embeddings, expecting=expecting)

        return kept.of(by, text, history, expecting, answer)  # type: ignore[arg-type]

    first = read("where is my package")
    assert read("where is my package") is first
    assert read("where is my package", ("x",)) == read("where is my package", ("earlier", "x"))
    assert len(asked) == 2
    read("where is my package", by=other)
    read("where is my package", expecting="order_id")
    read("hello")
    assert len(asked) == 5
    assert len(kept) == 4
    assert first.tier is Tier.RULES
    read("where is my package")
    assert len(asked) == 6
