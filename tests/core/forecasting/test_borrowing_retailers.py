"""Lines of retailers that never ordered yet: from whom they are borrowed, of which products, and that nothing later is read."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lianxin import engine
from lianxin.core.errors import SchemaMismatch
from lianxin.core.forecasting.borrowing_retailers import BorrowedByRetailers, borrowed_by_retailers
from lianxin.core.forecasting.lending import ANALOGUES_LEAST
from lianxin.engine import Engine, digest

pytestmark = pytest.mark.requirement("C1")
UNTIL = date(2021, 9, 26)
OLD = date(2020, 1, 6)
KINDS = {
    "order_date": pa.date32(), "retailer_id": pa.int64(), "product_id": pa.int64(), "ordered_units": pa.int64(),
}  # fmt: skip
SHOPS = {"retailer_id": pa.int64(), "trade_form": pa.string(), "market_type": pa.string()}


@pytest.fixture(scope="module")
def duck() -> Engine:
    return engine.open("duckdb", memory_limit="500MB", threads=1)


def first_day(place: int) -> date:
    return date(2021, 1, 7) + timedelta(days=10 * place)


def world(n: int = 12) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Orders, and retailers: 1 is old; 100 … began in 2021, kiosks in town or country; 900 … never ordered.

    A kiosk takes 4, and 40 if it is the sixth, of product 7 in its first week and 1 in its second; every second one 2 of product 8,
    every fourth 3 of product 9, in the first. Retailer 1, a bar, takes of these three every week.
    """
    orders: list[tuple[Any, ...]] = [(OLD, 1, product, 5) for product in (6, 7, 8, 9)]
    orders += [(UNTIL - timedelta(days=7 * week), 1, product, 2) for week in range(50) for product in (7, 8, 9)]
    shops: list[tuple[Any, ...]] = [(1, "bar", "urban")]
    for place in range(n):
        shop, day = 100 + place, first_day(place)
        shops.append((shop, "kiosk", "rural" if place % 2 else "urban"))
        orders += [(day, shop, 7, 40 if place == 5 else 4), (day + timedelta(days=8), shop, 7, 1)]
        orders += [(day, shop, 8, 2)] * (place % 2 == 0) + [(day + timedelta(days=1), shop, 9, 3)] * (place % 4 == 0)
    shops += [(900, "kiosk", "urban"), (901, "bar", "rural"), (902, None, None), (903, "kiosk", None)]
    return orders, shops


def told(
    running: Engine, orders: list[tuple[Any, ...]], shops: list[tuple[Any, ...]], *wanted: int, **asked: Any
) -> BorrowedByRetailers:
    rows = pa.Table.from_pylist([dict(zip(KINDS, row, strict=True)) for row in orders], schema=pa.schema(KINDS))
    master = pa.Table.from_pylist([dict(zip(SHOPS, row, strict=True)) for row in shops], schema=pa.schema(SHOPS))
    given = {"until": UNTIL, "horizon": 2, **asked}
    return borrowed_by_retailers(rows, master, wanted=wanted, engine=running, **given)


def test_a_retailer_borrows_from_how_its_trade_form_began(duck: Engine) -> None:
    made = told(duck, *world(), 903, 900)
    (lender,) = made.lenders
    assert (lender.kind, lender.name, lender.n, lender.retailers) == ("trade_form", "kiosk", 12, (900, 903))
    # Product 9 was taken by three of twelve: too few.
    assert lender.products == (7, 8)
    assert lender.shares == ((1.0, 1.0), (0.5, 0.0))
    rows = [tuple(row.values()) for row in made.lines.to_pylist()]
    # The mean in units; ranges are lots that were ordered. Of twelve the eleventh is 4: the one large opening lies above.
    mine = [
        (7, 1, 7.0, 4.0, 4.0, 4.0),
        (7, 2, 1.0, 1.0, 1.0, 1.0),
        (8, 1, 1.0, 0.0, 0.0, 2.0),
        (8, 2, 0.0, 0.0, 0.0, 0.0),
    ]
    assert rows == [(shop, *row) for shop in (900, 903) for row in mine]


def test_the_market_type_lends_where_the_trade_form_is_new_else_everybody_and_few_lend_nothing(duck: Engine) -> None:
    orders, shops = world(24)
    made = told(duck, orders, shops, 900, 901, 902)
    assert [(one.kind, one.name, one.n, one.retailers) for one in made.lenders] == [
        ("everybody", "", 24, (902,)),
        ("market_type", "rural", 12, (901,)),
        ("trade_form", "kiosk", 24, (900,)),
    ]
    # Those in the country took none of the products 8 and 9.
    assert [one.products for one in made.lenders] == [(7, 8), (7,), (7, 8)]
    few, _shops = world(ANALOGUES_LEAST - 1)
    assert told(duck, few, shops, 900, 902).lines.num_rows == 0
    enough, _shops = world(ANALOGUES_LEAST)
    assert [one.n for one in told(duck, enough, shops, 900, 902).lenders] == [ANALOGUES_LEAST] * 2


def test_three_in_ten_of_the_lenders_are_enough_and_fewer_are_not(duck: Engine) -> None:
    orders, shops = world(10)
    # Product 9 is taken by places 0, 4 and 8: three of ten.
    (lender,) = told(duck, orders, shops, 900).lenders
    assert lender.products == (7, 8, 9)
    fewer = [row for row in orders if (row[1], row[2]) != (108, 9)]
    assert told(duck, fewer, shops, 900).lenders[0].products == (7, 8)


def test_what_nobody_ordered_for_a_year_has_no_line(duck: Engine) -> None:
    orders, shops = world()
    orders += [(first_day(place), 100 + place, 6, 5) for place in range(12)]
    later = first_day(11) + timedelta(days=364)
    # Of products 7 and 8 the old shop ordered in the year before, of 6 nobody did for a year to the day.
    orders = [row for row in orders if row[0] <= UNTIL]
    assert told(duck, orders, shops, 900, until=later).lenders[0].products == (7, 8)
    assert told(duck, orders, shops, 900, until=later - timedelta(days=1)).lenders[0].products == (6, 7, 8)


def test_whoever_ordered_borrows_nothing(duck: Engine) -> None:
    orders, shops = world()
    assert told(duck, orders, shops, 1, 100).lines.num_rows == 0
    assert told(duck, [*orders, (UNTIL, 900, 8, 1)], shops, 900).lines.num_rows == 0


def test_nothing_after_the_last_day_and_no_order_of_rows_counts(duck: Engine) -> None:
    orders, shops = world(24)
    before = told(duck, orders, shops, 900, 901, 902)
    later = [
        *orders[::-1],
        (UNTIL + timedelta(days=1), 900, 7, 99),
        (UNTIL + timedelta(days=1), 101, 7, 99),
        *((UNTIL + timedelta(days=2), 100 + place, 9, 99) for place in range(24)),
    ]
    after = told(duck, later, shops[::-1], 902, 901, 900)
    assert digest(after.lines) == digest(before.lines)
    assert after.lenders == before.lenders


def test_a_beginning_counts_once_its_whole_horizon_is_over(duck: Engine) -> None:
    orders, shops = world()
    newest = first_day(11)
    (whole,) = told(duck, orders, shops, 900, until=newest + timedelta(days=13)).lenders
    (short,) = told(duck, orders, shops, 900, until=newest + timedelta(days=12)).lenders
    assert (whole.n, short.n) == (12, 11)


def test_who_first_ordered_in_the_first_half_year_did_not_surely_begin(duck: Engine) -> None:
    orders, shops = world()
    known = [row for row in orders if row[0] >= first_day(0)]
    assert told(duck, known, shops, 900).lines.num_rows == 0


def test_first_days_of_all_products_may_be_told_beside_orders_of_some(duck: Engine) -> None:
    orders, shops = world()
    whole = told(duck, orders, shops, 900)
    days: dict[int, date] = {}
    for day, shop, _product, _units in orders:
        days[shop] = min(day, days.get(shop, day))
    firsts = pa.table({"retailer_id": list(days), "first_date": list(days.values())})
    # Of product 8 alone, which six of the twelve took: the others began too, and took none of it.
    some = told(duck, [row for row in orders if row[2] == 8], shops, 900, firsts=firsts)
    assert some.lenders[0].n == 12
    mine = whole.lines.filter(pc.equal(whole.lines.column("product_id"), 8))
    assert digest(some.lines) == digest(mine)
    # One that ordered of another product only is no new retailer.
    later = pa.concat_tables([firsts, pa.table({"retailer_id": [900], "first_date": [UNTIL]})])
    assert told(duck, orders, shops, 900, firsts=later).lines.num_rows == 0
    after = pa.concat_tables([firsts, pa.table({"retailer_id": [900], "first_date": [UNTIL + timedelta(days=1)]})])
    assert digest(told(duck, orders, shops, 900, firsts=after).lines) == digest(whole.lines)


def test_months_since_the_first_order_are_periods_too(duck: Engine) -> None:
    made = told(duck, *world(), 900, horizon=2, period="month")
    of_seven = made.lines.filter(pc.equal(made.lines.column("product_id"), 7)).to_pylist()
    assert [row["mean_units"] for row in of_seven] == [8.0, 0.0]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.dictionaries(st.integers(1, 3), st.integers(1, 50), max_size=3), min_size=ANALOGUES_LEAST, max_size=14)
)
def test_lines_are_what_lenders_took(duck: Engine, openings: list[dict[int, int]]) -> None:
    """A mean lies between the least and the most of them, quantiles are lots of theirs, and together they make what one ordered."""
    orders: list[tuple[Any, ...]] = [(OLD, 1, product, 1) for product in (1, 2, 3, 4)]
    orders += [(UNTIL, 1, product, 1) for product in (1, 2, 3, 4)]
    shops: list[tuple[Any, ...]] = [(900, "kiosk", None)]
    for place, opening in enumerate(openings):
        # Of product 4 each takes one, so that each of them surely began.
        orders += [(first_day(place), 100 + place, product, units) for product, units in {**opening, 4: 1}.items()]
        shops.append((100 + place, "kiosk", None))
    made = told(duck, orders, shops, 900, horizon=1)
    (lender,) = made.lenders
    shares = {product: np.mean([product in one for one in openings]) for product in (1, 2, 3)}
    assert set(lender.products) == {4, *(product for product, share in shares.items() if share >= 0.3)}
    for row in made.lines.to_pylist():
        lots = [{**one, 4: 1}.get(row["product_id"], 0) for one in openings]
        assert row["mean_units"] == pytest.approx(np.mean(lots), abs=1e-4)
        assert {row["q10_units"], row["q50_units"], row["q90_units"]} <= set(lots)
        assert row["q10_units"] <= row["q50_units"] <= row["q90_units"]


@pytest.mark.spark
@pytest.mark.xdist_group("spark")
def test_the_other_engine_gives_the_same(spark: Engine, duck: Engine) -> None:
    for period in ("week", "month"):
        ours, theirs = (told(one, *world(24), 900, 901, 902, period=period) for one in (duck, spark))
        assert digest(ours.lines) == digest(theirs.lines)
        assert ours.lenders == theirs.lenders


def test_retailers_without_a_name_are_refused(duck: Engine) -> None:
    rows = pa.Table.from_pylist([], schema=pa.schema(KINDS))
    with pytest.raises(SchemaMismatch, match="retailer_id"):
        borrowed_by_retailers(
            rows, pa.table({"trade_form": ["kiosk"]}), wanted=[1], until=UNTIL, horizon=1, engine=duck
        )
    empty = borrowed_by_retailers(rows, pa.table({"retailer_id": [1]}), wanted=[1], until=UNTIL, horizon=1, engine=duck)
    assert (empty.lines.num_rows, empty.lenders) == (0, ())
