"""Every route, every method, every actor: what they get is declared here, and what isn't declared fails."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, path, reverse

from agents.models import ModelCall, Release
from conversations.identity import company_token, visitor_token
from conversations.models import Conversation, Customer, Pause
from knowledge.models import Check, ConfigVersion, Example, Gap, Incident
from tests import cast
from tests.approvals.writes import a_call, an_order, asked
from tests.console.conftest import handed_over
from tests.knowledge.shelf import publish_article

pytestmark = pytest.mark.django_db
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
SECRET: Final = "only Alice and the operators may read this"
STRANGERS: Final = ("nobody", "visitor", "alice", "mallory", "locked")
OPERATORS: Final = ("olga", "admin")
ASKS_ARTICLE: Final = ("agents:quoting", "evals:cases")
ASKS_WHICH: Final = ("agents:trace", "agents:write", "approvals:writes")
ACTORS: Final = (*STRANGERS, "shopper", *OPERATORS)

WITH_ARTICLE: Final = (
    "help:article",
    "help:vote",
    "help:topic",
    "knowledge:used",
    "knowledge:review-card",
    "knowledge:decide",
    *ASKS_ARTICLE,
)

# A cell: one status for every actor, or one for each kind.
Cell = int | dict[str, int]
READ: Final = ("GET", "HEAD")
SIGN_IN: Final = dict.fromkeys(STRANGERS, 302) | {"shopper": 403}
BEARER: Final = {"nobody": 401, "locked": 401, "shopper": 401, "olga": 401, "admin": 401}


def public(*methods: str) -> dict[str, Cell]:
    return {method: 200 if method in methods else 405 for method in METHODS}


def operators(allowed: dict[str, int], otherwise: int = 405) -> dict[str, Cell]:
    """Strangers are sent to sign in, whatever the method; the others learn that they may not."""
    return {m: SIGN_IN | dict.fromkeys(OPERATORS, allowed.get(m, otherwise)) for m in METHODS}


def customers(allowed: dict[str, Cell]) -> dict[str, Cell]:
    """Without a customer's token 401, whatever the method."""
    cells: dict[str, Cell] = {}
    for method in METHODS:
        mine = allowed.get(method, 405)
        each = mine if isinstance(mine, dict) else dict.fromkeys(("visitor", "alice", "mallory"), mine)
        cells[method] = BEARER | each
    return cells


# What the audit found: managers and editors of articles; an operator isn't one.
READERS: Final = operators({}) | {m: SIGN_IN | {"olga": 403, "admin": 200} for m in READ}
SEEN = dict.fromkeys(READ, 200)
OWNED = {"alice": 200, "mallory": 404, "visitor": 404}
TABLE: Final[dict[str, dict[str, Cell]]] = {
    "livez": public(*METHODS),
    "readyz": public(*METHODS),
    "schema": public("GET", "HEAD", "OPTIONS"),
    "widget:storefront": public("GET"),
    "widget:visitor": public("POST"),
    "widget:demo-identity": {**public(), "POST": 404},
    "demo-mails": {**public(), "POST": 404},
    "help:articles": public(*READ),
    "help:article": public(*READ),
    "help:topic": public(*READ),
    "help:vote": public() | {"POST": 400},
    "login": {**public("GET", "HEAD", "POST", "OPTIONS"), "PUT": 200},  # Django's own: a PUT is a POST
    "logout": {**public("OPTIONS"), "POST": 302},
    "console:inbox": operators({"GET": 200}),
    "console:components": operators({"GET": 200}),
    "console:conversation": operators({"GET": 200}),
    "console:lines": operators({"GET": 200}),
    "console:state": operators({"GET": 200}),
    "console:paused": operators({"GET": 200}),
    "console:reply": operators({"POST": 302}),
    "console:act": operators({"POST": 302}),
    "agents:trace": operators({"GET": 200, "HEAD": 200}),
    "agents:turn": operators({"GET": 404, "HEAD": 404}),
    "agents:shortage": operators({"GET": 200, "HEAD": 200}),
    "agents:state": operators({"GET": 200, "HEAD": 200}),
    "agents:write": operators({"GET": 200, "HEAD": 200}),
    "agents:preview-write": operators({"POST": 409}),
    "agents:do-write": operators({"POST": 409}),
    "agents:release": operators({"GET": 404, "HEAD": 404}),
    "agents:change": operators({"POST": 404}),
    "agents:unknown": operators({"GET": 200, "HEAD": 200}),
    "agents:settle-unknown": operators({"POST": 403})
    | {"POST": SIGN_IN | dict.fromkeys(OPERATORS, 403) | {"admin": 302}},
    "agents:clear-steering": operators({"POST": 302}),
    "agents:pauses": operators({"GET": 200, "HEAD": 200}),
    "agents:pause": operators({"POST": 302}),
    "agents:queued": operators({"GET": 200, "HEAD": 200}),
    "agents:resume": operators({"POST": 302}),
    "agents:workflows": operators({"GET": 200, "HEAD": 200}),
    "agents:workflow": operators({"GET": 200, "HEAD": 200}),
    "agents:sign-workflow": operators({"POST": 302}),
    "approvals:desk": operators({"GET": 200}),
    "approvals:writes": operators({"GET": 200}),
    "approvals:card": operators({"GET": 200}),
    "approvals:mark": operators({"GET": 200}),
    "approvals:critic": operators({"GET": 200}),
    "approvals:why": operators({"GET": 200}),
    "approvals:decide": operators({"POST": 409}),
    "approvals:stop": operators({"POST": 302}),
    "approvals:reject": operators({"POST": 302}),
    "approvals:look": operators({"POST": 200}),
    "approvals:ask": operators({"POST": 409}),
    "agents:quoting": operators({"GET": 200, "HEAD": 200}),
    "evals:cases": operators({"GET": 200, "HEAD": 200}),
    "knowledge:console": READERS,
    "knowledge:used": READERS,
    "knowledge:review": READERS,
    "knowledge:review-card": READERS,
    "knowledge:decide": operators({"POST": 403}) | {"POST": SIGN_IN | {"olga": 403, "admin": 302}},
    "knowledge:settle": operators({"POST": 403}) | {"POST": SIGN_IN | {"olga": 403, "admin": 404}},
    "api:messages": customers({"POST": 400, "OPTIONS": 200}),
    "api:thread": customers({**dict.fromkeys(READ, OWNED), "OPTIONS": 200}),
}
# The stock admin: who isn't staff is sent to sign in, who is needs Django's permission for the model.
ADMIN_OPEN: Final = {"admin:login": 200, "admin:logout": 302}
ADMIN_FOR_ALL_STAFF: Final = {"admin:index", "admin:jsi18n", "admin:password_change", "admin:password_change_done"}
ADMIN_WITHOUT_RIGHTS: Final = {"admin:app_list": 404, "admin:autocomplete": 403, "admin:view_on_site": 404}
ADMIN_MODELS: Final = {
    "auth_group", "auth_user", "knowledge_article", "knowledge_configversion", "knowledge_check", "knowledge_gap",
    "knowledge_incident", "knowledge_example", "agents_release", "agents_modelcall",
}  # fmt: skip
ADMIN_PAGES: Final = {
    "admin:auth_user_password_change",
    "admin:knowledge_configversion_review",
    "admin:knowledge_configversion_text",
    "admin:knowledge_configversion_upload",
    "admin:agents_release_standing",
}


def walk(
    patterns: list[URLPattern | URLResolver], space: str = "", prefix: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    """(name with its namespace, or the bare address; pattern) of every route there is."""
    for entry in patterns:
        where = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from walk(entry.url_patterns, inner, where)
        else:
            yield (f"{space}{entry.name}" if entry.name else where), entry


def undeclared(patterns: list[URLPattern | URLResolver]) -> set[str]:
    names = {name for name, _ in walk(patterns)}
    models = {f"admin:{m}_{act}" for m in ADMIN_MODELS for act in ("changelist", "add", "history", "delete", "change")}
    loose = {name for name in names if name.startswith("admin/")}  # the admin's nameless redirects and catch-all
    return (
        names
        - set(TABLE)
        - models
        - loose
        - ADMIN_PAGES
        - set(ADMIN_OPEN)
        - ADMIN_FOR_ALL_STAFF
        - set(ADMIN_WITHOUT_RIGHTS)
    )


def test_every_route_is_declared() -> None:
    assert undeclared(get_resolver().url_patterns) == set()
    assert set(TABLE) <= {name for name, _ in walk(get_resolver().url_patterns)}


def test_a_route_that_is_not_declared_is_found() -> None:
    """The twin."""
    assert undeclared([*get_resolver().url_patterns, path("leak/", lambda r: None, name="leak")]) == {"leak"}
    assert undeclared([path("leak/", lambda r: None)]) == {"leak/"}


@pytest.fixture
def alices(db: None) -> Conversation:
    return handed_over(cast.alice(), SECRET)


@pytest.fixture
def actors(alices: Conversation) -> dict[str, Client]:
    found = {name: Client(raise_request_exception=True) for name in ACTORS}
    tokens = {
        "visitor": visitor_token(),
        "alice": company_token(cast.alice()),
        "mallory": company_token(cast.mallory()),
    }
    for name, token in tokens.items():
        found[name].defaults["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    found["shopper"].force_login(User.objects.create(username="shopper"))
    found["olga"].force_login(cast.olga())
    found["admin"].force_login(User.objects.create(username="admin", is_staff=True, is_superuser=True))
    locked = User.objects.create(username="locked", is_staff=True, is_superuser=True)
    found["locked"].force_login(locked)
    User.objects.filter(pk=locked.pk).update(is_active=False)
    return found


def address_of(name: str, conversation: Conversation, article: str) -> str:
    write = asked(a_call(conversation, an_order(), 6000, people=1, role="operator"))
    held = Pause.objects.create(scope="writes", paused_by=cast.olga(), why="odd")
    names: dict[str, dict[str, Any]] = {
        "help:article": {"slug": article},
        "help:vote": {"slug": article},
        "help:topic": {"topic": "returns"},
        "knowledge:used": {"slug": article},
        "knowledge:review-card": {"slug": article},
        "knowledge:decide": {"slug": article},
        "knowledge:settle": {"pk": 1},
        "agents:turn": {"turn_id": uuid.uuid4()},
        "agents:queued": {"pk": held.pk},
        "agents:resume": {"pk": held.pk},
        "console:act": {"name": "take_over"},
        "agents:workflow": {"name": "refund"},
        "agents:settle-unknown": {"key": "abc"},
        "agents:sign-workflow": {"name": "refund"},
        "agents:preview-write": {"deed": "apply_credit"},
        "approvals:why": {"key": write.call.key},
        "approvals:stop": {"key": write.call.key},
        "approvals:card": {"public_id": write.public_id},
        "approvals:decide": {"public_id": write.public_id},
        "approvals:look": {"public_id": write.public_id},
        "approvals:ask": {"public_id": write.public_id},
    }
    given = names.get(name, {})
    about = {"public_id": conversation.public_id}
    needs = {"api:thread", "agents:state", "agents:do-write", "agents:preview-write", "agents:clear-steering"} | {
        f"console:{n}" for n in ("conversation", "lines", "state", "reply", "act")
    }
    found = reverse(name, kwargs=given | about if name in needs else given)
    if name in ASKS_ARTICLE:
        return f"{found}?article={article}"
    return f"{found}?conversation={conversation.public_id}" if name in ASKS_WHICH else found


def ask(client: Client, method: str, address: str) -> Any:
    body = json.dumps({}) if address.startswith("/api/") and method == "POST" else ""
    return client.generic(method, address, body, content_type="application/json")


@pytest.mark.parametrize("name", list(TABLE))
def test_every_route_answers_every_actor_as_declared(
    name: str, actors: dict[str, Client], alices: Conversation, settings: Any
) -> None:
    """F2, G6: two customers, an operator, an administrator, and those who are nobody here."""
    settings.HANDRAIL_DEMO = True
    if name in WITH_ARTICLE:
        publish_article("delivery", "It takes two days.")
    address = address_of(name, alices, "delivery")
    got, wanted = {}, {}
    for actor, client in actors.items():
        for method in METHODS:
            if name == "logout" and method == "POST" and actor in OPERATORS:
                continue  # it would end the walk for them; tests/console/test_signin.py signs out
            answer = ask(client, method, address)
            cell = TABLE[name][method]
            got[actor, method] = answer.status_code
            wanted[actor, method] = cell if isinstance(cell, int) else cell[actor]
            may_read = actor in OPERATORS or (name == "api:thread" and actor == "alice")
            assert may_read or SECRET not in answer.content.decode(), (actor, method)
    assert {key: value for key, value in got.items() if value != wanted[key]} == {}


def admin_routes() -> list[str]:
    return sorted({name for name, _ in walk(get_resolver().url_patterns) if name.startswith("admin:")})


@pytest.fixture
def things(db: None) -> dict[str, int]:
    """One row of each model that the admin shows."""
    text = ConfigVersion.objects.create(kind="policy", number=1, body="a: 1")
    article = publish_article("delivery", "It takes two days.")
    made = {"auth_group": Group.objects.create(name="g"), "auth_user": cast.olga(), "knowledge_article": article}
    release = Release.objects.create(number=1, pins={})
    talk = Conversation.objects.create(customer=Customer.objects.create())
    asked = {"conversation": talk, "turn_id": uuid.uuid4(), "question": "How much?"}
    rows = {
        **made,
        "knowledge_configversion": text,
        "knowledge_check": Check.objects.create(version=article.current, **asked),
        "knowledge_gap": Gap.objects.create(key="k", intent="product_question", confidence=100, **asked),
        "knowledge_incident": Incident.objects.create(title="The app is slow"),
        "knowledge_example": Example.objects.create(messages=[{"by": "customer", "text": "Thanks."}]),
        "agents_release": release,
        "agents_modelcall": ModelCall.objects.create(
            role="triage", started=datetime.now(UTC), ms=1, priced_on="2026-11-01"
        ),
    }
    return {name: int(row.pk) for name, row in rows.items()}


def admin_address(name: str, things: dict[str, int]) -> str:
    own = [pk for model, pk in things.items() if name.startswith(f"admin:{model}_")]
    for args in ([], own, ["knowledge"], [1, 1]):
        try:
            return reverse(name, args=args)
        except NoReverseMatch:
            continue
    raise AssertionError(f"{name} has no address")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_admin_answers_every_actor_as_declared(
    method: str, actors: dict[str, Client], things: dict[str, int]
) -> None:
    got, wanted = {}, {}
    for name in admin_routes():
        address = admin_address(name, things)
        for actor in (*STRANGERS, "shopper"):
            got[actor, name] = actors[actor].generic(method, address).status_code
            wanted[actor, name] = ADMIN_OPEN.get(name, 302)
        if name not in ADMIN_OPEN and name not in ADMIN_FOR_ALL_STAFF:
            got["olga", name] = actors["olga"].generic(method, address).status_code
            wanted["olga", name] = ADMIN_WITHOUT_RIGHTS.get(name, 403)
    if method == "POST":
        wanted["olga", "admin:autocomplete"] = 405
    assert {key: value for key, value in got.items() if value != wanted[key]} == {}


EDITED: Final = {"article", "incident"}  # what editors write; they read and settle the rest
SHOWN: Final = {"article", "incident", "check", "gap", "example"}


def test_an_editor_of_articles_opens_every_page_of_the_knowledge(things: dict[str, int]) -> None:
    """In the admin and in the console; an operator none of them, see above and READERS."""
    shown = {model._meta.model_name for model in admin.site._registry if model._meta.app_label == "knowledge"}
    assert shown == SHOWN | {"configversion"}  # the policy is for its own editors
    editor, got, wanted = cast.someone("kim", "Knowledge editors"), {}, {}
    for model in SHOWN:
        for act, args in (("changelist", []), ("add", []), ("change", [things[f"knowledge_{model}"]])):
            page = reverse(f"admin:knowledge_{model}_{act}", args=args)
            got[page] = editor.get(page).status_code
            wanted[page] = 200 if act != "add" or model in EDITED else 403
    for name, args in (("knowledge:console", []), ("knowledge:used", ["delivery"]), ("agents:unknown", [])):
        page = reverse(name, args=args)
        got[page], wanted[page] = editor.get(page).status_code, 200
    assert got == wanted
    article = editor.get(reverse("admin:knowledge_article_change", args=[things["knowledge_article"]])).content.decode()
    assert "delivery" in article
    assert 'id="versions-group"' in article, "its versions are listed"
    assert editor.get(reverse("admin:knowledge_configversion_changelist")).status_code == 403


def test_an_operator_sees_no_model_in_the_admin(actors: dict[str, Client]) -> None:
    page = actors["olga"].get("/admin/").content.decode()
    assert "/admin/auth/user/" not in page
    assert "/admin/knowledge/" not in page
    assert "/admin/auth/user/" in actors["admin"].get("/admin/").content.decode()
