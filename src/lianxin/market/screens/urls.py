from django.urls import path

from lianxin.market.screens import alert_list, new_products, pages, product_file, retailer_file

app_name = "market"
urlpatterns = [
    path("", pages.analysis, name="analysis"),
    path("pictures/", pages.analysis_pictures, name="pictures"),
    path("pictures/<str:kind>/", pages.picture_rows, name="picture_rows"),
    path("map/", pages.analysis_map, name="map"),
    path("rows/", pages.rows, name="rows"),
    path("explain/<str:code>/", pages.explain, name="explain"),
    path("new-products/", new_products.new_products, name="new_products"),
    path(
        "new-products/<int:product_id>/explain/<str:code>/",
        new_products.explain_new_product,
        name="explain_new_product",
    ),
    path("alerts/", alert_list.alerts, name="alerts"),
    path("retailers/<int:retailer_id>/growth/", retailer_file.retailer_growth, name="retailer_growth"),
    path("retailers/<int:retailer_id>/growth/explain/", retailer_file.explain_growth, name="explain_growth"),
    path("retailers/<int:retailer_id>/purchases/", retailer_file.retailer_purchases, name="retailer_purchases"),
    path("retailers/<int:retailer_id>/stock/", retailer_file.retailer_stock, name="retailer_stock"),
    path("retailers/<int:retailer_id>/lines/", retailer_file.retailer_lines, name="retailer_lines"),
    path("products/<int:product_id>/sales/", product_file.product_sales, name="product_sales"),
    path("products/<int:product_id>/explain/<str:code>/", product_file.explain_product, name="explain_product"),
]
