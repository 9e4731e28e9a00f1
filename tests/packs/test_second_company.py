"""A company that is no shop: one setting, one package, and every app carries on as it is (DESIGN: a company is a pack)."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agents import certificate, deeds, kits, releases, replay, telling, writes
from agents import checks as agent_checks
from agents.intents import taxonomy
from agents.models import Turn
from agents.workflows import WORKFLOWS
from approvals import cases, desk, execute, gate, listing
from approvals.cases import Asker, Reading
from approvals.gate import Standing, Wish
from conversations import codes, lifecycle
from conversations.access import SYSTEM
from conversations.clock import business_now
from conversations.command import BadInputError
from conversations.models import Conversation
from conversations.money import Money
from evals import scratch
from evals.suites import actions
from knowledge.models import ConfigVersion
from knowledge.policy import Mode, Policy
from knowledge.seed import seed_config
from knowledge.yamltext import YamlTextError
from tests import cast
from tests.agents.talks import packet
from tests.approvals.acting import Page
from tests.house import TOO_LATE, House
from tests.packs.notely.capabilities import Plans, SwitchPlan
from tests.packs.notely.systems import SYSTEMS
from tools import checks, gateway, pack
from tools.capabilities.open_ticket import OpenTicket, TicketKind
from tools.capabilities.update_account import AccountChange, UpdateAccount
from tools.contract import Arguments, Caller, Plan, Proof
from tools.models import Effect, ToolCall
from tools.rules import Verdict
from tools.shapes import Fulfilment

ADA, BEN = "ada@example.com", "ben@example.com"
END = UpdateAccount(change=AccountChange.CANCEL_SUBSCRIPTION)
PROVEN = Asker("ws-ada", Proof.ONE_TIME_CODE, confirmed=True)


def test_it_loads_and_every_check_is_content(settings: Any) -> None:
    settings.HANDRAIL_PACK = "tests.packs.notely"
    assert [*checks.check_pack(None), *checks.check_rules(None)] == []
    assert pack.active().absent() == {
        "process_refund", "process_return", "change_order", "apply_credit", "send_notice"}  # fmt: skip


def test_a_question_is_answered_from_its_own_article(notely: House) -> None:
    row, answers = notely.ask(notely.customer(ADA), "SSO says the certificate has expired, what now?")
    assert "upload it under" in answers[0][0]
    assert row.turns.get().figures["tools"] == ["search_knowledge"]
    assert row.status == "active"


def test_it_speaks_in_its_own_name(notely: House) -> None:
    _, answers = notely.ask(notely.customer(ADA), "hello")
    assert "Notely's AI assistant" in "\n".join(answers[0])


def test_an_invoice_is_looked_up_like_an_order(notely: House) -> None:
    row, answers = notely.ask(notely.customer(ADA), "what is the status of invoice 2041?")
    assert "NT-2041" in "\n".join(answers[0])
    assert not row.handoffs.exists()


def test_anothers_invoice_isnt_there(notely: House) -> None:
    _, answers = notely.ask(notely.customer(BEN), "what is the status of invoice NT-2041?")
    assert "monthly" not in "\n".join(answers[0])


def test_a_dispute_goes_to_its_people(notely: House) -> None:
    row, _ = notely.ask(notely.customer(ADA), "you billed us for seats that nobody uses, I dispute this charge")
    assert row.handoffs.get().reason == "needs-person:billing_dispute"
    assert SYSTEMS.ledger == {}


def test_its_operators_have_the_forms_of_what_it_has_and_no_others(notely: House) -> None:
    """A form comes from a contract and from the company's own records; what it lacks isn't offered."""
    row, _ = notely.ask(notely.customer(ADA), "I want to talk to a person")
    page = Page(lifecycle.take_over(row, cast.olga()))
    assert "Refund" not in page.open("process_refund").html
    assert page.fields().action == ""
    page.open("open_ticket")
    assert "NT-2041" in page.fields().offered["order_id"]
    page.open("update_account-cancel_subscription").send(why="their wish").send()
    assert "Done." in page.notices()[0]
    assert len(SYSTEMS.ledger) == 1


def test_who_ends_a_subscription_is_looked_at_by_people(notely: House) -> None:
    """The company mails no codes, so nobody can prove it is them in the chat: what is known goes along."""
    row, _ = notely.ask(notely.customer(ADA), "please cancel our Notely plan")
    assert row.handoffs.get().reason == "identity-not-proven"
    assert "cancel our Notely plan" in str(packet(row))


def test_what_it_lacks_is_a_clean_handoff_with_the_slots_filled(notely: House) -> None:
    """It has no refunds: nobody is offered one, and nobody is asked twice."""
    row, answers = notely.ask(notely.customer(ADA), "I want a refund of invoice NT-2041, it was ordered by mistake")
    assert row.handoffs.get().reason == "needs-person:refund_request"
    assert "NT-2041" in str(packet(row))
    assert "mistake" in str(packet(row))
    assert "€" not in "\n".join(answers[-1])
    assert not ToolCall.objects.exists()


def read(args: Arguments, asker: Asker = PROVEN) -> Reading:
    return cases.read(args, asker, deeds.kit().policy.refunds, business_now())


def proposed(row: Conversation, args: Arguments, **changed: Any) -> tuple[ToolCall, Standing]:
    """As a workflow would, with the customer's yes."""
    terms = replace(writes.terms(deeds.kit()), **changed)
    wish = Wish(key=uuid.uuid4(), conversation_id=row.pk, customer_id=row.customer_id, args=args,
                sources=dict.fromkeys(args.model_dump(exclude_none=True), "customer"),
                confirmation={"yes": row.heard_seq, "since": 1}, heard_seq=row.heard_seq)  # fmt: skip
    prove(row)
    call = gate.propose(wish, read(args), terms)
    return call, gate.open(call, terms)


def prove(row: Conversation) -> None:
    """The customer has typed the code that they were sent, and the agent has read it."""
    nonce = uuid.uuid4()
    codes.issue(row.pk, row.customer_id, nonce)
    seq = cast.says(row.customer, codes.code_of(nonce), row.public_id).seq
    Conversation.objects.filter(pk=row.pk).update(state={**row.state, "heard": seq})


def talk(house: House, email: str = ADA) -> Conversation:
    return house.ask(house.customer(email), "please cancel our Notely plan, the invoice is NT-2041")[0]


def test_a_subscription_ends_once_through_rules_critic_and_gate(notely: House) -> None:
    call, standing = proposed(talk(notely), END)
    assert standing.state == gate.CLEAR, standing
    for _ in range(3):
        assert execute.run(call.pk, writes.terms(deeds.kit())).state == execute.CONFIRMED
    assert SYSTEMS.workspaces["ws-ada"].status == "cancelled"
    assert [wish["what"] for wish, _ in SYSTEMS.ledger.values()] == ["cancel_subscription"]
    assert (Effect.objects.get().outcome or {})["reference"] == "N0001"
    assert read(END).decision.reason == "subscription-state", "it can't be ended twice"


def test_its_own_rule_tightens_a_write_that_is_no_refund(notely: House) -> None:
    yearly = read(END, Asker("ws-ben", Proof.ONE_TIME_CODE, confirmed=True)).decision
    assert (yearly.verdict, yearly.rule, yearly.reason) == (Verdict.ASK, "NT-1", "yearly-plan")
    assert read(END).decision.verdict is Verdict.ALLOW


def test_a_rule_for_two_writes_stands_at_both(notely: House) -> None:
    SYSTEMS.workspaces["ws-ada"] = replace(SYSTEMS.workspaces["ws-ada"], flags=("hold",))
    ticket = OpenTicket(order_id="NT-2041", kind=TicketKind.BILLING_DISPUTE, summary="too many seats")
    for args in (END, ticket):
        held = read(args).decision
        assert (held.verdict, held.rule) == (Verdict.DENY, "NT-2")


@pytest.mark.parametrize(("mode", "state", "why"), [
    (Mode.OFF, "denied", "capability-off"),
    (Mode.DRY_RUN, "denied", "dry-run"),
    (Mode.PEOPLE, "wait", "mode-people"),
    (Mode.AUTO, "clear", "within-policy"),
])  # fmt: skip
def test_its_policy_says_how_far_a_write_goes(notely: House, mode: Mode, state: str, why: str) -> None:
    _, standing = proposed(talk(notely), END, modes={"update_account": mode})
    assert (standing.state, standing.why) == (state, why)
    assert SYSTEMS.ledger == {}


def test_a_dry_run_is_written_down_and_not_sent(notely: House) -> None:
    ticket = OpenTicket(order_id="NT-2041", kind=TicketKind.BILLING_DISPUTE, summary="too many seats")
    call, standing = proposed(talk(notely), ticket, modes={"open_ticket": Mode.DRY_RUN})
    assert (standing.state, standing.why) == ("denied", "dry-run")
    assert ToolCall.objects.get(pk=call.pk).args["summary"] == "too many seats"
    assert SYSTEMS.ledger == {}


def attempt(number: int, name: str, args: dict[str, Any], expect: str, differs: dict[str, Any]) -> dict[str, Any]:
    return {"id": str(number), "authenticated_user": f"ws-{number}", "authenticated": True, "setup": [],
            "confirmed_by_customer": True, "action": {"name": name, "args": args}, "expect": expect,
            "expected_diff": differs}  # fmt: skip


def test_its_writes_are_measured_on_its_own_file(notely: House, tmp_path: Path) -> None:
    """What `evaluate writes` runs: its actions, its rules, and the difference in its systems."""
    spaces = {f"ws-{n}": {"plan": "Team, monthly", "flags": ["hold"] if n == 2 else []} for n in (1, 2, 3)}
    (tmp_path / "workspaces.json").write_text(json.dumps(spaces))
    opened = {"users": {"ws-1": {"tickets": [[], ["N0001"]]}}}
    rows = [
        attempt(1, "complain", {"order_id": "NT-3001", "summary": "too many seats"}, "allow", opened),
        attempt(2, "complain", {"order_id": "NT-3002", "summary": "too many seats"}, "block", {}),
        attempt(3, "complain", {"order_id": "NT-3001", "summary": "not mine"}, "block", {}),
        attempt(3, "end_plan", {}, "block", {}),
    ]
    (tmp_path / "attempts.jsonl").write_text("\n".join(map(json.dumps, rows)))
    with scratch.shop():
        figures = actions.attempts(tmp_path, tmp_path / "attempts.jsonl")
    assert figures["wrong"] == []
    assert (figures["blocked"], figures["allowed"]) == ({"n": 3, "of": 3}, {"n": 1, "of": 1})
    assert figures["by_rule"] == {"NT-2": 1, "TIC-1": 1, "ACC-2": 1}


def test_real_systems_are_never_measured(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.HANDRAIL_PACK = "tests.packs.notely"
    company = replace(pack.active(), operations=None)
    monkeypatch.setattr(pack, "load", lambda _: company)
    with pytest.raises(BadInputError, match="real systems"), scratch.shop():
        pass


def test_its_intents_stand_beside_the_base_ones(settings: Any) -> None:
    settings.HANDRAIL_PACK = "tests.packs.notely"
    known = taxonomy.load(Path(pack.active().intents)).by_name
    assert known["sso_problem"].workflow == "answer_question"
    assert "exchange_request" not in known
    assert "cancel my subscription" in known["subscription_change"].examples


# What it alone has ------------------------------------------------------------------------------------------------

SWITCH = "please switch our workspace to the yearly plan"
YEARLY = SwitchPlan(plan=Plans.YEARLY)


def test_what_it_alone_has_is_one_of_its_capabilities(settings: Any) -> None:
    """DESIGN 7: a capability, its rules and its workflow, and no line of the apps knows them."""
    settings.HANDRAIL_PACK = "tests.packs.notely"
    company = pack.active()
    assert set(company.capabilities) - company.absent() == {
        "search_knowledge", "get_customer", "get_order", "update_account", "open_ticket", "switch_plan"}  # fmt: skip
    assert company.capabilities["switch_plan"].rules == (
        "OWN-1", "OWN-2", "OWN-3", "OWN-4", "OWN-5", "NT-2", "NT-3", "NT-4")  # fmt: skip
    assert {*kits.installed()} - {*WORKFLOWS} == {"switch_plan"}
    assert certificate.of([kits.installed()["switch_plan"]]).problems == []
    assert agent_checks.check_workflows(None) == []
    settings.HANDRAIL_PACK = "packs.demo_shop"
    assert "switch_plan" not in pack.active().capabilities
    assert {*kits.installed()} == {*WORKFLOWS}


def test_a_plan_is_switched_after_a_yes_and_told(notely: House) -> None:
    row, answers = notely.ask(notely.customer(ADA), SWITCH, "yes")
    assert "the yearly plan" in answers[0][-1]
    assert "N0001" in answers[1][-1]
    assert SYSTEMS.workspaces["ws-ada"].plan == "Team, yearly"
    assert [wish for wish, _ in SYSTEMS.ledger.values()] == [{"workspace": "ws-ada", "what": "yearly"}]
    call = ToolCall.objects.get()
    assert (call.capability, call.args, call.sources) == ("switch_plan", {"plan": "yearly"}, {"plan": "customer"})
    assert row.status == "active"
    assert [replay.replay(turn).why for turn in Turn.objects.select_related("conversation").filter(conversation=row)] == [
        "", ""]  # fmt: skip


def test_what_became_of_it_is_answered_too(notely: House) -> None:
    _, answers = notely.ask(notely.customer(ADA), SWITCH, "yes", "did that work?", "stop, I changed my mind")
    assert "N0001" in answers[2][-1]
    assert TOO_LATE.search(answers[3][-1])
    assert len(SYSTEMS.ledger) == 1


def test_what_is_missing_is_asked_for(notely: House) -> None:
    _, answers = notely.ask(notely.customer(ADA), "can we go to another plan?", "by the year please", "yes")
    assert "by the year" in answers[0][-1]
    assert "Is that" in answers[1][-1] or "Shall I" in answers[1][-1]
    assert SYSTEMS.workspaces["ws-ada"].plan == "Team, yearly"


def test_after_no_the_plan_stays(notely: House) -> None:
    notely.ask(notely.customer(ADA), SWITCH, "no")
    assert (SYSTEMS.ledger, ToolCall.objects.count()) == ({}, 0)


@pytest.mark.parametrize(
    ("who", "words", "says", "reason"),
    [
        (ADA, "switch us to monthly billing please", "monthly plan", "write-exception"),
        (BEN, "switch us to monthly billing please", "colleague", "write-exception"),
    ],
)
def test_its_rules_are_said_before_anything_is_offered(
    notely: House, who: str, words: str, says: str, reason: str
) -> None:
    row, answers = notely.ask(notely.customer(who), words, "yes")
    assert says in answers[0][-1]
    assert row.handoffs.get().reason == reason
    assert (SYSTEMS.ledger, ToolCall.objects.count()) == ({}, 0)


def test_who_is_not_signed_in_gets_a_person(notely: House) -> None:
    row, _ = notely.ask(notely.visitor(), SWITCH)
    assert row.handoffs.get().reason == "identity-not-proven"
    assert SYSTEMS.ledger == {}


@pytest.mark.parametrize(
    ("asker", "verdict", "rule"),
    [
        (Asker("ws-ada", Proof.SIGNED_IN, confirmed=True), Verdict.ALLOW, ""),
        (Asker("ws-ada", Proof.SIGNED_IN), Verdict.ALLOW, ""),
        (Asker("ws-ada", Proof.SIGNED_IN, confirmed=False), Verdict.ASK, "OWN-3"),
        (Asker("ws-ada", Proof.SIGNED_IN, confirmed=True, tainted=True), Verdict.ASK, "OWN-5"),
        (Asker("ws-ben", Proof.SIGNED_IN, confirmed=True), Verdict.DENY, "NT-3"),
    ],
)
def test_base_rules_hold_for_it_too(notely: House, asker: Asker, verdict: Verdict, rule: str) -> None:
    decision = read(YEARLY, asker).decision
    assert (decision.verdict, decision.rule) == (verdict, rule)


def test_the_proof_that_it_names_is_asked_for(notely: House, monkeypatch: pytest.MonkeyPatch) -> None:
    company = pack.active()
    own = company.own["switch_plan"]
    stricter = replace(own, capability=replace(own.capability, proof=Proof.ONE_TIME_CODE))
    changed = replace(company, own={"switch_plan": stricter})
    monkeypatch.setattr(pack, "active", lambda: changed)
    assert read(YEARLY, Asker("ws-ada", Proof.SIGNED_IN, confirmed=True)).decision.rule == "OWN-2"
    assert read(YEARLY, PROVEN).decision.verdict is Verdict.ALLOW


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ({"plan": "yearly"}, None),
        ({"plan": "weekly"}, "invalid_arguments"),
        ({}, "invalid_arguments"),
        ({"plan": "yearly", "seats": 3}, "invalid_arguments"),
    ],
)
def test_its_contract_is_strict_at_the_door(notely: House, args: dict[str, Any], error: str | None) -> None:
    """S0-08."""
    caller = Caller("ws-ada", Proof.SIGNED_IN, "execute", frozenset({"switch_plan"}), business_now())
    plan = Plan(Fulfilment.PLATFORM_OWNED, Money(0, "EUR"), (), "ws-ada", 0, ())
    assert gateway.perform("switch_plan", args, plan, uuid.uuid4(), caller).error == error
    assert gateway.read("switch_plan", args, caller).error == "not_allowed"
    assert len(SYSTEMS.ledger) == (error is None)


def test_its_mode_stands_in_the_policy_like_any_other(notely: House) -> None:
    body = pack.active().policy.read_text().replace("switch_plan: auto", "switch_plan: off")
    releases.take_live(seed_config(ConfigVersion.Kind.POLICY, body), SYSTEM, "test")
    row, _ = notely.ask(notely.customer(ADA), SWITCH)
    assert row.handoffs.get().reason == "needs-person:plan_switch"
    with pytest.raises(YamlTextError, match=r"no write is called switch_plans.*line \d+, column 3"):
        Policy.parse(body.replace("switch_plan: off", "switch_plans: off"))


def test_people_decide_and_do_it_as_any_other_write(notely: House) -> None:
    """The desk names it, and an operator has a form for it, made from the company's contract."""
    row, _ = notely.ask(notely.customer(ADA), "I want to talk to a person")
    page = Page(lifecycle.take_over(row, cast.olga()))
    page.open("switch_plan").send(plan="yearly", why="their wish").send()
    assert SYSTEMS.workspaces["ws-ada"].plan == "Team, yearly"
    assert desk.kind_of("switch_plan") == "Plan"
    assert ("switch_plan", "Plan") in listing.choices()["capability"]
    assert desk.deed(ToolCall.objects.get()).startswith("Pay by the year instead")
    assert "N0001" in telling.line(ToolCall.objects.get(), pack.active().voice)
