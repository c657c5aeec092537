"""Order lines as they count: corrected lines gone, supplied units before ordered ones."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

import ibis
from ibis.expr.types import Table as TableExpression

from lianxin.core.tables import LINE_REPLACEMENTS, ORDER_LINES

FAR: Final = date(9999, 12, 31)


def current_lines(*, replaced: bool = True) -> TableExpression:
    """Order lines that count: all but those that a correction made void.

    Parameters
    ----------
    replaced : whether corrections exist; without them the table `line_replacements` is not read, nor are line ids.
    """
    lines = ORDER_LINES.unbound()
    if not replaced:
        return lines
    void = LINE_REPLACEMENTS.unbound()
    return lines.anti_join(void, [lines.line_id == void.line_id, lines.batch_id == void.batch_id])


def units_sold(lines: TableExpression) -> Any:
    """Units of a line that count as sold: supplied ones where recorded, else ordered ones; a return is negative."""
    return lines.supplied_units.fill_null(lines.ordered_units).cast("int64")


def in_months(lines: TableExpression, months: Iterable[date]) -> TableExpression:
    """The lines of these months."""
    return lines.filter(lines.order_month.isin(list(months)))


def month_of(day: Any) -> Any:
    """The first day of the month of a date column. Truncation would give a timestamp on one of the engines."""
    return ibis.date(day.year(), day.month(), 1)


def valid_on(table: TableExpression, day: Any) -> Any:
    """Whether the interval of a row contains the day."""
    return (table.valid_from <= day) & (table.valid_until.isnull() | (table.valid_until > day))


def whole(condition: Any) -> Any:
    """1 where the condition holds, else 0, as int64."""
    return condition.fill_null(False).cast("int64")


def total(column: Any) -> Any:
    """The sum as int64, 0 for no rows."""
    return column.sum().fill_null(0).cast("int64")
