"""The sockets. Customers bring a token in their first frame; operators are known by their session."""

from __future__ import annotations

from typing import Any, cast

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from django.urls import path, re_path

from config.origins import REFUSED, Receive, Scope, Send
from conversations.sockets import ChatConsumer, ConsoleConsumer


async def nowhere(scope: Scope, receive: Receive, send: Send) -> None:
    """Any other address: refused like a foreign page, not reported as an error of ours."""
    await send({"type": "websocket.close", "code": REFUSED})


websockets = URLRouter(
    [
        path("ws/chat/", ChatConsumer.as_asgi()),
        path("ws/console/", AuthMiddlewareStack(ConsoleConsumer.as_asgi())),
        re_path("", cast("Any", nowhere)),
    ]
)
