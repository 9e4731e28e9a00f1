"""A copy of an order's invoice goes out."""

from __future__ import annotations

from typing import Final

from tools.capabilities.send_notice import Notice

from . import notices, order_write

DEED: Final = notices.deed("invoice_copy", "Send a copy of an invoice", Notice.INVOICE)
WORKFLOW: Final = order_write.build(DEED)
