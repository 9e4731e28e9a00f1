"""The help centre, under /help/."""

from __future__ import annotations

from django.urls import path

from . import views

app_name = "help"
urlpatterns = [
    path("", views.articles, name="articles"),
    path("topic/<slug:topic>/", views.topic, name="topic"),
    path("<slug:slug>/", views.article, name="article"),
    path("<slug:slug>/vote/", views.vote, name="vote"),
]
