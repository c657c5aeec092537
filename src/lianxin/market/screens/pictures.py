"""The pictures of the analysis: trend, structure, distribution, map."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.core.measuring.figures import by_retailer
from lianxin.core.measuring.registry import INDICATORS
from lianxin.core.units import month_plus, months_back
from lianxin.foundation.models import Company
from lianxin.market.queries import choices
from lianxin.market.queries.figures import holdings, parameters_of
from lianxin.market.queries.questions import Question
from lianxin.market.queries.sums import places, sums_by_class, sums_by_month
from lianxin.market.screens.words import title_of, unit_name
from lianxin.retailers.queries import known, shown, trade_areas_on
from lianxin.ui import pictures
from lianxin.ui.formats import number, share
from lianxin.ui.parts import Picture
from lianxin.ui.pictures import Bar, Measure, Points, Series
from lianxin.ui.sources import ListSource
from lianxin.ui.tables import Column, Table

SHOWN_MONTHS = 24
NAMED_OUTLIERS = 5
BINS = 24
# Figures by which the map can be coloured: column of the sums by retailer, its weight in a cluster.
COLOURS = {
    "same_period_change": ("change", "base_units"),
    "sales_units": ("units", "n_held"),
    "unit_price": ("unit_price", "units"),
    "key_brand_share": ("key_share", "units"),
    "company_gross_margin": ("margin", "known_amount_fen"),
}


@dataclass(frozen=True, slots=True)
class Structure:
    """By what units can be split: how it is called, the whole picture's title, and the part of which it is not recorded."""

    name: Promise
    title: Promise
    none: Promise


STRUCTURES = {
    "price_class": Structure(
        gettext_lazy("Price class"), gettext_lazy("Structure by price class"), gettext_lazy("no price class")
    ),
    "trade_form": Structure(
        gettext_lazy("Trade form"), gettext_lazy("Structure by trade form"), gettext_lazy("no trade form")
    ),
    "market_type": Structure(
        gettext_lazy("Market type"), gettext_lazy("Structure by market type"), gettext_lazy("no market type")
    ),
    "trade_area": Structure(
        gettext_lazy("Trade area"), gettext_lazy("Structure by trade area"), gettext_lazy("no trade area")
    ),
}


def structures_of(company: Company) -> list[str]:
    """The structures that the company has recorded something for."""
    values = known(company).values
    return [key for key in STRUCTURES if key == "price_class" or len(values.get(key, ())) > 1]


def units_measure(company: Company) -> Measure:
    return Measure(title=title_of("sales_units"), unit=unit_name(company))


def trend(company: Company, question: Question, xlsx_url: str = "") -> Picture:
    rows = question.part_of_holders(sums_by_month(company, question))
    summed = rows.group_by("month").aggregate([("units", "sum")])
    known = dict(zip(summed.column("month").to_pylist(), summed.column("units_sum").to_pylist(), strict=True))
    months = [month for month in months_back(question.month, SHOWN_MONTHS) if month in known] or [question.month]
    first, last = months[0], months[-1]
    months = list(months_back(last, (last.year - first.year) * 12 + last.month - first.month + 1))
    now = [known.get(month) for month in months]
    before = [known.get(month_plus(month, -12)) for month in months]
    series = [Series(name=_("this year"), values=now)]
    if any(value is not None for value in before):
        series.append(Series(name=_("a year before"), values=before, role="last_year"))
    return pictures.trend(
        _trend_words(now), measure=units_measure(company), months=months, series=series, xlsx_url=xlsx_url
    )


def _trend_words(values: list[int | None]) -> str:
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return _("Sales by month")
    best = max(known)
    if known[-1] == best:
        return _("The last month is the strongest of %(n)s") % {"n": len(known)}
    return _("The last month is %(share)s of the strongest of %(n)s months") % {
        "share": share(known[-1] / best if best else 0),
        "n": len(known),
    }


def structure(company: Company, question: Question, xlsx_url: str = "", by: str = "price_class") -> Picture:
    """Units of the period and of the year before by price class, or by one of `STRUCTURES` of the retailers."""
    found = sorted(_parts(company, question, by), key=lambda row: -row[1])
    parts = [Series(name=name, values=[before, now], role="part") for name, now, before in found]
    total = sum(now for _name, now, _before in found)
    title = str(STRUCTURES[by].title)
    if found and total > 0:
        title = _("%(name)s makes up %(share)s of the units") % {
            "name": found[0][0],
            "share": share(found[0][1] / total),
        }
    return pictures.structure(
        title,
        measure=units_measure(company),
        categories=[_("a year before"), _("this period")],
        parts=parts,
        rest_title=_("all others"),
        note=_("Trade areas are those of the period's last day, for the year before too.")
        if by == "trade_area"
        else "",
        xlsx_url=xlsx_url,
    )


def _parts(company: Company, question: Question, by: str) -> list[tuple[str, int, int]]:
    """(name, units, units a year before) of each part."""
    if by == "price_class":
        rows, column = question.part_of_holders(sums_by_class(company, question)), by
    else:
        rows = holdings(company, question, parameters_of(company, question))
        column = "retailer_id" if by == "trade_area" else by
    summed = rows.group_by(column).aggregate([("units", "sum"), ("base_units", "sum")])
    areas = trade_areas_on(company, on=question.end) if by == "trade_area" else {}
    sums: dict[str, tuple[int, int]] = {}
    for row in summed.to_pylist():
        value = areas.get(row[column]) if by == "trade_area" else row[column]
        name = shown(by, value) or str(STRUCTURES[by].none)
        now, before = sums.get(name, (0, 0))
        sums[name] = (now + row["units_sum"], before + row["base_units_sum"])
    return [(name, now, before) for name, (now, before) in sums.items() if now or before]


def distribution(company: Company, question: Question, xlsx_url: str = "") -> Picture:
    rows = by_retailer(holdings(company, question, parameters_of(company, question)))
    rows = rows.filter(pc.greater(rows.column("n_lines"), 0))
    units = rows.column("units").to_numpy()
    measure = units_measure(company)
    if len(units) == 0:
        return pictures.distribution(
            _("No retailer bought anything"), measure=measure, edges=[0, 1], counts=[0], count_title=_("retailers")
        )
    # The largest one in a hundred would flatten the picture; they are counted in the last bar and named.
    top = max(float(np.quantile(units, 0.99)), 1.0)
    low = min(float(units.min()), 0.0)
    edges = np.unique(np.round(np.linspace(low, top, BINS + 1)))
    counts, _edges = np.histogram(np.clip(units, edges[0], edges[-1]), bins=edges)
    median = float(np.median(units))
    largest = rows.take(
        pc.sort_indices(rows, sort_keys=[("units", "descending"), ("retailer_id", "ascending")])[:NAMED_OUTLIERS]
    )
    names = names_of(company, question, largest.column("retailer_id"))
    outliers = [
        Bar(
            name=names.get(retailer_id, str(retailer_id)),
            value=value,
            href=reverse("retailers:file", args=[retailer_id]),
        )
        for retailer_id, value in zip(
            largest.column("retailer_id").to_pylist(), largest.column("units").to_pylist(), strict=True
        )
        if value > top
    ]
    head = float(np.sort(units)[::-1][: max(1, len(units) // 10)].sum() / max(units.sum(), 1))
    title = _("The largest tenth of %(n)s retailers buys %(share)s") % {"n": number(len(units)), "share": share(head)}
    return pictures.distribution(
        title,
        measure=measure,
        edges=[float(edge) for edge in edges],
        counts=[int(count) for count in counts],
        count_title=_("retailers"),
        marks=[(_("median"), median)],
        outliers=outliers,
        note=_("The last bar holds all above %(n)s.") % {"n": number(top)},
        xlsx_url=xlsx_url,
    )


def names_of(company: Company, question: Question, retailer_ids: Any) -> dict[int, str]:
    table = places(company, question.month)
    few = table.filter(pc.is_in(table.column("retailer_id"), value_set=pa.array(retailer_ids.to_pylist(), pa.int64())))
    return dict(zip(few.column("retailer_id").to_pylist(), few.column("name").to_pylist(), strict=True))


def map_of(company: Company, question: Question, colour: str) -> Picture:
    """Retailers held at the period's end, coloured by a figure."""
    column, weight = COLOURS[colour]
    rows = holdings(company, question, parameters_of(company, question))
    sums = by_retailer(rows)
    sums = sums.filter(pc.greater(sums.column("n_held"), 0))
    holder = rows.filter(pc.greater(rows.column("n_held"), 0)).select(["retailer_id", "person_id"])
    table = sums.select(list(dict.fromkeys(["retailer_id", column, weight]))).join(holder, "retailer_id")
    table = table.join(
        places(company, question.month).select(["retailer_id", "name", "latitude", "longitude"]), "retailer_id"
    )
    table = table.filter(pc.and_(pc.is_valid(table.column("latitude")), pc.is_valid(table.column("longitude"))))
    table = table.sort_by("retailer_id")
    persons = sorted({person for person in pc.unique(table.column("person_id")).to_pylist() if person is not None})
    place = {person: index for index, person in enumerate(persons)}
    names = choices.person_names(company)
    values = table.column(column).to_pylist()
    low, middle, high = _scale(colour, table.column(column))
    indicator = INDICATORS[colour]
    kinds: dict[str, tuple[pictures.Format, int, str]] = {
        "same_period_change": ("change", 1, ""),
        "sales_units": ("number", 0, unit_name(company)),
        "unit_price": ("money", 2, company.currency_symbol),
    }
    notation, decimals, unit = kinds.get(colour, ("share", 1, ""))
    return pictures.territory_map(
        _("Retailers by %(figure)s") % {"figure": title_of(colour)},
        measure=Measure(title=title_of(colour), unit=unit, format=notation, decimals=decimals),
        points=Points(
            id=table.column("retailer_id").to_pylist(),
            name=table.column("name").to_pylist(),
            longitude=table.column("longitude").to_pylist(),
            latitude=table.column("latitude").to_pylist(),
            value=values,
            weight=[max(0, one or 0) for one in table.column(weight).to_pylist()],
            group=[None if person is None else place[person] for person in table.column("person_id").to_pylist()],
        ),
        groups=[names.get(person, (str(person), ""))[0] for person in persons],
        low=low,
        middle=middle,
        high=high,
        low_word=_("falls") if colour == "same_period_change" else _("less"),
        high_word=_("grows") if colour == "same_period_change" else _("more"),
        good="up" if indicator.direction.value == "higher" else "none",
        href=reverse("retailers:file", args=[0]).replace("/0/", "/{id}/"),
    )


def _scale(colour: str, column: Any) -> tuple[float, float, float]:
    if colour == "same_period_change":
        return -0.2, 0.0, 0.2
    known = column.drop_null().to_numpy()
    if len(known) == 0:
        return 0.0, 0.5, 1.0
    low, middle, high = (float(one) for one in np.quantile(known, [0.1, 0.5, 0.9]))
    return (low, middle, high) if low < middle < high else (middle - 1, middle, middle + 1)


def rows_of(picture: Picture) -> Table:
    """The numbers behind a trend or a structure as a table, for its spreadsheet."""
    payload = picture.payload
    names = payload["months"] if picture.kind == "trend" else payload["categories"]
    series = payload["series"]
    rows = [
        {"id": place, "name": name, **{f"s{index}": one["values"][place] for index, one in enumerate(series)}}
        for place, name in enumerate(names)
    ]
    unit = payload["measure"]["unit"]
    return Table(
        name="picture",
        title=payload["title"],
        columns=[
            Column(key="name", title=_("Month") if picture.kind == "trend" else _("Period")),
            *(Column(key=f"s{index}", title=one["name"], kind="number", unit=unit) for index, one in enumerate(series)),
        ],
        source=ListSource(rows),
        default_sort="name",
    )


def as_json(picture: Picture) -> bytes:
    return json.dumps(picture.payload, ensure_ascii=False, separators=(",", ":")).encode()
