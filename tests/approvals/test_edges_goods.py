"""Edges that only one workflow of an order has, or has in its own way, walked by real turns in the real shop."""

from __future__ import annotations

from dataclasses import replace

from tests.approvals.stories import WISHES, Ending, Scene, forbidden, it_waits_already, told
from tests.house import House
from tests.shopserver import ShopServer

BY_NAME = {wish.workflow: wish for wish in WISHES}


def test_who_asks_again_for_a_cancellation_that_waits_is_told_so(selling: House, shop: ShopServer) -> None:
    """ "Cancel it" would stop the cancellation; the order's own name asks for the same once more."""
    wish = replace(BY_NAME["cancel_order"], words="please cancel order {}", says={"waits": "write.waits"})
    walks = ["order --waits_already--> standing", "standing --otherwise--> done"]
    ending = Ending("waits", (["proposed"], [], ["pending"]))
    assert told(selling, shop, wish, it_waits_already, walks, None, 0, ending) == []


def the_money_would_go_another_way(scene: Scene) -> None:
    forbidden(scene)
    scene.opens()
    scene.say("rather with PayPal then")


def test_another_wish_behind_a_no_to_an_exchange_is_judged_anew(selling: House, shop: ShopServer) -> None:
    wish = replace(BY_NAME["exchange_items"], says={"against": "write.against.not_here"})
    walks = ["rules --otherwise--> against", "against --changed--> order"]
    assert told(selling, shop, wish, the_money_would_go_another_way, walks, None, 0, Ending("against")) == []
