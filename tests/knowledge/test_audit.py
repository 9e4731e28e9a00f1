"""S1-27..30: the audit finds what is outdated, contradictory or ambiguous, and nothing that is right."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command

from knowledge import audit, contradictions, figures, intervals, pages, reviews, vague
from knowledge.models import Article, Topic
from knowledge.sentences import Sentence
from tests.knowledge.shelf import Publish
from tests.knowledge.test_demo_articles import FOLDER, PLANTED, planted_stale

TABLE = [line.split("\t") for line in Path(__file__).with_name("pairs.tsv").read_text().splitlines()]
DATED = Path(__file__).resolve().parents[3] / "shared" / "data" / "moj_dated_kb"
NOW = datetime(2026, 4, 22, 12, tzinfo=UTC)


def said(text: str, page: str = "a", heading: str = "Delivery", before: str = "") -> Sentence:
    return Sentence(page, f"Page {page}", heading, text, before)


def command(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    call_command("audit_knowledge", *arguments, "--json")
    found: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return found


@pytest.mark.parametrize(
    ("interval", "due"),
    [
        ("6 months", date(2026, 2, 28)),
        ("1 year", date(2026, 8, 31)),
        ("2 weeks", date(2025, 9, 14)),
        ("90 days", date(2025, 11, 29)),
    ],
)
def test_an_interval_is_counted_by_the_calendar(interval: str, due: date) -> None:
    assert intervals.after(date(2025, 8, 31), interval) == due
    intervals.check(interval)


@pytest.mark.parametrize("interval", ["six months", "0 days", "6", "6 moons", "-1 days", "6 months!"])
def test_an_interval_that_cannot_be_read_is_refused(interval: str) -> None:
    with pytest.raises(ValueError, match="no interval"):
        intervals.after(date(2026, 1, 1), interval)
    with pytest.raises(ValidationError):
        intervals.check(interval)


@pytest.mark.parametrize(
    ("topic", "interval", "due"),
    [
        (Topic.RETURNS, "", date(2026, 4, 1)),
        (Topic.COMPANY, "", date(2027, 1, 1)),
        (Topic.COMPANY, "1 month", date(2026, 2, 1)),
        ("something new", "", date(2026, 4, 1)),
    ],
)
def test_what_changes_is_looked_at_more_often(topic: str, interval: str, due: date) -> None:
    assert reviews.due(date(2026, 1, 1), interval, topic) == due


@pytest.mark.parametrize(("day", "overdue"), [(date(2026, 4, 1), False), (date(2026, 4, 2), True)])
def test_a_review_is_overdue_on_the_day_after(day: date, overdue: bool) -> None:
    page = pages.Page("a", "A", "It is blue.", Topic.RETURNS, fresh_on=date(2026, 1, 1))
    assert bool(list(audit.overdue([page], day))) is overdue


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("within 14 days", "within two weeks", True),
        ("up to 5 days", "3 to 5 days", True),
        ("3 to 5 days", "3 to 7 days", False),
        ("$1,000", "1,000 dollars", True),
        ("$5", "$6", False),
        ("24 hours", "1 day", True),
        ("2 years", "24 months", True),
        ("10%", "10 percent", True),
        ("call 802 555 0148", "call 802-555-0148", True),
    ],
)
def test_the_same_figure_in_other_words_agrees(one: str, other: str, agree: bool) -> None:
    [a], [b] = figures.read(one), figures.read(other)
    assert a.measure == b.measure
    assert a.agrees(b) is agree


def test_a_month_is_not_thirty_days_and_dollars_are_not_euros() -> None:
    for one, other in (("1 month", "30 days"), ("$5", "€5"), ("5 kg", "5 pounds")):
        assert figures.read(one)[0].measure != figures.read(other)[0].measure


# Two sentences of two pages, and whether they can't both be right.
PAIRS = (
    ("Express delivery costs $14.95.", "For express delivery we charge $12.95.", True),
    ("Express delivery costs $14.95.", "Express delivery is $12.95 in most places.", True),
    ("Express delivery costs $14.95.", "Express delivery costs $14.95 a parcel.", False),
    ("Express delivery costs $14.95.", "Standard delivery costs $5.95.", False),
    ("You have 14 days to return an item.", "Fernway Plus members have 30 days to return an item.", False),
    ("You have 14 days to return an item.", "You have 10 days to return an item.", True),
    ("Returned items are refunded within 5 days.", "Returned items are refunded within a week.", True),
    ("Returned items are refunded within 7 days.", "Returned items are refunded within a week.", False),
    ("The outlet opens at 9 a.m. on weekdays.", "The outlet opens at 10 a.m. on weekdays.", True),
    ("Gift cards can be returned by post.", "Gift cards can't be returned by post.", True),
    ("Gift cards can be returned by post.", "Camping stoves can't be returned by post.", False),
    ("Can gift cards be returned by post?", "Gift cards can't be returned by post.", False),
    ("Gift cards can be returned by post.", "Gift cards can't be returned by post once the code was sent.", False),
    ("We always refund the delivery fee in full.", "We never refund the delivery fee in full.", True),
    ("For example, a parcel of 3 kg costs $9.", "For example, a parcel of 3 kg costs $8.", False),
)


@pytest.mark.parametrize(("one", "other", "clash"), PAIRS)
def test_two_pages_that_cannot_both_be_right(one: str, other: str, clash: bool) -> None:
    found = contradictions.find([said(one), said(other, "b")])
    assert bool(found) is clash
    assert all({pair.one.text, pair.other.text} == {one, other} for pair in found)


@pytest.mark.parametrize("row", TABLE, ids=[" | ".join(row[2::2]) for row in TABLE])
def test_pairs_as_companies_write_them(row: list[str]) -> None:
    """Half of them contradict each other. What isn't seen is marked, so that it is known; nothing else is found."""
    verdict, title, text, other_title, other = row
    pair = [Sentence("a", title, "", text), Sentence("b", other_title, "", other)]
    assert bool(contradictions.find(pair)) is (verdict == "contradict")


def test_most_contradictions_of_the_table_are_seen() -> None:
    verdicts = Counter(row[0] for row in TABLE)
    assert verdicts["contradict"] / (verdicts["contradict"] + verdicts["unseen"]) >= 0.85
    assert verdicts["fine"] > 25


def test_a_pronoun_means_what_was_said_before() -> None:
    first = said("It is free for orders of $50 or more.", before="Standard delivery costs $5.95.")
    other = said("Standard delivery is free for orders of $75 or more.", "b")
    third = said("Store pick-up is free for orders of $20 or more.", "c")
    [pair] = contradictions.find([first, other, third])
    assert {pair.one, pair.other} == {first, other}


def test_a_page_that_lists_cases_does_not_contradict_itself() -> None:
    one = said("A small parcel takes 3 days.", heading="Home")
    assert contradictions.find([one, said("A small parcel takes 5 days.", heading="Abroad")]) == []
    assert contradictions.find([one, said("A large parcel takes 5 days.", heading="Home")]) == []
    one, again = said("A small parcel to Canada takes 3 days."), said("A small parcel to Canada takes 5 days.")
    assert len(contradictions.find([one, again])) == 1


VAGUE = (
    ("Your parcel will arrive soon.", "time"),
    ("A refund takes a few days.", "time"),
    ("A refund takes a few days, at most 5 days.", None),
    ("Refunds usually take longer.", "time"),
    ("Refunds usually take 5 days.", None),
    ("As soon as it has shipped, we write to you.", None),
    ("We charge a small fee for returns.", "amount"),
    ("We charge a small fee of $4.95 for returns.", None),
    ("Return it within the allowed time.", "condition"),
    ("Some products are not eligible.", "condition"),
    ("Please contact us.", "contact"),
    ("Please contact us at help@fernway.example.", None),
    ("Please contact us in this chat.", None),
    ("An order with several items can travel in several parcels.", None),
    ("`sleep soon`", None),
)


@pytest.mark.parametrize(("text", "kind"), VAGUE)
def test_a_sentence_that_can_be_read_two_ways(text: str, kind: str | None) -> None:
    assert [one.kind for one in vague.find([said(text)])] == ([kind] if kind else [])


def test_contact_us_is_clear_where_the_page_says_how() -> None:
    assert vague.find([said("Contact us."), said("Our phone number is +1 802 555 0148.")]) == []
    assert len(vague.find([said("Contact us."), said("Our phone number is +1 802 555 0148.", "b")])) == 1


def test_a_pronoun_at_the_beginning_means_nothing() -> None:
    assert [one.kind for one in vague.find([said("It takes two minutes.", heading="")])] == ["pronoun"]
    assert vague.find([said("It takes two minutes.", heading="Start a return")]) == []
    assert vague.find([said("It takes two minutes.", heading="", before="Start a return.")]) == []


def test_the_demos_articles_have_their_planted_defects_and_no_other() -> None:
    """Every contradiction that PLANTED.md says an audit sees; nothing that it doesn't name."""
    report = audit.audit(pages.in_files(FOLDER, NOW), NOW.date())
    assert {one.page for one in report.defects if one.kind == "outdated"} == planted_stale()
    clashes = {frozenset(said["article"] for said in one.says) for one in report.defects if one.kind == "contradictory"}
    assert clashes == set(planted_clashes())
    assert [one for one in report.defects if one.kind == "ambiguous"] == []
    assert report.counts == {"ok": 29, "outdated": 5, "contradictory": 3, "ambiguous": 0}


def planted_clashes() -> Iterator[frozenset[str]]:
    table = PLANTED.split("## Contradictory")[1].split("## ")[0]
    for row in re.findall(r"^\| ([a-z0-9-]+), ([a-z0-9-]+) \|.*\| the audit \|$", table, re.MULTILINE):
        yield frozenset(row)


@pytest.mark.django_db
@pytest.mark.skipif(not DATED.exists(), reason="The dated pages of the Ministry of Justice aren't on this machine.")
def test_88_of_the_ministrys_pages_are_overdue(capsys: pytest.CaptureFixture[str]) -> None:
    """G11: on 2026-04-22, by each page's own interval."""
    for docs in (DATED, DATED / "pages.jsonl"):
        report = command(capsys, "--docs", str(docs), "--as-of", "2026-04-22")
        assert (report["n"], report["counts"]["outdated"], report["shares"]["outdated"]) == (105, 88, 83.8)
        assert report["counts"]["contradictory"] == 0
        assert sum(report["shares"].values()) == pytest.approx(100, abs=0.2)
        assert sum(row["class"] == "outdated" for row in report["articles"]) == 88
        assert all(row["due"] < "2026-04-22" for row in report["articles"] if row["class"] == "outdated")


def test_the_command_audits_what_is_published(publish: Publish, capsys: pytest.CaptureFixture[str]) -> None:
    publish("parcels", "Express delivery costs $14.95.")
    publish("fees", "Express delivery costs $12.95.", days_ago=91)
    publish("gone", "Express delivery costs $9.95.")
    Article.objects.filter(slug="parcels").update(owner="Care")
    Article.objects.filter(slug="gone").update(status="archived")
    report = command(capsys)
    assert {row["article"]: row["class"] for row in report["articles"]} == {
        "fees": "outdated",
        "parcels": "contradictory",
    }
    [parcels] = [row for row in report["articles"] if row["article"] == "parcels"]
    assert parcels["owner"] == "Care"
    assert [said["words"] for said in parcels["why"][0]["says"]] == ["$14.95", "$12.95"]
    call_command("audit_knowledge")
    told = capsys.readouterr().out
    assert "2 articles" in told
    assert "It says “$14.95”, fees says “$12.95” about the same." in told


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("file", "text", "sentence"),
    [
        ("a.md", "no front matter", "a.md can't be used: There is no front matter"),
        ("a.jsonl", '{"id": "x"}', "a.jsonl can't be used: a row needs an id"),
        ("a.jsonl", "nonsense", "a.jsonl can't be used"),
        ("a.jsonl", '{"id": "x", "content": "y", "reviewed_on": "2026-01-01", "review_in": "soon"}', "is no interval"),
        ("a.txt", "words", "holds no articles"),
    ],
)
def test_a_folder_that_cannot_be_read_is_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], file: str, text: str, sentence: str
) -> None:
    (tmp_path / file).write_text(text)
    for arguments, told in (
        (("--docs", str(tmp_path)), sentence),
        (("--docs", str(tmp_path / "nowhere")), "isn't there"),
        (("--as-of", "yesterday"), "yesterday is no day"),
    ):
        with pytest.raises(SystemExit) as ended:
            call_command("audit_knowledge", *arguments)
        assert ended.value.code == 2
        assert told in capsys.readouterr().err


def test_front_matter_may_say_how_often(tmp_path: Path) -> None:
    head = "---\ntitle: A\ntopic: company\naudience: public\nreviewed_on: 2025-10-21\nreview_in: {}\n---\nIt is blue."
    (tmp_path / "a.md").write_text(head.format("6 months"))
    [page] = pages.in_files(tmp_path, NOW)
    assert page.due == date(2026, 4, 21)
    (tmp_path / "a.md").write_text(head.format("now and then"))
    with pytest.raises(ValueError, match="6 months"):
        pages.in_files(tmp_path, NOW)
