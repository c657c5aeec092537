"""Each part of field work keeps its own addresses; here they only come together."""

from lianxin.visits.screens import followup_urls, plan_urls, visit_urls

app_name = "visits"
urlpatterns = [*plan_urls.urlpatterns, *followup_urls.urlpatterns, *visit_urls.urlpatterns]
