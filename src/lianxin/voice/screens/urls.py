from django.urls import path

from lianxin.voice.screens import pages

app_name = "voice"
urlpatterns = [
    path("surveys/", pages.surveys, name="surveys"),
    path("surveys/<str:month>/", pages.survey, name="survey"),
    path("surveys/<str:month>/release/", pages.release, name="release"),
]
