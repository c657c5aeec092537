"""Months and weeks."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianxin.core.units import first_day, last_day, monday_of, mondays_in, month_plus, months_back, next_month

days = st.dates(date(1990, 1, 1), date(2090, 12, 31))


@pytest.mark.parametrize(
    ("month", "step", "expected"),
    [
        (date(2021, 12, 1), 1, date(2022, 1, 1)),
        (date(2021, 1, 1), -1, date(2020, 12, 1)),
        (date(2021, 1, 31), 1, date(2021, 2, 1)),
        (date(2021, 5, 1), -12, date(2020, 5, 1)),
        (date(2021, 5, 1), -17, date(2019, 12, 1)),
        (date(2021, 5, 9), 0, date(2021, 5, 1)),
    ],
)
def test_month_plus(month: date, step: int, expected: date) -> None:
    assert month_plus(month, step) == expected


def test_last_day_knows_leap_years() -> None:
    assert [last_day(date(year, 2, 1)).day for year in (1900, 2000, 2020, 2021)] == [28, 29, 29, 28]


def test_months_back_ends_with_the_month() -> None:
    assert months_back(date(2021, 2, 1), 3) == (date(2020, 12, 1), date(2021, 1, 1), date(2021, 2, 1))


@given(day=days, step=st.integers(-400, 400))
def test_steps_of_months_undo_each_other(day: date, step: int) -> None:
    assert month_plus(month_plus(day, step), -step) == first_day(day)
    assert last_day(day) + timedelta(days=1) == next_month(day)
    assert first_day(day) <= day <= last_day(day)


@given(day=days)
def test_mondays_are_all_those_of_the_month(day: date) -> None:
    numbers = range(first_day(day).toordinal(), next_month(day).toordinal())
    assert list(mondays_in(day)) == [date.fromordinal(n) for n in numbers if date.fromordinal(n).weekday() == 0]
    assert 0 <= (day - monday_of(day)).days < 7
    assert monday_of(day).weekday() == 0
