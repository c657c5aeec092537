"""Sums of forecasts: they add up at every level."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lianxin.core.errors import SchemaMismatch
from lianxin.core.forecasting import coherent

pytestmark = pytest.mark.requirement("C1")
MONDAY = date(2021, 6, 28)


def forecasts(means: list[tuple[str, str, float]], steps: int = 1) -> pa.Table:
    rows = [
        {
            "retailer_id": retailer,
            "product_id": product,
            "period_start": MONDAY + timedelta(days=7 * (step - 1)),
            "step": step,
            "mean_units": mean,
            "q10_units": 0.0,
            "q50_units": mean * 0.8,
            "q90_units": mean * 2,
        }
        for retailer, product, mean in means
        for step in range(1, steps + 1)
    ]
    return pa.Table.from_pylist(rows)


SHOPS = pa.table({"retailer_id": ["a", "b", "c"], "route": ["1", "1", None], "unit_id": [7, 8, 8]})


def test_groups_add_up_to_the_company() -> None:
    made = coherent(
        forecasts([("a", "x", 3.0), ("b", "x", 4.0), ("c", "x", 5.0), ("c", "y", 1.0)]), SHOPS, levels=["route"]
    )
    told = [
        (row["level"], row["group_id"], row["product_id"], row["mean_units"], row["n_series"])
        for row in made.to_pylist()
    ]
    assert told == [
        ("route", "1", "x", 7.0, 2),
        ("route", None, "x", 5.0, 1),
        ("route", None, "y", 1.0, 1),
        ("company", None, "x", 12.0, 3),
        ("company", None, "y", 1.0, 1),
    ]


def test_all_products_together_and_whole_numbers_as_groups() -> None:
    made = coherent(
        forecasts([("a", "x", 3.0), ("c", "y", 1.0), ("b", "y", 2.0)], 2), SHOPS, levels=["unit_id"], by_product=False
    )
    assert "product_id" not in made.column_names
    told = [
        (row["level"], row["group_id"], row["step"], row["period_start"], row["mean_units"]) for row in made.to_pylist()
    ]
    assert told == [
        ("unit_id", "7", 1, MONDAY, 3.0),
        ("unit_id", "7", 2, MONDAY + timedelta(days=7), 3.0),
        ("unit_id", "8", 1, MONDAY, 3.0),
        ("unit_id", "8", 2, MONDAY + timedelta(days=7), 3.0),
        ("company", None, 1, MONDAY, 6.0),
        ("company", None, 2, MONDAY + timedelta(days=7), 6.0),
    ]


@settings(max_examples=40, deadline=None)
@given(
    means=st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from("xy"), st.floats(0, 1000).map(lambda value: round(value, 4))),
        min_size=1,
        unique_by=lambda row: row[:2],
    )
)
def test_sums_of_every_level_equal_those_of_the_company(means: list[tuple[str, str, float]]) -> None:
    made = coherent(forecasts(means, 2), SHOPS, levels=["route", "unit_id"])
    sums: dict[str, dict[tuple[str, int], float]] = {}
    for row in made.to_pylist():
        key = (row["product_id"], row["step"])
        level = sums.setdefault(row["level"], {})
        level[key] = level.get(key, 0.0) + row["mean_units"]
    assert sums["route"] == pytest.approx(sums["company"], abs=1e-3)
    assert sums["unit_id"] == pytest.approx(sums["company"], abs=1e-3)
    assert np.isclose(sum(sums["company"].values()), 2 * sum(mean for *_, mean in means))


def test_no_forecast_sums_to_no_row() -> None:
    assert coherent(forecasts([("a", "x", 1.0)]).slice(0, 0), SHOPS, levels=["route"]).num_rows == 0


def test_what_is_missing_is_told() -> None:
    rows = forecasts([("a", "x", 1.0)])
    with pytest.raises(SchemaMismatch, match="need the table of retailers"):
        coherent(rows, levels=["route"])
    with pytest.raises(SchemaMismatch, match="lack the column manager_id"):
        coherent(rows, SHOPS, levels=["manager_id"])
    with pytest.raises(SchemaMismatch, match="one retailer twice"):
        coherent(rows, pa.table({"retailer_id": ["a", "a"], "route": ["1", "2"]}), levels=["route"])
