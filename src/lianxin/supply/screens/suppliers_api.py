"""Agreements with suppliers by API, and how far these kept to them."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from lianxin.foundation.api import Page, page_of
from lianxin.foundation.context import company_of
from lianxin.foundation.gate import needs
from lianxin.supply import facts
from lianxin.supply.models import SupplierAgreement
from lianxin.supply.queries import suppliers as queries
from lianxin.supply.screens.suppliers import readings, term_of

router = Router(tags=["supply"])


class SupplierAgreementOut(Schema):
    supplier: str
    product_code: str | None
    brand: str | None
    first_month: date
    last_month: date
    n_months: int
    agreed_units: int
    transferred_units: int | None = Field(description="null until the period is over and all that came is recorded")


class SupplierAgreementPage(Page):
    rows: list[SupplierAgreementOut]


class SupplierFigure(Schema):
    indicator: str
    value: float | None = Field(description="null with a reason; never 0 for a missing one")
    numerator: float | None
    denominator: float | None
    n: int
    reason: str | None


class SupplierFulfilment(Schema):
    month: str
    agreement_months: int = Field(description="how long the agreements are that count")
    readings: str
    figures: list[SupplierFigure] = Field(description="none where no such agreement ends with the month")


def _row(one: SupplierAgreement) -> dict[str, Any]:
    return {
        **{
            name: getattr(one, name)
            for name in ("supplier", "first_month", "n_months", "agreed_units", "transferred_units")
        },
        "product_code": one.product.product_code if one.product else None,
        "brand": one.brand or None,
        "last_month": queries.last_month(one),
    }


@router.get(
    "/supplier-agreements",
    response=SupplierAgreementPage,
    summary="Agreements with suppliers, in the order of their ids",
)
@needs("supplieragreements.read")
def agreements(request: HttpRequest, after: str = "", limit: int = Query(100, ge=1, le=1000)) -> dict[str, Any]:
    rows = queries.agreements(company_of(request))
    found, following = page_of(rows, after=after, limit=limit)
    return {"total": rows.count(), "next": following, "rows": [_row(one) for one in found]}


@router.get(
    "/supplier-agreements/fulfilment", response=SupplierFulfilment, summary="How far suppliers kept to what was agreed"
)
@needs("supplieragreements.read")
def fulfilment(request: HttpRequest, month: str = Query(..., pattern=r"^\d{4}-(0[1-9]|1[0-2])$")) -> dict[str, Any]:
    """Of the agreements that end with the month, of the company: reading (i) of 履约率."""
    company, first = company_of(request), date.fromisoformat(f"{month}-01")
    return {
        "month": month,
        "agreement_months": term_of(company, first),
        "readings": readings(),
        "figures": facts.supplier_fulfilment(company, first),
    }
