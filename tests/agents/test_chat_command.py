"""`manage.py chat`: the contract of the command line, through the inbox and the turns."""

from __future__ import annotations

import json
import re
from io import StringIO
from typing import Any

import jsonschema
import pytest
from django.core.management import call_command

from conversations.models import Conversation
from tests.house import House
from tests.laws.test_contract import SCHEMA


def chat(*args: str) -> dict[str, Any]:
    out = StringIO()
    call_command("chat", *args, "--json", stdout=out)
    answer: dict[str, Any] = json.loads(out.getvalue().splitlines()[-1])
    return answer


def test_chat_prints_the_conversation_as_one_json_object(small_house: House) -> None:
    said = ["--say", "Where is FW-10482?", "--say", "whats your returns policy"]
    answer = chat("--as", "alice@example.com", *said)
    assert list(answer) == ["conversation", "status", "replies", "turns", "approvals"]
    assert answer["status"] == "active"
    assert [len(reply) for reply in answer["replies"]] == [1, 1]
    assert "14 days" in answer["replies"][1][0]
    assert "[1]" in answer["replies"][1][0]
    for trace in answer["turns"]:
        jsonschema.validate(trace, SCHEMA)
    assert Conversation.objects.get(public_id=answer["conversation"]).customer.email == "alice@example.com"


def test_somebody_elses_order_is_answered_like_one_that_does_not_exist(small_house: House) -> None:
    """Bob asks for Alice's order and for one that nobody has: the same words but for the number."""
    theirs = chat("--as", "bob@example.com", "--say", "Where is FW-10482?")
    nobodys = chat("--as", "bob@example.com", "--say", "Where is FW-10999?")
    shown = [str(each["replies"]).replace("FW-10999", "FW-10482") for each in (theirs, nobodys)]
    for text in shown:
        assert "FW-10482" in text
        assert "Kettle" not in text
        assert "Packhorse" not in text
    assert [each["turns"][0]["tools_called"] for each in (theirs, nobodys)] == [["get_order", "get_customer"]] * 2


def test_nonsense_is_asked_about_once_then_handed_off(small_house: House) -> None:
    answer = chat("--anonymous", "--say", "blorp fizz", "--say", "wug wug wug")
    assert answer["status"] == "escalated"
    assert "?" in answer["replies"][0][0]
    assert [trace["escalated_to_human"] for trace in answer["turns"]] == [False, True]


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["--as", "nobody@example.com", "--say", "hi"], "No customer has the address nobody@example.com."),
        (["--say", "hi"], "Say who talks"),
        (["--as", "alice@example.com", "--anonymous", "--say", "hi"], "Say who talks"),
        (["--anonymous", "--say", "  "], "The message is empty."),
        (["--anonymous", "--say", "x" * 5000], "4000 fit"),
    ],
)
def test_bad_input_gets_one_sentence_exit_2_and_changes_nothing(
    small_house: House, capsys: pytest.CaptureFixture[str], args: list[str], sentence: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("chat", *args)
    assert ended.value.code == 2
    error = capsys.readouterr().err.strip()
    assert sentence in error
    assert "\n" not in error
    assert Conversation.objects.count() == 0


def test_what_was_mailed_is_printed_in_the_demo_alone(
    small_house: House, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    small_house.shop.reset()
    wish = ["--as", "alice@example.com", "--say", "please change my e-mail address to alice@home.example"]
    seen = {}
    for is_demo in (True, False):
        settings.HANDRAIL_DEMO = is_demo
        out = StringIO()
        call_command("chat", *wish, stdout=out)
        seen[is_demo] = re.findall(r"\(mail to (\S+): Your code is \d{6}\.", out.getvalue())
    assert seen == {True: ["a•••@example.com"], False: []}
    settings.HANDRAIL_DEMO = True
    assert "Your code is" not in json.dumps(chat(*wish))
    small_house.shop.reset()
