"""The read capabilities on the demo shop's real service: who may see what, and what its faults become."""

from __future__ import annotations

import dataclasses
import threading
from datetime import UTC, datetime
from typing import Any

import pytest
import stamina

from packs.demo_shop import connections
from tests.shopserver import ShopServer
from tools import pack
from tools.gateway import Caller, Proof, ToolResult, read, read_many
from tools.registry import CAPABILITIES

pytestmark = [pytest.mark.usefixtures("shop"), pytest.mark.django_db]
BOTH = frozenset({"get_order", "get_customer"})


def signed_in(ref: str, faults: str = "") -> Caller:
    return Caller(ref, Proof.SIGNED_IN, "look", BOTH, datetime.now(UTC), faults)


def anonymous() -> Caller:
    return Caller(None, Proof.NONE, "look", BOTH, datetime.now(UTC))


ALICE, BOB, MALLORY = signed_in("C-1001"), signed_in("C-1002"), signed_in("C-1003")


@pytest.fixture(autouse=True)
def no_waiting_between_attempts() -> Any:
    with stamina.set_testing(True, attempts=99, cap=True):
        yield


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every endpoint that is asked, with the parts that differ from order to order taken out."""
    paths: list[str] = []
    request = connections.client().stream

    def note(method: str, path: str, **rest: Any) -> Any:
        paths.append(path.split("FW-")[0])
        return request(method, path, **rest)

    monkeypatch.setattr(connections.client(), "stream", note)
    return paths


def stripped(result: ToolResult) -> ToolResult:
    return dataclasses.replace(result, ms=0)


def test_a_customer_sees_their_own_order() -> None:
    result = read("get_order", {"order_id": "FW-10482"}, ALICE)
    assert result.ok, result.detail
    assert result.data is not None
    assert result.data["customer_id"] == "C-1001"


def test_an_order_and_its_address_open_it_without_a_session() -> None:
    assert read("get_order", {"order_id": "FW-10482", "contact": "Alice@Example.com"}, anonymous()).ok


@pytest.mark.parametrize("somebody", [BOB, MALLORY], ids=["bob", "mallory"])
def test_anothers_order_and_no_order_at_all_look_the_same(somebody: Caller, asked: list[str]) -> None:
    """FAULTS F2; the household doesn't matter. Same answer, same calls."""
    foreign = read("get_order", {"order_id": "FW-10482"}, somebody)
    calls = asked.copy()
    nothing = read("get_order", {"order_id": "FW-10999"}, somebody)
    assert stripped(foreign) == stripped(nothing)
    assert foreign.error == "not_found"
    assert asked[len(calls) :] == calls != []


def test_a_wrong_address_looks_like_a_wrong_order(asked: list[str]) -> None:
    """A known address of somebody else, an unknown address and an unknown order: same answer, same calls."""
    seen, results = [], []
    for order, contact in (
        ("FW-10482", "bob@example.com"),
        ("FW-10482", "nobody@example.com"),
        ("FW-10999", "alice@example.com"),
        ("FW-10999", "nobody@example.com"),
    ):
        asked.clear()
        results.append(stripped(read("get_order", {"order_id": order, "contact": contact}, anonymous())))
        seen.append(asked.copy())
    assert results == [results[0]] * 4
    assert results[0].error == "not_found"
    assert seen == [seen[0]] * 4


def test_a_session_is_not_widened_by_somebody_elses_address() -> None:
    """Bob knows Alice's address; signed in, it opens nothing."""
    assert read("get_order", {"order_id": "FW-10482", "contact": "alice@example.com"}, BOB).error == "not_found"


def test_without_session_and_address_nothing_is_asked(asked: list[str]) -> None:
    assert read("get_order", {"order_id": "FW-10482"}, anonymous()).error == "proof_needed"
    assert read("get_customer", {}, anonymous()).error == "proof_needed"
    remembered = dataclasses.replace(ALICE, proof=Proof.NONE)
    assert read("get_customer", {}, remembered).error == "proof_needed"
    assert read("get_order", {"order_id": "FW-10482"}, remembered).error == "proof_needed"
    assert asked == []


@pytest.mark.parametrize(
    "order_id", ["", "../risk/customers/C-1003/flags", "FW-1/../..", "FW 10482", "x" * 60, "FW-10482\n", "FW-10482?x=1"]
)
def test_an_order_number_is_nothing_but_an_order_number(order_id: str, asked: list[str]) -> None:
    assert read("get_order", {"order_id": order_id}, ALICE).error == "invalid_arguments"
    assert asked == []


def test_the_account_says_what_support_needs_to_know() -> None:
    """S2-08: account_id, name, tier, subscription_status, open_tickets, last_payment."""
    result = read("get_customer", {}, BOB)
    assert result.ok, result.detail
    account = result.data
    assert account is not None
    assert (account["customer_id"], account["first_name"], account["tier"]) == ("C-1002", "Bob", "standard")
    assert (account["subscription_status"], account["open_tickets"]) == ("none", 1)
    assert account["last_payment"]["kind"] == "payment"
    assert {one["order_id"] for one in account["orders"]} == {
        "FW-10484", "FW-10478", "FW-10461", "FW-10453", "FW-10452",
    }  # fmt: skip


def test_nobody_is_found_by_an_address_that_nobody_has() -> None:
    assert pack.active().find_customer("nobody@example.com") is None
    assert pack.active().find_customer("") is None
    alice = pack.active().find_customer(" ALICE@example.com ")
    assert alice is not None
    assert alice.customer_id == "C-1001"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("500", "unavailable"),
        ("drop", "unavailable"),
        ("refuse", "refused"),
        ("garbage", "invalid_answer"),
        ("duplicate", None),
        ("slow:0", None),
        ("500@1", None),
        ("drop@1", None),
        ("500@3", None),
    ],
)
def test_what_a_fault_of_the_shop_becomes(fault: str, error: str | None) -> None:
    """S2-18, D10: a read is tried again, and fails closed with a code."""
    for name, args in (("get_order", {"order_id": "FW-10482"}), ("get_customer", {})):
        assert read(name, args, signed_in("C-1001", fault)).error == error


def test_a_fault_is_met_by_three_attempts_and_no_more(asked: list[str]) -> None:
    assert read("get_order", {"order_id": "FW-10482"}, signed_in("C-1001", "500")).error == "unavailable"
    assert len(asked) == 3


def test_a_slow_shop_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = dataclasses.replace(CAPABILITIES["get_order"], attempt_seconds=0.05, total_seconds=2.0)
    monkeypatch.setitem(CAPABILITIES, "get_order", quick)
    result = read("get_order", {"order_id": "FW-10482"}, signed_in("C-1001", "slow:1"))
    assert result.error == "timeout"
    assert result.ms < 2500


def test_a_shop_that_is_gone_is_unavailable(settings: Any) -> None:
    settings.SHOP_URL = "http://127.0.0.1:1"  # a refused unix socket leaks in httpcore
    assert read("get_order", {"order_id": "FW-10482"}, ALICE).error == "unavailable"


def test_a_wrong_key_is_unavailable_and_not_an_empty_account(settings: Any) -> None:
    settings.SHOP_API_KEY = "wrong"
    assert read("get_customer", {}, ALICE).error == "unavailable"


def test_many_threads_share_the_client(shop: ShopServer) -> None:
    results: list[list[ToolResult]] = []
    calls = [("get_customer", {}), ("get_order", {"order_id": "FW-10482"}), ("get_order", {"order_id": "FW-10467"})]
    threads = [threading.Thread(target=lambda: results.append(read_many(calls, ALICE))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 12
    assert all(result.ok for many in results for result in many)
    assert len({str([stripped(result).data for result in many]) for many in results}) == 1
