"""`/api/v1`: the routers that the rooms offer, behind tokens and idempotency keys."""

from importlib import import_module
from importlib.util import find_spec

from django.conf import settings
from ninja import NinjaAPI

from lianxin.foundation import api as foundation_api

api = NinjaAPI(
    title="Lianxin",
    version="1",
    description=(
        "The same actions as the screens. Send `Authorization: Bearer TOKEN`; "
        "send `Idempotency-Key` with every call that changes something."
    ),
    auth=foundation_api.AUTHENTICATION,
    docs_url=None,
    docs_decorator=foundation_api.for_token_or_session,
    urls_namespace="api",
)


def offers(room: str, module: str) -> bool:
    """Whether an installed room has `screens/<module>.py`."""
    return (
        f"lianxin.{room}" in settings.INSTALLED_APPS
        and find_spec(f"lianxin.{room}.screens") is not None
        and find_spec(f"lianxin.{room}.screens.{module}") is not None
    )


foundation_api.install(api)
for room in (
    "foundation",
    "people",
    "retailers",
    "goods",
    "orders",
    "plans",
    "visits",
    "voice",
    "supply",
    "demand",
    "market",
    "oversight",
    "appraisal",
    "field",
    "web",
):
    if offers(room, "api"):
        api.add_router("", import_module(f"lianxin.{room}.screens.api").router)
if offers("visits", "counter_api"):
    api.add_router("", import_module("lianxin.visits.screens.counter_api").router)
# The retailers' own operations of rooms whose other operations have a module of their own.
if offers("supply", "own_api"):
    api.add_router("", import_module("lianxin.supply.screens.own_api").router)
