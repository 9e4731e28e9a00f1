"""The help centre, under /help/."""

from __future__ import annotations

from django.urls import path

from . import views

app_name = "help"
urlpatterns = [
    path("", views.articles, name="articles"),
    path("<slug:slug>/", views.article, name="article"),
]
