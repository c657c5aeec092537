from django.urls import path

from lianxin.oversight.screens import pages

app_name = "oversight"
urlpatterns = [
    path("", pages.flags, name="flags"),
    path("rates/", pages.rates, name="rates"),
    path("open/", pages.open_flag, name="open"),
    path("<str:flag_id>/", pages.flag, name="flag"),
    path("<str:flag_id>/answer/", pages.answer, name="answer"),
    path("<str:flag_id>/unheard/", pages.go_on_unheard, name="unheard"),
    path("<str:flag_id>/take-up/", pages.take_up, name="take_up"),
    path("<str:flag_id>/close/", pages.close, name="close"),
]
