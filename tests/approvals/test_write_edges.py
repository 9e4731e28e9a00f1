"""Every edge of a simple write, walked by real turns in the real shop, for every workflow of that shape.

The stories stand in stories.py; each is told for each of the workflows.
"""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest

from agents.workflows import WORKFLOWS
from tests.approvals.stories import (
    ACCOUNT,
    OAK,
    REFUND,
    STORIES,
    WISHES,
    Patch,
    Scene,
    Story,
    Wish,
    forbidden,
    it_cannot_be_read_again,
    it_is_no_longer_true_at_the_last_moment,
    people_are_asked_at_the_last_moment_and_say_no,
    people_are_asked_at_the_last_moment_and_say_nothing,
    problems,
    retold,
    staged,
    stories_of,
    the_account_cannot_be_read,
    the_number_is_wrong_twice,
    the_order_cannot_be_read,
    the_policy_only_tries_it,
    the_rules_are_against_it,
    they_have_no_orders,
    they_never_answer,
    they_say_no,
    told,
)
from tests.house import House
from tests.shopserver import ShopServer


@pytest.mark.parametrize("name", STORIES)
def test_a_story_walks_its_edges_in_every_workflow(selling: House, shop: ShopServer, name: str) -> None:
    tell, walks, reason, effects, but = STORIES[name]
    wishes = [wish for wish in WISHES if wish.workflow not in but]
    wrong = [each for wish in wishes for each in told(selling, shop, wish, tell, walks, reason, effects)]
    assert wrong == []


REFUNDED: list[tuple[Story, str, str | None]] = [
    (the_account_cannot_be_read, "account --unreadable--> handoff:tool-failed", "tool-failed"),
    (they_have_no_orders, "account --no_orders--> tell_none", None),
    (the_number_is_wrong_twice, "tier --missed_twice--> handoff:order-not-found", "order-not-found"),
    (the_order_cannot_be_read, "tier --unreadable--> handoff:tool-failed", "tool-failed"),
    (the_rules_are_against_it, "exception --otherwise--> leave_it", None),
    (they_say_no, "offer --no--> leave_it", None),
    (they_never_answer, "offer --otherwise--> handoff:offer-not-answered", "offer-not-answered"),
    (it_cannot_be_read_again, "again --unreadable--> handoff:tool-failed", "tool-failed"),
    (the_policy_only_tries_it, "critic --not_reached--> handoff:authority-level", "authority-level"),
    (people_are_asked_at_the_last_moment_and_say_no, "execute --rejected--> turned_down", None),
    (people_are_asked_at_the_last_moment_and_say_nothing, "execute --expired--> handoff:approval-expired", "approval-expired"),
    (it_is_no_longer_true_at_the_last_moment, "execute --dropped--> handoff:refund-stale", "refund-stale"),
]  # fmt: skip


@pytest.mark.parametrize(("tell", "edge", "reason"), REFUNDED, ids=lambda one: getattr(one, "__name__", None))
def test_the_stories_that_a_refund_shares(
    selling: House, shop: ShopServer, tell: Story, edge: str, reason: str | None
) -> None:
    assert told(selling, shop, REFUND, tell, [edge], reason, 0) == []


@pytest.mark.parametrize("name", stories_of("account_change"))
def test_the_stories_that_a_change_of_the_account_shares(selling: House, shop: ShopServer, name: str) -> None:
    assert retold(selling, shop, ACCOUNT, name) == []


# What only some of them ask for ---------------------------------------------------------------------------------------

ADDRESS, PAYMENT, AGAIN = WISHES[1], WISHES[2], WISHES[3]
BACK, OTHER = WISHES[6], WISHES[7]
OPEN = [
    (ADDRESS, "FW-10488", "change the delivery address of {}", OAK),
    (PAYMENT, "FW-10488", "change the payment method of {}", "PayPal"),
    (AGAIN, "FW-10473", "{} arrived broken, send me another", "all of it"),
    (BACK, "FW-10473", "I want to return {}", "both"),
    (OTHER, "FW-10473", "I want to exchange {}", ""),
    (REFUND, "FW-10473", "{} arrived broken, I want my money back", "both"),
]
ASKS = {"order": "detail", "tier": "items"}
LEFT_OPEN = {
    "order": "order --detail_unclear--> handoff:needs-person",
    "tier": "tier --items_unclear--> handoff:item-not-identified",
}
BY_WORKFLOW = [wish.workflow for wish, *_ in OPEN]


def several(shop: ShopServer, scene: Scene) -> None:
    """A third means of payment, so that there is a choice."""
    with psycopg.connect(shop.database_url) as connected:
        connected.execute(
            "insert into payment_methods (customer_id, id, place, source, balance_cents) values (%s, 'gift', 2, 'gift_card', 9000)",
            [scene.who.external_ref],
        )


@pytest.mark.parametrize(("wish", "like", "words", "answer"), OPEN, ids=BY_WORKFLOW)
def test_what_is_missing_is_asked_for_and_heard(
    selling: House, shop: ShopServer, monkeypatch: Patch, wish: Wish, like: str, words: str, answer: str
) -> None:
    scene = staged(selling, shop, monkeypatch, replace(wish, like=like, words=words))
    several(shop, scene)
    scene.opens()
    asked = ASKS[wish.order_node]
    assert scene.talk.runs.get(active=True).node == asked
    if not answer:
        return  # which of several things, and for what: tests/approvals/test_goods_flows.py
    scene.say(answer)
    assert (asked, "otherwise", wish.order_node) in scene.walked()
    assert scene.talk.runs.get(active=True).node == "offer"


@pytest.mark.parametrize(("wish", "like", "words", "answer"), OPEN, ids=BY_WORKFLOW)
def test_what_stays_open_goes_to_a_person(
    selling: House, shop: ShopServer, monkeypatch: Patch, wish: Wish, like: str, words: str, answer: str
) -> None:
    scene = staged(selling, shop, monkeypatch, replace(wish, like=like, words=words))
    several(shop, scene)
    scene.opens()
    scene.say("the usual", "you know which")
    edge = LEFT_OPEN[wish.order_node]
    assert problems(scene, [edge], edge.partition("handoff:")[2], 0) == []


@pytest.mark.parametrize(("wish", "like", "words", "answer"), OPEN[:-1], ids=BY_WORKFLOW[:-1])
def test_who_wants_nothing_after_all_is_left_alone(
    selling: House, shop: ShopServer, monkeypatch: Patch, wish: Wish, like: str, words: str, answer: str
) -> None:
    scene = staged(selling, shop, monkeypatch, replace(wish, like=like, words=words))
    several(shop, scene)
    scene.opens()
    scene.say("no")
    assert problems(scene, ["detail --declined--> leave_it"], None, 0) == []


CHANGES = [
    (ADDRESS, "FW-10488", "no, 5 Quarry Road, Boulder, CO 80301", "order"),
    (PAYMENT, "FW-10488", "no, the gift card", "order"),
    (REFUND, "FW-10473", "only the merino base layer", "tier"),
]


@pytest.mark.parametrize(("wish", "like", "words", "back"), CHANGES, ids=[wish.workflow for wish, *_ in CHANGES])
def test_another_wish_than_the_one_read_back_is_read_back_anew(
    selling: House, shop: ShopServer, monkeypatch: Patch, wish: Wish, like: str, words: str, back: str
) -> None:
    """And the yes then counts for that."""
    scene = staged(selling, shop, monkeypatch, replace(wish, like=like))
    several(shop, scene)
    scene.say(
        wish.words.format(scene.order)
        if wish is not REFUND
        else f"both items of {scene.order} arrived damaged, I want a refund"
    )
    assert scene.talk.runs.get(active=True).node == "offer"
    scene.say(words)
    assert ("offer", "changed", back) in scene.walked()
    assert scene.talk.runs.get(active=True).node == "offer"
    assert scene.done() == 0


AGAINST = [
    *CHANGES[:2],
    (BACK, "FW-10465", "rather on my gift card then", "order"),
]


@pytest.mark.parametrize(("wish", "like", "words", "back"), AGAINST, ids=[wish.workflow for wish, *_ in AGAINST])
def test_another_wish_behind_a_no_of_the_rules_is_judged_anew(
    selling: House, shop: ShopServer, monkeypatch: Patch, wish: Wish, like: str, words: str, back: str
) -> None:
    scene = staged(selling, shop, monkeypatch, replace(wish, like=like))
    several(shop, scene)
    forbidden(scene)
    scene.opens()
    scene.say(words)
    assert ("against", "changed", back) in scene.walked()
    assert scene.done() == 0


def test_a_flagged_account_is_looked_at_by_a_person(selling: House, shop: ShopServer, monkeypatch: Patch) -> None:
    scene = staged(selling, shop, monkeypatch, REFUND)
    with psycopg.connect(shop.database_url) as connected:
        connected.execute("insert into risk_flags values (%s, 'chargeback', now())", [scene.who.external_ref])
    scene.opens()
    assert problems(scene, ["path --for_people--> handoff:refund-by-person"], "refund-by-person", 0) == []


@pytest.mark.parametrize(
    ("lines", "edge"),
    [
        (("update my contact details", "neither"), "what --otherwise--> handoff:needs-person"),
        (
            ("I have a new e-mail, please update my account", "CODE", "hm", "well, hm"),
            "account --value_asked--> handoff:needs-person",
        ),
    ],
    ids=["what", "value"],
)
def test_what_nobody_says_goes_to_a_person(
    selling: House, shop: ShopServer, monkeypatch: Patch, lines: tuple[str, ...], edge: str
) -> None:
    scene = staged(selling, shop, monkeypatch, ACCOUNT)
    for line in lines:
        scene.say(scene.code() if line == "CODE" else line)
    assert problems(scene, [edge], "needs-person", 0) == []


def test_a_visitor_who_names_order_and_address_is_passed_on(
    selling: House, shop: ShopServer, monkeypatch: Patch
) -> None:
    scene = staged(selling, shop, monkeypatch, REFUND)
    scene.who = selling.visitor()
    scene.say("I want my money back, it arrived broken", scene.order, "somebody@example.com")
    assert problems(scene, ["identify --otherwise--> handoff:identity-not-proven"], "identity-not-proven", 0) == []


def test_the_stories_are_told_of_every_workflow_of_this_shape() -> None:
    alike = {name for name, flow in WORKFLOWS.items() if {"against", "fits", "missing"} <= set(flow.by_name)}
    tickets = {"billing_dispute"}  # ends in a ticket, and has stories of its own: test_billing_disputes.py
    assert alike - tickets == {wish.workflow for wish in WISHES}
    assert "refund" not in alike
