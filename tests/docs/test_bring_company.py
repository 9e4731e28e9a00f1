"""The company of the how-to, loaded as it stands there; its tables, compared with the code."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from pydantic import BaseModel

from agents.intents import taxonomy
from knowledge.policy import Mode
from tools import checks, pack, writes
from tools.registry import CAPABILITIES
from tools.shapes import (
    Account,
    Address,
    Choice,
    Order,
    OrderLine,
    OrderSummary,
    Parcel,
    PaymentEntry,
    PaymentMethod,
    Scan,
)

HOW_TO = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "bring-your-company.md"
TEXT = HOW_TO.read_text(encoding="utf-8")
FILES = dict(re.findall(r"^`atelier/([\w.]+)`\n\n```\w+\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL))
SHAPES: list[type[BaseModel]] = [Order, OrderLine, PaymentEntry, Parcel, Account, PaymentMethod]


@pytest.fixture
def atelier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> pack.Pack:
    folder = tmp_path / "atelier"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    for name, body in FILES.items():
        (folder / name).write_text(body)
    monkeypatch.syspath_prepend(str(tmp_path))
    settings.HANDRAIL_PACK = "atelier"
    for name in [one for one in sys.modules if one.partition(".")[0] == "atelier"]:
        monkeypatch.delitem(sys.modules, name)  # an earlier test's folder
    pack.load.cache_clear()
    return pack.active()


def test_its_files_are_a_company(atelier: pack.Pack) -> None:
    assert set(FILES) == {"pack.yaml", "capabilities.py", "rules.py", "rules.md", "intents.yaml"}
    assert [*checks.check_pack(None), *checks.check_rules(None)] == []
    assert atelier.order_ids.find("where is at1234?") == ["AT-1234"]
    assert [rule.number for rule in atelier.rules_of("open_ticket")] == ["AT-1"]
    assert not atelier.is_one_way("open_ticket")


def codes() -> list[str]:
    return [str(one.id) for one in run_checks(tags=[checks.COMPANY])]


def test_the_check_says_what_is_missing_until_nothing_is(atelier: pack.Pack) -> None:
    """As the page says: the policy is the demo's, with other figures."""
    assert codes() == ["tools.E011"]
    shipped = (HOW_TO.parents[2] / "packs" / "demo_shop" / "policy.yaml").read_text(encoding="utf-8")
    atelier.policy.write_text(shipped)
    assert codes() == []


@pytest.mark.parametrize(
    ("file", "old", "new", "code", "says"),
    [
        ("policy.yaml", "stale_days: 90", "stale_days: often", "tools.E012", "line"),
        ("policy.yaml", "  process_refund: auto", "  process_refunds: auto", "tools.E012", "no write is called"),
        ("intents.yaml", "workflow: answer_question", "workflow: answer_questions", "agents.E005", "answer_questions"),
        ("intents.yaml", "category: general", "category: pictures", "agents.E004", "category"),
        ("intents.yaml", "intents:", "intents: [", "agents.E004", "intents.yaml"),
        ("voice.yaml", "", "lines: {small.ok: 'Unfortunately, I cannot'}", "agents.E003", "voice.yaml"),
    ],
)
def test_the_check_says_what_cannot_be_read(
    atelier: pack.Pack, file: str, old: str, new: str, code: str, says: str
) -> None:
    shipped = (HOW_TO.parents[2] / "packs" / "demo_shop" / "policy.yaml").read_text(encoding="utf-8")
    atelier.policy.write_text(shipped)
    path = atelier.policy.with_name(file)
    before = path.read_text() if path.exists() else ""
    assert old in before
    path.write_text(before.replace(old, new, 1) if old else new)
    (found,) = run_checks(tags=[checks.COMPANY])
    assert (found.id, says in found.msg) == (code, True), found


def test_its_intents_are_laid_over_the_base_ones(atelier: pack.Pack) -> None:
    known = taxonomy.load(atelier.intents).by_name
    assert known["framing_question"].workflow == "answer_question"
    assert "exchange_request" not in known


def table(first: str) -> dict[str, str]:
    """The rows of the table whose head begins with a word, below the text that ends in `first`."""
    body = TEXT.split(first, 1)[1].split("|---|---|\n", 1)[1].split("\n\n", 1)[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in body.splitlines()]
    return {name.strip("`"): price for name, price in cells}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_field_stands_there_with_its_price(shape: type[BaseModel]) -> None:
    """In the order of needed and not; a field that may be missing never says that it is needed."""
    said = table(f"`{shape.__name__}`")
    needed = {name for name, field in shape.model_fields.items() if field.is_required()}
    assert set(said) == set(shape.model_fields)
    assert {name for name, price in said.items() if price.startswith("needed")} == needed
    assert all(said.values())


def test_the_small_shapes_are_told_whole() -> None:
    for shape in (OrderSummary, Scan, Choice, Address):
        assert all(field.is_required() for field in shape.model_fields.values()), shape


def test_every_capability_stands_there_with_its_price() -> None:
    assert set(table("## 2. Reads")) == {name for name, one in CAPABILITIES.items() if one.fulfil is None}
    assert set(writes.SPECS) <= set(table("## 2. Reads"))


def test_the_modes_are_those_of_the_policy() -> None:
    assert list(table("## 5. Policy")) == [mode.value for mode in Mode]


def test_a_field_that_nobody_wrote_down_would_be_seen() -> None:
    class Longer(Order):
        colour: str = ""

    assert set(table("`Order`")) != set(Longer.model_fields)
