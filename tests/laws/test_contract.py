"""Rows of the contract that the first house already keeps, one test each, named for the row."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.conf import settings
from django.test import Client

from agents import admission, kits, releases, state, trace
from agents.models import Release, Step, Turn
from agents.roles import prompts
from agents.voice import lines as voice_lines
from agents.workflow import Kind, Node, Workflow, edges
from conversations.access import SYSTEM
from conversations.models import Conversation, Message
from tests.cast import olga
from tests.house import House
from tools import gateway, registry
from tools.contract import Arguments, Caller, Capability, Proof, Risk
from tools.contract import Kind as Effect

ROOT = Path(__file__).resolve().parent.parent.parent
SCHEMA = json.loads((ROOT / "docs/schemas/trace.schema.json").read_text())


def test_S0_01_a_request_is_answered_from_real_tools_and_handed_to_a_person(small_house: House) -> None:
    """S0-01, the part without writes: order and account lookups at the shop, and one handoff."""
    row, answers = small_house.ask(
        small_house.alice(), "Where is FW-10482?", "where is my stuff?", "I want to talk to a person"
    )
    called = [tool for turn in Turn.objects.filter(conversation=row) for tool in turn.figures["tools"]]
    assert called == ["get_order", "get_customer"]
    assert "Packhorse" in answers[0][0]
    assert row.status == "escalated"


class Pay(Arguments):
    cents: int


def test_S0_02_a_write_can_not_be_called(small_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """S0-02: whatever writes can't be performed through the door that workflows have."""
    done: list[Any] = []
    pay = Capability(
        "pay", "Pays.", Effect.WRITE, Risk.HIGH, Pay, Pay, Proof.NONE, 1.0, 1.0, fulfil=lambda a, c: done.append(a) or a
    )
    monkeypatch.setitem(registry.CAPABILITIES, "pay", pay)
    caller = Caller("C-1001", Proof.PERSON, "n", frozenset({"pay"}), _now())
    assert gateway.read("pay", {"cents": 1}, caller).error == "not_allowed"
    assert done == []
    monkeypatch.setitem(registry.CAPABILITIES, "pay", replace(pay, kind=Effect.READ))
    assert gateway.read("pay", {"cents": 1}, caller).ok, "the twin: the same call passes when it is no write"


def _now() -> Any:
    from conversations.clock import business_now

    return business_now()


def intent_with(workflow: Workflow, kit: kits.Kit) -> kits.Kit:
    return replace(kit, workflows={**kit.workflows, "order_status": workflow})


def one_node(node: Node, **conditions: Any) -> Workflow:
    return Workflow("order_status", "Changed", (node,), edges((node.name, "otherwise", "done")), conditions)


def test_S0_03_S0_04_an_intent_that_can_not_be_reviewed_or_checked_is_refused(
    small_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S0-03, S0-04: a write without review, a tool without contract, more time than a turn has, a queue nobody serves."""
    kit = kits.load(Release.objects.get(status="live").pk)
    admission.check(kit)
    cases = {
        "no review of a write": one_node(Node("pay", Kind.ACT, "Pay", lambda d: None, tools=("process_refund",))),
        "has no contract": one_node(Node("look", Kind.LOOK, "Look", lambda d: None, tools=("guess",))),
    }
    for reason, workflow in cases.items():
        with pytest.raises(admission.NotAdmissibleError, match=reason):
            admission.check(intent_with(workflow, kit))
    slow = replace(registry.CAPABILITIES["get_order"], total_seconds=31.0)
    monkeypatch.setitem(registry.CAPABILITIES, "get_order", slow)
    with pytest.raises(admission.NotAdmissibleError, match="seconds in one turn"):
        admission.check(kit)
    monkeypatch.undo()
    unserved = kit.policy.model_copy(update={"queues": {}})
    with pytest.raises(admission.NotAdmissibleError, match="nobody would take its handoffs"):
        admission.check(replace(kit, policy=unserved))


def test_S0_04_such_a_release_does_not_go_live(small_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    live = Release.objects.get(status="live")
    monkeypatch.setattr(
        kits,
        "WORKFLOWS",
        {
            **kits.WORKFLOWS,
            "order_status": one_node(Node("pay", Kind.ACT, "Pay", lambda d: None, tools=("process_refund",))),
        },
    )
    draft = Release.objects.create(number=99, pins=live.pins)
    with pytest.raises(admission.NotAdmissibleError, match="order_status"):
        releases.go_live(draft, SYSTEM, "trying")
    assert Release.objects.get(status="live").pk == live.pk


def test_S0_26_the_exported_trace_has_exactly_the_keys_of_the_schema(small_house: House, client: Client) -> None:
    row, _ = small_house.ask(small_house.alice(), "Where is FW-10482?", "human please")
    client.force_login(olga())
    for turn in Turn.objects.filter(conversation=row).select_related("conversation"):
        exported = trace.exported(turn)
        jsonschema.validate(exported, SCHEMA)
        assert client.get(f"/console/agent/turns/{turn.pk}/").json() == exported
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**exported, "extra": 1}, SCHEMA)
    assert [
        trace.exported(t)["escalated_to_human"] for t in Turn.objects.filter(conversation=row).order_by("attempt")
    ] == [False, True]


def test_S2_03_the_state_of_a_conversation_has_the_eleven_keys(small_house: House, client: Client) -> None:
    row, _ = small_house.ask(small_house.alice(), "where is my stuff?", "I want to talk to a person")
    found = state.of(Conversation.objects.get(pk=row.pk))
    assert [f.name for f in fields(found)] == [
        "customer_id", "conversation_id", "customer_name", "detected_intents", "account_info", "conversation_history",
        "tools_executed", "escalation_pending", "escalation_reason", "created_at", "last_updated",
    ]  # fmt: skip
    assert (found.customer_id, found.customer_name) == ("C-1001", "Alice Moreau")
    assert found.detected_intents == ["order_status", "talk_to_person"]
    assert found.account_info["email"] == "alice@example.com"
    assert [set(entry) for entry in found.conversation_history] == [{"role", "content", "timestamp"}] * 4
    assert (found.escalation_pending, found.escalation_reason) == (True, "customer-asked-for-person")
    client.force_login(olga())
    assert client.get(f"/console/agent/state/{row.public_id}/").json() == found.as_json()


def test_S2_08_the_example_tools_do_what_the_contract_says(small_house: House) -> None:
    """S2-08 by way of docs/capabilities.md: lookup_account is get_customer, escalate_to_human is the handoff."""
    caller = Caller("C-1001", Proof.SIGNED_IN, "n", frozenset({"get_customer", "nonsense"}), _now())
    account = gateway.read("get_customer", {}, caller).data
    assert account is not None
    wanted = {"customer_id", "first_name", "last_name", "tier", "subscription_status", "open_tickets", "last_payment"}
    assert wanted <= set(account)
    assert gateway.read("nonsense", {}, caller).error == "not_implemented"
    row, answers = small_house.ask(small_house.alice(), "human please")
    found = state.of(Conversation.objects.get(pk=row.pk))
    assert (found.escalation_pending, found.escalation_reason) == (True, "customer-asked-for-person")
    assert "shortly" not in answers[0][0], "D24: the customer gets a place in line, not a promise"
    assert "number 1" in answers[0][0]


def test_S2_10_stateful_multi_step_auditable_and_degrading_gracefully(
    small_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S2-10: a second turn knows the first; every call is logged with input and time; a dead shop means a person."""
    row, answers = small_house.ask(small_house.alice(), "where is my stuff?", "the kettle")
    assert "Kettle" in answers[1][0]
    logged = state.of(row).tools_executed
    assert [call["tool"] for call in logged] == ["get_customer", "get_order"]
    assert logged[1]["input"] == {"order_id": "FW-10482"}
    assert all(call["timestamp"] for call in logged)
    bob = small_house.bob()
    monkeypatch.setattr(settings, "SHOP_URL", "http://127.0.0.1:1")
    row, answers = small_house.ask(bob, "where is FW-10484?")
    assert row.status == "escalated"
    assert row.handoffs.get().reason == "tool-failed"
    assert len(answers[0]) == 1


def test_D9_a_rule_stands_in_code_and_never_in_words(tmp_path: Path) -> None:
    """D9: a prompt that states one says where it stands in code, and a voice line with a figure of its own is refused;
    test_roles.py has the twins."""
    assert {path.parent for path in (ROOT / "agents").rglob("*.md")} == {prompts.FOLDER}
    assert [found for name in prompts.names() for found in prompts.unbacked(name)] == []
    assert voice_lines()
    planted = tmp_path / "voice.yaml"
    planted.write_text('lines: {small.ok: "You have 14 days to return it."}')
    with pytest.raises(ValueError, match=r"small\.ok"):
        voice_lines(planted)


def test_D13_every_role_is_a_module_of_its_own() -> None:
    """D13, S1-06: the modules of the monolith, each in its own file or package."""
    modules = {
        "channel": "conversations/channels",
        "guard": "agents/guards",
        "triage": "agents/triage.py",
        "intent cascade": "agents/intents",
        "knowledge": "knowledge",
        "workflow engine": "agents/engine.py",
        "tools": "tools/gateway.py",
        "approvals": "approvals",
        "validator": "agents/guards/output.py",
        "handoff": "agents/handing.py",
        "evals": "evals",
    }
    assert [name for name, path in modules.items() if not (ROOT / path).exists()] == []


def test_S1_03_each_role_leaves_its_own_step_in_the_trace(small_house: House) -> None:
    """S1-03: triage, retrieval, workflow and guard can be told apart in every turn."""
    row, _ = small_house.ask(small_house.alice(), "What is your returns policy?")
    turn = Turn.objects.get(conversation=row)
    kinds = set(Step.objects.filter(turn_id=turn.pk).values_list("kind", flat=True))
    assert {"guard", "triage", "escalation", "repair", "port", "node", "check"} <= kinds
    assert Message.objects.get(conversation=row, author="agent").turn_id == turn.pk
