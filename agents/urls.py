from django.urls import path

from . import quoting, shortage, switch, unknown_pages, views, write_pages

app_name = "agents"
urlpatterns = [
    path("trace/", views.trace_panel, name="trace"),
    path("release/", views.release_panel, name="release"),
    path("workflows/", views.workflows, name="workflows"),
    path("workflows/<slug:name>/", views.workflow, name="workflow"),
    path("workflows/<slug:name>/sign/", views.sign, name="sign-workflow"),
    path("writes/", write_pages.panel, name="write"),
    path("writes/<uuid:public_id>/", write_pages.do, name="do-write"),
    path("writes/<uuid:public_id>/<slug:deed>/", write_pages.preview, name="preview-write"),
    path("change/", views.change, name="change"),
    path("unknown/", unknown_pages.page, name="unknown"),
    path("unknown/<slug:key>/", unknown_pages.settle, name="settle-unknown"),
    path("pauses/", switch.pauses, name="pauses"),
    path("pauses/start/", switch.pause, name="pause"),
    path("pauses/<int:pk>/", switch.queued, name="queued"),
    path("pauses/<int:pk>/resume/", switch.resume, name="resume"),
    path("steering/<uuid:public_id>/clear/", views.clear_steering, name="clear-steering"),
    path("turns/<uuid:turn_id>/", views.turn, name="turn"),
    path("shortage/", shortage.panel, name="shortage"),
    path("quoting/", quoting.panel, name="quoting"),
    path("state/<uuid:public_id>/", views.conversation_state, name="state"),
]
