from django.urls import path

from . import counting_on

app_name = "evals"
urlpatterns = [path("cases/", counting_on.panel, name="cases")]
