"""The company: its facts, its order numbers, and what a broken pack says."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from tools import checks, gateway, pack
from tools.breaker import Leave
from tools.contract import Caller, Proof
from tools.registry import CAPABILITIES

ROOT = Path(__file__).resolve().parents[2]
COMPANY = pack.load("packs.demo_shop")
IDS = COMPANY.order_ids


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Where is FW-10482?", ["FW-10482"]),
        ("where is fw-10482", ["FW-10482"]),
        ("fw10482", ["FW-10482"]),
        ("#FW 10482", ["FW-10482"]),
        ("FW – 10482", ["FW-10482"]),
        ("fw_10482.", ["FW-10482"]),
        ("f w 10482", ["FW-10482"]),
        ("FW#10482", ["FW-10482"]),
        ("ＦＷ－１０４８２", ["FW-10482"]),
        ("my order 10482 is late", ["FW-10482"]),
        ("order number is 10482", ["FW-10482"]),
        ("order no. 10482", ["FW-10482"]),
        ("Order: #10482!", ["FW-10482"]),
        ("it's #10482", ["FW-10482"]),
        ("#W2611340", ["#W2611340"]),
        ("w2611340 please", ["#W2611340"]),
        ("order 2611340", ["#W2611340"]),
        ("order #ABC123 is stuck", ["#ABC123"]),
        ("#abc123", ["#ABC123"]),
        ("order ab-123", ["#AB-123"]),
        ("order FW-10482", ["FW-10482"]),
        ("FW-10482 and FW-10467, FW-10482 first", ["FW-10482", "FW-10467"]),
        ("not 10467 but order 10482; #W2611340 too", ["FW-10482", "#W2611340"]),
        ("I paid 10482 dollars", []),
        ("call 802 555 0148", []),
        ("order 2 of the 10482 cups", []),
        ("card 4111111111111111", []),
        ("WFW-10482x", []),
        ("order 104821234567", []),
        ("in order 20 days", []),
        ("", []),
    ],
)
def test_order_numbers_are_found_in_every_spelling(text: str, found: list[str]) -> None:
    assert IDS.find(text) == found


@pytest.mark.parametrize(
    ("typed", "order_id"),
    [("10482", "FW-10482"), (" #10482 ", "FW-10482"), ("it's 10482.", "FW-10482"), ("2611340", "#W2611340"),
     ("fw 10482", "FW-10482"), ("1048", None), ("the lamp", None), ("", None)],
)  # fmt: skip
def test_an_answer_may_be_the_bare_digits(typed: str, order_id: str | None) -> None:
    assert IDS.normalise(typed) == order_id


@given(st.integers(10000, 99999), st.sampled_from(["FW-{}", "fw{}", "#{}", "order {}", "FW {}", "order no {}"]))
def test_the_companys_own_spelling_is_a_fixed_point(number: int, spelling: str) -> None:
    [order_id] = IDS.find(f"hello, {spelling.format(number)} thanks")
    assert order_id == IDS.normalise(order_id) == f"FW-{number}"


@given(st.text(max_size=400))
def test_any_text_can_be_searched(text: str) -> None:
    for order_id in IDS.find(text):
        assert IDS.normalise(order_id) == order_id


def test_long_text_is_searched_quickly() -> None:
    """No pattern takes more than linear time: 200,000 characters of almost-matches."""
    for part in ("order ", "order number is ", "#", "f w ", "FW- ", "order:#"):
        assert IDS.find(part * (200_000 // len(part))) == []


def test_patterns_are_what_normalise_takes() -> None:
    """What a pattern finds can be handed to normalise as it stands."""
    text = "order 10482 or FW-10467, order #FW-10473, order: ab-123"
    hits = [match.group(0) for pattern in IDS.patterns for match in pattern.finditer(text)]
    assert (
        {IDS.normalise(hit) for hit in hits} == set(IDS.find(text)) == {"FW-10482", "FW-10467", "FW-10473", "#AB-123"}
    )


def test_the_example_is_an_order_number() -> None:
    assert IDS.normalise(COMPANY.example_order_id) == COMPANY.example_order_id


def test_the_company_has_everything_that_there_is() -> None:
    assert COMPANY.absent() == frozenset()
    assert set(COMPANY.fulfil) <= set(CAPABILITIES)
    assert checks.check_pack(None) == []


def test_its_files_lie_in_its_folder() -> None:
    for path in (COMPANY.articles, COMPANY.policy, COMPANY.intents, COMPANY.voice):
        assert path.parent.name == "demo_shop"


GOOD = """
name: other
brand: Other
about: things
currency: EUR
contact: {email: a@b.example, phone: "1", hours: always, website: "https://b.example"}
order_ids: {example: X-1, in_text: [], as_answer: []}
"""


def make_pack(where: Path, monkeypatch: pytest.MonkeyPatch, yaml: str | None, code: str) -> str:
    name = f"pack_{where.name}"
    (where / name).mkdir()
    (where / name / "__init__.py").write_text("")
    (where / name / "capabilities.py").write_text(code)
    if yaml is not None:
        (where / name / "pack.yaml").write_text(yaml)
    monkeypatch.syspath_prepend(str(where))
    return name


CODE = "FULFIL = {}\ndef find_customer(email):\n    return None\n"


def test_a_company_may_have_less(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = pack.load(make_pack(tmp_path, monkeypatch, GOOD, CODE))
    assert found.absent() == set(CAPABILITIES) - {"search_knowledge"}
    assert found.operations is None


@pytest.mark.parametrize(
    ("yaml", "code", "says"),
    [
        (None, CODE, "write the company's facts there"),
        (GOOD + "brnad: x\n", CODE, "brnad"),
        ("name: [", CODE, "is not right"),
        (GOOD, "FULFIL = {}", "must define find_customer"),
        (GOOD, "find_customer = print", "must define FULFIL"),
    ],
)
def test_a_broken_pack_says_what_to_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, yaml: str | None, code: str, says: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match=says):
        pack.load(make_pack(tmp_path, monkeypatch, yaml, code))


def test_a_pack_that_is_not_there_is_named(settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"packs\.nowhere"):
        pack.load("packs.nowhere")
    monkeypatch.setattr(pack, "active", lambda: pack.load("packs.nowhere"))
    assert [problem.id for problem in checks.check_pack(None)] == ["tools.E005"]


def test_a_pack_that_offers_what_has_no_contract_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = make_pack(tmp_path, monkeypatch, GOOD, CODE.replace("{}", "{'read_minds': print}"))
    monkeypatch.setattr(pack, "active", lambda: pack.load(name))
    assert [problem.id for problem in checks.check_pack(None)] == ["tools.E006"]


def test_no_process_of_ours_loads_the_shops_service() -> None:
    """The service is another process: neither the web's nor a worker's imports it."""
    code = (
        "import sys, django; django.setup()\n"
        "import config.asgi, config.celery, agents.tasks, agents.urls, agents.admin\n"
        "from tools import pack; pack.active()\n"
        "print(*(name for name in sys.modules if name.startswith('packs.')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}, cwd=ROOT,
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    loaded = done.stdout.split()
    assert "packs.demo_shop.capabilities" in loaded, done.stderr
    assert not [name for name in loaded if name.startswith("packs.demo_shop.service")]


RULES = """
from tools.rules import Decision, Rule, Verdict
def never(case):
    return Decision(Verdict.DENY, reason="never")
RULES = (Rule("OT-1", never, {}),)
"""


def with_rules(where: Path, monkeypatch: pytest.MonkeyPatch, of: str) -> str:
    name = make_pack(where, monkeypatch, GOOD, CODE)
    (where / name / "rules.py").write_text(RULES.format(of))
    return name


def test_a_companys_rule_is_for_the_writes_that_it_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = pack.load(with_rules(tmp_path, monkeypatch, "of=('update_account', 'open_ticket')"))
    assert [rule.number for rule in found.rules_of("update_account")] == ["OT-1"]
    assert found.rules_of("open_ticket") == found.rules_of("update_account")
    assert found.rules_of("process_refund") == ()


@pytest.mark.parametrize(
    ("of", "says"),
    [
        ("of=()", "OT-1 of .* is for nothing"),
        ("of=('read_minds',)", "is for read_minds"),
        ("of=('get_order', 'process_refund')", "is for get_order, process_refund"),
    ],
)
def test_a_rule_that_would_stand_nowhere_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, of: str, says: str
) -> None:
    """A rule that silently isn't there would loosen."""
    with pytest.raises(ImproperlyConfigured, match=says):
        pack.load(with_rules(tmp_path, monkeypatch, of))


OWN = """
from enum import StrEnum
from tools.contract import *
from tools.pack import Own
from tools.shapes import Shape

class Ask(Arguments):
    pass

class Told(Shape):
    success: bool

def own(name, kind, retry=Retry.TWICE, idempotency=Idempotency.NATURAL):
    return Own(Capability(name=name, summary="x", kind=kind, risk=Risk.LOW, input=Ask, output=Told, proof=Proof.SIGNED_IN,
                          attempt_seconds=1.0, total_seconds=2.0, retry=retry, idempotency=idempotency))

READ, WRITE = Kind.READ, Kind.WRITE
KEPT = Retry.NEVER, Idempotency.KEY
"""


def owning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: str, fulfil: str = "{}", writers: str = "{}") -> str:
    code = OWN + CODE.replace("{}", fulfil) + f"\nWRITERS = {writers}\nOWN = ({own},)\n"
    return make_pack(tmp_path, monkeypatch, GOOD, code)


@pytest.mark.parametrize(
    ("own", "fulfil", "writers", "says"),
    [
        ("own('get_order', READ)", "{'get_order': print}", "{}", "take another name"),
        ("own('read it', READ)", "{'read it': print}", "{}", "take another name"),
        ("own('weather', READ)", "{}", "{}", "name it in FULFIL"),
        ("own('move_house', WRITE, Retry.NEVER, Idempotency.KEY)", "{}", "{}", "name it in WRITERS"),
    ],
)
def test_a_capability_of_ones_own_is_named_once_and_carried_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: str, fulfil: str, writers: str, says: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match=says):
        pack.load(owning(tmp_path, monkeypatch, own, fulfil, writers))


def test_a_read_of_ones_own_is_asked_through_the_door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = owning(tmp_path, monkeypatch, "own('weather', READ)", "{'weather': lambda args, caller: Told(success=True)}")
    monkeypatch.setattr(pack, "active", lambda: pack.load(name))
    monkeypatch.setattr(gateway.breaker, "ask_leave", lambda *_, **__: Leave(name, "weather"))
    assert checks.check_pack(None) == []
    caller = Caller("C-1", Proof.SIGNED_IN, "look", frozenset({"weather"}), datetime.now(UTC))
    assert gateway.read("weather", {}, caller).data == {"success": True}
    assert gateway.read("weather", {"city": "Troy"}, caller).error == "invalid_arguments"
    assert gateway.read("weather", {}, dataclasses.replace(caller, proof=Proof.NONE)).error == "proof_needed"
    assert gateway.read("weather", {}, dataclasses.replace(caller, allowed=frozenset())).error == "not_allowed"


@pytest.mark.parametrize(
    ("own", "fulfil", "writers", "problem"),
    [
        ("own('weather', READ)", "{'weather': print}", "{}", []),
        ("own('weather', READ)", "{'weather': print}", "{'wheather': print}", ["tools.E006"]),
        ("own('weather', READ)", "{'weather': print, 'open_ticket': print}", "{}", ["tools.E006"]),
        ("own('move_house', WRITE)", "{}", "{'move_house': print}", ["tools.E004"]),
        ("own('a', WRITE, *KEPT), own('b', WRITE, *KEPT)", "{}", "{'a': print, 'b': print}", ["tools.E005"]),
        ("*(own(f'r{n}', READ) for n in range(9))", "{f'r{n}': print for n in range(9)}", "{}", []),
        ("*(own(f'r{n}', READ) for n in range(10))", "{f'r{n}': print for n in range(10)}", "{}", ["tools.E001"]),
    ],
)
def test_what_it_offers_is_checked_like_the_houses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: str, fulfil: str, writers: str, problem: list[str]
) -> None:
    """D16: ten at most, the company's own among them; `search_knowledge` is one of everybody's."""
    name = owning(tmp_path, monkeypatch, own, fulfil, writers)
    monkeypatch.setattr(pack, "active", lambda: pack.load(name))
    assert [one.id for one in checks.check_pack(None)] == problem
