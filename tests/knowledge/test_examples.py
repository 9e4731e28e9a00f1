"""Past conversations as examples: anonymised first, kept for an editor, used by nobody until one chose them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.test import Client

from conversations.access import Actor
from conversations.lifecycle import NotAllowedError, moves_of
from conversations.models import Conversation, Customer, Event, Message, Survey
from knowledge import examples
from knowledge.models import Article, Example, ImportRun

pytestmark = pytest.mark.django_db

PAGE = "/admin/knowledge/example/"
EDITOR = Actor.operator(7)
LAMP = [
    {"author": "customer", "text": "Hi, I'm Crystal Minh. My lamp from order 3348917502 flickers."},
    {"author": "agent", "text": "Hello Crystal! Please hold the button for 8 seconds."},
    {"author": "customer", "text": "That helped, thank you!"},
]
CLEAN = [
    {"by": "customer", "text": "Hi, I'm [name]. My lamp from order [order number] flickers."},
    {"by": "agent", "text": "Hello [name]! Please hold the button for 8 seconds."},
    {"by": "customer", "text": "That helped, thank you!"},
]


def record(**changed: Any) -> dict[str, Any]:
    who = {"name": "Crystal Minh", "email": "cminh730@mail.example.com"}
    return {"id": "t-1", "customer": who, "messages": LAMP, "solved": True, "rating": 5, "intent": "technical_help", **changed}  # fmt: skip


def written(folder: Path, *records: Any, name: str = "past.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(list(records)), encoding="utf-8")
    return path


def ingest(capsys: Any, path: Path | None, *more: str) -> dict[str, Any]:
    call_command("ingest", *([str(path)] if path else []), "--conversations", "--json", *more)
    said: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return said


def counts(said: dict[str, Any]) -> tuple[int, ...]:
    return tuple(said[key] for key in ("added", "changed", "unchanged", "skipped", "not_solved", "not_rated_well"))


def test_a_solved_and_well_rated_conversation_becomes_a_candidate(tmp_path: Path, capsys: Any) -> None:
    """S3-03, S3-08: anonymised, waiting, and nothing is published."""
    said = ingest(capsys, written(tmp_path, record()))
    assert (counts(said), said["told"]) == ((1, 0, 0, 0, 0, 0), [])
    row = Example.objects.get()
    assert (row.status, row.messages, row.about, row.rating) == ("candidate", CLEAN, "technical_help", 5)
    assert not Article.objects.exists()
    assert examples.chosen() == []
    stored = json.dumps([row.source, row.key, row.about, row.messages, ImportRun.objects.get().told])
    assert [word for word in ("Crystal", "Minh", "cminh", "3348917502", "t-1") if word in stored] == []
    assert [event.verb for event in Event.objects.filter(stream=f"example:{row.pk}").order_by("n")] == [
        "created",
        "candidate",
    ]


@pytest.mark.parametrize(
    ("changed", "status", "counted"),
    [
        ({"rating": None}, "draft", (1, 0, 0, 0, 0, 0)),
        ({"solved": None}, "draft", (1, 0, 0, 0, 0, 0)),
        ({"solved": None, "rating": None}, None, (0, 0, 0, 0, 1, 0)),
        ({"solved": False}, None, (0, 0, 0, 0, 1, 0)),
        ({"solved": None, "status": "open"}, None, (0, 0, 0, 0, 1, 0)),
        ({"solved": None, "status": "closed"}, "candidate", (1, 0, 0, 0, 0, 0)),
        ({"rating": 3}, None, (0, 0, 0, 0, 0, 1)),
        ({"rating": {"score": "bad"}}, None, (0, 0, 0, 0, 0, 1)),
        ({"rating": {"score": "good"}}, "candidate", (1, 0, 0, 0, 0, 0)),
    ],
)
def test_only_what_was_solved_and_rated_well_is_kept(
    changed: dict[str, Any], status: str | None, counted: tuple[int, ...], tmp_path: Path, capsys: Any
) -> None:
    assert counts(ingest(capsys, written(tmp_path, record(**changed)))) == counted
    assert list(Example.objects.values_list("status", flat=True)) == ([status] if status else [])


def test_a_message_in_which_a_name_may_remain_is_left_out_and_told(tmp_path: Path, capsys: Any) -> None:
    more = [*LAMP, {"author": "customer", "text": "Then Brannigan wanted one as well."}]
    said = ingest(capsys, written(tmp_path, record(messages=more)))
    assert said["messages_left_out"] == Example.objects.get().left_out == 1
    assert [(one["name"], one["why"]) for one in said["told"]] == [
        ("conversation 1, message 4", "It is left out: a word with a capital may be a name.")
    ]
    assert Example.objects.get().messages == CLEAN


def test_the_answer_to_a_question_for_a_name_is_left_out(tmp_path: Path, capsys: Any) -> None:
    """Written small, and by the record unknown, nothing else would tell that it is one."""
    said = [
        {"author": "customer", "text": "my lamp flickers"},
        {"author": "agent", "text": "May I have your name?"},
        {"author": "agent", "text": "Please."},
        {"author": "customer", "text": "sure"},
        {"author": "customer", "text": "brannigan"},
        {"author": "agent", "text": "Please hold the button."},
        {"author": "customer", "text": "that helped"},
    ]
    ingest(capsys, written(tmp_path, record(customer={}, messages=said)))
    row = Example.objects.get()
    assert [one["text"] for one in row.messages] == [said[n]["text"] for n in (0, 1, 2, 5, 6)]


def test_a_second_run_adds_nothing_and_an_editor_s_word_stands(tmp_path: Path, capsys: Any) -> None:
    path = written(tmp_path, record(), record(id="t-2", messages=[*LAMP, *LAMP]))
    ingest(capsys, path)
    first, second = Example.objects.order_by("pk")
    examples.choose(first.pk, EDITOR, "test")
    examples.refuse(second.pk, EDITOR, "test")
    assert counts(ingest(capsys, path)) == (0, 0, 2, 0, 0, 0)
    assert set(Example.objects.values_list("status", flat=True)) == {"chosen", "refused"}
    assert Example.objects.get(status="refused").messages == []


def test_what_was_rated_since_becomes_a_candidate(tmp_path: Path, capsys: Any) -> None:
    ingest(capsys, written(tmp_path, record(rating=None)))
    assert Example.objects.get().status == "draft"
    assert counts(ingest(capsys, written(tmp_path, record()))) == (0, 1, 0, 0, 0, 0)
    assert (Example.objects.get().status, Example.objects.get().rating) == ("candidate", 5)


def test_the_same_words_are_kept_once(tmp_path: Path, capsys: Any) -> None:
    said = ingest(capsys, written(tmp_path, record(), record(id="t-2")))
    assert counts(said) == (1, 0, 0, 1, 0, 0)
    assert said["told"] == [{"name": "conversation 2", "why": "Another one says the same."}]


def test_json_lines_pairs_and_csv_say_the_same(tmp_path: Path, capsys: Any) -> None:
    lines = tmp_path / "past.jsonl"
    pairs = [["system", "joined"], *([one["author"], one["text"]] for one in LAMP)]
    lines.write_text(json.dumps(record(messages=pairs)) + "\n", encoding="utf-8")
    table = tmp_path / "past.csv"
    rows = "".join(f'a;{one["author"]};"{one["text"]}";Crystal Minh;yes;5;\n' for one in LAMP)
    table.write_text(f"conversation;author;text;name;solved;rating;about\n{rows}", encoding="utf-8")
    assert counts(ingest(capsys, lines)) == (1, 0, 0, 0, 0, 0)
    assert Example.objects.get().messages == CLEAN
    assert ingest(capsys, table)["told"] == [{"name": "conversation 1", "why": "Another one says the same."}]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("text", "It is no object with an id and messages."),
        (record(id=None), "It has no id."),
        (record(messages="hello"), "It has no list of at most 200 messages."),
        (record(messages=[{"author": "customer"}]), "A message has no author or no text."),
        (record(messages=[{"author": "customer", "text": "a\0b"}]), "A message holds a character that isn't one."),
        (record(messages=[{"author": "customer", "text": "\ud800"}]), "A message holds a character that isn't one."),
        (record(messages=LAMP[1:]), "No customer's question with an answer is left of it."),
        (record(messages=[{**LAMP[0]}, {**LAMP[1], "public": False}]), "No customer's question with an answer is left of it."),
    ],
)  # fmt: skip
def test_a_conversation_that_cannot_be_read_is_skipped_with_a_sentence(
    wrong: Any, why: str, tmp_path: Path, capsys: Any
) -> None:
    said = ingest(capsys, written(tmp_path, wrong, record(id="t-9")))
    assert said["told"] == [{"name": "conversation 1", "why": why}]
    assert counts(said) == (1, 0, 0, 1, 0, 0)


@pytest.mark.parametrize(
    ("name", "text", "more", "sentence"),
    [
        ("past.txt", "[]", [], "Past conversations are read from a .json, .jsonl or .csv file."),
        ("past.json", "[]", [], "There is no conversation in the file."),
        ("past.json", "no", [], "Line 1 isn't JSON that can be read."),
        ("past.json", "3", [], "There is no list of conversations in it."),
        ("past.csv", "conversation,author\n", [], "Columns that are missing or aren't known: text."),
        ("past.json", "[]", ["--publish"], "--publish is for articles."),
        ("past.json", "[]", ["--source", "handrail"], "is this installation's own"),
    ],
)
def test_a_file_that_cannot_be_read_changes_nothing(
    name: str, text: str, more: list[str], sentence: str, tmp_path: Path, capsys: Any
) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        call_command("ingest", str(path), "--conversations", *more)
    assert ended.value.code == 2
    assert sentence in capsys.readouterr().err
    assert not ImportRun.objects.exists()


# Our own conversations.


def ours(alice: Customer, texts: list[tuple[str, str]], status: str = "resolved") -> Conversation:
    row = Conversation.objects.create(customer=alice, channel="web")
    Message.objects.bulk_create(
        Message(conversation=row, seq=n, author=by, text=text) for n, (by, text) in enumerate(texts, 1)
    )
    if status == "resolved":
        row.resolve()
        row.save()
    return row


def test_our_own_are_read_without_their_people(capsys: Any) -> None:
    alice = Customer.objects.create(
        first_name="Alice", last_name="Quibble", email="al@mail.example.com", own_ids=["77123"]
    )
    User.objects.create(username="olga", first_name="Olga", is_staff=True)
    said = [
        ("customer", "quibble here, my lamp flickers"),
        ("system", "Olga joined the conversation."),
        ("operator", "Olga speaking. Please hold the button."),
    ]
    solved, open_, poor = ours(alice, said), ours(alice, [*said, *said], status="active"), ours(alice, [*said, said[0]])
    assert counts(ingest(capsys, None)) == (0, 0, 0, 0, 0, 0)  # nobody rated one
    for row, score in ((solved, 5), (open_, 5), (poor, 3)):
        Survey.objects.create(conversation=row, score=score, answered_at=row.opened_at)
    assert counts(ingest(capsys, None)) == (1, 0, 0, 0, 0, 0)
    row = Example.objects.get()
    assert (row.status, row.source, row.rating) == ("candidate", "handrail", 5)
    assert [one["text"] for one in row.messages] == [
        "[name] here, my lamp flickers",
        "[name] speaking. Please hold the button.",
    ]


# The editor.


def test_the_trigger_allows_what_the_fsm_table_allows() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select prosrc from pg_proc where proname = 'knowledge_example_moves'")
        source = cursor.fetchone()[0]
    listed = source.split("array[")[1].split("]")[0]
    assert sorted(move.strip(" '") for move in listed.split(",")) == moves_of(Example)


def test_the_words_of_a_chosen_example_never_change(tmp_path: Path, capsys: Any) -> None:
    ingest(capsys, written(tmp_path, record()))
    row = Example.objects.get()
    Example.objects.update(messages=[*CLEAN, CLEAN[0]])  # the twin: a candidate's may
    Example.objects.update(messages=CLEAN)
    examples.choose(row.pk, EDITOR, "test")
    with pytest.raises(DatabaseError, match="never change"), transaction.atomic():
        Example.objects.update(messages=[*CLEAN, CLEAN[0]])
    [pinned] = examples.chosen("technical_help")
    assert pinned.digest == row.digest == examples.digest(row.messages)
    assert pinned.messages == tuple((one["by"], one["text"]) for one in CLEAN)
    assert examples.chosen("refund") == []
    examples.put_back(row.pk, EDITOR, "test")
    assert examples.chosen() == []


def test_what_is_refused_keeps_no_words_and_has_no_way_back(tmp_path: Path, capsys: Any) -> None:
    ingest(capsys, written(tmp_path, record()))
    row = examples.refuse(Example.objects.get().pk, EDITOR, "test")
    assert (row.status, row.messages) == ("refused", [])
    with pytest.raises(NotAllowedError):
        examples.choose(row.pk, EDITOR, "test")


def client(*rights: str) -> Client:
    user = User.objects.create(username=f"kim{len(rights)}", is_staff=True)
    group = Group.objects.create(name=f"editors{len(rights)}")
    group.permissions.add(*Permission.objects.filter(codename__in=rights))
    user.groups.add(group)
    made = Client()
    made.force_login(user)
    return made


def act(who: Client, action: str, pk: int) -> str:
    page = who.post(PAGE, {"action": action, "_selected_action": [str(pk)]}, follow=True)
    return str(page.content.decode())


def test_an_editor_reads_and_chooses_in_the_admin(tmp_path: Path, capsys: Any) -> None:
    ingest(capsys, written(tmp_path, record(messages=[*LAMP, {"author": "agent", "text": "Use a <b> then."}])))
    row, kim, reader = Example.objects.get(), client("view_example", "change_example"), client("view_example")
    assert "My lamp from order [order number] flickers." in kim.get(PAGE).content.decode()
    page = kim.get(f"{PAGE}{row.pk}/change/").content.decode()
    assert "<strong>Agent:</strong> Hello [name]!" in page
    assert "Use a &lt;b&gt; then." in page
    assert kim.get(f"{PAGE}add/").status_code == kim.post(f"{PAGE}{row.pk}/delete/").status_code == 403
    assert "Only who may change examples" in act(reader, "choose", row.pk)
    assert Example.objects.get().status == "candidate"
    assert "1 done." in act(kim, "choose", row.pk)
    assert Example.objects.get().status == "chosen"
    assert "1 done." in act(kim, "refuse", row.pk)
    assert "(its words are deleted)" in kim.get(PAGE).content.decode()
    assert "This can&#x27;t be done: it is refused." in act(kim, "choose", row.pk)
