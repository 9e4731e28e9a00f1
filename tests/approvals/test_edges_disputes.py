"""Every edge of a disputed charge, walked by real turns in the real shop."""

from __future__ import annotations

import pytest

from tests.approvals.goods import ledger
from tests.approvals.stories import DONE, Ending, Scene, Wish, retold, stories_of, told
from tests.house import House
from tests.shopserver import ShopServer

LINES = {
    "offer": "write.offer.billing_dispute", "offer.again": "write.offer.billing_dispute.again",
    "done": "write.done.billing_dispute", "against": "write.against.under_way", "waits": "write.waits",
    "rejected": "write.rejected", "passed on": "later.order", "person": "refund.handoff",
    "expired": "refund.handoff.expired",
}  # fmt: skip
CHARGED = Wish(
    "billing_dispute", "I was charged twice for {}", "there is a wrong charge on my card", "FW-10465", "/tickets",
    says=LINES,
)  # fmt: skip
LATE = Wish("billing_dispute", "you charged me too much, {} is late", "", "FW-10467", "/tickets", says=LINES)


@pytest.mark.parametrize("name", stories_of("billing_dispute"))
def test_a_story_ends_with_these_words_and_rows(selling: House, shop: ShopServer, name: str) -> None:
    assert retold(selling, shop, CHARGED, name) == []


def the_credit_is_given_elsewhere(scene: Scene) -> None:
    """Between offer and yes, in another conversation."""
    scene.opens()
    scene.house.ask(scene.who, scene.wish.words.format(scene.order), "yes")
    scene.say("yes")


def they_would_rather_have_the_charge_looked_at(scene: Scene) -> None:
    the_credit_is_given_elsewhere(scene)
    scene.say("no, check the charge")


def and_say_yes_to_that(scene: Scene) -> None:
    they_would_rather_have_the_charge_looked_at(scene)
    scene.say("yes")


def test_a_second_credit_stands_against_it(selling: House, shop: ShopServer) -> None:
    walks = ["fits --otherwise--> against"]
    assert told(selling, shop, LATE, the_credit_is_given_elsewhere, walks, None, 0, Ending("against")) == []
    assert [str(row["endpoint"]).rsplit("/", 1)[1] for row in ledger(shop)] == ["credits"]


def test_behind_that_no_the_charge_may_be_looked_at(selling: House, shop: ShopServer) -> None:
    """Another wish is read back anew, and the yes counts for that."""
    walks = ["against --changed--> order", "rules --allowed--> offer"]
    tell = they_would_rather_have_the_charge_looked_at
    assert told(selling, shop, LATE, tell, walks, None, 0, Ending("offer.again")) == []
    assert told(selling, shop, LATE, and_say_yes_to_that, walks, None, 1, Ending("done", DONE)) == []
