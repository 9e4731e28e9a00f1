"""The operators' routes, under /console/. Signing in and out carry no namespace: LOGIN_URL names them."""

from __future__ import annotations

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

from ..access import Access, access
from . import views

sign_in = LoginView.as_view(template_name="console/login.html")
pages = [
    path("", views.inbox, name="inbox"),
    path("c/<uuid:public_id>/", views.conversation, name="conversation"),
    path("c/<uuid:public_id>/lines/", views.lines, name="lines"),
    path("c/<uuid:public_id>/state/", views.state, name="state"),
    path("c/<uuid:public_id>/reply/", views.reply, name="reply"),
    path("c/<uuid:public_id>/do/<slug:name>/", views.act, name="act"),
    path("components/", views.components, name="components"),
]
urlpatterns = [
    path("login/", access(Access.PUBLIC)(sign_in), name="login"),
    path("logout/", access(Access.PUBLIC)(LogoutView.as_view()), name="logout"),
    path("", include((pages, "console"))),
]
