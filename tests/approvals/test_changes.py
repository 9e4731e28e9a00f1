"""Approve with a change: less than was asked for, asked of the customer again, and a proposal like any other."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from agents import changing, deeds, runner
from approvals import deciding, ladder
from approvals.deciding import RefusedError
from approvals.models import ApprovalRequest, Change, CriticReview
from conversations import clock, lifecycle
from conversations.models import Conversation, Event
from tests.approvals.goods import paid_back
from tests.approvals.test_desk_lists import desk, later, orders
from tests.approvals.test_desk_pages import signed_in
from tests.approvals.writes import problems
from tests.cast import bill, manager, mia, olga
from tests.house import House
from tests.shopserver import ShopServer
from tools.models import Effect, ToolCall

ORDER = "FW-10473"


def wished(house: House) -> tuple[Conversation, ApprovalRequest]:
    """Alice wants all of an order back and has said yes to it; it waits for people."""
    row, _ = house.ask(house.alice(), f"I want my money back for everything in {ORDER}, it doesn't fit", "yes")
    request = ApprovalRequest.objects.get()
    assert len(request.call.line_ids) > 1
    return row, request


def changed(client: Client, request: ApprovalRequest, *keep: str, reason: str = "the other one was worn") -> Any:
    address = f"{reverse('agents:change')}?request={request.public_id}"
    return client.post(address, {"keep": list(keep), "reason": reason}, follow=True)


def approver(request: ApprovalRequest) -> Any:
    return {"operator": olga, "billing_specialist": bill, "manager": manager}[request.role]()


def test_a_change_asks_the_customer_and_their_yes_carries_it_out(selling: House, shop: ShopServer) -> None:
    row, request = wished(selling)
    whole = request.call.amount_cents
    page = changed(signed_in(approver(request)), request, "2").content.decode()
    assert "Approved with a change" in desk(signed_in(olga()), tab="decided")
    assert "the other one was worn" in page
    assert "The customer is asked whether they want that instead" in page
    assert paid_back(shop) == {}, "nothing is done before the customer is asked"
    runner.work_on(row.pk)
    asked = selling.said(row)[-1]
    assert ("part of it" in asked, "$72.00" in asked, asked.count("?")) == (True, True, 1)
    selling.ask(selling.alice(), "yes", into=row)
    first, second = ToolCall.objects.order_by("pk")
    assert (first.status, first.moved_why, second.status) == ("dropped", "changed", "cleared")
    assert first.args_hash != second.args_hash
    assert (second.line_ids, second.sources["lines"]) == (["2"], "operator")
    assert CriticReview.objects.filter(call=second, verdict="approved").exists()
    assert list(paid_back(shop).values()) == [7200]
    assert whole > 7200
    assert problems(shop) == []


def test_the_yes_to_the_change_counts_for_its_hash_once(selling: House, shop: ShopServer) -> None:
    row, request = wished(selling)
    user = approver(request)
    changing.start(request.public_id, user, ["2"], "the other one was worn")
    runner.work_on(row.pk)
    selling.ask(selling.alice(), "yes", into=row)
    second = ApprovalRequest.objects.latest("pk")
    vote = second.votes.get()
    assert (second.status, vote.operator, vote.reason) == ("approved", user, "the other one was worn")
    assert Change.objects.get().used_for == second
    page = signed_in(user).get(reverse("approvals:card", args=[request.public_id])).content.decode()
    assert f"/{second.public_id}/" in page.split("The customer agreed")[1].split("</p>")[0]
    assert [e.verb for e in Event.objects.filter(stream=f"approvalrequest:{second.pk}").order_by("n")] == [
        "created",
        "voted",
        "approved",
    ]


@pytest.mark.parametrize("how", ["too old", "rights gone", "another hash"])
def test_otherwise_the_new_proposal_waits_for_people_as_any(selling: House, shop: ShopServer, how: str) -> None:
    """The twin of the vote that counts: each reason why it doesn't."""
    row, request = wished(selling)
    user = approver(request)
    changing.start(request.public_id, user, ["2"], "the other one was worn")
    runner.work_on(row.pk)
    if how == "rights gone":
        user.is_active = False
        user.save(update_fields=["is_active"])
    elif how == "too old":
        ApprovalRequest.objects.filter(pk=request.pk).update(expires_at=clock.business_now())
    else:
        Change.objects.update(args_hash="0" * 64)
    selling.ask(selling.alice(), "yes", into=row)
    second = ApprovalRequest.objects.latest("pk")
    assert (second.status, second.votes.count()) == ("pending", 0)
    assert paid_back(shop) == {}


def test_a_no_of_the_customers_ends_it(selling: House, shop: ShopServer) -> None:
    row, request = wished(selling)
    changing.start(request.public_id, approver(request), ["2"], "the other one was worn")
    runner.work_on(row.pk)
    selling.ask(selling.alice(), "no", into=row)
    assert (ToolCall.objects.count(), ApprovalRequest.objects.count()) == (1, 1)
    assert paid_back(shop) == {}
    assert not Effect.objects.exists()


def test_who_spoke_meanwhile_is_answered_first(selling: House, shop: ShopServer) -> None:
    """Their own question has its answer, then they are asked."""
    row, request = wished(selling)
    changing.start(request.public_id, approver(request), ["2"], "the other one was worn")
    selling.says(selling.alice(), "How long do I have to return things?", row)
    runner.work_on(row.pk)
    assert "part of it" not in selling.said(row)[-1]
    with later(1):
        deeds.tell_untold()
        runner.work_on(row.pk)
    assert "part of it" in selling.said(row)[-1]


@pytest.mark.parametrize("keep", [[], ["1", "2", "3", "4", "5"], ["9"], ["x"]])
def test_never_the_same_nor_more(selling: House, shop: ShopServer, keep: list[str]) -> None:
    _, request = wished(selling)
    page = changed(signed_in(approver(request)), request, *keep).content.decode()
    assert "Nothing was changed." in page
    assert untouched(request)


def untouched(request: ApprovalRequest) -> bool:
    found = ApprovalRequest.objects.get(pk=request.pk)
    return (found.status, found.call.status, Change.objects.count()) == ("pending", "proposed", 0)


def test_without_a_reason_nothing_is_changed(selling: House, shop: ShopServer) -> None:
    _, request = wished(selling)
    assert "Nothing was changed." in changed(signed_in(approver(request)), request, "2", reason=" ").content.decode()
    assert untouched(request)


def test_only_who_may_decide_it_may_change_it(selling: House, shop: ShopServer) -> None:
    _, request = wished(selling)
    user = approver(request)
    user.email = request.call.customer.email
    user.save(update_fields=["email"])
    assert "your own account" in changed(signed_in(user), request, "2").content.decode()
    assert untouched(request)


def test_where_nobody_would_ask_the_customer_it_is_not_offered(selling: House, shop: ShopServer) -> None:
    row, request = wished(selling)
    client = signed_in(approver(request))
    address = reverse("approvals:card", args=[request.public_id])
    assert 'id="decide-change"' in client.get(address).content.decode()
    lifecycle.take_over(Conversation.objects.get(pk=row.pk), mia())
    assert 'id="decide-change"' not in client.get(address).content.decode()
    assert "nobody would ask the customer" in changed(client, request, "2").content.decode()
    assert untouched(request)


def test_one_thing_as_a_whole_has_nothing_to_leave_out(selling: House, shop: ShopServer) -> None:
    selling.ask(selling.alice(), "my blender FW-10464 arrived broken, I want my money back", "yes")
    request = ApprovalRequest.objects.get()
    with pytest.raises(RefusedError, match="nothing to leave out"):
        changing.start(request.public_id, olga(), ["1"], "x")


def test_what_is_decided_is_not_changed_any_more(selling: House, shop: ShopServer) -> None:
    _, request = wished(selling)
    user = approver(request)
    deciding.decide(request.public_id, user, yes=False, reason="no")
    assert "already" in changed(signed_in(user), request, "2").content.decode()
    assert Change.objects.count() == 0


def test_where_two_decide_the_change_is_one_of_them(selling: House, shop: ShopServer) -> None:
    row, request = wished(selling)
    changing.start(request.public_id, manager(), ["2"], "the other one was worn")
    runner.work_on(row.pk)
    real = ladder.rung
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ladder, "rung", lambda *given: replace(real(*given), people=2, role="manager"))
        selling.ask(selling.alice(), "yes", into=row)
        second = ApprovalRequest.objects.latest("pk")
        assert (second.status, second.people, second.votes.count()) == ("pending", 2, 1)
        assert "colleague" in selling.said(row)[-1]
        assert paid_back(shop) == {}
        deciding.decide(second.public_id, mia(), yes=True, reason="so do I")
        deeds.carry_out(second.call_id)
    assert list(paid_back(shop).values()) == [7200]


@pytest.mark.parametrize("yes", [True, False])
def test_a_change_races_a_plain_answer(busy: House, shop: ShopServer, yes: bool) -> None:
    """One of them counts, and the other is told so."""
    _, request = wished(busy)
    told: list[str] = []
    ready = threading.Barrier(2)

    def attempt(act: Any) -> None:
        ready.wait()
        try:
            act()
            told.append("done")
        except RefusedError as error:
            told.append(str(error))
        finally:
            connection.close()

    one, other = bill(), olga()
    acts = (
        lambda: changing.start(request.public_id, one, ["2"], "worn"),
        lambda: deciding.decide(request.public_id, other, yes=yes, reason="seen"),
    )
    threads = [threading.Thread(target=attempt, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(told) == 2
    assert told.count("done") == 1, told
    found = ApprovalRequest.objects.get()
    assert Change.objects.count() + found.votes.count() == 1
    assert (found.status == "superseded") == Change.objects.exists()


def test_it_stands_among_ones_own_decisions(selling: House, shop: ShopServer) -> None:
    _, request = wished(selling)
    user = approver(request)
    changing.start(request.public_id, user, ["2"], "the other one was worn")
    page = desk(signed_in(user), tab="mine", ended="changed")
    assert orders(page) == [ORDER]
    assert "only $72.00: the other one was worn" in page
