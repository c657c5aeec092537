"""Products divided by quotas of tiers, or by lot."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import numpy as np
import pyarrow as pa
from ibis.expr.types import Table as TableExpression

from lianxin.core.allocating import shares
from lianxin.core.allocating.contracts import Round
from lianxin.core.allocating.desk import Array, Desk, Divided, Product, levels_table
from lianxin.core.allocating.policies import MILLIONTHS
from lianxin.core.allocating.quotas import Quotas, group_supplies, quotas


def by_quota(desk: Desk, round_: Round, products: TableExpression, listed: Sequence[Product]) -> Divided:
    attributes = round_.policy.attributes
    found: list[tuple[Product, tuple[str, ...], Quotas, Array]] = []
    shared, levels = [], []
    for product in listed:
        groups = _groups(round_, product)
        supplies = _supplies(round_, product, groups)
        of_product = [
            (product, values, _quotas(round_, product, at, supply), at)
            for (values, at), supply in zip(groups, supplies, strict=True)
        ]
        found += of_product
        shared.append(sum(quota.taken for _, _, quota, _ in of_product))
        levels.append(min((_level(quota) for _, _, quota, _ in of_product), default=0.0))
    table = _quota_table(attributes, found)
    kinds = {name: column.type().to_pyarrow() for name, column in shares.key_columns(round_).items()}
    given = {
        "product": pa.array([p.number for p, _, quota, _ in found for _ in quota.tiers], pa.int32()),
        "tier": table.column("tier").cast(kinds["tier"]),
        **{key: table.column(name).cast(kinds[key]) for key, name in shares.attribute_keys(round_.policy).items()},
        "quota_units": table.column("quota_units"),
        "fill_level": table.column("fill_level"),
    }
    solved = pa.table(given)
    desk.give("allocation_solved", solved)
    expression = ibis.table(ibis.Schema.from_pyarrow(solved.schema), name="allocation_solved")
    made = shares.by_quota(round_, products, expression)
    return Divided(made, levels_table(listed, shared, levels, [0] * len(listed)), table)


def _groups(round_: Round, product: Product) -> list[tuple[tuple[str, ...], Array]]:
    """The buckets of a product by the values of the attributes, sorted; all in one where there are none."""
    if not len(product.n):
        return []
    values = list(zip(*(product.buckets[key].tolist() for key in shares.attribute_keys(round_.policy)), strict=True))
    if not values:
        return [((), np.arange(len(product.n)))]
    return [(group, np.array([at for at, one in enumerate(values) if one == group])) for group in sorted(set(values))]


def _supplies(round_: Round, product: Product, groups: Sequence[tuple[tuple[str, ...], Array]]) -> list[int]:
    """The supply of each group, as `group_supplies`."""
    sizes = [(values, int(product.n[at].sum())) for values, at in groups]
    return group_supplies(product.supply, sizes, round_.policy.split)


def _quotas(round_: Round, product: Product, at: Array, supply: int) -> Quotas:
    tier = product.buckets["tier"][at]
    round_.policy.check_rising(np.unique(tier).tolist())
    weights = {int(one): round_.policy.weight_of(int(one)) for one in np.unique(tier)}
    return quotas(tier, product.buckets["most"][at], product.n[at], weights, supply)


def _level(quota: Quotas) -> float:
    return quota.numerator * MILLIONTHS / quota.denominator


def _quota_table(
    attributes: Sequence[str], found: Sequence[tuple[Product, tuple[str, ...], Quotas, Array]]
) -> pa.Table:
    rows = []
    for product, values, quota, at in found:
        tiers, most, n = product.buckets["tier"][at], product.buckets["most"][at], product.n[at]
        for tier, units in zip(quota.tiers.tolist(), quota.units.tolist(), strict=True):
            here = tiers == tier
            taken = int(n[here] @ np.minimum(most[here], units))
            rows.append(
                (product.week, product.product_id, *values, tier, units, int(n[here].sum()), taken, _level(quota))
            )
    kinds = {
        "week": pa.date32(),
        "product_id": pa.string(),
        **dict.fromkeys(attributes, pa.string()),
        **dict.fromkeys(("tier", "quota_units", "n_requests", "taken_units"), pa.int64()),
        "fill_level": pa.float64(),
    }
    columns = list(zip(*rows, strict=True)) or [()] * len(kinds)
    return pa.table({name: pa.array(list(c), kind) for (name, kind), c in zip(kinds.items(), columns, strict=True)})


def by_lot(desk: Desk, round_: Round, products: TableExpression, listed: Sequence[Product]) -> Divided:
    lots = [int(product.n @ np.minimum(product.buckets["most"], round_.policy.lot_units)) for product in listed]
    shared = [min(product.supply, lot) for product, lot in zip(listed, lots, strict=True)]
    levels = [units / lot if lot else 1.0 for units, lot in zip(shared, lots, strict=True)]
    solved = pa.table(
        {
            "product": pa.array([product.number for product in listed], pa.int32()),
            "supply_units": pa.array([product.supply for product in listed], pa.int64()),
            "fill_level": pa.array(levels, pa.float64()),
        }
    )
    desk.give("allocation_solved", solved)
    expression = ibis.table(ibis.Schema.from_pyarrow(solved.schema), name="allocation_solved")
    made = shares.by_lot(round_, products, expression)
    return Divided(made, levels_table(listed, shared, levels, [0] * len(listed)), None)
