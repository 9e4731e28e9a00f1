"""Changes of an order as a customer has them, from words to rows: cancelled, sent elsewhere, sent again."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from agents import deeds, releases
from approvals.models import ApprovalRequest
from conversations.access import SYSTEM
from conversations.models import Conversation, Handoff
from tests.approvals.goods import ledger, stock_up
from tests.approvals.test_refunds import decide
from tests.approvals.writes import problems
from tests.cast import bill, manager, mia, olga
from tests.house import House
from tests.shopserver import ShopServer
from tools.models import Effect, ToolCall

OAK = "12 Oak Street, Apt 4, Denver, CO 80201"


def changes(shop: ShopServer) -> list[str]:
    return [str(row["endpoint"]) for row in ledger(shop)]


def order(shop: ShopServer, number: str) -> Any:
    return shop.ask("GET", f"/orders/{number}").json()


def reasons(row: Conversation) -> list[str]:
    return list(Handoff.objects.filter(conversation=row).values_list("reason", flat=True))


def test_a_pending_order_is_cancelled_and_its_money_goes_back(selling: House, shop: ShopServer) -> None:
    row, answers = selling.ask(selling.alice(), "please cancel FW-10488, I ordered it by mistake", "yes")
    assert "$79.00" in answers[0][0]
    assert "Visa ending 4242" in answers[0][0]
    assert (changes(shop), order(shop, "FW-10488")["status"]) == (["/orders/FW-10488/cancel"], "cancelled")
    back = [
        one
        for one in shop.ask("GET", "/finance/orders/FW-10488/payments").json()["payments"]
        if one["kind"] == "refund"
    ]
    assert [one["amount_cents"] for one in back] == [7900]
    call = ToolCall.objects.get()
    assert (call.capability, call.status, call.effect.status) == ("change_order", "cleared", "confirmed")
    assert call.effect.outcome["reference"] in answers[1][0]
    assert "change_order" in row.turns.latest("attempt").figures["tools"]
    assert problems(shop) == []


def test_a_cancellation_above_the_limit_waits_for_people(selling: House, shop: ShopServer) -> None:
    (bought,) = stock_up(shop, 1, 70000, like="FW-10488")
    row, answers = selling.ask(
        selling.customer(bought.email), f"cancel {bought.order_id}, I don't need it any more", "yes"
    )
    assert "$1,400.00" in answers[0][0]
    request = ApprovalRequest.objects.get()
    assert (request.role, request.people, changes(shop)) == ("manager", 2, [])
    assert Conversation.objects.get(pk=row.pk).status == "active"
    client = Client()
    client.force_login(bill())
    card = client.get(reverse("approvals:card", args=[request.public_id])).content.decode()
    assert "A cancellation ($1,400.00)" in card
    assert "no longer needed" in card


@pytest.mark.parametrize(
    "words", [f"please send FW-10488 to {OAK} instead", "please send FW-10467 again, it never came"]
)
def test_the_why_page_tells_what_became_of_it(selling: House, words: str) -> None:
    """S4-06, for a write that is no refund."""
    selling.ask(selling.alice(), words, "yes")
    client = Client()
    client.force_login(olga())
    page = client.get(reverse("approvals:why", args=[ToolCall.objects.get().key])).content.decode()
    assert ("Another address for FW-10488 was asked for." in page) == ("instead" in words)
    assert ("The same again ($129.00) for FW-10467 was asked for" in page) == ("again" in words)
    assert "the yes is message" in page


def test_a_refund_of_what_was_never_sent_is_a_cancellation(selling: House, shop: ShopServer) -> None:
    """Nobody waits for goods that they don't want, nor says anything twice."""
    _, answers = selling.ask(selling.alice(), "I ordered the wrong thing, FW-10488, I want my money back", "yes")
    assert "still be stopped" in answers[0][0] or "hasn't left us" in answers[0][0]
    assert "$79.00" in answers[0][0]
    assert changes(shop) == ["/orders/FW-10488/cancel"]
    assert ToolCall.objects.get().args["reason_code"] == "ordered_by_mistake"


def test_one_thing_of_an_unsent_order_is_no_cancellation(selling: House, shop: ShopServer) -> None:
    row, answers = selling.ask(selling.alice(), "refund the camp lantern in FW-10488 please", "yes")
    assert "cancel" not in answers[0][0]
    assert (changes(shop), reasons(row)) == ([], ["refund-exception"])


def test_an_offer_comes_back_behind_another_question(selling: House, shop: ShopServer) -> None:
    """The record that the other matter read is not the offer's own."""
    _, answers = selling.ask(selling.alice(), "cancel my order", "where is FW-10482?", "yes")
    assert "FW-10488" in answers[0][0]
    assert "FW-10482" in "".join(answers[1]) or "Packhorse" in "".join(answers[1])
    assert "$79.00" in "".join(answers[1])
    assert changes(shop) == ["/orders/FW-10488/cancel"]


def test_after_no_nothing_has_changed(selling: House, shop: ShopServer) -> None:
    selling.ask(selling.alice(), "cancel FW-10488", "no, leave it")
    assert (changes(shop), ToolCall.objects.count()) == ([], 0)


def test_what_has_left_is_not_cancelled_and_a_person_may_look(selling: House, shop: ShopServer) -> None:
    row, answers = selling.ask(selling.alice(), "cancel FW-10482", "yes please")
    assert "can't be stopped any more" in answers[0][0] or "too late to stop it" in answers[0][0]
    assert reasons(row) == ["write-exception"]
    assert changes(shop) == []


def test_the_order_of_somebody_else_is_not_there(selling: House, shop: ShopServer) -> None:
    _, mine = selling.ask(selling.bob(), "cancel FW-10488")
    _, none = selling.ask(selling.bob(), "cancel FW-99999")
    for answers, number in ((mine, "FW-10488"), (none, "FW-99999")):
        assert any(f"{said} {number}" in answers[0][0] for said in ("no", "find", "see")), answers
    assert changes(shop) == []


def test_an_address_is_changed_and_a_text_confirms_it_once(selling: House, shop: ShopServer) -> None:
    """S4-04: the outbound text is part of the same write."""
    _, answers = selling.ask(selling.alice(), f"please send FW-10488 to {OAK} instead", "yes")
    assert "12 Oak Street, Apt 4, Denver, CO 80201, USA" in answers[0][0]
    assert changes(shop) == ["/orders/FW-10488/address", "/logistics/notices"]
    assert order(shop, "FW-10488")["address"]["address1"] == "12 Oak Street"
    assert "text message" in " ".join(answers[1])
    assert problems(shop) == []


@pytest.mark.parametrize(
    ("words", "where"),
    [
        ("hm no wait, 14 Elm street", "14 Elm Street, Boston, MA 02110"),
        ("no, it's 5 Quarry Road, Boulder, CO 80301", "5 Quarry Road, Boulder, CO 80301"),
    ],
)
def test_an_address_is_put_right_before_the_yes(selling: House, shop: ShopServer, words: str, where: str) -> None:
    _, answers = selling.ask(selling.alice(), "send FW-10488 to 12 elm street boston ma 02110", words, "yes")
    assert "12 Elm Street, Boston, MA 02110" in answers[0][0]
    assert where in answers[1][0]
    assert "12 Elm" not in answers[1][0]
    found = order(shop, "FW-10488")["address"]
    assert (found["address1"], found["city"]) == (where.split(", ")[0], where.split(", ")[1])


def test_an_address_in_pieces_is_asked_for_twice_and_then_a_person_writes_it_down(
    selling: House, shop: ShopServer
) -> None:
    row, answers = selling.ask(
        selling.alice(), "change the delivery address of FW-10488", "the new house", "next to the church"
    )
    assert all("zip code" in one[0] for one in answers[:2])
    assert reasons(row) == ["needs-person:change_address"]
    assert changes(shop) == []


def test_a_parcel_without_a_scan_for_a_week_is_sent_again_and_the_stock_follows(
    selling: House, shop: ShopServer
) -> None:
    """S4-04: inventory adjustments. The lamp costs more than goes by itself, so an operator looks."""
    before = shop.ask("GET", "/platform/variants/V-30101").json()
    row, answers = selling.ask(selling.alice(), "my parcel FW-10467 never arrived", "please send it again", "yes")
    assert "money back" in answers[0][0]
    decide(row, olga())
    assert changes(shop) == ["/orders/FW-10467/replacements", "/platform/variants/V-30101/stock"]
    assert before["available"]
    assert "Your reference is" in selling.said(row)[-1] or "Keep the reference" in selling.said(row)[-1]
    assert problems(shop) == []


@pytest.mark.parametrize(
    ("words", "capability"), [("new one", "process_return"), ("another one please", "process_return"),
                              ("rather the money please", "process_refund")]
)  # fmt: skip
def test_a_lost_parcel_takes_two_words(selling: House, shop: ShopServer, words: str, capability: str) -> None:
    selling.ask(selling.alice(), "my lamp has been stuck for ages, I want my money or a new one!!!", words, "yes")
    assert ToolCall.objects.get().capability == capability


def test_what_arrived_broken_is_sent_again_when_they_wish_so(selling: House, shop: ShopServer) -> None:
    (bought,) = stock_up(shop, 1, 3000, like="FW-10465")
    who = selling.customer(bought.email)
    _, answers = selling.ask(who, f"{bought.order_id} arrived broken, send me another", "yes")
    assert ToolCall.objects.get().args["kind"] == "replacement", answers


def test_the_money_back_instead_is_a_refund(selling: House, shop: ShopServer) -> None:
    _, answers = selling.ask(
        selling.alice(), "my parcel FW-10467 never arrived", "I want my money back", "it got lost", "yes"
    )
    assert "$" in answers[2][0]
    assert ApprovalRequest.objects.get().call.capability == "process_refund"
    assert changes(shop) == []


def test_stop_before_people_have_decided(selling: House, shop: ShopServer) -> None:
    _, answers = selling.ask(
        selling.alice(), "please send FW-10467 again, it never came", "yes", "stop, I don't want it"
    )
    assert "nothing" in answers[2][0].lower()
    assert (ToolCall.objects.get().status, changes(shop)) == ("dropped", [])


@pytest.mark.parametrize(("level", "status"), [(0, None), (1, "pending"), (2, "confirmed")])
def test_authority_says_how_far_the_agent_reaches(
    selling: House, shop: ShopServer, level: int, status: str | None
) -> None:
    """S1-21: 0 prepares it for a person, 1 asks people, 2 does what the policy allows."""
    for step in range(releases.live_authority() - 1, level - 1, -1):
        releases.set_authority(step, SYSTEM, "admin", "lowered for this")
    assert releases.live_authority() == level
    row, _ = selling.ask(selling.alice(), "cancel FW-10488", "yes")
    if status is None:
        assert (ToolCall.objects.count(), reasons(row)) == (0, ["needs-person:cancel_order"])
    elif status == "pending":
        assert ApprovalRequest.objects.get().why == "authority-level"
    else:
        assert Effect.objects.get().status == status
    assert len(changes(shop)) == (1 if level == 2 else 0)


def test_authority_is_raised_one_step_at_a_time_with_evidence(selling: House) -> None:
    for person in (manager, mia):
        person()
    for level in (1, 0):
        releases.set_authority(level, SYSTEM, "admin", "lowered for this")
    for level, evidence in (
        (2, "200 conversations, 0 wrong, dashboard of May"),
        (1, "looks good"),
        (3, "a b c d e"),
        (0, "x"),
    ):
        with pytest.raises(releases.AuthorityError):
            releases.set_authority(level, SYSTEM, "admin", evidence)
    release = releases.set_authority(1, SYSTEM, "admin", "200 conversations, 0 wrong writes, suite of May")
    row = release.authority_change
    assert (row.before, row.level, row.by, deeds.kit().authority) == (0, 1, "admin", 1)
