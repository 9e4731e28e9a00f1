"""The stand-in refuses what the Messages API refuses, and the official SDK reads what it says."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anthropic
import httpx
import pytest
from anthropic import Anthropic

from evals.standin import __main__ as command
from evals.standin.answers import Asked, Wish
from evals.standin.faults import NAMES, OK, Faults
from tests.standins import KEY, Server, standin, standin_server

__all__ = ["standin", "standin_server"]

MODEL = "claude-haiku-5-5"
SCHEMA = {
    "type": "object",
    "properties": {"mood": {"enum": ["good", "bad"]}},
    "required": ["mood"],
    "additionalProperties": False,
}
TOOL = {"name": "get_order", "description": "One order", "input_schema": {"type": "object", "properties": {}}}
HELLO: dict[str, Any] = {"model": MODEL, "max_tokens": 100, "messages": [{"role": "user", "content": "Hello"}]}


@pytest.fixture
def sdk(standin: Server) -> Iterator[Anthropic]:
    with Anthropic(api_key=KEY, base_url=standin.url, max_retries=0, timeout=5) as client:
        yield client


def post(server: Server, body: Any, **headers: str) -> httpx.Response:
    given = {"authorization": f"Bearer {KEY}", "anthropic-version": "2026-10-21", **headers}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return httpx.post(f"{server.url}/v1/messages", content=content, headers=given)


def use(*blocks: dict[str, Any]) -> list[dict[str, Any]]:
    return [*HELLO["messages"], {"role": "assistant", "content": [*blocks]}]


CALL = {"type": "tool_use", "id": "t1", "name": "get_order", "input": {}}
RESULT = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "shipped"}]}
FORMAT = {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}}
MARKED = {"type": "text", "text": "Be kind.", "cache_control": {"type": "ephemeral"}}

ACCEPTED: list[dict[str, Any]] = [
    {},
    {"system": "Be kind."},
    {"system": [MARKED] * 4},
    {"tools": [TOOL]},
    {"tools": [TOOL], "tool_choice": {"type": "any"}},
    {"tools": [TOOL], "messages": [*use(CALL), RESULT]},
    FORMAT,
    {"thinking": {"type": "disabled"}, "output_config": {"effort": "low"}},
    {"thinking": {"type": "adaptive"}, "output_config": {"effort": "max"}},
    {"model": "claude-sonnet-5-5", "thinking": {"type": "between_tools"}},
    {"messages": [*HELLO["messages"], *HELLO["messages"]]},
    {"metadata": {"user_id": "x"}, "stop_sequences": ["END"], "service_tier": "auto"},
]
REFUSED: list[dict[str, Any]] = [
    {"max_tokens": None},
    {"max_tokens": 0},
    {"max_tokens": 1_000_000},
    {"max_tokens": "100"},
    {"messages": []},
    {"prompt": "Hello"},
    {"temperature": 1.0},
    {"top_p": 0.9},
    {"top_k": 5},
    {"model": "claude-haiku-4-5", "temperature": 1.0},  # this version refuses it for every model
    {"messages": [{"role": "assistant", "content": "Hello"}]},
    {"messages": [{"role": "system", "content": "Hello"}]},
    {"messages": use({"type": "text", "text": "The answer is"})},
    {"messages": [{"role": "user", "content": " "}]},
    {"messages": [{"role": "user", "content": []}]},
    {"messages": [RESULT]},
    {"messages": [*use(CALL), *HELLO["messages"]], "tools": [TOOL]},
    {"messages": [{"role": "user", "content": [CALL]}, RESULT], "tools": [TOOL]},
    {"messages": [{"role": "user", "content": [{"type": "text", "text": "a", "extra": 1}]}]},
    {"tools": [{"name": "get_order"}]},
    {"tools": [{**TOOL, "input_schema": {"properties": {}}}]},
    {"tools": [{**TOOL, "name": "get order"}]},
    {"tools": [TOOL, TOOL]},
    {"tool_choice": {"type": "auto"}},
    {"tools": [TOOL], "tool_choice": {"type": "tool", "name": "other"}},
    {"model": "claude-sonnet-5-5", "tools": [TOOL], "tool_choice": {"type": "any"}},
    {"model": "claude-sonnet-5-5", "thinking": {"type": "disabled"}},
    {"thinking": {"type": "enabled", "budget_tokens": 1024}},
    {"thinking": {"type": "disabled"}, "output_config": {"effort": "max"}},
    {"output_config": {"effort": "enormous"}},
    {"output_format": {"type": "json_schema", "schema": SCHEMA}},
    {"output_config": {"format": {"type": "json_schema", "schema": {"type": "object", "properties": {}}}}},
    {"output_config": {"format": {"type": "json_schema", "schema": {"type": "integer", "minimum": 1}}}},
    {"system": [MARKED] * 5},
    {"system": [{"type": "text", "text": ""}]},
    {"system": [{**MARKED, "cache_control": {"type": "persistent"}}]},
]


def changed(change: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in (HELLO | change).items() if value is not None}


@pytest.mark.parametrize("change", ACCEPTED, ids=str)
def test_what_the_api_takes_is_answered(standin: Server, change: dict[str, Any]) -> None:
    found = post(standin, changed(change))
    assert (found.status_code, found.json()["content"][0]["text"]) == (200, "Good day.")
    assert found.headers["request-id"].startswith("req_")


@pytest.mark.parametrize("change", REFUSED, ids=str)
def test_what_the_api_refuses_is_refused(standin: Server, change: dict[str, Any]) -> None:
    found = post(standin, changed(change))
    assert (found.status_code, found.json()["error"]["type"]) == (400, "invalid_request_error")
    assert found.json()["request_id"] == found.headers["request-id"]


def test_who_asks_has_a_key_and_names_a_version(standin: Server) -> None:
    assert post(standin, HELLO, authorization="").status_code == 401
    assert post(standin, HELLO, authorization="Bearer other").json()["error"]["type"] == "authentication_error"
    assert post(standin, HELLO, **{"authorization": "", "x-api-key": KEY}).status_code == 200
    assert post(standin, HELLO, **{"anthropic-version": "2024-01-01"}).status_code == 400
    assert post(standin, b"{").status_code == 400
    assert post(standin, HELLO | {"model": "claude-of-tomorrow"}).json()["error"]["type"] == "not_found_error"
    old = HELLO | {"model": "claude-haiku-4-5", "temperature": 0.0}
    assert post(standin, old, **{"anthropic-version": "2023-06-01"}).status_code == 200


def test_the_sdk_reads_an_answer(sdk: Anthropic, standin: Server) -> None:
    found = sdk.messages.create(**HELLO)
    assert (found.content[0].text, found.stop_reason) == ("Good day.", "end_turn")  # type: ignore[union-attr]
    assert found.usage.input_tokens > 0
    assert found.usage.output_tokens > 0
    assert standin.heard[0]["headers"]["authorization"] == f"Bearer {KEY}"
    assert standin.heard[0]["headers"]["anthropic-version"] == "2026-10-21"


def test_the_sdk_reads_a_stream_event_by_event(sdk: Anthropic) -> None:
    with sdk.messages.create(**HELLO, stream=True) as events:
        kinds = [event.type for event in events]
    assert kinds[:2] == ["message_start", "content_block_start"]
    assert kinds[-3:] == ["content_block_stop", "message_delta", "message_stop"]
    assert set(kinds[2:-3]) == {"content_block_delta"}
    with sdk.messages.stream(**HELLO) as stream:
        assert "".join(stream.text_stream) == "Good day."


def test_a_stream_has_a_ping(standin: Server) -> None:
    assert "event: ping\n" in post(standin, HELLO | {"stream": True}).text


@pytest.mark.parametrize("stream", [False, True])
def test_the_sdk_reads_a_tool_call(sdk: Anthropic, standin: Server, stream: bool) -> None:
    standin.standin.script = {"*": Wish("get_order", {"order_id": "4711", "lines": [1, 2]})}
    if stream:
        with sdk.messages.stream(**HELLO, tools=[TOOL]) as events:  # type: ignore[list-item]
            found = events.get_final_message()
    else:
        found = sdk.messages.create(**HELLO, tools=[TOOL])  # type: ignore[assignment,list-item]
    assert found.stop_reason == "tool_use"
    assert found.content[0].input == {"order_id": "4711", "lines": [1, 2]}  # type: ignore[union-attr]


def test_a_structured_answer_is_json_and_its_script_sees_what_was_asked(sdk: Anthropic, standin: Server) -> None:
    seen: list[Asked] = []

    def answer(asked: Asked) -> dict[str, Any]:
        seen.append(asked)
        return {"mood": "good"}

    standin.standin.script = {"triage": answer}
    found = sdk.messages.create(**HELLO, system="Be kind.", **FORMAT, extra_headers={"handrail-role": "triage"})
    assert json.loads(found.content[0].text) == {"mood": "good"}  # type: ignore[union-attr]
    assert [(one.role, one.system, one.said, one.schema) for one in seen] == [("triage", "Be kind.", "Hello", SCHEMA)]
    with pytest.raises(anthropic.InternalServerError, match="no answer for the role"):
        sdk.messages.create(**HELLO)


def test_an_answer_is_cut_at_its_limit(sdk: Anthropic) -> None:
    found = sdk.messages.create(**(HELLO | {"max_tokens": 1}))
    assert (found.content[0].text, found.stop_reason) == ("Good", "max_tokens")  # type: ignore[union-attr]


def test_a_marked_prefix_is_written_once_and_read_then(sdk: Anthropic) -> None:
    long = {**MARKED, "text": "Be kind. " * 1000}
    first = sdk.messages.create(**HELLO, system=[long]).usage  # type: ignore[list-item]
    again = sdk.messages.create(**HELLO, system=[long]).usage  # type: ignore[list-item]
    assert first.cache_creation_input_tokens == again.cache_read_input_tokens == 2251
    assert first.cache_read_input_tokens == again.cache_creation_input_tokens == 0
    short = sdk.messages.create(**HELLO, system=[MARKED]).usage  # type: ignore[list-item]
    assert short.cache_creation_input_tokens == 0  # too short to be kept


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("400", anthropic.BadRequestError),
        ("401", anthropic.AuthenticationError),
        ("413", anthropic.ContentTooLargeError),
        ("429:7", anthropic.RateLimitError),
        ("500", anthropic.InternalServerError),
        ("529", anthropic.OverloadedError),
    ],
)
def test_the_sdk_knows_each_error(
    sdk: Anthropic, standin: Server, fault: str, error: type[anthropic.APIStatusError]
) -> None:
    standin.fails(fault)
    with pytest.raises(error) as raised:
        sdk.messages.create(**HELLO)
    assert raised.value.request_id
    assert raised.value.response.headers.get("retry-after") == (fault.partition(":")[2] or None)
    assert sdk.messages.create(**HELLO).stop_reason == "end_turn"  # the next request is fine


def test_an_error_within_a_stream_is_an_error(sdk: Anthropic, standin: Server) -> None:
    standin.fails("stream_error")
    with pytest.raises(anthropic.APIStatusError, match="Overloaded"), sdk.messages.stream(**HELLO) as stream:
        stream.get_final_message()


def test_faults_are_drawn_from_a_seed() -> None:
    drawn = [[Faults(seed=seed, chance=300).draw() for _ in range(3)] for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1]
    many = Faults(["529", OK], seed=3, chance=300)
    names = [many.draw() for _ in range(1000)]
    assert names[:2] == ["529", OK]
    assert 600 < names.count(OK) < 800
    assert {name.partition(":")[0] for name in names} <= {OK, *NAMES}
    with pytest.raises(ValueError, match="is no fault"):
        Faults(["teapot"])


def test_faults_are_scripted_from_outside(standin: Server) -> None:
    assert httpx.post(f"{standin.url}/faults", json={"script": ["500"]}).status_code == 200
    assert post(standin, HELLO).status_code == 500
    assert httpx.post(f"{standin.url}/faults", json={"script": ["teapot"]}).status_code == 400


def test_it_runs_as_a_process_on_a_socket(tmp_path: Path) -> None:
    answers, place = tmp_path / "answers.json", tmp_path / "s"
    answers.write_text(json.dumps({"*": {"tool": "get_order", "input": {"order_id": "1"}}}))
    started = [sys.executable, "-m", "evals.standin", "--uds", str(place), "--answers", str(answers), "--faults", "529"]
    with subprocess.Popen(started, env={"ANTHROPIC_API_KEY": KEY, "PATH": ""}) as process:
        try:
            until = time.monotonic() + 20
            while not place.exists() and time.monotonic() < until:
                time.sleep(0.05)
            transport = httpx.HTTPTransport(uds=str(place))
            with httpx.Client(transport=transport, base_url="http://x") as client:
                headers = {"authorization": f"Bearer {KEY}", "anthropic-version": "2026-10-21"}
                found = [client.post("/v1/messages", json=HELLO | {"tools": [TOOL]}, headers=headers) for _ in "ab"]
        finally:
            process.terminate()
    assert [one.status_code for one in found] == [529, 200]
    assert found[1].json()["content"][0]["name"] == "get_order"


def table() -> dict[str, str]:
    return {"*": "Good day."}


def test_its_answers_come_from_a_file_or_a_name(tmp_path: Path) -> None:
    assert command.load("tests.evals.test_standin:table") == {"*": "Good day."}
    (tmp_path / "list.json").write_text("[]")
    with pytest.raises(ValueError, match="no table"):
        command.load(str(tmp_path / "list.json"))


def test_the_good_answers_need_no_house(tmp_path: Path) -> None:
    """The stand-in is a process of its own: it starts with them where no Django is set up."""
    socket = tmp_path / "standin.sock"
    asked = [sys.executable, "-m", "evals.standin", "--uds", str(socket), "--answers", "evals.standin.good:good"]
    with subprocess.Popen(asked, stderr=subprocess.PIPE, env={"PATH": "/usr/bin:/bin"}) as process:
        try:
            ends = time.monotonic() + 20
            while not socket.exists() and process.poll() is None and time.monotonic() < ends:
                time.sleep(0.02)
            assert socket.exists(), process.stderr.read().decode() if process.stderr and process.poll() else "too slow"
        finally:
            process.kill()
