"""Every address of the house. Rooms own theirs; this page only says under which door they stand."""

from importlib import import_module

from django.urls import include, path

from lianxin.config.api import api, offers
from lianxin.foundation.screens import shell

DOORS = {
    "foundation": "system/",
    "people": "people/",
    "retailers": "retailers/",
    "goods": "goods/",
    "orders": "orders/",
    "plans": "plans/",
    "visits": "visits/",
    "voice": "voice/",
    "supply": "supply/",
    "demand": "demand/",
    "market": "market/",
    "oversight": "oversight/",
    "appraisal": "appraisal/",
    "field": "field/",
    "web": "",
}

urlpatterns = [
    path("account/", include("lianxin.foundation.screens.account_urls")),
    path("healthz", shell.health, name="healthz"),
    path("api/v1/", api.urls),
]
for room, door in DOORS.items():
    if offers(room, "urls"):
        urlpatterns.append(path(door, include(import_module(f"lianxin.{room}.screens.urls"))))

# The retailers' own pages, and what anyone may read. Each room's names are its own: own, own_supply, open_supply …
for module, door, rooms in (
    ("own_urls", "own/", ("retailers", "visits", "supply", "demand")),
    ("open_urls", "open/", ("supply",)),
):
    for room in rooms:
        if offers(room, module):
            urlpatterns.append(path(door, include(import_module(f"lianxin.{room}.screens.{module}"))))

handler403 = "lianxin.foundation.screens.faults.refused"
handler404 = "lianxin.foundation.screens.faults.not_found"
handler500 = "lianxin.foundation.screens.faults.fault"
