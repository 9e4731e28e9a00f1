from django.urls import path

from . import views

app_name = "approvals"
urlpatterns = [
    path("", views.index, name="desk"),
    path("reject/", views.reject, name="reject"),
    path("mark/", views.mark, name="mark"),
    path("critic/", views.critic, name="critic"),
    path("writes/", views.writes, name="writes"),
    path("why/<uuid:key>/", views.why, name="why"),
    path("stop/<uuid:key>/", views.stop, name="stop"),
    path("<uuid:public_id>/", views.card, name="card"),
    path("<uuid:public_id>/look/", views.look, name="look"),
    path("<uuid:public_id>/ask/", views.ask, name="ask"),
    path("<uuid:public_id>/decide/", views.decide, name="decide"),
]
