"""The retailer's own door. What it opens besides is in the rooms above (`own_urls` of each)."""

from django.urls import path

from lianxin.retailers.screens import contact_pages, own_entrance, own_home

app_name = "own"
urlpatterns = [
    path("", own_home.home, name="home"),
    path("sign-in", own_entrance.sign_in, name="sign_in"),
    path("sign-out", own_entrance.sign_out, name="sign_out"),
    path("l/<str:text>", own_entrance.by_link, name="link"),
    path("contact", contact_pages.own_contact, name="contact"),
    path("contact/delete", contact_pages.own_contact_delete, name="contact_delete"),
]
