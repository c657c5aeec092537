"""Small allocations told row by row."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from lianxin import engine
from lianxin.core.allocating.favour import ALLOCATIONS, Favour, favour

Row = dict[str, Any]

DUCK = engine.open("duckdb", memory_limit="500MB", threads=1)
MONDAY = date(2026, 3, 2)


def row(retailer: str, share: int, **told: Any) -> Row:
    """A row of the first week and product: everybody of tier 10 asked for nine and no cap holds."""
    week = MONDAY + timedelta(weeks=told.pop("week", 0))
    return {
        "week": week,
        "product_id": "p1",
        "retailer_id": retailer,
        "manager_id": "m1",
        "tier": 10,
        "wanted_units": 9,
        "share_units": share,
        **told,
    }


def table(rows: list[Row]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=pa.schema(list(ALLOCATIONS.columns.items())))


def found(
    rows: list[Row] | pa.Table, *, seed: int = 1, alike: str = "need", asks: Any = DUCK, **parameters: Any
) -> Favour:
    """The report, with fewer draws than by default; parameters without their prefix."""
    told = {"draws": 999, **parameters}
    return favour(
        table(rows) if isinstance(rows, list) else rows,
        engine=asks,
        seed=seed,
        alike=alike,
        parameters={f"favour.{name}": value for name, value in told.items()},
    )


def by_manager(made: pa.Table) -> dict[str, Row]:
    return {line["manager_id"]: line for line in made.to_pylist()}


def city(n_managers: int = 3, retailers: int = 30, weeks: int = 8, products: int = 2) -> list[Row]:
    """Everybody alike: each manager's retailers got four of nine, every week."""
    return [
        row(f"r{manager}{retailer:03d}", 4, manager_id=f"m{manager}", week=week, product_id=f"p{product}", rule_units=4)
        for week in range(weeks)
        for product in range(products)
        for manager in range(n_managers)
        for retailer in range(retailers)
    ]
