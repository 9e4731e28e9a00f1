"""Every route. Each view declares its access (conversations/access.py); the stock admin asks for staff by itself."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView

from config import health, mails
from conversations.access import Access, access
from conversations.signin import AdminSignInForm

admin.site.login_form = AdminSignInForm

urlpatterns: list[URLPattern | URLResolver] = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("demo/mails", mails.mails, name="demo-mails"),
    path("console/", include("conversations.console.urls")),
    path("console/approvals/", include("approvals.urls")),
    path("console/agent/", include("agents.urls")),
    path("console/evals/", include("evals.urls")),
    path("console/knowledge/", include("knowledge.console_urls")),
    path("admin/", admin.site.urls),
    path("help/", include("knowledge.urls")),
    path("api/schema/", access(Access.PUBLIC)(SpectacularAPIView.as_view()), name="schema"),
    path("api/", include("conversations.api.urls")),
    path("", include("conversations.widget.urls")),
]
