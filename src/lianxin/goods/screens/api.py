from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema

from lianxin.foundation import clock
from lianxin.foundation.api import Page, page_of
from lianxin.foundation.context import company_of
from lianxin.foundation.gate import needs
from lianxin.goods import queries
from lianxin.goods.models import ProductVersion

router = Router(tags=["goods"])


class ListingIn(Schema):
    search: str = ""
    price_class: list[str] = []
    producer: list[str] = []


class VersionOut(Schema):
    valid_from: date
    name: str
    producer: str | None
    price_class: str | None
    order_unit: str | None
    wholesale_price_fen: int | None
    cost_price_fen: int | None
    guide_retail_price_fen: int | None
    listed_date: date | None


class ProductOut(VersionOut):
    product_id: int
    product_code: str


class ProductPage(Page):
    rows: list[ProductOut]


class ProductFile(ProductOut):
    versions: list[VersionOut]


def _version(row: ProductVersion) -> dict[str, Any]:
    return {
        "valid_from": row.valid_from,
        "name": row.name,
        "producer": row.producer or None,
        "price_class": row.price_class or None,
        "order_unit": row.order_unit or None,
        "wholesale_price_fen": row.wholesale_price_fen,
        "cost_price_fen": row.cost_price_fen,
        "guide_retail_price_fen": row.guide_retail_price_fen,
        "listed_date": row.listed_date,
    }


def _row(row: ProductVersion) -> dict[str, Any]:
    return {**_version(row), "product_id": row.product_id, "product_code": row.product.product_code}


@router.get("/products", response=ProductPage, summary="Products, in the order of their ids")
@needs("goods.read")
def products(
    request: HttpRequest, asked: Query[ListingIn], after: str = "", limit: int = Query(100, ge=1, le=1000)
) -> dict[str, Any]:
    company = company_of(request)
    listing = queries.Listing(
        search=asked.search, price_classes=tuple(asked.price_class), producers=tuple(asked.producer)
    )
    found = queries.listed(request.user, company, listing, on=clock.today(company))
    rows, following = page_of(found, after=after, limit=limit, key="product_id")
    return {"total": found.count(), "next": following, "rows": [_row(row) for row in rows]}


@router.get("/products/{product_code}", response=ProductFile, summary="A product with its versions")
@needs("goods.read")
def product(request: HttpRequest, product_code: str) -> dict[str, Any]:
    company = company_of(request)
    found = queries.product_with_code(request.user, company, product_code)
    version = queries.version_in_force(found, on=clock.today(company))
    return {**_row(version), "versions": [_version(one) for one in found.versions.order_by("valid_from")]}
