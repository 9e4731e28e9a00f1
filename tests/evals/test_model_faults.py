"""Faults in whatever models answer: a handful of them, and that the drill would tell. `manage.py drill --models N`."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command

from approvals import critic
from approvals.critic import APPROVED, Critic, Opinion
from evals.suites import model_faults
from tests.house import House, moving_house
from tests.shopserver import ShopServer

__all__ = ["moving_house"]


@pytest.fixture
def empty(moving_house: House, shop: ShopServer) -> None:
    """A house and its shop; the drill commits."""
    shop.reset()


def test_faults_write_nothing_that_nobody_approved(empty: None, shop: ShopServer) -> None:
    """FAULTS D2, S4-20; the twin without faults writes, and every write has its approval."""
    found = model_faults.run(12)
    assert found["failures"] == []
    assert found["effects"] == 0
    assert found["faults"] >= 12
    shop.reset()
    twin = model_faults.run(0, chance=0)
    assert twin["failures"] == []
    assert twin["writes"] >= 1
    assert twin["effects"] == 0


def test_a_critic_that_anything_satisfies_is_found_out(empty: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def easily(one: Critic, *_: Any) -> Opinion:
        return Opinion(one.name, True, 1000, APPROVED)

    monkeypatch.setattr(critic, "failed", easily)
    monkeypatch.setattr(model_faults, "TALKS", model_faults.TALKS[:1])
    found = model_faults.run(8, chance=1000)
    assert found["effects"] > 0
    assert "explicit approvals" in str(found["failures"])


def test_a_count_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        call_command("drill", models=0)
    assert "how many faults" in capsys.readouterr().err
