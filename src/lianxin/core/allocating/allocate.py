"""A round in memory: requests and supply in, shares with their reasons out."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import ibis
import pyarrow as pa

from lianxin.core.allocating.contracts import REQUESTS, REQUESTS_NAME, SUPPLY, SUPPLY_NAME, Input, Round
from lianxin.core.allocating.desk import Desk, Divided
from lianxin.core.allocating.division import divide
from lianxin.core.allocating.faults import COLUMNS as FAULT_COLUMNS
from lianxin.core.allocating.faults import faults
from lianxin.core.allocating.policies import Policy
from lianxin.core.errors import SchemaMismatch


class Sits(Protocol):
    """What allocation needs of an engine; `lianxin.engine.open(...)` gives one."""

    def sitting(self, sources: Any) -> AbstractContextManager[Desk]:
        """A desk that knows these sources by name."""


@dataclass(frozen=True)
class Allocated:
    """What allocation gives.

    shares : the requests with share_units : int64, fill_level : float64 and reason : string, sorted by week, product, retailer
    levels : one row per week and product, sorted
        supply_units, wanted_units, shared_units, remainder_units, n_requests, n_odd_units : int64; n_full : int64, requests that
        got all that they asked for; fill_level : float64
    tiers : one row per week, product and tier (none without tiers), sorted
        n_requests, wanted_units, shared_units, least_units, most_units : int64, the smallest and the largest share
    quotas : under tier_quota one row per week, product, attributes and tier, else None: see `Divided`
    faults : see `faults`; with any, all the others have no rows
    """

    shares: pa.Table
    levels: pa.Table
    tiers: pa.Table
    quotas: pa.Table | None
    faults: pa.Table


def allocate(requests: pa.Table, supply: pa.Table, *, policy: Policy, engine: Sits) -> Allocated:
    """The round divided by the policy, or what is at fault with it.

    Parameters
    ----------
    requests, supply : see `REQUESTS` and `SUPPLY`; whole numbers of any width; further columns of the requests pass through
    engine : answers the expressions; DuckDB and Spark give the same digest

    Invariants
    ----------
    0 <= share <= min(wanted, cap). Shares of a product never sum above its supply.
    Under uniform, weighted_uniform and proportional they sum to min(supply, Σ min(wanted, cap)).
    Retailers with the same numbers get the same share, but for one unit that goes round by the published rotation.
    The order of rows changes nothing. The same input gives the same result.

    Raises
    ------
    SchemaMismatch : a column is missing or cannot be read as its type.

    Source
    ------
    Sprumont 1991; Ching 1994 (the uniform rule); Spiliotopoulou, Donohue, Gurbuz 2022 (tailored by tier); 按档位投放 of the trade.
    """
    asked, given = _typed(requests, REQUESTS, policy.attributes), _typed(supply, SUPPLY)
    round_ = Round.of(ibis.Schema.from_pyarrow(asked.schema), ibis.Schema.from_pyarrow(given.schema), policy)
    with engine.sitting({REQUESTS_NAME: asked, SUPPLY_NAME: given}) as desk:
        made = divide(desk, round_)
        return _refused(round_, desk.ask(faults(round_))) if made is None else _told(desk, round_, made)


def _typed(table: pa.Table, contract: Input, texts: tuple[str, ...] = ()) -> pa.Table:
    """The table with the columns of the contract in its types, all nullable."""
    fields = []
    for field in table.schema:
        kind = contract.types.get(field.name, "string" if field.name in texts else None)
        fields.append(pa.field(field.name, ibis.dtype(kind).to_pyarrow() if kind else field.type))
    try:
        return table.cast(pa.schema(fields))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as fault:
        raise SchemaMismatch(f"The {contract.name} cannot be read as {contract.types}: {fault}") from fault


def _refused(round_: Round, found: pa.Table) -> Allocated:
    schema = {
        **dict(round_.requests.schema().items()),
        "share_units": "int64",
        "fill_level": "float64",
        "reason": "string",
    }
    nothing = ibis.schema(schema).to_pyarrow().empty_table()
    return Allocated(nothing, _empty(LEVELS), _empty(TIERS), None, found)


LEVELS: Mapping[str, str] = {
    "week": "date",
    "product_id": "string",
    "supply_units": "int64",
    "wanted_units": "int64",
    "shared_units": "int64",
    "remainder_units": "int64",
    "fill_level": "float64",
    "n_requests": "int64",
    "n_full": "int64",
    "n_odd_units": "int64",
}
TIERS: Mapping[str, str] = {
    "week": "date",
    "product_id": "string",
    "tier": "int64",
    "n_requests": "int64",
    "wanted_units": "int64",
    "shared_units": "int64",
    "least_units": "int64",
    "most_units": "int64",
}


def _empty(columns: Mapping[str, str]) -> pa.Table:
    return ibis.schema(columns).to_pyarrow().empty_table()


def _told(desk: Desk, round_: Round, made: Divided) -> Allocated:
    desk.keep("allocation_shares", made.shares)
    rows = ibis.table(made.shares.schema(), name="allocation_shares")
    counted = rows.group_by("week", "product_id").agg(
        wanted_units=rows.wanted_units.sum().cast("int64"),
        n_full=(rows.share_units == rows.wanted_units).sum().cast("int64"),
    )
    desk.give("allocation_levels", made.levels)
    levels = ibis.table(ibis.Schema.from_pyarrow(made.levels.schema), name="allocation_levels")
    joined = levels.left_join(counted, ["week", "product_id"])
    told = joined.select(
        *(
            joined[name].fill_null(0).name(name) if name in ("wanted_units", "n_full") else joined[name]
            for name in LEVELS
        )
    )
    return Allocated(
        desk.ask(rows.order_by("week", "product_id", "retailer_id")),
        desk.ask(told.order_by("week", "product_id")),
        _tiers(desk, round_, rows),
        made.quotas,
        _empty(FAULT_COLUMNS),
    )


def _tiers(desk: Desk, round_: Round, rows: Any) -> pa.Table:
    if not round_.has("tier"):
        return _empty(TIERS)
    rows = rows.filter(rows.tier.notnull())
    return desk.ask(
        rows.group_by("week", "product_id", "tier")
        .agg(
            n_requests=rows.count(),
            wanted_units=rows.wanted_units.sum().cast("int64"),
            shared_units=rows.share_units.sum().cast("int64"),
            least_units=rows.share_units.min(),
            most_units=rows.share_units.max(),
        )
        .order_by("week", "product_id", "tier")
    )
