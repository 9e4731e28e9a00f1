"""FAULTS A11: every task once, twice in a row, and twice at once, unmocked: the same rows, the same ledger at the shop."""

from __future__ import annotations

import json
import random
import re
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial, wraps
from pathlib import Path
from typing import Any, Final

import pytest
from celery import current_app
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection, models

from agents import deeds, kits, runner, seed
from agents.models import ModelCall
from approvals import deciding
from approvals.models import ApprovalRequest
from conversations import bell, faults, lifecycle, outbox
from conversations.access import SYSTEM
from conversations.clock import business_now
from conversations.models import Conversation, Message
from knowledge import articles, checks
from knowledge.articles import Words
from knowledge.models import Article, ArticleVersion, Check, Finding, Topic
from tests import cast
from tests.approvals.goods import ledger
from tests.approvals.writes import leases_over
from tests.house import House, few_articles
from tests.knowledge.shelf import publish_article
from tests.threads import in_threads
from tools.models import ToolCall

OURS: Final = ("agents", "approvals", "conversations", "evals", "knowledge", "tools")
# What differs between two runs of the same story: names drawn at random, moments, and how long it took.
RANDOM: Final = re.compile(
    r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}|\b(?:RF|CB|T|ST)-[0-9A-Z]{4,}\b"
    r"|\b[0-9a-f]{64}\b|\d{4}-\d\d-\d\dT[\d:.]+(?:\+00:00|Z)?"
)
LASTING: Final = frozenset({"ms", "latency_ms", "seconds"})
WISH: Final = "my blender FW-10464 arrived broken, I want my money back"
Args = list[int]
Prepare = Callable[[House], Args]


def asked(house: House) -> Args:
    """A message that nobody was rung for."""
    return [house.says(house.alice(), "Where is FW-10482?").conversation_id]


def resolved_long_ago(house: House) -> Args:
    (talk,) = asked(house)
    lifecycle.resolve(Conversation.objects.get(pk=talk), cast.olga())
    sql("update conversations_conversation set moved_at = moved_at - interval '8 days'")
    return []


def waiting(house: House) -> ApprovalRequest:
    """A refund that people have to decide about."""
    house.ask(house.alice(), WISH, "yes")
    return ApprovalRequest.objects.get()


def approved(house: House) -> Args:
    """A refund that people have approved and nobody has carried out."""
    request = waiting(house)
    deciding.decide(request.public_id, cast.olga(), yes=True, reason="seen")
    return [request.call_id]


def never_answered(house: House) -> Args:
    """The company has done it, and the process died before it could write that down."""
    (call,) = approved(house)
    faults.install(faults.crash_at("write.after_send"))
    with pytest.raises(faults.CrashError):
        deeds.carry_out(call)
    faults.install(None)
    return []


def never_decided(house: House) -> Args:
    call = waiting(house).call
    ToolCall.objects.filter(pk=call.pk).update(expires_at=call.created_at)
    return []


def never_told(house: House) -> Args:
    """Carried out while an operator has the conversation."""
    (call,) = approved(house)
    lifecycle.take_over(ToolCall.objects.get(pk=call).conversation, cast.olga())
    deeds.carry_out(call)
    return []


def never_asked(house: House) -> Args:
    """The agent died behind its proposal, and an operator has taken over since."""
    talk, _ = house.ask(house.alice(), WISH)
    house.says(talk.customer, "yes", talk)
    faults.install(faults.crash_at("write.after_propose"))
    with pytest.raises(faults.CrashError):
        runner.work_on(talk.pk)
    faults.install(None)
    lifecycle.take_over(Conversation.objects.get(pk=talk.pk), cast.olga())
    sql("update tools_toolcall set created_at = created_at - interval '3 minutes'")
    return []


def grown_old(house: House) -> Args:
    """An article whose review is overdue, and another's finding that is gone."""
    day = business_now().date() - timedelta(days=200)
    ArticleVersion.objects.filter(article__slug="return-windows").update(updated_on=day, reviewed_on=day)
    shipping = Article.objects.get(slug="shipping-times-and-costs")
    Finding.objects.create(key="gone", kind="ambiguous", article=shipping, why="it was vague", due=day)
    return []


def asked_a_model_long_ago(house: House) -> Args:
    long_ago = datetime.now(UTC) - timedelta(days=31)
    given = {"role": "triage", "ms": 1, "priced_on": long_ago.date(), "request": {"messages": []}}
    ModelCall.objects.create(started=long_ago, **given)
    ModelCall.objects.create(started=datetime.now(UTC), **given)
    return []


def checked(house: House) -> Args:
    """A page that a customer waits for has been confirmed, and nobody has told them."""
    text = "Engraving on a Dutch oven costs $12.50."
    page = publish_article("engraving", text, topic=Topic.PRICING, days_ago=300)
    house.ask(house.alice(), "how much is engraving on a Dutch oven?")
    checks.confirm(page.pk, SYSTEM, "looked")
    return [Check.objects.get().pk]


def written(house: House) -> Args:
    """Words that wait for their reviewer."""
    article, day = Article.objects.get(slug="return-windows"), business_now().date()
    return [articles.write(article, Words("Returns", "You have 21 days. Labels are free.", day, day)).pk]


def taken_in(house: House) -> Args:
    """Words that an import has published: their sentences have no vectors yet."""
    (version,) = written(house)
    articles.publish(Article.objects.get(slug="return-windows").pk, SYSTEM, "import", whole=False)
    return [version]


def without_arguments(prepare: Prepare) -> Prepare:
    @wraps(prepare)
    def prepared(house: House) -> Args:
        return prepare(house)[:0]

    return prepared


# Every task, with what gives it something to do; the list that it returns is what the task is called with.
TASKS: Final[dict[str, tuple[Prepare, ...]]] = {
    "agents.run_turn": (asked,),
    "agents.forget_exchanges": (asked_a_model_long_ago,),
    "agents.sweep": (
        without_arguments(asked), without_arguments(approved), never_answered, never_decided, never_told, never_asked,
        without_arguments(checked),
    ),
    "agents.tell_checked": (checked,),
    "approvals.execute": (approved,),
    "conversations.anchor_events": (without_arguments(asked),),
    "conversations.close_old": (resolved_long_ago,),
    "knowledge.audit": (grown_old, without_arguments(taken_in)),
    "knowledge.embed": (written, taken_in),
    "knowledge.report_week": (grown_old,),
}  # fmt: skip


def our_tasks() -> set[str]:
    current_app.loader.import_default_modules()
    return {name for name in current_app.tasks if not name.startswith("celery.")}


def task(name: str) -> Callable[..., Any]:
    assert name in our_tasks()
    found: Callable[..., Any] = current_app.tasks[name]
    return found


def test_every_task_has_a_situation_and_every_situation_a_task() -> None:
    assert our_tasks() == {name for name, situations in TASKS.items() if situations}


def test_whatever_is_rung_or_scheduled_is_a_task() -> None:
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert {bell.RUN_TURN, deciding.EXECUTE, checks.TELL} | scheduled <= our_tasks()


def test_every_file_of_tasks_is_found() -> None:
    """A task in an app that the worker doesn't look into would never run."""
    root = Path(settings.BASE_DIR)
    files = {path for app in OURS for path in (root / app).rglob("*.py") if "@shared_task" in path.read_text()}
    found = {Path(task(name).run.__code__.co_filename) for name in our_tasks()}  # type: ignore[attr-defined]
    assert files == found


@pytest.fixture
def worlds(moving_house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Prepare], Args]]:
    """Each call is a new world with a situation in it, where the same rows get the same numbers and the same words."""

    def fresh(prepare: Prepare) -> Args:
        chance = random.Random(1)
        monkeypatch.setattr(uuid, "uuid4", lambda: uuid.UUID(int=chance.getrandbits(128), version=4))
        call_command("flush", interactive=False, verbosity=0, reset_sequences=True)
        moving_house.shop.reset()
        kits.load.cache_clear()
        seed.seed(few_articles(tmp_path))
        args = prepare(moving_house)
        time_passes()
        return args

    yield fresh
    faults.install(None)
    moving_house.shop.reset()


@pytest.mark.parametrize(("name", "prepare"), [(name, prepare) for name in sorted(TASKS) for prepare in TASKS[name]])
def test_a_task_ends_the_same_once_twice_and_twice_at_once(
    worlds: Callable[[Prepare], Args], moving_house: House, name: str, prepare: Prepare
) -> None:
    ends = []
    for way in (once, twice, at_once):
        act = partial(task(name), *worlds(prepare))
        before = outline(moving_house)
        way(act)
        assert outline(moving_house) != before, f"{name} found nothing to do"
        settled()
        ends.append(outline(moving_house))
    assert differences(ends[0], ends[1]) == []
    assert differences(ends[0], ends[2]) == []
    comes_late(act)


def comes_late(act: Callable[[], Any]) -> None:
    """Delivered once more when all is over, it changes not a column."""
    act()  # what was settled since may have given an hourly task something to do
    before = rows(exact)
    twice(act)
    at_once(act)
    assert differences(before, rows(exact)) == []


@pytest.mark.parametrize("way", ["twice", "at_once"])
def test_a_task_that_repeats_itself_is_noticed(
    worlds: Callable[[Prepare], Args], moving_house: House, way: str
) -> None:
    """The twin: it says and pays again each time that it runs."""

    def careless() -> None:
        outbox.append(talk, Message.Author.SYSTEM, "Done.")
        wish = {"amount_cents": 100, "lines": [1 + len(ledger(moving_house.shop))], "reason": "again"}
        path = "/finance/orders/FW-10473/refunds"
        moving_house.shop.ask("POST", path, wish, Idempotency_Key=str(uuid.uuid4()))

    ends = []
    for act in (once, {"twice": twice, "at_once": at_once}[way]):
        (talk,) = worlds(asked)
        act(careless)
        ends.append(outline(moving_house))
    found = " ".join(differences(*ends))
    assert "conversations.Message" in found
    assert "ledger" in found or way == "at_once"


def once(act: Callable[[], Any]) -> None:
    act()


def twice(act: Callable[[], Any]) -> None:
    act()
    act()


def at_once(act: Callable[[], Any]) -> None:
    """Two threads, and a pause at each fault point, so that each stands where the other is about to go."""
    faults.install(lambda _: time.sleep(0.01))
    try:
        assert in_threads(2, act) == []
    finally:
        faults.install(None)


def settled() -> None:
    """What the sweeper would do in the next minutes, until nothing is left."""
    for _ in range(4):
        time_passes()
        runner.sweep()


def time_passes() -> None:
    """A few seconds, for whoever waits for a lease, a pause or a word."""
    for talk in Conversation.objects.values_list("pk", flat=True):
        leases_over(talk)
    sql("update conversations_conversation set woke_at = woke_at - interval '5 seconds'")
    sql("update tools_effect set settled_at = settled_at - interval '5 seconds' where settled_at is not null")
    sql("update tools_toolcall set moved_at = moved_at - interval '5 seconds'")


def sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


Column = Callable[[models.Field[Any, Any], Any], Any]


def outline(house: House) -> dict[str, list[str]]:
    """All rows of ours and the shop's ledger, but for what chance and the clock put into them."""
    made = [json.dumps(normal({**one, "answer": None, "at": None}), sort_keys=True) for one in ledger(house.shop)]
    return {**rows(alike), "ledger": sorted(made)}


def rows(column: Column) -> dict[str, list[str]]:
    """For each table of ours its rows, each as one text, in an order that says nothing of who came first."""
    found = {}
    for app in OURS:
        for model in apps.get_app_config(app).get_models():
            fields = [field for field in model._meta.local_concrete_fields if not isinstance(field, models.AutoField)]
            held = model._default_manager.values(*[field.attname for field in fields])
            found[model._meta.label] = sorted(
                json.dumps({f.attname: column(f, one[f.attname]) for f in fields}, sort_keys=True, default=str)
                for one in held
            )
    return found


def exact(_: models.Field[Any, Any], value: Any) -> Any:
    return bytes(value).hex() if isinstance(value, memoryview | bytes) else str(value)


def alike(field: models.Field[Any, Any], value: Any) -> Any:
    if isinstance(value, datetime | memoryview | bytes | uuid.UUID) or field.name in LASTING:
        return value is not None
    return normal(value) if isinstance(value, str | dict | list | int | None) else str(value)


def normal(value: Any) -> Any:
    """The value without names drawn at random, moments and durations, at any depth."""
    if isinstance(value, dict):
        return {RANDOM.sub("*", key): "*" if key in LASTING else normal(one) for key, one in value.items()}
    if isinstance(value, list):
        return [normal(one) for one in value]
    return RANDOM.sub("*", value) if isinstance(value, str) else value


def differences(one: dict[str, list[str]], other: dict[str, list[str]]) -> list[str]:
    """What stands in one of them only, table by table."""
    found = []
    for table in sorted({*one, *other}):
        left, right = Counter(one.get(table, [])), Counter(other.get(table, []))
        found += [f"{table} before only: {row}" for row in left - right]
        found += [f"{table} after only: {row}" for row in right - left]
    return found
