from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from lianxin.foundation import clock
from lianxin.foundation.api import Page, page_of
from lianxin.foundation.context import company_of
from lianxin.foundation.gate import needs
from lianxin.retailers import queries
from lianxin.retailers.models import RetailerVersion
from lianxin.retailers.screens.code_api import router as codes
from lianxin.retailers.screens.contact_api import router as contacts
from lianxin.retailers.screens.history_api import router as history

router = Router(tags=["retailers"])
router.add_router("", codes)
router.add_router("", contacts)
router.add_router("", history)


class RetailerOut(Schema):
    retailer_id: int
    licence_no: str
    name: str
    town: str | None
    trade_form: str | None
    market_type: str | None
    trade_area: str | None
    tier: int | None
    route: str | None
    status: str
    order_weekday: int | None
    opening_hours: str | None = Field(description="spans of the day, such as 07:30-12:00;14:00-22:00")
    opened_on: date | None = Field(
        description="the day of its first licence, or on which it began to trade; null: not recorded"
    )
    address: str | None
    latitude: float | None
    longitude: float | None
    manager: str | None = Field(None, description="employee number of who holds it today")


class RetailerPage(Page):
    rows: list[RetailerOut]


class IntervalOut(Schema):
    value: Any
    valid_from: date
    valid_until: date | None


class RetailerFile(RetailerOut):
    licences: list[IntervalOut]
    tiers: list[IntervalOut]
    managers: list[IntervalOut]
    opening_hours_history: list[IntervalOut]


class ListingIn(Schema):
    search: str = ""
    town: list[str] = []
    trade_form: list[str] = []
    market_type: list[str] = []
    trade_area: list[str] = []
    route: list[str] = []
    status: str = ""
    tier_from: int | None = None
    tier_until: int | None = None


def _row(row: RetailerVersion, employee_no: str | None) -> dict[str, Any]:
    return {
        "retailer_id": row.retailer_id,
        "licence_no": row.retailer.licence_no,
        "name": row.retailer.name,
        "town": row.town or None,
        "trade_form": row.trade_form or None,
        "market_type": row.market_type or None,
        "trade_area": row.trade_area or None,
        "tier": row.tier,
        "route": row.route or None,
        "status": row.status,
        "order_weekday": row.order_weekday,
        "opening_hours": row.opening_hours or None,
        "opened_on": row.opened_on,
        "address": row.address or None,
        "latitude": row.latitude,
        "longitude": row.longitude,
        "manager": employee_no,
    }


@router.get("/retailers", response=RetailerPage, summary="Retailers within your scope, in the order of their ids")
@needs("retailers.read")
def retailers(
    request: HttpRequest, asked: Query[ListingIn], after: str = "", limit: int = Query(100, ge=1, le=1000)
) -> dict[str, Any]:
    company = company_of(request)
    on = clock.today(company)
    listing = queries.Listing(
        search=asked.search,
        towns=tuple(asked.town),
        trade_forms=tuple(asked.trade_form),
        market_types=tuple(asked.market_type),
        trade_areas=tuple(asked.trade_area),
        routes=tuple(asked.route),
        status=asked.status,
        tier_from=asked.tier_from,
        tier_until=asked.tier_until,
    )
    rows, following = page_of(
        queries.listed(request.user, company, listing, on=on), after=after, limit=limit, key="retailer_id"
    )
    return {
        "total": queries.listed_count(request.user, company, listing, on=on),
        "next": following,
        "rows": [_row(row, holder.employee_no if (holder := queries.holder_at_hand(row)) else None) for row in rows],
    }


@router.get("/retailers/{licence_no}", response=RetailerFile, summary="A retailer with its history")
@needs("retailers.read")
def retailer(request: HttpRequest, licence_no: str) -> dict[str, Any]:
    company = company_of(request)
    on = clock.today(company)
    found = queries.retailer_with_licence(request.user, company, licence_no, on=on)
    version = queries.version_in_force(found, on=on)
    held = queries.holders(found)
    now = queries.holder_on(found, on=on)
    return {
        **_row(version, now.person.employee_no if now else None),
        "licences": [
            {"value": one.licence_no, "valid_from": one.valid_from, "valid_until": None}
            for one in queries.licences(found)
        ],
        "tiers": [
            {"value": one.value, "valid_from": one.valid_from, "valid_until": one.valid_until}
            for one in queries.field_history(found, "tier")
        ],
        "managers": [
            {"value": one.person.employee_no, "valid_from": one.valid_from, "valid_until": one.valid_until}
            for one in held
        ],
        "opening_hours_history": [
            {"value": one.value, "valid_from": one.valid_from, "valid_until": one.valid_until}
            for one in queries.field_history(found, "opening_hours")
            if one.value
        ],
    }
