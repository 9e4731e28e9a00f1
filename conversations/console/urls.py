"""The operators' routes, under /console/. Signing in and out carry no namespace: LOGIN_URL names them."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import include, path

from ..access import Access, access
from ..signin import SignIn
from . import views

pages = [
    path("", views.inbox, name="inbox"),
    path("c/<uuid:public_id>/", views.conversation, name="conversation"),
    path("c/<uuid:public_id>/lines/", views.lines, name="lines"),
    path("c/<uuid:public_id>/state/", views.state, name="state"),
    path("c/<uuid:public_id>/reply/", views.reply, name="reply"),
    path("c/<uuid:public_id>/do/<slug:name>/", views.act, name="act"),
    path("paused/", views.paused, name="paused"),
    path("components/", views.components, name="components"),
]
urlpatterns = [
    path("login/", access(Access.PUBLIC)(SignIn.as_view()), name="login"),
    path("logout/", access(Access.PUBLIC)(LogoutView.as_view()), name="logout"),
    path("", include((pages, "console"))),
]
