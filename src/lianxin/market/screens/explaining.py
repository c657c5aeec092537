"""What a figure of the analysis opens to."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from lianxin import __version__
from lianxin.core.measuring.figures import Answer, RetailMargin
from lianxin.core.measuring.registry import INDICATORS
from lianxin.core.parameters import PARAMETERS
from lianxin.core.units import UnitKind
from lianxin.foundation.models import Company
from lianxin.foundation.table_words import table_title
from lianxin.market.queries.asking import ROLLUPS, versions
from lianxin.market.screens.asking import Asked
from lianxin.market.screens.words import figure_of, is_chinese, unit_name
from lianxin.ui.addresses import with_query
from lianxin.ui.citations import cited
from lianxin.ui.formats import money, number, quantity, share
from lianxin.ui.parts import Explanation, Fact, Figure

USED: Mapping[str, tuple[str, ...]] = {
    "key_brand_share": ("measuring.key_products",),
    "company_gross_margin": ("measuring.cost_coverage_minimum",),
}
_MONEY_ABOVE = ("sales_amount", "unit_price", "company_gross_margin")
_MONEY_BELOW = ("company_gross_margin",)


def data_version() -> str:
    """The versions that a figure was computed from, so that it can be computed again."""
    told = ", ".join(
        f"{table_title(table)} {version}" for table, version in versions([*ROLLUPS, "territories", "retailer_versions"])
    )
    return _("data: %(tables)s; formulas %(formulas)s") % {"tables": told, "formulas": __version__}


def written(company: Company, code: str, value: float, *, below: bool) -> str:
    is_money = code in (_MONEY_BELOW if below else _MONEY_ABOVE)
    if is_money:
        return money(value, company.currency)
    if INDICATORS[code].unit in (UnitKind.ORDER_UNITS, UnitKind.RATIO, UnitKind.MONEY_PER_UNIT) or code in (
        "key_brand_share",
    ):
        return quantity(value, unit_name(company))
    return number(value)


def explanation(asked: Asked, answer: Answer, parameters: Mapping[str, Any], query: QueryDict) -> Explanation:
    indicator = INDICATORS[answer.code]
    chinese = is_chinese()
    company = asked.company

    def fact(title: str, value: float | None, *, below: bool = False) -> Fact | None:
        if not title or value is None:
            return None
        return Fact(title=title, text=written(company, answer.code, value, below=below))

    rows = {"by": "line" if asked.retailer is not None else "retailer", "sort": None, "after": None, "before": None}
    return Explanation(
        title=indicator.title_zh if chinese else indicator.title_en,
        subject=f"{asked.subject} · {asked.period}",
        figure=figure_of(company, answer),
        formula=indicator.formula_zh if chinese else indicator.formula_en,
        numerator=fact(indicator.numerator_zh if chinese else indicator.numerator_en, answer.numerator),
        denominator=fact(
            indicator.denominator_zh if chinese else indicator.denominator_en, answer.denominator, below=True
        ),
        n=Fact(
            title=indicator.n_zh if chinese else indicator.n_en,
            text=number(answer.n),
            note=_("needs at least %(n)s") % {"n": number(answer.least)},
        ),
        parameters=[parameter_fact(name, parameters) for name in (*USED.get(answer.code, ()), indicator.minimum)],
        source=f"{cited(indicator.source)} [{indicator.evidence}]",
        version=data_version(),
        rows_url=reverse("market:analysis") + with_query(query, rows),
        rows_title=_("Show order lines") if asked.retailer is not None else _("Show the retailers"),
    )


def parameter_fact(name: str, parameters: Mapping[str, Any]) -> Fact:
    declared = PARAMETERS[name]
    value = parameters.get(name)
    if value is None:
        text = _("not set")
    elif isinstance(value, list | tuple):
        text = _("%(n)s entries") % {"n": len(value)}
    else:
        text = str(value)
    return Fact(title=declared.title_zh if is_chinese() else declared.title_en, text=text, note=cited(declared.source))


def retail_figure(margin: RetailMargin, explain_url: str = "") -> Figure:
    return Figure(
        title=_("Retailers' margin by guide price"),
        value=margin.value,
        kind="share",
        answer="value" if margin.value is not None else "not_enough_data",
        reason="" if margin.value is not None else _("guide or wholesale prices are missing for part of the sales"),
        note=_("not by actual prices") if margin.value is not None else "",
        explain_url=explain_url,
    )


def retail_explanation(asked: Asked, margin: RetailMargin, query: QueryDict) -> Explanation:
    company = asked.company
    return Explanation(
        title=_("Retailers' margin by guide price"),
        subject=f"{asked.subject} · {asked.period}",
        figure=retail_figure(margin),
        formula=_(
            "(guide retail price − wholesale price) ÷ guide retail price, weighted by units sold; prices of the period's last day. "
            "What the retailers really charge is known of some shops only, from visits, and does not enter."
        ),
        numerator=Fact(title=_("margin at guide prices"), text=money(margin.margin, company.currency)),
        denominator=Fact(title=_("sales at guide prices"), text=money(margin.guide, company.currency)),
        n=Fact(title=_("products with both prices"), text=number(margin.n_products)),
        facts=[
            Fact(
                title=_("Part of the units with both prices"),
                text=share(margin.known_units / margin.all_units) if margin.all_units else _("nothing sold"),
            )
        ],
        source=_("Wholesale and guide retail prices of the goods list; trade sources 6.5 (零售毛利率)"),
        version=data_version(),
        rows_url=reverse("market:analysis") + with_query(query, {"by": "product", "sort": None, "after": None}),
        rows_title=_("Show the products"),
    )
