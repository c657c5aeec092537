"""Entered forecasts with what they repeat of history and of the system, and the evidence that lay there when they were given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import ibis
from ibis.expr.types import Table as TableExpression

from lianxin.core.forecasting.judging_contracts import MILLI
from lianxin.core.tables.demand import FORECAST_EVIDENCE, RETAIL_PRICE

HISTORY: Final = "history"
SYSTEM: Final = "system"
SOURCES: Final[Mapping[str, tuple[str, ...]]] = {HISTORY: ("naive", "average", "seasonal_naive"), SYSTEM: ("system",)}
REFERENCES: Final = ("naive", "average", "seasonal_naive", "system")
LINE: Final = ("round_id", "period_start", "entity_id", "product_id")


def entered_lines(judged: TableExpression, *, evidence: bool = True) -> TableExpression:
    """Entered forecasts at a retailer and product, with what each repeats.

    Parameters
    ----------
    judged : rows of `JUDGED_LINES`
    evidence : whether `forecast_evidence` has rows; without it n_evidence is 0

    Returns
    -------
    one row per entered forecast
        of `judged`: round_id, period, period_no, period_start, entity_id, product_id, person_id, version_id, reason, words_key,
        seconds_spent
        size_milli : int64, what the line is about in size: the system's forecast, else what history says; null: neither is known
        entered_units, naive_units, average_units, seasonal_naive_units, system_units : int64, whole units, half up; null: unknown
        came_units : int64, the demand; null where it is not known yet
        repeats_history, repeats_system : boolean
        n_evidence : int64, stock counts, shortage reports, events … that lay before the author when the number was given: what
        became known afterwards does not count
    """
    entered = judged.filter((judged.level == "retailer") & judged.entered & judged.person_id.notnull())
    lines = entered.select(
        *LINE,
        "period",
        "period_no",
        "person_id",
        "version_id",
        "reason",
        "words_key",
        "seconds_spent",
        "entered_at",
        size_milli=entered.system_milli.fill_null(entered.average_milli).fill_null(entered.naive_milli),
        entered_units=whole(entered.customer_manager_milli),
        came_units=entered.demand_units,
        **{f"{one}_units": whole(entered[f"{one}_milli"]) for one in REFERENCES},
    )
    lines = lines.mutate(**{f"repeats_{kind}": is_same(lines, "entered_units", kind) for kind in SOURCES})
    if not evidence:
        return lines.mutate(n_evidence=ibis.literal(0, "int64"))
    lay = _lay(lines)
    found = lines.left_join(lay, [lines[name] == lay[f"_{name}"] for name in LINE]).drop(*(f"_{name}" for name in LINE))
    return found.mutate(n_evidence=found.n_lay.fill_null(0)).drop("n_lay")


def _lay(lines: TableExpression) -> TableExpression:
    """How many pieces of evidence were known when the number of a line was given.

    A retail price tells no number, and most stand at the guide: beside one, a number of history is no question to anybody.
    """
    rows = FORECAST_EVIDENCE.unbound()
    rows = rows.filter(rows.kind != RETAIL_PRICE)
    rows = rows.select(
        "evidence_id", "known_at", _round="round_id", _start="period_start", _shop="retailer_id", _goods="product_id"
    )
    met = lines.inner_join(
        rows,
        [
            lines.round_id == rows._round,
            lines.period_start == rows._start,
            lines.entity_id == rows._shop,
            lines.product_id == rows._goods,
            rows.known_at <= lines.entered_at,
        ],
    )
    return met.group_by(**{f"_{name}": name for name in LINE}).agg(n_lay=met.evidence_id.nunique().cast("int64"))


def whole(milli: Any) -> Any:
    """Whole units, half up: numbers are alike when they are to within rounding."""
    return ((milli + MILLI // 2) / MILLI).floor().cast("int64")


def is_same(lines: TableExpression, column: str, kind: str) -> Any:
    """Whether a column is one of the numbers that the sources of a kind say; a number that is not known is never the same."""
    found: Any = ibis.literal(False)
    for one in SOURCES[kind]:
        found = found | (lines[column] == lines[f"{one}_units"]).fill_null(False)
    return found
