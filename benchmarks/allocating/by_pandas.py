"""pandas: groupby-apply, a Python function for each product."""

from __future__ import annotations

import pandas as pd

from benchmarks.allocating.by_numpy import rounded
from benchmarks.allocating.inputs import weight_of


def by_pandas(requests: str, supply: str, out: str) -> int:
    """groupby-apply, a Python function for each product."""
    frame = pd.read_parquet(requests)
    given = pd.read_parquet(supply).set_index("product_id")["supply_units"]

    def divide(rows: pd.DataFrame) -> pd.Series:
        weights = rows["tier"].map(weight_of).to_numpy()
        wants = rows["wanted_units"].to_numpy().astype(float)
        return pd.Series(rounded(wants, weights, int(given[rows.name])), rows.index)

    frame["share_units"] = frame.groupby("product_id", group_keys=False)[["wanted_units", "tier"]].apply(divide)
    frame.to_parquet(out)
    return int(frame["share_units"].sum())
