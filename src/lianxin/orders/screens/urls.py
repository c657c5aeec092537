from django.urls import path

from lianxin.orders.screens import mapping_pages, pages

app_name = "orders"
urlpatterns = [
    path("imports/", pages.imports, name="imports"),
    path("imports/new", pages.import_new, name="import_new"),
    path("imports/mappings/", mapping_pages.mappings, name="mappings"),
    path("imports/mappings/new", mapping_pages.mapping_new, name="mapping_new"),
    path("imports/mappings/<str:name>/text", mapping_pages.mapping_text, name="mapping_text"),
    path("imports/mappings/<str:name>/delete", mapping_pages.mapping_delete, name="mapping_delete"),
    path("imports/results/<int:pk>/", pages.result, name="result"),
    path("imports/results/<int:pk>/take", pages.result_take, name="result_take"),
    path("imports/results/<int:pk>/refused.csv", pages.result_refused, name="result_refused"),
    path("imports/<slug:pk>/", pages.batch, name="batch"),
    path("imports/<slug:pk>/undo", pages.batch_undo, name="batch_undo"),
    path("imports/<slug:pk>/refused.csv", pages.batch_refused, name="batch_refused"),
]
