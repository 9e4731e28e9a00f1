"""S1-27..30: what the audit found is kept, taken, settled, and closed by itself; and what the console shows of it."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from conversations import clock
from conversations.clock import business_now
from conversations.lifecycle import NotAllowedError
from conversations.models import Conversation, Event, Handoff, Message, Survey
from knowledge import blast, burndown, findings, gaps, usage, weekly
from knowledge.articles import Words, write
from knowledge.models import Article, AuditDay, Finding, Gap, WeeklyReport
from tests import cast
from tests.cast import someone
from tests.knowledge.shelf import Publish

pytestmark = pytest.mark.django_db
PAGE = "/console/knowledge/"


def statuses() -> dict[tuple[str, str], str]:
    return {(row.article.slug, row.kind): row.status for row in Finding.objects.select_related("article")}


def cited(slug: str, text: str = "Express delivery costs $14.95.", times: int = 1) -> list[Message]:
    made = []
    for _ in range(times):
        talk = Conversation.objects.create(customer=cast.alice(), channel="web")
        extra = {"citations": [{"n": 1, "title": slug, "url": usage.address(slug)}]}
        made.append(Message.objects.create(conversation=talk, seq=1, author="agent", text=f"{text} [1]", extra=extra))
    return made


@pytest.fixture
def clash(publish: Publish) -> None:
    """Two pages that contradict each other, and one that is as it should be."""
    publish("parcels", "Express delivery costs $14.95.", title="Parcels")
    publish("fees", "Express delivery costs $12.95.", title="Fees")
    publish("tents", "A tent sleeps two people.", title="Tents")


def mend(publish: Publish) -> None:
    publish("fees", "Express delivery costs $14.95.", title="Fees")


def test_what_is_found_is_opened_once_and_closed_when_it_is_gone(clash: None, publish: Publish) -> None:
    findings.refresh()
    findings.refresh()
    assert statuses() == {("fees", "contradictory"): "open", ("parcels", "contradictory"): "open"}
    assert {row.due for row in Finding.objects.all()} == {business_now().date() + timedelta(days=7)}
    mend(publish)
    findings.refresh()
    assert set(statuses().values()) == {"done"}
    done = Finding.objects.get(article__slug="fees")
    assert (done.moved_by, done.moved_why, done.closed_at is None) == ("system", "gone", False)
    publish("fees", "Express delivery costs $12.95.", title="Fees")
    findings.refresh()
    assert set(statuses().values()) == {"open"}
    assert Finding.objects.count() == 2
    verbs = list(Event.objects.filter(stream=f"finding:{done.pk}").order_by("n").values_list("verb", flat=True))
    assert verbs == ["created", "done", "open"]


def test_an_editor_takes_it_and_leaves_it(clash: None) -> None:
    findings.refresh()
    row = Finding.objects.get(article__slug="fees")
    olga, max_ = cast.olga(), cast.max_()
    findings.take(row.pk, olga)
    with pytest.raises(NotAllowedError):
        findings.take(row.pk, max_)
    with pytest.raises(NotAllowedError, match="A colleague mends this"):
        findings.leave(row.pk, max_)
    findings.refresh()
    assert Finding.objects.get(pk=row.pk).holder == olga
    findings.leave(row.pk, olga)
    assert statuses()["fees", "contradictory"] == "open"


def test_what_an_editor_calls_right_stays_so_until_its_words_change(clash: None, publish: Publish) -> None:
    findings.refresh()
    for row in Finding.objects.all():
        findings.call_right(row.pk, cast.olga(), "two carriers")
    findings.refresh()
    assert set(statuses().values()) == {"done"}
    assert findings.classes()["ok"] == 3
    publish("fees", "Express delivery costs $11.95.", title="Fees")
    findings.refresh()
    assert findings.left().count() == 2
    assert findings.classes() == {"ok": 1, "outdated": 0, "contradictory": 2, "ambiguous": 0}


def test_an_overdue_review_is_no_matter_of_opinion(publish: Publish) -> None:
    publish("parcels", "It costs $14.95.", days_ago=91)
    findings.refresh()
    row = Finding.objects.get(kind="outdated")
    with pytest.raises(NotAllowedError, match="Review the article"):
        findings.call_right(row.pk, cast.olga(), "fine")
    with pytest.raises(NotAllowedError, match="Say why"):
        findings.call_right(row.pk, cast.olga(), "  ")
    tomorrow = business_now() + timedelta(days=1)
    with clock.at(tomorrow):
        findings.refresh()
    again = Finding.objects.get(kind="outdated")
    assert (again.pk, again.why[-11:]) == (row.pk, "2 days ago.")


def test_the_database_knows_what_a_finding_may_be(clash: None) -> None:
    findings.refresh()
    row = Finding.objects.first()
    assert row is not None
    for change in ("status = 'mending'", "status = 'done'", "closed_at = now()"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"update knowledge_finding set {change} where id = %s", [row.pk])


# The page.


def page(client: Client, **query: str) -> str:
    answer = client.get(PAGE, query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_managers_read_and_editors_act(clash: None) -> None:
    findings.refresh()
    row = Finding.objects.get(article__slug="fees")
    manager, editor, operator = someone("max", "Managers"), someone("kim", "Knowledge editors"), someone("olga")
    assert operator.get(PAGE).status_code == 403
    assert operator.get(reverse("knowledge:used", args=["fees"])).status_code == 403
    told = page(manager)
    assert "66.7%" in told
    assert "It says “$12.95”, parcels says “$14.95” about the same." in told
    assert "I mend it" not in told
    assert PAGE in manager.get("/console/").content.decode()
    assert PAGE not in operator.get("/console/").content.decode()
    assert manager.post(reverse("knowledge:settle", args=[row.pk]), {"deed": "take"}).status_code == 403
    assert "I mend it" in page(editor)
    answer = editor.post(reverse("knowledge:settle", args=[row.pk]), {"deed": "take", "back": f"{PAGE}?status=open"})
    assert answer["Location"] == f"{PAGE}?status=open"
    assert "kim mends it" in page(manager, status="mending")
    assert "Leave it to others" in page(editor, status="mending")


def test_a_refused_deed_says_why_and_goes_nowhere_else(clash: None) -> None:
    findings.refresh()
    editor, row = someone("kim", "Knowledge editors"), Finding.objects.first()
    assert row is not None
    address = reverse("knowledge:settle", args=[row.pk])
    for sent, told in (
        ({"deed": "right", "reason": ""}, "Say why it is right as it is."),
        ({"deed": "burn"}, "Choose what to do with it."),
        ({"deed": "leave", "back": "https://example.com/"}, "Nothing was changed."),
    ):
        answer = editor.post(address, sent, follow=True)
        assert answer.redirect_chain[-1][0] == PAGE
        assert told in answer.content.decode()
    assert findings.left().filter(status="open").count() == 2


def test_an_empty_page_says_what_happens_next(publish: Publish) -> None:
    manager = someone("max", "Managers")
    assert "Nothing has been audited yet" in page(manager)
    findings.refresh()
    assert "There are no published articles" in page(manager)
    publish("parcels", "Express delivery costs $14.95.")
    missed("do you engrave <b>pans</b>", 2, 1)
    findings.refresh()
    told = page(manager)
    assert "Nothing is left to mend" in told
    assert "do you engrave &lt;b&gt;pans&lt;/b&gt;" in told


def test_the_list_holds_hundreds_and_filters(clash: None) -> None:
    findings.refresh()
    tents = Article.objects.get(slug="tents")
    day = date(2026, 1, 1)
    Finding.objects.bulk_create(
        Finding(key=f"k{n}", kind="ambiguous", article=tents, why=f"word {n}", due=day + timedelta(days=n))
        for n in range(500)
    )
    manager = someone("max", "Managers")
    told = page(manager)
    assert "Page 1 of 11, 502 in all" in told
    assert told.index("word 0<") < told.index("word 1<")
    assert "word 60<" in page(manager, page="2")
    assert "word 499<" in page(manager, page="999", kind="ambiguous")
    assert "$12.95" in page(manager, kind="contradictory")
    assert "word 0<" not in page(manager, kind="contradictory")
    assert "word 0<" in page(manager, kind="nonsense", status="nonsense")


def test_the_page_takes_no_more_statements_for_more_rows(clash: None, django_assert_max_num_queries: Any) -> None:
    findings.refresh()
    manager = someone("max", "Managers")
    with django_assert_max_num_queries(30):
        page(manager)


def test_an_article_shows_its_use(clash: None) -> None:
    """Citations in thirty days, and how many of those conversations went on to a person."""
    findings.refresh()
    first, *_ = cited("parcels", times=3)
    Handoff.objects.create(conversation=first.conversation, queue="general", reason="x", packet={})
    with clock.at(business_now() - timedelta(days=31)):
        cited("parcels")
        cited("tents")
    now = business_now()
    uses = usage.uses(now - timedelta(days=30))
    assert uses == {usage.address("parcels"): usage.Use(3, 3, 1)}
    manager = someone("max", "Managers")
    assert "1 of 3" in page(manager)
    shown = manager.get(reverse("knowledge:used", args=["parcels"])).content.decode()
    assert "Where it is used: 4 replies" in shown
    assert "3 replies in 3 conversations; 1 went on to a person" in shown
    assert str(first.conversation.public_id) in shown
    assert "No answer has cited it lately" in manager.get(reverse("knowledge:used", args=["fees"])).content.decode()
    assert manager.get(reverse("knowledge:used", args=["nowhere"])).status_code == 404


def missed(question: str, times: int, handoffs: int) -> None:
    """`question` was asked in so many conversations, some of which went to a person for want of an answer."""
    for n in range(times):
        talk = Conversation.objects.create(customer=cast.alice(), channel="web")
        Gap.objects.create(conversation=talk, turn_id=uuid.uuid4(), **gaps.row(question, "other", 300))
        if n < handoffs:
            Handoff.objects.create(conversation=talk, queue="general", reason=gaps.REASONS[0], packet={})


def test_csat_is_counted_for_the_articles_that_an_answer_cited(clash: None) -> None:
    """Twice cited in one conversation counts once; no answer counts nowhere."""
    talks = [one.conversation for one in cited("parcels", times=4)]
    again = {"citations": [{"n": 1, "title": "parcels", "url": usage.address("parcels")}]}
    Message.objects.create(conversation=talks[0], seq=2, author="agent", text="It does. [1]", extra=again)
    for talk, score in zip(talks, (5, 4, 3, None), strict=True):
        at = None if score is None else business_now()
        Survey.objects.create(conversation=talk, score=score, answered_at=at)
    cited("fees")
    uses = usage.uses(business_now() - timedelta(days=30))
    found = uses[usage.address("parcels")]
    assert found == usage.Use(5, 4, 0, 3, 2)
    assert (found.csat, uses[usage.address("fees")].csat) == (67, None)
    findings.refresh()
    boss = someone("max", "Managers")
    assert "67% of 3</td>" in boss.get(PAGE).content.decode()
    assert "3 were rated by their customers, 2 with 4 or 5 (CSAT 67%)." in boss.get(f"{PAGE}parcels/").content.decode()
    assert "None was rated by its customer." in boss.get(f"{PAGE}fees/").content.decode()


def test_gaps_are_ranked_by_their_cost() -> None:
    """S1-61: times asked × handoffs caused; no word of a customer's is copied."""
    missed("do you engrave pans", 2, 2)
    missed("can I rent a tent for a week", 5, 1)
    missed("what wood is the table", 4, 0)
    findings.refresh()
    stored = AuditDay.objects.get().gaps
    assert [(row["times"], row["handoffs"]) for row in stored] == [(5, 1), (2, 2), (4, 0)]
    assert "tent" not in str(stored)
    assert [row["cost"] for row in findings.in_words(stored)] == [5, 4, 0]
    assert "can I rent a tent for a week (5 times, 1 to a person)" in weekly.in_words(
        MONDAY.date(), weekly.figures(MONDAY.date())
    )
    Gap.objects.filter(question__contains="tent").delete()
    assert [row["question"] for row in findings.in_words(stored)] == ["do you engrave pans", "what wood is the table"]


# What an edit touches.


def rewritten(slug: str, body: str) -> Article:
    article: Article = Article.objects.select_related("current").get(slug=slug)
    today = business_now().date()
    write(article, Words("Parcels", body, today, today))
    return article


def test_an_edit_says_which_replies_it_would_change(publish: Publish) -> None:
    publish("parcels", "Express delivery costs $14.95. Standard delivery takes 5 days.", title="Parcels")
    cited("parcels", "Express delivery costs $14.95.", times=3)
    cited("parcels", "Standard delivery takes 5 days.", times=2)
    article = Article.objects.select_related("current").get(slug="parcels")
    assert blast.waiting(article) is None
    edit = blast.waiting(rewritten("parcels", "Express delivery costs $15.95. Standard delivery takes 5 days."))
    assert edit is not None
    assert [(one.sentence, one.replies) for one in edit.touched] == [("Express delivery costs $14.95.", 3)]
    assert edit.in_words == "Publishing version 2 changes 1 sentence that 3 replies of the last 90 days quoted."
    edit = blast.waiting(rewritten("parcels", "Standard delivery takes 5 days. Express delivery costs $14.95."))
    assert edit is not None
    assert edit.in_words == "Version 3 keeps every sentence of the published one."
    manager = someone("max", "Managers")
    rewritten("parcels", "Nothing is sent.")
    shown = manager.get(reverse("knowledge:used", args=["parcels"])).content.decode()
    assert "Publishing version 4 changes 2 sentences that 5 replies of the last 90 days quoted." in shown


def test_the_admin_says_it_before_anything_is_published(publish: Publish) -> None:
    article = publish("parcels", "Express delivery costs $14.95.", title="Parcels")
    cited("parcels", times=3)
    rewritten("parcels", "Express delivery costs $15.95.")
    editor, where = someone("kim", "Knowledge editors"), "/admin/knowledge/article/"
    said = "Publishing version 2 changes 1 sentence that 3 replies of the last 90 days quoted."
    form = editor.get(f"{where}{article.pk}/change/").content.decode()
    assert said in form
    assert reverse("knowledge:used", args=["parcels"]) in form
    wish = {"action": "publish", "_selected_action": [str(article.pk)]}
    asked = editor.post(where, wish).content.decode()
    assert said in asked
    assert "Express delivery costs $14.95. (3)" in asked
    assert published() == 1
    editor.post(where, {**wish, "sure": "Publish"})
    assert published() == 2
    rewritten("parcels", "Express delivery costs $16.95.")
    editor.post(where, wish)
    assert published() == 3, "nobody was told $15.95"


def published() -> int:
    article: Article = Article.objects.select_related("current").get(slug="parcels")
    assert article.current is not None
    return article.current.number


# The week.

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)


def test_the_report_of_a_week_is_written_once(publish: Publish) -> None:
    with clock.at(MONDAY - timedelta(days=6)):
        publish("parcels", "A parcel costs $14.95.", reviewed_on=date(2026, 3, 10))
        publish("fees", "A parcel arrives soon.", reviewed_on=date(2026, 5, 20))
        findings.refresh()
    with clock.at(MONDAY):
        report = weekly.write()
        assert report.figures["shares"] == {"ok": 50.0, "outdated": 0.0, "contradictory": 0.0, "ambiguous": 50.0}
        assert {name: report.figures[name] for name in ("left", "new", "mended", "late")} == {
            "left": 1, "new": 1, "mended": 0, "late": 0,
        }  # fmt: skip
        assert [(row["article"], row["due"]) for row in report.figures["reviews_due"]] == [("parcels", "2026-06-08")]
        publish("fees", "A parcel arrives within 3 days.", reviewed_on=date(2026, 5, 20))
        findings.refresh()
        assert weekly.write().figures == report.figures
        assert WeeklyReport.objects.count() == 1
    with clock.at(MONDAY + timedelta(days=7)):
        later = weekly.write()
        assert (later.week, later.figures["mended"]) == (date(2026, 6, 8), 1)
        told = weekly.in_words(later.week, later.figures)
        assert told.startswith("Knowledge, week of 2026-06-08: 2 articles, ok 100.0%")
        assert "0 new, 1 mended" in told
        assert "2026-06-08 parcels (nobody)" in told
        assert "1 mended" in page(someone("max", "Managers"))


def test_the_week_is_printed_as_it_would_be_told(publish: Publish, capsys: pytest.CaptureFixture[str]) -> None:
    publish("parcels", "A parcel costs $14.95.", days_ago=85)
    findings.refresh()
    call_command("audit_knowledge", "--week")
    told = capsys.readouterr().out
    assert "1 articles, ok 100.0%, outdated 0.0%" in told
    assert "parcels (nobody)" in told
    assert not WeeklyReport.objects.exists()
    call_command("audit_knowledge", "--week", "--json")
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["counts"]["ok"] == 1
    with pytest.raises(SystemExit):
        call_command("audit_knowledge", "--week", "--docs", "x")
    assert "--week tells of this installation" in capsys.readouterr().err


def test_the_burn_down_runs_beside_the_plan() -> None:
    assert burndown.chart() is None
    for day, left in ((1, 40), (5, 38), (8, 30), (29, 10)):
        AuditDay.objects.create(day=date(2026, 6, day), articles=50, counts={}, left=left)
    chart = burndown.chart()
    assert chart is not None
    assert [(point.week.day, point.left, point.planned) for point in chart.points] == [
        (1, 38, 38),
        (8, 30, 33),
        (29, 10, 19),
    ]
    assert (chart.weeks, chart.most) == (8, 38)
    assert [point.y for point in chart.points] == sorted(point.y for point in chart.points)
    AuditDay.objects.create(day=date(2026, 9, 14), articles=50, counts={}, left=0)
    longer = burndown.chart()
    assert longer is not None
    assert (longer.weeks, longer.points[-1].planned, longer.points[-1].y) == (15, 0, longer.floor)
