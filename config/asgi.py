"""The web process: Django over HTTP, Channels over websockets whose Origin has been checked.

Outside production Django hands out the static files itself; in production the server in front does.
"""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from channels.routing import ProtocolTypeRouter
from django.conf import settings
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application

pages = get_asgi_application()

from config.origins import CheckedOrigin  # noqa: E402  they need the apps that the line above has loaded
from config.routing import websockets  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": pages if settings.PRODUCTION else ASGIStaticFilesHandler(pages),
        "websocket": CheckedOrigin(websockets),
    }
)
