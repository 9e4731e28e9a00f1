from django.urls import path

from . import console, review_pages

app_name = "knowledge"
urlpatterns = [
    path("", console.knowledge, name="console"),
    path("articles/review/", review_pages.queue, name="review"),
    path("articles/<slug:slug>/review/", review_pages.card, name="review-card"),
    path("articles/<slug:slug>/decide/", review_pages.decide, name="decide"),
    path("findings/<int:pk>/", console.settle, name="settle"),
    path("<slug:slug>/", console.article, name="used"),
]
