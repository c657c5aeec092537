"""Lines of products that nobody ordered yet: from whom they are borrowed, and what they add up to."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from lianxin import engine
from lianxin.core.errors import SchemaMismatch
from lianxin.core.forecasting.borrowing import Borrowed, borrowed
from lianxin.core.forecasting.lending import ANALOGUES_LEAST
from lianxin.engine import Engine, digest

pytestmark = pytest.mark.requirement("C1")
UNTIL = date(2021, 9, 26)
OLD = date(2020, 1, 6)
KINDS = {
    "order_date": pa.date32(), "retailer_id": pa.int64(), "product_id": pa.int64(), "ordered_units": pa.int64(),
}  # fmt: skip


@pytest.fixture(scope="module")
def duck() -> Engine:
    return engine.open("duckdb", memory_limit="500MB", threads=1)


def world(n: int = 12) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Orders, and products: 1 is old and of class A; 100 … began in 2021, of producer X and classes A and B; 900 is new.

    Shop 1 takes three quarters of everything, shop 2 a quarter, shop 3 took of the old product two years ago. A launch is taken
    up in two weeks: 12 and 4 units, ten times as much of the largest.
    """
    orders: list[tuple[Any, ...]] = [(OLD, 3, 1, 5)]
    orders += [
        (UNTIL - timedelta(days=7 * week), shop, 1, units) for week in range(50) for shop, units in ((1, 3), (2, 1))
    ]
    goods: list[tuple[Any, ...]] = [(1, "Y", "A"), (900, "X", "A"), (901, "Z", "A"), (902, "Z", "C"), (903, None, None)]
    for place in range(n):
        product, first = 100 + place, date(2021, 1, 7) + timedelta(days=10 * place)
        goods.append((product, "X", "A" if place % 2 else "B"))
        much = 10 if place == 5 else 1
        for age, units in ((0, 4), (8, 1)):
            day = first + timedelta(days=age)
            orders += [(day, 1, product, 3 * units * much), (day, 2, product, units * much)]
    return orders, goods


def told(
    running: Engine, orders: list[tuple[Any, ...]], goods: list[tuple[Any, ...]], *wanted: int, **asked: Any
) -> Borrowed:
    rows = pa.Table.from_pylist([dict(zip(KINDS, row, strict=True)) for row in orders], schema=pa.schema(KINDS))
    kinds = {"product_id": pa.int64(), "producer": pa.string(), "price_class": pa.string()}
    master = pa.Table.from_pylist([dict(zip(kinds, row, strict=True)) for row in goods], schema=pa.schema(kinds))
    given = {"until": UNTIL, "horizon": 2, **asked}
    return borrowed(rows, master, wanted=wanted, engine=running, **given)


def by_shop(made: Borrowed, step: int) -> dict[int, float]:
    rows = made.lines.filter(pc.equal(made.lines.column("step"), step)).to_pylist()
    return {row["retailer_id"]: row["mean_units"] for row in rows}


def test_a_product_borrows_from_what_its_producer_launched(duck: Engine) -> None:
    made = told(duck, *world(), 900)
    (lender,) = made.lenders
    assert (lender.product_id, lender.kind, lender.name, lender.n) == (900, "producer", "X", 12)
    # Eleven launches of 16 and 4, one of 160 and 40, which counts as much as the second largest tenth.
    cut = [
        np.minimum([size] * 11 + [10 * size], np.quantile([size] * 11 + [10 * size], 0.9)).mean() for size in (16, 4)
    ]
    assert [sum(by_shop(made, step).values()) for step in (1, 2)] == pytest.approx(cut)
    assert by_shop(made, 1) == {1: pytest.approx(0.75 * cut[0]), 2: pytest.approx(0.25 * cut[0])}
    rows = made.lines.to_pylist()
    assert [(row["retailer_id"], row["step"]) for row in rows] == [(1, 1), (1, 2), (2, 1), (2, 2)]
    assert all(row["q10_units"] <= row["q50_units"] <= row["q90_units"] for row in rows)
    # Round lots that were ordered, and nothing between.
    assert {row["q50_units"] for row in rows} <= {1.0, 3.0, 4.0, 12.0}
    assert lender.totals == ((16.0, 16.0, 16.0), (4.0, 4.0, 4.0))
    assert lender.shares == (1.0, 1.0)


def test_the_price_class_lends_where_the_producer_is_new_and_few_lend_nothing(duck: Engine) -> None:
    orders, goods = world(24)
    made = told(duck, orders, goods, 900, 901, 902, 903)
    assert [(one.product_id, one.kind, one.name, one.n) for one in made.lenders] == [
        (900, "producer", "X", 24),
        (901, "price_class", "A", 12),
    ]
    assert set(made.lines.column("product_id").to_pylist()) == {900, 901}
    # The class in all is what a shop's share is of: the old product is of class A.
    few, _goods = world(ANALOGUES_LEAST - 1)
    assert told(duck, few, goods, 900).lines.num_rows == 0
    enough, _goods = world(ANALOGUES_LEAST)
    assert told(duck, enough, goods, 900).lenders[0].n == ANALOGUES_LEAST


def test_what_somebody_ordered_borrows_nothing(duck: Engine) -> None:
    orders, goods = world()
    assert told(duck, orders, goods, 1).lines.num_rows == 0
    assert told(duck, [*orders, (UNTIL, 1, 900, 1)], goods, 900).lines.num_rows == 0


def test_nothing_after_the_last_day_and_no_order_of_rows_counts(duck: Engine) -> None:
    orders, goods = world()
    before = told(duck, orders, goods, 900)
    later = [*orders[::-1], (UNTIL + timedelta(days=1), 1, 900, 99), (UNTIL + timedelta(days=2), 2, 100, 99)]
    after = told(duck, later, goods[::-1], 900)
    assert digest(after.lines) == digest(before.lines)
    assert after.lenders == before.lenders


def test_a_launch_counts_once_its_whole_horizon_is_over(duck: Engine) -> None:
    orders, goods = world()
    newest = max(first for first, _shop, product, _units in orders if product == 111)
    (whole,) = told(duck, orders, goods, 900, until=newest + timedelta(days=5)).lenders
    (short,) = told(duck, orders, goods, 900, until=newest + timedelta(days=4)).lenders
    assert (whole.n, short.n) == (12, 11)


def test_what_was_first_ordered_in_the_first_half_year_is_no_launch(duck: Engine) -> None:
    orders, goods = world()
    known = [row for row in orders if row[0] >= date(2021, 1, 7)]
    assert told(duck, known, goods, 900).lines.num_rows == 0


def test_months_since_the_first_order_are_periods_too(duck: Engine) -> None:
    made = told(duck, *world(), 900, horizon=2, period="month")
    assert [sum(by_shop(made, step).values()) for step in (1, 2)] == [pytest.approx(20 * (11 + 1.0) / 12), 0.0]


@pytest.mark.spark
@pytest.mark.xdist_group("spark")
def test_the_other_engine_gives_the_same(spark: Engine, duck: Engine) -> None:
    for period in ("week", "month"):
        ours, theirs = (told(one, *world(24), 900, 901, period=period) for one in (duck, spark))
        assert digest(ours.lines) == digest(theirs.lines)
        assert ours.lenders == theirs.lenders


def test_products_without_a_name_are_refused(duck: Engine) -> None:
    rows = pa.Table.from_pylist([], schema=pa.schema(KINDS))
    with pytest.raises(SchemaMismatch, match="product_id"):
        borrowed(rows, pa.table({"producer": ["X"]}), wanted=[1], until=UNTIL, horizon=1, engine=duck)
    empty = borrowed(rows, pa.table({"product_id": [1]}), wanted=[1], until=UNTIL, horizon=1, engine=duck)
    assert (empty.lines.num_rows, empty.lenders) == (0, ())
