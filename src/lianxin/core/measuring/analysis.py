"""What the page of market analysis shows, over the roll-ups.

Units, amounts and shares belong to whoever held the retailer on the line's date. Same-period change is, as in the indicator,
over the retailers that fit the filter at the period's end, whoever held them a year ago: `change_now_units` and
`change_base_units` are its two sums and must not be mixed with `units`.
"""

from __future__ import annotations

from typing import Any, Final

import ibis
from ibis.expr.types import Table as TableExpression

from lianxin.core.errors import CoreError
from lianxin.core.measuring.filters import Filter
from lianxin.core.measuring.held import held_at_end
from lianxin.core.measuring.lines import total, valid_on, whole
from lianxin.core.tables import RETAILER_VERSIONS
from lianxin.core.units import last_day

FIGURES: Final = ("units", "amount", "change", "unit_price", "gross_margin")
BREAKDOWNS: Final = ("unit", "person", "route", "retailer", "product", "price_class", "trade_form")


class UnknownFigure(CoreError):
    """A figure or a breakdown that the analysis does not know."""


def sums_of(table: TableExpression) -> dict[str, Any]:
    """Sums that figures are made of."""
    return {
        "units": total(table.units),
        "amount_fen": total(table.amount_fen),
        "n_without_amount": total(whole(table.amount_fen.isnull())),
        "cost_fen": total(table.cost_fen),
        "known_cost_amount_fen": total(table.known_cost_amount_fen),
        "n_lines": total(table.n_lines),
        "n_ordering": table.retailer_id.nunique(where=table.n_order_lines > 0),
    }


def sold_rows(where: Filter, *, by_product: bool = False) -> TableExpression:
    """Rows of the roll-up that fit the filter."""
    sales = where.of_months(where.sales(by_product=by_product), where.months)
    return where.of_goods(where.of_holders(sales))


def members(where: Filter) -> TableExpression:
    """Retailers that fit the filter on the last day of the period, with holder, unit and segment of that day."""
    return where.of_holders(held_at_end(where.months[-1]))


def retailer_change(where: Filter) -> TableExpression:
    """Units of each member in the period and in the same months a year before, 0 where it had none.

    Returns
    -------
    one row per retailer_id of `members`
        person_id, unit_id, route, trade_form, market_type, tier of the period's last day
        change_now_units, change_base_units : int64
    """
    sales = where.of_goods(where.of_months(where.sales(), (*where.months, *where.base_months)))
    nothing = ibis.literal(0, "int64")
    now = sales.month >= ibis.date(where.months[0])
    sums = sales.group_by(_id="retailer_id").agg(
        change_now_units=total(ibis.ifelse(now, sales.units, nothing)),
        change_base_units=total(ibis.ifelse(now, nothing, sales.units)),
    )
    held = members(where)
    joined = held.left_join(sums, held.retailer_id == sums._id).drop("_id")
    return joined.mutate(
        change_now_units=joined.change_now_units.fill_null(0), change_base_units=joined.change_base_units.fill_null(0)
    )


def figures(where: Filter) -> TableExpression:
    """The sums of the period in one row.

    Returns
    -------
    units, amount_fen, n_without_amount (rows whose amount is not whole), cost_fen, known_cost_amount_fen, n_lines,
    n_ordering (retailers), change_now_units, change_base_units, n_held, n_held_ordered : int64
    """
    sold = sold_rows(where)
    change = retailer_change(where)
    ordered = sold.filter(sold.n_order_lines > 0).select(_ordered="retailer_id").distinct()
    seen = change.left_join(ordered, change.retailer_id == ordered._ordered)
    sums = sold.agg(**sums_of(sold))
    held = seen.agg(
        change_now_units=total(seen.change_now_units),
        change_base_units=total(seen.change_base_units),
        n_held=seen.count(),
        n_held_ordered=total(whole(seen._ordered.notnull())),
    )
    return sums.cross_join(held)


def trend(where: Filter) -> TableExpression:
    """Sums by month over `where.trend_months`; months without sales are absent."""
    sales = where.of_goods(where.of_holders(where.of_months(where.sales(), where.trend_months)))
    return sales.group_by("month").agg(**sums_of(sales)).order_by("month")


def structure(where: Filter) -> TableExpression:
    """Units by price class, now and in the same months a year before. Class null: not known on the day.

    Both by whoever held the retailer on the line's date.
    """
    sales = where.of_goods(where.of_holders(where.of_months(where.sales(), (*where.months, *where.base_months))))
    nothing = ibis.literal(0, "int64")
    now = sales.month >= ibis.date(where.months[0])
    return (
        sales.group_by("price_class")
        .agg(
            units=total(ibis.ifelse(now, sales.units, nothing)),
            base_units=total(ibis.ifelse(now, nothing, sales.units)),
            amount_fen=total(ibis.ifelse(now, sales.amount_fen, nothing)),
        )
        .order_by("price_class")
    )


def retailer_figures(where: Filter, figure: str) -> TableExpression:
    """One figure of every member of the filter.

    Parameters
    ----------
    figure : `units`, `amount` (currency), `change`, `unit_price` or `gross_margin`

    Returns
    -------
    one row per retailer_id: the holder's columns, units, value : float64, null where there is not enough to tell
    """
    if figure not in FIGURES:
        raise UnknownFigure(f"There is no figure {figure!r}; the figures are {', '.join(FIGURES)}.")
    sold = sold_rows(where)
    sums = sold.group_by(_id="retailer_id").agg(**sums_of(sold))
    change = retailer_change(where)
    joined = change.left_join(sums, change.retailer_id == sums._id).drop("_id")
    joined = joined.mutate(units=joined.units.fill_null(0))
    amount = joined.amount_fen.cast("float64") / 100.0
    told = joined.n_without_amount == 0
    base = ibis.ifelse(joined.change_base_units > 0, joined.change_base_units, ibis.null("int64"))
    known = ibis.ifelse(joined.known_cost_amount_fen > 0, joined.known_cost_amount_fen, ibis.null("int64"))
    value = {
        "units": joined.units.cast("float64"),
        "amount": ibis.ifelse(told, amount, ibis.null("float64")),
        "change": joined.change_now_units.cast("float64") / base.cast("float64") - 1.0,
        "unit_price": ibis.ifelse(
            told & (joined.units > 0), amount / joined.units.nullif(0).cast("float64"), ibis.null("float64")
        ),
        "gross_margin": (joined.known_cost_amount_fen - joined.cost_fen).cast("float64") / known.cast("float64"),
    }[figure]
    return joined.select(
        "retailer_id", "person_id", "unit_id", "route", "trade_form", "market_type", "tier", "units", value=value
    )


def distribution(where: Filter, figure: str, n_bins: int = 24) -> TableExpression:
    """How many retailers have how much of a figure, in bins of equal width between the fences.

    Returns
    -------
    one row per bin that has retailers, sorted
        bin : int64, 0 … n_bins − 1; what lies outside the fences falls into the first or the last
        low, high : float64, the fences: 1.5 times the spread of the middle half beyond it, but not beyond the extremes
        n_retailers : int64
    """
    values = retailer_figures(where, figure)
    values = values.filter(values.value.notnull()).select("value")
    fenced = values.cross_join(_fences(values))
    width = fenced.high - fenced.low
    place = ((fenced.value - fenced.low) / ibis.ifelse(width > 0, width, 1.0) * float(n_bins)).floor().cast("int64")
    placed = fenced.mutate(bin=ibis.ifelse(place < 0, 0, ibis.ifelse(place >= n_bins, n_bins - 1, place)).cast("int64"))
    return placed.group_by("bin", "low", "high").agg(n_retailers=placed.count()).order_by("bin")


def outliers(where: Filter, figure: str, limit: int = 10) -> TableExpression:
    """Retailers whose figure lies outside the fences of `distribution`, the farthest first, by name.

    Returns
    -------
    retailer_id, licence_no, name, person_id, value, side : `low` or `high`
    """
    values = retailer_figures(where, figure)
    values = values.filter(values.value.notnull())
    fenced = values.cross_join(_fences(values.select("value")))
    outside = fenced.filter((fenced.value < fenced.low) | (fenced.value > fenced.high))
    distance = ibis.ifelse(outside.value < outside.low, outside.low - outside.value, outside.value - outside.high)
    named = _with_retailer_names(outside.mutate(distance=distance), where)
    return (
        named.select(
            "retailer_id",
            "licence_no",
            "name",
            "person_id",
            "value",
            side=ibis.ifelse(named.value < named.low, "low", "high"),
            distance="distance",
        )
        .order_by(ibis.desc("distance"), "retailer_id")
        .limit(limit)
        .drop("distance")
    )


def _fences(values: TableExpression) -> TableExpression:
    ranked = values.mutate(
        place=ibis.row_number().over(ibis.window(order_by=values.value)), count=values.count().over(ibis.window())
    )
    # The value at a rank, not an interpolation: engines interpolate differently in the last digit.
    at = {share: ranked.value.max(where=ranked.place <= (ranked["count"] - 1) * share // 4) for share in (1, 3)}
    told = ranked.agg(lower=at[1], upper=at[3], least=ranked.value.min(), most=ranked.value.max())
    spread = told.upper - told.lower
    low, high = told.lower - spread * 1.5, told.upper + spread * 1.5
    return told.select(
        low=ibis.ifelse(low > told.least, low, told.least), high=ibis.ifelse(high < told.most, high, told.most)
    )


def map_points(where: Filter, figure: str) -> TableExpression:
    """Members with a known place and their figure: retailer_id, name, latitude, longitude, value, units."""
    named = _with_retailer_names(retailer_figures(where, figure), where)
    placed = named.filter(named.latitude.notnull() & named.longitude.notnull())
    return placed.select("retailer_id", "name", "latitude", "longitude", "value", "units").order_by("retailer_id")


def _with_retailer_names(table: TableExpression, where: Filter) -> TableExpression:
    versions = RETAILER_VERSIONS.unbound()
    end = last_day(where.months[-1])
    valid = versions.filter(valid_on(versions, ibis.date(end)))
    named = valid.select(
        _id="retailer_id", licence_no="licence_no", name="name", latitude="latitude", longitude="longitude"
    )
    return table.left_join(named, table.retailer_id == named._id).drop("_id")
