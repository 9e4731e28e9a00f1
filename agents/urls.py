from django.urls import path

from . import views

app_name = "agents"
urlpatterns = [
    path("trace/", views.trace_panel, name="trace"),
    path("release/", views.release_panel, name="release"),
    path("refund/", views.refund_panel, name="refund"),
    path("refund/<uuid:public_id>/", views.refund, name="start-refund"),
    path("pauses/", views.pauses, name="pauses"),
    path("pauses/start/", views.pause, name="pause"),
    path("pauses/<int:pk>/", views.queued, name="queued"),
    path("pauses/<int:pk>/resume/", views.resume, name="resume"),
    path("turns/<uuid:turn_id>/", views.turn, name="turn"),
    path("state/<uuid:public_id>/", views.conversation_state, name="state"),
]
