"""The one dictionary of capabilities: a name that isn't here doesn't exist."""

from __future__ import annotations

from typing import Final

from tools.capabilities import (
    apply_credit,
    change_order,
    get_customer,
    get_order,
    open_ticket,
    process_refund,
    process_return,
    search_knowledge,
    send_notice,
    update_account,
)
from tools.contract import Capability

# The whole vocabulary; more would be a menu of endpoints, and menus get picked from wrongly (S4-26, S4-27).
NAMES: Final = (
    "search_knowledge",
    "get_customer",
    "get_order",
    "process_refund",
    "process_return",
    "change_order",
    "update_account",
    "apply_credit",
    "send_notice",
    "open_ticket",
)
MOST_CAPABILITIES: Final = 10
MOST_AT_A_NODE: Final = 5

CAPABILITIES: Final[dict[str, Capability]] = {
    module.CAPABILITY.name: module.CAPABILITY
    for module in (
        search_knowledge,
        get_customer,
        get_order,
        process_refund,
        process_return,
        change_order,
        update_account,
        apply_credit,
        send_notice,
        open_ticket,
    )
}
