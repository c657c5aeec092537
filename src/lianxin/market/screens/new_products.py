"""New products: how far each has spread, what it sells, and whether those who tried it ordered again."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.foundation.context import company_of
from lianxin.foundation.errors import Missing
from lianxin.foundation.gate import needs
from lianxin.market.queries import choices
from lianxin.market.queries.figures import parameters_of
from lianxin.market.queries.new_products import WINDOW, NewProduct, movement
from lianxin.market.screens.asking import Asked, asked
from lianxin.market.screens.explaining import data_version, parameter_fact
from lianxin.market.screens.pages import nothing_yet, required
from lianxin.market.screens.words import unit_name
from lianxin.ui.addresses import numbered, with_query
from lianxin.ui.citations import cited
from lianxin.ui.exports import export, export_asked
from lianxin.ui.formats import month as month_words
from lianxin.ui.formats import number, share
from lianxin.ui.parts import Crumb, Empty, Explanation, Fact, Figure
from lianxin.ui.responses import explanation_page
from lianxin.ui.sources import ListSource
from lianxin.ui.tables import Column, Table

RATES = ("distribution", "reach", "again")
TITLES = {
    "distribution": gettext_lazy("Order it now"),
    "reach": gettext_lazy("Ever ordered"),
    "again": gettext_lazy("Ordered again"),
}
_PAGING = dict.fromkeys(["by", "sort", "after", "before", "export", "columns"])


@needs("market.read")
def new_products(request: HttpRequest) -> HttpResponseBase:
    company = company_of(request)
    found = asked(request, company)
    if found is None:
        return render(request, "market/nothing.html", {"page_title": _("New products"), "empty": nothing_yet()})
    rows = movement(company, found.question, parameters_of(company, found.question))
    table = new_products_table(found, rows, lambda **changes: with_query(request.GET, {**_PAGING, **changes}))
    if export_asked(request, table):
        return export(request, table, found.filters, file_name=f"{found.subject} {table.title} {found.period}")
    return render(
        request,
        "market/new_products.html",
        {
            "page_title": _sentence(found, rows),
            "filters": found.filters,
            "table": table.page(request.GET),
            "month": month_words(found.question.month),
            "subject": found.subject,
            "crumbs_given": [
                Crumb(title=_("Market analysis"), url=reverse("market:analysis") + with_query(request.GET, _PAGING)),
                Crumb(title=_("New products")),
            ],
        },
    )


def _sentence(found: Asked, rows: list[NewProduct]) -> str:
    month = month_words(found.question.month)
    if not rows:
        return _("%(month)s: no product is known to be new") % {"month": month}
    best = rows[0]
    if best.distribution is None:
        return _("%(month)s: no retailer is held in this part of the market") % {"month": month}
    name = choices.product_names(found.company).get(best.product_id, (str(best.product_id), ""))[0]
    return _("%(month)s, new products (%(n)s): %(name)s goes furthest; %(share)s of the retailers ordered it") % {
        "month": month,
        "n": number(len(rows)),
        "name": name,
        "share": share(best.distribution),
    }


def new_products_table(found: Asked, rows: list[NewProduct], query: Callable[..., str]) -> Table:
    company = found.company
    called, unit = choices.product_names(company), unit_name(company)
    file = numbered("goods:file")
    analysis = reverse("market:analysis")

    def retailers(row: dict[str, Any]) -> str:
        month = f"{found.question.month:%Y-%m}"
        return analysis + query(product=row["code"], by="retailer", month=month, **{"from": None})

    def rate(code: str, *, on_card: bool = False) -> Column:
        def read(row: dict[str, Any]) -> Figure:
            url = reverse("market:explain_new_product", args=[row["id"], code]) + query()
            return figure_of_rate(row["told"], code, url)

        return Column(key=code, title=TITLES[code], kind="figure", sort_by=f"{code}_rate", value=read, on_card=on_card)

    listed = [
        {
            "id": one.product_id,
            "name": called.get(one.product_id, (str(one.product_id), ""))[0],
            "code": called.get(one.product_id, ("", ""))[1],
            "listed": one.listed,
            "told": one,
            "n_ordered": one.n_ordered,
            "n_held": one.n_held,
            "units": one.units,
            "last_units": one.last_units,
            "change": one.units / one.last_units - 1 if one.last_units > 0 else None,
            **{f"{code}_rate": getattr(one, code) for code in RATES},
        }
        for one in rows
    ]
    return Table(
        name="new_products",
        title=_("New products"),
        columns=[
            Column(
                key="name",
                title=gettext_lazy("Product"),
                href=lambda row: file(row["id"]),
                note=lambda row: row["code"],
            ),
            Column(key="listed", title=gettext_lazy("Listed on"), kind="day"),
            rate("distribution", on_card=True),
            Column(key="n_ordered", title=gettext_lazy("Ordering now"), kind="number", href=retailers),
            Column(key="n_held", title=gettext_lazy("Retailers held"), kind="number", shown=False),
            rate("reach"),
            Column(
                key="units",
                title=gettext_lazy("This month"),
                kind="number",
                unit=unit,
                href=retailers,
                on_card=True,
            ),
            Column(key="last_units", title=gettext_lazy("Month before"), kind="number"),
            Column(key="change", title=gettext_lazy("Month on month"), kind="change"),
            rate("again"),
        ],
        source=ListSource(listed),
        default_sort="-distribution",
        empty=Empty(
            title=_("No product is known to be new"),
            text=_(
                "A product is new for some months after its listing date. Import the listing dates with the goods; an "
                "administrator sets the months among the parameters."
            ),
        ),
    )


def figure_of_rate(one: NewProduct, code: str, explain_url: str = "") -> Figure:
    """A rate of a new product; not enough data where nobody could be counted."""
    value: float | None = getattr(one, code)
    if value is None:
        reason = (
            _("nobody ordered it before this month")
            if code == "again"
            else _("no retailer is held at the end of the period")
        )
        return Figure(title=str(TITLES[code]), answer="not_enough_data", reason=reason, explain_url=explain_url)
    return Figure(title=str(TITLES[code]), value=value, kind="share", explain_url=explain_url)


@needs("market.read")
def explain_new_product(request: HttpRequest, product_id: int, code: str) -> HttpResponse:
    found = required(request)
    parameters = parameters_of(found.company, found.question)
    rows = movement(found.company, found.question, parameters)
    one = next((row for row in rows if row.product_id == product_id), None)
    if one is None or code not in RATES:
        raise Missing(_("There is no such figure on this page."))
    held = (_("retailers held at the month's end"), one.n_held)
    (top, n_top), (under, n_under) = {
        "distribution": ((_("of them, with an order in the month"), one.n_ordered), held),
        "reach": ((_("of them, with an order since the listing"), one.n_reached), held),
        "again": (
            (_("of them, with orders in a second month too"), one.n_again),
            (_("retailers held that ordered first in an earlier month"), one.n_earlier),
        ),
    }[code]
    name, product_code = choices.product_names(found.company)[product_id]
    rows_query = {**_PAGING, "product": product_code, "by": "retailer", "month": f"{found.question.month:%Y-%m}"}
    return explanation_page(
        request,
        Explanation(
            title=str(TITLES[code]),
            subject=f"{name} · {found.subject} · {month_words(found.question.month)}",
            figure=figure_of_rate(one, code),
            formula=f"{top} ÷ {under}",
            numerator=Fact(title=top, text=number(n_top)),
            denominator=Fact(title=under, text=number(n_under)),
            n=Fact(title=_("Retailers"), text=number(n_under)),
            parameters=[parameter_fact(window, parameters) for window in WINDOW],
            source=cited("trade sources 3.6 (new-product window), 2.10 (placement of new brands)"),
            version=data_version(),
            rows_url=reverse("market:analysis") + with_query(request.GET, {**rows_query, "from": None}),
            rows_title=_("Show the retailers"),
        ),
    )
