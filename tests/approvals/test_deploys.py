"""FAULTS A13, A14: the code changes under what waits, the audit can't be written, the policy can't be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from agents import deeds, kits, releases, runner, writes
from agents.workflows import WORKFLOWS
from approvals import deciding, execute
from approvals.models import ApprovalRequest
from conversations.access import SYSTEM
from conversations.models import Conversation, Message
from knowledge.models import ConfigVersion
from knowledge.seed import seed_config
from tests.approvals.goods import paid_back
from tests.cast import bill, manager, mia, olga
from tests.house import House
from tests.shopserver import ShopServer
from tools.models import Effect, ToolCall

BLENDER = "my blender FW-10464 arrived broken, I want my money back"
LANTERN = "the camp lantern from FW-10465 arrived broken, I want my money back"
Patch = pytest.MonkeyPatch


def deploy(monkeypatch: Patch, **flows: Any) -> None:
    """Other graphs are installed, and the release of them goes live."""
    monkeypatch.setattr(kits, "WORKFLOWS", {**WORKFLOWS, **flows})
    kits.load.cache_clear()
    assert releases.refresh() is not None


def other_refund() -> Any:
    one = WORKFLOWS["refund"]
    return replace(one, nodes=tuple(replace(node, does=f"{node.does}, differently") for node in one.nodes))


def reason(row: Conversation) -> str:
    return str(Conversation.objects.get(pk=row.pk).handoffs.get().reason)


def settled(call: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("update tools_effect set settled_at = settled_at - interval '2 seconds'")
    deeds.sweep()
    assert ToolCall.objects.get(pk=call).told


# A13 ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("changed", [True, False])
def test_what_waits_for_people_is_carried_out_once_and_told_under_another_graph(
    selling: House, shop: ShopServer, monkeypatch: Patch, changed: bool
) -> None:
    """What people approved is what was proposed; only the talk about it goes on with a person. The twin goes on."""
    row, _ = selling.ask(selling.alice(), BLENDER, "yes")
    request = ApprovalRequest.objects.get()
    if changed:
        deploy(monkeypatch, refund=other_refund())
    deciding.decide(request.public_id, olga(), yes=True, reason="seen")
    for _ in range(2):
        deeds.carry_out(request.call_id)
        runner.work_on(row.pk)
    assert (Effect.objects.get().status, len(paid_back(shop))) == ("confirmed", 1)
    if changed:
        assert reason(row) == "workflow-changed"
        settled(request.call_id)
        assert Message.objects.filter(conversation=row, author="system", text__contains="has gone out").count() == 1
    else:
        assert "RF-" in selling.said(row)[-1]
        assert not row.handoffs.exists()


def test_a_yes_to_an_offer_of_another_graph_moves_nothing(selling: House, shop: ShopServer, monkeypatch: Patch) -> None:
    row, _ = selling.ask(selling.alice(), LANTERN)
    deploy(monkeypatch, refund=other_refund())
    row, _ = selling.ask(selling.alice(), "yes", into=row)
    assert reason(row) == "workflow-changed"
    assert (ToolCall.objects.count(), paid_back(shop)) == (0, {})


def test_a_graph_that_is_gone_is_a_persons_matter(selling: House, shop: ShopServer, monkeypatch: Patch) -> None:
    row, _ = selling.ask(selling.alice(), LANTERN)
    monkeypatch.setattr(kits, "WORKFLOWS", {name: flow for name, flow in WORKFLOWS.items() if name != "refund"})
    kits.load.cache_clear()
    row, _ = selling.ask(selling.alice(), "yes", into=row)
    assert reason(row) == "workflow-changed"
    assert paid_back(shop) == {}


# A14 ----------------------------------------------------------------------------------------------------------------

FULL = """
create or replace function handrail_no_room() returns trigger language plpgsql as $body$
begin raise exception 'no space left' using errcode = 'disk_full'; end $body$;
create trigger no_room before insert on {table} for each row {when} execute function handrail_no_room()
"""
ROOM = "drop trigger no_room on {table}"


@pytest.mark.parametrize(
    ("table", "when"),
    [
        ("conversations_event", "when (new.stream like 'effect:%%')"),
        ("conversations_event", "when (new.stream like 'call:%%' or new.stream like 'toolcall:%%')"),
        ("approvals_criticreview", ""),
        ("tools_effect", ""),
    ],
)
def test_without_its_audit_nothing_is_done(busy: House, shop: ShopServer, table: str, when: str) -> None:
    """Effect, money and audit are one commit: without room for one there is none of them. With room again it is done."""
    row, _ = busy.ask(busy.alice(), LANTERN)
    sql(FULL.format(table=table, when=when.replace("%%", "%")))
    try:
        row, _ = busy.ask(busy.alice(), "yes", into=row)
        assert (paid_back(shop), Effect.objects.count()) == ({}, 0)
        assert reason(row) == "turn-failed"
    finally:
        sql(ROOM.format(table=table))
    row, _ = busy.ask(busy.bob(), "my espresso maker FW-10453 arrived broken, I want my money back", "yes")
    assert not row.handoffs.exists() or reason(row) != "turn-failed"


def sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def spoil(monkeypatch: Patch) -> None:
    """The installed code wants more of a policy than the live one says, as after an update that nobody seeded."""
    live = releases.live_version("policy")
    assert live is not None
    real = kits.pinned
    bad = ConfigVersion(pk=live.pk, body=live.body.replace("stale_days: 90", "stale_days: many"), digest=live.digest)
    monkeypatch.setattr(kits, "pinned", lambda pin: bad if pin[0] == live.pk else real(pin))
    kits.load.cache_clear()


def test_a_release_that_cannot_be_read_ends_with_a_person(selling: House, monkeypatch: Patch) -> None:
    """Nothing is guessed, nobody is left in silence."""
    spoil(monkeypatch)
    row, answers = selling.ask(selling.alice(), LANTERN)
    assert reason(row) == "release-unreadable"
    assert answers[0]
    assert (row.status, ToolCall.objects.count()) == ("escalated", 0)


def test_a_release_that_cannot_be_read_is_replaced_like_any(selling: House, monkeypatch: Patch) -> None:
    """The way out stays open: somebody takes a policy live that can be read."""
    for person in (manager, mia):
        person()
    bill()
    live = releases.live_version("policy")
    assert live is not None
    good = seed_config(ConfigVersion.Kind.POLICY, live.body.replace("stale_days: 90", "stale_days: 91"))
    spoil(monkeypatch)
    releases.take_live(good, SYSTEM, "mended")
    row, _ = selling.ask(selling.alice(), LANTERN, "yes")
    assert Effect.objects.get().status == "confirmed"
    assert not row.handoffs.exists()


def test_what_people_approved_waits_while_the_release_cannot_be_read(
    selling: House, shop: ShopServer, monkeypatch: Patch
) -> None:
    row, _ = selling.ask(selling.alice(), BLENDER, "yes")
    request = ApprovalRequest.objects.get()
    deciding.decide(request.public_id, olga(), yes=True, reason="seen")
    with monkeypatch.context() as patch:
        spoil(patch)
        with pytest.raises(ValueError, match="stale_days"):
            deeds.carry_out(request.call_id)
        deeds.sweep()
        assert (paid_back(shop), Effect.objects.count()) == ({}, 0)
    kits.load.cache_clear()
    deeds.carry_out(request.call_id)
    assert len(paid_back(shop)) == 1
    assert row.pk == request.call.conversation_id


def test_a_write_is_cleared_and_audited_in_one_commit(busy: House, shop: ShopServer) -> None:
    """The same asked of the statement itself, for a write that people have approved."""
    row, _ = busy.ask(busy.alice(), BLENDER, "yes")
    request = ApprovalRequest.objects.get(call__conversation=row)
    deciding.decide(request.public_id, olga(), yes=True, reason="seen")
    terms: Callable[[], Any] = lambda: writes.terms(deeds.kit())  # noqa: E731
    sql(FULL.format(table="conversations_event", when="when (new.stream like 'effect:%')"))
    try:
        with pytest.raises(DatabaseError, match="no space left"), transaction.atomic():
            execute.run(request.call_id, terms())
    finally:
        sql(ROOM.format(table="conversations_event"))
    assert (paid_back(shop), Effect.objects.count(), ToolCall.objects.get().status) == ({}, 0, "proposed")
    assert execute.run(request.call_id, terms()).state == "confirmed"
    assert len(paid_back(shop)) == 1
