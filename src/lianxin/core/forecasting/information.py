"""Whether what was collected (stock counts, shortage reports, events) helped the forecasts it led to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import ibis
import numpy as np
import pyarrow as pa
from ibis.expr.types import Table as TableExpression

from lianxin.core.forecasting.adding_value import FEW_LINES, FEW_PERIODS, NO_ACTUAL, actual_of, block_length
from lianxin.core.forecasting.judging_contracts import CANNOT_TELL, MILLI, NO, YES
from lianxin.core.forecasting.resampling import Dice, draws, grid, ratio_intervals
from lianxin.core.parameters import value_of
from lianxin.core.tables.demand import EVIDENCE_USED, FORECAST_EVIDENCE, FORECAST_WITHOUT

USED: Final = "used"
# Events that were handed to the system's forecast itself.
IN_SYSTEM: Final = "in_system"
PASSED_OVER: Final = "passed_over"
ALL_KINDS: Final = "all"
_SUMS: Final = ("n", "n_helped", "n_harmed", "error_system", "error_entered", "actual")


def evidence_lines(judged: TableExpression, parameters: Mapping[str, Any]) -> TableExpression:
    """Every piece of evidence with the line it lay before, what was done with it, and what came of that.

    What became known after the number that counts had been given, and was not named beside it, did not lie before its author: it is
    no row.

    Parameters
    ----------
    judged : rows of `JUDGED_LINES`

    Returns
    -------
    one row per (evidence_id, round_id, period_start, entity_id, product_id), sorted
        kind; person_id, version_id : null where nobody entered a number
        use : "used" where the author named it when entering the last number of the line, else "passed_over"
        system_milli, entered_milli : what the system said and what counted at the end (the system's where nobody entered)
        actual_units : null where not known yet
        gain_milli : int64, |system − actual| − |entered − actual|; null where not known; above 0 it helped
    """
    lay, named = FORECAST_EVIDENCE.unbound(), EVIDENCE_USED.unbound()
    shops = judged.filter(judged.level == "retailer")
    joined = lay.inner_join(
        shops.drop("level", "n_lines"),
        [
            lay.round_id == shops.round_id,
            lay.period_start == shops.period_start,
            lay.retailer_id == shops.entity_id,
            lay.product_id == shops.product_id,
        ],
    )
    marks = named.select(_version="version_id", _evidence="evidence_id").distinct()
    told = joined.left_join(marks, [joined.version_id == marks._version, joined.evidence_id == marks._evidence])
    in_time = told.entered_at.isnull() | (told.known_at <= told.entered_at) | told._version.notnull()
    told = told.filter(in_time)
    actual = told[f"{actual_of(parameters)}_units"]
    entered = ibis.ifelse(told.entered | told.accepted, told.customer_manager_milli, told.system_milli)
    gain = (told.system_milli - actual * MILLI).abs() - (entered - actual * MILLI).abs()
    rows = told.select(
        "evidence_id", "kind", "round_id", "period", "period_no", "period_start", "entity_id", "product_id",
        person_id=ibis.ifelse(told.version_id.notnull(), told.person_id_right, ibis.null("int64")),
        version_id=told.version_id,
        use=ibis.ifelse(told._version.notnull(), USED, PASSED_OVER),
        system_milli=told.system_milli,
        entered_milli=entered,
        actual_units=actual,
        gain_milli=gain,
    )  # fmt: skip
    return rows.order_by("evidence_id", "round_id", "period_start", "entity_id", "product_id")


def information_sums(lines: TableExpression) -> TableExpression:
    """Errors of the system and of what was entered, over lines with evidence whose outcome is known.

    Parameters
    ----------
    lines : rows of `evidence_lines`

    Returns
    -------
    one row per (period, period_no, kind, use), and the same with kind "all", in which a line with several pieces counts once
        n : lines; n_helped, n_harmed : lines on which the error fell or rose
        error_system, error_entered, actual : int64, thousandths of a unit
    """
    known = lines.filter(lines.gain_milli.notnull())
    keys = ("period", "period_no", "round_id", "period_start", "entity_id", "product_id")
    # One line may have several pieces of evidence; used wins, for the number was entered with one of them in mind.
    per_kind = _once(known, (*keys, "kind"))
    together = _once(known, keys).mutate(kind=ibis.literal(ALL_KINDS))
    every = ibis.union(per_kind, together.select(per_kind.columns))
    came = every.actual_units * MILLI
    error_system = (every.system_milli - came).abs()
    error_entered = (every.entered_milli - came).abs()
    sums = every.group_by("period", "period_no", "kind", "use").agg(
        n=every.count().cast("int64"),
        n_helped=(error_entered < error_system).cast("int64").sum().cast("int64"),
        n_harmed=(error_entered > error_system).cast("int64").sum().cast("int64"),
        error_system=error_system.sum().cast("int64"),
        error_entered=error_entered.sum().cast("int64"),
        actual=came.sum().cast("int64"),
    )
    return sums.order_by("period", "period_no", "kind", "use")


def _once(lines: TableExpression, keys: tuple[str, ...]) -> TableExpression:
    return lines.group_by(list(keys)).agg(
        use=lines.use.max(),
        system_milli=lines.system_milli.max(),
        entered_milli=lines.entered_milli.max(),
        actual_units=lines.actual_units.max(),
    )


def moved_lines(judged: TableExpression, parameters: Mapping[str, Any]) -> TableExpression:
    """Every line that events moved in the system's forecast, with both forecasts and what came; a row for each event.

    Parameters
    ----------
    judged : rows of `JUDGED_LINES`

    Returns
    -------
    one row per (event_id, round_id, period_start, entity_id, product_id), sorted
        event_id : "" where only the past was changed; kind
        plain_milli, system_milli : without and with the events; actual_units : null where not known yet
        gain_milli : int64, |plain − actual| − |system − actual|; null where not known; above 0 the events helped
    """
    moved = FORECAST_WITHOUT.unbound()
    shops = judged.filter((judged.level == "retailer") & judged.system_milli.notnull())
    joined = moved.inner_join(
        shops,
        [
            moved.round_id == shops.round_id,
            moved.period_start == shops.period_start,
            moved.retailer_id == shops.entity_id,
            moved.product_id == shops.product_id,
        ],
    )
    actual = joined[f"{actual_of(parameters)}_units"]
    rows = joined.select(
        "event_id", "kind", "round_id", "period", "period_no", "period_start", "entity_id", "product_id", "plain_milli",
        "system_milli",
        actual_units=actual,
        gain_milli=(joined.plain_milli - actual * MILLI).abs() - (joined.system_milli - actual * MILLI).abs(),
    )  # fmt: skip
    return rows.order_by("event_id", "round_id", "period_start", "entity_id", "product_id")


def moved_sums(lines: TableExpression) -> TableExpression:
    """Errors without and with the events, over lines whose outcome is known, in the columns of `information_sums`.

    Parameters
    ----------
    lines : rows of `moved_lines`

    Returns
    -------
    one row per (period, period_no, kind), and kind "all", in which a line counts once; use is "in_system" throughout
        error_system : without the events; error_entered : with them
    """
    known = lines.filter(lines.gain_milli.notnull())
    keys = ("period", "period_no", "round_id", "period_start", "entity_id", "product_id")
    named = known.filter(known.event_id != "").select(*keys, "kind", "plain_milli", "system_milli", "actual_units")
    together = known.mutate(kind=ibis.literal(ALL_KINDS)).select(named.columns)
    every = ibis.union(named, together).distinct().mutate(use=ibis.literal(IN_SYSTEM))
    came = every.actual_units * MILLI
    without, given = (every.plain_milli - came).abs(), (every.system_milli - came).abs()
    sums = every.group_by("period", "period_no", "kind", "use").agg(
        n=every.count().cast("int64"),
        n_helped=(given < without).cast("int64").sum().cast("int64"),
        n_harmed=(given > without).cast("int64").sum().cast("int64"),
        error_system=without.sum().cast("int64"),
        error_entered=given.sum().cast("int64"),
        actual=came.sum().cast("int64"),
    )  # fmt: skip
    return sums.order_by("period", "period_no", "kind", "use")


def each_event(lines: TableExpression) -> TableExpression:
    """What each event did to each round's forecast, and what came of it: sums, without a verdict, for one round is no sample.

    Parameters
    ----------
    lines : rows of `moved_lines`

    Returns
    -------
    one row per (event_id, kind, round_id), sorted; without the lines that no event concerns
        n : lines moved; n_known : of them, those whose outcome is known; n_helped, n_harmed : on which the error fell or rose
        without_milli, with_milli : both forecasts, of all lines; error_without, error_with, actual : of the known ones, thousandths
    """
    named = lines.filter(lines.event_id != "")
    came = named.actual_units * MILLI
    known = named.gain_milli.notnull()
    zero = ibis.literal(0, "int64")

    def of_known(value: Any) -> Any:
        return ibis.ifelse(known, value, zero).sum().fill_null(0).cast("int64")

    told = named.group_by("event_id", "kind", "round_id").agg(
        n=named.count().cast("int64"),
        n_known=known.cast("int64").sum().cast("int64"),
        n_helped=of_known((named.gain_milli > 0).cast("int64")),
        n_harmed=of_known((named.gain_milli < 0).cast("int64")),
        without_milli=named.plain_milli.sum().cast("int64"),
        with_milli=named.system_milli.sum().cast("int64"),
        error_without=of_known((named.plain_milli - came).abs()),
        error_with=of_known((named.system_milli - came).abs()),
        actual=of_known(came),
    )
    return told.order_by("event_id", "kind", "round_id")


def information(sums: pa.Table, parameters: Mapping[str, Any], dice: Dice) -> pa.Table:
    """Of each kind of evidence, whether forecasts made with it came nearer to the truth than the system's.

    Parameters
    ----------
    sums : rows of `information_sums`
    dice : a seeded generator, for the bootstrap

    Returns
    -------
    one row per (period, kind, use), sorted
        n, n_helped, n_harmed, n_periods
        gained : (error_system − error_entered) ÷ actual; low, high : 95 % interval over blocks of periods; null where unknown
        system_error : error_system ÷ actual, what was there to be gained
        helped : "yes", "no" or "cannot_tell"; why : few_lines, few_periods or no_actual, else null

    Invariants
    ----------
    No verdict below judging.minimum_lines lines, judging.minimum_periods periods or five blocks of them; n_helped + n_harmed ≤ n.
    """
    kinds = sorted(set(sums.column("period").to_pylist()))
    rows: list[dict[str, Any]] = []
    for period in kinds:
        some = sums.filter(pa.compute.equal(sums.column("period"), period)).to_pydict()
        rows += _of_period(str(period), some, parameters, dice)
    return pa.Table.from_pylist(rows, schema=INFORMATION)


def _of_period(
    period: str, rows: Mapping[str, list[Any]], parameters: Mapping[str, Any], dice: Dice
) -> list[dict[str, Any]]:
    laid = grid(rows, ("kind", "use"), "period_no", _SUMS)
    block = block_length(period, parameters)
    counts = draws(len(laid.periods), block, int(value_of(parameters, "judging.resamples")), dice)
    n_periods = laid.n_periods()
    gained = laid.sums["error_system"] - laid.sums["error_entered"]
    low, high = ratio_intervals(gained, laid.sums["actual"], counts, n_periods / block)
    least_lines = int(value_of(parameters, "judging.minimum_lines"))
    least_periods = int(value_of(parameters, "judging.minimum_periods"))
    made = []
    for at, (kind, use) in enumerate(laid.cells):
        sums = {name: int(laid.sums[name][:, at].sum()) for name in _SUMS}
        sold = sums["actual"] > 0
        why = (
            FEW_LINES
            if sums["n"] < least_lines
            else FEW_PERIODS
            if n_periods[at] < least_periods
            else NO_ACTUAL
            if not sold
            else FEW_PERIODS
            if np.isnan(low[at])
            else None
        )
        helped = CANNOT_TELL if why else YES if low[at] > 0 else NO if high[at] < 0 else CANNOT_TELL
        made.append(
            {
                "period": period,
                "kind": kind,
                "use": use,
                **{name: sums[name] for name in ("n", "n_helped", "n_harmed")},
                "n_periods": int(n_periods[at]),
                "gained": (sums["error_system"] - sums["error_entered"]) / sums["actual"] if sold else None,
                "low": None if np.isnan(low[at]) else float(low[at]),
                "high": None if np.isnan(high[at]) else float(high[at]),
                "system_error": sums["error_system"] / sums["actual"] if sold else None,
                "helped": helped,
                "why": why,
            }
        )
    return made


INFORMATION: Final = pa.schema(
    [
        *((name, pa.string()) for name in ("period", "kind", "use")),
        *((name, pa.int64()) for name in ("n", "n_helped", "n_harmed", "n_periods")),
        *((name, pa.float64()) for name in ("gained", "low", "high", "system_error")),
        ("helped", pa.string()),
        ("why", pa.string()),
    ]
)
