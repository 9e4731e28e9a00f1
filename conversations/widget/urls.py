"""The public page, and the widget's token routes."""

from __future__ import annotations

from django.urls import path

from . import views

app_name = "widget"
urlpatterns = [
    path("", views.storefront, name="storefront"),
    path("widget/visitor", views.visitor, name="visitor"),
    path("widget/demo-identity", views.demo_identity, name="demo-identity"),
]
