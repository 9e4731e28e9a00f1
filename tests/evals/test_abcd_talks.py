"""What the page on the 55 sub-flows says is what happens: each is asked for once, in words of our own."""

from __future__ import annotations

from typing import Final

import pytest

from agents.models import Run
from agents.workflow import Kind
from agents.workflows import WORKFLOWS
from conversations.models import Handoff
from tests.evals.test_abcd import rows
from tests.house import House, small_house
from tests.shopserver import ShopServer

__all__ = ["small_house"]
pytestmark = [pytest.mark.slow, pytest.mark.django_db]

WRITERS: Final = {flow.name for flow in WORKFLOWS.values() if any(node.kind is Kind.ACT for node in flow.nodes)}
# Alice has the orders, the card and the subscription that they speak of.
WISHES: Final = {
    "recover_username": "I can't remember the user name I sign in with, what is it?",
    "recover_password": "I've lost my password and need a new one",
    "reset_2fa": "how do I reset two-factor authentication, I have a new phone?",
    "status_service_added": "I was charged for an extra service in FW-10473 that I never signed up for",
    "status_service_removed": "my Plus membership was taken off my account, please resume my subscription",
    "status_shipping_question": "how long does standard shipping take?",
    "status_credit_missing": "the store credit you promised me never showed up on my account",
    "manage_change_address": "please change the address of my account, I've moved house",
    "manage_change_name": "my last name has changed, please update the name on my account",
    "manage_change_phone": "please update the phone number on my account",
    "manage_payment_method": "I'd like to pay for FW-10488 with another card",
    "status_mystery_fee": "there is a fee on my card for FW-10473 that I don't recognise",
    "status_delivery_time": "when will FW-10482 be delivered?",
    "status_payment_method": "change the payment method of FW-10488 please",
    "status_quantity": "I ordered one lantern too many in FW-10488, please cancel that order",
    "manage_upgrade": "can you speed up the delivery of FW-10488 to overnight shipping?",
    "manage_downgrade": "please switch the delivery of FW-10488 to the slower cheaper one",
    "manage_create": "I'd like to order a garden bench, please place the order for me",
    "manage_cancel": "cancel FW-10488",
    "refund_initiate": "my rain jacket FW-10465 came broken, I want a refund",
    "refund_update": "I'd like a refund for the base layer in FW-10473 as well, it doesn't fit",
    "refund_status": "where is my refund for FW-10398?",
    "return_stain": "I want to return the daypack, there is a stain on it",
    "return_color": "I'd like to return the lantern FW-10465, the colour isn't what I expected",
    "return_size": "I want to send the base layer in FW-10473 back, it's too small",
    "bad_price_competitor": "another shop has the kettle for less, do you match the price?",
    "bad_price_yesterday": "the price of the kettle dropped right after I ordered, do I get the difference back?",
    "out_of_stock_general": "when will the sold-out things be back in stock?",
    "out_of_stock_one_item": "is the navy daypack in stock?",
    "promo_code_invalid": "my discount code isn't accepted, how do the codes work?",
    "promo_code_out_of_date": "my promo code has expired, can it still be used?",
    "mistimed_billing_already_returned": "I sent the step stool FW-10398 back, where is my money?",
    "mistimed_billing_never_bought": "I was charged twice for FW-10473",
    "status": "where is FW-10482?",
    "manage": "send FW-10488 to another address please",
    "missing": "FW-10465 says delivered and it never arrived, please send it again",
    "cost": "why was the delivery of FW-10488 so expensive, take the delivery fee off please",
    "boots": "how do I care for the cast iron skillet?",
    "shirt": "which warranty is there on the base layer?",
    "jeans": "can I wash the rain jacket in the machine?",
    "jacket": "how do I set up the tent?",
    "pricing": "which ways of paying do you take?",
    "membership": "what does Fernway Plus cost, and what do I get for it?",
    "timing": "how long do I have to send something back?",
    "policy": "what can't be returned?",
    "status_active": "is my Plus membership still active?",
    "status_due_amount": "how much do I have to pay for my Plus membership next time?",
    "status_due_date": "when does my Plus membership renew?",
    "manage_pay_bill": "I want to pay my membership bill right now, take it from my card",
    "manage_extension": "I need a few more days to pay my membership bill, can I get an extension?",
    "manage_dispute_bill": "you charged me too much for my membership",
    "credit_card": "I get an error at checkout when I enter my credit card",
    "shopping_cart": "the shopping cart on your site doesn't update when I add things",
    "search_results": "the search on your website finds nothing, it is broken",
    "slow_speed": "your website is extremely slow today",
}


def test_each_sub_flow_has_its_words() -> None:
    assert set(WISHES) == {name for name, *_ in rows()}


@pytest.mark.parametrize(("name", "how_far", "workflow"), [row[:3] for row in rows()])
def test_what_the_page_says_of_a_sub_flow_is_what_begins(
    small_house: House, shop: ShopServer, name: str, how_far: str, workflow: str
) -> None:
    """Whole and part: that workflow takes it up. No: nothing begins that could end in a write."""
    shop.reset()
    row, answers = small_house.ask(small_house.alice(), WISHES[name])
    begun = set(Run.objects.filter(conversation=row).values_list("workflow", flat=True))
    if how_far == "no":
        handed = Handoff.objects.filter(conversation=row).exists()
        assert handed or begun & WRITERS == set(), (begun, answers)
        assert "Done" not in str(answers)
    else:
        assert workflow in begun, (begun, answers)
