"""The inbox on the demo's page, with the demo's real company behind it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from conversations.models import Customer
from tests.browser.conftest import Window
from tests.shopserver import ShopServer, shop
from tests.webserver import serving

__all__ = ["shop"]
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(django_db_setup: None, shop: ShopServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    shop.reset()
    with serving(tmp_path_factory.mktemp("web") / "log", SHOP_URL=shop.url, SHOP_API_KEY=shop.key) as url:
        yield url
    shop.reset()


def test_a_code_appears_in_the_inbox_of_whom_the_page_speaks_for(window: Window, shop: ShopServer) -> None:
    for ref, first in (("C-1001", "Alice"), ("C-1002", "Bob")):
        Customer.objects.create(external_ref=ref, email=f"{first.lower()}@example.com", first_name=first)
    page = window()
    page.goto("/")
    inbox = page.get_by_role("region", name="Inbox")
    page.check("input[value='alice@example.com']")
    expect(page.locator("[data-who-now]")).to_contain_text("alice@example.com")
    expect(inbox).to_be_hidden()
    sent = shop.ask("POST", "/platform/customers/C-1001/codes", {"code": "482913"}, Idempotency_Key=str(uuid.uuid4()))
    assert sent.status_code == 201
    expect(inbox).to_contain_text("Your code is 482913")
    expect(inbox).to_contain_text("alice@example.com")
    label = {"customer": "C-1001", "order": "FW-10473", "kind": "return_label", "channel": "email"}
    label |= {"sent_to": "alice@example.com"}
    assert shop.ask("POST", "/logistics/notices", label, Idempotency_Key=str(uuid.uuid4())).status_code == 201
    expect(inbox).to_contain_text("Attached: the return label for order FW-10473.")
    page.check("input[value='bob@example.com']")
    expect(inbox).to_be_hidden()
