"""Addresses for the tests of the menu and of the parts in a browser."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from lianxin.ui.gallery import gallery_page


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


urlpatterns = [path("", gallery_page), path("all/", page, name="all"), path("all/list/", page, name="list")]
