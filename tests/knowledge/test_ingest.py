"""A folder becomes articles, once; unchanged text embeds nothing; a bad file is skipped with a sentence."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from conversations.clock import business_now
from conversations.models import Event
from knowledge import embeddings
from knowledge.ingest import load_folder
from knowledge.models import Article, ArticleVersion, Audience, Passage, PassageVector, Posting
from knowledge.search import search

pytestmark = pytest.mark.django_db

HEAD = {"title": "Returns", "topic": "returns", "audience": "public", "reviewed_days_ago": "12"}


def file(folder: Path, name: str, body: str = "You have 14 days.", **changed: str | None) -> Path:
    head = {key: value for key, value in {**HEAD, **changed}.items() if value is not None}
    path = folder / f"{name}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("---\n" + "".join(f"{key}: {value}\n" for key, value in head.items()) + f"---\n{body}\n")
    return path


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is embedded, as it happens."""
    texts: list[str] = []
    real = embeddings.encode

    def listening(given: Any, **more: Any) -> Any:
        texts.extend(given)
        return real(given, **more)

    monkeypatch.setattr(embeddings, "encode", listening)
    return texts


def test_files_become_published_articles(tmp_path: Path) -> None:
    """S3-08"""
    file(tmp_path, "returns", "## Window\n\nYou have 14 days.", product="Lamp", owner="Care", updated_days_ago="40")
    file(tmp_path, "deep/labels", "Labels are free.", topic="shipping", audience="internal", id="ext-7")
    report = load_folder(tmp_path)
    assert (report.added, report.changed, report.unchanged, report.skipped) == (
        ["deep/labels.md", "returns.md"],
        [],
        [],
        [],
    )
    article = Article.objects.get(source="files", external_id="returns")
    today = business_now().date()
    assert (article.status, article.topic, article.product, article.owner) == ("published", "returns", "Lamp", "Care")
    assert (article.current.reviewed_on, article.current.updated_on) == (
        today - timedelta(days=12),
        today - timedelta(days=40),
    )
    assert [(p.heading, p.text) for p in article.current.passages.all()] == [("Window", "You have 14 days.")]
    assert Article.objects.get(external_id="ext-7").slug == "labels"
    assert search("how many days", [], Audience.PUBLIC, business_now())["passages"][0]["article"] == "returns"


def test_loading_again_changes_nothing_and_embeds_nothing(tmp_path: Path, encoded: list[str]) -> None:
    """P10"""
    file(tmp_path, "returns")
    load_folder(tmp_path)
    assert encoded
    before = counts()
    encoded.clear()
    report = load_folder(tmp_path)
    assert (report.added, report.changed, report.unchanged) == ([], [], ["returns.md"])
    assert encoded == []
    assert counts() == before


def test_only_the_changed_passage_is_embedded(tmp_path: Path, encoded: list[str]) -> None:
    """P10"""
    file(tmp_path, "returns", "## Window\n\nYou have 14 days.\n\n## Label\n\nIt is free.")
    load_folder(tmp_path)
    encoded.clear()
    file(tmp_path, "returns", "## Window\n\nYou have 21 days.\n\n## Label\n\nIt is free.")
    assert load_folder(tmp_path).changed == ["returns.md"]
    assert encoded == ["Returns. Window: You have 21 days."]
    article = Article.objects.get()
    assert (article.current.number, ArticleVersion.objects.count(), Passage.objects.count()) == (2, 2, 4)
    assert PassageVector.objects.count() == 2


def test_another_audience_is_a_new_version_that_search_obeys_without_embedding(
    tmp_path: Path, encoded: list[str]
) -> None:
    file(tmp_path, "returns")
    load_folder(tmp_path)
    encoded.clear()
    file(tmp_path, "returns", audience="internal")
    assert load_folder(tmp_path).changed == ["returns.md"]
    assert encoded == []
    assert search("how many days", [], Audience.PUBLIC, business_now())["passages"] == []
    assert set(Posting.objects.values_list("audience", flat=True)) == {"internal"}


def test_a_review_moves_the_date_and_nothing_else(tmp_path: Path, encoded: list[str]) -> None:
    file(tmp_path, "returns")
    load_folder(tmp_path)
    encoded.clear()
    file(tmp_path, "returns", reviewed_days_ago="3")
    assert load_folder(tmp_path).changed == ["returns.md"]
    assert encoded == []
    version = ArticleVersion.objects.get()
    assert version.reviewed_on == business_now().date() - timedelta(days=3)


def test_an_archived_article_that_is_loaded_anew_is_published_again(tmp_path: Path) -> None:
    from conversations.access import SYSTEM
    from knowledge import articles

    file(tmp_path, "returns")
    load_folder(tmp_path)
    articles.archive(Article.objects.get().pk, SYSTEM, "test")
    file(tmp_path, "returns", "You have 21 days.")
    load_folder(tmp_path)
    assert Article.objects.get().status == "published"


def test_each_step_left_an_event(tmp_path: Path) -> None:
    file(tmp_path, "returns")
    load_folder(tmp_path)
    stream = f"article:{Article.objects.get().pk}"
    verbs = Event.objects.filter(stream=stream).order_by("n").values_list("verb", "actor", "reason")
    assert list(verbs) == [
        ("created", "system", "import"),
        ("in_review", "system", "import"),
        ("published", "system", "import"),
    ]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"topic": "weather"}, "topic: input should be 'returns'"),
        ({"title": None}, "title: this key is missing; add it (line 1, column 1)"),
        ({"colour": "red"}, "colour: this key isn't known; check its spelling (line 5, column 1)"),
        ({"reviewed_days_ago": None}, "Say when it was last reviewed"),
        ({"reviewed_days_ago": "-1"}, "greater than or equal to 0 (line 4, column 1)"),
        ({"title": "[unclosed"}, "This isn't YAML"),
        ({"body": ""}, "There is no text below the front matter."),
        ({"body": "a\0b"}, "NUL"),
    ],
)
def test_a_bad_file_is_skipped_with_a_sentence_and_the_others_are_loaded(
    tmp_path: Path, changed: dict[str, str], why: str
) -> None:
    file(tmp_path, "bad", **changed)
    file(tmp_path, "good")
    report = load_folder(tmp_path)
    assert report.added == ["good.md"]
    [(name, sentence)] = report.skipped
    assert name == "bad.md"
    assert why in sentence
    assert Article.objects.count() == 1


def test_files_that_are_no_articles(tmp_path: Path) -> None:
    (tmp_path / "plain.md").write_text("Just words.")
    (tmp_path / "latin.md").write_bytes(b"---\ntitle: caf\xe9\n---\nx")
    (tmp_path / "README.md").write_text("For people.")
    (tmp_path / "notes.txt").write_text("For people.")
    report = load_folder(tmp_path)
    assert [name for name, _ in report.skipped] == ["latin.md", "plain.md"]
    assert "front matter" in dict(report.skipped)["plain.md"]
    assert "UTF-8" in dict(report.skipped)["latin.md"]


def test_two_files_with_one_address(tmp_path: Path) -> None:
    file(tmp_path, "a/returns")
    file(tmp_path, "b/returns", id="other")
    report = load_folder(tmp_path)
    assert report.added == ["a/returns.md"]
    assert "Rename the file" in report.skipped[0][1]


def counts() -> list[int]:
    tables = (Article, ArticleVersion, Passage, PassageVector, Posting, Event)
    return [table.objects.count() for table in tables]
