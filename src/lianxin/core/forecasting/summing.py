"""Forecasts of groups: routes, customer managers, units, the company, by product or all products together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lianxin.core.errors import SchemaMismatch
from lianxin.core.forecasting.panel import Array, coded

COMPANY: Final = "company"


def coherent(
    forecasts: pa.Table,
    retailers: pa.Table | None = None,
    *,
    levels: Sequence[str] = (),
    by_product: bool = True,
) -> pa.Table:
    """Sums of the forecasts at each level, which add up: of every group, and of the company.

    Bottom-up: each mean is the plain sum of the means of its series, so that the sums of any level equal the sum of the company to
    the last digit, a manager's number can be traced to the shops behind it, and a change at one shop moves only its own sums.
    Reconciling with forecasts made at the top (MinT and its kin) would move the numbers of shops for reasons that lie elsewhere,
    which nobody who is judged by them could check.

    Only means are told. Quantiles do not add up: the series of a shop are ordered in the same weeks or not at all, and ranges that
    take them for independent were measured to miss six truths in ten instead of two. `sum_ranges` tells how far sums may lie off.

    Parameters
    ----------
    forecasts : what `forecast` returned
    retailers : one row per retailer_id, with a column for each of `levels`; not needed for the company alone
    levels : columns of `retailers`, such as route, manager_id, unit_id; a retailer without a value counts to the group null
    by_product : whether groups are told by product, or all products together

    Returns
    -------
    one row per level, group, product and step, sorted by these, nulls last
        level : the name from `levels`, or "company"; group_id : string, null for the company; product_id : where asked
        period_start, step, n_series : int64; mean_units : float64

    Invariants
    ----------
    Over the groups of a level, mean_units of a product and step sum to those of the company.

    Raises
    ------
    SchemaMismatch : the retailers lack a level, or name one retailer twice.
    """
    chosen = {COMPANY: pa.nulls(forecasts.num_rows, pa.string())}
    chosen = {**_groups(forecasts, retailers, levels), **chosen}
    parts = [_summed(forecasts, level, groups, by_product) for level, groups in chosen.items()]
    return pa.concat_tables(parts)


def group_codes(rows: pa.Table, retailers: pa.Table | None, levels: Sequence[str]) -> list[tuple[str, Array]]:
    """Each level and the company, with the number of each row's group in it; `rows` has retailer_id.

    Raises
    ------
    SchemaMismatch : as `coherent`.
    """
    chosen = {**_groups(rows, retailers, levels), COMPANY: pa.nulls(rows.num_rows, pa.string())}
    return [(level, _with_null(groups)[1]) for level, groups in chosen.items()]


def _groups(forecasts: pa.Table, retailers: pa.Table | None, levels: Sequence[str]) -> Mapping[str, pa.Array]:
    if not levels:
        return {}
    if retailers is None:
        raise SchemaMismatch("Sums by group need the table of retailers; hand one with the columns of the levels.")
    for name in ("retailer_id", *levels):
        if name not in retailers.column_names:
            raise SchemaMismatch(f"The retailers lack the column {name}; write it, empty where unknown.")
    kind = forecasts.schema.field("retailer_id").type
    known = retailers.column("retailer_id").cast(kind).combine_chunks()
    if pc.count_distinct(known).as_py() != len(known):
        raise SchemaMismatch("The retailers name one retailer twice; each may have one row only.")
    place = pc.index_in(forecasts.column("retailer_id"), value_set=known)
    return {name: retailers.column(name).cast(pa.string()).combine_chunks().take(place) for name in levels}


def _summed(forecasts: pa.Table, level: str, groups: pa.Array | pa.ChunkedArray, by_product: bool) -> pa.Table:
    names, group = _with_null(groups)
    products, product = coded(forecasts.column("product_id"))
    if not by_product:
        product = np.zeros(forecasts.num_rows, np.int32)
    step = forecasts.column("step").to_numpy()
    key = (group.astype(np.int64) * max(len(products), 1) + product) * (int(step.max(initial=0)) + 1) + step
    _, first, member = np.unique(key, return_index=True, return_inverse=True)
    n = len(first)
    sums = np.bincount(member, weights=forecasts.column("mean_units").to_numpy(), minlength=n)
    counts = np.bincount(member, minlength=n)
    columns = {"level": pa.array([level] * n, pa.string()), "group_id": names.take(pa.array(group[first]))}
    if by_product:
        columns["product_id"] = products.take(pa.array(product[first]))
    columns["period_start"] = forecasts.column("period_start").take(pa.array(first))
    columns["step"] = pa.array(step[first])
    columns["n_series"] = pa.array(counts.astype(np.int64))
    columns["mean_units"] = pa.array(np.round(sums, 4))
    return pa.table(columns)


def _with_null(groups: pa.Array | pa.ChunkedArray) -> tuple[pa.Array, Array]:
    """Distinct names in order with null as the last, and the place of each row's name."""
    chunked = groups if isinstance(groups, pa.ChunkedArray) else pa.chunked_array([groups])
    names, place = coded(chunked.drop_null())
    code = np.full(len(chunked), len(names), np.int64)
    code[chunked.is_valid().to_numpy()] = place
    return pa.concat_arrays([names, pa.nulls(1, names.type)]), code
