"""Agreements of the company with its suppliers, and how far these kept to them: one of the two readings of 履约率."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lianxin.core.measuring.suppliers import SUPPLIERS
from lianxin.core.parameters import value_of
from lianxin.core.units import first_day
from lianxin.foundation import access, clock, parameters
from lianxin.foundation.context import company_of
from lianxin.foundation.gate import needs
from lianxin.foundation.models import Company
from lianxin.supply import facts
from lianxin.supply.imports.suppliers import Period
from lianxin.supply.models import SupplierAgreement
from lianxin.supply.queries import suppliers as queries
from lianxin.supply.screens import presenters
from lianxin.ui.citations import cited
from lianxin.ui.filters import Filter, FilterSet
from lianxin.ui.parts import Empty, Figure
from lianxin.ui.responses import list_page
from lianxin.ui.sources import QuerySetSource
from lianxin.ui.tables import Column, Table


def readings() -> str:
    """Which reading of 履约率 is told where; it stands on the pages of both."""
    return _(
        "Fulfilment of agreements has two readings. (i) The company and its suppliers: what was transferred in ÷ what was "
        "agreed, told "
        "here of the company. (ii) A manager's retailers and their own demand agreements: what they bought ÷ what they agreed. A "
        "manager's fulfilment, on scorecards and among the three rates, is (ii). Both are set by the company; no public "
        "standard was found."
    )


def reason_words(reason: str) -> str:
    """Why there is no figure."""
    return {
        "not_brought": _("what came is not recorded of every agreement"),
        "no_base": _("nothing was agreed"),
        "below_minimum": _("fewer agreed lines than the set minimum"),
    }.get(reason, _("no agreement of the set term ends with this month"))


def term_of(company: Company, month: date) -> int:
    """How many months the agreements are long that count for a month."""
    return int(value_of(parameters.in_force(company, on=month), "supply.agreement_months"))


def asked_month(company: Company, given: date | None) -> date:
    """The month asked for, else the newest with which an agreement of the set term ended, else this one."""
    on = clock.today(company)
    if given is not None:
        return first_day(given)
    return queries.latest_end(company, term_of(company, on), on=on) or first_day(on)


@needs("supplieragreements.read")
@require_safe
def agreements(request: HttpRequest) -> HttpResponseBase:
    company = company_of(request)
    month = asked_month(company, None)
    filters = FilterSet(
        [Filter(key="month", title=_("Fulfilment of"), kind="month", default=f"{month:%Y-%m}", required=True)],
        request.GET,
    )
    month = asked_month(company, filters.date("month"))
    told = {row["indicator"]: row for row in facts.supplier_fulfilment(company, month)}
    is_english = get_language() == "en"
    unit = presenters.unit_of(company)
    table = Table(
        name="supplier_agreements",
        title=_("Agreements with suppliers"),
        default_sort="-first_month",
        columns=[
            Column(key="supplier", title=_("Supplier")),
            Column(key="goods", title=_("Product or brand"), sortable=False, on_card=True,
                   value=lambda row: row.product.product_code if row.product else row.brand),
            Column(key="first_month", title=_("Period"), value=lambda row: str(Period(row.first_month, row.n_months))),
            Column(key="agreed_units", title=_("Agreed units"), unit=unit, kind="number"),
            Column(key="transferred_units", title=_("Transferred in"), kind="figure", unit=unit,
                   value=lambda row: Figure(value=row.transferred_units, kind="number", reason=_("not recorded yet"))),
            Column(key="fulfilment", title=_("Fulfilment"), kind="figure", sortable=False, on_card=True, value=_fulfilment),
        ],
        source=QuerySetSource(queries.agreements(company), key="pk"),
        note=readings(),
        empty=Empty(
            title=_("No agreement with a supplier has been taken in yet"),
            text=_(
                "A file has one row for each supplier, product or brand, and period: what was agreed, and, when it is over, "
                "what came."
            ),
            action_title=_("Take a file in") if access.may(request.user, "imports.run", company) else "",
            action_url=reverse("orders:import_new"),
        ),
    )  # fmt: skip
    figures = [
        Figure(
            title=one.title_en if is_english else one.title_zh,
            value=told[code]["value"] if code in told else None,
            kind="share",
            answer="value" if code in told and told[code]["reason"] is None else "not_enough_data",
            reason=""
            if code in told and told[code]["reason"] is None
            else reason_words(told.get(code, {}).get("reason") or ""),
            note=one.formula_en if is_english else one.formula_zh,
        )
        for code, one in SUPPLIERS.items()
    ]
    row = next(iter(told.values()), None)
    context: dict[str, Any] = {
        "month": month,
        "term": term_of(company, month),
        "figures": figures,
        "agreed": row["denominator"] if row else None,
        "came": told["supplier_fulfilment"]["numerator"] if row else None,
        "n": row["n"] if row else 0,
        "source": cited(next(iter(SUPPLIERS.values())).source),
        "unit": unit,
    }
    return list_page(request, "supply/supplier_agreements.html", table, filters=filters, context=context)


def _fulfilment(row: SupplierAgreement) -> Figure:
    if row.transferred_units is None or not row.agreed_units:
        return Figure(
            answer="not_enough_data", reason=_("not recorded yet") if row.agreed_units else _("nothing was agreed")
        )
    return Figure(value=row.transferred_units / row.agreed_units, kind="share")
