"""The order lines themselves, of one retailer at a time."""

from datetime import date
from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from ibis.expr.types import Table as TableExpression

from lianxin.core.measuring.analysis import asked_values, narrowed
from lianxin.core.measuring.lines import current_lines, units_sold
from lianxin.foundation.models import Company
from lianxin.market.queries.asking import answer
from lianxin.market.queries.questions import Question
from lianxin.retailers.models import Territory

FIELDS = (
    "line_id", "order_date", "product_id", "wanted_units", "cap_units", "ordered_units", "supplied_units", "units",
    "amount_fen", "batch_id",
)  # fmt: skip


def lines_of_retailer(company: Company, question: Question) -> pa.Table:
    """The order lines that count of the retailer asked for, in the period, and only those of holders who may be seen.

    Returns
    -------
    one row per line: line_id, order_date, product_id, wanted_units, cap_units, ordered_units, supplied_units, units
        (as sold), amount_fen, batch_id; of the product and price class asked for
    """
    assert question.retailer_id is not None
    asked = {"retailer_id": frozenset({question.retailer_id})}
    if question.product_id is not None:
        asked["product_id"] = frozenset({question.product_id})
    lines = answer(
        company,
        "lines_of_retailer",
        (question.months, question.retailer_id, question.product_id),
        lambda: _lines(frozenset(asked)),
        files={"order_lines": ("order_lines", question.months), "line_replacements": ("line_replacements", None)},
        rows=lambda: asked_values(asked),
    )
    return _within(lines, held_days(question))


@cache
def _lines(asked: frozenset[str]) -> TableExpression:
    rows = narrowed(current_lines(), asked)
    rows = rows.mutate(units=units_sold(rows))
    return rows.select(*FIELDS).order_by("order_date", "line_id")


def held_days(question: Question) -> list[tuple[date, date | None]] | None:
    """The days on which the retailer was held by the persons asked for and allowed; None for all days."""
    asked = question.holders_asked.get("person_id")
    if asked is None or question.retailer_id is None:
        return None
    rows = Territory.objects.filter(retailer_id=question.retailer_id, person_id__in=asked)
    return list(rows.order_by("valid_from").values_list("valid_from", "valid_until"))


def _within(lines: pa.Table, days: list[tuple[date, date | None]] | None) -> pa.Table:
    if days is None:
        return lines
    column = lines.column("order_date")
    mask: Any = pa.array([False] * lines.num_rows)
    for start, until in days:
        inside = pc.greater_equal(column, pa.scalar(start, pa.date32()))
        if until is not None:
            inside = pc.and_(inside, pc.less(column, pa.scalar(until, pa.date32())))
        mask = pc.or_(mask, inside)
    return lines.filter(mask)
