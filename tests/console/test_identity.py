"""Who a token stands for."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import jwt
import pytest
from django.core import signing
from django.test import Client

from conversations.identity import SALT, Known, Visitor, company_token, customer, find_customer, identify, visitor_token
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


def at_time(seconds: float, make: Callable[[], str]) -> str:
    with patch("time.time", return_value=seconds):
        return make()


def test_the_companys_token_names_its_customer() -> None:
    assert identify(signed()) == Known("cus_alice", "alice@example.com", "Alice Moreau")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("claim", "tier"), [("premium", "premium"), ("gold", "standard"), (7, "standard"), (None, "standard")]
)
def test_the_companys_token_says_the_tier(claim: Any, tier: str) -> None:
    who = identify(signed(tier=claim))
    assert isinstance(who, Known)
    assert Customer.objects.get(pk=customer(who)).tier == tier


@pytest.mark.django_db
def test_a_tier_that_the_company_takes_back_is_gone_with_the_next_token() -> None:
    for claim, tier in (("enterprise", "enterprise"), (None, "enterprise"), ("standard", "standard")):
        who = identify(signed(tier=claim))
        assert isinstance(who, Known)
        assert Customer.objects.get(pk=customer(who)).tier == tier


NOW = int(time.time())


def raw(payload: str, header: dict[str, Any] | None = None, secret: str = SECRET) -> str:
    """A JWT with any payload and header, signed as the company would."""
    parts = [json.dumps(header or {"alg": "HS256", "typ": "JWT"}), payload]
    head = ".".join(base64.urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts)
    seal = hmac.new(secret.encode(), head.encode(), hashlib.sha256).digest()
    return f"{head}.{base64.urlsafe_b64encode(seal).rstrip(b'=').decode()}"


def altered(token: str, **change: Any) -> str:
    """Other claims under the old seal."""
    head, payload, seal = token.split(".")
    claims = {**json.loads(base64.urlsafe_b64decode(payload + "==")), **change}
    return f"{head}.{base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b'=').decode()}.{seal}"


NOBODY: dict[str, Any] = {
    "nothing": None,
    "empty": "",
    "a number": 7,
    "a list": ["x"],
    "an object": {"token": "x"},
    "true": True,
    "a word": "x",
    "dots": "a.b.c",
    "colons": "a:b:c",
    "only dots": "..",
    "only colons": "::",
    "very long": "x" * 5000,
    "very long and well signed": signed(name="x" * 5000),
    "not ASCII": "é.é.é",
    "half a character": "\ud800.a.b",
    "half a character and colons": "\ud800:a:b",
    "a header nested deep": base64.urlsafe_b64encode(b"[" * 2900).decode() + ".e30.x",
    "a payload nested deep": raw("[" * 2900),
    "a visitor's, cut": visitor_token()[:-1],
    "a visitor's, longer": visitor_token() + "x",
    "a visitor's, of another salt": signing.dumps(str(uuid.uuid4()), salt="password-reset"),
    "a visitor's, of another key": signing.dumps(str(uuid.uuid4()), salt=SALT, key="another key"),
    "a visitor's, too old": at_time(NOW - 91 * 86_400, visitor_token),
    "a visitor's number without its seal": str(uuid.uuid4()),
    "a visitor's seal on something else": signing.dumps({"pk": 1}, salt=SALT),
    "a visitor's token as a JWT": visitor_token().replace(":", "."),
    "another company's": signed(secret="somebody else's secret, also long enough"),
    "signed with nothing": raw(json.dumps({**CLAIMS, "exp": NOW + 60}), secret=""),
    "unsigned": jwt.encode({**CLAIMS, "exp": NOW + 60}, "", algorithm="none"),
    "unsigned, the name in capitals": raw(json.dumps({**CLAIMS, "exp": NOW + 60}), {"alg": "NONE"}),
    "HS512": signed(secret=SECRET * 2, algorithm="HS512"),
    "RS256 in the header, our seal": raw(json.dumps({**CLAIMS, "exp": NOW + 60}), {"alg": "RS256"}),
    "sealed with a public key": raw(json.dumps({**CLAIMS, "exp": NOW + 60}), secret="-----BEGIN PUBLIC KEY-----\nMIIB"),
    "a header that names the key's place": raw(json.dumps({**CLAIMS, "exp": NOW + 60}), {"alg": "RS256", "jku": "https://evil.example/"}),
    "a list of algorithms": raw(json.dumps({**CLAIMS, "exp": NOW + 60}), {"alg": ["HS256"]}),
    "a demand that we don't know": raw(json.dumps({**CLAIMS, "exp": NOW + 60}), {"alg": "HS256", "crit": ["x"]}),
    "expired": signed(exp=NOW - 1),
    "not yet": signed(nbf=NOW + 3600),
    "for somebody else's service": signed(aud="warehouse"),
    "without an end": signed(exp=None),
    "an end in a thousand years": signed(exp=NOW + 1000 * 365 * 86_400),
    "an end that is no number": signed(exp=str(NOW + 60)),
    "an endless end": raw('{"sub": "cus_alice", "exp": Infinity}'),
    "an end of 2,900 digits": raw('{"sub": "cus_alice", "exp": ' + "9" * 2900 + "}"),
    "nobody's": signed(sub=None),
    "an empty name": signed(sub=""),
    "a blank name": signed(sub="   "),
    "a name with blanks around": signed(sub=" cus_alice"),
    "a name with a zero in it": signed(sub="cus_alice\0"),
    "half a character as a name": raw(f'{{"sub": "\\ud800", "exp": {NOW + 60}}}'),
    "a number as a name": signed(sub=5),
    "a list as a name": signed(sub=["cus_alice"]),
    "a long name": signed(sub="x" * 121),
    "Alice under Mallory's seal": altered(signed(sub="cus_mallory"), sub="cus_alice"),
    "a later end under the old seal": altered(signed(exp=NOW - 1), exp=NOW + 60),
    "a list as claims": raw("[]"),
}  # fmt: skip


@pytest.mark.parametrize("token", NOBODY.values(), ids=NOBODY.keys())
def test_any_other_token_is_nobody(token: Any) -> None:
    """F1: missing, altered, expired, unsigned, another algorithm, another secret, another kind."""
    assert identify(token) is None


def test_the_tables_own_seals_are_good() -> None:
    """The twin: what makes the tokens above makes good ones too."""
    assert isinstance(identify(raw(json.dumps({**CLAIMS, "exp": int(time.time()) + 600}))), Known)
    assert isinstance(identify(at_time(NOW - 89 * 86_400, visitor_token)), Visitor)
    assert isinstance(identify(signed(exp=NOW + 29 * 86_400)), Known)
    assert len(NOBODY) >= 40


@pytest.mark.parametrize("claim", [{"email": ["x"]}, {"email": {"a": 1}}, {"name": 7}, {"name": "\0"}, {"email": None}])
def test_odd_words_beside_the_name_are_left_out(claim: dict[str, Any]) -> None:
    who = identify(signed(**claim))
    assert isinstance(who, Known)
    assert getattr(who, next(iter(claim))) == ""


def test_a_name_holds_nothing_that_can_not_be_seen() -> None:
    """E3, E6."""
    who = identify(signed(name="Al\u202eagl\u2066O\u200b\n Moreau\ufeff", email="a\u0000@example.com"))
    assert who == Known("cus_alice", "a@example.com", "AlaglO Moreau")
    assert identify(signed(name="\u0646\u06cc\u200c\u0645")) == Known(
        "cus_alice", CLAIMS["email"], "\u0646\u06cc\u200c\u0645"
    )


@pytest.mark.django_db
def test_whoever_takes_alices_address_is_not_alice() -> None:
    """F1: Mallory's company account says alice@example.com now. Who somebody is is the company's id, nothing else."""
    alice = cast.alice()
    says = cast.says(alice, "My secret")
    mallory = identify(signed(sub="cus_mallory", email="alice@example.com"))
    assert isinstance(mallory, Known)
    pk = customer(mallory)
    assert pk != alice.pk
    client = Client(HTTP_AUTHORIZATION=f"Bearer {signed(sub='cus_mallory', email='alice@example.com')}")
    assert client.get(f"/api/conversations/{says.public_id}/").status_code == 404
    changed = Client(HTTP_AUTHORIZATION=f"Bearer {signed(sub='cus_alice', email='new@example.com')}")
    assert changed.get(f"/api/conversations/{says.public_id}/").status_code == 200


@pytest.mark.django_db
def test_signing_in_does_not_inherit_the_visitors_words() -> None:
    """F1: nothing merges by itself; what a visitor wrote stays the visitor's."""
    visitor = identify(visitor_token())
    assert isinstance(visitor, Visitor)
    said = cast.says(Customer.objects.get(pk=customer(visitor)), "As a visitor")
    client = Client(HTTP_AUTHORIZATION=f"Bearer {signed()}")
    assert client.get(f"/api/conversations/{said.public_id}/").status_code == 404


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
    assert identify(token) == Known("cus_alice", "alice@example.com", "Alice Moreau", "standard")
    assert Client().post("/widget/demo-identity", {"who": "mallory@example.com"}).status_code == 404
    settings.HANDRAIL_DEMO = False
    assert Client().post("/widget/demo-identity", {"who": "alice@example.com"}).status_code == 404
    assert b"alice@example.com" not in Client().get("/").content


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["", "\0", "alice@example.com\0", "' or 1=1 --", "x" * 9000])
def test_the_demo_signs_for_no_odd_name(who: str) -> None:
    cast.alice()
    assert Client().post("/widget/demo-identity", {"who": who}).status_code == 404


@pytest.mark.django_db
def test_only_listed_sites_may_read_a_visitors_token(settings: Any) -> None:
    settings.HANDRAIL_WIDGET_ORIGINS = ["https://partner.example"]
    for origin, allowed in (("https://partner.example", True), ("https://evil.example", False), ("null", False)):
        answer = Client().post("/widget/visitor", headers={"Origin": origin})
        assert (answer.get("Access-Control-Allow-Origin") == origin) is allowed
        assert answer["Vary"] == "Origin"


@pytest.mark.django_db
def test_a_token_is_signed_for_the_customer_asked_for() -> None:
    assert identify(company_token(cast.mallory())) == Known("cus_mallory", "mallory@example.com", "Mallory", "standard")
