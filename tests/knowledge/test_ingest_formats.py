"""What a company has becomes articles that wait: every format, again, cut short, gone, and files that mean harm."""

from __future__ import annotations

import io
import json
import os
import stat
import time
import zipfile
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from pypdf import PdfReader, PdfWriter

from conversations.access import Actor
from conversations.clock import business_now
from knowledge import articles, formats, imports, pdftext, sources
from knowledge.articles import Words
from knowledge.models import Article, ArticleVersion, Audience, ImportRun, PassageVector
from knowledge.search import search

pytestmark = pytest.mark.django_db

PAGE = "<html><head><title>{title} | Acme</title></head><body>{body}</body></html>"
RETURNS = "<h1>Returns</h1><p>You have 14 days.</p>"


def ingest(capsys: Any, path: Path, *more: str) -> dict[str, Any]:
    call_command("ingest", str(path), "--json", *more)
    said: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return said


def refused(capsys: Any, path: Path, *more: str) -> str:
    """Exit 2 with one sentence, and nothing was written."""
    with pytest.raises(SystemExit) as ended:
        call_command("ingest", str(path), *more)
    assert ended.value.code == 2
    assert Article.objects.count() == 0
    sentence = capsys.readouterr().err.strip()
    assert len(sentence.splitlines()) == 1
    return str(sentence)


def counts(said: dict[str, Any]) -> tuple[int, ...]:
    return tuple(said[key] for key in ("added", "changed", "unchanged", "skipped"))


def why(said: dict[str, Any]) -> dict[str, str]:
    return {one["name"]: one["why"] for one in said["told"]}


def page(folder: Path, name: str, body: str = RETURNS, title: str = "Acme") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(PAGE.format(title=title, body=body), encoding="utf-8")
    return path


def pdf(*pages: str, **facts: str) -> bytes:
    """A PDF with a line of text for each line of a page."""
    parts = ["<< /Type /Catalog /Pages 2 0 R >>"]
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    parts.append(f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>")
    parts.append("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    for n, text in enumerate(pages):
        lines = " ".join(f"({line}) Tj T*" for line in text.split("\n"))
        stream = f"BT /F1 12 Tf 14 TL 72 720 Td {lines} ET" if text else ""
        parts.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {5 + 2 * n} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        )
        parts.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    out, places = "%PDF-1.4\n", []
    for n, part in enumerate(parts, 1):
        places.append(len(out))
        out += f"{n} 0 obj\n{part}\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(parts) + 1}\n0000000000 65535 f \n" + "".join(f"{at:010} 00000 n \n" for at in places)
    out += f"trailer\n<< /Size {len(parts) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    return with_facts(out.encode(), facts)


def with_facts(data: bytes, facts: dict[str, str], password: str = "") -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    writer.add_metadata({f"/{name}": value for name, value in facts.items()})
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def zipped(path: Path, files: dict[str, bytes | str], packing: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", packing) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def zendesk(path: Path, *rows: dict[str, Any], **more: Any) -> Path:
    base = {"section_id": 7, "draft": False, "user_segment_id": None, "updated_at": "2026-03-04T10:00:00Z"}
    rows = tuple({**base, "body": RETURNS, **row} for row in rows)
    path.write_text(json.dumps({"articles": rows, "sections": [{"id": 7, "name": "Returns & refunds"}], **more}))
    return path


# What is read.


def test_html_keeps_what_is_said_and_drops_what_is_not() -> None:
    text = formats.as_markdown(
        "<nav>Home</nav><style>p{}</style><script>alert(1)</script><div>First.</div><div>Second.</div>"
        "<h2>Steps</h2><ol><li>Open <a href='https://x.example'>the app</a></li><li>Tap <b>Go</b></li></ol>"
        "<ul><li>one</li></ul><table><tr><th>Item</th><th>Days</th></tr><tr><td>Lamp</td><td>14</td></tr></table>"
        "<pre><code>pair --force *2\n_x_</code></pre><details><summary>And later?</summary><p>Never.</p></details>"
        "<footer>Imprint</footer><img src=x onerror=alert(1)>"
    )
    assert "First.\n\nSecond." in text
    assert "## Steps\n\n1. Open the app\n2. Tap **Go**" in text
    assert "- one" in text
    assert "| Item | Days |" in text
    assert "| Lamp | 14 |" in text
    assert "```\npair --force *2\n_x_\n```" in text
    assert "**And later?**\n\nNever." in text
    assert [word for word in ("Home", "alert", "p{}", "Imprint", "x.example", "<") if word in text] == []


def test_a_folder_of_every_kind_becomes_articles_in_review(tmp_path: Path, capsys: Any) -> None:
    """S3-08"""
    page(tmp_path, "returns/how.html", "<h1>How to return</h1><p>You have 14 days.</p>")
    (tmp_path / "warranty.pdf").write_bytes(pdf("The guarantee\nholds for two\nyears.", Title="Warranty"))
    (tmp_path / "delivery.md").write_text("# Delivery times\n\nIt takes 3 days.\n")
    (tmp_path / "own.md").write_text(
        "---\ntitle: Own\ntopic: billing\naudience: public\nid: own-1\nreviewed_on: 2026-01-31\n---\nText.\n"
    )
    (tmp_path / "more.csv").write_text("id,title,body,topic,audience\nc1,Sizes,All sizes.,product,public\n")
    said = ingest(capsys, tmp_path)
    assert (counts(said), said["state"], said["told"]) == ((5, 0, 0, 0), "done", [])
    found = {a.external_id: (a.topic, a.audience, a.status, a.current) for a in Article.objects.all()}
    assert found == {
        "returns/how.html": ("returns", "internal", "in_review", None),
        "warranty.pdf": ("warranty", "internal", "in_review", None),
        "delivery.md": ("shipping", "internal", "in_review", None),
        "own-1": ("billing", "public", "in_review", None),
        "c1": ("product", "public", "in_review", None),
    }
    words = {v.title: v.body for v in ArticleVersion.objects.all()}
    assert words["How to return"] == "You have 14 days."
    assert words["Warranty"] == "The guarantee holds for two years."
    assert PassageVector.objects.count() == 0


def test_published_when_asked_and_found_by_search(tmp_path: Path, capsys: Any) -> None:
    page(tmp_path, "returns.html")
    assert counts(ingest(capsys, tmp_path)) == (1, 0, 0, 0)
    assert search("how many days", [], Audience.PUBLIC, business_now())["passages"] == []
    said = ingest(capsys, page(tmp_path, "returns2.html"), "--publish", "--audience", "public", "--source", "site")
    assert counts(said) == (1, 0, 0, 0)
    [hit] = search("how many days", [], Audience.PUBLIC, business_now())["passages"]
    assert hit["article"] == Article.objects.get(source="site").slug


def test_zendesk(tmp_path: Path, capsys: Any) -> None:
    path = zendesk(
        tmp_path / "export.json",
        {"id": 1, "title": "Sending it back"},
        {"id": 2, "title": "For staff", "user_segment_id": 5},
        {"id": 3, "title": "Not yet", "draft": True},
        {"id": 4, "title": ""},
        {"id": 5, "title": "Empty", "body": None},
    )
    said = ingest(capsys, path)
    assert (said["source"], counts(said)) == ("zendesk", (2, 0, 0, 3))
    assert [*why(said).values()] == ["It is a draft there.", "There is no title.", "There is no text."]
    first, second = Article.objects.order_by("external_id")
    assert (first.slug, first.topic, first.audience, second.audience) == (
        "sending-it-back",
        "returns",
        "public",
        "internal",
    )
    assert ArticleVersion.objects.get(article=first).updated_on == date(2026, 3, 4)


def test_a_zendesk_article_of_which_nothing_is_said_about_segments_is_internal() -> None:
    from knowledge.exports import of_zendesk

    row = {"id": 1, "title": "T", "body": "<p>x</p>"}
    assert of_zendesk(row, {}).facts == {"audience": "internal"}
    assert of_zendesk({**row, "user_segment_id": None}, {}).facts == {"audience": "public"}


def test_intercom(tmp_path: Path, capsys: Any) -> None:
    rows = [
        {"type": "article", "id": "9", "title": "Pay later", "body": "<p>Payment.</p>", "state": "published",
         "category": {"name": "Payments"}, "updated_at": 1767225600},
        {"type": "article", "id": "10", "title": "Soon", "body": "<p>x</p>", "state": "draft"},
    ]  # fmt: skip
    path = tmp_path / "articles.json"
    path.write_text(json.dumps({"type": "list", "data": rows}))
    said = ingest(capsys, path)
    assert (said["source"], counts(said)) == ("intercom", (1, 0, 0, 1))
    article = Article.objects.get()
    assert (article.external_id, article.topic, article.audience) == ("9", "billing", "public")
    assert article.versions.get().updated_on == date(2026, 1, 1)


def test_a_csv_says_what_is_wrong_line_by_line(tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "id;title;body;topic;audience;updated;reviewed\n"
        "1;Good;<p>Text.</p>;returns;public;2026-01-02;2026-02-03\n"
        "2;Odd;Text.;weather;public;;\n3;Odd;Text.;returns;everybody;;\n4;Odd;Text.;returns;public;soon;\n5;Short\n"
    )
    said = ingest(capsys, path)
    assert counts(said) == (1, 0, 0, 4)
    for sentence, part in zip(why(said).values(), ("weather", "everybody", "'soon' is no day", "cells"), strict=True):
        assert part in sentence
    version = ArticleVersion.objects.get()
    assert (version.body, version.updated_on, version.reviewed_on) == ("Text.", date(2026, 1, 2), date(2026, 2, 3))


def test_no_topic_is_made_up(tmp_path: Path, capsys: Any) -> None:
    path = page(tmp_path, "x.html", "<h1>Zebras</h1><p>Stripes.</p>")
    assert "--topic" in why(ingest(capsys, path))["x.html"]
    assert counts(ingest(capsys, path, "--topic", "company")) == (1, 0, 0, 0)


# Again.


def test_a_second_run_changes_nothing(tmp_path: Path, capsys: Any) -> None:
    page(tmp_path, "a.html")
    page(tmp_path, "b.html", "<h1>Refunds</h1><p>Five days.</p>")
    ingest(capsys, tmp_path)
    os.utime(tmp_path / "a.html", (0, 0))
    assert counts(ingest(capsys, tmp_path)) == (0, 0, 2, 0)
    assert ArticleVersion.objects.count() == 2
    page(tmp_path, "a.html", "<h1>Returns</h1><p>You have 21 days.</p>")
    assert counts(ingest(capsys, tmp_path)) == (0, 1, 1, 0)


def test_a_change_of_a_published_page_waits_until_it_is_published(tmp_path: Path, capsys: Any) -> None:
    path = zendesk(tmp_path / "z.json", {"id": 1, "title": "Returns"})
    ingest(capsys, path, "--publish")
    zendesk(path, {"id": 1, "title": "Returns", "body": "<p>You have 21 days.</p>"})
    assert counts(ingest(capsys, path)) == (0, 1, 0, 0)
    article = Article.objects.get()
    assert (article.status, article.current.number, article.versions.count()) == ("published", 1, 2)
    assert counts(ingest(capsys, path, "--publish")) == (0, 1, 0, 0)
    assert Article.objects.get().current.number == 2


def test_what_becomes_internal_is_so_at_once_and_what_becomes_public_waits(tmp_path: Path, capsys: Any) -> None:
    path = zendesk(tmp_path / "z.json", {"id": 1, "title": "Returns"})
    ingest(capsys, path, "--publish")
    zendesk(path, {"id": 1, "title": "Returns", "user_segment_id": 3})
    assert counts(ingest(capsys, path)) == (0, 1, 0, 0)
    assert search("how many days", [], Audience.PUBLIC, business_now())["passages"] == []
    zendesk(path, {"id": 1, "title": "Returns"})
    for _ in range(2):
        said = ingest(capsys, path)
        assert (counts(said), Article.objects.get().audience) == ((0, 0, 1, 0), "internal")
        assert "keeps its audience" in said["told"][0]["why"]
    assert counts(ingest(capsys, path, "--publish")) == (0, 1, 0, 0)
    assert Article.objects.get().audience == "public"


def test_an_editors_words_are_never_overwritten_unseen(tmp_path: Path, capsys: Any, django_user_model: Any) -> None:
    page(tmp_path, "a.html")
    ingest(capsys, tmp_path)
    editor, today = django_user_model.objects.create_user("edith"), business_now().date()
    articles.write(Article.objects.get(), Words("Returns", "Better words.", today, today), editor)
    assert counts(ingest(capsys, tmp_path, "--publish")) == (0, 0, 1, 0)
    assert Article.objects.get().status == "in_review"
    page(tmp_path, "a.html", "<h1>Returns</h1><p>You have 21 days.</p>")
    said = ingest(capsys, tmp_path)
    assert counts(said) == (0, 1, 0, 0)
    assert "the edit is version 2" in said["told"][0]["why"]
    assert [v.body for v in ArticleVersion.objects.order_by("number")][1] == "Better words."


def test_what_an_editor_archived_or_sent_back_stays(tmp_path: Path, capsys: Any) -> None:
    page(tmp_path, "a.html")
    page(tmp_path, "b.html", "<h1>Refunds</h1><p>Five days.</p>")
    ingest(capsys, tmp_path)
    first, second = Article.objects.order_by("external_id")
    articles.archive(first.pk, Actor.operator(1), "admin")
    articles.send_back(second.pk, Actor.operator(1), "admin")
    said = ingest(capsys, tmp_path, "--publish")
    assert counts(said) == (0, 0, 1, 1)
    assert "archived here" in why(said)["a.html"]
    assert [a.status for a in Article.objects.order_by("external_id")] == ["archived", "draft"]


def test_what_is_gone_is_told_and_archived_only_when_asked(tmp_path: Path, capsys: Any) -> None:
    page(tmp_path, "a.html")
    gone = page(tmp_path, "b.html", "<h1>Refunds</h1><p>Five days.</p>")
    ingest(capsys, tmp_path)
    gone.unlink()
    said = ingest(capsys, tmp_path)
    assert (said["gone"], said["archived"], Article.objects.filter(status="archived").count()) == (
        ["refunds"],
        False,
        0,
    )
    said = ingest(capsys, tmp_path, "--archive-missing")
    assert (said["gone"], said["archived"], Article.objects.get(slug="refunds").status) == (
        ["refunds"],
        True,
        "archived",
    )
    page(tmp_path, "b.html", "<h1>Refunds</h1><p>Five days.</p>")
    assert counts(ingest(capsys, tmp_path)) == (0, 1, 1, 0)
    assert Article.objects.get(slug="refunds").status == "in_review"


def test_nothing_is_archived_for_a_file_that_could_not_be_read(tmp_path: Path, capsys: Any) -> None:
    head = "---\ntitle: {}\ntopic: returns\naudience: public\nid: {}\nreviewed_on: 2026-01-31\n---\nText.\n"
    for name in ("one", "two"):
        (tmp_path / f"{name}.md").write_text(head.format(name, f"id-{name}"))
    ingest(capsys, tmp_path)
    (tmp_path / "two.md").write_text("---\ntitle: [broken\n---\nText.\n")
    said = ingest(capsys, tmp_path, "--archive-missing")
    assert (said["gone"], said["archived"]) == (["two"], False)
    assert Article.objects.filter(status="archived").count() == 0
    for file in tmp_path.iterdir():
        file.unlink()
    assert ingest(capsys, tmp_path, "--archive-missing")["archived"] is False


def test_a_run_that_was_cut_short_goes_on_behind_its_last_article(
    tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(4):
        page(tmp_path, f"{n}.html", f"<h1>Returns {n}</h1><p>Text.</p>")
    read: list[str] = []
    real = formats.READERS[".html"]

    def reading(name: str, data: bytes) -> formats.Draft:
        if len(read) == 2:
            raise KeyboardInterrupt
        read.append(name)
        return real(name, data)

    monkeypatch.setitem(formats.READERS, ".html", reading)
    with pytest.raises(KeyboardInterrupt):
        call_command("ingest", str(tmp_path))
    run = ImportRun.objects.get()
    assert (run.state, run.place, run.total, Article.objects.count()) == ("stopped", 2, 4, 2)
    monkeypatch.setitem(formats.READERS, ".html", lambda name, data: read.append(name) or real(name, data))
    capsys.readouterr()
    said = ingest(capsys, tmp_path, "--resume")
    assert (said["run"], counts(said), said["gone"]) == (run.pk, (4, 0, 0, 0), [])
    assert read == ["0.html", "1.html", "2.html", "3.html"]


def test_there_must_be_something_to_go_on_with(tmp_path: Path, capsys: Any) -> None:
    page(tmp_path, "a.html", "<h1>Zebras</h1><p>x</p>")
    assert "was cut short" in refused(capsys, tmp_path, "--resume")
    ImportRun.objects.create(source="files", fingerprint="another", total=3)
    assert "has changed" in refused(capsys, tmp_path, "--resume")


def test_the_same_id_twice_is_taken_once(tmp_path: Path, capsys: Any) -> None:
    path = zendesk(tmp_path / "z.json", {"id": 1, "title": "Returns"}, {"id": 1, "title": "Other"})
    said = ingest(capsys, path)
    assert counts(said) == (1, 0, 0, 1)
    assert "stands twice" in said["told"][0]["why"]
    assert counts(ingest(capsys, path)) == (0, 0, 1, 1)


def test_a_long_list_is_cut_and_says_so(tmp_path: Path, capsys: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(imports, "TOLD", 2)
    path = zendesk(tmp_path / "z.json", *[{"id": n, "title": ""} for n in range(5)])
    said = ingest(capsys, path)
    assert (counts(said), len(said["told"]), said["untold"]) == ((0, 0, 0, 5), 2, 3)
    call_command("ingest", str(path))
    assert capsys.readouterr().out.splitlines()[-1] == "… and 3 more."


def test_two_pages_of_one_title_have_two_addresses(tmp_path: Path, capsys: Any) -> None:
    ingest(capsys, zendesk(tmp_path / "z.json", {"id": 1, "title": "Returns"}, {"id": 2, "title": "Returns"}))
    first, second = Article.objects.order_by("external_id").values_list("slug", flat=True)
    assert first == "returns"
    assert second.startswith("returns-")


def test_a_review_date_moves_and_nothing_else(tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "a.csv"
    day = business_now().date() - timedelta(days=9)
    text = "id,title,body,topic,audience,updated,reviewed\n1,Returns,Text.,returns,public,2026-01-02,{}\n"
    path.write_text(text.format(day))
    ingest(capsys, path, "--publish")
    path.write_text(text.format(day + timedelta(days=5)))
    assert counts(ingest(capsys, path)) == (0, 1, 0, 0)
    assert ArticleVersion.objects.get().reviewed_on == day + timedelta(days=5)


# Bad input.


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("none.zip", None, "There is nothing at"),
        ("bad.zip", b"PK but no", "This is no ZIP"),
        ("x.exe", b"MZ", "Files of this kind aren't read"),
        ("x.json", b'{"a": 1}', "no export"),
        ("deep.json", b"[" * 200_000, "JSON"),
        ("x.csv", b"name,text\n1,2\n", "Columns that are missing: body, id, title"),
        ("more.csv", b"id,title,body,colour\n1,2,3,4\n", "Columns that aren't known: colour"),
        ("latin.csv", b"id,title,body\n1,caf\xe9,x\n", "UTF-8"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_2(
    tmp_path: Path, capsys: Any, name: str, data: bytes | None, said: str
) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    assert said in refused(capsys, tmp_path / name)


def test_a_source_has_a_name_that_is_not_ours(tmp_path: Path, capsys: Any) -> None:
    page(tmp_path, "a.html")
    assert "this installation's own" in refused(capsys, tmp_path, "--source", "pack")
    assert "no name for a source" in refused(capsys, tmp_path, "--source", "A B")
    assert counts(ingest(capsys, tmp_path, "--source", "a-b")) == (1, 0, 0, 0)


# Files that mean harm.


def test_a_pdf_that_tells_nothing_is_skipped_with_the_cause(tmp_path: Path, capsys: Any, monkeypatch: Any) -> None:
    text = pdf("Returns take 14 days.", Title="Returns")
    files = {
        "broken.pdf": b"%PDF-1.4 nothing",
        "locked.pdf": with_facts(text, {}, password="x"),
        "long.pdf": pdf(*[""] * (pdftext.MAX_PAGES + 1)),
        "pictures.pdf": pdf(""),
        "right.pdf": text,
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    said = ingest(capsys, tmp_path)
    assert counts(said) == (1, 0, 0, 4)
    for name, part in {"broken": "broken", "locked": "encrypted", "long": "500 pages", "pictures": "pictures"}.items():
        assert part in why(said)[f"{name}.pdf"]
    monkeypatch.setattr(formats, "SECONDS", 0.01)
    with pytest.raises(formats.SkippedError, match="within"):
        formats.from_pdf("right.pdf", text)
    monkeypatch.setattr(sources, "MOST", {".pdf": 100})
    assert "larger than 100 bytes" in why(ingest(capsys, tmp_path))["right.pdf"]


def test_a_zip_is_read_where_it_lies(tmp_path: Path, capsys: Any, monkeypatch: Any) -> None:
    link = zipfile.ZipInfo("link.html")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = zipped(
        tmp_path / "all.zip",
        {
            "good/returns.html": PAGE.format(title="x", body=RETURNS),
            "../../evil.html": "x",
            "/etc/evil.html": "x",
            "C:\\evil.html": "x",
            "inner.zip": b"PK",
            "bomb.html": b"0" * 5_000_000,
            "picture.png": b"x",
            "__MACOSX/._returns.html": b"x",
            "README.md": b"x",
        },
    )
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    before = sorted(tmp_path.rglob("*"))
    monkeypatch.chdir(tmp_path)
    said = ingest(capsys, path)
    assert counts(said) == (1, 0, 0, 7)
    told = why(said)
    assert [name for name, reason in told.items() if "leads out" in reason] == [
        "../../evil.html",
        "/etc/evil.html",
        "C:\\evil.html",
    ]
    assert "archive inside" in told["inner.zip"]
    assert "200 times" in told["bomb.html"]
    assert "link" in told["link.html"]
    assert Article.objects.get().external_id == "good/returns.html"
    assert sorted(tmp_path.rglob("*")) == before


def test_a_zip_that_is_too_much_is_refused_whole(tmp_path: Path, capsys: Any, monkeypatch: Any) -> None:
    path = zipped(tmp_path / "a.zip", {f"{n}.html": "x" * 100 for n in range(5)})
    monkeypatch.setattr(sources, "MAX_FILES", 4)
    assert "more than 4 files" in refused(capsys, path)
    monkeypatch.setattr(sources, "MAX_FILES", 5)
    monkeypatch.setattr(sources, "MAX_TOTAL", 499)
    assert "499 bytes" in refused(capsys, path)
    monkeypatch.setattr(sources, "MAX_TOTAL", 1_000)
    assert counts(ingest(capsys, path, "--topic", "company")) == (0, 0, 0, 5)  # no titles: it was read


def test_a_zip_that_lies_about_a_size_gives_no_more_than_it_stated(tmp_path: Path, capsys: Any) -> None:
    path = zipped(tmp_path / "a.zip", {"a.html": PAGE.format(title="Returns", body="x" * 90_000)})
    data = path.read_bytes()
    path.write_bytes(
        data.replace(
            len(PAGE.format(title="Returns", body="x" * 90_000)).to_bytes(4, "little"), (50).to_bytes(4, "little")
        )
    )
    assert why(ingest(capsys, path)) == {"a.html": "The ZIP is damaged here."}


def test_a_folder_gives_only_its_own_ordinary_files(tmp_path: Path, capsys: Any) -> None:
    outside = page(tmp_path, "outside/secret.html")
    folder = tmp_path / "in"
    page(folder, "good.html")
    (folder / "link.html").symlink_to(outside)
    (folder / "linked").symlink_to(outside.parent)
    os.mkfifo(folder / "pipe.html")
    (folder / "latin.html").write_bytes(b"<h1>caf\xe9</h1>")
    (folder / "large.html").write_bytes(b"x" * 1_000_001)
    said = ingest(capsys, folder)
    assert counts(said) == (1, 0, 0, 5)
    told = why(said)
    assert ["link" in told[name] for name in ("link.html", "linked")] == [True, True]
    assert ("ordinary" in told["pipe.html"], "UTF-8" in told["latin.html"]) == (True, True)
    assert "larger than 1,000,000 bytes" in told["large.html"]


def test_a_file_that_vanishes_is_skipped(tmp_path: Path) -> None:
    path = page(tmp_path, "a.html")
    with sources.opened(tmp_path) as source:
        assert source.items[0].read().title == "Returns"
        path.unlink()
        with pytest.raises(formats.SkippedError, match="can't be opened"):
            source.items[0].read()


ENDLESS = ["<div>", "<div></x><!--</div>-->", "<title"]


@pytest.mark.parametrize("opening", ENDLESS)
def test_markup_that_never_closes_costs_little_time(opening: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some of these take half a minute in the parsers."""
    monkeypatch.setattr(formats, "SECONDS", 1)
    before = time.monotonic()
    with suppress(formats.SkippedError):
        formats.as_markdown(RETURNS + opening * (500_000 // len(opening)))
    assert time.monotonic() - before < 10


def test_markup_that_is_nested_without_end_is_skipped() -> None:
    with pytest.raises(formats.SkippedError, match="nested too deeply"):
        formats.as_markdown("<div>" * 3_000 + "x")
    with pytest.raises(formats.SkippedError, match="nested without end"):
        formats.as_markdown("<div>" * 6_000 + "x")
    assert formats.as_markdown("<div>" * 50 + "x") == "x"


def test_a_large_page_reads_like_a_small_one(monkeypatch: pytest.MonkeyPatch) -> None:
    small = formats.as_markdown(RETURNS)
    monkeypatch.setattr(formats, "MANY_TAGS", 0)
    assert formats.as_markdown(RETURNS) == small == "# Returns\n\nYou have 14 days."


def test_what_cannot_be_stored_is_skipped(tmp_path: Path, capsys: Any) -> None:
    rows = [
        {"id": 1, "title": "Half \ud800"},
        {"id": 2, "title": "T", "body": "<p>\ud800</p>"},
        {"id": "a\0", "title": "T"},
    ]
    said = ingest(capsys, zendesk(tmp_path / "z.json", *rows))
    assert (counts(said), said["told"][0]["name"]) == ((0, 0, 0, 3), "z.json, article 1 (Half ?)")


def test_an_old_page_that_leaves_its_items_open_is_read() -> None:
    said = formats.as_markdown("<ul>" + "<li>one" * 3_000 + "</ul>")
    assert said.count("- one") == 3_000


def test_entities_are_not_expanded() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><p>&b;&b;</p>'
    assert "aaaa&b" not in formats.as_markdown(bomb)
    assert len(formats.as_markdown(bomb)) < 200


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("terminal", "lines"), [(io.StringIO, ["3 of 3"]), (Terminal, None)])
def test_progress_is_a_bar_on_a_terminal_and_lines_otherwise(
    tmp_path: Path, capsys: Any, terminal: type[io.StringIO], lines: list[str] | None
) -> None:
    for n in range(3):
        page(tmp_path, f"{n}.html")
    told = terminal()
    call_command("ingest", str(tmp_path), stderr=told)
    if lines is not None:
        assert told.getvalue().splitlines() == lines
    else:
        assert [part[:48].rstrip() for part in told.getvalue().split("\r")[1:]] == [
            f"[{'#' * (10 * n):.<30}] {n} of 3 {n - 1}.html" for n in (1, 2, 3)
        ]


def test_somebody_elses_file_name_moves_no_cursor(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "a\x1b[2J\u202e.html").write_text("<p>No heading.</p>")
    call_command("ingest", str(tmp_path))
    said = capsys.readouterr().out
    assert "a?[2J?.html: There is no title." in said
    assert "\x1b" not in said
