"""Where a refund is and how a subscription stands: every edge, walked by real turns over the shop's own records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import psycopg
import pytest

from agents.desk import Desk
from tests.agents.talks import VISITOR
from tests.agents.test_edges_answers import UNSOURCED, known, priced_page, sensitive
from tests.agents.test_talk_edges import ALICE, Patch, broken, nothing, reasons, shut, walked
from tests.approvals.goods import ledger
from tests.house import House
from tests.knowledge.shelf import publish_article
from tests.lines import wordings
from tests.shopserver import ShopServer
from tools.models import ToolCall

BOB, MALLORY, GRACE = "bob@example.com", "mallory@example.com", "grace.oyelaran@example.com"
HANA, JONAS, ROHAN, TOMAS = (
    f"{name}@example.com" for name in ("hana.novak", "jonas.weber", "rohan.desai", "tomas.vidal")
)
WHERE, RENEWS, COSTS = "where is my refund?", "when does my membership renew?", "what do I pay for my membership?"
REFUND, PLAN = "refund_status", "subscription_status"
TRACE, UNNAMED = "refund-to-trace", "order-not-identified"
NO_REFUND = "delete from payments where kind = 'refund'"
ENDED_LATE = "update subscriptions set cancelled_at = now(), renews_on = current_date - 3"
PAGE = ("What the membership costs", "You pay $49 a year for the membership.")
Before = Callable[[Patch], None]


@pytest.fixture(autouse=True)
def _as_it_was(shop: ShopServer) -> Iterator[None]:
    shop.reset()
    yield
    shop.reset()


def in_the_shop(shop: ShopServer, sql: str) -> None:
    with psycopg.connect(shop.database_url, autocommit=True) as connection:
        connection.execute(sql.encode())


def reads(capability: str, **facts: object) -> Before:
    """A company that knows less: these fields of its record are other ones."""

    def changes(patch: Patch) -> None:
        real = Desk.record

        def told(desk: Desk, name: str, *args: object, **named: object) -> object:
            result = real(desk, name, *args, **named)  # type: ignore[arg-type]
            if name != capability or result.data is None:
                return result
            changed = replace(result, data={**result.data, **facts})
            desk.results[name], desk.answers[-1] = changed, changed
            return changed

        patch.setattr(Desk, "record", told)

    return changes


def page(days_ago: int) -> Before:
    return lambda _: void(
        publish_article("page", f"## {PAGE[0]}\n\n{PAGE[1]}", title=PAGE[0], topic="membership", days_ago=days_ago)
    )


def void(_: object) -> None: ...


Case = tuple[str, str, str, tuple[str, ...], Before, str, tuple[str, ...], str | None, str]
CASES: list[Case] = [
    # name, workflow, who, what is said, what comes before, SQL in the shop, edges, the reason of the handoff, said last
    ("long ago, traced", REFUND, ALICE, (WHERE, "yes please"), nothing, "", ("who --signed_in--> account", "account --order_named--> order", "order --order_read--> tell", f"tell --accepted--> handoff:{TRACE}"), TRACE, "refund.handoff.trace"),
    ("long ago, left", REFUND, ALICE, (WHERE, "no"), nothing, "", ("tell --otherwise--> leave_it", "leave_it --otherwise--> done"), None, "small.ok"),
    ("a few days ago", REFUND, MALLORY, ("where is my refund for FW-10455?",), nothing, "", ("who --signed_in_with_number--> order", "order --order_read--> tell"), None, "already.refunded"),
    ("a return on its way", REFUND, HANA, (WHERE, "no"), nothing, "", ("account --order_named--> order", "tell --otherwise--> leave_it"), None, "small.ok"),
    ("cancelled, and no money", REFUND, ROHAN, (WHERE, "yes"), nothing, NO_REFUND, (f"tell --accepted--> handoff:{TRACE}",), TRACE, "refund.handoff.trace"),
    ("arrived, and no money", REFUND, ALICE, (WHERE, "yes"), nothing, NO_REFUND, (f"tell --accepted--> handoff:{TRACE}",), TRACE, "refund.handoff.trace"),
    ("never refunded, wanted now", REFUND, ALICE, ("where is my refund for FW-10465?", "yes please"), nothing, "", ("tell --wants_the_refund--> refund", "refund --otherwise--> done"), None, "refund.why"),
    ("which of them", REFUND, TOMAS, (WHERE, "FW-10419"), nothing, "", ("account --otherwise--> which", "which --order_named--> order"), None, "refund_status.returning"),
    ("none of them named", REFUND, TOMAS, (WHERE, "hm", "dunno"), nothing, "", (f"which --otherwise--> handoff:{UNNAMED}",), UNNAMED, "escalated"),
    ("no orders", REFUND, JONAS, (WHERE,), nothing, "", ("account --no_orders--> tell_none", "tell_none --otherwise--> done"), None, "ask_order.none"),
    ("the account is unreadable", REFUND, ALICE, (WHERE,), broken("account"), "", ("account --account_unreadable--> handoff:tool-failed",), "tool-failed", "lookup_failed"),
    ("the order is unreadable", REFUND, ALICE, ("where is my refund for FW-10398?",), broken("order"), "", ("order --order_unreadable--> handoff:tool-failed",), "tool-failed", "lookup_failed"),
    ("payments unknown", REFUND, ALICE, ("where is my refund for FW-10398?",), reads("get_order", money=None), "", (f"order --money_unknown--> handoff:{TRACE}",), TRACE, "refund.handoff.trace"),
    ("a wrong number, then theirs", REFUND, ALICE, ("where is my refund for FW-99999?", "FW-10398"), nothing, "", ("order --otherwise--> missing", "missing --signed_in--> account"), None, "refund_status.late"),
    ("wrong twice", REFUND, ALICE, ("where is my refund for FW-99999?", "FW-99998"), nothing, "", ("order --missed_twice--> handoff:order-not-found",), "order-not-found", "escalated"),
    ("a visitor", REFUND, VISITOR, (WHERE, "FW-10398", ALICE), nothing, "", ("who --otherwise--> identify", "identify --order_and_email_named--> order"), None, "refund_status.late"),
    ("a visitor, wrong", REFUND, VISITOR, (WHERE, "FW-10398", BOB), nothing, "", ("missing --otherwise--> identify",), None, "order_not_found.unknown"),
    ("a visitor who can't say", REFUND, VISITOR, (WHERE, "it's blue", "really blue"), nothing, "", (f"identify --otherwise--> handoff:{UNNAMED}",), UNNAMED, "escalated"),
    ("it renews", PLAN, ALICE, (RENEWS,), nothing, "", ("listen --asks_of_theirs--> account", "account --known--> tell", "tell --otherwise--> done"), None, "plan.active"),
    ("it renews, no day known", PLAN, ALICE, (RENEWS,), reads("get_customer", plan_until=None), "", ("account --known--> tell",), None, "plan.active.no_date"),
    ("it is ended", PLAN, GRACE, (RENEWS,), nothing, "", ("account --known--> tell",), None, "plan.cancelled"),
    ("it is ended, no day known", PLAN, GRACE, (RENEWS,), reads("get_customer", plan_until=None), "", ("account --known--> tell",), None, "plan.cancelled.no_date"),
    ("it is over", PLAN, GRACE, (RENEWS,), nothing, ENDED_LATE, ("account --known--> tell",), None, "plan.over"),
    ("there is none", PLAN, BOB, (RENEWS,), nothing, "", ("account --known--> tell",), None, "plan.none"),
    ("unknown here", PLAN, ALICE, (RENEWS,), reads("get_customer", subscription_status=""), "", ("account --otherwise--> search",), None, ""),
    ("no page, sensitive", PLAN, ALICE, (COSTS,), sensitive("subscription_question"), "", (f"search --unsourced_sensitive--> handoff:{UNSOURCED}",), UNSOURCED, "escalated"),
    ("it is over, no day known", PLAN, MALLORY, (RENEWS,), reads("get_customer", plan_until=None), "", ("account --known--> tell",), None, "plan.over.no_date"),
    ("unreadable", PLAN, ALICE, (RENEWS,), broken("account"), "", ("account --unreadable--> handoff:tool-failed",), "tool-failed", "lookup_failed"),
    ("what it costs", PLAN, ALICE, (COSTS,), page(1), "", ("listen --otherwise--> search", "search --trusted--> quote", "quote --otherwise--> done"), None, ""),
    ("an old page, a colleague", PLAN, VISITOR, (COSTS, "yes please"), page(300), "", ("search --stale--> tell_stale", "tell_stale --accepted--> handoff:stale-knowledge"), "stale-knowledge", "handoff.queue.no_wait"),
    ("a known issue", PLAN, ALICE, (COSTS,), known("membership pay"), "", ("search --known_issue--> issue", "issue --otherwise--> done"), None, "issue.known.workaround"),
    ("an old price to be checked first", PLAN, ALICE, (COSTS,), priced_page(*PAGE), "", ("search --check_first--> check", "check --otherwise--> done"), None, "stale.check"),
    ("an old page, left", PLAN, VISITOR, (COSTS, "no"), page(300), "", ("tell_stale --otherwise--> leave_it", "leave_it --otherwise--> done"), None, "small.ok"),
    ("no page, a colleague", PLAN, VISITOR, (COSTS, "yes please"), nothing, "", ("search --otherwise--> gap", "gap --accepted--> handoff:no-reliable-answer"), "no-reliable-answer", "handoff.queue.no_wait"),
    ("no page, left", PLAN, VISITOR, (COSTS, "no"), nothing, "", ("gap --otherwise--> leave_it",), None, "small.ok"),
    ("the shelf is shut", PLAN, ALICE, (COSTS,), shut("search"), "", ("search --search_failed--> handoff:search-failed",), "search-failed", "escalated"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "flow", "who", "lines", "before", "sql", "edges", "reason", "says"),
    CASES,
    ids=[f"{case[1]}: {case[0]}" for case in CASES],
)
def test_it_walks_the_edge_and_ends_with_these_words(
    small_house: House,
    shop: ShopServer,
    monkeypatch: Patch,
    name: str,
    flow: str,
    who: str,
    lines: tuple[str, ...],
    before: Before,
    sql: str,
    edges: tuple[str, ...],
    reason: str | None,
    says: str,
) -> None:
    if sql:
        in_the_shop(shop, sql)
    before(monkeypatch)
    row, answers = small_house.ask(small_house.customer(who) if who else small_house.visitor(), *lines)
    assert {f"{flow}: {edge}" for edge in edges} <= walked(row), (answers, walked(row))
    expected = wordings(says) if says else []
    assert not says or any(wording.search(text) for wording in expected for text in answers[-1]), answers
    assert reasons(row) == ([reason] if reason else [])
    assert not ToolCall.objects.filter(conversation=row).exists()
    assert ledger(shop) == []


def test_a_refund_is_told_with_its_day_amount_and_reference(small_house: House) -> None:
    _, answers = small_house.ask(small_house.customer(MALLORY), "where is my refund for FW-10455?")
    told = answers[0][-1]
    assert "$119.00" in told
    assert "Visa ending" in told or "0077" in told
    assert "reference" in told


def test_somebody_elses_refund_is_not_found(small_house: House) -> None:
    """The same words as for a number that doesn't exist."""
    _, answers = small_house.ask(small_house.alice(), "where is my refund for FW-10455?")
    assert "$119.00" not in str(answers)
    assert "can't find FW-10455" in answers[0][-1] or "no FW-10455" in answers[0][-1]


def test_a_refund_that_waits_for_people_is_said_to_wait(small_house: House) -> None:
    row, answers = small_house.ask(
        small_house.alice(), "FW-10476 arrived broken, I want my money back", "yes", "where is my refund for FW-10476?"
    )
    assert "refund_status: order --waits_already--> standing" in walked(row), (answers, walked(row))
    assert "refund_status: standing --otherwise--> done" in walked(row)
    assert any(wording.search(text) for wording in wordings("refund.waits") for text in answers[-1]), answers
