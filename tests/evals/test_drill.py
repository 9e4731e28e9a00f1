"""A handful of the drill's cases, what it covers, and that it would tell: `make drill` runs all of them."""

from __future__ import annotations

import json
from contextlib import nullcontext
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.management import call_command

from approvals import critic
from evals import scratch
from evals.suites import drill
from evals.suites.critic_faults import CRITIC_FAULTS, CriticFault
from evals.suites.drill import TOOL_FAULTS
from tests.shopserver import ShopServer
from tools import gateway, pack, writes
from tools.capabilities.change_order import Change
from tools.capabilities.open_ticket import TicketKind
from tools.capabilities.process_return import ReturnKind
from tools.capabilities.send_notice import Notice
from tools.capabilities.update_account import AccountChange
from tools.contract import Proof
from tools.kinds import Goods, WriteKind

Patch = pytest.MonkeyPatch
GOODS = Goods("FW-91000", "buyer1000@example.com", "C-91000")
KINDS = pack.active().kinds


def kinds(*names: str) -> list[WriteKind]:
    return [kind for kind in KINDS if kind.name in names]


def critics(*names: str) -> list[CriticFault]:
    return [fault for fault in CRITIC_FAULTS if fault.name in names]


def tools(*names: str) -> list[drill.ToolFault]:
    return [fault for fault in TOOL_FAULTS if fault.name in names]


def test_every_kind_of_write_is_drilled() -> None:
    """S4-20: the seven writing capabilities, each change inside them, the three routes of a refund."""
    made = {kind.name: writes.arguments(kind.capability, kind.args(GOODS)) for kind in KINDS}
    assert {kind.capability for kind in KINDS} == set(writes.SPECS)
    whats = {
        getattr(args, name) for args in made.values() for name in ("change", "kind", "notice") if hasattr(args, name)
    }
    assert whats == {*Change, *ReturnKind, *AccountChange, *Notice, *TicketKind}
    assert sum(kind.capability == "process_refund" for kind in KINDS) == 3


def test_a_faulted_critic_ends_with_a_person_and_its_twin_with_one_effect(
    transactional_db: None, shop: ShopServer
) -> None:
    """L4, S4-20."""
    faults = critics("time-out", "error", "malformed: a word more", "unsure: nearly", "rejected", "missing")
    found = drill.run(kinds("refund: ours", "account: email"), faults, ())
    assert found == {"cases": 12, "effects": 0, "handoffs": 12, "settled": 0, "twins": 12, "failures": []}


def test_kinds_that_need_a_code_do_not_use_up_each_others(transactional_db: None, shop: ShopServer) -> None:
    """The same copies of customers serve every kind, and a customer gets five codes a day."""
    needing = [kind.name for kind in KINDS if kind.proof is Proof.ONE_TIME_CODE]
    assert len(needing) * 2 > settings.HANDRAIL["codes_per_day"]
    found = drill.run(kinds(*needing), critics("rejected"), ())
    assert (found["twins"], found["failures"]) == (len(needing), [])


def test_a_faulted_system_leaves_the_one_effect_or_none(transactional_db: None, shop: ShopServer) -> None:
    found = drill.run(kinds("refund: transfer"), (), TOOL_FAULTS)
    assert found == {"cases": 14, "effects": 0, "handoffs": 1, "settled": 13, "twins": 14, "failures": []}


def test_the_same_again_leaves_the_stock_once(transactional_db: None, shop: ShopServer) -> None:
    found = drill.run(kinds("replacement"), (), tools("succeeds, then drops"))
    assert found == {"cases": 2, "effects": 0, "handoffs": 0, "settled": 2, "twins": 2, "failures": []}


def test_a_wrapper_that_listens_to_anybody_is_told(
    transactional_db: None, shop: ShopServer, monkeypatch: Patch
) -> None:
    """The twin of the Critic's part: the wrapper takes whatever comes for a yes."""
    yes = lambda one, *_: critic.Opinion(one.name, True, 1000, critic.APPROVED)  # noqa: E731
    monkeypatch.setattr(critic, "judged", yes)
    found = drill.run(kinds("refund: ours"), critics("malformed: a word"), ())
    assert (found["effects"], found["handoffs"]) == (1, 0)
    assert "the gate is 'clear', not 'denied'" in found["failures"][0]["why"]


def test_a_second_key_is_told(transactional_db: None, shop: ShopServer, monkeypatch: Patch) -> None:
    """The twin of the tools' part: nobody asks, and each try has a key of its own."""
    real = gateway.perform
    monkeypatch.setattr(gateway, "settle", lambda *_: None)
    monkeypatch.setattr(
        gateway, "perform", lambda name, args, plan, key, caller: real(name, args, plan, uuid4(), caller)
    )
    found = drill.run(kinds("notice: delivery"), (), tools("succeeds, then drops"))
    assert "the company's ledger is {'/notices': 2}" in found["failures"][0]["why"]
    assert found["effects"] == 1


def test_the_command_prints_one_object_and_ends_with_one_when_anything_failed(
    monkeypatch: Patch, capsys: pytest.CaptureFixture[str]
) -> None:
    found: dict[str, Any] = {"cases": 2, "effects": 0, "handoffs": 2, "settled": 0, "twins": 2, "failures": []}
    for name in ("database", "shop"):
        monkeypatch.setattr(scratch, name, nullcontext)
    monkeypatch.setattr(drill, "run", lambda: found)
    call_command("drill", "--json")
    assert json.loads(capsys.readouterr().out) == found
    found["failures"] = [{"case": "refund: ours, critic error", "why": "our effect is True, not False"}]
    with pytest.raises(SystemExit, match="1"):
        call_command("drill")
    assert "refund: ours, critic error: our effect is True" in capsys.readouterr().out
