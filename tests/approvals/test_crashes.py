"""FAULTS A1 to A3, A8: wherever a worker dies, a refund happens exactly once, is on record, and is told."""

from __future__ import annotations

import pytest
from django.db import connection

from agents import deeds, runner
from approvals import deciding
from approvals.models import ApprovalRequest
from conversations import faults
from conversations.models import Conversation
from tests.approvals.goods import Bought, paid_back, stock_up
from tests.approvals.writes import leases_over, problems
from tests.cast import olga
from tests.house import House
from tests.shopserver import ShopServer
from tools.models import Effect, ToolCall

CRASHES = 20
IN_A_TURN = sorted(point for point in faults.POINTS if point.startswith("write."))
WITH_PEOPLE = ("approval.before_decide", "approval.after_decide", "write.before_clear", "write.after_clear",
               "write.before_send", "write.after_send", "write.after_settle")  # fmt: skip


def offered(house: House, bought: Bought) -> Conversation:
    """The customer has asked for it, and reads the offer."""
    row, answers = house.ask(
        house.customer(bought.email), f"My camp lantern from {bought.order_id} arrived broken, I want my money back"
    )
    assert "Shall I go ahead?" in answers[0][0] or "Do you want me to?" in answers[0][0], answers
    return row


def crash(point: str) -> None:
    faults.install(faults.crash_at(point))


def mend(row: Conversation) -> None:
    """What the next worker and the sweeper do when the leases are over."""
    faults.install(None)
    connection.close()
    for _ in range(2):
        leases_over(row.pk)
        runner.work_on(row.pk)
        deeds.sweep()
        runner.work_on(row.pk)


def approve(request: ApprovalRequest) -> None:
    deciding.decide(request.public_id, olga(), yes=True, reason="photo seen")
    deeds.carry_out(request.call_id)


@pytest.mark.parametrize("point", IN_A_TURN)
def test_a_refund_by_policy_survives_a_crash_anywhere(busy: House, shop: ShopServer, point: str) -> None:
    """A1, in process: 20 at each of the points; one refund each, one answer, equal ledgers."""
    for bought in stock_up(shop, CRASHES, 300):
        row = offered(busy, bought)
        busy.says(row.customer, "yes", row)
        crash(point)
        with pytest.raises(faults.CrashError):
            runner.work_on(row.pk)
        mend(row)
        done = [text for text in busy.said(row) if "$3.00" in text and "RF-" in text]
        assert len(done) == 1, (point, busy.said(row))
        assert Conversation.objects.get(pk=row.pk).wake == Conversation.objects.get(pk=row.pk).done
    assert Effect.objects.filter(status="confirmed").count() == CRASHES
    assert len(paid_back(shop)) == CRASHES
    assert problems(shop) == []


@pytest.mark.parametrize("point", WITH_PEOPLE)
def test_a_refund_that_people_approve_survives_a_crash_anywhere(busy: House, shop: ShopServer, point: str) -> None:
    for bought in stock_up(shop, CRASHES // 4, 12000):
        row = offered(busy, bought)
        busy.ask(row.customer, "yes", into=row)
        request = ApprovalRequest.objects.get(call__conversation=row)
        crash(point)
        with pytest.raises(faults.CrashError):
            approve(request)
        mend(row)
        if point == "approval.before_decide":
            assert not Effect.objects.filter(call=request.call).exists()
            deciding.decide(request.public_id, olga(), yes=True, reason="photo seen")
            mend(row)
        told = [text for text in busy.said(row) if "RF-" in text]
        assert len(told) == 1, (point, busy.said(row))
    assert problems(shop) == []
    assert len(paid_back(shop)) == CRASHES // 4


@pytest.mark.parametrize("fault", ["drop", "500", "garbage", "duplicate"])
def test_an_answer_that_never_came_is_asked_for(
    busy: House, shop: ShopServer, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """A2: performed and unheard, or not performed: either way one refund, and the customer is told twice at most."""
    from dataclasses import replace

    from approvals import execute

    (bought,) = stock_up(shop, 1, 300)
    row = offered(busy, bought)
    real = execute.caller_of
    monkeypatch.setattr(execute, "caller_of", lambda call: replace(real(call), faults=f"{fault};path=/refunds"))
    (answer,) = busy.ask(row.customer, "yes", into=row)[1]
    if fault != "duplicate":
        assert "twice" in answer[0]
        assert Effect.objects.get().status == "unknown"
        assert Effect.objects.get().tries == 1
    monkeypatch.setattr(execute, "caller_of", real)
    mend(row)
    assert Effect.objects.get().status == "confirmed"
    assert len(paid_back(shop)) == 1
    assert any("RF-" in text for text in busy.said(row))
    assert problems(shop) == []


def test_a_key_is_never_used_for_another_amount(busy: House, shop: ShopServer) -> None:
    """A3: the shop refuses it loudly, and the money is free again; nothing is sent under another key."""
    (bought,) = stock_up(shop, 1, 300)
    row = offered(busy, bought)
    crash("write.before_send")
    busy.says(row.customer, "yes", row)
    with pytest.raises(faults.CrashError):
        runner.work_on(row.pk)
    faults.install(None)
    call = ToolCall.objects.get()
    wish = {"amount_cents": 1, "lines": [1], "reason": "other"}
    taken = shop.ask("POST", f"/finance/orders/{bought.order_id}/refunds", wish, Idempotency_Key=str(call.key))
    assert taken.status_code == 201
    settled = shop.ask(
        "POST",
        f"/finance/orders/{bought.order_id}/refunds",
        {**wish, "amount_cents": 300},
        Idempotency_Key=str(call.key),
    )
    assert (settled.status_code, settled.json()["code"]) == (409, "key_reused")


def test_a_key_older_than_a_day_is_not_sent_again(busy: House, shop: ShopServer) -> None:
    """A3: it goes to people, and the system only asks."""
    (bought,) = stock_up(shop, 1, 300)
    row = offered(busy, bought)
    crash("write.before_send")
    busy.says(row.customer, "yes", row)
    with pytest.raises(faults.CrashError):
        runner.work_on(row.pk)
    with connection.cursor() as cursor:
        cursor.execute("update tools_effect set created_at = created_at - interval '25 hours'")
    mend(row)
    assert Effect.objects.get().status == "unknown"
    assert paid_back(shop) == {}


def test_a_question_that_fails_says_nothing_of_the_deed(
    busy: House, shop: ShopServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The refund was sent and its answer lost; then even asking is refused: it stays open, and the money stays taken."""
    from dataclasses import replace

    from approvals import execute
    from tools import pack
    from tools.contract import ErrorCode, ToolError, Writer
    from tools.models import OrderMoney

    (bought,) = stock_up(shop, 1, 300)
    row = offered(busy, bought)
    real = execute.caller_of
    monkeypatch.setattr(execute, "caller_of", lambda call: replace(real(call), faults="drop;path=/refunds"))
    busy.ask(row.customer, "yes", into=row)
    monkeypatch.setattr(execute, "caller_of", real)

    def refuses(*_: object) -> None:
        raise ToolError(ErrorCode.REFUSED)

    writers = pack.active().writers
    with monkeypatch.context() as patch:
        patch.setitem(writers, "process_refund", Writer(writers["process_refund"].perform, refuses))  # type: ignore[arg-type]
        mend(row)
        assert Effect.objects.get().status == "unknown"
        assert OrderMoney.objects.get().taken_cents == 300
    mend(row)
    assert Effect.objects.get().status == "confirmed"
    assert len(paid_back(shop)) == 1
