from django.urls import path

from . import views

app_name = "agents"
urlpatterns = [
    path("trace/", views.trace_panel, name="trace"),
    path("turns/<uuid:turn_id>/", views.turn, name="turn"),
    path("state/<uuid:public_id>/", views.conversation_state, name="state"),
]
