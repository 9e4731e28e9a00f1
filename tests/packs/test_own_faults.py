"""What a company brings may be wrong in every way: no plan, answer, rule or argument of its own gets round the house."""

from __future__ import annotations

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from agents import deeds, kits, own, runner, writes
from agents.desk import Desk
from agents.workflows.own_write import Deed, build
from approvals import deciding, execute, gate
from approvals.critic import Critic
from approvals.models import ApprovalRequest
from conversations import faults, lifecycle
from conversations.clock import business_now
from conversations.models import Conversation
from conversations.money import Money
from tests import cast
from tests.house import House
from tests.packs.notely.capabilities import SwitchPlan
from tests.packs.notely.systems import SYSTEMS
from tests.packs.test_second_company import ADA, END, SWITCH, YEARLY, proposed, read, talk
from tools import checks, gateway, pack
from tools.capabilities.update_account import UpdateAccount
from tools.case import ALLOWED, Decision, Rule, Verdict
from tools.contract import Arguments, Caller, Plan, Proof, Writer
from tools.models import Effect, ToolCall
from tools.pack import Own, Pack
from tools.shapes import Fulfilment, Shape

Patch = pytest.MonkeyPatch


def with_pack(patch: Patch, **changed: Any) -> Pack:
    company = replace(pack.active(), **changed)
    patch.setattr(pack, "active", lambda: company)
    return company


def with_capability(patch: Patch, **changed: Any) -> None:
    theirs = pack.active().own["switch_plan"]
    with_pack(patch, own={"switch_plan": replace(theirs, capability=replace(theirs.capability, **changed))})


def a_plan(customer: str = "ws-ada", cents: int = 0, exposure: Any = 0) -> Plan:
    return Plan(Fulfilment.PLATFORM_OWNED, Money(cents, "EUR"), (), customer, exposure, ())


# its plan ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "plan",
    [
        a_plan(customer="ws-ben"),
        a_plan(cents=-500),
        a_plan(exposure=-500),
        a_plan(exposure=1.5),
        a_plan(exposure=True),
        a_plan(cents=90_000, exposure=0),
        {"customer_id": "ws-ada"},
        True,
    ],
)
def test_what_is_no_plan_for_this_customer_is_a_persons(notely: House, monkeypatch: Patch, plan: Any) -> None:
    """Somebody else's account, less than nothing, or a sum that weighs nothing: nothing is offered or proposed."""
    theirs = pack.active().own["switch_plan"]
    with_pack(monkeypatch, own={"switch_plan": replace(theirs, plan=lambda _: plan)})
    row, _ = notely.ask(notely.customer(ADA), SWITCH, "yes")
    assert row.handoffs.get().reason == "write-exception"
    assert (SYSTEMS.ledger, ToolCall.objects.count()) == ({}, 0)


def test_the_twin_with_a_plan_for_them_goes_out(notely: House, monkeypatch: Patch) -> None:
    theirs = pack.active().own["switch_plan"]
    with_pack(monkeypatch, own={"switch_plan": replace(theirs, plan=lambda _: a_plan())})
    notely.ask(notely.customer(ADA), SWITCH, "yes")
    assert len(SYSTEMS.ledger) == 1


# its rules --------------------------------------------------------------------------------------------------------


def test_a_verdict_that_is_only_spelt_like_one_counts(notely: House, monkeypatch: Patch) -> None:
    spelt: Any = "deny"
    broken = Rule("NT-9", lambda _: Decision(spelt, reason="no"), of=("switch_plan",))
    with_pack(monkeypatch, rules=(broken,))
    assert read(YEARLY).decision.verdict is Verdict.DENY


@pytest.mark.parametrize("answer", [True, False, "deny", 0, Verdict.DENY])
def test_a_rule_that_answers_something_else_lets_nothing_pass(notely: House, monkeypatch: Patch, answer: Any) -> None:
    with_pack(monkeypatch, rules=(Rule("NT-9", lambda _: answer, of=("switch_plan",)),))
    with pytest.raises(AttributeError):
        read(YEARLY)
    with pytest.raises(ValueError, match="maybe"):
        Decision("maybe")  # type: ignore[arg-type]
    assert ALLOWED.verdict is Verdict.ALLOW


# its arguments ----------------------------------------------------------------------------------------------------


class Sum(Arguments):
    amount_cents: int


class Payee(Arguments):
    iban: str


class Price(Arguments):
    worth: Money | None


class Seats(Arguments):
    seats: int
    summary: str  # no sum


class Share(Arguments):
    parts: list[Decimal]


def told(changed: dict[str, Any]) -> set[str | None]:
    theirs = replace(pack.active().own["switch_plan"].capability, **changed)
    return {one.id for one in checks.problems({"switch_plan": theirs}, ("switch_plan",), pack.active().rules)} & {
        "tools.E013", "tools.E014"}  # fmt: skip


@pytest.mark.parametrize(("shape", "wrong"), [(Sum, True), (Payee, True), (Price, True), (Share, True), (Seats, False)])
def test_no_sum_and_no_payee_is_an_argument(notely: House, shape: type[Arguments], wrong: bool) -> None:
    """Law 3: they come from the records, through the plan."""
    assert told({"input": shape}) == ({"tools.E014"} if wrong else set())


def test_two_writes_never_share_their_arguments(notely: House, monkeypatch: Patch) -> None:
    """A write is known by them: the one would be done for the other."""
    switch = pack.active().own["switch_plan"].capability
    first, ends = replace(switch, name="drop_all"), replace(switch, name="end_it", input=UpdateAccount)
    for both in ((first, switch), (ends,)):
        known = {one.name: Own(one) for one in both}
        with pytest.raises(ImproperlyConfigured, match="a class of its own"):
            pack._told_apart("tests.packs.notely", known)


@pytest.mark.parametrize(
    ("slot", "source", "reason"),
    [("plan", "customer", ""), ("plan", "article", "critic-rejected"), ("wish", "customer", "critic-rejected")],
)
def test_an_argument_comes_from_where_its_slot_does(
    notely: House, monkeypatch: Patch, slot: str, source: str, reason: str
) -> None:
    """Law 3: whatever the workflow would like, a page's words are no wish, and what stands in no slot comes from
    nowhere."""

    def hear(desk: Desk) -> None:
        desk.put(slot, "yearly", source)

    def args(desk: Desk) -> SwitchPlan | None:
        return YEARLY if desk.get(slot) else None

    flow = build(Deed("switch_plan", "Another", "switch_plan", hear, args, "plan.which", lambda *_: {"plan": "yearly"},
                      lambda *_: True))  # fmt: skip
    monkeypatch.setattr(own, "workflows", lambda _: {"switch_plan": flow})
    kits.load.cache_clear()  # seeding may have read it already
    row, _ = notely.ask(notely.customer(ADA), SWITCH, "yes")
    assert [one.reason for one in row.handoffs.all()] == [reason] * bool(reason)
    assert len(SYSTEMS.ledger) == (not reason)


# its answer -------------------------------------------------------------------------------------------------------


class Silent(Shape):
    reference: str


class Wordy(Shape):
    success: str


class Unsure(Shape):
    success: bool | None


@pytest.mark.parametrize("answer", [Silent(reference="N1"), Wordy(success="no"), Unsure(success=None)])
def test_an_answer_that_doesnt_say_whether_is_asked_about(notely: House, monkeypatch: Patch, answer: Shape) -> None:
    """It was done: "refused" would have somebody do it again, and "done" is more than was said."""

    def perform(args: Any, plan: Plan, key: uuid.UUID, caller: Caller) -> Shape:
        SYSTEMS.once(key, {"workspace": plan.customer_id, "what": "yearly"})
        return answer

    assert told({"output": type(answer)}) == {"tools.E013"}
    with_capability(monkeypatch, output=type(answer))
    with_pack(monkeypatch, writers={**pack.active().writers, "switch_plan": Writer(perform, lambda *_: answer)})
    call, _ = proposed(talk(notely), YEARLY)
    assert execute.run(call.pk, writes.terms(deeds.kit())).state == execute.UNKNOWN
    effect = Effect.objects.get()
    assert (effect.status, effect.moved_why) == ("unknown", "no-answer:invalid_answer")


def test_what_waits_for_a_thread_too_long_is_never_sent(notely: House, monkeypatch: Patch) -> None:
    """It would go out after "no answer", when people have looked and may have done it themselves."""
    threads, free = ThreadPoolExecutor(1), threading.Event()
    monkeypatch.setattr(gateway, "_threads", lambda: threads)
    with_capability(monkeypatch, attempt_seconds=0.1, total_seconds=0.2)
    threads.submit(free.wait, 10)
    caller = Caller("ws-ada", Proof.SIGNED_IN, "execute", frozenset({"switch_plan"}), business_now())
    found = gateway.perform("switch_plan", {"plan": "yearly"}, a_plan(), uuid.uuid4(), caller)
    free.set()
    threads.shutdown(wait=True)
    assert found.error == "timeout"
    assert SYSTEMS.ledger == {}


# whoever decides meanwhile ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("point", ["write.after_propose", "write.after_review", "write.before_clear"])
@pytest.mark.parametrize("stops", [True, False])
def test_a_takeover_between_yes_and_effect_leaves_it_to_people(notely: House, point: str, stops: bool) -> None:
    """The customer may have told the operator to stop, and the policy alone hasn't heard that."""
    row, _ = notely.ask(notely.customer(ADA), SWITCH)
    taken: list[str] = []

    def takes_over(at: str) -> None:
        if at == point and not taken:
            taken.append(at)
            lifecycle.take_over(Conversation.objects.get(pk=row.pk), cast.olga())
            if stops:
                notely.says(row.customer, "stop, don't do it", row)

    faults.install(takes_over)
    notely.says(row.customer, "yes", row)
    runner.work_on(row.pk)
    faults.install(None)
    assert taken == [point]
    assert SYSTEMS.ledger == {}
    request = ApprovalRequest.objects.get()
    assert (request.status, request.why, request.people) == ("pending", "taken-over", 1)
    deciding.decide(request.public_id, cast.olga(), yes=True, reason="they still want it")
    for _ in range(2):
        deeds.carry_out(request.call_id)
    assert len(SYSTEMS.ledger) == 1


def test_a_higher_threshold_says_what_it_is(notely: House) -> None:
    call, standing = proposed(talk(notely), END)
    assert standing.state == gate.CLEAR
    stricter = replace(writes.terms(deeds.kit()), threshold=1001)
    out = execute.run(call.pk, stricter)
    assert (out.state, out.why) == (execute.DROPPED, "critic-unsure")
    assert SYSTEMS.ledger == {}


@pytest.mark.parametrize("reason", ["a\x00b", "\ud800", "x" * 1001])
def test_a_reason_that_no_row_can_hold_is_no_answer(notely: House, monkeypatch: Patch, reason: str) -> None:
    """It ends in a no, and not in a turn that dies three times."""
    answer = {"verdict": "approved", "confidence": 1000, "reasons": [reason]}
    real = writes.terms
    monkeypatch.setattr(writes, "terms", lambda kit: replace(real(kit), critics=(Critic("odd", lambda _: answer),)))
    _, standing = proposed(talk(notely), END)
    assert (standing.state, standing.why) == ("denied", "critic-malformed")
