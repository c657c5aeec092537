from decimal import Decimal

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.foundation import clock
from lianxin.foundation.context import company_of
from lianxin.foundation.gate import needs
from lianxin.foundation.models import Company
from lianxin.goods import queries
from lianxin.goods.models import ProductVersion
from lianxin.ui.exports import export, export_asked
from lianxin.ui.filters import Choice, Filter, FilterSet
from lianxin.ui.formats import money, number
from lianxin.ui.parts import Crumb, Empty
from lianxin.ui.sources import QuerySetSource
from lianxin.ui.tables import Column, Table


def file_url(row: ProductVersion) -> str:
    return reverse("goods:file", args=[row.product_id])


def currency(fen: int | None) -> Decimal | None:
    return None if fen is None else Decimal(fen) / 100


def columns(company: Company) -> tuple[Column, ...]:
    symbol = company.currency_symbol

    def price(field: str, title: str, *, on_card: bool = False, shown: bool = True) -> Column:
        return Column(
            key=field.removesuffix("_fen"),
            title=title,
            kind="money",
            unit=symbol,
            sort_by=field,
            value=lambda row: currency(getattr(row, field)),
            on_card=on_card,
            shown=shown,
        )

    return (
        Column(key="name", title=_("Product"), sort_by="product__name", href=file_url),
        Column(
            key="product_code",
            title=_("Code"),
            sort_by="product__product_code",
            value=lambda row: row.product.product_code,
        ),
        Column(key="price_class", title=_("Price class"), on_card=True, value=lambda row: row.price_class or None),
        Column(key="producer", title=_("Producer"), value=lambda row: row.producer or None),
        price("wholesale_price_fen", _("Wholesale price"), on_card=True),
        price("cost_price_fen", _("Cost price")),
        price("guide_retail_price_fen", _("Guide retail price")),
        Column(key="listed_date", title=_("Listed"), kind="day"),
        Column(key="valid_from", title=_("In force since"), kind="day", shown=False),
    )


def product_filters(request: HttpRequest, company: Company) -> FilterSet:
    def values(field: str) -> list[Choice]:
        return [Choice(value, value) for value in queries.attribute_values(company, field)]

    return FilterSet(
        [
            Filter(key="q", title=gettext_lazy("Search"), kind="text", help=gettext_lazy("Code or name")),
            Filter(
                key="price_class",
                title=gettext_lazy("Price class"),
                kind="choices",
                choices=values("price_class"),
            ),
            Filter(key="producer", title=gettext_lazy("Producer"), kind="choices", choices=values("producer")),
        ],
        request.GET,
    )


@needs("goods.read")
def products(request: HttpRequest) -> HttpResponseBase:
    company = company_of(request)
    filters = product_filters(request, company)
    asked = queries.Listing(
        search=filters.text("q"),
        price_classes=tuple(filters.several("price_class")),
        producers=tuple(filters.several("producer")),
    )
    is_asked = bool(filters.chips)
    table = Table(
        name="products",
        title=_("Products"),
        columns=columns(company),
        source=QuerySetSource(queries.listed(request.user, company, asked, on=clock.today(company))),
        default_sort="product_code",
        empty=None
        if is_asked
        else Empty(title=_("There are no products yet"), text=_("They appear when the goods have been imported.")),
    )
    if export_asked(request, table):
        return export(request, table, filters)
    page = table.page(request.GET)
    words = (_("%(n)s products match your filters") if is_asked else _("%(n)s products")) % {
        "n": number(page.total or 0)
    }
    return render(request, "goods/list.html", {"page_title": words, "filters": filters, "table": page})


@needs("goods.read")
def product_file(request: HttpRequest, product_id: int) -> HttpResponseBase:
    company = company_of(request)
    product = queries.product_file(request.user, company, product_id)
    version = queries.version_in_force(product, on=clock.today(company))
    facts = []
    for name, title in queries.FIELDS:
        value = getattr(version, name)
        is_money = name.endswith("_fen") and value is not None
        facts.append(
            (title, money(Decimal(value) / 100, company.currency) if is_money else queries.shown(version, name))
        )
    return render(
        request,
        "goods/file.html",
        {
            "page_title": product.name,
            "product": product,
            "version": version,
            "facts": facts,
            "history": queries.history(product),
            "crumbs_given": [Crumb(title=_("Products"), url=reverse("goods:list")), Crumb(title=product.name)],
        },
    )
