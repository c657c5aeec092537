"""What the market adds to the file of a product: sales, distribution and the sell-through rates of a single brand."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from lianxin.core.measuring.figures import ProductFigures, figures
from lianxin.foundation import clock
from lianxin.foundation.context import company_of
from lianxin.foundation.errors import Missing
from lianxin.foundation.gate import needs
from lianxin.goods import queries as goods
from lianxin.market.queries import choices, files
from lianxin.market.queries.figures import parameters_of, product_sums
from lianxin.market.queries.questions import Question, persons_seen
from lianxin.market.screens import pictures
from lianxin.market.screens.explaining import data_version
from lianxin.market.screens.parts import newest_month, no_sales
from lianxin.market.screens.words import figure_of, title_of, unit_name, with_same_retailers
from lianxin.ui.citations import cited
from lianxin.ui.formats import month as month_words
from lianxin.ui.formats import number
from lianxin.ui.parts import Explanation, Fact, Figure
from lianxin.ui.responses import explanation_page

# Rates of one product; the two sell-through rates are those of a single brand.
PRODUCT_RATES = ("distribution", "sell_through.a", "sell_through.b")


@needs("market.read")
def product_sales(request: HttpRequest, product_id: int) -> HttpResponse:
    company = company_of(request)
    product = goods.product_file(request.user, company, product_id)
    month = newest_month(company)
    if month is None:
        return no_sales(request)
    persons = persons_seen(request.user, company, on=clock.today(company))
    question = Question(months=(month,), persons=persons, product_id=product.pk)
    parameters = parameters_of(company, question)
    sums = product_sums(company, question)
    answers = with_same_retailers(figures(sums, parameters), sums)
    query = f"?product={product.product_code}"
    found = files.product_by_unit(company, question)
    everywhere = found[0]
    shown = [
        figure_of(company, answers[code], reverse("market:explain", args=[code]) + query)
        for code in ("sales_units", "sales_amount", "unit_price")
    ]
    shown += [
        _rate(code, everywhere, reverse("market:explain_product", args=[product.pk, code])) for code in PRODUCT_RATES
    ]
    units = choices.unit_names(company)
    return render(
        request,
        "market/product_sales.html",
        {
            "figures": shown,
            "trend": pictures.trend(company, question),
            "weekly": everywhere.weeks,
            "units": [
                {
                    "name": units.get(one.unit_id or 0, ""),
                    "units": one.units,
                    "n_held": one.n_held,
                    "n_ordered": one.n_ordered,
                    "rates": [
                        _rate(
                            code,
                            one,
                            reverse("market:explain_product", args=[product.pk, code]) + f"?unit={one.unit_id}",
                        )
                        for code in PRODUCT_RATES
                    ],
                    "weeks": one.weeks,
                    "url": reverse("market:analysis") + f"{query}&by=manager&unit={one.unit_id}",
                }
                for one in found[1:]
            ],
            "unit": unit_name(company),
            "month": month,
            "analysis_url": reverse("market:analysis") + query,
        },
    )


def _rate_title(code: str) -> str:
    return _("Distribution") if code == "distribution" else title_of(code)


def _rate(code: str, one: ProductFigures, explain_url: str = "") -> Figure:
    values = {
        "distribution": one.distribution,
        "sell_through.a": one.sell_through_a,
        "sell_through.b": one.sell_through_b,
    }
    title, value = _rate_title(code), values[code]
    if value is None:
        return Figure(title=title, answer="not_enough_data", reason="no_base", explain_url=explain_url)
    return Figure(title=title, value=value, kind="share", explain_url=explain_url)


@needs("market.read")
def explain_product(request: HttpRequest, product_id: int, code: str) -> HttpResponse:
    """How a rate of one product was counted, in all that may be seen or in one unit of it."""
    company = company_of(request)
    product = goods.product_file(request.user, company, product_id)
    month = newest_month(company)
    if month is None or code not in PRODUCT_RATES:
        raise Missing(_("There is no such figure on this page."))
    persons = persons_seen(request.user, company, on=clock.today(company))
    found = files.product_by_unit(company, Question(months=(month,), persons=persons, product_id=product.pk))
    asked_unit = request.GET.get("unit", "")
    chosen = [one for one in found if str(one.unit_id or "") == asked_unit]
    if not chosen:
        raise Missing(_("There is no such unit among those you may see."))
    one = chosen[0]
    ordering, held = _("retailers ordering in the month"), _("retailers held at the month's end")
    before = _("retailers ordering in the three months before")
    unit = unit_name(company)

    def per_retailer(units: int, n: int) -> str:
        return f"{number(units / n, 1)} {unit}" if n else _("not enough data")

    parts = {
        "distribution": (ordering, number(one.n_ordered), held, number(one.n_held), one.n_held),
        "sell_through.a": (ordering, number(one.n_ordered), before, number(one.n_ordered_before), one.n_ordered_before),
        "sell_through.b": (
            _("units per ordering retailer in the month"),
            per_retailer(one.units, one.n_ordered),
            _("units per ordering retailer in the month before"),
            per_retailer(one.last_units, one.n_ordered_last),
            one.n_ordered_last,
        ),
    }
    top, top_text, under, under_text, n = parts[code]
    where = choices.unit_names(company).get(one.unit_id or 0, "")
    sources = {
        "distribution": "trade sources 6.5 (铺货率)",
        "sell_through.a": "YC/T 455.3-2013 (12) 单品牌动销率; trade sources 6.5",
        "sell_through.b": "trade sources 6.5 (单品牌动销率, exam bank)",
    }
    query = f"?product={product.product_code}&by=retailer"
    return explanation_page(
        request,
        Explanation(
            title=_rate_title(code),
            subject=" · ".join(part for part in (product.name, where, month_words(month)) if part),
            figure=_rate(code, one),
            formula=f"{top} ÷ {under}",
            numerator=Fact(title=top, text=top_text),
            denominator=Fact(title=under, text=under_text),
            n=Fact(title=_("Retailers"), text=number(n)),
            source=cited(sources[code]),
            version=data_version(),
            rows_url=reverse("market:analysis") + query + (f"&unit={one.unit_id}" if one.unit_id else ""),
            rows_title=_("Show the retailers"),
        ),
    )
