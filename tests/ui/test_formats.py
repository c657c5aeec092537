from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils import timezone, translation

from lianxin.ui import formats


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        (48_210, 0, "48,210"),
        (-6.1, 1, "−6.1"),
        (0, 0, "0"),
        (-0.04, 1, "0.0"),
        (1234.5, 2, "1,234.50"),
        (0.125, 2, "0.12"),
        (Decimal("0.135"), 2, "0.14"),
    ],
)
def test_number_has_separators_a_true_minus_and_no_minus_zero(value: float, decimals: int, expected: str) -> None:
    assert formats.number(value, decimals) == expected


@pytest.mark.parametrize(("value", "expected"), [(0.032, "+3.2%"), (-0.061, "−6.1%"), (0.0, "0.0%"), (0.0004, "0.0%")])
def test_a_change_always_shows_its_sign_unless_it_rounds_to_nothing(value: float, expected: str) -> None:
    assert formats.share(value, signed=True) == expected


@pytest.mark.parametrize(
    ("value", "currency", "expected"),
    [
        (1234.5, "CNY", "¥1,234.50"),
        (-3, "USD", "−$3.00"),
        (-0.001, "CNY", "¥0.00"),
        (5, "XAU", "5.00 XAU"),
        (5, "", "5.00"),
    ],
)
def test_money_names_its_currency(value: float, currency: str, expected: str) -> None:
    assert formats.money(value, currency) == expected


def test_quantity_carries_the_unit_of_the_company() -> None:
    assert formats.quantity(48_210, "条") == "48,210 条"
    assert formats.quantity(48_210) == "48,210"


def test_month_and_points_follow_the_language() -> None:
    with translation.override("en"):
        assert formats.month(date(2021, 12, 1)) == "December 2021"
        assert formats.points(0.004) == "+0.4 pp"


def test_day_and_instant_are_iso_in_the_zone_of_the_page() -> None:
    assert formats.day(date(2021, 12, 31)) == "2021-12-31"
    with timezone.override("Asia/Shanghai"):
        assert formats.instant(datetime(2021, 12, 31, 18, 5, tzinfo=UTC)) == "2022-01-01 02:05"


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0, "0 s"), (59, "59 s"), (150, "2 min"), (5400, "1.5 h"), (-3, "0 s")]
)
def test_duration_uses_the_largest_unit_that_fits(seconds: int, expected: str) -> None:
    with translation.override("en"):
        assert formats.duration(seconds) == expected
