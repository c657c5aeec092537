from django.urls import path

from lianxin.market.screens import pages

app_name = "market"
urlpatterns = [
    path("", pages.analysis, name="analysis"),
    path("pictures/", pages.analysis_pictures, name="pictures"),
    path("map/", pages.analysis_map, name="map"),
    path("rows/", pages.rows, name="rows"),
    path("explain/<str:code>/", pages.explain, name="explain"),
]
