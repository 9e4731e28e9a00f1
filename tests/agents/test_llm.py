"""The one door to models: what leaves, what comes back, what it costs, and what is kept of it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import structlog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from hypothesis import given
from hypothesis import settings as trials
from hypothesis import strategies as st

from agents.brain import Sight
from agents.llm import gateway, ledger, models, prices
from agents.llm.redact import Lifting, covered, left
from agents.llm.shapes import Account, Kind, ModelError, Request, Said, Stop, ToolSpec, ToolUse, Usage, Who
from agents.models import ModelCall, ModelDay, Spend
from agents.roles import slots
from config.models import DEFAULTS, by_role
from tests.house import House
from tests.scripted import MODEL, answer, scripted
from tests.standins import KEY, Server, standin, standin_server

__all__ = ["standin", "standin_server"]

ROOT = Path(__file__).resolve().parents[2]
Patch = pytest.MonkeyPatch
CARD, IBAN, SSN = "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00", "536-22-1234"
MAIL, PHONE, THEIRS = "alice@example.com", "+1 802 555 0150", "mallory@example.net"
NOW = datetime(2026, 11, 21, tzinfo=UTC)


def request(*said: Said, **changes: Any) -> Request:
    given: dict[str, Any] = {
        "role": "resolution", "model": MODEL, "system": ("Be kind.",), "max_tokens": 100, "seconds": 5.0,
        "messages": said or (Said(Who.CUSTOMER, "Hello"),),
    }  # fmt: skip
    return Request(**(given | changes))


# what leaves -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_personal_data_stays_in_the_house(standin: Server) -> None:
    """The bodies that the provider has received are searched."""
    said = f"I am {MAIL}, call {PHONE}. My card {CARD}, my account {IBAN}, my number {SSN}."
    gateway.ask(
        request(
            Said(Who.CUSTOMER, said),
            Said(Who.AGENT, f"Is {MAIL} right?"),
            Said(Who.RECORDS, json.dumps({"contact": THEIRS, "name": "Mallory Moss", "order": "W2378156"})),
            system=("Be kind.", f"The customer: Alice Abel, {MAIL}"),
            model="anthropic:claude-haiku-5-5",
            own=(MAIL,),
        ),
        Account(),
    )
    [heard] = standin.heard
    for raw in (MAIL, PHONE, CARD, IBAN, SSN, THEIRS):
        assert raw not in heard["raw"]
        assert raw not in json.dumps(heard["headers"])
    for kept in ("Mallory Moss", "Alice Abel", "W2378156", "I am [EMAIL_1], call [PHONE_1]", "Is [EMAIL_1] right?"):
        assert kept in heard["raw"]
    row = ModelCall.objects.get()
    assert MAIL not in json.dumps([row.request, row.reply])


WORDS = st.text(st.sampled_from("abcdefgh ,.;:!?\n'\"äß"), max_size=12)
MAILS = st.from_regex(r"[a-z]{1,8}(\.[a-z]{1,5})?@[a-z]{2,8}\.(com|org|de)", fullmatch=True)
CARDS = st.sampled_from([CARD, "4111111111111111", "5500-0000-0000-0004", "378282246310005"])
PHONES = st.from_regex(r"\+1 [2-9][0-9]{2} 555 [0-9]{4}|\([2-9][0-9]{2}\) 555-[0-9]{4}", fullmatch=True)
SPICED = st.lists(st.one_of(WORDS, MAILS, CARDS, PHONES), min_size=1, max_size=8).map(" ".join)


@trials(max_examples=60, deadline=None, database=None)
@given(st.lists(st.tuples(st.sampled_from(Who), SPICED), min_size=1, max_size=4), SPICED)
def test_no_card_address_or_phone_ever_leaves(said: list[tuple[Who, str]], system: str) -> None:
    outgoing, veil = covered(request(*(Said(who, text) for who, text in said), system=(system,)))
    out = "\n".join([*outgoing.system, *(one.text for one in outgoing.messages)])
    assert "@" not in out
    assert not re.search(r"\d{4}", re.sub(r"\[[A-Z]+_\d+\]", "", out).replace(" ", "").replace("-", ""))
    for (who, before), after in zip(said, outgoing.messages, strict=True):
        if who is Who.CUSTOMER:
            assert re.sub(r"\W", "", veil.lift(after.text)).casefold() == re.sub(r"\W", "", before).casefold()


def test_a_card_among_other_figures_is_found_by_its_groups() -> None:
    said = Said(Who.CUSTOMER, f"+1 802 555 0150 {CARD} 2026 3782 822463 10005, but 4111 1111 1111 1112")
    out = covered(request(said))[0].messages[0].text
    assert out.startswith("[PHONE_1] [CARD_1] 2026 [CARD_2], but ")
    out = covered(request(Said(Who.CUSTOMER, f"+1 200 555 4073 {CARD}")))[0].messages[0].text
    assert not re.search(r"\d{4}", out), "4073 4111 1111 1111 is a card's number too"


def test_the_same_value_has_the_same_placeholder() -> None:
    outgoing, _ = covered(
        request(
            Said(Who.CUSTOMER, f"{MAIL} and {THEIRS}"),
            Said(Who.RECORDS, f"{MAIL.upper()}; {CARD}; {CARD.replace(' ', '')}"),
        )
    )
    assert [one.text for one in outgoing.messages] == ["[EMAIL_1] and [EMAIL_2]", "[EMAIL_1]; [CARD_1]; [CARD_1]"]


def test_order_numbers_stay_even_where_they_look_like_a_phone_number() -> None:
    said = Said(Who.CUSTOMER, "Order 802-555-0150, please.")
    assert covered(request(said))[0].messages[0].text == "Order [PHONE_1], please."  # the twin
    outgoing, _ = covered(request(said, keep=("802-555-0150",)))
    assert outgoing.messages[0].text == said.text
    assert (outgoing.keep, outgoing.own) == ((), ())


# what comes back ---------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_only_the_customers_own_values_come_back() -> None:
    said = (Said(Who.CUSTOMER, f"Use {MAIL}"), Said(Who.RECORDS, f"Last buyer: {THEIRS}; on file: {PHONE}"))
    with scripted("To [EMAIL_1] or [EMAIL_2], by [PHONE_1]; never [EMAIL_7]."):
        reply = gateway.ask(request(*said, own=(PHONE,)), Account())
    assert reply.text == f"To {MAIL} or [EMAIL_2], by {PHONE}; never [EMAIL_7]."
    assert reply.hidden == ("[EMAIL_2]", "[EMAIL_7]")


@pytest.mark.django_db
def test_they_come_back_in_figures_and_calls_too() -> None:
    text = {"type": "string"}
    schema = {"type": "object", "properties": {"to": {"type": "array", "items": text}}, "required": ["to"]}
    said = Said(Who.CUSTOMER, f"Write to {MAIL}, not {THEIRS}")
    with scripted({"to": ["[EMAIL_1]", "x"]}):
        reply = gateway.ask(request(said, output=schema), Account())
    assert (reply.data, reply.hidden) == ({"to": [MAIL, "x"]}, ())
    tool = ToolSpec("get_customer", "", {"type": "object", "properties": {"email": text}})
    with scripted(answer("", ToolUse("1", "get_customer", {"email": "[EMAIL_1]"}))):
        [call] = gateway.ask(request(said, tools=(tool,)), Account()).calls
    assert call.input == {"email": MAIL}


def test_a_placeholder_that_comes_in_pieces_is_put_back_whole() -> None:
    _, veil = covered(request(Said(Who.CUSTOMER, f"{MAIL} [note]")))
    text = "Sent to [EMAIL_1]. [See] above, [EMAIL_2] and [EMAIL_1"
    for size in range(1, 20):
        heard: list[str] = []
        lifting = Lifting(veil, heard.append)
        for start in range(0, len(text), size):
            lifting(text[start : start + size])
        lifting.end()
        assert "".join(heard) == text.replace("[EMAIL_1].", f"{MAIL}.")
    assert left([text]) == ("[EMAIL_1]", "[EMAIL_2]")


@pytest.mark.django_db
def test_a_stream_says_what_the_reply_says() -> None:
    heard: list[str] = []
    with scripted(f"I wrote to [EMAIL_1]. {'More. ' * 5}"):
        reply = gateway.stream(request(Said(Who.CUSTOMER, MAIL)), Account(), heard.append)
    assert "".join(heard) == reply.text
    assert MAIL in reply.text


@pytest.mark.django_db
def test_who_listens_may_have_had_enough() -> None:
    def enough(_: str) -> None:
        raise KeyboardInterrupt

    with scripted("One of many words."), pytest.raises(KeyboardInterrupt):
        gateway.stream(request(), Account(), enough)
    row = ModelCall.objects.get()
    assert (row.error, row.detail, row.certain) == ("unavailable", "given up here", False)
    assert row.cost_micros == ModelDay.objects.get().cost_micros > 0


@pytest.mark.django_db
def test_a_role_reads_the_address_that_the_customer_has_just_typed() -> None:
    """It is quoted among what is on record, and stays the customer's own all the same; an order's number stays."""
    sight = Sight("", f"Order 802-555-0150, I am {MAIL}", customer={"own_ids": ["802-555-0150"]})
    said = {"found": [{"name": "email", "words": "[EMAIL_1]"}]}
    with scripted(said) as provider:
        found = slots.fill_slots(sight, MODEL, lambda asked: gateway.ask(asked, Account()), {})
    assert (found["email"].value, found["email"].raw) == (MAIL, MAIL)
    assert "Order 802-555-0150, I am [EMAIL_1]" in provider.asked[0].messages[-1].text


# what it costs -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "usage", "micros"),
    [
        ("claude-haiku-5-5", Usage(input=1000, output=100), 150),
        ("claude-sonnet-5-5", Usage(input=1000, output=100), 3000),
        ("claude-sonnet-5-5", Usage(input=1000, output=100, cache_read=10_000), 4000),
        ("claude-sonnet-5-5", Usage(input=1000, output=100, cache_write=1000), 5500),
        ("claude-haiku-5-5", Usage(input=200_000), 100_000),  # a long prompt has another price
        ("claude-haiku-5-5", Usage(output=1), 1),  # half of one, rounded up
    ],
)
def test_a_call_costs_what_the_list_says(model: str, usage: Usage, micros: int) -> None:
    assert prices.price("anthropic", model, usage, NOW) == prices.Price(micros, known=True)


def test_prices_have_dates() -> None:
    long = Usage(input=300_000)
    before, after = (
        prices.price("anthropic", "claude-sonnet-4-6", long, at).micros for at in (NOW - timedelta(300), NOW)
    )
    assert (before, after) == (1_800_000, 900_000)


def test_an_unknown_model_costs_its_providers_dearest() -> None:
    usage = Usage(input=1000, output=1000)
    known = [prices.price("anthropic", name, usage, NOW).micros for name in ("claude-opus-4-1", "claude-fable-5")]
    with structlog.testing.capture_logs() as lines:
        found = prices.price("anthropic", "of-tomorrow", usage, NOW)
    assert (found.known, found.micros) == (False, max(known))
    assert prices.price("nobody", "of-tomorrow", usage, NOW).micros >= found.micros
    assert [(line["event"], line["model"]) for line in lines] == [("model_price_unknown", "of-tomorrow")]


def spent(pk: int) -> tuple[int, int, int]:
    row = Spend.objects.get(conversation=pk)
    return row.tokens, row.cost_micros, ModelDay.objects.get().cost_micros


def test_a_call_is_reserved_and_what_it_did_not_take_comes_back(small_house: House) -> None:
    pk = small_house.says(small_house.alice(), "Hello").conversation_id
    during: list[tuple[int, int, int]] = []

    def look(_: Request) -> str:
        return "Good day."

    with scripted(look) as provider:
        ask_provider = provider.ask
        provider.ask = lambda *given: (during.append((1, 1, 1)), ask_provider(*given))[1]  # type: ignore[method-assign]
        gateway.ask(request(), Account(pk, uuid4()))
    assert len(during) == 1
    assert spent(pk) == (120, 20, 20)
    row = ModelCall.objects.get()
    assert (row.conversation, row.cost_micros, row.priced_on, row.certain) == (pk, 20, row.started.date(), True)
    assert row.price_list.startswith("genai-prices ")


def test_a_call_that_took_more_than_was_reserved_is_counted_whole(small_house: House) -> None:
    """Caps are never passed by more than this one step."""
    pk = small_house.says(small_house.alice(), "Hello").conversation_id
    with scripted(answer("Good day.", usage=Usage(input=50_000, output=1000))) as provider:
        gateway.ask(request(), Account(pk))
        assert spent(pk) == (51_000, 5500, 5500)
        with pytest.raises(ModelError, match="over_budget: token-cap"):
            gateway.ask(request(), Account(pk))
    assert len(provider.asked) == 1
    assert spent(pk) == (51_000, 5500, 5500)


@pytest.mark.parametrize(
    ("cap", "reason"),
    [
        ("max_cost_micros", "cost-cap"),
        ("max_conversation_cost_micros", "conversation-cost-cap"),
        ("max_conversation_tokens", "conversation-token-cap"),
        ("max_day_cost_micros", "day-cost-cap"),
    ],
)
def test_past_a_cap_nobody_is_asked(small_house: House, monkeypatch: Patch, cap: str, reason: str) -> None:
    pk = small_house.says(small_house.alice(), "Hello").conversation_id
    with scripted("Good day.") as provider:
        gateway.ask(request(), Account(pk))  # the twin
        monkeypatch.setitem(settings.HANDRAIL, cap, 100)
        with pytest.raises(ModelError) as raised:
            gateway.ask(request(), Account(pk))
    assert (raised.value.kind, raised.value.detail, len(provider.asked)) == (Kind.OVER_BUDGET, reason, 1)
    assert spent(pk) == (120, 20, 20)


@pytest.mark.django_db
def test_a_failure_costs_what_the_provider_counted() -> None:
    sure = ModelError(Kind.REFUSED, "refusal", usage=Usage(input=100, output=2))
    for error, cost, certain in ((sure, 11, True), (ModelError(Kind.BAD_REQUEST), 0, True)):
        with scripted(error), pytest.raises(ModelError):
            gateway.ask(request(), Account())
        row = ModelCall.objects.latest("pk")
        assert (row.cost_micros, row.certain, row.error) == (cost, certain, error.kind.value)
    assert ModelDay.objects.get().cost_micros == 11


@pytest.mark.django_db
def test_an_answer_that_is_refused_here_is_paid_for_and_kept() -> None:
    with scripted("No JSON."), pytest.raises(ModelError, match="malformed"):
        gateway.ask(request(output={"type": "object"}), Account())
    row = ModelCall.objects.get()
    assert (row.error, row.cost_micros, row.reply) == (
        "malformed",
        20,
        {"text": "No JSON.", "calls": [], "stop": "end"},
    )


@pytest.mark.django_db
def test_a_schema_with_a_fraction_is_refused_before_anybody_is_asked() -> None:
    with scripted("{}") as provider, pytest.raises(ModelError, match="bad_request"):
        gateway.ask(request(output={"type": "number", "maximum": 0.5}), Account())
    assert provider.asked == []


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["\0", "half \ud83d of one", "x" * 1601])
def test_whatever_a_model_writes_can_be_kept(text: str) -> None:
    with scripted(text):
        try:
            gateway.ask(request(), Account())
        except ModelError as error:
            assert len(text) > 1600, error  # noqa: PT017
    assert ModelCall.objects.count() == 1


# what is kept ------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_what_was_said_is_forgotten_and_the_figures_stay() -> None:
    with scripted("Good day."):
        gateway.ask(request(), Account())
        gateway.ask(request(), Account())
    old, new = ModelCall.objects.order_by("pk")
    assert old.digest == new.digest
    ModelCall.objects.filter(pk=old.pk).update(started=old.started - timedelta(days=31))
    assert (ledger.forget(), ledger.forget()) == (1, 0)
    old, new = ModelCall.objects.order_by("pk")
    assert (old.request, old.reply, old.cost_micros) == (None, None, 20)
    assert new.request is not None
    assert new.reply == {"text": "Good day.", "calls": [], "stop": Stop.END.value}


def told(*arguments: str) -> tuple[str, Any]:
    out = StringIO()
    call_command("models", *arguments, "--json", stdout=out)
    return out.getvalue(), json.loads(out.getvalue().splitlines()[-1])


@pytest.mark.django_db
def test_the_ledger_tells_what_was_spent() -> None:
    with scripted("Good day.", "Good day.", ModelError(Kind.BAD_REQUEST)):
        gateway.ask(request(), Account())
        gateway.ask(request(role="triage"), Account())
        with pytest.raises(ModelError):
            gateway.ask(request(role="triage"), Account())
    text, found = told("ledger", "--days", "1")
    assert [(row["role"], row["calls"], row["failed"], row["cost_micros"]) for row in found["rows"]] == [
        ("resolution", 1, 0, 20),
        ("triage", 2, 1, 20),
    ]
    assert found["cost_micros"] == 40
    assert "0.000040 USD in 1 days." in text
    with pytest.raises(SystemExit):
        told("ledger", "--days", "0")


@pytest.mark.django_db
def test_the_smoke_asks_every_role_once(standin: Server) -> None:
    standin.standin.script = {"*": {"ready": True}}
    _, found = told("smoke")
    assert [row["role"] for row in found["roles"]] == sorted(settings.HANDRAIL_MODELS)
    assert {row["error"] for row in found["roles"]} == {None}
    assert len(standin.heard) == len(found["roles"])
    assert found["cost_micros"] == sum(ModelCall.objects.values_list("cost_micros", flat=True)) > 0
    standin.fails("401")
    with pytest.raises(SystemExit):
        told("smoke")


def test_without_a_key_the_smoke_says_that_it_was_skipped(monkeypatch: Patch) -> None:
    monkeypatch.setattr(settings, "ANTHROPIC_API_KEY", "")
    text, found = told("smoke")
    assert text.startswith("Skipped: ")
    assert (found["skipped"], found["roles"], found["cost_micros"]) == (text.splitlines()[0], [], 0)
    assert text.splitlines()[0].count(".") == 2


# which model -------------------------------------------------------------------------------------------------------


def test_each_role_has_a_model_and_settings_change_it(monkeypatch: Patch) -> None:
    """D12, S2-20."""
    assert by_role("") == DEFAULTS
    changed = by_role("critic=anthropic:claude-opus-5-5, slots=")
    assert changed["critic"] == "anthropic:claude-opus-5-5"
    assert set(DEFAULTS) - set(changed) == {"slots"}
    for wrong in ("critic", "critic=opus", "judge=anthropic:x", "critic=:x", "critic=anthropic:"):
        with pytest.raises(ImproperlyConfigured, match="the roles are"):
            by_role(wrong)
    monkeypatch.setattr(settings, "HANDRAIL_MODELS", changed)
    assert models.of("critic") == "anthropic:claude-opus-5-5"
    with pytest.raises(ModelError, match="not_configured"):
        models.of("slots")


def test_every_default_model_has_a_price() -> None:
    for model in DEFAULTS.values():
        provider, _, name = model.partition(":")
        assert prices.price(provider, name, Usage(input=1), NOW).known


def importers(name: str) -> set[str]:
    """Files of ours that import a package, wherever in them they do."""
    apps = ("config", "evals", "packs", "agents", "approvals", "tools", "knowledge", "conversations")
    files = [path for app in apps for path in (ROOT / app).rglob("*.py")]
    line = re.compile(rf"^\s*(?:from|import) {name}\b", re.MULTILINE)
    return {path.relative_to(ROOT).as_posix() for path in files if line.search(path.read_text(encoding="utf-8"))}


def test_one_file_knows_the_providers_sdk() -> None:
    assert importers("anthropic") == {"agents/llm/anthropic.py"}
    assert importers("httpx2") <= {"agents/llm/anthropic.py", "agents/llm/wire.py"}
    assert importers("genai_prices") == {"agents/llm/prices.py"}
    assert "tools/gateway.py" in importers("stamina")  # it finds what is there


@pytest.mark.django_db
def test_neither_a_key_nor_a_customers_words_are_logged(standin: Server) -> None:
    standin.fails("401")
    said = Said(Who.CUSTOMER, "secret words")
    with structlog.testing.capture_logs() as lines, pytest.raises(ModelError) as raised:
        gateway.ask(request(said, model="anthropic:claude-haiku-5-5"), Account())
    assert [line["event"] for line in lines] == ["model_failed"]
    for text in (json.dumps(lines), str(raised.value), repr(raised.value)):
        assert KEY not in text
        assert "secret words" not in text
    assert KEY not in json.dumps(ModelCall.objects.get().request)
