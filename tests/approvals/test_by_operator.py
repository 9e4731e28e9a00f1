"""Law 2, the other half: a person may start any write, through the same rules, hash, Critic, gate, effect and audit."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import psycopg
import pytest
from django.core import signing
from django.db import connection

from agents import by_operator, deeds, pausing, writes
from approvals import deciding, execute
from approvals.critic import Critic
from approvals.models import ApprovalRequest, CriticReview
from conversations import faults, lifecycle
from conversations.models import Conversation, Message
from tests.approvals.acting import Page, act, looked, taken_over
from tests.approvals.goods import Bought, ledger, paid_back, stock_up
from tests.approvals.kinds import KINDS, Kind, filled, goods_for, seen, wanted
from tests.approvals.writes import leases_over, problems
from tests.cast import bill, manager, mia, olga
from tests.house import House
from tests.shopserver import ShopServer
from tools import catalogue, pack
from tools.models import Effect, ToolCall

REFUND: Final = Kind("refund", "process_refund", {"order_id": "{o}", "reason_code": "damaged", "lines": ["1"]}, (),
                     "select coalesce(sum(amount_cents), 0)::int from payments where order_id = '{o}' and kind = 'refund'",
                     300)  # fmt: skip
ALL: Final = (REFUND, *KINDS)
LANTERN: Final = {"order_id": "FW-10465", "reason_code": "damaged"}


def slug(kind: Kind) -> str:
    found = (deed for deed in catalogue.deeds(pack.active()).values() if deed.capability.name == kind.capability)
    return next(deed.slug for deed in found if all(kind.args[name] == value for name, value in deed.fixed.items()))


def typed(kind: Kind, bought: Bought) -> dict[str, Any]:
    """The arguments as somebody fills them in."""
    given = {"why": "agreed"}
    args = filled(kind.args, bought)
    swaps = "new_items" in args
    for name, value in args.items():
        if isinstance(value, dict):
            given |= {f"{name}|{part}": one for part, one in value.items()}
        elif name == "new_items":
            given |= {f"new_items|{line}": item for line, item in zip(args["lines"], value, strict=True)}
        elif name != "lines" or not swaps:
            given[name] = value
    return given


def test_every_write_of_the_company_is_tried_below() -> None:
    """A new capability, or a new variant, is a form from its first day; without a try here this fails."""
    assert {slug(kind) for kind in ALL} == set(catalogue.deeds(pack.active()))


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
def test_every_write_has_a_form_that_works(selling: House, shop: ShopServer, kind: Kind) -> None:
    """Filled in, looked at, done; once in the company's rows, and told to the customer with its reference."""
    bought = goods_for(shop, kind, 1)[0]
    page = Page(taken_over(selling, bought.email)).open(slug(kind))
    page.send(**typed(kind, bought))
    assert "What would happen" in page.html, (page.errors(), page.notices())
    assert (ToolCall.objects.count(), seen(shop, kind, bought) == wanted(kind, bought)) == (0, False)
    page.send()
    assert "Done." in page.html, page.notices()
    assert seen(shop, kind, bought) == wanted(kind, bought)
    call = ToolCall.objects.get()
    assert (call.capability, call.origin, call.asked_by, call.effect.status) == (
        kind.capability,
        "operator",
        olga(),
        "confirmed",
    )
    assert (call.reviews.count(), call.requests.get().votes.get().operator) == (1, olga())
    # A payment that changes places is no refund in the shop's books.
    assert [one for one in problems(shop) if kind.name != "payment" or not one.startswith("ours")] == []
    told = tell(page.row)
    reference = str(
        call.effect.outcome.get("reference") or call.effect.outcome.get("ticket_id") or booked(shop, bought)
    )
    assert f"The reference is {reference}." in told


def tell(row: Conversation) -> str:
    """What the sweeper writes into the thread, a little later; once."""
    with connection.cursor() as cursor:
        cursor.execute("update tools_effect set settled_at = settled_at - interval '2 seconds'")
    deeds.sweep()
    deeds.sweep()
    return str(Message.objects.get(conversation=row, author="system", text__contains="reference").text)


def booked(shop: ShopServer, bought: Bought) -> str:
    with psycopg.connect(shop.database_url) as asking:
        found = asking.execute(
            "select reference from payments where order_id = %s and kind = 'refund'", [bought.order_id]
        )
        return str((found.fetchone() or [""])[0])


# the words of the form ------------------------------------------------------------------------------------------------


def test_an_operator_types_no_more_than_the_records_leave_open(selling: House, shop: ShopServer) -> None:
    """The order that was spoken of, its items, what it was paid with, where it goes, and the customer's own words."""
    row, _ = selling.ask(selling.alice(), "My order FW-10473, I want to talk to a person")
    row = lifecycle.take_over(row, olga())
    form = Page(row).open("process_return-return").fields()
    assert (form.sent["order_id"], form.offered["lines"], form.sent["method_id"]) == (
        ["FW-10473"],
        ["1", "2"],
        ["card_1001"],
    )
    form = Page(row).open("change_order-address", order_id="FW-10488").fields()
    assert all(form.sent[f"address|{part}"][0] for part in ("first", "city", "postcode"))
    form = Page(row).open("open_ticket").fields()
    assert form.sent["summary"] == ["My order FW-10473, I want to talk to a person"]
    assert form.offered["kind"] == ["", "missing_parcel", "damaged_goods", "billing_dispute", "question"]
    assert "" in form.offered["order_id"]
    form = Page(row).open("process_return-exchange", order_id="FW-10465").fields()
    assert form.offered["new_items|1"][0] == ""
    assert len(form.offered["new_items|1"]) > 1


@pytest.mark.parametrize("deed", catalogue.deeds(pack.active()))
def test_before_an_order_is_chosen_nothing_of_an_order_is_asked(selling: House, shop: ShopServer, deed: str) -> None:
    """Alice has many orders and named none; every form opens, and an account's is complete."""
    page = Page(taken_over(selling)).open(deed)
    fields = page.fields()
    assert (page.status, fields.action.endswith(f"/{deed}/")) == (200, True)
    assert (
        not {"lines", "method_id", "address|first", "new_items|1"} & set(fields.sent) or "order_id" not in fields.sent
    )
    page.send(why="x")
    assert "What would happen" in page.html or page.errors() or page.notices()
    assert not ToolCall.objects.exists()


WRONG: Final = [
    ("process_refund", {"order_id": "FW-99999"}, "Choose one of those offered."),
    ("process_refund", {"order_id": ""}, "Choose one of those offered."),
    ("process_refund", {"order_id": "FW-10473"}, "These are the items of this order: choose among them."),
    ("process_refund", {"reason_code": ""}, "Choose one of those offered."),
    ("process_refund", {"reason_code": "because"}, "Choose one of those offered."),
    ("process_refund", {"lines": "9"}, "Choose one of those offered."),
    ("process_refund", {"why": ""}, "Say in a few words why."),
    ("process_return-return", {"lines": []}, "Tick at least one item."),
    ("process_return-return", {"method_id": "card_9"}, "Choose one of those offered."),
    ("process_return-exchange", {}, "Choose another article for at least one item."),
    ("update_account-email", {"email": "nobody"}, "Write a whole e-mail address, like name@example.com."),
    ("update_account-address", {"address|city": ""}, "Fill this in."),
    ("open_ticket", {"summary": "", "kind": "question"}, "Fill this in."),
]


@pytest.mark.parametrize(("deed", "wrong", "sentence"), WRONG)
def test_bad_input_gets_one_sentence_beside_its_field_and_changes_nothing(
    selling: House, shop: ShopServer, deed: str, wrong: dict[str, Any], sentence: str
) -> None:
    good = {"reason_code": "damaged", "why": "agreed"}
    page = Page(taken_over(selling)).open(deed, order_id="FW-10465")
    page.send(**{**(good if deed.startswith("process") else {"why": "agreed"}), **wrong})
    assert (page.status, page.errors()) == (409, [sentence])
    assert "What would happen" not in page.html
    assert not ToolCall.objects.exists()
    assert ledger(shop) == []


def test_another_order_shows_its_own_items_and_nothing_of_the_first(selling: House, shop: ShopServer) -> None:
    """Also without scripts: the items that were ticked were another order's."""
    page = Page(taken_over(selling)).open("process_refund", order_id="FW-10473")
    page.send(order_id="FW-10465", lines=["2"], reason_code="damaged", why="x")
    assert page.fields().offered["lines"] == ["1"]
    page.send(reason_code="damaged", why="x")
    assert "What would happen" in page.html


def test_a_deed_that_does_not_exist_is_not_found(selling: House) -> None:
    row = taken_over(selling)
    assert Page(row).send_raw(f"/console/agent/writes/{row.public_id}/rob_bank/").status == 404


def test_nobody_to_act_for_is_said(selling: House, shop: ShopServer) -> None:
    row, _ = selling.ask(selling.visitor(), "I want to talk to a person")
    page = Page(lifecycle.take_over(row, olga())).open("update_account-close")
    assert "there is no account to act on" in page.notices()[0]


# rules, Critic, ladder ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("order", "cents"), [("FW-10465", 4500), ("FW-10464", 12000)])
def test_within_their_limit_the_click_is_the_decision(selling: House, shop: ShopServer, order: str, cents: int) -> None:
    call = act(taken_over(selling), "process_refund", order_id=order, reason_code="damaged")
    assert (call.origin, call.asked_by) == ("operator", olga())
    assert list(paid_back(shop).values()) == [cents]
    assert ApprovalRequest.objects.get().votes.get().operator == olga()
    assert problems(shop) == []


def test_who_clicks_carries_it_out_and_no_worker_races_them(
    selling: House, shop: ShopServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that is rung as well may hold the effect, and the page would say that nobody has answered."""
    rung: list[str] = []
    monkeypatch.setattr(deciding.bell, "ring", lambda name, *_: rung.append(name))
    act(taken_over(selling), "process_refund", order_id="FW-10465", reason_code="damaged")
    assert deciding.EXECUTE not in rung
    act(Conversation.objects.get(), "process_refund", order_id="FW-10462", reason_code="damaged")
    deciding.decide(ApprovalRequest.objects.get(status="pending").public_id, bill(), yes=True, reason="seen")
    assert rung.count(deciding.EXECUTE) == 1, "a colleague's yes is carried out by whoever is rung"


ABOUT: Final = [
    ("update_account-password_reset", "The link goes to", "alice@example.com"),
    ("update_account-cancel_subscription", "Subscription", "Fernway Plus, active, paid until"),
    ("update_account-email", "Address now", "alice@example.com"),
]


@pytest.mark.parametrize(("deed", "what", "words"), ABOUT)
def test_a_change_of_the_account_says_what_it_starts_from(
    selling: House, shop: ShopServer, deed: str, what: str, words: str
) -> None:
    given = {"email": "alice.moreau@example.org"} if deed.endswith("email") else {}
    page = Page(taken_over(selling)).open(deed).send(why="asked for it", **given)
    facts = page.html.split('id="write-preview"')[1].split("<h3>Rules")[0]
    assert what in facts
    assert words in facts


def test_above_it_somebody_else_decides(selling: House, shop: ShopServer) -> None:
    row = taken_over(selling)
    page = Page(row).open("process_refund", order_id="FW-10462").send(reason_code="damaged", why="seen")
    assert "This is above your limit: it takes a billing specialist." in page.html
    page.send()
    assert "It waits for a billing specialist." in page.notices()[0]
    request = ApprovalRequest.objects.get()
    assert (request.status, request.role, request.votes.count()) == ("pending", "billing_specialist", 0)
    assert paid_back(shop) == {}
    deciding.decide(request.public_id, bill(), yes=True, reason="seen")
    deeds.carry_out(request.call_id)
    assert list(paid_back(shop).values()) == [62000]


def test_who_asked_does_not_approve_even_when_they_could_by_now(selling: House, shop: ShopServer) -> None:
    """Olga asks for more than she may decide, and becomes a billing specialist: somebody else decides all the same."""
    from django.contrib.auth.models import Group

    act(taken_over(selling), "process_refund", order_id="FW-10462", reason_code="damaged")
    olga().groups.add(Group.objects.get_or_create(name="Billing specialists")[0])
    request = ApprovalRequest.objects.get()
    for yes in (True, False):
        with pytest.raises(deciding.RefusedError, match="asked for this yourself") as refused:
            deciding.decide(request.public_id, olga(), yes=yes, reason="mine")
        assert refused.value.right
    assert (request.votes.count(), paid_back(shop)) == (0, {})
    assert deciding.decide(request.public_id, bill(), yes=True, reason="seen").status == "approved"


def test_where_two_decide_a_managers_own_click_is_one_of_them(selling: House, shop: ShopServer) -> None:
    bought = stock_up(shop, 1, 120_000)[0]
    row = taken_over(selling, bought.email, user=manager())
    page = Page(row, manager()).open("process_refund", order_id=bought.order_id)
    page.send(reason_code="damaged", why="seen")
    assert "your yes counts as one" in page.html
    page.send()
    request = ApprovalRequest.objects.get()
    assert (request.people, request.votes.count(), request.status) == (2, 1, "pending")
    with pytest.raises(deciding.RefusedError, match="voted already"):
        deciding.decide(request.public_id, manager(), yes=True, reason="again")
    assert deciding.decide(request.public_id, mia(), yes=True, reason="seen").status == "approved"


def test_a_person_may_grant_what_the_agent_may_not(selling: House, shop: ShopServer) -> None:
    """Out of window is for people to decide; the rule that was hit is shown before, with its sentence."""
    page = Page(taken_over(selling)).open("process_refund", order_id="FW-10420").send(reason_code="damaged", why="x")
    assert "REF-11" in page.html
    assert "Money goes back within the window" in page.html
    page.send()
    assert [hit["rule"] for hit in ToolCall.objects.get().rules] == ["REF-11"]
    assert len(paid_back(shop)) == 1


DENIED: Final = [
    ("process_refund", "FW-10398", {"reason_code": "damaged"}, "A line is refunded once. (Rule REF-7:"),
    ("change_order-cancel", "FW-10465", {"reason_code": "no_longer_needed"}, "The order is pending: nothing of it has been"),
    ("change_order-payment", "FW-10488", {"method_id": "card_1001"}, "A change of payment goes to another means"),
]  # fmt: skip


@pytest.mark.parametrize(("deed", "order", "given", "sentence"), DENIED)
def test_but_nobody_may_do_what_the_rules_deny(
    selling: House, shop: ShopServer, deed: str, order: str, given: dict[str, str], sentence: str
) -> None:
    page = Page(taken_over(selling)).open(deed, order_id=order).send(why="please", **given)
    assert page.status == 409
    assert sentence in page.notices()[0]
    assert not ToolCall.objects.exists()
    assert ledger(shop) == []


def test_somebody_elses_order_is_one_that_does_not_exist(selling: House, shop: ShopServer) -> None:
    with pytest.raises(by_operator.CantError, match="another's is answered like one that doesn't exist"):
        act(taken_over(selling), "process_refund", order_id="FW-10484", reason_code="damaged")


def silent(_: Any) -> Any:
    raise OSError("down")


def against(_: Any) -> Any:
    return {"verdict": "rejected", "confidence": 900, "reasons": ["odd"]}


@pytest.mark.parametrize(("critic", "kept", "words"), [(silent, "critic-error", "gave no answer"),
                                                       (against, "critic-rejected", "is against it: odd")])  # fmt: skip
def test_the_critic_is_shown_and_neither_its_no_nor_its_silence_blocks(
    selling: House, shop: ShopServer, monkeypatch: pytest.MonkeyPatch, critic: Any, kept: str, words: str
) -> None:
    real = writes.terms
    monkeypatch.setattr(writes, "terms", lambda kit: replace(real(kit), critics=(Critic("second", critic),)))
    page = Page(taken_over(selling)).open("process_refund", order_id="FW-10465").send(reason_code="damaged", why="x")
    assert words in page.html
    page.send()
    assert CriticReview.objects.get().reason == kept
    assert len(paid_back(shop)) == 1


def test_the_critic_is_asked_once_and_what_was_shown_is_what_is_kept(
    selling: House, shop: ShopServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def counts(_: Any) -> Any:
        asked.append(1)
        return {"verdict": "approved", "confidence": 1000 - len(asked), "reasons": []}

    real = writes.terms
    monkeypatch.setattr(writes, "terms", lambda kit: replace(real(kit), critics=(Critic("counts", counts),)))
    act(taken_over(selling), "process_refund", **LANTERN)
    assert (len(asked), CriticReview.objects.get().confidence) == (1, 999)


@pytest.mark.parametrize("scope", ["all", "writes"])
def test_a_pause_of_the_agent_is_said_and_stops_nobody(selling: House, shop: ShopServer, scope: str) -> None:
    row = taken_over(selling)
    assert "agent is paused" not in Page(row).open("process_refund", order_id="FW-10465").html
    pausing.pause(scope, "", olga(), "odd")
    page = Page(row).open("process_refund", order_id="FW-10465")
    assert "The agent is paused" in page.html
    page.send(reason_code="damaged", why="x").send()
    assert len(paid_back(shop)) == 1


# once -----------------------------------------------------------------------------------------------------------------


def test_only_who_owns_the_conversation_acts_in_it(selling: House, shop: ShopServer) -> None:
    row = taken_over(selling)
    mine = looked(row, "process_refund", **LANTERN)
    with pytest.raises(lifecycle.NotAllowedError, match="with Olga"):
        by_operator.do(row, bill(), mine)
    address = f"/console/agent/writes/{row.public_id}/"
    page = Page(row, bill())
    assert "Take the conversation over" in page.open("process_refund").html
    assert page.send_raw(address, preview=mine).status == 409
    assert page.send_raw(f"{address}process_refund/", order_id="FW-10465").status == 409
    assert paid_back(shop) == {}


def test_a_takeover_between_look_and_deed_stops_the_deed(selling: House, shop: ShopServer) -> None:
    """Olga's page is old: whose conversation it is is asked again with the row locked."""
    row = taken_over(selling)
    mine = looked(row, "process_refund", **LANTERN)
    Conversation.objects.filter(pk=row.pk).update(operator=bill())
    with pytest.raises(lifecycle.NotAllowedError, match="with Bill"):
        by_operator.do(row, olga(), mine)
    assert not ToolCall.objects.exists()


def test_a_double_click_is_one_write(selling: House, shop: ShopServer) -> None:
    row = taken_over(selling)
    mine = looked(row, "process_refund", **LANTERN)
    first, second = by_operator.do(row, olga(), mine), by_operator.do(row, olga(), mine)
    assert (first, Effect.objects.count(), len(ledger(shop))) == (second, 1, 1)


def test_an_approval_that_was_clicked_twice_is_asked_for_once(selling: House, shop: ShopServer) -> None:
    row = taken_over(selling)
    mine = looked(row, "process_refund", order_id="FW-10462", reason_code="damaged")
    by_operator.do(row, olga(), mine)
    by_operator.do(row, olga(), mine)
    assert (ToolCall.objects.count(), ApprovalRequest.objects.count()) == (1, 1)


@pytest.mark.parametrize("kind", [kind for kind in ALL if kind.name in ("refund", "notice", "account_address")],
                         ids=lambda kind: kind.name)  # fmt: skip
def test_two_operators_at_once_have_one_effect(busy: House, shop: ShopServer, kind: Kind) -> None:
    """Each has taken over a conversation of the same customer's, looked, and clicks; also where nothing is held."""
    bought = goods_for(shop, kind, 1)[0]
    rows = [(taken_over(busy, bought.email), olga())]
    other = Conversation.objects.create(customer=rows[0][0].customer, channel="email")
    rows.append((lifecycle.take_over(other, bill()), bill()))
    carried = [(row, who, looked(row, kind.capability, who, **filled(kind.args, bought))) for row, who in rows]
    calls = list(at_once(carried * 2))
    assert len({call.pk for call in calls}) == 1
    assert (Effect.objects.count(), ToolCall.objects.count()) == (1, 1)
    assert seen(shop, kind, bought) == wanted(kind, bought)


def at_once(carried: list[tuple[Conversation, Any, str]]) -> Iterator[ToolCall]:
    found: list[ToolCall] = []
    gate = threading.Barrier(len(carried))

    def click(row: Conversation, who: Any, sealed: str) -> None:
        gate.wait()
        try:
            found.append(by_operator.do(row, who, sealed))
        finally:
            connection.close()

    threads = [threading.Thread(target=click, args=one) for one in carried]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == len(carried)
    yield from found


@pytest.mark.parametrize("point", sorted(one for one in faults.POINTS if one.startswith(("write.", "approval."))))
def test_a_process_that_dies_on_the_way_leaves_one_write_to_be_finished(
    busy: House, shop: ShopServer, point: str
) -> None:
    """The operator clicks again, or nobody does and the sweeper carries on: once, either way."""
    bought = goods_for(shop, REFUND, 1)[0]
    row = taken_over(busy, bought.email)
    mine = looked(row, "process_refund", order_id=bought.order_id, reason_code="damaged")
    faults.install(faults.crash_at(point))
    with pytest.raises(faults.CrashError):
        by_operator.do(row, olga(), mine)
    faults.install(None)
    leases_over(row.pk)
    by_operator.do(row, olga(), mine)
    deeds.sweep()
    assert (ToolCall.objects.count(), Effect.objects.get().status) == (1, "confirmed")
    assert list(paid_back(shop).values()) == [300]
    assert problems(shop) == []


def test_a_write_without_an_answer_says_so_until_it_has_one(
    busy: House, shop: ShopServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Page(taken_over(busy)).open("process_refund", order_id="FW-10465").send(reason_code="damaged", why="x")
    real = execute.caller_of
    monkeypatch.setattr(execute, "caller_of", lambda call: replace(real(call), faults="drop;path=/refunds"))
    page.send()
    assert "hasn't answered yet" in page.notices()[0]
    monkeypatch.setattr(execute, "caller_of", real)
    call = ToolCall.objects.get()
    looking = "every 2s"
    assert looking in page.html
    leases_over(page.row.pk)
    deeds.sweep()
    page.open(done=str(call.key))
    assert ("Done." in page.notices()[0], looking in page.html, "autofocus" in page.html) == (True, False, False)
    assert list(paid_back(shop).values()) == [4500]


def test_what_has_moved_since_is_shown_anew_and_not_done(selling: House, shop: ShopServer) -> None:
    """Something else of the order went back meanwhile: the sum isn't the one that was looked at."""
    row = taken_over(selling)
    page = Page(row).open("process_refund", order_id="FW-10473").send(reason_code="damaged", why="x")
    act(row, "process_refund", order_id="FW-10473", reason_code="damaged", lines=["2"])
    page.send()
    assert page.status == 409
    assert "Something has changed" in page.notices()[0]
    assert "What would happen" in page.html
    assert list(paid_back(shop).values()) == [7200]
    page.send()
    assert len(paid_back(shop)) == 2, "the twin: what was looked at anew is done"


def test_the_same_again_is_said_before_it_is_done_again(selling: House, shop: ShopServer) -> None:
    """A second invoice may be wanted; it is never an accident."""
    row = taken_over(selling)
    invoice = {"order_id": "FW-10465", "notice": "invoice", "channel": "email"}
    old = looked(row, "send_notice", **invoice)
    act(row, "send_notice", **invoice)
    by_operator.do(row, olga(), old)
    assert len(ledger(shop)) == 1
    page = Page(row).open("send_notice", order_id="FW-10465").send(notice="invoice", why="again")
    assert "Exactly this was asked for before" in page.html
    page.send()
    assert len(ledger(shop)) == 2


def test_what_the_page_carries_can_be_neither_changed_nor_used_by_others(selling: House, shop: ShopServer) -> None:
    row, other = taken_over(selling), taken_over(selling, "bob@example.com")
    mine = looked(row, "process_refund", **LANTERN)
    held = signing.loads(mine, salt=by_operator.SEALED)
    forged = signing.dumps({**held, "why": "more"}, key="another", salt=by_operator.SEALED, compress=True)
    for sealed, where in ((mine + "x", row), (forged, row), ("", row), (mine, other)):
        page = Page(where)
        page.send_raw(f"/console/agent/writes/{where.public_id}/", preview=sealed)
        assert (page.status, "Choose what to do again" in page.notices()[0]) == (409, True)
    assert not ToolCall.objects.exists()


def test_what_was_looked_at_long_ago_is_looked_at_again(
    selling: House, shop: ShopServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Page(taken_over(selling)).open("process_refund", order_id="FW-10465").send(reason_code="damaged", why="x")
    later = signing.time.time() + 60 * deeds.kit().policy.refunds.offer_minutes + 1
    with monkeypatch.context() as patched:
        patched.setattr(signing.time, "time", lambda: later)
        page.send()
    assert (page.status, "Something has changed" in page.notices()[0]) == (409, True)
    assert paid_back(shop) == {}


@pytest.mark.parametrize(("mode", "words"), [("off", "switched this off"), ("dry_run", "on trial")])
def test_what_the_policy_has_shut_is_shut_for_people_too(
    selling: House, shop: ShopServer, monkeypatch: pytest.MonkeyPatch, mode: str, words: str
) -> None:
    from knowledge.policy import Mode

    real = writes.terms
    monkeypatch.setattr(writes, "terms", lambda kit: replace(real(kit), modes={"process_refund": Mode(mode)}))
    page = Page(taken_over(selling)).open("process_refund", order_id="FW-10465").send(reason_code="damaged", why="x")
    assert (page.status, words in page.notices()[0]) == (409, True)
    assert not ToolCall.objects.exists()
