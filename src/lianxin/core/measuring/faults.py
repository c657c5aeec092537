"""What must not be measured: dimensions in which a day belongs to two rows, so that lines would count twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any, Final

import ibis
from ibis.expr.types import Table as TableExpression

from lianxin.core.errors import CoreError
from lianxin.core.measuring.lines import FAR
from lianxin.core.tables import POSTINGS, PRODUCT_VERSIONS, RETAILER_VERSIONS, TERRITORIES, UNITS, Table
from lianxin.core.units import first_day, month_plus

_DATED: Final[tuple[tuple[Table, str], ...]] = (
    (TERRITORIES, "retailer_id"),
    (POSTINGS, "person_id"),
    (RETAILER_VERSIONS, "retailer_id"),
    (PRODUCT_VERSIONS, "product_id"),
)


class CountedTwice(CoreError):
    """Dimensions overlap, so that order lines would belong to two holders at once."""


@lru_cache(maxsize=32)
def faults(month: date) -> TableExpression:
    """Keys that have two rows on one day of a month; a month with any must not be computed.

    Returns
    -------
    table_name : territories, postings, retailer_versions, product_versions or units
    key : int64, retailer_id, person_id, product_id or unit_id
    from_day, until_day : the days of the month on which two rows hold, the last one excluded; for units the whole month
        No row for a sound company. Sorted by all columns.
    """
    start = first_day(month)
    parts = [_overlaps(table, key, start) for table, key in _DATED]
    units = UNITS.unbound()
    counted = units.group_by(key=units.unit_id).agg(n=units.count())
    parts.append(
        counted.filter(counted.n > 1).select(
            table_name=ibis.literal(UNITS.name),
            key="key",
            from_day=ibis.date(start),
            until_day=ibis.date(month_plus(start, 1)),
        )
    )
    return ibis.union(*parts).order_by("table_name", "key", "from_day", "until_day")


def _overlaps(table: Table, key: str, start: date) -> TableExpression:
    rows = table.unbound()
    until = rows.valid_until.fill_null(ibis.date(FAR))
    first, end = ibis.date(start), ibis.date(month_plus(start, 1))
    inside = rows.filter((rows.valid_from < until) & (rows.valid_from < end) & (until > first))
    days = inside.select(
        key=inside[key],
        since=ibis.greatest(inside.valid_from, first),
        until=ibis.least(inside.valid_until.fill_null(ibis.date(FAR)), end),
    )
    # Cut to the month, two rows overlap exactly when some row begins before one ended that began no later.
    earlier = ibis.window(group_by="key", order_by=["since", "until"], rows=(None, -1))
    met = days.mutate(before=days.until.max().over(earlier))
    twice = met.filter(met.before > met.since)
    return twice.select(
        table_name=ibis.literal(table.name),
        key="key",
        from_day="since",
        until_day=ibis.least(twice.until, twice.before),
    )


def refuse(found: Iterable[Mapping[str, Any]], month: date) -> None:
    """Raise CountedTwice if `faults` found any: the message names the first and how many there are.

    Raises
    ------
    CountedTwice : the rows are not empty.
    """
    rows = list(found)
    if not rows:
        return
    first = rows[0]
    more = f" and {len(rows) - 1} more" if len(rows) > 1 else ""
    raise CountedTwice(
        f"{month:%Y-%m} cannot be computed: {first['table_name']} has two rows for {first['key']} from {first['from_day']} to "
        f"before {first['until_day']}{more}. Correct their dates, then compute again."
    )
