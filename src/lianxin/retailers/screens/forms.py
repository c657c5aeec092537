"""The questions that the list of retailers answers, read from its address."""

from datetime import date

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from lianxin.foundation.models import Company
from lianxin.people.queries import manager_choices, persons_in_scope
from lianxin.retailers.queries import Listing, known, shown
from lianxin.retailers.states import Status
from lianxin.ui.filters import Choice, Filter, FilterSet


def retailer_filters(request: HttpRequest, company: Company, on: date) -> FilterSet:
    persons = persons_in_scope(request.user, "retailers.read", company, on=on)
    managers = [Choice(str(one.person_id), one.words, one.unit) for one in manager_choices(company, persons, on=on)]
    recorded = known(company)

    def values(field: str) -> list[Choice]:
        return [Choice(value, shown(field, value)) for value in recorded.values.get(field, ())]

    asked = [
        Filter(key="q", title=_("Search"), kind="text", help=_("Licence or name")),
        *([Filter(key="manager", title=_("Customer manager"), choices=managers)] if len(managers) > 1 else []),
        Filter(key="town", title=_("Town"), kind="choices", choices=values("town")),
        Filter(key="trade_form", title=_("Trade form"), kind="choices", choices=values("trade_form")),
        Filter(key="market_type", title=_("Market type"), kind="choices", choices=values("market_type")),
        Filter(key="trade_area", title=_("Trade area"), kind="choices", choices=values("trade_area")),
        Filter(key="route", title=_("Route"), kind="choices", choices=values("route")),
        Filter(key="tier_from", title=_("Tier from"), kind="number"),
        Filter(key="tier_until", title=_("Tier to"), kind="number"),
        Filter(key="status", title=_("Status"), choices=[Choice(*one) for one in Status.choices]),
    ]
    has_tiers = "tier" in recorded.fields
    offered = [
        one
        for one in asked
        if (one.kind != "choices" or len(one.offered) > 1) and (has_tiers or not one.key.startswith("tier"))
    ]
    return FilterSet(offered, request.GET)


def listing_of(filters: FilterSet) -> Listing:
    offered = set(filters.keys)

    def several(key: str) -> tuple[str, ...]:
        return tuple(filters.several(key)) if key in offered else ()

    def whole(key: str) -> int | None:
        value = filters[key] if key in offered else None
        return None if value is None else int(str(value).split(".")[0])

    holder = filters.text("manager") if "manager" in offered else ""
    return Listing(
        search=filters.text("q"),
        towns=several("town"),
        trade_forms=several("trade_form"),
        market_types=several("market_type"),
        trade_areas=several("trade_area"),
        routes=several("route"),
        status=filters.text("status"),
        tier_from=whole("tier_from"),
        tier_until=whole("tier_until"),
        holder_id=int(holder) if holder else None,
    )
