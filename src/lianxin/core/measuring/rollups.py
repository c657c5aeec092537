"""Monthly and weekly sums of order lines, which pages read instead of the lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final

import ibis
from ibis.expr.types import Table as TableExpression

from lianxin.core.errors import SchemaMismatch
from lianxin.core.measuring.lines import current_lines, in_months, total, units_sold, whole
from lianxin.core.measuring.spans import HOLDING, SEGMENT, holder_spans, on_spans, product_spans
from lianxin.core.tables import PRODUCT_WEEKLY, RETAILER_MONTHLY, RETAILER_WEEKLY, SALES_MONTHLY, Steps, Table

_KEY: Final = ("order_month", "retailer_id", "holder_at")


def rollup(table: Table, months: Sequence[date], *, company_id: int, replaced: bool = True) -> Steps:
    """Steps whose last one holds the rows of a roll-up for the given months, sorted by key.

    Parameters
    ----------
    table : SALES_MONTHLY, RETAILER_MONTHLY, PRODUCT_WEEKLY or RETAILER_WEEKLY
    months : first days; only lines of these months are read
    company_id : written into the rows; the sources must hold this company's rows only, and for RETAILER_MONTHLY the rows of
        SALES_MONTHLY of these months beside the lines: most of it are sums of them
    replaced : whether corrections exist

    Invariants
    ----------
    Units of every roll-up sum to the units of the lines.

    Raises
    ------
    SchemaMismatch : the table is not a roll-up.
    """
    makers: dict[str, Callable[..., TableExpression]] = {
        SALES_MONTHLY.name: _sales_monthly,
        RETAILER_MONTHLY.name: _retailer_monthly,
        PRODUCT_WEEKLY.name: _product_weekly,
        RETAILER_WEEKLY.name: _retailer_weekly,
    }
    if table.name not in makers:
        raise SchemaMismatch(f"Table {table.name} is not a roll-up; the roll-ups are {', '.join(makers)}.")
    steps = Steps()
    ordered = sorted(months)
    rows = makers[table.name](steps, ordered, _lines(ordered, replaced))
    told = rows.mutate(company_id=ibis.literal(company_id, "int32"))
    columns = {name: told[name].cast(kind(nullable=True)) for name, kind in table.schema.items()}
    steps.add(f"{table.name}_rows", told.select(**columns).order_by(*table.key))
    return steps


def _lines(months: Sequence[date], replaced: bool) -> TableExpression:
    lines = in_months(current_lines(replaced=replaced), months)
    return lines.select(
        "order_month",
        "order_date",
        "retailer_id",
        "product_id",
        "amount_fen",
        "wanted_units",
        "ordered_units",
        units=units_sold(lines),
    )


def _classed(steps: Steps, months: Sequence[date], lines: TableExpression) -> TableExpression:
    """Lines summed by retailer, product and the spans in which they lie, with price class and cost."""
    holders = holder_spans(steps, months, segments=True)
    products = product_spans(steps, months)
    held = on_spans(lines, holders, "retailer_id", {"holder_at": "part"})
    valued = on_spans(held, products, "product_id", {"product_at": "part"})
    told = valued.amount_fen.notnull()
    sums = steps.add(
        "classed_sums",
        valued.group_by(*_KEY, "product_id", "product_at").agg(
            units=total(valued.units),
            amount_fen=total(valued.amount_fen),
            n_without_amount=total(whole(~told)),
            units_with_amount=total(ibis.ifelse(told, valued.units, 0)),
            wanted_units=valued.wanted_units.sum().cast("int64"),
            ordered_units=total(valued.ordered_units),
            n_lines=valued.count(),
            n_order_lines=total(whole(valued.ordered_units > 0)),
        ),
    )
    spans = products.filter(products["at"] == products.part)
    spans = spans.select(_id="product_id", _month="month", _at="at", price_class="price_class", cost="cost_price_fen")
    classed = sums.left_join(
        spans,
        [sums.product_id == spans._id, sums.order_month == spans._month, sums.product_at == spans._at],
    ).drop("_id", "_month", "_at")
    unknown = ibis.null("int64")
    known = classed.cost.notnull() & (classed.n_lines > classed.n_without_amount)
    return classed.mutate(
        cost_fen=ibis.ifelse(known, classed.units_with_amount * classed.cost, unknown),
        known_cost_amount_fen=ibis.ifelse(known, classed.amount_fen, unknown),
    )


def _placed(rows: TableExpression, months: Sequence[date], holders: TableExpression) -> TableExpression:
    """Rows with holder, unit, route and segment of their span."""
    spans = holders.filter(holders["at"] == holders.part)
    spans = spans.select(_id="retailer_id", _month="month", _at="at", **{name: name for name in (*HOLDING, *SEGMENT)})
    joined = rows.left_join(
        spans, [rows.retailer_id == spans._id, rows.order_month == spans._month, rows.holder_at == spans._at]
    )
    return joined.drop("_id", "_month", "_at").rename(month="order_month")


def _whole_amount(amount: Any, n_without_amount: Any) -> Any:
    return ibis.ifelse(n_without_amount > 0, ibis.null("int64"), amount)


def _holders_of(steps: Steps) -> TableExpression:
    """The spans that an earlier step made."""
    return next(ibis.table(made.schema(), name=name) for name, made in steps.items if name == "holder_spans")


def _sales_monthly(steps: Steps, months: Sequence[date], lines: TableExpression) -> TableExpression:
    classed = _classed(steps, months, lines)
    # A product that changed its cost, but not its class, inside the month is one row.
    merged = classed.group_by(*_KEY, "product_id", "price_class").agg(
        units=total(classed.units),
        amount_fen=_whole_amount(total(classed.amount_fen), total(classed.n_without_amount)),
        wanted_units=classed.wanted_units.sum().cast("int64"),
        ordered_units=total(classed.ordered_units),
        cost_fen=classed.cost_fen.sum().cast("int64"),
        known_cost_amount_fen=classed.known_cost_amount_fen.sum().cast("int64"),
        n_lines=total(classed.n_lines),
        n_order_lines=total(classed.n_order_lines),
    )
    return _placed(merged, months, _holders_of(steps))


def _retailer_monthly(steps: Steps, months: Sequence[date], lines: TableExpression) -> TableExpression:
    sales = SALES_MONTHLY.unbound()
    sales = sales.filter(sales.month.isin(list(months)))
    split = (*HOLDING, *SEGMENT, "price_class")
    merged = sales.group_by("month", "retailer_id", *split).agg(
        units=total(sales.units),
        amount_fen=_whole_amount(total(sales.amount_fen), total(whole(sales.amount_fen.isnull()))),
        wanted_units=sales.wanted_units.sum().cast("int64"),
        ordered_units=total(sales.ordered_units),
        cost_fen=sales.cost_fen.sum().cast("int64"),
        known_cost_amount_fen=sales.known_cost_amount_fen.sum().cast("int64"),
        n_lines=total(sales.n_lines),
        n_order_lines=total(sales.n_order_lines),
        n_products=sales.product_id.nunique(where=sales.n_order_lines > 0),
    )
    days = _order_days(steps, months, lines)
    days = days.rename(**{f"d_{name}": name for name in ("month", "retailer_id", *split)})
    joined = merged.left_join(
        days,
        [
            merged.month == days.d_month,
            merged.retailer_id == days.d_retailer_id,
            *(merged[name].identical_to(days[f"d_{name}"]) for name in split),
        ],
    )
    return joined.mutate(n_order_days=joined.n_order_days.fill_null(0))


def _order_days(steps: Steps, months: Sequence[date], lines: TableExpression) -> TableExpression:
    """Days with an order by the same split as a retailer's month has, which sums over products cannot tell."""
    holders = holder_spans(steps, months, segments=True)
    products = product_spans(steps, months)
    ordered = lines.filter(lines.ordered_units > 0).select("order_month", "order_date", "retailer_id", "product_id")
    held = on_spans(ordered, holders, "retailer_id", {"holder_at": "part"})
    valued = on_spans(held, products, "product_id", {"price_class": "price_class"})
    counted = valued.group_by(*_KEY, "price_class").agg(n_order_days=valued.order_date.nunique())
    return _placed(counted, months, holders)


def _product_weekly(steps: Steps, months: Sequence[date], lines: TableExpression) -> TableExpression:
    holders = holder_spans(steps, months, segments=False)
    held = on_spans(lines, holders, "retailer_id", {"unit_id": "unit_id"})
    return _weekly(held, "product_id", "unit_id").agg(
        units=total(held.units),
        amount_fen=_whole_amount(total(held.amount_fen), total(whole(held.amount_fen.isnull()))),
        n_retailers=held.retailer_id.nunique(where=held.ordered_units > 0),
    )


def _retailer_weekly(steps: Steps, months: Sequence[date], lines: TableExpression) -> TableExpression:
    return _weekly(lines, "retailer_id").agg(
        units=total(lines.units),
        amount_fen=_whole_amount(total(lines.amount_fen), total(whole(lines.amount_fen.isnull()))),
        n_products=lines.product_id.nunique(where=lines.ordered_units > 0),
        n_order_days=lines.order_date.nunique(where=lines.ordered_units > 0),
    )


def _weekly(lines: TableExpression, *columns: str) -> Any:
    return lines.group_by(
        month=lines.order_month, week=lines.order_date.truncate("W"), **{name: lines[name] for name in columns}
    )
