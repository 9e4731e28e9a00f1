"""An operator's own writes in a real browser: chosen, filled in, looked at, done; wide and narrow, light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from agents import deeds
from conversations import lifecycle
from conversations.models import Conversation, Message
from tests.approvals.goods import paid_back
from tests.browser.conftest import Window
from tests.cast import olga
from tests.house import House, moving_house
from tests.shopserver import ShopServer, _server, fresh_shop, shop
from tests.webserver import serving
from tools.models import ToolCall

__all__ = ["fresh_shop", "moving_house", "shop"]
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """With the company behind it: the form reads its records."""
    company = _server()
    log = tmp_path_factory.mktemp("web") / "log"
    with serving(log, SHOP_URL=company.url, SHOP_API_KEY=company.key) as url:
        yield url


def handed_over(house: House, order: str = "FW-10473") -> Conversation:
    row, _ = house.ask(house.alice(), f"My order {order}, I want to talk to a person")
    return row


def show(page: Page, row: Conversation) -> None:
    page.goto(f"/console/c/{row.public_id}/")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_a_refund_from_the_takeover_to_the_end(
    window: Window, moving_house: House, fresh_shop: ShopServer, width: int, scheme: str
) -> None:
    """Nothing is loaded anew: the form comes with the takeover, the look takes the focus, and the end is said."""
    page = window(olga(), width=width, color_scheme=scheme)
    show(page, handed_over(moving_house))
    expect(page.get_by_text("Take the conversation over to act yourself.")).to_be_attached()
    page.get_by_role("button", name="Take over").click()
    page.get_by_label("Do it yourself").select_option("process_refund")
    expect(page.get_by_label("Order", exact=True)).to_have_value("FW-10473")
    page.get_by_label("Order", exact=True).select_option("FW-10464")
    expect(page.get_by_label("Countertop Blender")).to_be_checked()
    page.get_by_label("Order", exact=True).select_option("FW-10473")
    page.get_by_label("Merino Base Layer").check()
    page.get_by_label("Reason").select_option("does_not_fit")
    page.get_by_label("Why (kept").fill("agreed on the phone")
    page.get_by_role("button", name="Look at it first").click()
    expect(page.locator("#write-preview")).to_be_focused()
    expect(page.locator("#write-preview")).to_contain_text("$72.00")
    assert not ToolCall.objects.exists()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Do it", exact=True).dblclick()
    expect(page.locator("#written")).to_contain_text("Done. The customer reads it in the conversation.")
    expect(page.locator("#writes")).to_contain_text("$72.00")
    assert list(paid_back(fresh_shop).values()) == [7200]
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_another_address_and_then_a_cancellation(window: Window, moving_house: House, fresh_shop: ShopServer) -> None:
    """Both to the end in one conversation: each is looked at beside what it changes, and the shop holds it."""
    row = lifecycle.take_over(handed_over(moving_house, "FW-10488"), olga())
    page = window(olga())
    show(page, row)
    page.get_by_label("Do it yourself").select_option("change_order-address")
    expect(page.get_by_label("Address: city")).to_have_value("Burlington")
    for name, value in {"first line": "5 Harbor Road", "city": "Portland", "region": "ME", "postcode": "04101"}.items():
        page.get_by_label(f"Address: {name}").fill(value)
    done(page, "said in the chat", "FW-10488 · Insulated Water Bottle, Camp Lantern",
         "5 Harbor Road, Portland, ME 04101, USA", "18 Millpond Lane, Burlington, VT 05401, USA")  # fmt: skip
    assert kept(fresh_shop)["address"]["address1"] == "5 Harbor Road"
    page.get_by_label("Do it yourself").select_option("change_order-cancel")
    page.get_by_label("Reason").select_option("no_longer_needed")
    done(page, "wants none of it", "FW-10488 · Insulated Water Bottle, Camp Lantern", "$79.00")
    expect(page.locator("#writes")).to_contain_text("A cancellation ($79.00)")
    assert kept(fresh_shop)["status"] == "cancelled"
    assert list(paid_back(fresh_shop).values()) == [7900]
    for call in ToolCall.objects.order_by("pk"):
        deeds.tell(call.pk)  # nobody sweeps here
    said = Message.objects.filter(conversation=row, author="system").order_by("seq")
    _, first, second = said.values_list("text", flat=True)
    assert "Order FW-10488 now goes to 5 Harbor Road, Portland, ME 04101, USA. The reference is AD-" in first
    assert "Order FW-10488 is cancelled, and $79.00 goes back the way it was paid. The reference is CN-" in second


def done(page: Page, why: str, *facts: str) -> None:
    """Looked at, with these facts in sight, and done."""
    page.get_by_label("Why (kept").fill(why)
    page.get_by_role("button", name="Look at it first").click()
    for fact in facts:
        expect(page.locator("#write-preview")).to_contain_text(fact)
    page.get_by_role("button", name="Do it", exact=True).click()
    expect(page.locator("#written")).to_contain_text("Done. The customer reads it in the conversation.")


def kept(shop: ShopServer) -> dict[str, Any]:
    """The order as the shop holds it."""
    found: dict[str, Any] = shop.ask("GET", "/admin/dump").json()["orders"]["FW-10488"]
    return found


def test_without_scripts(window: Window, moving_house: House, fresh_shop: ShopServer) -> None:
    row = lifecycle.take_over(handed_over(moving_house), olga())
    page = window(olga(), java_script_enabled=False)
    show(page, row)
    page.get_by_role("link", name="Act yourself").click()
    page.get_by_label("Do it yourself").select_option("send_notice")
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Notice").select_option("invoice")
    page.get_by_label("Why (kept").fill("asked for it")
    page.get_by_role("button", name="Look at it first").click()
    page.get_by_role("button", name="Do it", exact=True).click()
    expect(page.locator("#written")).to_contain_text("Done.")
    assert ToolCall.objects.get().capability == "send_notice"
