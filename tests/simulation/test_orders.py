"""Order lines keep the order of the three numbers and have the rhythm and size of the trade."""

from datetime import date

import numpy as np
import pytest

from lianxin.simulation.company import is_working_day
from lianxin.simulation.goods import TIGHT
from lianxin.simulation.orders import NOT_RECORDED, Lines, months_of_lines
from lianxin.simulation.retailers import MEAN_UNITS_PER_MONTH
from lianxin.simulation.sizes import SIZES
from lianxin.simulation.world import World, build_world


@pytest.fixture(scope="module")
def lines(lines_by_month: dict[date, Lines]) -> Lines:
    parts = list(lines_by_month.values())
    return Lines(*(np.concatenate([getattr(p, name) for p in parts]) for name in Lines.__slots__))


def test_supplied_is_within_ordered_within_cap_and_wanted(lines: Lines) -> None:
    bought = lines.wanted != NOT_RECORDED
    assert (lines.supplied[bought] >= 0).all()
    assert (lines.supplied <= lines.ordered).all()
    assert (lines.ordered[bought] <= lines.wanted[bought]).all()
    capped = lines.cap != NOT_RECORDED
    assert (lines.ordered[capped] <= lines.cap[capped]).all()
    assert 0 < capped.sum() < bought.sum()


def test_caps_bite_on_goods_in_short_supply(world: World, lines: Lines) -> None:
    tight = (world.goods.state[lines.product] == TIGHT) & (lines.wanted != NOT_RECORDED)
    other = (world.goods.state[lines.product] != TIGHT) & (lines.wanted != NOT_RECORDED)
    fill_of_tight = lines.ordered[tight].sum() / lines.wanted[tight].sum()
    fill_of_others = lines.ordered[other].sum() / lines.wanted[other].sum()
    assert 0.25 < fill_of_tight < 0.7
    assert fill_of_others > 0.9
    assert ((lines.ordered == 0) & (lines.wanted > 0)).any()


def test_same_tier_product_and_week_has_the_same_cap(world: World, lines_by_month: dict[date, Lines]) -> None:
    lines = lines_by_month[date(2021, 3, 1)]
    capped = np.flatnonzero(lines.cap != NOT_RECORDED)
    seen: dict[tuple[int, int, int], int] = {}
    for i in capped:
        day, product = int(lines.day[i]), int(lines.product[i])
        tier = int(world.retailers.tier_on(day)[lines.retailer[i]])
        assert seen.setdefault((day, product, tier), int(lines.cap[i])) == lines.cap[i]


def test_returns_are_few_negative_and_ask_for_nothing(lines: Lines) -> None:
    returns = lines.ordered < 0
    assert np.array_equal(returns, lines.wanted == NOT_RECORDED)
    assert (lines.cap[returns] == NOT_RECORDED).all()
    assert (lines.supplied[returns] == lines.ordered[returns]).all()
    assert (lines.amount_fen[returns] < 0).all()
    assert 0.0002 < returns.mean() < 0.002


def test_amount_is_supplied_times_the_wholesale_price_of_the_day(world: World, lines: Lines) -> None:
    versions = sorted(world.goods.prices, key=lambda v: v.from_day)
    for i in range(0, len(lines.day), 997):
        product, day = int(lines.product[i]), int(lines.day[i])
        price = [v.wholesale_fen for v in versions if v.product == product and v.from_day <= day][-1]
        assert lines.amount_fen[i] == lines.supplied[i] * price


def test_lines_fall_on_working_days_of_open_shops_and_listed_goods(world: World, lines: Lines) -> None:
    assert [day for day in np.unique(lines.day) if not is_working_day(date.fromordinal(int(day)))] == []
    retailers = world.retailers
    assert (retailers.opens_day[lines.retailer] <= lines.day).all()
    assert (lines.day < retailers.closes_day[lines.retailer]).all()
    bought = lines.wanted != NOT_RECORDED
    assert (world.goods.listed_day[lines.product] <= lines.day).all()
    assert (lines.day < world.goods.delisted_day[lines.product])[bought].all()
    paused = (retailers.pause_from[lines.retailer] <= lines.day) & (lines.day < retailers.pause_until[lines.retailer])
    assert not paused[bought].any()


def test_numbers_of_a_day_run_from_one_without_a_gap(lines: Lines) -> None:
    for day in np.unique(lines.day)[:20]:
        assert np.array_equal(lines.sequence[lines.day == day], np.arange(1, (lines.day == day).sum() + 1))


def test_larger_tiers_buy_more(world: World, lines_by_month: dict[date, Lines]) -> None:
    lines = lines_by_month[date(2020, 8, 1)]
    units = np.bincount(lines.retailer, lines.supplied, world.size.n_retailers)
    tier = world.retailers.tier_on(date(2020, 8, 1).toordinal())
    low, middle, high = (units[(tier >= a) & (tier <= b)].mean() for a, b in ((1, 9), (10, 20), (21, 30)))
    assert low * 2 < middle < high / 2


def test_shops_stock_up_before_the_spring_festival_and_rest_after_it(lines: Lines) -> None:
    def weekly_units(first: date, last: date) -> float:
        inside = (lines.day >= first.toordinal()) & (lines.day <= last.toordinal())
        return float(lines.supplied[inside].sum()) / ((last - first).days + 1) * 7

    before = weekly_units(date(2021, 1, 25), date(2021, 2, 7))
    holiday = weekly_units(date(2021, 2, 11), date(2021, 2, 17))
    usual = weekly_units(date(2021, 3, 8), date(2021, 3, 28))
    assert before > 1.2 * usual
    assert holiday == 0


def test_most_open_shops_order_in_a_month_but_not_all(world: World, lines_by_month: dict[date, Lines]) -> None:
    lines = lines_by_month[date(2021, 6, 1)]
    ordering = np.isin(np.arange(world.size.n_retailers), lines.retailer[lines.ordered > 0])
    is_open = world.retailers.is_active_on(date(2021, 6, 1).toordinal()) & world.retailers.is_active_on(
        date(2021, 6, 30).toordinal()
    )
    assert 0.90 < ordering[is_open].mean() < 0.99


def test_default_size_has_about_five_million_lines_and_a_few_large_retailers() -> None:
    world = build_world(20211231, SIZES["default"])
    n_lines, units, large = 0, 0.0, []
    for _, lines in months_of_lines(world):
        n_lines += len(lines)
        bought = np.bincount(lines.retailer, lines.supplied, world.size.n_retailers)
        units += bought.sum()
        large.append(int((bought > 1000).sum()))
    assert 4_500_000 < n_lines < 5_500_000
    mean_units = units / world.size.n_retailers / len(world.size.months)
    assert abs(mean_units - 180) < 20
    assert mean_units < MEAN_UNITS_PER_MONTH
    assert 0 < min(large) <= max(large) < 0.015 * world.size.n_retailers
