"""`manage.py approvals`: what it prints is the contract; what it is asked wrongly changes nothing."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.core.management import call_command

from approvals.models import ApprovalRequest, Vote
from tests.approvals.test_refunds import BROKEN
from tests.approvals.writes import a_call, asked, problems, talk_of
from tests.cast import alice, bill, olga
from tests.house import House
from tests.shopserver import ShopServer
from tools.models import Effect


def run(capsys: Any, *words: str) -> dict[str, Any]:
    call_command("approvals", *words, "--json")
    last: dict[str, Any] = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    return last


def test_an_approval_by_command_pays_and_tells(selling: House, shop: ShopServer, capsys: Any) -> None:
    row, _ = selling.ask(selling.alice(), BROKEN.format("The blender from FW-10464"), "yes please")
    olga()
    waiting = run(capsys, "list")["requests"]
    assert [one["amount"] for one in waiting] == [{"cents": 12000, "currency": "USD"}]
    done = run(capsys, "approve", waiting[0]["id"], "--as", "olga", "--reason", "looked at it")
    assert (done["status"], Effect.objects.get().status) == ("approved", "confirmed")
    assert done["votes"] == [{"by": "olga", "role": "operator", "yes": True, "reason": "looked at it"}]
    assert {"id", "order", "customer", "role", "people", "why", "expires_at"} <= set(done)
    assert "Visa ending 4242" in selling.said(row)[-1]
    assert run(capsys, "list") == {"requests": []}
    assert problems(shop) == []


def asking(request: ApprovalRequest) -> dict[str, tuple[str, ...]]:
    mine = ("approve", str(request.public_id))
    return {
        "an id that isn't one": ("approve", "17", "--as", "bill", "--reason", "x"),
        "an id of nothing": ("reject", str(uuid.uuid4()), "--as", "bill", "--reason", "x"),
        "somebody unknown": (*mine, "--as", "nobody", "--reason", "x"),
        "no reason": (*mine, "--as", "bill"),
        "no right": (*mine, "--as", "olga", "--reason", "x"),
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong", ["an id that isn't one", "an id of nothing", "somebody unknown", "no reason", "no right"]
)
def test_what_is_asked_wrongly_changes_nothing(wrong: str) -> None:
    olga(), bill()
    role = "billing_specialist"
    request = asked(a_call(talk_of(alice()), "R-1", 30000, people=1, role=role), role)
    with pytest.raises(SystemExit) as ended:
        call_command("approvals", *asking(request)[wrong])
    assert ended.value.code == 2
    assert (ApprovalRequest.objects.get().status, Vote.objects.count()) == ("pending", 0)
