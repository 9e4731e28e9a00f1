"""Whose address a request comes from. X-Forwarded-For is anybody's text, but for what our own proxies added to it.

HANDRAIL_PROXIES says how many stand in front. Each adds the address that it was called from, so that the caller's is so
many entries from the end; what stands before it, the caller may have invented.
"""

from __future__ import annotations

import ipaddress
from typing import Final

from django.conf import settings

from config.origins import App, Receive, Scope, Send

HEADER: Final = b"x-forwarded-for"


class BehindProxies:
    """Puts the caller's address into the scope; pages and sockets need to know nothing of proxies."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app({**scope, "client": client(scope, settings.HANDRAIL_PROXIES)}, receive, send)


def client(scope: Scope, proxies: int) -> tuple[str, int] | None:
    """The caller; the nearest proxy itself when the header doesn't hold what that many proxies would have written."""
    peer: tuple[str, int] | None = scope.get("client")
    entries = b",".join(value for name, value in scope["headers"] if name == HEADER).decode("latin-1").split(",")
    if not 0 < proxies <= len(entries):
        return peer
    found = address(entries[-proxies])
    return (found, 0) if found else peer


def address(entry: str) -> str | None:
    """The address of an entry, which may hold a port; None for anything else."""
    text = entry.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None
