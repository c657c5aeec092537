"""Rounds for tests: small ones drawn by Hypothesis, and tables of them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from lianxin.core.allocating import REQUESTS, SUPPLY

Row = dict[str, Any]
MONDAY = date(2026, 3, 2)
_KINDS = {
    "date": pa.date32(),
    "string": pa.string(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "boolean": pa.bool_(),
}


def requests_table(rows: list[Row], *more: str) -> pa.Table:
    """The rows under the contract: its columns that any row has, and `more` of text."""
    names = [name for name in REQUESTS.types if name in REQUESTS.columns or any(name in row for row in rows)]
    schema = pa.schema(
        [(name, _KINDS[REQUESTS.types[name]]) for name in names] + [(name, pa.string()) for name in more]
    )
    return pa.Table.from_pylist(rows, schema)


def supply_table(rows: list[Row]) -> pa.Table:
    return pa.Table.from_pylist(rows, pa.schema([(name, _KINDS[kind]) for name, kind in SUPPLY.types.items()]))


WEIGHTS = st.sampled_from([1.0, 1.5, 2.0, 3.0, 0.333333, 1e-6, 9999.999999])


@st.composite
def rounds(draw: st.DrawFn, *, floors: bool = False, weights: bool = False) -> tuple[list[Row], list[Row]]:
    """Requests and supply of a few products, wants and supplies of every size beside each other."""
    n_retailers = draw(st.integers(1, 9))
    big = draw(st.sampled_from([6, 40, 10**9]))
    requests, supply = [], []
    for number in range(draw(st.integers(1, 12))):
        week = MONDAY + timedelta(weeks=draw(st.integers(-60, 60)))
        product = f"P{number}"
        rows = []
        for retailer in range(n_retailers):
            row: Row = {
                "week": week,
                "product_id": product,
                "retailer_id": f"R{retailer}",
                "wanted_units": draw(st.integers(0, big)),
                "cap_units": draw(st.none() | st.integers(0, big)),
                "tier": draw(st.integers(27, 30)),
            }
            if floors:
                row["floor_units"] = draw(st.none() | st.integers(0, 4))
            if weights:
                row["weight"] = draw(st.none() | WEIGHTS)
            rows.append(row)
        wanted = sum(row["wanted_units"] for row in rows)
        least = sum(row.get("floor_units") or 0 for row in rows)
        requests += rows
        units = draw(st.integers(0, wanted + 3) | st.integers(0, 12))
        supply.append({"week": week, "product_id": product, "supply_units": max(units, least)})
    return requests, supply
