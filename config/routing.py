"""The sockets. Customers bring a token in their first frame; operators are known by their session."""

from __future__ import annotations

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from django.urls import path

from conversations.sockets import ChatConsumer, ConsoleConsumer

websockets = URLRouter(
    [
        path("ws/chat/", ChatConsumer.as_asgi()),
        path("ws/console/", AuthMiddlewareStack(ConsoleConsumer.as_asgi())),
    ]
)
