"""Signing in and out. Its routes carry no namespace: LOGIN_URL names them."""

from __future__ import annotations

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from ..access import Access, access

urlpatterns = [
    path(
        "login/",
        access(Access.PUBLIC)(LoginView.as_view(template_name="console/login.html", redirect_authenticated_user=True)),
        name="login",
    ),
    path("logout/", access(Access.PUBLIC)(LogoutView.as_view()), name="logout"),
]
