"""A refund as a customer has it, from words to rows: each route, each rung, each refusal, and every change of mind."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection

from agents import deeds, runner, writes
from approvals import deciding, execute
from approvals.models import ApprovalRequest
from conversations import lifecycle
from conversations.models import Conversation, Event, Message
from tests.approvals.goods import ledger, paid_back, stock_up
from tests.approvals.writes import problems
from tests.cast import bill, manager, mia, olga
from tests.house import TOO_LATE, House
from tests.shopserver import ShopServer
from tools.models import Effect, OrderMoney, ToolCall

BROKEN = "{} arrived broken, I want my money back"


def decide(row: Conversation, *people: Any, yes: bool = True) -> ApprovalRequest:
    """People vote, and what follows from it follows."""
    request = ApprovalRequest.objects.get(call__conversation=row, status="pending")
    for user in people:
        request = deciding.decide(request.public_id, user, yes=yes, reason="looked at it")
    deeds.carry_out(request.call_id)
    runner.work_on(row.pk)
    return request


def last(house: House, row: Conversation) -> str:
    return house.said(row)[-1]


def test_up_to_fifty_goes_through_by_itself(selling: House, shop: ShopServer) -> None:
    """S0-09, policy path. The figures in the answer are those of the record afterwards (D18)."""
    row, answers = selling.ask(selling.alice(), BROKEN.format("The camp lantern from FW-10465"), "yes please")
    assert "$45.00" in answers[0][0]
    assert "Visa ending 4242" in answers[0][0]
    reference = shop.ask("GET", "/finance/orders/FW-10465/payments").json()["payments"][-1]["reference"]
    assert reference in answers[1][0]
    assert row.status == "active"
    assert problems(shop) == []
    assert ToolCall.objects.get().told
    assert "process_refund" in row.turns.latest("attempt").figures["tools"], (
        "the exported trace names the write (S0-26)"
    )


RUNGS = [
    ("FW-10464", "blender", 12000, [olga]),
    ("FW-10462", "garden bench", 62000, [bill]),
    ("FW-10460", "outdoor kitchen", 125000, [manager, mia]),
]


@pytest.mark.parametrize(("order", "item", "cents", "people"), RUNGS)
def test_each_rung_waits_for_its_people(
    selling: House, shop: ShopServer, order: str, item: str, cents: int, people: list[Any]
) -> None:
    """S0-09, people's path; D4."""
    row, answers = selling.ask(selling.alice(), f"my {item} arrived broken, refund {order} please", "yes")
    assert "colleague" in answers[1][0]
    assert paid_back(shop) == {}
    request = decide(row, *[user() for user in people])
    assert request.people == len(people)
    assert list(paid_back(shop).values()) == [cents]
    assert "RF-" in last(selling, row)
    assert problems(shop) == []


def test_a_rejected_one_is_explained_with_a_way_forward(selling: House, shop: ShopServer) -> None:
    row, _ = selling.ask(selling.alice(), BROKEN.format("my blender FW-10464"), "yes")
    decide(row, olga(), yes=False)
    assert "person" in last(selling, row)
    assert "$120.00" in last(selling, row)
    assert paid_back(shop) == {}
    assert ToolCall.objects.get().moved_why == "rejected"


def test_the_consignment_order_never_reaches_finance(selling: House, shop: ShopServer) -> None:
    """S4-01: the order that once blew up. A ticket with the advance, the claw-back and the stop-shipment notice."""
    row, answers = selling.ask(
        selling.customer("grace.oyelaran@example.com"), "refund FW-10479 please, I changed my mind", "yes"
    )
    assert "Lumen Loft" in answers[0][0]
    decide(row, olga())
    made = [str(effect["endpoint"]) for effect in ledger(shop)]
    assert made == ["/orders/FW-10479/stop-shipment", "/finance/orders/FW-10479/claw-backs", "/tickets"]
    assert shop.ask("GET", "/orders/FW-10479").json()["open_for_shipping"] is False
    ticket = Effect.objects.get().outcome["ticket_id"]
    body = shop.ask("GET", f"/tickets/{ticket}").json()["body"]
    for part in ("Advance of 65.80 USD", "CB-", "Stop-shipment notice", "94.00 USD", "stopped before it was sent"):
        assert part in body
    assert ticket in last(selling, row)


def test_a_transfer_order_always_has_people_and_settles_with_the_partner(selling: House, shop: ShopServer) -> None:
    row, _ = selling.ask(selling.alice(), BROKEN.format("the tent from FW-10457"), "yes")
    decide(row, olga())
    assert [str(e["endpoint"]).split("/")[-1] for e in ledger(shop)] == ["refunds", "tickets"]
    assert "RF-" in last(selling, row)


def test_a_small_transfer_order_has_people_too(selling: House, shop: ShopServer) -> None:
    """The route alone asks for them, whatever the amount."""
    (bought,) = stock_up(shop, 1, 2000, like="FW-10457")
    selling.ask(selling.customer(bought.email), BROKEN.format(f"the tent from {bought.order_id}"), "yes")
    assert ApprovalRequest.objects.get().why == "transfer-route"
    assert paid_back(shop) == {}


def test_part_of_an_order_is_refunded_by_its_lines(selling: House, shop: ShopServer) -> None:
    """The amount is computed by rule code; a figure that the customer names changes nothing."""
    row, answers = selling.ask(
        selling.alice(), "I want 500 dollars back for the merino base layer in FW-10473, it doesn't fit", "yes"
    )
    assert "$72.00" in answers[0][0]
    assert "500" not in answers[0][0]
    decide(row, olga())
    assert ToolCall.objects.get().line_ids == ["2"]
    assert list(paid_back(shop).values()) == [7200]


def test_a_salami_of_small_ones_reaches_people_at_the_cap(selling: House, shop: ShopServer) -> None:
    """D4: automatic money is capped in sum: 45 + 45 and then a third."""
    for order in ("FW-10465", "FW-10456"):
        selling.ask(selling.alice(), BROKEN.format(f"the lantern in {order}"), "yes")
    assert len(paid_back(shop)) == 2
    row, answers = selling.ask(selling.alice(), BROKEN.format("the espresso maker FW-10466"), "yes")
    assert "colleague" in answers[1][0]
    assert ApprovalRequest.objects.get(call__conversation=row).why == "cap-customer"
    assert len(paid_back(shop)) == 2


def test_the_day_has_a_cap_over_all_customers(selling: House, shop: ShopServer) -> None:
    bought = stock_up(shop, 12, 4500)
    for one in bought:
        selling.ask(selling.customer(one.email), BROKEN.format(f"the lantern in {one.order_id}"), "yes")
    assert sum(paid_back(shop).values()) == 11 * 4500
    assert ApprovalRequest.objects.get().why == "cap-day"


REFUSED = [
    # name, who, lines, words of the answer
    ("out of window", "alice@example.com", ("refund FW-10420, it's too small",), "within 30 days"),
    ("out of window names the days", "alice@example.com", ("refund FW-10420, it's too small",), "41 days ago"),
    ("already refunded", "alice@example.com", ("refund FW-10398 please",), "REF-10398-2"),
    ("a used item", "bob@example.com", ("refund the rain jacket FW-10461, it doesn't fit",), "used"),
    ("not there yet", "alice@example.com", ("refund FW-10482 please, changed my mind",), "hasn't arrived|on its way"),
    ("somebody else's", "alice@example.com", ("refund FW-10484 please",), "FW-10484 on your account"),
    ("no such order", "alice@example.com", ("refund FW-99999 please",), "FW-99999 on your account"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "who", "lines", "words"), REFUSED)
def test_what_the_rules_refuse_is_refused_kindly(
    selling: House, shop: ShopServer, name: str, who: str, lines: tuple[str, ...], words: str
) -> None:

    _, answers = selling.ask(selling.customer(who), *lines)
    assert re.search(words, answers[-1][0]), answers[-1]
    assert not ToolCall.objects.exists()
    assert ledger(shop) == []


def test_the_same_item_is_not_refunded_twice(selling: House, shop: ShopServer) -> None:
    words = BROKEN.format("the lantern in FW-10465")
    selling.ask(selling.alice(), words, "yes")
    _, answers = selling.ask(selling.alice(), words)
    assert "went back" in answers[0][0] or "went to" in answers[0][0]
    assert len(paid_back(shop)) == 1


def test_what_is_under_way_is_not_offered_again(selling: House, shop: ShopServer) -> None:
    words = BROKEN.format("my blender FW-10464")
    row, _ = selling.ask(selling.alice(), words, "yes")
    _, answers = selling.ask(selling.alice(), words, into=row)
    assert "colleague decides" in answers[0][0] or "with a colleague" in answers[0][0]
    _, elsewhere = selling.ask(selling.alice(), words)
    assert "under way" in elsewhere[0][0]
    assert ToolCall.objects.count() == 1


def test_an_exception_is_a_person_s_to_grant(selling: House, shop: ShopServer) -> None:
    row, _ = selling.ask(selling.alice(), "refund FW-10420, it's too small", "yes please")
    assert row.handoffs.get().reason == "refund-exception"
    assert not ToolCall.objects.exists()


STOPS = [
    "stop",
    "Stop! Don't refund it",
    "forget it",
    "cancel the refund please",
    "I changed my mind",
    "I'll keep it",
    "wait",
]


@pytest.mark.parametrize("words", STOPS)
def test_a_stop_after_the_yes_and_before_the_effect_stops_it(selling: House, shop: ShopServer, words: str) -> None:
    row, _ = selling.ask(selling.alice(), BROKEN.format("my blender FW-10464"), "yes")
    request = ApprovalRequest.objects.get()
    _, answers = selling.ask(selling.alice(), words, into=row)
    assert "FW-10464" in answers[0][0]
    assert (ToolCall.objects.get().status, ToolCall.objects.get().moved_why) == ("dropped", "withdrawn")
    with pytest.raises(deciding.RefusedError):
        deciding.decide(request.public_id, olga(), yes=True, reason="seen")
    deeds.sweep()
    assert paid_back(shop) == {}


def test_a_stop_that_nobody_has_read_yet_holds_the_effect_back(selling: House, shop: ShopServer) -> None:
    """The clearing statement itself asks whether something newer was said."""
    row, _ = selling.ask(selling.alice(), BROKEN.format("my blender FW-10464"), "yes")
    request = ApprovalRequest.objects.get()
    selling.says(selling.alice(), "stop, don't refund it", row)
    deciding.decide(request.public_id, olga(), yes=True, reason="seen")
    outcome = execute.run(request.call_id, writes.terms(deeds.kit()))
    assert outcome.state == execute.UNREAD
    runner.work_on(row.pk)
    assert execute.run(request.call_id, writes.terms(deeds.kit())).state == execute.DROPPED
    assert paid_back(shop) == {}


def test_a_stop_that_comes_too_late_says_so(selling: House, shop: ShopServer) -> None:
    row, _ = selling.ask(selling.alice(), BROKEN.format("my blender FW-10464"), "yes")
    request = ApprovalRequest.objects.get()
    deciding.decide(request.public_id, olga(), yes=True, reason="seen")
    deeds.carry_out(request.call_id)
    selling.says(selling.alice(), "stop", row)
    runner.work_on(row.pk)
    assert len(paid_back(shop)) == 1
    assert "RF-" in last(selling, row)


NODES = [
    ("which", ("I want a refund",)),
    ("items", ("refund FW-10473, it doesn't fit",)),
    ("why", ("refund FW-10464",)),
    ("offer", (BROKEN.format("my blender FW-10464"),)),
    ("exception", ("refund FW-10420, it's too small",)),
]


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        (BROKEN.format("The camp lantern from FW-10465"), "The refund of $45.00 for order FW-10465 has gone out."),
        ("cancel FW-10488, I ordered it by mistake", "Order FW-10488 is cancelled"),
    ],
)
@pytest.mark.parametrize("stop", ["stop!! I changed my mind", "stop"])
def test_a_stop_behind_what_was_done_at_once_says_so_too(
    selling: House, shop: ShopServer, wish: str, says: str, stop: str
) -> None:
    """Nobody may think that it was stopped. The twin, where nothing was done, is left in peace."""
    row, answers = selling.ask(selling.alice(), wish, "yes", stop)
    assert Effect.objects.get().status == "confirmed"
    assert says in answers[-1][0]
    assert TOO_LATE.search(answers[-1][0])
    _, answers = selling.ask(selling.bob(), "where is FW-10484?", stop)
    assert "in time" not in " ".join(answers[-1])
    assert "already" not in " ".join(answers[-1])
    assert row.status == "active"


def test_after_another_matter_a_stop_is_about_that_one(selling: House, shop: ShopServer) -> None:
    wish = BROKEN.format("The camp lantern from FW-10465")
    _, answers = selling.ask(selling.alice(), wish, "yes", "where is FW-10482?", "never mind")
    assert "FW-10465" not in answers[-1][0]


@pytest.mark.parametrize(("node", "lines"), NODES)
def test_forget_it_works_at_every_node(selling: House, shop: ShopServer, node: str, lines: tuple[str, ...]) -> None:
    row, _ = selling.ask(selling.alice(), *lines)
    assert row.runs.get(active=True).node == node
    _, answers = selling.ask(selling.alice(), "forget it", into=row)
    assert answers[0]
    assert not row.runs.filter(active=True).exists()
    _, answers = selling.ask(selling.alice(), "yes", into=row)
    assert not ToolCall.objects.exists()


@pytest.mark.parametrize(("node", "lines"), NODES[1:])
def test_another_order_is_heard_at_every_node(
    selling: House, shop: ShopServer, node: str, lines: tuple[str, ...]
) -> None:
    row, _ = selling.ask(selling.alice(), *lines)
    _, answers = selling.ask(selling.alice(), "no, the other order, FW-10465, it's broken", into=row)
    assert "$45.00" in answers[0][0]
    selling.ask(selling.alice(), "yes", into=row)
    assert ToolCall.objects.get().order_ref == "FW-10465"


def test_another_order_while_one_waits_takes_that_back(selling: House, shop: ShopServer) -> None:
    row, _ = selling.ask(selling.alice(), BROKEN.format("my blender FW-10464"), "yes")
    _, answers = selling.ask(selling.alice(), "no, the other order, FW-10465, that one is broken", into=row)
    assert ToolCall.objects.get().status == "dropped"
    assert "$45.00" in answers[0][0]


NO_YES = ["hmm", "how long does that take?", "yes but only half of it", "yes, but to another card", "maybe", "my sister said yes",
          "> Shall I go ahead?\n> yes", "ok wait, no"]  # fmt: skip


@pytest.mark.parametrize("words", NO_YES)
def test_what_is_no_plain_yes_moves_no_money(selling: House, shop: ShopServer, words: str) -> None:
    """C4, law 3: the yes is to exactly what was read back."""
    selling.ask(selling.alice(), BROKEN.format("the lantern in FW-10465"), words)
    assert paid_back(shop) == {}


def test_a_yes_to_an_old_offer_is_asked_again(selling: House, shop: ShopServer) -> None:
    """C4: the offer expires."""
    row, _ = selling.ask(selling.alice(), BROKEN.format("the lantern in FW-10465"))
    with connection.cursor() as cursor:
        cursor.execute(
            """update agents_run set slots = jsonb_set(slots, '{offer,value,until}', '"2020-01-01T00:00:00+00:00"')"""
        )
    _, answers = selling.ask(selling.alice(), "yes", into=row)
    assert "$45.00" in answers[0][0]
    assert paid_back(shop) == {}
    selling.ask(selling.alice(), "yes", into=row)
    assert len(paid_back(shop)) == 1


def test_a_yes_replayed_is_one_refund(selling: House, shop: ShopServer) -> None:
    row, _ = selling.ask(selling.alice(), BROKEN.format("the lantern in FW-10465"))
    for _ in range(5):
        selling.ask(selling.alice(), "yes", into=row)
    assert len(paid_back(shop)) == 1


def test_a_yes_counts_for_what_was_offered_and_not_for_what_it_has_become(selling: House, shop: ShopServer) -> None:
    """C2, C4: one of the two items was refunded elsewhere between offer and yes: the offer is read back anew."""
    row, answers = selling.ask(selling.alice(), "both items of FW-10473 arrived damaged, I want a refund")
    assert "$168.00" in answers[0][0]
    elsewhere(shop, "FW-10473", 2, 7200)
    _, answers = selling.ask(selling.alice(), "yes", into=row)
    assert not ToolCall.objects.exists()
    assert "$168.00" not in answers[0][0]


def elsewhere(shop: ShopServer, order: str, line: int, cents: int) -> None:
    """Somebody refunds it by hand, in the company's own system."""
    import uuid

    wish = {"amount_cents": cents, "lines": [line], "reason": "by hand"}
    assert (
        shop.ask("POST", f"/finance/orders/{order}/refunds", wish, Idempotency_Key=str(uuid.uuid4())).status_code == 201
    )


def test_what_changed_between_yes_and_approval_goes_to_people(selling: House, shop: ShopServer) -> None:
    """C2: the same item was refunded by hand meanwhile; the approval comes, and nothing is sent."""
    row, _ = selling.ask(selling.alice(), BROKEN.format("my blender FW-10464"), "yes")
    elsewhere(shop, "FW-10464", 1, 12000)
    decide(row, olga())
    assert ToolCall.objects.get().moved_why == "rule:REF-7:already-refunded"
    assert len(paid_back(shop)) == 1
    assert not Effect.objects.exists()
    assert Conversation.objects.get(pk=row.pk).handoffs.get().reason == "refund-stale"


def test_a_stricter_policy_sends_it_back_to_people(
    selling: House, shop: ShopServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C2: what one operator approved needs a manager and two people by now."""
    from dataclasses import replace

    row, _ = selling.ask(selling.alice(), BROKEN.format("my blender FW-10464"), "yes")
    request = ApprovalRequest.objects.get()
    real = writes.terms
    rows = [{"above_usd": 50, "role": "manager", "people": 2}]

    def stricter(kit: Any) -> Any:
        terms = real(kit)
        return replace(terms, refunds=terms.refunds.model_validate({**terms.refunds.model_dump(), "approvals": rows}))

    monkeypatch.setattr(writes, "terms", stricter)
    deciding.decide(request.public_id, olga(), yes=True, reason="seen")
    deeds.carry_out(request.call_id)
    assert paid_back(shop) == {}
    assert ApprovalRequest.objects.get(pk=request.pk).status == "superseded"
    asked = ApprovalRequest.objects.get(status="pending")
    assert (asked.role, asked.people) == ("manager", 2)
    decide(row, manager(), mia())
    assert len(paid_back(shop)) == 1


def test_an_approval_that_nobody_gives_expires_and_a_person_takes_over(selling: House, shop: ShopServer) -> None:
    """S0-09: expiry."""
    row, _ = selling.ask(selling.alice(), BROKEN.format("my blender FW-10464"), "yes")
    with connection.cursor() as cursor:
        cursor.execute("update tools_toolcall set expires_at = handrail_now() - interval '1 second'")
    deeds.sweep()
    runner.work_on(row.pk)
    assert Conversation.objects.get(pk=row.pk).handoffs.get().reason == "approval-expired"
    assert "Nobody decided" in last(selling, row) or "wasn't decided" in last(selling, row)
    assert paid_back(shop) == {}


def test_after_a_takeover_it_still_settles_and_shows_as_a_line(selling: House, shop: ShopServer) -> None:
    row, _ = selling.ask(selling.alice(), BROKEN.format("my blender FW-10464"), "yes")
    lifecycle.take_over(row, olga())
    request = ApprovalRequest.objects.get()
    deciding.decide(request.public_id, bill(), yes=True, reason="seen")
    deeds.carry_out(request.call_id)
    with connection.cursor() as cursor:
        cursor.execute("update tools_effect set settled_at = settled_at - interval '2 seconds'")
    deeds.sweep()
    deeds.sweep()
    lines = Message.objects.filter(conversation=row, author="system", text__contains="has gone out")
    (told,) = (line.text for line in lines)
    assert told.startswith("The refund of $120.00 for order FW-10464 has gone out. The reference is RF-")
    assert ToolCall.objects.get().told
    assert len(paid_back(shop)) == 1


def test_other_matters_go_on_while_one_waits(selling: House, shop: ShopServer) -> None:
    row, _ = selling.ask(selling.alice(), BROKEN.format("my blender FW-10464"), "yes")
    _, answers = selling.ask(selling.alice(), "where is FW-10482?", into=row)
    assert "Packhorse" in answers[0][0]
    decide(row, olga())
    assert "RF-" in last(selling, row)


def test_who_is_not_signed_in_gets_a_person_and_says_nothing_twice(selling: House, shop: ShopServer) -> None:
    row, _ = selling.ask(selling.visitor(), "I want a refund", "FW-10465", "alice@example.com", "it broke")
    handoff = row.handoffs.get()
    assert handoff.reason == "identity-not-proven"
    assert "FW-10465" in str(handoff.packet)
    assert "alice@example.com" in str(handoff.packet)
    assert not ToolCall.objects.exists()


def test_every_write_leaves_its_sealed_story(selling: House, shop: ShopServer) -> None:
    selling.ask(selling.alice(), BROKEN.format("the lantern in FW-10465"), "yes")
    call = ToolCall.objects.get()
    verbs = list(Event.objects.filter(stream=f"toolcall:{call.pk}").order_by("n").values_list("verb", flat=True))
    assert verbs == ["created", "cleared"]
    effect = Event.objects.filter(stream=f"effect:{call.effect.pk}").order_by("n")
    assert list(effect.values_list("verb", flat=True)) == ["created", "confirmed"]
    assert OrderMoney.objects.get().taken_cents == 4500
    said = " ".join(str(event.data) + event.reason for event in Event.objects.all())
    assert "lantern" not in said


def test_a_conversation_with_writes_replays_byte_for_byte(selling: House, shop: ShopServer) -> None:
    """Law 8: offer, wait, decision, outcome and a stop, each from the record alone; nothing is proposed or sent again."""
    from agents import replay
    from agents.models import Turn

    row, _ = selling.ask(selling.alice(), BROKEN.format("my blender FW-10464"), "yes")
    decide(row, olga())
    selling.ask(selling.alice(), BROKEN.format("the lantern in FW-10465"), "yes", into=row)
    selling.ask(selling.alice(), "refund the merino base layer FW-10473, it doesn't fit", "yes", "stop", into=row)
    before = ToolCall.objects.count(), len(ledger(shop))
    turns = list(Turn.objects.filter(conversation=row).order_by("attempt"))
    assert len(turns) >= 8
    assert [replay.replay(turn).why for turn in turns] == [""] * len(turns)
    assert (ToolCall.objects.count(), len(ledger(shop))) == before
