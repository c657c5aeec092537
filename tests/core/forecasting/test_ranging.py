"""The range of one period: own sizes beyond the share of periods without an order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from lianxin.core.forecasting.contracts import QUANTILES
from lianxin.core.forecasting.periods import MONTHS, WEEKS
from lianxin.core.forecasting.ranging import own_range, sizes, weights

pytestmark = pytest.mark.requirement("C1")
EVENLY = np.ones(6)
YEAR = np.array([[0.0, 12.0, 0.0, 6.0, 12.0, 24.0]])


def test_sizes_are_the_series_own_and_weeks_without_an_order_are_none() -> None:
    shares = np.array([[0.0, 0.24, 0.26, 0.74, 0.76, 1.0]])
    assert sizes(YEAR, EVENLY, shares).tolist() == [[6.0, 6.0, 12.0, 12.0, 24.0, 24.0]]
    # the newest order of 24 counts as much as all others together
    assert sizes(YEAR, np.array([1.0, 1.0, 1.0, 1.0, 1.0, 3.0]), np.array([[0.4, 0.6]])).tolist() == [[12.0, 24.0]]
    assert sizes(np.zeros((1, 6)), EVENLY, shares).tolist() == [[0.0] * 6]


@pytest.mark.parametrize(
    ("ordering", "told"),
    [(0.05, [0.0, 0.0, 0.0]), (0.2, [0.0, 0.0, 12.0]), (0.6, [0.0, 6.0, 24.0]), (1.0, [6.0, 12.0, 24.0])],
)
def test_the_less_often_is_ordered_the_more_of_the_range_is_nothing(ordering: float, told: list[float]) -> None:
    # four orders of 6, 12, 12, 24, all of about one age
    year = np.concatenate([np.zeros((1, 0)), [[6.0, 12.0, 12.0, 24.0]]], axis=1)
    assert own_range(year, np.array([[ordering]]), QUANTILES, MONTHS).tolist() == [[told]]


def test_newer_orders_weigh_more_and_older_ones_never_nothing() -> None:
    for periods in (WEEKS, MONTHS):
        weight = weights(periods.per_year, periods)
        assert (np.diff(weight) > 0).all()
        assert weight[0] > 0
    first, last = np.zeros((2, 52)), np.zeros((2, 52))
    first[:, :4], last[:, -4:] = 6.0, 24.0
    assert own_range(first + last, np.ones((2, 1)), (0.5,), WEEKS).tolist() == [[[24.0]], [[24.0]]]


@given(
    year=arrays.arrays(np.float32, (7, 12), elements=st.sampled_from([0.0, 0.0, 1.0, 6.0, 12.0, 60.0])),
    ordering=arrays.arrays(np.float64, (7, 2), elements=st.floats(0, 1)),
)
def test_ranges_rise_are_own_sizes_and_do_not_depend_on_other_rows_or_periods(
    year: np.ndarray, ordering: np.ndarray
) -> None:
    told = own_range(year, ordering, QUANTILES, MONTHS)
    assert told.shape == (7, 2, 3)
    assert (np.diff(told, axis=2) >= 0).all()
    for both, one, chances in zip(told, year, ordering, strict=True):
        for row, chance in zip(both, chances, strict=True):
            assert set(row.tolist()) <= {0.0, *one.tolist()}
            assert own_range(one[None], np.array([[chance]]), QUANTILES, MONTHS).tolist() == [[row.tolist()]]
            assert all(value == 0 for value, share in zip(row, QUANTILES, strict=True) if share <= 1 - chance)
