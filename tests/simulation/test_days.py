"""The weekly order calendar keeps to working days and moves with the festivals."""

from datetime import date

import pytest

from lianxin.simulation.company import EXTRA_WORKDAYS, HOLIDAYS, SETTINGS, is_working_day
from lianxin.simulation.days import month_end, next_working_day, order_days


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2021, 12, 31), True),
        (date(2021, 12, 25), False),
        (date(2021, 10, 1), False),
        (date(2021, 10, 9), True),
        (date(2020, 1, 31), False),
        (date(2020, 2, 3), True),
    ],
)
def test_working_days_follow_the_public_calendar(day: date, expected: bool) -> None:
    assert is_working_day(day) is expected


def test_days_worked_in_exchange_are_weekend_days_outside_the_holidays() -> None:
    assert all(day.isoweekday() > 5 for day in EXTRA_WORKDAYS)
    assert not any(holiday.first <= day <= holiday.last for day in EXTRA_WORKDAYS for holiday in HOLIDAYS)


def test_month_end_knows_leap_years_and_december() -> None:
    assert [
        date.fromordinal(month_end(month)) for month in (date(2020, 2, 1), date(2021, 2, 1), date(2021, 12, 1))
    ] == [
        date(2020, 2, 29),
        date(2021, 2, 28),
        date(2021, 12, 31),
    ]


def test_a_batch_on_a_day_off_moves_within_its_week() -> None:
    # 2021-10-04 … 08: Monday to Thursday are holidays, Friday is worked, and so is Saturday.
    week = [(date.fromordinal(b.day).isoformat(), b.weekday) for b in order_days(*_span("2021-10-04", "2021-10-10"))]
    assert week == [("2021-10-08", weekday) for weekday in range(5)]


def test_a_week_without_a_working_day_has_no_batch() -> None:
    # 2020-01-27 … 02-02 was all holiday.
    assert list(order_days(*_span("2020-01-27", "2020-02-02"))) == []


def test_next_working_day_steps_over_the_spring_festival() -> None:
    day = next_working_day(date(2021, 2, 10).toordinal())
    assert date.fromordinal(day) == date(2021, 2, 18)


def test_settings_name_the_units_of_the_trade() -> None:
    assert SETTINGS.conversions == {"条": 1, "件": 50, "箱": 250}
    assert (SETTINGS.currency, SETTINGS.time_zone) == ("CNY", "Asia/Shanghai")
    assert "虚构" in SETTINGS.name


def _span(first: str, last: str) -> tuple[int, int]:
    return date.fromisoformat(first).toordinal(), date.fromisoformat(last).toordinal()
