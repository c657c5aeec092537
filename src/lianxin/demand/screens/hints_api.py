"""Hints for the forecast by API: said, taken back, and what each did."""

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status

from lianxin.demand.actions import hinting
from lianxin.demand.models import Hint
from lianxin.demand.queries import evidence, judged, scopes
from lianxin.demand.states import HintKind
from lianxin.foundation import clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import not_one_of
from lianxin.foundation.gate import needs
from lianxin.goods.queries import product_with_code
from lianxin.retailers.queries import retailer_with_licence

router = Router(tags=["demand"])


class HintOut(Schema):
    id: int
    kind: str
    words: str
    licence_no: str | None
    unit: str | None
    product_code: str | None
    valid_from: date
    valid_until: date
    change_share: float | None
    said_by: str
    visit_id: str
    withdrawn_at: datetime | None

    @staticmethod
    def resolve_licence_no(row: Hint) -> str | None:
        return row.retailer.licence_no if row.retailer else None

    @staticmethod
    def resolve_unit(row: Hint) -> str | None:
        return row.unit.code if row.unit else None

    @staticmethod
    def resolve_product_code(row: Hint) -> str | None:
        return row.product.product_code if row.product else None

    @staticmethod
    def resolve_visit_id(row: Hint) -> str:
        # Nobody is told of a visit by a hint that he may not read; what was not asked for is not told.
        return getattr(row, "visit_told", "")

    @staticmethod
    def resolve_said_by(row: Hint) -> str:
        return row.made_by.employee_no


class EventOut(Schema):
    """A hint (hint:ID) or festival in one round: lines that it moved, both forecasts, and both errors where sales are known."""

    event_id: str
    kind: str
    first_period: date
    n: int
    n_known: int
    n_helped: int
    n_harmed: int
    without_units: float
    with_units: float
    error_without_units: float
    error_with_units: float
    came_units: float | None


class HintIn(Schema):
    kind: str
    words: str
    licence_no: str = ""
    unit: str = ""
    product_code: str = ""
    valid_from: date
    valid_until: date
    change_share: float | None = None


@router.get("/forecast-hints", response=list[HintOut])
@needs("hints.read")
def list_hints(request: HttpRequest, after: int = 0, limit: int = 100) -> Any:
    """Hints that you may read, by id."""
    company = company_of(request)
    user, on = user_of(request), clock.today(company)
    rows = evidence.hints_visible(user, company, on=on).filter(pk__gt=after).order_by("pk")
    return evidence.with_visits_told(rows, user, company, on=on)[: max(1, min(limit, 1000))]


@router.get("/forecast-hints/judged", response=list[EventOut])
@needs("hints.read")
def list_events_judged(request: HttpRequest) -> Any:
    """What each hint that you may read, and each festival, did to the system's forecast of each round, beside what came."""
    company = company_of(request)
    found = judged.newest(company)
    rows = judged.events(user_of(request), found, on=clock.today(company)) if found else []
    told = judged.rounds_by_id(company, {int(row["round_id"]) for row in rows})
    return [
        {
            **row,
            "first_period": told[int(row["round_id"])].first_period,
            "without_units": row["without_milli"] / 1000,
            "with_units": row["with_milli"] / 1000,
            "error_without_units": row["error_without"] / 1000,
            "error_with_units": row["error_with"] / 1000,
            "came_units": row["actual"] / 1000 if row["n_known"] == row["n"] else None,
        }
        for row in rows
        if int(row["round_id"]) in told
    ]


@router.post("/forecast-hints", response={201: HintOut})
@needs("hints.write")
def say_hint(request: HttpRequest, given: HintIn) -> Any:
    """Say what will move demand."""
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    if given.kind not in HintKind.values:
        raise not_one_of("kind", HintKind.values)
    retailer = retailer_with_licence(user, company, given.licence_no, on=on) if given.licence_no else None
    made = hinting.say(
        kind=HintKind(given.kind),
        words=given.words,
        place=hinting.Place(
            retailer=retailer, unit=scopes.unit_with_code(company, given.unit) if retailer is None else None
        ),
        product=product_with_code(user, company, given.product_code) if given.product_code else None,
        valid_from=given.valid_from,
        valid_until=given.valid_until,
        change_share=given.change_share,
        by=user,
        at=clock.now(),
        on=on,
    )
    return Status(201, made)


@router.post("/forecast-hints/{pk}/withdraw", response=HintOut)
@needs("hints.write")
def withdraw_hint(request: HttpRequest, pk: int) -> Any:
    """Take a hint of your own back."""
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    made = hinting.withdraw(hint=evidence.hint_of(user, company, pk, on=on), by=user, at=clock.now())
    rows = evidence.hints_visible(user, company, on=on).filter(pk=made.pk)
    return evidence.with_visits_told(rows, user, company, on=on).get()
