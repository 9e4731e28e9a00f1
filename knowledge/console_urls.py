from django.urls import path

from . import console

app_name = "knowledge"
urlpatterns = [
    path("", console.knowledge, name="console"),
    path("findings/<int:pk>/", console.settle, name="settle"),
    path("<slug:slug>/", console.article, name="used"),
]
