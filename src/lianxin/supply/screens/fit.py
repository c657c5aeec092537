"""How well did a round meet the need? Sold out, left, returned, declined, unmet, by product and by tier."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from lianxin.core.allocating.fit import ALL, PRODUCT, TIER
from lianxin.foundation import clock, parameters
from lianxin.foundation.context import company_of
from lianxin.foundation.gate import needs
from lianxin.supply import facts
from lianxin.supply.queries import rounds
from lianxin.supply.screens.presenters import unit_of
from lianxin.supply.screens.rounds import crumbs_of, known
from lianxin.ui import formats
from lianxin.ui.parts import Empty, Figure
from lianxin.ui.responses import list_page
from lianxin.ui.sources import ListSource
from lianxin.ui.tables import Column, Table


def _share(row: dict[str, Any], name: str, n: int, needs_n: int) -> Figure:
    if row[name] is None:
        return Figure(answer="not_enough_data", n=n, needs=needs_n)
    note = ""
    if name == "sold_out_share":
        words = {"low": formats.share(row["sold_out_low"], 0), "high": formats.share(row["sold_out_high"], 0)}
        note = _("between %(low)s and %(high)s") % words
    return Figure(value=row[name], kind="share", decimals=0, note=note)


@needs("supply.fit")
def fit_page(request: HttpRequest, number: int) -> HttpResponseBase:
    company = company_of(request)
    row = rounds.round_of(company, number)
    numbers = parameters.in_force(company, on=clock.today(company))
    told = facts.fit_of(row, numbers)
    groups = told.groups.to_pylist()
    names = {str(each.product_id): each.product.name for each in rounds.products_of(row)}
    least_rows, least_counts = int(numbers["fit.minimum_rows"]), int(numbers["fit.minimum_counts"])
    shown = [
        {
            **group,
            "id": f"{group['level']}-{group['product_id'] or ''}-{group['tier'] if group['tier'] is not None else ''}",
            "place": place,
            "name": names.get(group["product_id"], "") if group["level"] == PRODUCT else _tier(group["tier"]),
            "sold_out": _share(group, "sold_out_share", group["n_counted"], least_counts),
            "declined": _share(group, "declined_share", group["n_known"], least_rows),
            "unmet": _share(group, "unmet_share", group["n_wanted"], least_rows),
        }
        for place, group in enumerate(groups)
        if group["level"] in (PRODUCT, TIER)
    ]
    columns = [
        Column(key="name", title=_("Product or tier"), sort_by="place"),
        Column(key="n_rows", title=_("Lines"), kind="number"),
        Column(key="n_wanted", title=_("Lines whose request is known"), kind="number", shown=False),
        Column(key="wanted_units", title=_("Asked for"), kind="number", value=lambda r: known(r["wanted_units"])),
        Column(key="share_units", title=_("Share"), kind="number"),
        Column(
            key="unmet_units",
            title=_("Unmet"),
            kind="number",
            on_card=True,
            value=lambda r: known(r["unmet_units"]),
        ),
        Column(key="unmet", title=_("Unmet of what was asked"), kind="figure", sort_by="unmet_share"),
        Column(
            key="taken_units", title=_("Ordered and supplied"), kind="number", value=lambda r: known(r["taken_units"])
        ),
        Column(
            key="declined_units", title=_("Left untaken"), kind="number", value=lambda r: known(r["declined_units"])
        ),
        Column(key="declined", title=_("Left untaken of the shares"), kind="figure", sort_by="declined_share"),
        Column(
            key="returned_units", title=_("Units returned"), kind="number", value=lambda r: known(r["returned_units"])
        ),
        Column(key="n_counted", title=_("Counted in shops"), kind="number", shown=False),
        Column(key="sold_out", title=_("Sold out"), kind="figure", on_card=True, sort_by="sold_out_share"),
        Column(
            key="left_units", title=_("Left in counted shops"), kind="number", value=lambda r: known(r["left_units"])
        ),
    ]
    table = Table(
        name="supply_fit",
        title=_("By product and tier"),
        default_sort="name",
        columns=columns,
        source=ListSource(shown, key="id"),
        empty=Empty(title=_("Nothing to compare"), text=_("Nothing is shared out yet.")),
        note=" ".join(
            [
                _("Asked for and unmet are of the lines whose request is known."),
                _("Shops are counted where somebody goes; the counted ones are no drawn sample."),
            ]
        ),
    )
    whole = next((group for group in groups if group["level"] == ALL), None)
    context = {
        "round": row,
        "figures": _figures(whole, unit_of(company), least_rows, least_counts) if whole and whole["n_rows"] else [],
        "crumbs": crumbs_of(row),
        "lines_url": reverse("supply:lines", args=[number]),
    }
    return list_page(request, "supply/fit.html", table, context=context)


def _tier(tier: int | None) -> str:
    return _("Tier not known") if tier is None else _("Tier %(n)s") % {"n": tier}


def _figures(whole: dict[str, Any], unit: str, least_rows: int, least_counts: int) -> list[Figure]:
    def units(name: str, title: str) -> Figure:
        if whole[name] is None:
            return Figure(title=title, answer="not_enough_data", reason="not_recorded")
        return Figure(title=title, value=whole[name], kind="quantity", unit=unit)

    sold_out = _share(whole, "sold_out_share", whole["n_counted"], least_counts)
    return [
        units("wanted_units", _("Asked for")),
        units("share_units", _("Shared out")),
        units("unmet_units", _("Unmet")),
        units("taken_units", _("Ordered and supplied")),
        units("declined_units", _("Left untaken")),
        units("returned_units", _("Units returned")),
        Figure(
            title=_("Sold out"), value=sold_out.value, kind="share", decimals=0, answer=sold_out.answer, n=sold_out.n,
            needs=sold_out.needs, note=sold_out.note,
        ),
    ]  # fmt: skip
