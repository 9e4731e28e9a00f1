"""The demo shop's mails: codes and notes go to the address on record, once for a key."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from packs.demo_shop import operations
from tests.breakers import mended
from tests.shopserver import ShopServer
from tools import gateway, pack
from tools.capabilities.send_notice import Notice
from tools.contract import Caller, Proof

pytestmark = [pytest.mark.usefixtures("fresh_shop"), pytest.mark.django_db]
ALICE, BOB = "C-1001", "C-1002"
PAPERS = {
    "order_confirmation": "confirmation",
    "invoice": "invoice",
    "return_label": "return label",
    "delivery": "delivery notice",
}


def caller(ref: str | None = "C-1001", faults: str = "") -> Caller:
    proof = Proof.NONE if ref is None else Proof.SIGNED_IN
    return Caller(ref, proof, "code", frozenset(), datetime.now(UTC), faults)


def bodies(to: str = ALICE) -> list[str]:
    return [mail["body"] for mail in operations.mails(to)]


def test_a_code_goes_to_the_address_on_record_once_for_its_key() -> None:
    key = uuid.uuid4()
    for _ in range(2):
        sent = gateway.send_code("123456", key, caller())
        assert (sent.ok, sent.data) == (True, {"sent_to": "a…@example.com"})
    assert [body.split(".")[0] for body in bodies()] == ["Your code is 123456"]
    assert bodies(BOB) == []


@pytest.mark.parametrize("fault", ["500@1", "drop@1"])
def test_a_lost_answer_is_asked_for_again_and_there_is_one_mail(fault: str) -> None:
    assert gateway.send_code("123456", uuid.uuid4(), caller(faults=fault)).ok
    assert len(bodies()) == 1


def test_what_went_wrong_is_a_code() -> None:
    mended()
    assert gateway.send_code("123456", uuid.uuid4(), caller(faults="500")).error == "unavailable"
    assert gateway.send_code("123456", uuid.uuid4(), caller(faults="garbage")).error == "invalid_answer"
    assert gateway.send_code("123456", uuid.uuid4(), caller(None)).error == "proof_needed"
    assert gateway.send_code("123456", uuid.uuid4(), caller("C-9")).error == "not_found"
    assert bodies() == []
    mended()


def test_a_company_without_mail_has_no_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    import dataclasses

    bare = dataclasses.replace(pack.active(), send_code=None)
    monkeypatch.setattr(pack, "active", lambda: bare)
    assert gateway.send_code("123456", uuid.uuid4(), caller()).error == "absent"


@pytest.mark.parametrize("shown", ["your code is 123456", "", 5, "x" * 121])
def test_an_answer_that_tells_more_than_the_masked_address_is_refused(
    monkeypatch: pytest.MonkeyPatch, shown: Any
) -> None:
    import dataclasses

    talkative = dataclasses.replace(pack.active(), send_code=lambda *_: shown)
    monkeypatch.setattr(pack, "active", lambda: talkative)
    assert gateway.send_code("123456", uuid.uuid4(), caller()).error == "invalid_answer"
    mended()


def test_another_address_is_told_to_the_one_before(fresh_shop: ShopServer) -> None:
    done = fresh_shop.ask(
        "POST", "/platform/customers/C-1001/profile", {"email": "new@example.org"}, Idempotency_Key=str(uuid.uuid4())
    )
    assert done.status_code == 201
    assert [(mail["subject"], mail["to"]) for mail in operations.mails(ALICE)] == [
        ("Email changed", "alice@example.com")
    ]


@pytest.mark.parametrize("body", [{}, {"code": "12345"}, {"code": 123456}, {"code": "123456", "to": "x@example.com"}])
def test_a_code_is_six_digits_and_nobody_names_where_it_goes(fresh_shop: ShopServer, body: Any) -> None:
    said = fresh_shop.ask("POST", "/platform/customers/C-1001/codes", body, Idempotency_Key=str(uuid.uuid4()))
    assert said.status_code == 400
    assert bodies() == []


@pytest.mark.parametrize("kind", [one.value for one in Notice])
def test_a_mail_that_carries_a_paper_says_which_and_for_what_order(fresh_shop: ShopServer, kind: str) -> None:
    """A new kind of notice needs its words."""
    papered(fresh_shop, kind)
    assert [body.split(".")[0] for body in bodies()] == [f"Attached: the {PAPERS[kind]} for order FW-10473"]


def test_of_what_nobody_knows_nothing_is_said(fresh_shop: ShopServer) -> None:
    """The twin."""
    papered(fresh_shop, "something_new")
    assert bodies() == [""]


def papered(shop: ShopServer, kind: str) -> None:
    wish = {"customer": ALICE, "order": "FW-10473", "kind": kind, "channel": "email", "sent_to": "alice@example.com"}
    assert shop.ask("POST", "/logistics/notices", wish, Idempotency_Key=str(uuid.uuid4())).status_code == 201


def test_a_mail_about_no_order_says_what_is_in_it(fresh_shop: ShopServer) -> None:
    asked = fresh_shop.ask("POST", "/platform/customers/C-1001/password-reset", {}, Idempotency_Key=str(uuid.uuid4()))
    assert asked.status_code == 201
    assert bodies() == ["In it: a link to set a new password."]
