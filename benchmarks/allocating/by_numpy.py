"""NumPy: a sort for each product."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.allocating.inputs import weight_of


def level(wants: np.ndarray, weights: np.ndarray, supply: int) -> float:
    """The common level of one product by sorting."""
    at = np.argsort(wants / weights, kind="stable")
    wants, weights = wants[at], weights[at]
    full = np.concatenate([[0.0], np.cumsum(wants)])[:-1]
    rest = np.cumsum(weights[::-1])[::-1]
    reached = full + rest * wants / weights
    first = int(np.argmax(reached >= supply))
    return float((supply - full[first]) / rest[first])


def rounded(wants: np.ndarray, weights: np.ndarray, supply: int) -> np.ndarray:
    """Whole shares of one product: the level, then one more to the largest fractions."""
    if wants.sum() <= supply:
        return wants.astype(np.int64)
    exact = np.minimum(level(wants, weights, supply) * weights, wants)
    shares = np.floor(exact + 1e-9).astype(np.int64)
    order = np.argsort(shares - exact, kind="stable")
    shares[order[: supply - int(shares.sum())]] += 1
    return shares


def by_numpy(requests: str, supply: str, out: str) -> int:
    """A sort for each product, from file to file; no check of the input."""
    table = pq.read_table(requests)
    given = {row["product_id"]: row["supply_units"] for row in pq.read_table(supply).to_pylist()}
    column = table.column("product_id").dictionary_encode().combine_chunks()
    codes = (column.chunk(0) if isinstance(column, pa.ChunkedArray) else column).indices.to_numpy()
    names = (column.chunk(0) if isinstance(column, pa.ChunkedArray) else column).dictionary.to_pylist()
    wants = table.column("wanted_units").to_numpy().astype(np.float64)
    weights = np.array([0.0, *(weight_of(tier) for tier in range(1, 31))])[table.column("tier").to_numpy()]
    shares = np.zeros(table.num_rows, np.int64)
    order = np.argsort(codes, kind="stable")
    ends = np.searchsorted(codes[order], np.arange(len(names) + 1))
    for number, name in enumerate(names):
        at = order[ends[number] : ends[number + 1]]
        shares[at] = rounded(wants[at], weights[at], given[name])
    pq.write_table(table.append_column("share_units", pa.array(shares)), out)
    return int(shares.sum())
