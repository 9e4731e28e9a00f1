"""S1-28..30: on a shelf with known defects the audit finds exactly those, by words, by dates and by answers given."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from django.core.management import call_command

from conversations import clock
from conversations.access import SYSTEM
from conversations.models import Conversation, Message
from knowledge import findings, usage
from knowledge.answers import extract
from knowledge.articles import Words, publish, write
from knowledge.audit import Report
from knowledge.ingest import load_folder
from knowledge.models import Article
from knowledge.search import search
from tests import cast

FOLDER: Final = Path(__file__).with_name("planted")
AS_OF: Final = datetime(2026, 5, 31, 12, tzinfo=UTC)
ROW: Final = re.compile(r"^\| ([a-z-]+) \| ((?!defect)[a-z_]+) \| (.+) \|$", re.MULTILINE)


def planted() -> set[tuple[str, str]]:
    return {(article, defect) for article, defect, _ in ROW.findall((FOLDER / "PLANTED.md").read_text())}


def reply(question: str, extra: dict[str, object] | None = None) -> Message:
    """An answer as the agent gives it, quoted from what search finds today."""
    if extra is None:
        found = extract(question, search(question, [], "public", clock.business_now(), sentences=True)["passages"])
        assert found is not None, question
        answer = found.to_json()
        extra = {"citations": answer["citations"], "receipts": answer["receipts"]}
    talk = Conversation.objects.create(customer=cast.alice(), channel="web")
    return Message.objects.create(conversation=talk, seq=1, author="agent", text="…", extra=extra)


def rewrite(slug: str, old: str, new: str) -> None:
    article = Article.objects.select_related("current").get(slug=slug)
    assert article.current is not None
    assert old in article.current.body
    day = article.current.reviewed_on
    write(article, Words(article.current.title, article.current.body.replace(old, new), day, day))
    publish(article.pk, SYSTEM, "test")


@pytest.fixture
def shelf(db: None) -> None:
    """Loaded long ago and cited since, but for one; two answers were given from words that have changed."""
    with clock.at(AS_OF - timedelta(days=200)):
        loaded = load_folder(FOLDER)
        assert loaded.skipped == []
    with clock.at(AS_OF - timedelta(days=20)):
        reply("how many days does a renewal give me")
        reply("how long is a shift of volunteers")
        for slug in Article.objects.exclude(slug="tile-cutter").values_list("slug", flat=True):
            reply("", {"citations": [{"n": 1, "title": slug, "url": usage.address(slug)}]})
    with clock.at(AS_OF - timedelta(days=10)):
        rewrite("renewals", "another 5 days", "another 7 days")
        rewrite("volunteers", "A shift takes 4 hours.", "For a shift you need 4 hours.")


def audited() -> Report:
    with clock.at(AS_OF):
        return findings.report()


def test_the_audit_finds_exactly_what_was_planted(shelf: None) -> None:
    report = audited()
    assert {(one.page, one.kind) for one in report.defects} == planted()
    for article, defect, words in ROW.findall((FOLDER / "PLANTED.md").read_text()):
        [first, *_] = [one for one in report.defects if (one.page, one.kind) == (article, defect)]
        assert words in first.why, first
    assert report.counts == {"ok": 8, "outdated": 3, "contradictory": 6, "ambiguous": 5}
    assert len({one.key for one in report.defects}) == len(report.defects)


def test_without_its_defects_the_shelf_is_clean(shelf: None) -> None:
    """The twin: each defect goes away when what makes it one does, and takes no other along."""
    for slug, old, new in (
        ("first-visit", "$50", "$40"),
        ("ladders", "3 days", "7 days"),
        ("safety", "can't be used indoors", "can be used indoors"),
        ("reservations", "shortly, and the reservation is kept for some time", "within 1 hour"),
        ("damage", "a small fee", "a fee of $5"),
        ("who-can-join", "Under certain conditions visitors", "Visitors"),
        ("lost-card", "contact us", "write to desk@example.com"),
        ("gift-loans", "It is allowed for members", "Members may lend a tool on"),
        ("renewals", "another 7 days", "another 5 days"),
    ):
        rewrite(slug, old, new)
    left = {(one.page, one.kind) for one in audited().defects}
    assert left == {row for row in planted() if row[1] in ("outdated", "unused")}
    Article.objects.get(slug="tile-cutter")
    with clock.at(AS_OF - timedelta(days=1)):
        reply("what does the tile cutter take")
    Article.objects.filter(slug__in=["winter-hours", "late-fees", "our-history"]).update(review_in="3 years")
    assert audited().defects == []


def test_the_answers_that_would_be_different_are_named(shelf: None) -> None:
    [one] = [one for one in audited().defects if one.kind == "answers_differ"]
    told = Message.objects.filter(extra__receipts__0__article="renewals").get()
    assert one.says == ({"conversation": str(told.conversation.public_id)},)
    assert one.why == "Answers in 1 conversation would be different today: they said “5 days”, it is “7 days” now."
    rewrite("renewals", "Each renewal gives you another 7 days.", "Ask at the desk.")
    [one] = [one for one in audited().defects if one.kind == "answers_differ"]
    assert "they said “5 days”, which it says no more" in one.why


def test_the_command_lists_what_conversations_show(shelf: None, capsys: pytest.CaptureFixture[str]) -> None:
    with clock.at(AS_OF):
        call_command("audit_knowledge", "--json")
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert [row["article"] for row in report["unused"]] == ["tile-cutter"]
    assert [(row["article"], len(row["conversations"])) for row in report["answers_differ"]] == [("renewals", 1)]
    assert report["shares"] == {"ok": 36.4, "outdated": 13.6, "contradictory": 27.3, "ambiguous": 22.7}


@pytest.mark.django_db
def test_a_folder_alone_shows_the_same_but_for_what_conversations_show(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("audit_knowledge", "--docs", str(FOLDER), "--as-of", "2026-05-31", "--json")
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    found = {(row["article"], why["kind"]) for row in report["articles"] for why in row["why"]}
    assert found == {row for row in planted() if row[1] not in ("unused", "answers_differ")}
