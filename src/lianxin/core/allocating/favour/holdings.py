"""Allocations as the tests read them: sorted rows in whole numbers, and what each retailer got week by week under each manager."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from lianxin.core.allocating.favour.contracts import ALLOCATIONS
from lianxin.core.errors import SchemaMismatch

Array: TypeAlias = npt.NDArray[Any]

# Steps of units short at most.
STEPS: Final = 20
_KEY = ("week", "product_id", "retailer_id")


@dataclass(frozen=True)
class Prepared:
    """Rows sorted by their key, so that the order of a file changes nothing, and the words behind the numbers.

    table : under the contract; rows : what `residuals` reads
    week, product, retailer : int64 places in the sorted words; manager : the same, -1 for nobody
    """

    table: pa.Table
    rows: pa.Table
    week: Array
    product: Array
    retailer: Array
    manager: Array
    managers: tuple[str, ...]
    retailers: pa.Array


@dataclass(frozen=True)
class Holdings:
    """One entry per manager and retailer, with what the retailer got beyond comparison while the manager held it.

    manager, retailer : int64 (n,), sorted
    weekly : float64 (n, n_weeks), of each week, residual units beyond those whom the rule left as much short
    residual_units : float64 (n,), beyond the rule or the equals, over all weeks
    tier : int64 (n,), of its last week; short_units : float64 (n,), what it could have got more, over all rows
    n_rows : int64 (n,), compared rows; seen : bool (n, n_weeks), weeks with one
    """

    manager: Array
    retailer: Array
    weekly: Array
    residual_units: Array
    tier: Array
    short_units: Array
    n_rows: Array
    seen: Array

    @property
    def total(self) -> Array:
        """What the tests look at, over all weeks."""
        return self.weekly.sum(axis=1)


def prepared(allocations: pa.Table) -> Prepared:
    """The allocations under their contract.

    Raises
    ------
    SchemaMismatch : a column is missing or unreadable, or a retailer has two rows of one product in a week.
    """
    table = ALLOCATIONS.of(allocations)
    table = table.take(pc.sort_indices(table, sort_keys=[(name, "ascending") for name in _KEY]))
    week, product, retailer = (_codes(table.column(name))[1] for name in _KEY)
    again = np.flatnonzero((np.diff(week) == 0) & (np.diff(product) == 0) & (np.diff(retailer) == 0))
    if len(again):
        row = {name: table.column(name)[int(again[0])].as_py() for name in _KEY}
        raise SchemaMismatch(
            f"Retailer {row['retailer_id']} has two rows of product {row['product_id']} in the week of {row['week']}; "
            "every retailer needs one row a week and product."
        )
    managers, manager = _codes(table.column("manager_id"))
    _, form = _codes(table.column("trade_form"))
    kinds, market = _codes(table.column("market_type"))
    numbers = {name: table.column(name) for name in ("tier", "wanted_units", "cap_units", "share_units", "rule_units")}
    rows = pa.table(
        {
            "row": np.arange(table.num_rows, dtype=np.int64),
            "week": week,
            "product": product,
            "kind": (form + 1) * (len(kinds) + 1) + market + 1,
            **numbers,
        }
    )
    words = pc.unique(table.column("retailer_id"))
    return Prepared(
        table, rows, week, product, retailer, manager, tuple(managers.to_pylist()), words.take(pc.sort_indices(words))
    )


def _codes(column: pa.ChunkedArray) -> tuple[pa.Array, Array]:
    """The words of a column in their order, and for each row the place of its word; -1 for null."""
    words = pc.drop_null(pc.unique(column))
    words = words.take(pc.sort_indices(words))
    places = pc.index_in(column, value_set=words, skip_nulls=True)
    return words, pc.fill_null(places, -1).to_numpy().astype(np.int64)


def beyond_like(residual: Array, short_units: Array, by_rule: Array) -> Array:
    """Residuals against a rule less the mean of those whom the rule left as much short; others as they are.

    After the rule a share can grow only by what the rule left open. Honest changes that hit anyone alike so give more to those
    who are more short, and to managers with many of them.

    Parameters
    ----------
    residual : float64 (n,), NaN without comparison
    short_units : float64 (n,), NaN where the request is unknown
    by_rule : bool (n,), compared with a rule; equals are as much short anyway

    Invariants
    ----------
    A step holds at least one row in `STEPS`, so that a few favoured rows cannot be their own measure.
    """
    made = residual.copy()
    at = np.flatnonzero(by_rule & ~np.isnan(residual))
    told = at[~np.isnan(short_units[at])]
    _, of, n = np.unique(short_units[told], return_inverse=True, return_counts=True)
    step = _steps(n.tolist(), len(told) / STEPS)
    mean = np.bincount(step[of], weights=residual[told]) / np.maximum(np.bincount(step[of]), 1)
    made[told] -= mean[step[of]]
    untold = np.setdiff1d(at, told)
    if len(untold):
        made[untold] -= residual[untold].mean()
    return made


def _steps(counts: list[int], least: float) -> Array:
    """For ascending values that so many rows have, the step each belongs to: neighbours together until they are enough."""
    made, step, size = [], 0, 0
    for count in counts:
        made.append(step)
        size += count
        if size >= least:
            step, size = step + 1, 0
    # What is left over at the end joins the step before it.
    return np.minimum(np.array(made, np.int64), max(step - 1 if size else step, 0))


def holdings(known: Prepared, residual: Array, beyond: Array, short_units: Array) -> Holdings:
    """What each retailer got beyond comparison under each manager; rows without comparison (NaN) count nowhere.

    beyond : float64 (n,), see `beyond_like`
    """
    at = np.flatnonzero(~np.isnan(residual))
    n_weeks = int(known.week.max(initial=-1)) + 1
    pair = (known.manager[at] + 1) * len(known.retailers) + known.retailer[at]
    pairs, of = np.unique(pair, return_inverse=True)
    n = len(pairs)
    weekly = np.bincount(of * n_weeks + known.week[at], weights=beyond[at], minlength=n * n_weeks)
    seen = np.bincount(of * n_weeks + known.week[at], minlength=n * n_weeks).reshape(n, n_weeks) > 0
    # Rows are sorted by week, so that the last one written is of the last week.
    tier = np.zeros(n, np.int64)
    tier[of] = known.table.column("tier").fill_null(-1).to_numpy()[at]
    return Holdings(
        manager=pairs // max(len(known.retailers), 1) - 1,
        retailer=pairs % max(len(known.retailers), 1),
        weekly=weekly.reshape(n, n_weeks),
        residual_units=np.bincount(of, weights=residual[at], minlength=n),
        tier=tier,
        short_units=np.bincount(of, weights=np.nan_to_num(short_units[at], nan=1.0), minlength=n),
        n_rows=np.bincount(of, minlength=n),
        seen=seen,
    )
