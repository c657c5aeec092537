"""Addresses for the test of the menu."""

from django.http import HttpRequest, HttpResponse
from django.urls import path


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


urlpatterns = [path("all/", page, name="all"), path("all/list/", page, name="list")]
