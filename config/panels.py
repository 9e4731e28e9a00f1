"""Which higher app fills which place of a page: (slot, URL name). A page loads its slots and names no higher app."""

from __future__ import annotations

from typing import Final

PANELS: Final[tuple[tuple[str, str], ...]] = (
    ("console.notice", "agents:shortage"),
    ("console.approvals", "approvals:mark"),
    ("conversation.trace", "agents:trace"),
    ("conversation.writes", "approvals:writes"),
    ("conversation.write", "agents:write"),
    ("write.release", "agents:release"),
    ("write.change", "agents:change"),
    ("article.workflows", "agents:quoting"),
    ("article.cases", "evals:cases"),
    ("storefront.mails", "demo-mails"),
)
