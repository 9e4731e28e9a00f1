"""What models are told, what they answer, and what becomes of it."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings

from agents.brain import Sight
from agents.llm.shapes import Kind, Request, Stop, ToolUse, Who
from agents.models import ModelCall, Step, Turn
from agents.replay import replay
from agents.roles import critic, edge, intent, knowledge, look, packet, prompts, resolution, slots, triage
from agents.roles.base import Role, tokens
from agents.roles.knowledge import Held
from agents.roles.recap import shown
from agents.state import ConversationState
from agents.state import in_turn as state_of
from conversations import outbox
from conversations.clock import business_now
from knowledge.models import ArticleVersion
from tests.house import House
from tests.modelled import CALM, SURE, asked_of, down, modelled, task
from tests.scripted import answer

ROLES = (critic, edge, intent, knowledge, look, packet, resolution, slots, triage)


# prompts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", prompts.names())
def test_a_prompt_states_no_rule_that_stands_nowhere_else(name: str) -> None:
    """S4-05, D9."""
    assert list(prompts.unbacked(name)) == []


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Refunds over 50 USD are not for you.", "50"),
        ("You may change an address.", "may"),
        ("Never speak of competitors.", "Never"),
        ("Be kind. <!-- backed: agents.guards.nowhere.check -->", "isn't there"),
        ("Be kind. <!-- backed: ZZZ-9 -->", "isn't there"),
        ("Be kind. <!-- backed: policy:confidence.nothing -->", "isn't there"),
    ],
)
def test_one_that_does_is_named(text: str, word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompts, "source", lambda _: f"Be kind.\n\n{text}\n")
    (found,) = prompts.unbacked("made up")
    assert word in found


def test_each_role_has_its_prompt_and_notes_are_not_sent() -> None:
    assert {one.ROLE.name for one in ROLES} | {prompts.MANNERS} == set(prompts.names())
    for one in ROLES:
        assert "backed:" not in prompts.of(one.ROLE.name)
        assert "<!--" not in prompts.of(one.ROLE.name)


def test_one_byte_makes_another_version(monkeypatch: pytest.MonkeyPatch) -> None:
    before = prompts.version("intent")
    text = prompts.source("intent")
    prompts.of.cache_clear()
    monkeypatch.setattr(prompts, "source", lambda _: text.replace("wants", "wishes", 1))
    assert prompts.version("intent") != before
    prompts.of.cache_clear()


# what a role is shown ----------------------------------------------------------------------------------------------


def work(count: int = 3) -> Any:
    messages = [
        {"seq": n, "author": "customer" if n % 2 else "agent", "text": f"word {n}", "at": f"2026-05-01T10:{n:02}:00"}
        for n in range(1, count + 1)
    ]
    return SimpleNamespace(
        messages=messages,
        public_id="c-1",
        in_line=False,
        customer={"ref": "C-1", "first_name": "Alice", "tier": "premium", "email": "alice@example.com"},
    )


ACCOUNT = {"subscription_status": "active", "plan": "Plus", "email": "alice@example.com"}


def sight(count: int = 3, **more: Any) -> Sight:
    state = state_of(work(count), intents=["order_status"], tools=["get_order"], account=ACCOUNT)
    given = {"prompt": "You answer for Acme. [canary]", "text": f"word {count}", "state": state}
    return Sight(**(given | {"customer": work().customer} | more))


def test_the_state_has_exactly_the_keys_of_the_contract() -> None:
    """S2-03."""
    assert [field.name for field in fields(ConversationState)] == [
        "customer_id", "conversation_id", "customer_name", "detected_intents", "account_info", "conversation_history",
        "tools_executed", "escalation_pending", "escalation_reason", "created_at", "last_updated",
    ]  # fmt: skip
    state = state_of(work())
    assert [set(entry) for entry in state.conversation_history] == [{"role", "content", "timestamp"}] * 3
    assert (state.created_at, state.last_updated) == ("2026-05-01T10:01:00", "2026-05-01T10:03:00")


def test_a_role_is_told_manners_who_asks_and_the_talk() -> None:
    """S2-06, S2-07: the stable text first, then the company, then who asks; records and the question come last."""
    request = resolution.ROLE.request(sight(), "m", "Say it.", records=[{"order": "A-1"}])
    assert request.system == (
        prompts.of("resolution"),
        "You answer for Acme. [canary]",
        "Customer: Alice\nAccount: plan Plus, subscription status active, tier premium\nSeems to want: order_status\nLooked up so far: get_order\n"
        "With a person: no",
    )
    assert [(said.who, said.text) for said in request.messages] == [
        (Who.CUSTOMER, "word 1"),
        (Who.AGENT, "word 2"),
        (Who.RECORDS, '{"order": "A-1"}'),
        (Who.RECORDS, "Say it."),
    ]
    for guideline in ("direct", "upset", "records", "colleague", "Promise"):
        assert guideline in request.system[0]


def test_the_first_ten_of_twenty_become_points() -> None:
    """S2-17, D23: from the twentieth entry on; what is stored stays whole."""
    nineteen, twenty = (state_of(work(n)).conversation_history for n in (19, 20))
    assert shown(nineteen) == ("", list(nineteen))
    recap, rest = shown(twenty)
    assert recap.splitlines()[0] == "- customer: word 1"
    assert len(recap.splitlines()) == 10
    assert rest == list(twenty[10:])


def test_a_long_talk_keeps_within_the_role_s_tokens() -> None:
    """S3-20: the oldest messages go first, the newest stays."""
    long = work(19)
    for message in long.messages:
        message["text"] += " and more" * 300
    small = Role("resolution", reads=2500, says=10, seconds=1)
    request = small.request(sight(state=state_of(long)), "m", "Say it.")
    assert tokens(*request.system, *(said.text for said in request.messages)) <= 2500
    assert request.messages[-2].text.startswith("word 19")
    assert len(request.messages) < 19


def test_no_piece_of_not_found_is_ever_said() -> None:
    for text in ("NOT FOUND", "Not found.", "  NOT FOUND"):
        said: list[str] = []
        held = Held(said.append)
        for sign in text:
            held.piece(sign)
        assert said == []
    said = []
    held = Held(said.append)
    for sign in "Not for you alone.":
        held.piece(sign)
    assert "".join(said) == "Not for you alone."


# whole turns --------------------------------------------------------------------------------------------------------

HARD = "so about the thing from last week, the whole business with it, what do we do now"


def trace(kind: str) -> dict[str, Any]:
    return {step.name: step.data for step in Step.objects.filter(kind=kind).order_by("n")}


def test_rules_cost_no_call_and_a_question_one(small_house: House) -> None:
    """P12."""
    with modelled() as provider:
        row, _ = small_house.ask(small_house.alice(), "where is FW-10482?")
        assert asked_of(provider) == []
        small_house.ask(small_house.alice(), "How long do I have to send something back?", into=row)
        assert asked_of(provider) == ["knowledge"]
    assert ModelCall.objects.get().conversation == row.pk


def test_an_answer_in_a_model_s_words_cites_and_replays(small_house: House) -> None:
    with modelled() as provider:
        row, answers = small_house.ask(small_house.alice(), "How long do I have to send something back?")
        turn = Turn.objects.get(conversation=row)
        assert replay(turn).why == ""
        assert len(provider.asked) == 1
    message = row.messages.get(author="agent")
    assert "[1]" in answers[0][0]
    assert message.extra["citations"][0]["url"].startswith("/help/")


def behind_the_greeting(answers: list[list[str]]) -> str:
    return answers[0][0].split("\n\n", 1)[1]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("You have 400 days to send it back [1].", "output"),
        ("You have a while to send it back.", "uncited"),
        ("You have a while to send it back [7].", "citation"),
        ("Elephants fly over purple mountains tonight [1].", "not_in_passage"),
        ("I have refunded it [1].", "deed"),
    ],
)
def test_what_no_passage_says_is_not_said(small_house: House, said: str, why: str) -> None:
    """Law 4: the page speaks for itself then, word for word."""
    question = "How long do I have to send something back?"
    _, offline = small_house.ask(small_house.alice(), question)
    with modelled(knowledge=said):
        _, answers = small_house.ask(small_house.bob(), question)
    assert why in trace("check")["brain:answer"]["refused"]
    assert behind_the_greeting(answers) == behind_the_greeting(offline)


def test_not_found_is_a_gap_and_a_person_is_offered(small_house: House) -> None:
    with modelled(knowledge="NOT FOUND"):
        _, answers = small_house.ask(small_house.alice(), "How long do I have to send something back?")
    assert "[1]" not in answers[0][0]
    assert trace("gap")


@pytest.mark.parametrize("kind", [one for one in Kind if one is not Kind.MALFORMED])
def test_without_an_answer_everything_is_as_it_is_without_models(small_house: House, kind: Kind) -> None:
    """Law 10, FAULTS D1: and the rest of the turn asks nobody who is away."""
    texts = ("How long do I have to send something back?", HARD)
    before, _ = small_house.ask(small_house.alice(), *texts)
    roles = ("knowledge", "intent", "triage", "look", "packet", "resolution", "slots")
    with modelled(**dict.fromkeys(roles, down(kind))):
        row, _ = small_house.ask(small_house.alice(), *texts)
        assert all(replay(turn).why == "" for turn in Turn.objects.filter(conversation=row))
    assert row.state == before.state
    failed = [step.data["failed"] for step in Step.objects.filter(kind="port", name__startswith="brain:")]
    assert failed[0] == str(kind)
    assert set(failed) <= {str(kind), "unavailable"}, "the breaker opens after a few"


def test_what_nobody_could_read_a_model_reads(small_house: House) -> None:
    """Two matters in one message, each with the words that show it."""
    text = "the gizmo. it went all funny and the other lot never showed up neither. and what about posting to Peru"
    wants = [
        {"name": "order_status", "words": "the other lot never showed up", "confidence": 900},
        {"name": "shipping_question", "words": "what about posting to Peru", "confidence": 900},
        {"name": "order_status", "words": "", "confidence": 100},
    ]
    with modelled(intent={"wants": wants[:2]}):
        small_house.ask(small_house.alice(), text)
    (read,) = trace("triage").values()
    assert read["intent"]["tier"] == "model"
    spans = {one["name"]: text[slice(*one["span"])] for one in read["intent"]["intents"]}
    assert spans == {one["name"]: one["words"] for one in wants[:2]}


def test_what_writes_is_asked_about_when_only_a_model_thinks_so(small_house: House) -> None:
    """S4-13: the shoes don't fit, the shop said return, and now it is a colour swap. Their words alone don't say it."""
    text = "them shoes dont fit me and somebody in the shop said bring em back but id sooner have blue ones"
    with modelled(
        intent={"wants": [{"name": "exchange_request", "words": "id sooner have blue ones", "confidence": 950}]}
    ):
        row, answers = small_house.ask(small_house.alice(), text)
    assert "not_said:exchange_request" in trace("check")["brain:read"]["refused"]
    assert "?" in answers[0][0]
    assert not row.tool_calls.exists()


def test_a_triage_that_is_none_goes_to_a_person(small_house: House) -> None:
    """S1-13; its twin: a calm one leaves the talk where it was."""
    with modelled(triage="He sounds upset!"):
        row, _ = small_house.ask(small_house.alice(), HARD)
    assert row.handoffs.get().reason == "triage-malformed"
    with modelled(triage=CALM):
        other, _ = small_house.ask(small_house.bob(), HARD)
    assert not other.handoffs.exists()


def test_an_alarm_that_a_model_raises_counts(small_house: House) -> None:
    with modelled(triage={**CALM, "alarms": ["safety"]}):
        row, _ = small_house.ask(small_house.alice(), HARD)
    assert row.handoffs.get().reason == "safety-concern"


def test_an_operator_reads_the_matter_in_a_sentence(small_house: House) -> None:
    said = "They want to know where order FW-10482 is."
    with modelled(packet=said):
        row, _ = small_house.ask(small_house.alice(), "where is FW-10482?", "I want to talk to a person")
    assert row.handoffs.get().packet["brief"][0] == said
    with modelled(packet="They are owed 900 USD by Mallory."):
        other, _ = small_house.ask(small_house.bob(), "where is FW-10492?", "I want to talk to a person")
    assert "900" not in str(other.handoffs.get().packet)


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [
        (SURE, None),
        ({**SURE, "verdict": "rejected"}, "critic-rejected"),
        ({**SURE, "confidence": 500}, "critic-unsure"),
        ({**SURE, "confidence": "high"}, "critic-error"),
        ("I think it is approved.", "critic-error"),
        (down(Kind.TIMEOUT), "critic-error"),
    ],
)
def test_a_model_reviews_a_write_too(moving_house: House, verdict: Any, reason: str | None) -> None:
    """S4-19, S4-20: both must approve; whatever isn't a plain approval is a person's."""
    with modelled(critic=verdict) as provider:
        row, _ = moving_house.ask(moving_house.alice(), "please cancel FW-10488", "yes")
    assert "critic" in asked_of(provider)
    call = row.tool_calls.get()
    if reason is None:
        assert call.status == "cleared"
    else:
        assert call.status != "cleared"
        assert call.reviews.get().reason == reason


def test_a_critic_sees_the_change_and_the_customer_s_own_words(moving_house: House) -> None:
    seen: list[Request] = []

    def review(request: Request) -> Any:
        seen.append(request)
        return SURE

    with modelled(critic=review):
        moving_house.ask(moving_house.alice(), "please cancel FW-10488", "yes")
    (request,) = seen
    assert '"capability": "change_order"' in task(request)
    assert "please cancel FW-10488" in task(request)


def test_a_model_that_looks_for_ever_is_stopped(small_house: House) -> None:
    """FAULTS D4, S2-01: a few rounds at most, each question counted, and the customer is told by a person."""
    again = answer("", *(ToolUse(str(n), "search_knowledge", {"query": f"{n % 2}"}) for n in range(3)))
    with modelled(
        look=again, intent={"wants": [{"name": "return_policy", "words": "", "confidence": 900}]}
    ) as provider:
        row, answers = small_house.ask(small_house.alice(), HARD)
    assert asked_of(provider).count("look") <= 3
    assert Step.objects.filter(kind="port", name="tool:search_knowledge").count() <= settings.HANDRAIL["max_tool_calls"]
    assert answers[0] or row.handoffs.exists()


def test_a_wish_to_write_is_refused_and_noted(small_house: House) -> None:
    """Law 1: no tool that writes is ever in a model's hands."""
    wish = answer("", ToolUse("1", "process_refund", {"order_id": "FW-10482"}))
    with modelled(look=wish, intent={"wants": [{"name": "return_policy", "words": "", "confidence": 900}]}):
        row, _ = small_house.ask(small_house.alice(), HARD)
    assert not row.tool_calls.exists()
    failed = [step.data.get("failed") for step in Step.objects.filter(name="brain:wish", kind="port")]
    assert set(failed) <= {"malformed"}, "the door knows the request's tools, and this one isn't among them"
    assert failed


# an answer that is read while it is written ------------------------------------------------------------------------

HOW_LONG = "How long do I have to send something back?"


def read_early(house: House, said: Any) -> tuple[list[str], str, Any]:
    """What stood in the unfinished message each time, the message at its end, and the conversation."""
    seen: list[str] = []

    def showing(conversation: int, attempt: int, text: str, *more: Any) -> bool:
        seen.append(text)
        return bool(real(conversation, attempt, text, *more))

    real = outbox.show
    with pytest.MonkeyPatch.context() as patch, modelled(knowledge=said):
        patch.setattr(outbox, "show", showing)
        row, answers = house.ask(house.alice(), HOW_LONG)
        turn = Turn.objects.get(conversation=row)
        assert replay(turn).why == ""
    assert not row.messages.filter(extra__unfinished=True).exists()
    assert all(answers[0][0].startswith(text) for text in seen), "nothing that was read is taken back"
    return seen, answers[0][0], row


def sentences_of(request: Request) -> list[str]:
    passage = task(request).split("[1] ", 1)[1].split("\n", 1)[1].split("\n\n", 1)[0]
    return [one.strip().rstrip(".") for one in passage.split(". ")]


def test_the_first_sentence_is_read_before_the_last_is_written(small_house: House) -> None:
    """S3-21: sentence by sentence, behind the introduction, in one message."""

    def said(request: Request) -> str:
        return " ".join(f"{one} [1]." for one in sentences_of(request)[:3])

    seen, whole, _ = read_early(small_house, said)
    assert len(seen) >= 2
    assert seen[0].startswith(whole.split("\n\n")[0])
    assert seen[0].count("[1]") == 1
    assert whole == seen[-1]


def test_a_sentence_that_may_not_be_said_is_mended_once(small_house: House) -> None:
    """The retry covers only what was not read."""
    asked: list[str] = []

    def said(request: Request) -> str:
        asked.append(task(request))
        first, second, *_ = sentences_of(request)
        return f"{first} [1]. You have 400 days for it [1]." if len(asked) == 1 else f"{second} [1]."

    seen, whole, _ = read_early(small_house, said)
    assert len(asked) == 2
    assert "You have answered so far" in asked[1]
    assert "400" not in "".join(seen) + whole
    assert whole.count("[1]") == 2


def test_what_stays_wrong_ends_with_what_was_read(small_house: House) -> None:
    def said(request: Request) -> str:
        return f"{sentences_of(request)[0]} [1]. You have 400 days for it [1]."

    seen, whole, _ = read_early(small_house, said)
    assert whole == seen[-1]
    assert whole.count("[1]") == 1


def test_a_stream_that_breaks_off_ends_with_whole_sentences(small_house: House) -> None:
    def said(request: Request) -> Any:
        return answer(f"{sentences_of(request)[0]} [1]. And the oth", stop=Stop.CUT)

    seen, whole, _ = read_early(small_house, said)
    assert whole == seen[-1]
    assert "oth" not in whole.split("[1]")[1]


def test_nothing_is_read_early_where_something_may_come_in_front(small_house: House) -> None:
    """Somebody who is upset reads first that this was seen; two matters stand in their order."""
    seen: list[str] = []
    with pytest.MonkeyPatch.context() as patch, modelled():
        patch.setattr(outbox, "show", lambda *a: seen.append(a[2]))
        small_house.ask(small_house.alice(), f"This is the third time I ask and I am furious!! {HOW_LONG}")
        small_house.ask(small_house.bob(), f"where is FW-10484? {HOW_LONG}")
    assert seen == []


def test_an_old_page_is_never_read_early(small_house: House) -> None:
    """Its age takes part in what is said (law 9)."""
    old = (business_now() - timedelta(days=400)).date()
    ArticleVersion.objects.update(updated_on=old, reviewed_on=old)
    seen: list[str] = []
    with pytest.MonkeyPatch.context() as patch, modelled():
        patch.setattr(outbox, "show", lambda *a: seen.append(a[2]))
        small_house.ask(small_house.alice(), HOW_LONG)
    assert seen == []
