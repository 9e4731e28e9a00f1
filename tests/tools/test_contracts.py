"""S0-08 for every capability: unknown, missing and extra fields are refused on the way in and on the way out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final
from uuid import uuid4

import pytest
from pydantic import BaseModel, ValidationError

from conversations.money import Money
from tests.breakers import mended
from tools import gateway, pack
from tools.contract import Caller, ErrorCode, Kind, Plan, Proof, Writer
from tools.registry import CAPABILITIES, NAMES
from tools.shapes import Fulfilment

HOME: Final = {"first": "1 Main St", "second": "", "city": "Troy", "region": "NY", "country": "USA", "postcode": "1"}
ADDRESS_CHANGE: Final = {"order_id": "FW-10488", "change": "address", "address": HOME}
# One right input for each shape that a capability takes.
INPUTS: Final[list[tuple[str, dict[str, Any]]]] = [
    ("search_knowledge", {"query": "returns", "history": [], "audience": "public", "stale_days": 90}),
    ("get_customer", {}),
    ("get_order", {"order_id": "FW-10482", "contact": "alice@example.com", "choices": True}),
    ("process_refund", {"order_id": "FW-10465", "reason_code": "damaged", "lines": ["1"]}),
    ("process_return", {"order_id": "FW-10465", "kind": "return", "lines": ["1"], "method_id": "card_1001"}),
    ("process_return", {"order_id": "FW-10465", "kind": "exchange", "lines": ["1"], "new_items": ["V-1"],
                        "method_id": "card_1001", "reason_code": "does_not_fit"}),
    ("process_return", {"order_id": "FW-10465", "kind": "replacement", "lines": ["1"], "reason_code": "missing"}),
    ("change_order", {"order_id": "FW-10488", "change": "cancel", "reason_code": "no_longer_needed"}),
    ("change_order", ADDRESS_CHANGE),
    ("change_order", {"order_id": "FW-10488", "change": "payment", "method_id": "card_1001"}),
    ("change_order", {"order_id": "FW-10488", "change": "items", "lines": ["1"], "new_items": ["V-1"],
                      "method_id": "card_1001"}),
    ("update_account", {"change": "address", "address": HOME}),
    ("update_account", {"change": "email", "email": "new@example.com"}),
    ("update_account", {"change": "cancel_subscription"}),
    ("update_account", {"change": "resume_subscription"}),
    ("update_account", {"change": "password_reset"}),
    ("update_account", {"change": "close"}),
    ("apply_credit", {"order_id": "FW-10467", "reason_code": "late_delivery"}),
    ("send_notice", {"order_id": "FW-10465", "notice": "invoice", "channel": "email"}),
    ("open_ticket", {"order_id": "FW-10465", "kind": "question", "summary": "Where is it?"}),
]  # fmt: skip
OUTPUTS: Final[dict[str, dict[str, Any]]] = {
    "search_knowledge": {"confidence": 0, "freshness_days": None, "issues": [], "passages": []},
    "get_customer": {
        "customer_id": "C", "first_name": "A", "last_name": "B", "email": "a@example.com", "tier": "standard",
        "subscription_status": "none", "open_tickets": 0, "last_payment": None, "risk_flags": [], "orders": [],
    },
    "get_order": {
        "order_id": "A-1", "customer_id": "C", "placed_at": "2026-01-01T00:00:00Z", "status": "pending",
        "fulfilment": "platform_owned", "partner": None, "lines": [], "total": {"cents": 1, "currency": "USD"},
        "money": [], "parcels": [], "open_for_shipping": True, "note": "",
    },
    "process_refund": {"success": True},
    "process_return": {"success": True, "reference": "RT-1"},
    "change_order": {"success": True, "reference": "CN-1"},
    "update_account": {"success": True, "reference": "PF-1"},
    "apply_credit": {"success": True, "reference": "CR-1"},
    "send_notice": {"success": True, "reference": "NO-1", "sent_to": "a…@example.com"},
    "open_ticket": {"success": True, "ticket_id": "T-1"},
}  # fmt: skip
# What an attacker, or an eager model, would like to name: never an argument of any write.
NEVER: Final = ("amount", "amount_cents", "price", "price_cents", "refund_to", "payee", "iban", "sent_to", "to", "phone",
                "customer_id", "customer", "user_id", "approved", "force", "key", "plan", "route", "difference")  # fmt: skip
PLAN: Final = Plan(Fulfilment.PLATFORM_OWNED, Money(0, "USD"), (), "C-1001", 0, ())
pytestmark = pytest.mark.django_db  # the breaker before each call is a row
IN = pytest.mark.parametrize(("name", "right"), INPUTS)
OUT = pytest.mark.parametrize("name", NAMES)


def caller(name: str, proof: Proof = Proof.PERSON) -> Caller:
    return Caller("C-1001", proof, "node", frozenset({name}), datetime.now(UTC))


def asked(name: str, args: Any) -> str | None:
    """The error of a call through the gateway's own door for it."""
    mended()
    if CAPABILITIES[name].kind is Kind.READ:
        return gateway.read(name, args, caller(name)).error
    return gateway.perform(name, args, PLAN, uuid4(), caller(name)).error


def wrong_inputs(name: str, right: dict[str, Any]) -> list[dict[str, Any]]:
    """Generated from the model: an extra field, each needed field left out, each field of another type."""
    fields = CAPABILITIES[name].input.model_fields
    wrong = [{**right, extra: 1} for extra in ("unknown", *NEVER) if extra not in fields]
    wrong += [{key: value for key, value in right.items() if key != needed}
              for needed, field in fields.items() if field.is_required()]  # fmt: skip
    wrong += [{**right, key: odd} for key in fields for odd in (17.5, {"x": 1}, [[]], b"x")]
    return wrong + [{**right, key: None} for key, field in fields.items() if field.is_required()]


@pytest.fixture
def nobody_asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What reaches the company: nothing may."""
    reached: list[str] = []

    def reach(*_: Any) -> BaseModel:
        reached.append("reached")
        raise AssertionError("the gateway let it through")

    real = pack.active()
    stand = replace(real, fulfil=MappingProxyType(dict.fromkeys(real.fulfil, reach)),
                    writers=MappingProxyType(dict.fromkeys(real.writers, Writer(reach, reach))))  # fmt: skip
    monkeypatch.setattr(pack, "active", lambda: stand)
    for name, capability in CAPABILITIES.items():
        if capability.fulfil is not None:
            monkeypatch.setitem(CAPABILITIES, name, replace(capability, fulfil=reach))
    return reached


def test_every_capability_and_every_choice_of_it_has_an_example() -> None:
    assert {name for name, _ in INPUTS} == set(NAMES)
    assert set(OUTPUTS) == set(NAMES)
    for name, field in (("process_return", "kind"), ("change_order", "change"), ("update_account", "change")):
        words = CAPABILITIES[name].input.model_fields[field].annotation
        assert {args[field] for one, args in INPUTS if one == name} == {word.value for word in words}  # type: ignore[union-attr]


@IN
def test_S0_08_what_isnt_the_contract_reaches_nobody(name: str, right: dict[str, Any], nobody_asked: list[str]) -> None:
    for wrong in wrong_inputs(name, right):
        assert asked(name, wrong) == ErrorCode.INVALID_ARGUMENTS, wrong
    assert nobody_asked == []


@IN
def test_the_twin_reaches_the_company(name: str, right: dict[str, Any], nobody_asked: list[str]) -> None:
    assert asked(name, right) == ErrorCode.FAILED
    assert nobody_asked == ["reached"]


@IN
def test_exactly_what_the_wish_needs_is_taken(name: str, right: dict[str, Any], nobody_asked: list[str]) -> None:
    """What belongs to another kind of the same capability is an extra field here."""
    others = [args for one, args in INPUTS if one == name and args != right]
    takes = {"method_id", "new_items", "lines", "address", "email"}
    for other in others:
        for field in (set(other) - set(right)) & takes:
            assert asked(name, {**right, field: other[field]}) == ErrorCode.INVALID_ARGUMENTS, field
    if name in ("change_order", "update_account"):
        for field in set(right) - {"order_id", "change"}:
            less = {key: value for key, value in right.items() if key != field}
            assert asked(name, less) == ErrorCode.INVALID_ARGUMENTS, field
    assert nobody_asked == []


@pytest.mark.parametrize("part", [*HOME, "planet"])
def test_a_part_of_an_address_is_a_field_too(part: str, nobody_asked: list[str]) -> None:
    less = {key: value for key, value in HOME.items() if key != part}
    for odd in (less if part in HOME else {**HOME, part: "x"}, {**HOME, part: 1}, {**HOME, part: None}):
        assert asked("change_order", {**ADDRESS_CHANGE, "address": odd}) == ErrorCode.INVALID_ARGUMENTS
        assert asked("update_account", {"change": "address", "address": odd}) == ErrorCode.INVALID_ARGUMENTS
    assert nobody_asked == []


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("open_ticket", {"summary": ""}),
        ("open_ticket", {"summary": "x" * 2001}),
        ("change_order", {"order_id": "../admin"}),
        ("change_order", {"order_id": "FW-1/cancel"}),
        ("update_account", {"email": "a@b@example.com"}),
        ("update_account", {"email": "a b@example.com"}),
        ("update_account", {"email": "nobody"}),
    ],
)
def test_an_odd_value_is_refused_as_well(name: str, changed: dict[str, Any], nobody_asked: list[str]) -> None:
    right = next(args for one, args in INPUTS if one == name and (set(changed) <= set(args)))
    assert asked(name, {**right, **changed}) == ErrorCode.INVALID_ARGUMENTS
    assert nobody_asked == []


@OUT
def test_S0_08_an_answer_that_isnt_the_contract_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the way out as on the way in: generated from the model of the answer."""
    output, right = CAPABILITIES[name].output, OUTPUTS[name]
    needed = [key for key, field in output.model_fields.items() if field.is_required()]
    wrong = [{**right, "unknown": 1}, {}, *({k: v for k, v in right.items() if k != key} for key in needed),
             *({**right, key: {"x": 1}} for key in needed)]  # fmt: skip
    for answer in wrong:
        with pytest.raises(ValidationError):
            output.model_validate(answer)
    kept = dict(output.model_validate(right))
    assert through(name, kept, monkeypatch) is None
    assert through(name, {**kept, "unknown": 1}, monkeypatch) == ErrorCode.INVALID_ANSWER
    for key in needed:
        less = {field: value for field, value in kept.items() if field != key}
        assert through(name, less, monkeypatch) == ErrorCode.INVALID_ANSWER, key
        if key != "total":  # money can't even be written as JSON when it is something else
            assert through(name, {**kept, key: {"x": 1}}, monkeypatch) == ErrorCode.INVALID_ANSWER, key


def through(name: str, answer: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> str | None:
    """The gateway's error when a pack that checks nothing hands this over as the contract's own shape."""
    capability = CAPABILITIES[name]
    loose = type("Loose", (capability.output,), {"model_config": {"extra": "allow"}})

    def says(*_: Any) -> BaseModel:
        made: BaseModel = loose.model_construct(**answer)  # type: ignore[attr-defined]
        return made

    with monkeypatch.context() as patch:
        stand = replace(pack.active(), fulfil=MappingProxyType({name: says}),
                        writers=MappingProxyType({name: Writer(says, says)}))  # fmt: skip
        patch.setattr(pack, "active", lambda: stand)
        if capability.fulfil is not None:
            patch.setitem(CAPABILITIES, name, replace(capability, fulfil=says))
        return asked(name, next(args for one, args in INPUTS if one == name))


@OUT
def test_an_answer_of_another_shape_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    other = next(one for one in NAMES if CAPABILITIES[one].output is not CAPABILITIES[name].output)
    answer = CAPABILITIES[other].output.model_validate(OUTPUTS[other])
    stand = replace(pack.active(), fulfil=MappingProxyType({name: lambda *_: answer}),
                    writers=MappingProxyType({name: Writer(lambda *_: answer, lambda *_: answer)}))  # fmt: skip
    monkeypatch.setattr(pack, "active", lambda: stand)
    if CAPABILITIES[name].fulfil is not None:
        monkeypatch.setitem(CAPABILITIES, name, replace(CAPABILITIES[name], fulfil=lambda *_: answer))
    assert asked(name, next(args for one, args in INPUTS if one == name)) == ErrorCode.INVALID_ANSWER


@OUT
def test_no_capability_takes_an_amount_or_a_payee(name: str) -> None:
    """Law 3: an amount, a price, a payee, whose account it is: never an argument."""
    assert not set(CAPABILITIES[name].input.model_fields) & set(NEVER)
