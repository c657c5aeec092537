from django.urls import path

from lianxin.retailers.screens import pages

app_name = "retailers"
urlpatterns = [
    path("", pages.retailers, name="list"),
    path("<int:retailer_id>/", pages.retailer_file, name="file"),
]
