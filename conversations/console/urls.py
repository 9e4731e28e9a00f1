"""The operators' routes, under /console/."""

from __future__ import annotations

from django.urls import path

from . import views

app_name = "console"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("c/<uuid:public_id>/", views.conversation, name="conversation"),
    path("c/<uuid:public_id>/lines/", views.lines, name="lines"),
    path("c/<uuid:public_id>/state/", views.state, name="state"),
    path("c/<uuid:public_id>/reply/", views.reply, name="reply"),
    path("c/<uuid:public_id>/do/<slug:name>/", views.act, name="act"),
    path("components/", views.components, name="components"),
]
