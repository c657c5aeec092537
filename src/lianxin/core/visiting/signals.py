"""Signals that tables can tell now, each an expression whose rows `reasons.findings` reads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

import ibis
from ibis.expr.types import Table as TableExpression

from lianxin.core.parameters import value_of
from lianxin.core.tables import INDICATOR_VALUES, PRODUCT_VERSIONS, SALES_MONTHLY, TERRITORIES, Table
from lianxin.core.units import Level, first_day, last_day, month_plus
from lianxin.core.visiting.reasons import Signal

SIGNALS: Final = Table(
    "visit_signals",
    ibis.schema(
        {
            "retailer_id": "!int64",
            "signal": "!string",
            "present": "float64",
            "wanted": "float64",
            "n": "int64",
            "numerator": "float64",
            "denominator": "float64",
            "subject": "string",
            "since": "date",
        }
    ),
    (),
    ("retailer_id", "signal", "subject"),
    "Findings about retailers: the present state, the wanted one, and the numbers and the subject (product, promise) behind it.",
)

LAST_VISITS: Final = Table(
    "last_visits",
    ibis.schema({"retailer_id": "!int64", "visit_date": "date"}),
    (),
    ("retailer_id",),
    "The day of the last visit of each retailer that somebody holds; null where none is known.",
)

PROMISES: Final = Table(
    "promises",
    ibis.schema(
        {
            "promise_id": "!string",
            "retailer_id": "!int64",
            "made_date": "!date",
            "due_date": "!date",
            "settled_date": "date",
        }
    ),
    (),
    ("promise_id",),
    "What was promised to retailers; settled_date is null while it is neither kept nor withdrawn.",
)

COUNTED_STOCK: Final = Table(
    "counted_stock",
    ibis.schema({"retailer_id": "!int64", "product_id": "!int64", "counted_date": "!date", "units": "!int64"}),
    (),
    ("retailer_id", "product_id"),
    "The newest stock count of each retailer and product.",
)
# Months whose purchases say how fast a product sells in a shop; fewer would be one order or two.
_PACE_MONTHS: Final = 3


def decline_against_peers(month: date, parameters: Mapping[str, Any]) -> TableExpression:
    """Retailers that fell behind their peers in the last closed month.

    Returns
    -------
    rows of SIGNALS: present = growth to that of the peers, wanted = 1 (as the peers), numerator = units now, denominator = units
    expected from the peers. A retailer without a value is not told.

    Source
    ------
    trade sources 1.4: the alert line 0.8; that it is growth against peers is our reading (`measuring.peer_alert`).
    """
    line = float(value_of(parameters, "measuring.peer_alert"))
    values = INDICATOR_VALUES.unbound()
    low = values.filter(
        (values.month == first_day(month))
        & (values.level == Level.RETAILER.value)
        & (values.indicator == "peer_growth")
        & (values.value < line)
    )
    return _signals(
        low,
        Signal.DECLINE_AGAINST_PEERS,
        retailer_id=low.entity_id,
        present=low.value,
        wanted=ibis.literal(1.0),
        numerator=low.numerator,
        denominator=low.denominator,
        since=ibis.date(last_day(month)),
    )


def long_not_visited(on: date, parameters: Mapping[str, Any]) -> TableExpression:
    """Retailers without a visit for longer than `visiting.long_not_visited_days`, or without any known one.

    Returns
    -------
    rows of SIGNALS: present = days since the last visit (null where none is known), wanted = the days allowed, since = that visit
    """
    days = int(value_of(parameters, "visiting.long_not_visited_days"))
    visits = LAST_VISITS.unbound()
    late = visits.filter(visits.visit_date.isnull() | (visits.visit_date < ibis.date(on - timedelta(days=days))))
    return _signals(
        late,
        Signal.LONG_NOT_VISITED,
        retailer_id=late.retailer_id,
        present=_days_until(late.visit_date, on),
        wanted=ibis.literal(float(days)),
        since=late.visit_date,
    )


def overdue_promises(on: date) -> TableExpression:
    """Promises whose day has passed unsettled.

    Returns
    -------
    rows of SIGNALS: present = days overdue, wanted = 0, subject = promise_id, since = the day it was due
    """
    promises = PROMISES.unbound()
    late = promises.filter(promises.settled_date.isnull() & (promises.due_date < ibis.date(on)))
    return _signals(
        late,
        Signal.PROMISE_OVERDUE,
        retailer_id=late.retailer_id,
        present=_days_until(late.due_date, on),
        wanted=ibis.literal(0.0),
        subject=late.promise_id,
        since=late.due_date,
    )


def new_products_not_carried(month: date, parameters: Mapping[str, Any]) -> TableExpression:
    """For each retailer the new product that most others carry and it does not.

    A product is new inside the window of `measuring.new_product_months` (long classes: `…_long_months`) before the month's end.
    It is carried by whoever bought it in the month or the two before. Products that nobody carries are no reason.

    Returns
    -------
    rows of SIGNALS for retailers held at the month's end: present = 0, wanted = 1, subject = product_id, numerator =
    retailers that carry it, denominator = retailers held, since = its listing
    date. Of equally many carriers the lowest product_id is told.
    """
    end = last_day(month)
    versions = PRODUCT_VERSIONS.unbound()
    valid = versions.filter(
        (versions.valid_from <= end) & (versions.valid_until.isnull() | (versions.valid_until > end))
    )
    long_classes = list(value_of(parameters, "measuring.new_product_long_classes") or ())
    is_long = valid.price_class.isin(long_classes).fill_null(False) if long_classes else ibis.literal(False)
    starts = [
        ibis.date(month_plus(first_day(month), 1 - int(value_of(parameters, name))))
        for name in ("measuring.new_product_long_months", "measuring.new_product_months")
    ]
    new = valid.filter(
        (valid.listed_date >= ibis.ifelse(is_long, *starts)) & (valid.listed_date <= ibis.date(end))
    ).select("product_id", "listed_date")
    territories = TERRITORIES.unbound()
    held = (
        territories.filter(
            (territories.valid_from <= end) & (territories.valid_until.isnull() | (territories.valid_until > end))
        )
        .select("retailer_id")
        .distinct()
    )
    sales = SALES_MONTHLY.unbound()
    bought = (
        sales.filter(
            (sales.month >= ibis.date(month_plus(first_day(month), -2)))
            & (sales.month <= ibis.date(first_day(month)))
            & (sales.units > 0)
        )
        .select("retailer_id", "product_id")
        .distinct()
    )
    carried = bought.semi_join(held, "retailer_id").semi_join(new, "product_id")
    carriers = carried.group_by("product_id").agg(n_carriers=carried.count())
    told = new.inner_join(carriers, "product_id").select("product_id", "listed_date", "n_carriers")
    n_held = held.agg(n_held=held.count())
    pairs = held.cross_join(told).cross_join(n_held)
    lacking = pairs.anti_join(carried, ["retailer_id", "product_id"])
    ranked = lacking.mutate(
        place=ibis.row_number().over(group_by="retailer_id", order_by=[ibis.desc("n_carriers"), ibis.asc("product_id")])
    )
    first = ranked.filter(ranked.place == 0)
    return _signals(
        first,
        Signal.NEW_PRODUCT_NOT_CARRIED,
        retailer_id=first.retailer_id,
        present=ibis.literal(0.0),
        wanted=ibis.literal(1.0),
        numerator=first.n_carriers.cast("float64"),
        denominator=first.n_held.cast("float64"),
        subject=first.product_id.cast("string"),
        since=first.listed_date,
    )


def stock_against_sales(month: date, parameters: Mapping[str, Any]) -> TableExpression:
    """Products whose counted stock lasts too short or too long at the pace at which the shop buys them.

    Days of stock = units counted x days of the month and the two before it / units bought in them. A product that was not
    bought in these months is not told: nobody knows its pace.

    Parameters
    ----------
    month : the newest month of `sales_monthly`; its table must hold the two before it

    Returns
    -------
    rows of SIGNALS: present = days of stock, wanted = the line that is crossed, numerator = units counted, denominator =
    units bought, subject = product_id, since = the day of the count

    Source
    ------
    trade sources 3.7: weekly orders; that stock shall last from one order to the next is our reading.
    """
    first = month_plus(first_day(month), 1 - _PACE_MONTHS)
    n_days = (last_day(month) - first).days + 1
    sales = SALES_MONTHLY.unbound()
    recent = sales.filter((sales.month >= ibis.date(first)) & (sales.month <= ibis.date(first_day(month))))
    pace = recent.group_by("retailer_id", "product_id").agg(bought=recent.units.sum().cast("float64"))
    stock = COUNTED_STOCK.unbound()
    known = stock.inner_join(pace.filter(pace.bought > 0), ["retailer_id", "product_id"])
    told = known.mutate(days=known.units.cast("float64") * float(n_days) / known.bought)
    low = float(value_of(parameters, "visiting.stock_low_days"))
    high = float(value_of(parameters, "visiting.stock_high_days"))
    parts = []
    for signal, line, crossed in (
        (Signal.OVERSTOCK_RISK, high, told.days > high),
        (Signal.STOCK_OUT_RISK, low, told.days < low),
    ):
        rows = told.filter(crossed)
        parts.append(
            _signals(
                rows,
                signal,
                retailer_id=rows.retailer_id,
                present=rows.days,
                wanted=ibis.literal(line),
                numerator=rows.units.cast("float64"),
                denominator=rows.bought,
                subject=rows.product_id.cast("string"),
                since=rows.counted_date,
            )
        )
    return ibis.union(*parts).order_by("retailer_id", "signal", "subject")


def _days_until(day: Any, on: date) -> Any:
    return (ibis.date(on).epoch_seconds() - day.epoch_seconds()).cast("float64") / 86400.0


def _signals(rows: TableExpression, signal: Signal, **columns: Any) -> TableExpression:
    """The rows under the contract; a column that is not given is null."""
    told = {
        name: columns.get(name, ibis.null(kind(nullable=True))).cast(kind(nullable=True))
        for name, kind in SIGNALS.schema.items()
        if name != "signal"
    }
    made = rows.select(**told).mutate(signal=ibis.literal(signal.value, "string"))
    return made.select(*SIGNALS.columns).order_by("retailer_id", "subject")
