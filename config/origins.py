"""A websocket opens only for pages that may use it: a browser sends cookies along to whoever asks.

The console belongs to this host alone. The widget may stand in other sites' pages: HANDRAIL_WIDGET_ORIGINS lists them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.conf import settings
from django.http.request import split_domain_port, validate_host

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

WIDGET_PATH = "/ws/chat/"
PAGE_SCHEMES = {"ws": "http", "wss": "https"}
REFUSED = 4403


class CheckedOrigin:
    """Answers 403 before the handshake unless the Origin is exactly one of those allowed for the path."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if may_open(scope):
            await self.app(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": REFUSED})


def may_open(scope: Scope) -> bool:
    origin, host = _only(scope, b"origin"), _only(scope, b"host")
    if not origin or not host or not validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS):
        return False
    allowed = {f"{PAGE_SCHEMES.get(scope.get('scheme', 'ws'), 'http')}://{host}", *settings.CSRF_TRUSTED_ORIGINS}
    if scope["path"] == WIDGET_PATH:
        allowed |= set(getattr(settings, "HANDRAIL_WIDGET_ORIGINS", ()))
    return origin.lower() in {each.lower() for each in allowed}


def _only(scope: Scope, name: bytes) -> str | None:
    """The header's value; None when it is missing or given twice, for then somebody is trying something."""
    values = [value for header, value in scope["headers"] if header == name]
    return values[0].decode("latin-1") if len(values) == 1 else None
