"""Who a token stands for."""

from __future__ import annotations

import time
from typing import Any

import jwt
import pytest
from django.test import Client

from conversations.identity import Known, Visitor, company_token, customer, find_customer, identify, visitor_token
from conversations.models import Customer
from tests import cast

SECRET = "a company's secret of the tests, long enough"
CLAIMS = {"sub": "cus_alice", "email": "alice@example.com", "name": "Alice Moreau"}


@pytest.fixture(autouse=True)
def company(settings: Any) -> None:
    settings.HANDRAIL_WIDGET_SECRET = SECRET
    settings.HANDRAIL_DEMO = True
    settings.HANDRAIL_DEMO_CUSTOMERS = ["alice@example.com"]


def signed(secret: str = SECRET, algorithm: str = "HS256", **change: Any) -> str:
    claims = {**CLAIMS, "exp": int(time.time()) + 60, **change}
    return jwt.encode({k: v for k, v in claims.items() if v is not None}, secret, algorithm=algorithm)


def test_the_companys_token_names_its_customer() -> None:
    assert identify(signed()) == Known("cus_alice", "alice@example.com", "Alice Moreau")


@pytest.mark.parametrize(
    "token",
    [
        None, "", 7, "x", "a.b.c", "a:b:c", "x" * 5000, visitor_token()[:-1],
        signed(secret="somebody else's secret, also long enough"),
        signed(exp=int(time.time()) - 1), signed(exp=None), signed(sub=None), signed(sub=""), signed(sub="x" * 121),
        jwt.encode({**CLAIMS, "exp": int(time.time()) + 60}, "", algorithm="none"),
        signed(secret=SECRET * 2, algorithm="HS512"), signed(algorithm="HS512", secret=SECRET + "x" * 30),
    ],
)  # fmt: skip
def test_any_other_token_is_nobody(token: Any) -> None:
    """F1: missing, altered, expired, unsigned, another algorithm, another secret."""
    assert identify(token) is None


def test_without_a_secret_nobody_is_known(settings: Any) -> None:
    settings.HANDRAIL_WIDGET_SECRET = ""
    assert identify(signed()) is None


@pytest.mark.django_db
def test_a_visitors_token_makes_no_row_until_they_write() -> None:
    who = identify(Client().post("/widget/visitor").json()["token"])
    assert isinstance(who, Visitor)
    assert find_customer(who) is None
    assert not Customer.objects.exists()
    assert customer(who) == find_customer(who) == customer(who)


@pytest.mark.django_db
def test_the_companys_word_on_a_customer_is_taken_over() -> None:
    pk = customer(Known("cus_9", "old@example.com", "Old Name"))
    assert customer(Known("cus_9", "new@example.com", "")) == pk
    row = Customer.objects.get(pk=pk)
    assert (row.email, row.first_name) == ("new@example.com", "Old")


@pytest.mark.django_db
def test_the_demo_signs_for_its_listed_customers_only(settings: Any) -> None:
    cast.alice(), cast.mallory()
    token = Client().post("/widget/demo-identity", {"who": "alice@example.com"}).json()["token"]
    assert identify(token) == Known("cus_alice", "alice@example.com", "Alice Moreau")
    assert Client().post("/widget/demo-identity", {"who": "mallory@example.com"}).status_code == 404
    settings.HANDRAIL_DEMO = False
    assert Client().post("/widget/demo-identity", {"who": "alice@example.com"}).status_code == 404
    assert b"alice@example.com" not in Client().get("/").content


@pytest.mark.django_db
def test_a_token_is_signed_for_the_customer_asked_for() -> None:
    assert identify(company_token(cast.mallory())) == Known("cus_mallory", "mallory@example.com", "Mallory")
