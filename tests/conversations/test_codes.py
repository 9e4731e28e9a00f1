"""One-time codes: taken out before anything is written, judged once, and the same for right and wrong."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conversations import clock, codes, events, inbox
from conversations.faults import CrashError, crash_at, install
from conversations.inbox import Received
from conversations.models import CodeTry, Conversation, Event, Message, SentCode
from tests.cast import alice, mallory, says
from tests.threads import in_threads

pytestmark = pytest.mark.django_db
MOST = settings.HANDRAIL["code_failures"]


@pytest.fixture
def talk() -> Received:
    return says(alice(), "please change my address")


def sent(talk: Received, who: int | None = None) -> str:
    """The code that goes out now."""
    nonce = uuid.uuid4()
    assert codes.issue(talk.conversation_id, who or alice().pk, nonce).state == "sent"
    return codes.code_of(nonce)


def wrong(code: str, n: int = 1) -> str:
    return f"{(int(code) + n) % 10**6:06}"


def stands(talk: Received) -> codes.Standing:
    return codes.standing(talk.conversation_id, alice().pk)


def stored(received: Received) -> Message:
    return Message.objects.get(conversation_id=received.conversation_id, seq=received.seq)


def places_of(words: str) -> list[str]:
    """Every table of ours with these words or digits in any column; digests, vectors and fractions of a second hold any
    six digits by chance, so what stands within a longer number or a digest doesn't count."""
    pattern = f"(^|[^0-9a-fA-F.]){re.escape(words)}($|[^0-9a-fA-F])"
    found = []
    with connection.cursor() as cursor:
        cursor.execute("select table_name from information_schema.tables where table_schema = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'select count(*) from "{table}" t where t::text ~ %s', [pattern])
            found += [table] if cursor.fetchone()[0] else []
    return found


def test_a_right_code_proves_it_and_is_kept_nowhere(talk: Received) -> None:
    code = sent(talk)
    assert not stands(talk).proven
    received = says(alice(), f"it's {code}, thanks", talk.public_id)
    assert (stored(received).text, stored(received).extra) == ("it's [code removed], thanks", {"masked": ["proof"]})
    assert stands(talk).proven
    assert places_of(code) == []


def test_the_search_for_a_code_finds_one_that_was_kept() -> None:
    """The twin: nobody was sent a code, so nothing is taken out."""
    says(alice(), "it's 482913, thanks")
    assert places_of("482913") == ["conversations_message"]
    assert places_of("482914") == []


@pytest.mark.parametrize("shape", ["{}", "the verification code is {}", "{}.", "({})", "code:{}", "#{}", "{}!!!"])
def test_it_may_stand_in_a_sentence(talk: Received, shape: str) -> None:
    code = sent(talk)
    says(alice(), shape.format(code), talk.public_id)
    assert stands(talk).proven
    assert places_of(code) == []


@pytest.mark.parametrize(
    "shape", ["{a} {b}", "{a}-{b}", "{a}.{b}", "{a}\u2009{b}", "{wide}", "{each}", "{a} {b}, 10 min"]
)
def test_it_may_stand_in_pieces(talk: Received, shape: str) -> None:
    code = sent(talk)
    wide = "".join(chr(ord(c) - ord("0") + 0xFF10) for c in code)
    text = shape.format(a=code[:3], b=code[3:], wide=wide, each=" ".join(code))
    received = says(alice(), text, talk.public_id)
    assert stands(talk).proven
    assert stored(received).text.startswith("[code removed]")


@pytest.mark.parametrize(
    "text",
    [
        "order AB-104822", "it was on 21-11-26", "at 12:34:56", "call +1 555 123456", "my card 4111 111111 11111 1",
        "parcel 12345678", "555 123 456", "12345", "it cost 1,123,456", "SKU123456",
    ],
)  # fmt: skip
def test_other_numbers_are_no_code(talk: Received, text: str) -> None:
    sent(talk)
    received = says(alice(), text, talk.public_id)
    assert "proof" not in stored(received).extra.get("masked", [])
    assert CodeTry.objects.count() == 0


def test_an_own_number_is_no_code(talk: Received) -> None:
    code = sent(talk)
    who = alice()
    who.own_ids = [wrong(code)]
    who.save()
    assert stored(says(alice(), wrong(code), talk.public_id)).text == wrong(code)
    assert CodeTry.objects.count() == 0
    says(alice(), wrong(code, 2), talk.public_id)
    assert CodeTry.objects.count() == 1


def test_without_a_code_nothing_changes(talk: Received) -> None:
    received = says(alice(), "123456", talk.public_id)
    assert (stored(received).text, stored(received).extra) == ("123456", {})


def test_without_six_digits_nothing_more_is_asked(talk: Received) -> None:
    with CaptureQueriesContext(connection) as before:
        says(alice(), "hello there, 12 of them", talk.public_id)
    sent(talk)
    with CaptureQueriesContext(connection) as after:
        says(alice(), "hello there, 12 of them", talk.public_id)
    with CaptureQueriesContext(connection) as more:
        says(alice(), "hello there, 123456 of them", talk.public_id)
    assert len(before) == len(after) < len(more)


def row_of(model: Any, **where: Any) -> dict[str, Any]:
    return dict(model.objects.filter(**where).values().get())


def test_right_wrong_expired_and_locked_look_the_same(talk: Received) -> None:
    """The message, its row's shape, the try's shape, and the statements that were run."""
    shapes, statements = [], []
    for kind in ("right", "wrong", "expired", "locked"):
        CodeTry.objects.all().delete()
        SentCode.objects.all().delete()
        code = sent(talk)
        if kind == "expired":
            SentCode.objects.update(expires_at=clock.business_now() - timedelta(seconds=1))
        for n in range(MOST if kind == "locked" else 0):
            says(alice(), wrong(code, 2 + n), talk.public_id)
        before = CodeTry.objects.count()
        with CaptureQueriesContext(connection) as asked:
            received = says(alice(), wrong(code) if kind == "wrong" else code, talk.public_id)
        assert stands(talk).proven == (kind == "right")
        assert CodeTry.objects.count() == before + 1
        message = row_of(Message, pk=stored(received).pk)
        shapes.append(({k: message[k] for k in ("text", "extra", "author")}, sorted(row_of(CodeTry, seq=received.seq))))
        statements.append([re.sub(r"'[^']*'|\d+|true|false|\".*_x\d+\"", "?", query["sql"]) for query in asked])
    assert shapes[0] == shapes[1] == shapes[2] == shapes[3]
    assert statements[0] == statements[1] == statements[2] == statements[3]
    assert len(statements[0]) >= 6


def test_a_code_ends_at_its_minute_by_the_databases_clock(talk: Received) -> None:
    code = sent(talk)
    ends = SentCode.objects.get().expires_at
    assert ends - SentCode.objects.get().sent_at == timedelta(minutes=settings.HANDRAIL["code_minutes"])
    with clock.at(ends):
        says(alice(), code, talk.public_id)
        assert not stands(talk).proven
    with clock.at(ends - timedelta(microseconds=1)):
        says(alice(), code, talk.public_id)
        assert stands(talk).proven


def test_a_proof_holds_for_half_an_hour_in_this_conversation_alone(talk: Received) -> None:
    code = sent(talk)
    says(alice(), code, talk.public_id)
    at = SentCode.objects.get().proven_at
    assert at is not None
    other = says(alice(), "another matter")
    assert not codes.standing(other.conversation_id, alice().pk).proven
    assert not codes.standing(talk.conversation_id, mallory().pk).proven
    minutes = timedelta(minutes=settings.HANDRAIL["proven_minutes"])
    with clock.at(at + minutes - timedelta(seconds=1)):
        assert stands(talk).proven
    with clock.at(at + minutes):
        assert not stands(talk).proven


def test_a_code_of_another_conversation_is_not_heard_here(talk: Received) -> None:
    code = sent(talk)
    other = says(alice(), "another matter")
    says(alice(), code, other.public_id)
    assert not codes.standing(other.conversation_id, alice().pk).proven
    assert not stands(talk).proven


def test_a_code_of_somebody_else_is_not_heard(talk: Received) -> None:
    code = sent(talk)
    with pytest.raises(inbox.UnknownConversationError):
        says(mallory(), code, talk.public_id)
    assert CodeTry.objects.count() == 0


def test_a_new_code_voids_the_one_before(talk: Received) -> None:
    first = sent(talk)
    second = sent(talk)
    says(alice(), first, talk.public_id)
    assert not stands(talk).proven
    says(alice(), second, talk.public_id)
    assert stands(talk).proven
    assert places_of(first) == places_of(second) == []


def test_the_same_nonce_is_the_same_code(talk: Received) -> None:
    nonce = uuid.uuid4()
    for _ in range(3):
        assert codes.issue(talk.conversation_id, alice().pk, nonce).state == "sent"
    assert SentCode.objects.count() == 1
    assert codes.code_of(nonce) == codes.code_of(nonce) != codes.code_of(uuid.uuid4())


def test_three_codes_an_hour(talk: Received) -> None:
    for _ in range(settings.HANDRAIL["codes_per_hour"]):
        sent(talk)
    assert codes.issue(talk.conversation_id, alice().pk, uuid.uuid4()).state == "too-many"
    with clock.at(clock.business_now() + timedelta(minutes=61)):
        sent(talk)


def test_ten_codes_a_day_over_all_conversations() -> None:
    for n in range(settings.HANDRAIL["codes_per_day"]):
        sent(says(alice(), f"matter {n}"))
    talk = says(alice(), "one more")
    assert codes.issue(talk.conversation_id, alice().pk, uuid.uuid4()).state == "too-many"


@pytest.mark.parametrize(("failures", "proves"), [(0, True), (4, True), (5, False)])
def test_five_failures_lock_over_all_codes_of_a_day(failures: int, proves: bool) -> None:
    for n in range(failures):
        talk = says(alice(), f"matter {n}")
        says(alice(), wrong(sent(talk)), talk.public_id)
    talk = says(alice(), "now")
    if failures < MOST:
        code = sent(talk)
        says(alice(), code, talk.public_id)
    else:
        assert codes.issue(talk.conversation_id, alice().pk, uuid.uuid4()).state == "locked"
    assert stands(talk).proven == proves
    assert stands(talk).left == max(MOST - failures, 0)
    with clock.at(clock.business_now() + timedelta(days=1, seconds=1)):
        code = sent(talk)
        says(alice(), code, talk.public_id)
        assert stands(talk).proven


def test_a_hundred_tries_prove_nothing(talk: Received) -> None:
    """Brute force: whatever comes after the fifth failure, the right code too, is wrong."""
    code = sent(talk)
    for n in range(1, 100):
        says(alice(), wrong(code, n), talk.public_id)
    says(alice(), code, talk.public_id)
    assert CodeTry.objects.filter(right=True).count() == 0
    assert CodeTry.objects.count() == 100
    assert stands(talk) == codes.Standing(proven=False, locked=True, open=True, failed=True, tries=100, left=0)
    assert places_of(code) == []


def test_two_codes_in_one_message_are_one_failure(talk: Received) -> None:
    code = sent(talk)
    received = says(alice(), f"{wrong(code)} or {code}", talk.public_id)
    assert stored(received).text == "[code removed] or [code removed]"
    assert (stands(talk).proven, stands(talk).left) == (False, MOST - 1)


def test_a_repeated_delivery_counts_once(talk: Received) -> None:
    code = sent(talk)
    for _ in range(3):
        says(alice(), wrong(code), talk.public_id, "same")
    assert CodeTry.objects.count() == 1
    for _ in range(3):
        says(alice(), code, talk.public_id, "right")
    assert (CodeTry.objects.count(), stands(talk).proven) == (2, True)
    assert Message.objects.count() == 3
    assert places_of(code) == []


def test_a_used_code_stays_out_of_the_thread(talk: Received) -> None:
    code = sent(talk)
    says(alice(), code, talk.public_id)
    assert stored(says(alice(), f"I said {code}", talk.public_id)).text == "I said [code removed]"
    assert CodeTry.objects.count() == 1
    assert stored(says(alice(), wrong(code), talk.public_id)).text == wrong(code)


def crash_between(patch: pytest.MonkeyPatch, point: str) -> None:
    """At a fault point, or ("judge") when the message is stored and its code is not judged, before the commit."""

    def dies(*_: Any) -> None:
        raise CrashError(point)

    if point == "judge":
        patch.setattr(codes, "judge", dies)
    else:
        install(crash_at(point))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("point", ["inbox.before_store", "judge", "inbox.after_store"])
def test_a_crash_leaves_all_or_nothing_and_the_next_delivery_ends_it(
    monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    talk = says(alice(), "please change my address")
    code = sent(talk)
    with monkeypatch.context() as patch:
        crash_between(patch, point)
        with pytest.raises(CrashError):
            says(alice(), code, talk.public_id, "same")
    install(None)
    done = point == "inbox.after_store"
    assert (Message.objects.count(), CodeTry.objects.count(), stands(talk).proven) == (1 + done, int(done), done)
    says(alice(), code, talk.public_id, "same")
    assert (Message.objects.count(), CodeTry.objects.count(), stands(talk).proven) == (2, 1, True)
    assert places_of(code) == []


@pytest.mark.django_db(transaction=True)
def test_many_guesses_at_once_get_no_further() -> None:
    """Twenty at once over two conversations: five count as failures before the lock, and the right code is wrong then."""
    talk = says(alice(), "please change my address")
    code, who = sent(talk), alice()
    guesses = iter(range(1, 1000))
    assert in_threads(20, lambda: says(who, wrong(code, next(guesses)), talk.public_id)) == []
    says(who, code, talk.public_id)
    assert (CodeTry.objects.count(), stands(talk).proven, stands(talk).locked) == (21, False, True)


@pytest.mark.django_db(transaction=True)
def test_the_same_delivery_at_once_counts_once() -> None:
    talk = says(alice(), "please change my address")
    code, who = sent(talk), alice()
    assert in_threads(10, lambda: says(who, wrong(code), talk.public_id, "same")) == []
    assert (CodeTry.objects.count(), Message.objects.count()) == (1, 2)


def test_each_step_is_an_event_without_the_code(talk: Received) -> None:
    code = sent(talk)
    says(alice(), wrong(code), talk.public_id)
    says(alice(), code, talk.public_id)
    for _ in range(settings.HANDRAIL["codes_per_hour"]):
        codes.issue(talk.conversation_id, alice().pk, uuid.uuid4())
    told = Event.objects.filter(stream=f"conversation:{talk.conversation_id}", verb__startswith="code_")
    seen = list(told.order_by("n").values_list("verb", "reason", "actor"))
    me = f"customer:{alice().pk}"
    assert seen[:3] == [
        ("code_sent", "proof_needed", "agent"),
        ("code_typed", "wrong", me),
        ("code_typed", "right", me),
    ]
    assert seen[-1] == ("code_refused", "too-many", "agent")
    assert events.verify().valid


def test_a_closed_conversation_hears_no_code(talk: Received) -> None:
    code = sent(talk)
    Conversation.objects.filter(pk=talk.conversation_id).update(status="resolved", moved_by="system", moved_why="done")
    Conversation.objects.filter(pk=talk.conversation_id).update(status="closed", moved_by="system", moved_why="old")
    received = says(alice(), code, talk.public_id)
    assert received.conversation_id != talk.conversation_id
    assert stored(received).text == "[code removed]"
    assert CodeTry.objects.count() == 0
