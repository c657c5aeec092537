from django.urls import path

from lianxin.people.screens import pages

app_name = "people"
urlpatterns = [path("", pages.people, name="list")]
