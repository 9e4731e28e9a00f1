"""The confirmation of an order goes out again."""

from __future__ import annotations

from typing import Final

from tools.capabilities.send_notice import Notice

from . import notices, order_write

DEED: Final = notices.deed("resend_confirmation", "Send an order confirmation again", Notice.ORDER_CONFIRMATION)
WORKFLOW: Final = order_write.build(DEED)
