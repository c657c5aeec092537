"""The stair of forecast value added: what each step of judgement brought over the step it began from and over free ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import ibis
import numpy as np
import pyarrow as pa
from ibis.expr.types import Table as TableExpression

from lianxin.core.errors import ParameterWrong
from lianxin.core.forecasting.judging_contracts import ACTUALS, CANNOT_TELL, MILLI, NO, PAIRS, YES
from lianxin.core.forecasting.resampling import Dice, draws, grid, ratio_intervals
from lianxin.core.parameters import value_of

ALL: Final = "all"
SIZES: Final = ("small", "medium", "large")
BUCKETS: Final = ("none", *(f"{sign}_{size}" for sign in ("up", "down") for size in SIZES))
FEW_LINES: Final = "few_lines"
FEW_PERIODS: Final = "few_periods"
NO_ACTUAL: Final = "no_actual"
_KEYS: Final = ("level", "entity_id", "product_group", "step", "against", "adjustment")
_SUMS: Final = ("n", "n_changed", "error_before", "error_after", "actual")


def actual_of(parameters: Mapping[str, Any]) -> str:
    """The variant of what was sold by which the company judges.

    Raises
    ------
    ParameterWrong : the parameter names no variant.
    """
    told = str(value_of(parameters, "judging.actual"))
    if told not in ACTUALS:
        raise ParameterWrong(f"Parameter judging.actual is {told!r}; it must be one of {', '.join(ACTUALS)}.")
    return told


def step_sums(judged: TableExpression, parameters: Mapping[str, Any], actual: str | None = None) -> TableExpression:
    """Errors of a step and of the step it is held against, summed over lines on which both spoke.

    Parameters
    ----------
    judged : rows of `JUDGED_LINES`
    actual : the variant of what was sold; default that of `judging.actual`

    Returns
    -------
    one row per (period, period_no, level, entity_id, product_group, step, against, adjustment)
        level : manager (lines at retailer × product of one person), unit, company (sums forecast as sums)
        adjustment : none, up_small … down_large: what the step changed, as a share of the number before (of one unit at least)
        n : lines; n_changed : those on which the two differ
        error_before, error_after, actual : int64, thousandths of a unit, Σ|F−A| of both steps and ΣA
    """
    units = judged[f"{actual or actual_of(parameters)}_units"]
    small = float(value_of(parameters, "judging.small_share"))
    large = float(value_of(parameters, "judging.large_share"))
    known = judged.mutate(came=units * MILLI).filter(units.notnull())
    entity = ibis.ifelse(known.level == "retailer", known.person_id, known.entity_id)
    known = known.mutate(entity_id=entity, level=ibis.ifelse(known.level == "retailer", "manager", known.level))
    known = known.filter(known.entity_id.notnull())
    parts = []
    for step, against in PAIRS:
        after, before = known[f"{step}_milli"], known[f"{against}_milli"]
        change = after - before
        share = change.abs() / ibis.greatest(before.abs(), MILLI)
        size = ibis.cases((share <= small, "small"), (share < large, "medium"), else_="large")
        sign = ibis.ifelse(change > 0, "up_", "down_")
        both = known.filter(after.notnull() & before.notnull())
        parts.append(
            both.select(
                "period", "period_no", "level", "entity_id", "product_group",
                step=ibis.literal(step),
                against=ibis.literal(against),
                adjustment=ibis.ifelse(change == 0, "none", sign + size),
                n_changed=(change != 0).cast("int64"),
                error_before=(before - known.came).abs(),
                error_after=(after - known.came).abs(),
                actual=known.came,
            ).group_by("period", "period_no", *_KEYS).agg(
                n=ibis._.count().cast("int64"),
                n_changed=ibis._.n_changed.sum().cast("int64"),
                error_before=ibis._.error_before.sum().cast("int64"),
                error_after=ibis._.error_after.sum().cast("int64"),
                actual=ibis._.actual.sum().cast("int64"),
            )
        )  # fmt: skip
    return ibis.union(*parts).order_by("period", "period_no", *_KEYS)


def stair(sums: pa.Table, parameters: Mapping[str, Any], dice: Dice) -> pa.Table:
    """What every step added, with its interval and one of three answers.

    Parameters
    ----------
    sums : rows of `step_sums`
    dice : a seeded generator, for the bootstrap

    Returns
    -------
    one row per (period, level, entity_id, product_group, step, against, adjustment), sorted
        entity_id null : everybody of that level together; product_group, adjustment "all" : all of them together
        n : lines; n_changed : those on which the two differ; n_periods : periods with such lines
        error_before, error_after, actual : int64, thousandths of a unit
        added : (error_before − error_after) ÷ actual, the points of WMAPE that the step took away; null where nothing was sold
        low, high : 95 % interval over blocks of periods; null below five blocks
        helped : "yes" where the interval lies above 0, "no" where below, else "cannot_tell"
        why : few_lines, few_periods (too few for an interval, too) or no_actual where the sample forbids a verdict, else null

    Invariants
    ----------
    No verdict below judging.minimum_lines changed lines, judging.minimum_periods periods with such lines, or five blocks of them.
    A step against another, and the other against it, add up to nothing.
    """
    made = [_of_period(rows, str(period), parameters, dice) for period, rows in _by_period(sums)]
    return pa.concat_tables(made) if made else _table({name: [] for name in _columns()})


def _by_period(sums: pa.Table) -> list[tuple[str, dict[str, list[Any]]]]:
    columns: dict[str, list[Any]] = {name: sums.column(name).to_pylist() for name in sums.column_names}
    kinds = sorted(set(columns["period"]))
    return [
        (
            kind,
            {
                name: [v for v, k in zip(column, columns["period"], strict=True) if k == kind]
                for name, column in columns.items()
            },
        )
        for kind in kinds
    ]


def block_length(period: str, parameters: Mapping[str, Any]) -> int:
    return int(value_of(parameters, f"judging.block_{period}s"))


def _rolled(rows: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """The rows and their sums over groups, adjustments and entities."""
    table = pa.table({name: rows[name] for name in ("period_no", *_KEYS, *_SUMS)})
    parts = [table]
    for name, whole in (("product_group", ALL), ("adjustment", ALL), ("entity_id", None)):
        kind = table.schema.field(name).type
        every = [
            part.set_column(part.schema.get_field_index(name), name, pa.array([whole] * part.num_rows, kind))
            for part in parts
        ]
        parts += [_summed(part) for part in every]
    both = pa.concat_tables(part.select(table.column_names) for part in parts)
    return {name: both.column(name).to_pylist() for name in both.column_names}


def _summed(table: pa.Table) -> pa.Table:
    keys = ["period_no", *_KEYS]
    made = table.group_by(keys).aggregate([(name, "sum") for name in _SUMS])
    return made.rename_columns([name.removesuffix("_sum") for name in made.column_names])


def _of_period(rows: dict[str, list[Any]], period: str, parameters: Mapping[str, Any], dice: Dice) -> pa.Table:
    laid = grid(_rolled(rows), _KEYS, "period_no", _SUMS)
    block = block_length(period, parameters)
    counts = draws(len(laid.periods), block, int(value_of(parameters, "judging.resamples")), dice)
    gained = laid.sums["error_before"] - laid.sums["error_after"]
    n_periods = laid.n_periods("n_changed")
    low, high = ratio_intervals(gained, laid.sums["actual"], counts, n_periods / block)
    totals = {name: laid.sums[name].sum(axis=0) for name in _SUMS}
    with np.errstate(divide="ignore", invalid="ignore"):
        added = np.where(totals["actual"] > 0, gained.sum(axis=0) / totals["actual"], np.nan)
    few_lines = totals["n_changed"] < int(value_of(parameters, "judging.minimum_lines"))
    few_periods = n_periods < int(value_of(parameters, "judging.minimum_periods"))
    why = np.select(
        [few_lines, few_periods, np.isnan(added), np.isnan(low)], [FEW_LINES, FEW_PERIODS, NO_ACTUAL, FEW_PERIODS], ""
    )
    told = why == ""
    helped = np.select([told & (low > 0), told & (high < 0)], [YES, NO], CANNOT_TELL)
    columns: dict[str, Any] = {"period": [period] * len(laid.cells)}
    for at, name in enumerate(_KEYS):
        columns[name] = [cell[at] for cell in laid.cells]
    columns |= {name: totals[name].tolist() for name in _SUMS}
    columns["n_periods"] = n_periods.tolist()
    columns |= {"added": _numbers(added), "low": _numbers(low), "high": _numbers(high)}
    columns |= {"helped": helped.tolist(), "why": [word or None for word in why.tolist()]}
    return _table(columns)


def _numbers(values: Any) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in values]


def _columns() -> dict[str, pa.DataType]:
    return {
        "period": pa.string(),
        "level": pa.string(),
        "entity_id": pa.int64(),
        **{name: pa.string() for name in ("product_group", "step", "against", "adjustment")},
        "n": pa.int64(),
        "n_changed": pa.int64(),
        "n_periods": pa.int64(),
        **{name: pa.int64() for name in ("error_before", "error_after", "actual")},
        **{name: pa.float64() for name in ("added", "low", "high")},
        "helped": pa.string(),
        "why": pa.string(),
    }


def _table(columns: Mapping[str, Any]) -> pa.Table:
    return pa.table({name: pa.array(columns[name], kind) for name, kind in _columns().items()})
