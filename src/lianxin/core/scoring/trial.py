"""What a change of scheme does: who gains, who loses, by how many points and places."""

from __future__ import annotations

import ibis
from ibis.expr import types as ir

from lianxin.core.scoring.inputs import COMPARISON

_KEYS = ("company_id", "month", "entity")


def comparison(before: ir.Table, after: ir.Table) -> ir.Table:
    """Set the totals of two schemes for the same people and months side by side.

    Parameters
    ----------
    before, after : results of `scores.totals`

    Returns
    -------
    one row per (company_id, month, entity) of either side, columns of `inputs.COMPARISON`
        change_milli : after - before; null unless both have a total
        rank_change : places gained (positive) or lost (negative) in one's group
        outcome : gains, loses, same; cannot_tell where neither or only one scheme gives a total
    """
    left = before.select(*_KEYS, before_milli=before.total_milli, before_rank=before["rank"])
    right = after.select(*_KEYS, after_milli=after.total_milli, after_rank=after["rank"])
    right = right.rename({f"{key}_of_right": key for key in _KEYS})
    both = left.outer_join(right, [left[key] == right[f"{key}_of_right"] for key in _KEYS])
    both = both.mutate(**{key: ibis.coalesce(both[key], both[f"{key}_of_right"]) for key in _KEYS})
    change = both.after_milli - both.before_milli
    return both.mutate(
        change_milli=change,
        rank_change=both.before_rank - both.after_rank,
        outcome=ibis.cases(
            (change.isnull(), "cannot_tell"), (change > 0, "gains"), (change < 0, "loses"), else_="same"
        ),
    ).select(*COMPARISON.columns)


def by_person(compared: ir.Table) -> ir.Table:
    """Sum a comparison of several months up for each person.

    Returns
    -------
    one row per (company_id, entity): n_months, n_compared, n_gains, n_loses (int64), change_milli (int64, sum over the months
    compared; null where none is), mean_change_milli and mean_rank_change (float64)
    """
    told = compared.change_milli.notnull()
    return compared.group_by("company_id", "entity").agg(
        n_months=compared.count(),
        n_compared=told.sum().cast("int64"),
        n_gains=(compared.outcome == "gains").sum().cast("int64"),
        n_loses=(compared.outcome == "loses").sum().cast("int64"),
        change_milli=compared.change_milli.sum().cast("int64"),
        mean_change_milli=compared.change_milli.sum().cast("int64") / told.sum().nullif(0),
        mean_rank_change=compared.rank_change.sum().cast("int64") / told.sum().nullif(0),
    )


def by_month(compared: ir.Table) -> ir.Table:
    """Count for each month who gains, who loses, and for whom it cannot be told; int64, one row per (company_id, month)."""
    return compared.group_by("company_id", "month").agg(
        n_people=compared.count(),
        **{
            f"n_{outcome}": (compared.outcome == outcome).sum().cast("int64")
            for outcome in ("gains", "loses", "same", "cannot_tell")
        },
    )
