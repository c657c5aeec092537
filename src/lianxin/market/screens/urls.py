from django.urls import path

from lianxin.market.screens import files, pages

app_name = "market"
urlpatterns = [
    path("", pages.analysis, name="analysis"),
    path("pictures/", pages.analysis_pictures, name="pictures"),
    path("map/", pages.analysis_map, name="map"),
    path("rows/", pages.rows, name="rows"),
    path("explain/<str:code>/", pages.explain, name="explain"),
    path("alerts/", files.alerts, name="alerts"),
    path("retailers/<int:retailer_id>/growth/", files.retailer_growth, name="retailer_growth"),
    path("retailers/<int:retailer_id>/growth/explain/", files.explain_growth, name="explain_growth"),
    path("retailers/<int:retailer_id>/purchases/", files.retailer_purchases, name="retailer_purchases"),
    path("retailers/<int:retailer_id>/lines/", files.retailer_lines, name="retailer_lines"),
    path("products/<int:product_id>/sales/", files.product_sales, name="product_sales"),
]
