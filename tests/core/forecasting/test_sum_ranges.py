"""Ranges of sums: as wide as sums of their kind have strayed, shocks that all share included."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest

from lianxin import engine
from lianxin.core.forecasting import coherent
from lianxin.core.forecasting.sum_ranges import strays, with_ranges, without_wild_ranges

pytestmark = pytest.mark.requirement("C1")
MONDAY = date(2019, 1, 7)
SHOPS, GOODS, WEEKS = 40, 4, 130


@pytest.fixture(scope="module")
def units() -> np.ndarray:
    """Units of shop, product and week. All shops of a route (ten) rise and fall together in a week."""
    drawn = np.random.default_rng(7)
    shared = np.exp(drawn.normal(0, 0.25, (SHOPS // 10, 1, WEEKS)).repeat(10, axis=0))
    return drawn.poisson(6.0 * shared * np.ones((SHOPS, GOODS, WEEKS)))


def orders(units: np.ndarray, weeks: int = WEEKS) -> pa.Table:
    shop, product, week = np.nonzero(units[:, :, :weeks])
    return pa.table(
        {
            "order_date": pa.array([MONDAY + timedelta(days=7 * one) for one in week.tolist()]),
            "retailer_id": [f"s{one:02d}" for one in shop.tolist()],
            "product_id": [f"p{one}" for one in product.tolist()],
            "ordered_units": pa.array(units[shop, product, week], pa.int64()),
        }
    )


ROUTES = pa.table(
    {"retailer_id": [f"s{one:02d}" for one in range(SHOPS)], "route": [f"r{one // 10}" for one in range(SHOPS)]}
)


def asked(rows: pa.Table, weeks: int) -> pa.Table:
    until = MONDAY + timedelta(days=7 * weeks - 1)
    return strays(rows, ROUTES, levels=["route"], until=until, horizon=2, engine=engine.open("duckdb"))


def sums(units: np.ndarray, *, by_product: bool) -> pa.Table:
    """Sums of a forecast that is the mean of the last weeks, for the two weeks after them."""
    mean = units[:, :, WEEKS - 20 : WEEKS - 2].mean(axis=2)
    rows = [
        {
            "retailer_id": f"s{shop:02d}",
            "product_id": f"p{product}",
            "period_start": MONDAY + timedelta(days=7 * (WEEKS - 3 + step)),
            "step": step,
            "mean_units": float(mean[shop, product]),
        }
        for shop in range(SHOPS)
        for product in range(GOODS)
        for step in (1, 2)
    ]
    return coherent(pa.Table.from_pylist(rows), ROUTES, levels=["route"], by_product=by_product)


def test_ranges_hold_the_shocks_that_shops_share(units: np.ndarray) -> None:
    # given shops of a route that rise and fall together by a quarter
    strayed = asked(orders(units), WEEKS - 2)
    # when the sums of a route by product are given their range
    told = with_ranges(sums(units, by_product=True), strayed).to_pylist()
    wide = [(row["q90_units"] - row["q10_units"]) / row["mean_units"] for row in told if row["level"] == "route"]
    # then it is as wide as 80 % of such shocks and not as narrow as ten independent shops would make it: 2 · 1.28 / √60 = 0.33
    assert 0.5 < np.mean(wide) < 0.95
    assert all(row["q10_units"] <= row["mean_units"] <= row["q90_units"] for row in told)
    # and of the past year's sums about 8 in 10 lie inside
    kept = [row for row in strayed.to_pylist() if row["level"] == "route" and row["by_product"] and row["step"] == 1]
    assert sum(row["n"] for row in kept) == 52 * 16


def test_orders_after_the_day_and_the_order_of_rows_change_nothing(units: np.ndarray) -> None:
    made = asked(orders(units, WEEKS - 2), WEEKS - 2)
    later = orders(units)
    mixed = later.take(np.random.default_rng(1).permutation(later.num_rows))
    assert asked(mixed, WEEKS - 2).equals(made)
    assert made.num_rows > 0


@pytest.mark.spark
@pytest.mark.xdist_group("spark")
def test_both_engines_tell_alike(units: np.ndarray, spark: engine.Engine) -> None:
    until = MONDAY + timedelta(days=7 * WEEKS - 1)
    rows = orders(units)
    by_spark = strays(rows, ROUTES, levels=["route"], until=until, horizon=2, engine=spark)
    assert engine.digest(by_spark) == engine.digest(asked(rows, WEEKS))


def test_without_a_year_nothing_is_told(units: np.ndarray) -> None:
    strayed = asked(orders(units, 20), 20)
    told = with_ranges(sums(units, by_product=False), strayed)
    assert strayed.num_rows == 0
    assert told.column("q10_units").null_count == told.column("q90_units").null_count == told.num_rows


def test_a_new_group_of_another_size_takes_the_nearest_class(units: np.ndarray) -> None:
    strayed = asked(orders(units), WEEKS - 2)
    large = sums(units * 100, by_product=False)
    told = with_ranges(large, strayed).to_pylist()
    assert all(row["q10_units"] > 0.5 * row["mean_units"] for row in told)


def test_sums_of_which_borrowed_lines_make_more_than_a_tenth_tell_no_range() -> None:
    def rows(*told: tuple[str, str | None, str | None, float]) -> pa.Table:
        names = ("level", "group_id", "product_id", "mean_units")
        made = [{**dict(zip(names, one, strict=True)), "step": 1, "q10_units": 1.0, "q90_units": 99.0} for one in told]
        return pa.Table.from_pylist(made)

    sums = rows(
        ("route", "a", "p", 10.0), ("route", "b", "p", 10.0), ("route", None, "p", 10.0), ("company", None, "p", 30.0),
        ("company", None, None, 30.0),
    )  # fmt: skip
    borrowed = rows(
        ("route", "a", "p", 1.0), ("route", None, "p", 1.1), ("company", None, "p", 2.1), ("company", None, None, 9.0)
    )
    told = without_wild_ranges(sums, borrowed)
    # A tenth to the digit is not more than one.
    assert told.column("q90_units").to_pylist() == [99.0, 99.0, None, 99.0, None]
    assert told.column("q10_units").to_pylist() == [1.0, 1.0, None, 1.0, None]
    assert told.drop(["q10_units", "q90_units"]).equals(sums.drop(["q10_units", "q90_units"]))
    together = sums.filter(sums.column("product_id").is_null()).drop(["product_id"])
    assert without_wild_ranges(together, borrowed.slice(3)).column("q90_units").to_pylist() == [None]
    assert without_wild_ranges(together, borrowed.slice(0, 0)).equals(together)
