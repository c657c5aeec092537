from django.urls import path

from lianxin.goods.screens import pages

app_name = "goods"
urlpatterns = [
    path("", pages.products, name="list"),
    path("<int:product_id>/", pages.product_file, name="file"),
]
