import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django_fsm import TransitionNotAllowed

from agents.models import Release
from approvals.models import ApprovalRequest
from conversations import events, lifecycle
from conversations.models import Conversation, Event, Message
from knowledge.models import Article, ConfigVersion, Example, Finding
from tests.cast import alice, max_, olga, says
from tools.models import Effect, ToolCall

pytestmark = pytest.mark.django_db

GUARDED = [
    (Conversation, "conversation", "active"),
    (Release, "release", "draft"),
    (Article, "article", "draft"),
    (ConfigVersion, "config", "draft"),
    (ToolCall, "toolcall", "proposed"),
    (Effect, "effect", "open"),
    (ApprovalRequest, "approvalrequest", "pending"),
    (Finding, "finding", "open"),
    (Example, "example", "draft"),
]


def conversation() -> Conversation:
    return Conversation.objects.get(pk=says(alice(), "hi").conversation_id)


@pytest.mark.parametrize(("model", "noun", "initial"), GUARDED)
def test_the_trigger_in_the_database_is_the_fsm_table(model: type, noun: str, initial: str) -> None:
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("select prosrc from pg_proc where proname = %s", [f"{table}_moves"])
        (body,) = cursor.fetchone()
    wanted = lifecycle.trigger_sql(table, noun, initial, lifecycle.moves_of(model))
    assert wanted.split("$body$")[1] == body


def test_every_model_with_a_status_is_guarded() -> None:
    from django.apps import apps
    from django_fsm import FSMField

    machines = {m for m in apps.get_models() if any(isinstance(f, FSMField) for f in m._meta.get_fields())}
    assert machines == {model for model, _, _ in GUARDED}


WAYS = {
    "active": [],
    "escalated": ["escalated"],
    "human": ["human"],
    "resolved": ["resolved"],
    "closed": ["resolved", "closed"],
}


def test_every_move_that_the_table_does_not_name_is_refused_by_the_database() -> None:
    moves, happened = set(lifecycle.moves_of(Conversation)), set()
    for source, way in WAYS.items():
        for target in set(WAYS) - {source}:
            row = conversation()
            for status in way:
                set_by_sql(row, status)
            try:
                with transaction.atomic():
                    set_by_sql(row, target)
                happened.add(f"{source}>{target}")
            except IntegrityError:
                pass
    assert happened == moves


def set_by_sql(row: Conversation, status: str) -> None:
    owner = olga().pk if status == "human" else None
    with connection.cursor() as cursor:
        cursor.execute(
            "update conversations_conversation set status = %s, operator_id = %s where id = %s", [status, owner, row.pk]
        )


def test_a_status_is_never_assigned() -> None:
    row = conversation()
    with pytest.raises(AttributeError):
        row.status = "closed"
    with pytest.raises(TransitionNotAllowed):
        row.close()
    with pytest.raises(IntegrityError), transaction.atomic():
        Conversation.objects.filter(pk=row.pk).update(status="closed")
    with pytest.raises(IntegrityError), transaction.atomic():
        Conversation.objects.create(customer=alice(), channel="web", status="resolved")


def test_a_takeover_tells_the_customer_in_the_same_transaction() -> None:
    row = lifecycle.take_over(conversation(), olga())
    assert (row.status, row.operator_id, row.done) == ("human", olga().pk, row.wake)
    last = Message.objects.filter(conversation=row).last()
    assert last is not None
    assert (last.author, last.text) == ("system", "Olga joined the conversation.")


def test_a_second_takeover_says_who_has_it() -> None:
    row = lifecycle.take_over(conversation(), olga())
    with pytest.raises(lifecycle.NotAllowedError, match="Olga has this conversation"):
        lifecycle.take_over(row, max_())
    with pytest.raises(lifecycle.NotAllowedError, match="You already have"):
        lifecycle.take_over(row, olga())
    with pytest.raises(lifecycle.NotAllowedError, match="with Olga, not with you"):
        lifecycle.give_back(row, max_())
    with pytest.raises(lifecycle.NotAllowedError):
        lifecycle.resolve(row, max_())


def test_giving_back_wakes_the_agent_only_when_the_customer_spoke_last() -> None:
    from conversations import outbox

    row = lifecycle.take_over(conversation(), olga())
    row = lifecycle.give_back(row, olga())
    assert row.wake > row.done
    row = lifecycle.take_over(row, olga())
    outbox.operator_reply(row, olga(), "Done for you.", "k")
    row = lifecycle.give_back(row, olga())
    assert row.wake == row.done


def test_a_move_saves_only_what_moved() -> None:
    """A full save after a transition would reset the counters that the hot path moved meanwhile."""
    row = conversation()
    Conversation.objects.filter(pk=row.pk).update(last_seq=50)
    lifecycle.take_over(row, olga())
    assert Conversation.objects.get(pk=row.pk).last_seq == 51  # 50 and the system line


def test_every_move_leaves_a_sealed_event_with_actor_and_reason() -> None:
    row = conversation()
    lifecycle.resolve(lifecycle.take_over(row, olga()), olga())
    kept = (
        Event.objects.filter(stream=f"conversation:{row.pk}").order_by("n").values_list("n", "verb", "actor", "reason")
    )
    operator, customer = f"operator:{olga().pk}", f"customer:{alice().pk}"
    assert list(kept) == [
        (1, "created", customer, "opened"),
        (2, "human", operator, "took_over"),
        (3, "resolved", operator, "resolved"),
    ]
    assert events.verify().valid


def test_events_hold_no_words() -> None:
    row = conversation()
    lifecycle.take_over(row, olga())
    kept = list(Event.objects.values_list("actor", "reason", "data"))
    assert "Olga" not in str(kept)
    assert "Alice" not in str(kept)
    assert "alice@" not in str(kept)


@pytest.mark.parametrize(
    "statement", ["update conversations_event set reason = 'x'", "delete from conversations_event"]
)
def test_events_are_append_only(statement: str) -> None:
    conversation()
    with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


COLUMNS = [
    "reason = 'forged'",
    "actor = 'nobody'",
    "verb = 'human'",
    "data = '{\"x\": 1}'",
    "at = at + interval '1 microsecond'",
    "hash = sha256('x')",
]


@pytest.mark.parametrize("change", COLUMNS)
def test_a_changed_event_is_named(change: str) -> None:
    row = conversation()
    lifecycle.take_over(row, olga())
    assert events.verify().valid
    with connection.cursor() as cursor:
        cursor.execute("alter table conversations_event disable trigger event_kept")
        cursor.execute(
            f"update conversations_event set {change} where stream = %s and n = 1", [f"conversation:{row.pk}"]
        )
        cursor.execute("alter table conversations_event enable trigger event_kept")
    verdict = events.verify()
    assert not verdict.valid
    assert f"conversation:{row.pk} #1" in verdict.problems[0]


def test_a_cut_tail_is_found_through_the_anchor() -> None:
    row = conversation()
    lifecycle.take_over(row, olga())
    assert events.anchor() > 0
    assert events.anchor() == 0
    with connection.cursor() as cursor:
        cursor.execute("alter table conversations_event disable trigger event_kept")
        cursor.execute("delete from conversations_event where stream = %s and n = 2", [f"conversation:{row.pk}"])
        cursor.execute("alter table conversations_event enable trigger event_kept")
    assert events.verify().problems == [f"conversation:{row.pk} #2: anchored, but gone or changed"]


def test_a_human_conversation_always_has_its_operator() -> None:
    row = conversation()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("update conversations_conversation set status = 'human' where id = %s", [row.pk])


def test_what_was_resolved_long_ago_is_closed_once() -> None:
    from datetime import timedelta

    from conversations import clock

    row = lifecycle.resolve(conversation(), olga())
    assert lifecycle.close_old() == 0
    with clock.at(clock.business_now() + timedelta(days=7, minutes=1)):
        assert lifecycle.close_old() == 1
        assert lifecycle.close_old() == 0
    assert Conversation.objects.get(pk=row.pk).status == "closed"
