"""Purchase, sales and stock between counts."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lianxin.core.measuring.turnover import DOES_NOT_ADD_UP, ONE_COUNT, turnover

pytestmark = pytest.mark.requirement("B1")
END = date(2021, 12, 31)


def on(number: int) -> date:
    return date(2021, 12, number)


def test_sold_is_what_was_there_and_bought_less_what_is_left() -> None:
    counts = [(1, on(1), 20), (1, on(11), 8), (2, on(11), 5)]
    # Ordered on the day of the first count: there the day after. Ordered on the day of the second: not there yet.
    bought = [(1, on(1), 10), (1, on(6), 5), (1, on(8), -1), (1, on(11), 7), (3, on(5), 99)]
    one, other = turnover(counts, bought, known_until=END)
    assert (one.before_units, one.bought_units, one.after_units, one.sold_units, one.since_units) == (20, 14, 8, 26, 7)
    assert one.days_of_stock == pytest.approx(8 * 10 / 26)
    assert (other.sold_units, other.reason, other.days_of_stock, other.stock_units) == (None, ONE_COUNT, None, 5)


def test_the_newest_two_counts_count_and_the_last_of_a_day() -> None:
    counts = [(1, on(1), 50), (1, on(10), 30), (1, on(20), 21), (1, on(20), 20)]
    (one,) = turnover(counts, [], known_until=END)
    assert (one.from_day, one.until_day, one.sold_units, one.stock_units) == (on(10), on(20), 10, 20)


def test_after_orders_stop_being_known_nothing_is_told_of_sales() -> None:
    counts = [(1, on(1), 50), (1, on(10), 30), (1, on(20), 80)]
    (one,) = turnover(counts, [], known_until=on(15))
    assert (one.counted_on, one.stock_units) == (on(20), 80)
    assert (one.from_day, one.until_day, one.sold_units) == (on(1), on(10), 20)
    (alone,) = turnover(counts, [], known_until=on(9))
    assert (alone.sold_units, alone.reason) == (None, ONE_COUNT)


def test_what_does_not_add_up_is_no_negative_sale() -> None:
    (one,) = turnover([(1, on(1), 5), (1, on(10), 30)], [], known_until=END)
    assert (one.sold_units, one.reason, one.days_of_stock) == (None, DOES_NOT_ADD_UP, None)
    (none,) = turnover([(1, on(1), 5), (1, on(10), 5)], [], known_until=END)
    assert (none.sold_units, none.reason, none.days_of_stock) == (0, "", None)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    counts=st.lists(st.tuples(st.integers(1, 3), st.integers(0, 40), st.integers(0, 50)), max_size=12),
    bought=st.lists(st.tuples(st.integers(1, 3), st.integers(0, 40), st.integers(-5, 50)), max_size=20),
)
def test_nothing_appears_and_nothing_is_lost(
    counts: list[tuple[int, int, int]], bought: list[tuple[int, int, int]]
) -> None:
    day = date(2021, 11, 20)
    dated = [(product, day + timedelta(days=place), units) for product, place, units in counts]
    orders = [(product, day + timedelta(days=place), units) for product, place, units in bought]
    found = turnover(dated, orders, known_until=day + timedelta(days=60))
    assert [one.product_id for one in found] == sorted({product for product, _day, _units in counts})
    for one in found:
        if one.sold_units is not None:
            assert one.before_units is not None
            assert one.bought_units is not None
            assert one.sold_units + (one.after_units or 0) == one.before_units + one.bought_units
            assert one.sold_units >= 0
