"""Every write that isn't a refund, from wish to effect: how far each may go, and exactly once whatever breaks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.db import connection

from agents import deeds, releases
from agents import writes as agent
from approvals import cases, deciding, execute, gate
from approvals.models import ApprovalRequest
from conversations import faults
from conversations.access import Actor
from conversations.clock import business_now
from knowledge.policy import Mode
from tests.approvals.goods import ledger
from tests.approvals.kinds import GREY, KINDS, RED, Kind, Wished, each, goods_for, seen, steps, wanted
from tests.approvals.writes import leases_over, untraced
from tests.breakers import mended
from tests.cast import olga
from tests.house import House
from tests.shopserver import ShopServer
from tools.contract import Proof
from tools.models import Effect, ToolCall
from tools.registry import CAPABILITIES
from tools.writes import SPECS

EVERY = pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
POINTS = sorted(point for point in faults.POINTS if point.startswith("write."))
NAMED = {kind.name: kind for kind in KINDS}


def stock_of(shop: ShopServer, item: str = RED) -> int:
    import psycopg

    with psycopg.connect(shop.database_url, autocommit=True) as held:
        found = held.execute("select stock from variants where id = %s", [item]).fetchone()
    assert found is not None
    return int(found[0])


def did(shop: ShopServer) -> list[str]:
    return [str(row["endpoint"]) for row in ledger(shop)]


def again(wished: Wished) -> execute.Outcome:
    """The next worker, when the leases are over."""
    faults.install(None)
    mended()
    leases_over(wished.row.pk)
    return wished.go()


def effect_of(wished: Wished) -> Effect:
    return Effect.objects.select_related("call").get(key=wished.key)


def test_every_writing_capability_but_the_refund_is_tried_in_each_of_its_kinds() -> None:
    assert {kind.capability for kind in KINDS} | {"process_refund"} == set(SPECS)
    for name, field in (("process_return", "kind"), ("change_order", "change"), ("update_account", "change")):
        words = CAPABILITIES[name].input.model_fields[field].annotation
        assert {kind.args[field] for kind in KINDS if kind.capability == name} == {word.value for word in words}  # type: ignore[union-attr]


# How far each may go -------------------------------------------------------------------------------------------------


@EVERY
def test_from_wish_to_effect(selling: House, shop: ShopServer, kind: Kind) -> None:
    """S4-27, S4-29: one proposal, one review, one effect, one change at the company, and the same when run again."""
    (bought,) = goods_for(shop, kind, 1)
    assert seen(shop, kind, bought) != wanted(kind, bought)
    wished = Wished(selling, kind, bought)
    outcome = wished.go()
    assert (outcome.state, (outcome.data or {}).get("success")) == ("confirmed", True), outcome
    assert wished.go() == outcome
    assert did(shop) == steps(kind, bought)
    assert seen(shop, kind, bought) == wanted(kind, bought)
    effect = effect_of(wished)
    assert untraced(effect) == []
    assert (effect.call.people, ApprovalRequest.objects.count()) == (0, 0)
    assert set(outcome.data or {}) == set(CAPABILITIES[kind.capability].output.model_fields)


def test_modes_and_authority_say_how_far_it_goes(selling: House, shop: ShopServer) -> None:
    """S1-21: off, dry run and authority 0 send nothing and ask nobody; people and authority 1 wait; else it is done."""
    for kind, goods in each(shop, 7):
        name, done = kind.capability, len(did(shop))
        for changed, state, why in (
            ({"modes": {name: Mode.OFF}}, gate.DENIED, "capability-off"),
            ({"modes": {name: Mode.DRY_RUN}}, gate.DENIED, "dry-run"),
            ({"authority": 0}, gate.DENIED, "authority-level"),
            ({"modes": {name: Mode.PEOPLE}}, gate.WAIT, "mode-people"),
            ({"modes": {}}, gate.WAIT, "mode-people"),  # what isn't named goes to people
        ):
            found = Wished(selling, kind, goods.pop()).with_terms(**changed).go()
            assert (found.state, found.why) == (state, why), kind.name
        assert did(shop)[done:] == []
        low = Wished(selling, kind, goods.pop()).with_terms(authority=1).go()
        assert low.state == (gate.WAIT if kind.is_high else "confirmed"), kind.name
        full = Wished(selling, kind, goods.pop()).with_terms(authority=2, modes={name: Mode.AUTO}).go()
        assert full.state == "confirmed", kind.name


def test_people_may_say_yes_and_then_it_is_done_once(selling: House, shop: ShopServer) -> None:
    for kind, goods in each(shop, 2):
        done, (yes, no) = len(did(shop)), (Wished(selling, kind, one) for one in goods)
        for wished in (yes, no):
            assert wished.with_terms(modes={kind.capability: Mode.PEOPLE}).go().state == gate.WAIT
            request = ApprovalRequest.objects.get(call__key=wished.key)
            assert (request.role, request.people) == ("operator", 1)
            deciding.decide(request.public_id, olga(), yes=wished is yes, reason="looked at it")
            for _ in range(2):
                deeds.carry_out(request.call_id)
        assert did(shop)[done:] == steps(kind, yes.bought)
        assert seen(shop, kind, no.bought) != wanted(kind, no.bought)
        assert untraced(effect_of(yes)) == []
        assert ToolCall.objects.get(key=no.key).status in ("denied", "dropped")


@pytest.mark.parametrize("shut", [Mode.OFF, Mode.DRY_RUN])
def test_what_is_shut_after_the_proposal_is_not_sent(selling: House, shop: ShopServer, shut: Mode) -> None:
    """The live policy decides again at execution."""
    for kind, (bought,) in each(shop):
        wished = Wished(selling, kind, bought)
        call = wished.propose()
        assert gate.open(call, wished.terms).state == gate.CLEAR
        wished.with_terms(modes={kind.capability: shut})
        assert execute.run(call.pk, wished.terms, heard=wished.seq).state == "dropped", kind.name
    assert (did(shop), Effect.objects.count()) == ([], 0)


def test_a_lower_authority_reaches_every_write(selling: House, shop: ShopServer) -> None:
    """S1-21: one act of a manager, and the next write of each kind is held to it."""
    actor = Actor.operator(olga().pk)
    for level, states in ((1, {True: "wait", False: "confirmed"}), (0, {True: "denied", False: "denied"})):
        releases.set_authority(level, actor, "olga", "too many complaints")
        for place, kind in enumerate(KINDS):
            (bought,) = goods_for(shop, kind, 1, first=1000 + 100 * level + place)
            wished = Wished(selling, kind, bought)
            assert wished.terms.authority == level
            assert wished.go().state == states[kind.is_high], (level, kind.name)
    with pytest.raises(releases.AuthorityError):
        releases.set_authority(2, actor, "olga", "measured over forty conversations, see the drill")


# What it must never do -----------------------------------------------------------------------------------------------


def test_nobody_does_it_for_somebody_else(selling: House, shop: ShopServer) -> None:
    """S0-06: whose it is comes from the session alone."""
    for kind, (bought,) in each(shop):
        wished = Wished(selling, kind, bought)
        wished.asker = replace(wished.asker, customer_ref="C-1003")
        if kind.capability == "update_account":
            plan = wished.reading().plan
            assert plan is not None
            assert plan.customer_id == "C-1003", "there is nowhere to name another account"
            continue
        with pytest.raises(cases.UnreadableError, match="not_found"):
            wished.reading()


def test_a_session_that_proves_less_changes_nothing(selling: House, shop: ShopServer) -> None:
    for kind, (bought,) in each(shop):
        wished = Wished(selling, kind, bought)
        if kind.proof is Proof.SIGNED_IN:
            wished.asker = replace(wished.asker, proof=Proof.ORDER_AND_CONTACT)
            with pytest.raises(cases.UnreadableError):
                wished.reading()
        else:
            wished.asker = replace(wished.asker, proof=Proof.SIGNED_IN)
            assert [one.rule for one in wished.reading().hits] == ["ACC-2"]
            assert wished.go() == execute.Outcome(gate.DENIED, "critic-rejected")
    assert (did(shop), Effect.objects.count()) == ([], 0)


def test_a_stop_between_yes_and_effect_is_heard(selling: House, shop: ShopServer) -> None:
    for kind, (bought,) in each(shop):
        wished = Wished(selling, kind, bought)
        call = wished.propose()
        gate.open(call, wished.terms)
        selling.says(wished.row.customer, "stop, please don't", wished.row)
        assert execute.run(call.pk, wished.terms, heard=wished.seq).state == "unread", kind.name
    assert (did(shop), Effect.objects.count()) == ([], 0)


def test_what_came_from_neither_customer_nor_record_enters_no_write(
    selling: House, shop: ShopServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 3: any one argument taken from an article, and the Critic refuses."""
    real = gate.propose
    for kind, goods in each(shop, max(len(kind.args) for kind in KINDS)):
        for name, bought in zip(kind.args, goods, strict=False):

            def planted(wish: gate.Wish, *rest: Any, odd: str = name) -> ToolCall:
                return real(replace(wish, sources={**wish.sources, odd: "article"}), *rest)

            with monkeypatch.context() as patch:
                patch.setattr(gate, "propose", planted)
                assert Wished(selling, kind, bought).go() == execute.Outcome(gate.DENIED, "critic-rejected"), name
    assert did(shop) == []


def test_two_wishes_for_the_same_are_one_effect(selling: House, shop: ShopServer) -> None:
    """Both were read before either was proposed; whoever comes second finds it under way."""
    for kind, (bought,) in each(shop):
        if not kind.held:
            continue
        done, both = len(did(shop)), [Wished(selling, kind, bought) for _ in range(2)]
        readings = [wished.reading() for wished in both]
        calls = []
        for wished, reading in zip(both, readings, strict=True):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(wished, "reading", lambda reading=reading: reading)
                calls.append(wished.propose())
        for wished, call in zip(both, calls, strict=True):
            gate.review(call, wished.terms)
            approve_review(call)
            execute.run(call.pk, wished.terms, heard=wished.seq)
        assert Effect.objects.filter(call__in=calls, status="confirmed").count() <= 1, kind.name
        assert did(shop)[done:] in ([], steps(kind, bought)), kind.name


def test_the_statement_holds_where_the_rules_were_asked_too_early(
    selling: House, shop: ShopServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same two, and the rules not asked again: what is held is held in one statement."""
    for kind, (bought,) in each(shop):
        if not kind.held:
            continue
        both = [Wished(selling, kind, bought) for _ in range(2)]
        reading = both[0].reading()
        with monkeypatch.context() as patch:
            patch.setattr(Wished, "reading", lambda self, reading=reading: reading)
            patch.setattr(execute, "read", lambda call, terms, reading=reading: reading)
            calls = [wished.propose() for wished in both]
            for wished, call in zip(both, calls, strict=True):
                gate.review(call, wished.terms)
                approve_review(call)
                execute.run(call.pk, wished.terms, heard=wished.seq)
        found = Effect.objects.filter(call__in=calls)
        assert found.count() == 1, (kind.name, [ToolCall.objects.get(pk=call.pk).moved_why for call in calls])


def approve_review(call: ToolCall) -> None:
    """As if the Critic had been asked before the other wish was there."""
    call.reviews.all().delete()
    call.reviews.create(args_hash=call.args_hash, verdict="approved", confidence=1000, reason="critic-approved")


def test_a_price_that_moved_after_the_yes_is_not_paid(selling: House, shop: ShopServer) -> None:
    """What was read back is what is done, or nothing."""
    import psycopg

    kind = NAMED["items"]
    (bought,) = goods_for(shop, kind, 1)
    wished = Wished(selling, kind, bought)
    call = wished.propose()
    gate.open(call, wished.terms)
    with psycopg.connect(shop.database_url, autocommit=True) as held:
        held.execute("update variants set price_cents = price_cents + 1 where id = %s", [GREY])
    assert execute.run(call.pk, wished.terms, heard=wished.seq) == execute.Outcome("dropped", "plan-changed")
    assert did(shop) == []


def test_goods_worth_more_than_fifty_are_sent_again_by_people_alone(selling: House, shop: ShopServer) -> None:
    """A replacement weighs what the goods were sold for."""
    from tests.approvals.goods import stock_up

    (bought,) = stock_up(shop, 1, 5001)
    assert Wished(selling, NAMED["replacement"], bought).go() == execute.Outcome(gate.WAIT, "above-limit")
    (bought,) = stock_up(shop, 1, 5000, first=1001)
    assert Wished(selling, NAMED["replacement"], bought).go().state == "confirmed"


def test_an_unsent_order_is_cancelled_by_the_policy_up_to_five_hundred(selling: House, shop: ShopServer) -> None:
    from tests.approvals.goods import stock_up
    from tests.approvals.kinds import NOT_SENT

    small, large = stock_up(shop, 1, 25000, like=NOT_SENT), stock_up(shop, 1, 25001, like=NOT_SENT, first=1001)
    assert Wished(selling, NAMED["cancel"], small[0]).go().state == "confirmed"
    assert Wished(selling, NAMED["cancel"], large[0]).go() == execute.Outcome(gate.WAIT, "above-limit")


def test_credits_count_towards_what_goes_out_by_itself(selling: House, shop: ShopServer) -> None:
    """The sum per customer and 30 days: past it people decide."""
    from conversations.models import Customer

    kind = NAMED["credit"]
    goods = goods_for(shop, kind, 2)
    first = Wished(selling, kind, goods[0])
    lowered = first.terms.refunds.model_copy(update={"automatic_per_day_usd": 9})
    assert first.with_terms(refunds=lowered).go().state == "confirmed"
    second = Wished(selling, kind, goods[1]).with_terms(refunds=lowered)
    assert second.go() == execute.Outcome(gate.WAIT, "cap-day")
    assert Customer.objects.count() >= 2


# Exactly once --------------------------------------------------------------------------------------------------------


@EVERY
def test_a_crash_anywhere_leaves_one_effect(busy: House, shop: ShopServer, kind: Kind) -> None:
    """FAULTS A1: the process dies at each point of the write, and the next worker finishes it."""
    goods, before = goods_for(shop, kind, len(POINTS)), stock_of(shop)
    for point, bought in zip(POINTS, goods, strict=True):
        wished, done = Wished(busy, kind, bought), len(did(shop))
        faults.install(faults.crash_at(point))
        with pytest.raises(faults.CrashError):
            wished.go()
        connection.close()
        for _ in range(2):
            assert again(wished).state == "confirmed", point
        assert did(shop)[done:] == steps(kind, bought), point
        assert seen(shop, kind, bought) == wanted(kind, bought), point
        assert untraced(effect_of(wished)) == []
    assert Effect.objects.filter(status="confirmed").count() == Effect.objects.count() == len(POINTS)
    assert before - stock_of(shop) == (len(POINTS) if kind.name == "replacement" else 0)


@EVERY
def test_an_answer_that_never_came_is_asked_for(
    selling: House, shop: ShopServer, monkeypatch: pytest.MonkeyPatch, kind: Kind
) -> None:
    """FAULTS A2, at each endpoint of the write: heard or not, done or not, in the end it was done once."""
    faulty = [(fault, step) for step in kind.steps for fault in ("drop", "500", "garbage", "duplicate", "refuse")]
    goods, real = goods_for(shop, kind, len(faulty)), execute.caller_of
    for (fault, step), bought in zip(faulty, goods, strict=True):
        wished, done = Wished(selling, kind, bought), len(did(shop))
        where = steps(kind, bought)[kind.steps.index(step)]
        monkeypatch.setattr(execute, "caller_of", lambda call, f=f"{fault};path={where}": replace(real(call), faults=f))
        first = wished.go().state
        at_once = {"duplicate": "confirmed", "refuse": "refused" if step == kind.steps[0] else "unknown"}
        assert first == at_once.get(fault, "unknown"), (fault, step)
        monkeypatch.setattr(execute, "caller_of", real)
        last = again(wished).state
        assert last == ("refused" if first == "refused" else "confirmed"), (fault, step)
        expected = [] if first == "refused" else steps(kind, bought)
        assert sorted(did(shop)[done:]) == sorted(expected), (fault, step)
        assert (seen(shop, kind, bought) == wanted(kind, bought)) == (last == "confirmed")


def test_a_replacement_takes_from_stock_exactly_once(busy: House, shop: ShopServer) -> None:
    """Booked, and then its worker dies before the stock follows: the next one completes what is missing."""
    kind = NAMED["replacement"]
    (bought,) = goods_for(shop, kind, 1)
    wished, before = Wished(busy, kind, bought), stock_of(shop)
    real = execute.caller_of
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            execute, "caller_of", lambda call: replace(real(call), faults=f"500;path={steps(kind, bought)[1]}")
        )
        assert wished.go().state == "unknown"
    assert (did(shop), stock_of(shop)) == (steps(kind, bought)[:1], before)
    for _ in range(3):
        assert again(wished).state == "confirmed"
    assert (did(shop), stock_of(shop)) == (steps(kind, bought), before - 1)


def test_a_new_address_is_told_by_exactly_one_text(busy: House, shop: ShopServer) -> None:
    import psycopg

    kind = NAMED["address"]
    (bought,) = goods_for(shop, kind, 1)
    wished = Wished(busy, kind, bought)
    real = execute.caller_of
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(execute, "caller_of", lambda call: replace(real(call), faults="drop;path=/logistics/notices"))
        assert wished.go().state == "unknown"
    outcome = again(wished)
    assert (outcome.state, (outcome.data or {})["notified"]) == ("confirmed", True)
    with psycopg.connect(shop.database_url, autocommit=True) as held:
        sent = held.execute("select kind, channel, sent_to from notices").fetchall()
    assert sent == [("delivery_change", "sms", "+1555" + bought.order_id.removeprefix("FW-"))]


def test_the_replacement_of_what_is_sold_out_is_refused_before_anything_is_booked(
    selling: House, shop: ShopServer
) -> None:
    """Two want the last one: the second is refused by its stock, and nothing of it stands anywhere."""
    import psycopg

    kind = NAMED["replacement"]
    goods = goods_for(shop, kind, 2)
    with psycopg.connect(shop.database_url, autocommit=True) as held:
        held.execute("update variants set stock = 1 where id = %s", [RED])
    first, second = (Wished(selling, kind, one) for one in goods)
    call = second.propose()
    assert gate.open(call, second.terms).state == gate.CLEAR
    assert first.go().state == "confirmed"
    late = execute.run(call.pk, second.terms, heard=second.seq)
    assert (late.state, late.why) == ("dropped", "rule:RET-15:not-available")
    assert (did(shop), stock_of(shop)) == (steps(kind, goods[0]), 0)


def test_a_line_that_was_sent_again_is_not_paid_back_by_itself(selling: House, shop: ShopServer) -> None:
    """REF-13: both at once would be the goods and the money."""
    from tools.capabilities.process_refund import ProcessRefund, ReasonCode

    kind = NAMED["replacement"]
    (bought,) = goods_for(shop, kind, 1)
    wished = Wished(selling, kind, bought)
    assert wished.go().state == "confirmed"
    wish = ProcessRefund(order_id=bought.order_id, reason_code=ReasonCode.DAMAGED)
    decision = cases.read(wish, wished.asker, wished.terms.refunds, business_now()).decision
    assert (decision.verdict, decision.rule, decision.reason) == ("ask", "REF-13", "return-open")


def test_what_the_agent_hands_down_is_what_decides(selling: House) -> None:
    terms = agent.terms(deeds.kit())
    assert set(terms.modes) == set(SPECS)
    assert {terms.mode(name) for name in SPECS} == {Mode.AUTO}
    assert terms.mode("something_new") is Mode.PEOPLE
