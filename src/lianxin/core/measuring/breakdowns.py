"""Figures of the analysis divided by unit, person, route, retailer, product, price class or trade form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import ibis
from ibis.expr.types import Table as TableExpression

from lianxin.core.measuring.analysis import BREAKDOWNS, UnknownFigure, retailer_change, sold_rows, sums_of
from lianxin.core.measuring.filters import Filter
from lianxin.core.measuring.hierarchy import containing_units
from lianxin.core.measuring.lines import FAR, total, valid_on
from lianxin.core.tables import POSTINGS, PRODUCT_VERSIONS, RETAILER_VERSIONS, UNITS
from lianxin.core.units import last_day

_COLUMNS: Final = {
    "person": "person_id",
    "route": "route",
    "retailer": "retailer_id",
    "product": "product_id",
    "price_class": "price_class",
    "trade_form": "trade_form",
    "unit": "above_id",
}
_NUMBERED: Final = ("unit", "person", "retailer", "product")
_ZERO: Final = (
    "units", "amount_fen", "n_without_amount", "cost_fen", "known_cost_amount_fen", "n_lines", "n_ordering",
    "change_now_units", "change_base_units", "n_held",
)  # fmt: skip


def breakdown(
    where: Filter,
    by: str,
    *,
    ids: Sequence[int | str] | None = None,
    order_by: str = "units",
    descending: bool = True,
    limit: int | None = None,
    offset: int = 0,
) -> TableExpression:
    """The sums of `analysis.figures` for every part of a division.

    Parameters
    ----------
    by : `unit` (each with its sub-units), `person`, `route`, `retailer`, `product`, `price_class` or `trade_form`
    ids : only these parts
    order_by : a column of the answer; ties by id and code
    limit, offset : a page of the parts

    Returns
    -------
    id : int64, null for route, price class and trade form; code, name : string
    units, amount_fen, n_without_amount, cost_fen, known_cost_amount_fen, n_lines, n_ordering : by whoever held the retailer
    change_now_units, change_base_units, n_held : over the members at the period's end; n_held is 0 for goods
        A part without an id or code (nobody held the retailer, no class) has both null.
    """
    if by not in BREAKDOWNS:
        raise UnknownFigure(f"There is no breakdown by {by!r}; the breakdowns are {', '.join(BREAKDOWNS)}.")
    column = _COLUMNS[by]
    sold = _parted(sold_rows(where, by_product=by == "product"), by)
    sums = sold.group_by(key=sold[column]).agg(**sums_of(sold))
    change = _goods_change(where, by) if by in ("product", "price_class") else _holder_change(where, by)
    every = ibis.union(_filled(sums), _filled(change))
    whole_parts = every.group_by("key").agg(**{name: total(every[name]) for name in _ZERO})
    if ids is not None:
        whole_parts = whole_parts.filter(whole_parts.key.isin(list(ids)))
    named = _named(whole_parts, by, where)
    chosen = named[order_by].desc(nulls_first=False) if descending else named[order_by].asc(nulls_first=False)
    answer = named.order_by(chosen, "id", "code")
    return answer.limit(limit, offset=offset) if limit is not None else answer


def sparks(where: Filter, by: str, ids: Sequence[int | str], n_months: int = 12) -> TableExpression:
    """Units by month, `n_months` ending with the period, of some parts of a division: key, month, units."""
    if by not in BREAKDOWNS:
        raise UnknownFigure(f"There is no breakdown by {by!r}; the breakdowns are {', '.join(BREAKDOWNS)}.")
    months = where.trend_months[-n_months:]
    sales = where.of_months(where.sales(by_product=by == "product"), months)
    sold = _parted(where.of_goods(where.of_holders(sales)), by)
    column = sold[_COLUMNS[by]]
    some = sold.filter(column.isin(list(ids)))
    return some.group_by(key=some[_COLUMNS[by]], month=some.month).agg(units=total(some.units)).order_by("key", "month")


def _parted(table: TableExpression, by: str) -> TableExpression:
    """Rows beside the unit and all that contain it, for a division by unit."""
    if by != "unit":
        return table
    above = containing_units().select(_unit="unit_id", above_id="above_id")
    return table.inner_join(above, table.unit_id == above._unit).drop("_unit")


def _holder_change(where: Filter, by: str) -> TableExpression:
    change = _parted(retailer_change(where), by)
    return change.group_by(key=change[_COLUMNS[by]]).agg(
        change_now_units=total(change.change_now_units),
        change_base_units=total(change.change_base_units),
        n_held=change.count(),
    )


def _goods_change(where: Filter, by: str) -> TableExpression:
    both = where.of_months(where.sales(by_product=by == "product"), (*where.months, *where.base_months))
    sales = where.of_goods(both).semi_join(retailer_change(where), "retailer_id")
    now = sales.month >= ibis.date(where.months[0])
    nothing = ibis.literal(0, "int64")
    return sales.group_by(key=sales[_COLUMNS[by]]).agg(
        change_now_units=total(ibis.ifelse(now, sales.units, nothing)),
        change_base_units=total(ibis.ifelse(now, nothing, sales.units)),
    )


def _filled(table: TableExpression) -> TableExpression:
    columns = {name: table[name].cast("int64") if name in table.columns else ibis.literal(0, "int64") for name in _ZERO}
    return table.select("key", **columns)


def _named(parts: TableExpression, by: str, where: Filter) -> TableExpression:
    if by not in _NUMBERED:
        told: dict[str, Any] = {"id": ibis.null("int64"), "code": parts.key, "name": parts.key}
        return parts.select(**told, **{name: parts[name] for name in _ZERO})
    names = _names(by, where)
    joined = parts.left_join(names, parts.key == names._id)
    return joined.select(id=joined.key, code=joined.code, name=joined.name, **{name: joined[name] for name in _ZERO})


def _names(by: str, where: Filter) -> TableExpression:
    if by == "unit":
        units = UNITS.unbound()
        return units.select(_id="unit_id", code="unit", name="unit")
    table, key, code = {
        "person": (POSTINGS, "person_id", "employee_no"),
        "retailer": (RETAILER_VERSIONS, "retailer_id", "licence_no"),
        "product": (PRODUCT_VERSIONS, "product_id", "product_code"),
    }[by]
    versions = table.unbound()
    end = ibis.date(last_day(where.months[-1]))
    # The words of the period's last day, else the newest ones.
    rank = ibis.ifelse(valid_on(versions, end), ibis.date(FAR), versions.valid_from)
    ordered = ibis.window(group_by=versions[key], order_by=rank.desc())
    ranked = versions.mutate(_rank=ibis.row_number().over(ordered))
    return ranked.filter(ranked._rank == 0).select(_id=key, code=code, name="name")
