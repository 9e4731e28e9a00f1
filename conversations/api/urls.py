from django.urls import path

from conversations.access import Access, access

from . import views

app_name = "api"
urlpatterns = [
    path("messages/", access(Access.CUSTOMER)(views.Messages.as_view()), name="messages"),
    path("conversations/<uuid:public_id>/", access(Access.CUSTOMER)(views.ThreadView.as_view()), name="thread"),
]
