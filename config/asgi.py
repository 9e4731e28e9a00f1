"""The web process: Django over HTTP, Channels over websockets whose Origin has been checked.

Outside production Django hands out the static files itself; in production the server in front does.
"""

from __future__ import annotations

import os
from typing import cast

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from channels.routing import ProtocolTypeRouter
from django.conf import settings
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application
from django.http import FileResponse, HttpRequest, HttpResponse

pages = get_asgi_application()

from config.bodies import SmallBodies  # noqa: E402  they need the apps that the line above has loaded
from config.origins import App, CheckedOrigin  # noqa: E402
from config.proxies import BehindProxies  # noqa: E402
from config.routing import websockets  # noqa: E402


class StaticFiles(ASGIStaticFilesHandler):
    """Other sites' pages load the widget's modules, and a browser asks us whether they may."""

    def serve(self, request: HttpRequest) -> HttpResponse | FileResponse:
        answer = super().serve(request)
        if request.path.startswith(f"{settings.STATIC_URL}widget/"):
            answer["Access-Control-Allow-Origin"] = "*"
        return answer


application = BehindProxies(
    ProtocolTypeRouter(
        {
            "http": SmallBodies(cast("App", pages if settings.PRODUCTION else StaticFiles(pages))),
            "websocket": CheckedOrigin(websockets),
        }
    )
)
