"""`manage.py replay`: recorded turns come out the same, asking nobody, and a difference is named with its step."""

from __future__ import annotations

import json
import uuid

import pytest
from django.conf import settings
from django.core.management import call_command

from agents import kits
from agents.models import Step, Turn
from agents.roles import prompts
from tests.house import House, small_house
from tests.modelled import modelled

__all__ = ["small_house"]
ASKED = ("How long do I have to send something back?", "where is FW-10482?", "so about the thing from last week, hm")


def replayed(*said: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, object]]:
    code = 0
    try:
        call_command("replay", *said, "--json")
    except SystemExit as end:
        code = int(str(end.code))
    return code, json.loads(capsys.readouterr().out.splitlines()[-1])


def test_turns_with_models_come_out_the_same_with_every_socket_closed(
    small_house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with modelled() as provider:
        row, _ = small_house.ask(small_house.alice(), *ASKED)
        asked = len(provider.asked)
        monkeypatch.setattr(settings, "SHOP_URL", "http://127.0.0.1:1")
        assert asked > 0
        whole = {"n": 3, "identical": 3, "different": [], "erased": 0}
        assert replayed("--all", capsys=capsys) == (0, whole)
        assert replayed(str(row.public_id), capsys=capsys) == (0, whole)
        turn = Turn.objects.filter(conversation=row).latest("attempt")
        assert replayed(str(turn.pk), capsys=capsys) == (0, {**whole, "n": 1, "identical": 1})
        assert len(provider.asked) == asked


def test_one_byte_of_a_prompt_is_named_with_its_step(
    small_house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with modelled():
        small_house.ask(small_house.alice(), ASKED[0])
        text = prompts.source("knowledge")
        monkeypatch.setattr(prompts, "source", lambda name: text + "!" if name == "knowledge" else "")
        prompts.of.cache_clear()
        kits.load.cache_clear()
        code, found = replayed("--all", capsys=capsys)
    prompts.of.cache_clear()
    step = Step.objects.get(name="brain:answer", kind="port")
    (different,) = found["different"]  # type: ignore[misc]
    assert code == 1
    assert (different["turn"], different["step"]) == (str(step.turn_id), step.n)
    assert "brain:answer" in different["why"]


@pytest.mark.parametrize("said", [(), ("--all", str(uuid.uuid4())), ("nonsense",), (str(uuid.uuid4()),)])
def test_bad_input_is_one_sentence(
    small_house: House, said: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        call_command("replay", *said)
    assert end.value.code == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
