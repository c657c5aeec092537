"""What stands in shops beside what shops bought: which products sell and which lie, where visits counted stock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any, Final

import ibis
from ibis.expr.types import Table as TableExpression

from lianxin.core.measuring.lines import current_lines, in_months, total, units_sold, valid_on
from lianxin.core.parameters import value_of
from lianxin.core.tables import PRODUCT_VERSIONS, RETAILER_VERSIONS, TERRITORIES, Steps
from lianxin.core.tables.field import STOCK_COUNTS
from lianxin.core.units import first_day, last_day, months_back, next_month

# Over how many months, the one of the count the last, it is told how fast a shop sells.
MONTHS: Final = 3


def months_needed(month: date) -> tuple[date, ...]:
    """The months whose order lines say how fast shops sell, oldest first."""
    return months_back(first_day(month), MONTHS)


def counted_stock(
    steps: Steps, month: date, parameters: Mapping[str, Any], *, replaced: bool = True
) -> TableExpression:
    """Add the step `counted_stock`: every product counted in a shop in a month, and whether it lies.

    Parameters
    ----------
    month : any day of the month; of several counts of a product in a shop the last one of the month tells
    replaced : whether `line_replacements` has rows

    Returns
    -------
    one row per (retailer_id, product_id); none where one of the three months has no order lines at all
        visit_id, counted_at, stock_units; bought_units : int64, >= 0, what the shop bought in three months, the count's the last
        stock_days : float64, how long the stock lasts at that speed; null where nothing was bought
        lies : boolean, stock of judging.slow_units or more that lasts judging.slow_days or longer, or of which nothing was bought

    Source
    ------
    trade sources 3.6 [C]: slow = stock days >= 30 and stock >= 3.
    """
    start = first_day(month)
    counts = STOCK_COUNTS.unbound()
    inside = counts.filter((counts.counted_at >= _midnight(start)) & (counts.counted_at < _midnight(next_month(start))))
    last = ibis.window(
        group_by=["retailer_id", "product_id"], order_by=[inside.counted_at.desc(), inside.visit_id.desc()]
    )
    newest = inside.mutate(_rank=ibis.row_number().over(last))
    newest = newest.filter(newest._rank == 0)
    window = months_needed(start)
    days = (next_month(start) - window[0]).days
    lines = in_months(current_lines(replaced=replaced), window)
    # Of a month without any order nothing is known; its days would make everything seem to last longer than it does.
    known = lines.agg(_months=lines.order_month.nunique())
    bought = lines.group_by(_shop="retailer_id", _goods="product_id").agg(_bought=total(units_sold(lines)))
    both = newest.left_join(bought, [newest.retailer_id == bought._shop, newest.product_id == bought._goods])
    both = both.cross_join(known.filter(known._months == len(window)).drop("_months"))
    got = ibis.greatest(both._bought.fill_null(0), 0)
    lasts = both.units * days
    least, slow = int(value_of(parameters, "judging.slow_units")), int(value_of(parameters, "judging.slow_days"))
    told = both.select(
        "retailer_id", "product_id", "visit_id", "counted_at",
        stock_units=both.units,
        bought_units=got,
        stock_days=lasts.cast("float64") / got.nullif(0),
        lies=(both.units >= least) & (lasts >= slow * got),
    )  # fmt: skip
    return steps.add("counted_stock", told)


def _midnight(day: date) -> Any:
    return ibis.timestamp(datetime.combine(day, time(), UTC))


def selling_rows(month: date, person_id: int, parameters: Mapping[str, Any], *, replaced: bool = True) -> Steps:
    """Steps whose last one holds the counted products behind a manager's figure, those that lie longest first.

    Returns
    -------
    row_id : string; retailer_id, licence_no, retailer, product_id, product_code, product : as at the month's end, null if unknown
        counted_at, stock_units, bought_units, stock_days, visit_id : as in `counted_stock`; counts : boolean, whether it sells
    """
    steps = Steps()
    counted = counted_stock(steps, month, parameters, replaced=replaced)
    held, end = TERRITORIES.unbound(), ibis.date(last_day(first_day(month)))
    held = held.filter(valid_on(held, end) & (held.person_id == person_id))
    rows = counted.semi_join(held, "retailer_id")
    shops = RETAILER_VERSIONS.unbound().select(
        _id="retailer_id", licence_no="licence_no", retailer="name", valid_from="valid_from", valid_until="valid_until"
    )
    named = rows.left_join(shops, [rows.retailer_id == shops._id, valid_on(shops, end)])
    named = named.drop("_id", "valid_from", "valid_until")
    goods = PRODUCT_VERSIONS.unbound().select(
        _id="product_id",
        product_code="product_code",
        product="name",
        valid_from="valid_from",
        valid_until="valid_until",
    )
    told = named.left_join(goods, [named.product_id == goods._id, valid_on(goods, end)])
    answer = told.select(
        "counted_at", "retailer_id", "licence_no", "retailer", "product_id", "product_code", "product", "stock_units",
        "bought_units", "stock_days", "visit_id",
        row_id=told.retailer_id.cast("string") + " " + told.product_id.cast("string"),
        counts=~told.lies,
    )  # fmt: skip
    steps.add("selling_rows", answer.order_by(answer.stock_days.desc(nulls_first=True), "row_id"))
    return steps
