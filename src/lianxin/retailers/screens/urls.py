from django.urls import path

from lianxin.retailers.screens import code_pages, contact_pages, history_pages, pages

app_name = "retailers"
urlpatterns = [
    path("", pages.retailers, name="list"),
    path("codes/", code_pages.batches, name="codes"),
    path("codes/one", code_pages.one, name="code_one"),
    path("codes/many", code_pages.many, name="code_many"),
    path("codes/take-back", code_pages.take_back, name="code_take_back"),
    path("codes/<int:pk>/", code_pages.batch, name="code_batch"),
    path("codes/<int:pk>/take-back", code_pages.take_back_batch, name="code_batch_take_back"),
    path("<int:retailer_id>/", pages.retailer_file, name="file"),
    path("<int:retailer_id>/history/", history_pages.history, name="history"),
    path("<int:retailer_id>/history/part", history_pages.history_part, name="history_part"),
    path("<int:retailer_id>/contact", contact_pages.contact, name="contact"),
    path("<int:retailer_id>/contact/delete", contact_pages.contact_delete, name="contact_delete"),
]
