from django.urls import path

from lianxin.demand.screens import own_agreements

app_name = "own_demand"
urlpatterns = [path("agreements/", own_agreements.agreements, name="agreements")]
