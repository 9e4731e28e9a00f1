"""The catalogue of deeds is read off the contracts: every write, every variant, every argument, each once."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Annotated, Any

import pytest
from pydantic import ValidationError

from tools import catalogue, pack, rules, sentences
from tools.catalogue import Deed, NoFormError
from tools.contract import Arguments, Capability, Filled, Kind
from tools.registry import CAPABILITIES

WRITES = [one for one in CAPABILITIES.values() if one.kind is Kind.WRITE]


def test_every_write_of_the_company_is_in_it_with_all_its_variants() -> None:
    found = catalogue.deeds(pack.active())
    assert {deed.capability.name for deed in found.values()} == {one.name for one in WRITES}
    for one in WRITES:
        variants = [deed.variant for deed in found.values() if deed.capability is one]
        assert variants == ([str(kind) for kind in kind_of(one)] or [""])


def kind_of(one: Capability) -> list[str]:
    """The values of the argument that says which variant it is, by its own type."""
    if not one.variant:
        return []
    values: Any = catalogue.part(one.variant, one.input.model_fields[one.variant], needed=True).type
    return list(values)


def test_what_the_company_lacks_is_not_in_it() -> None:
    """The twin: without its writer a capability has no deed."""
    company = pack.active()
    left = {name: writer for name, writer in company.writers.items() if name != "apply_credit"}
    assert set(catalogue.deeds(company)) - set(catalogue.deeds(replace(company, writers=left))) == {"apply_credit"}


@pytest.mark.parametrize("deed", catalogue.deeds(pack.active()).values(), ids=lambda deed: deed.slug)
def test_the_parts_of_a_deed_are_its_arguments_and_no_others(deed: Deed) -> None:
    parts = {part.name for part in deed.parts}
    swapped = {deed.swaps[0]} if deed.swaps else set()
    others = set().union(*deed.capability.needs.values()) - (
        deed.capability.needs[deed.variant] if deed.variant else set()
    )
    assert parts | swapped | set(deed.fixed) | others == set(deed.capability.input.model_fields)
    assert not parts & others


@pytest.mark.parametrize("one", [one for one in WRITES if one.variant], ids=lambda one: one.name)
def test_the_declared_needs_are_what_the_contract_takes(one: Capability) -> None:
    """Each variant with the needs of each other: refused exactly where they differ."""
    odd = [(mine, theirs) for mine, theirs in product(one.needs, one.needs)
           if one.needs[mine] != one.needs[theirs] and takes(one.input, {one.variant: mine}, one.needs[theirs])]  # fmt: skip
    assert odd == []
    assert all(takes(one.input, {one.variant: mine}, one.needs[mine]) for mine in one.needs)


ANY = {"order_id": "A-1", "lines": ["1"], "new_items": ["I-1"], "method_id": "m", "reason_code": "other",
       "email": "a@example.com",
       "address": {"first": "1", "second": "", "city": "c", "region": "r", "country": "c", "postcode": "p"}}  # fmt: skip


def takes(model: type[Arguments], fixed: dict[str, object], needed: frozenset[str]) -> bool:
    common = {name for name, info in model.model_fields.items() if info.is_required()} - set(fixed)
    try:
        model.model_validate({**fixed, **{name: ANY[name] for name in common | needed}})
    except ValidationError:
        return False
    return True


def test_an_argument_that_nobody_could_fill_in_is_named() -> None:
    class Odd(Arguments):
        weight: float

    class Even(Arguments):
        weights: list[Annotated[str, Filled.LINES]] | None = None

    with pytest.raises(NoFormError, match="weight"):
        Deed(replace(WRITES[0], input=Odd)).parts  # noqa: B018 asking is the deed
    assert [(part.filled, part.required) for part in Deed(replace(WRITES[0], input=Even)).parts] == [
        (Filled.LINES, False)
    ]


def test_every_rule_has_its_sentence_and_no_other_number_has() -> None:
    numbers = [rule.number for rule in (*rules.RULES, *pack.active().rules)]
    assert all(sentences.of(number).endswith(".") for number in numbers)
    assert sentences.of("REF-99") == ""
