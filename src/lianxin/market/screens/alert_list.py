"""The list of retailers that stay behind their peers."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.foundation.context import company_of
from lianxin.foundation.gate import needs
from lianxin.market.queries import choices, peers
from lianxin.market.queries.figures import parameters_of
from lianxin.market.screens.arrow import ArrowSource
from lianxin.market.screens.asking import Asked, asked
from lianxin.market.screens.words import title_of, unit_name
from lianxin.ui.addresses import numbered
from lianxin.ui.exports import export, export_asked
from lianxin.ui.formats import number
from lianxin.ui.parts import Empty
from lianxin.ui.tables import Column, Table


@needs("market.read")
def alerts(request: HttpRequest) -> HttpResponseBase:
    company = company_of(request)
    found = asked(request, company)
    if found is None:
        empty = Empty(
            title=_("There are no sales to show yet"), text=_("Alerts appear when order lines have been imported.")
        )
        return render(request, "market/nothing.html", {"page_title": _("Alerts"), "empty": empty})
    parameters = parameters_of(company, found.question)
    rows = peers.alerts(company, found.question, parameters)
    table = alerts_table(found, rows)
    if export_asked(request, table):
        return export(request, table, found.filters, file_name=str(table.title))
    line = number(float(parameters["measuring.peer_alert"]), 2)
    title = (
        _("%(n)s retailers grow less than %(line)s of what their peers do")
        if rows.num_rows
        else _("No retailer grows less than %(line)s of what its peers do")
    ) % {"n": number(rows.num_rows), "line": line}
    return render(
        request,
        "market/alerts.html",
        {
            "page_title": title,
            "filters": found.filters,
            "table": table.page(request.GET),
            "period": found.period,
            "subject": found.subject,
        },
    )


def alerts_table(found: Asked, rows: pa.Table) -> Table:
    company = found.company
    persons = choices.person_names(company)
    unit = unit_name(company)

    def finish(page: pa.Table) -> list[dict[str, Any]]:
        return page.to_pylist()

    file, growth = numbered("retailers:file"), numbered("market:explain_growth")

    def href(row: Mapping[str, Any]) -> str:
        return file(row["retailer_id"])

    def explain(row: Mapping[str, Any]) -> str:
        return growth(row["retailer_id"])

    def change(row: Mapping[str, Any]) -> float:
        return float(row["now_units"]) / row["base_units"] - 1

    columns = [
        Column(key="name", title=gettext_lazy("Retailer"), href=href, note=lambda row: row["licence_no"]),
        Column(
            key="person_id",
            title=gettext_lazy("Customer manager"),
            value=lambda row: persons.get(row["person_id"], (None, ""))[0],
        ),
        Column(key="ratio", title=title_of("peer_growth"), kind="number", decimals=2, on_card=True, explain=explain),
        Column(key="now_units", title=gettext_lazy("Units now"), kind="number", unit=unit),
        Column(key="base_units", title=gettext_lazy("Units a year before"), kind="number", unit=unit),
        Column(key="change", title=title_of("same_period_change"), kind="change", value=change, sortable=False),
        Column(
            key="peer_growth",
            title=gettext_lazy("Peers' change"),
            kind="change",
            value=lambda row: row["peer_growth"] - 1,
        ),
        Column(key="shortfall_units", title=gettext_lazy("Short by"), kind="number", unit=unit, on_card=True),
        Column(key="n_peers", title=gettext_lazy("Peers"), kind="number"),
        Column(key="tier", title=gettext_lazy("Tier"), kind="number", shown=False),
        Column(key="trade_form", title=gettext_lazy("Trade form"), shown=False),
        Column(key="town", title=gettext_lazy("Town"), shown=False),
    ]
    return Table(
        name="alerts",
        title=_("Retailers to look after first"),
        columns=columns,
        source=ArrowSource(rows, key="retailer_id", finish=finish),
        default_sort="-shortfall_units",
        empty=Empty(
            title=_("Nobody is below the alert line"),
            text=_("Either all keep up with their peers, or there is no year before to compare with."),
        ),
    )
