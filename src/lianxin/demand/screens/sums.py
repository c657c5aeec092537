"""What the system expects altogether: by company, unit, manager and route, down to the lines."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

import pyarrow as pa
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.demand.models import Round
from lianxin.demand.queries import rounds, sums
from lianxin.demand.queries.names import Names, names_of
from lianxin.demand.queries.people_named import persons_named, units_named
from lianxin.demand.queries.sums import LINES, Asked
from lianxin.demand.screens.seen_words import seen_columns, told_seen
from lianxin.demand.screens.words import period_words, round_title, unit_words
from lianxin.demand.states import RoundState
from lianxin.foundation import clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Missing
from lianxin.foundation.gate import needs
from lianxin.foundation.models import Company
from lianxin.ui import formats
from lianxin.ui.filters import Choice, Filter, FilterSet
from lianxin.ui.parts import Crumb, Empty
from lianxin.ui.responses import list_page
from lianxin.ui.sources import ListSource
from lianxin.ui.tables import Column, Table

TITLES: Final[Mapping[str, str | Promise]] = {
    "company": gettext_lazy("whole company"),
    "unit": gettext_lazy("Unit"),
    "manager": gettext_lazy("Customer manager"),
    "route": gettext_lazy("Route"),
    LINES: gettext_lazy("Retailer"),
}
BY: Final[Mapping[str, str | Promise]] = {
    "product": gettext_lazy("by product"),
    "together": gettext_lazy("all products together"),
}


@needs("forecasts.read")
def sums_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    round = rounds.round_of(user, company, pk)
    if round.state == RoundState.PREPARING:
        raise Missing(_("The system's forecast of this round is not there yet."))
    offered = sums.levels_offered(user, company)
    names = names_of(round)
    filters = _filters(request, offered, names, sums.places(user, round, on=on))
    asked = _asked(filters, offered)
    table = _lines(user, round, asked, names) if asked.level == LINES else _sums(user, round, asked, names, offered)
    context = {
        "round": round,
        "title": round_title(round),
        "is_lines": asked.level == LINES,
        "crumbs": [
            Crumb(title=_("Forecast rounds"), url=reverse("demand:rounds")),
            Crumb(title=round_title(round), url=reverse("demand:round", args=[pk])),
        ],
    }
    return list_page(request, "demand/sums.html", table, filters=filters, context=context)


def named_groups(company: Company, level: str, rows: Sequence[Mapping[str, Any]]) -> dict[str | None, str]:
    """What each group of a level is called."""
    ids = {row["group"] for row in rows if row["group"] is not None}
    if level == "manager":
        persons = persons_named({int(one) for one in ids})
        return {None: _("held by nobody"), **{one: persons.get(int(one), "") for one in ids}}
    if level == "unit":
        units = units_named({int(one) for one in ids})
        return {None: _("held by nobody"), **{one: units.get(int(one), "") for one in ids}}
    return {None: company.name if level == "company" else _("no route"), **{one: str(one) for one in ids}}


def _sums(user: Any, round: Round, asked: Asked, names: Names, offered: tuple[str, ...]) -> Table:
    company = round.company
    rows = sums.sums(user, round, asked, on=clock.today(company))
    words = named_groups(company, asked.level, rows)
    shown = [
        {
            **row,
            "place": place,
            "name": words[row["group"]],
            "product": names.product(row["product_id"]) if row["product_id"] is not None else "",
            "code": names.product_code(row["product_id"]) if row["product_id"] is not None else "",
            "period": period_words(round, row["step"]),
            "range": _range(row),
            **told_seen(row["seen"]),
        }
        for place, row in enumerate(rows)
    ]
    unit = unit_words(company)
    below = [*offered, LINES][offered.index(asked.level) + 1]

    def drill(row: Mapping[str, Any]) -> str | None:
        kept = {"unit": asked.unit_id, "manager": asked.person_id, "route": asked.route}
        product = row["product_id"] if row["product_id"] is not None else asked.product_id
        nothing = {"route": sums.NO_ROUTE}.get(asked.level, sums.NOBODY)
        group = nothing if row["group"] is None else row["group"]
        told = {**kept, "product": product, **({} if asked.level == "company" else {asked.level: group})}
        by = {} if asked.by_product else {"by": "together"}
        return "?" + urlencode(
            {"level": below, **by, **{name: value for name, value in told.items() if value not in (None, "")}}
        )

    return Table(
        name="forecast_sums",
        title=_("Sums of the system's forecast"),
        default_sort="name",
        columns=[
            Column(key="name", title=TITLES[asked.level], sort_by="place", href=drill),
            *([Column(key="product", title=_("Product"), note=lambda r: r["code"], on_card=True)] if asked.by_product else []),
            *([Column(key="period", title=_("Period"), sort_by="period_start")] if round.horizon > 1 else []),
            Column(key="system_units", title=_("System"), unit=unit, kind="number", decimals=1, on_card=True),
            Column(key="range", title=_("Range, eight times in ten"), unit=unit, sortable=False),
            Column(key="n_lines", title=_("Lines"), kind="number", on_card=True),
            Column(key="low_units", title=_("Lower end of the range"), unit=unit, kind="number", decimals=1, shown=False),
            Column(key="high_units", title=_("Upper end of the range"), unit=unit, kind="number", decimals=1, shown=False),
            *(seen_columns(shown) if asked.by_product else []),
        ],
        source=ListSource(shown, key="place"),
        page_size=100,
        empty=_nothing(),
        note=_note(shown),
    )  # fmt: skip


def _note(rows: Sequence[Mapping[str, Any]]) -> str:
    told = _(
        "Each number is the plain sum of its lines, so every level adds up to the next. Ranges do not add up: each is taken "
        "from how far such sums lay off in the past year."
    )
    if not any(row["n_shops_counted"] or row["n_shops_priced"] for row in rows):
        return told
    seen = _("What was counted and asked for in shops is the newest of each of them; it makes no number.")
    return _("%(sums)s %(shops)s") % {"sums": told, "shops": seen}


def _range(row: Mapping[str, Any]) -> str:
    if row["low_units"] is None or row["high_units"] is None:
        return _("not known")
    return f"{formats.number(row['low_units'])} – {formats.number(row['high_units'])}"


def _lines(user: Any, round: Round, asked: Asked, names: Names) -> Table:
    rows = sums.lines_behind(user, round, asked, on=clock.today(round.company)) if _is_narrow(asked) else []
    shops = names.retailers([row["retailer_id"] for row in rows])
    shown = [
        {
            **row,
            "place": place,
            "licence_no": shops.get(row["retailer_id"], ("", ""))[0],
            "name": shops.get(row["retailer_id"], ("", ""))[1],
            "product": names.product(row["product_id"]),
            "code": names.product_code(row["product_id"]),
            "period": period_words(round, row["step"]),
        }
        for place, row in enumerate(sorted(rows, key=lambda row: -row["system_units"]))
    ]
    unit = unit_words(round.company)
    return Table(
        name="forecast_lines_behind",
        title=_("Lines"),
        default_sort="place",
        columns=[
            Column(key="name", title=_("Retailer"), note=lambda r: r["licence_no"],
                   href=lambda r: reverse("retailers:file", args=[r["retailer_id"]])),
            Column(key="product", title=_("Product"), note=lambda r: r["code"], on_card=True),
            *([Column(key="period", title=_("Period"), sort_by="period_start")] if round.horizon > 1 else []),
            Column(key="system_units", title=_("System"), unit=unit, kind="number", decimals=1, on_card=True),
            Column(key="low_units", title=_("Lower end of the range"), unit=unit, kind="number", decimals=1),
            Column(key="high_units", title=_("Upper end of the range"), unit=unit, kind="number", decimals=1),
            Column(key="place", title=_("Place"), kind="number", shown=False),
        ],
        source=ListSource(shown, key="place"),
        page_size=100,
        empty=_nothing() if _is_narrow(asked) else Empty(
            title=_("Choose whose lines"), text=_("Lines are shown of one customer manager or one route.")
        ),
    )  # fmt: skip


def _is_narrow(asked: Asked) -> bool:
    """Whether the lines asked for are few enough to be listed: those of a manager or a route."""
    return asked.person_id is not None or bool(asked.route)


def _filters(request: HttpRequest, offered: tuple[str, ...], names: Names, shops: pa.Table) -> FilterSet:
    def found(column: str) -> list[Any]:
        return sorted(value for value in shops.column(column).unique().to_pylist() if value is not None)

    def nobody(column: str, value: str, title: str) -> list[Choice]:
        return [Choice(value, title)] if shops.column(column).null_count else []

    units, persons = units_named(found("unit_id")), persons_named(found("person_id"))
    held = str(sums.NOBODY), _("held by nobody")
    fields = [
        Filter(key="level", title=_("Summed to"), default=offered[0], required=True,
               choices=[Choice(level, TITLES[level]) for level in (*offered, LINES)]),
        Filter(key="by", title=_("Split"), default="product", required=True,
               choices=[Choice(code, words) for code, words in BY.items()]),
        Filter(key="product", title=_("Product"), choices=[Choice(str(k), name) for k, name in names.products_in_order()]),
        Filter(key="unit", title=_("Unit"), choices=[
            *(Choice(str(k), code) for k, code in units.items()), *nobody("unit_id", *held)]),
        Filter(key="manager", title=_("Customer manager"), choices=[
            *(Choice(str(k), name) for k, name in persons.items()), *nobody("person_id", *held)]),
        Filter(key="route", title=_("Route"), choices=[
            *(Choice(route, route) for route in found("route")), *nobody("route", sums.NO_ROUTE, _("no route"))]),
    ]  # fmt: skip
    return FilterSet(fields, request.GET)


def _asked(filters: FilterSet, offered: tuple[str, ...]) -> Asked:
    def number(key: str) -> int | None:
        return int(filters.text(key)) if filters.text(key) else None

    return Asked(
        level=filters.text("level") or offered[0], by_product=filters.text("by") != "together", product_id=number("product"),
        unit_id=number("unit"), person_id=number("manager"), route=filters.text("route"),
    )  # fmt: skip


def _nothing() -> Empty:
    return Empty(title=_("Nothing to sum"), text=_("No line of this round is within what you may see."))
