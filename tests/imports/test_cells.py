"""Cells: what is read, and what can be read in two ways and is refused."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from lianxin.foundation.imports import cells
from lianxin.foundation.imports.cells import CellWrong, Formats

NONE = Formats()
US = Formats(dates=("%m/%d/%Y",), currency_signs=("$",))


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("1234", "1234"), ("1,234", "1234"), ("12,345,678.50", "12345678.50"), ("-3", "-3"), ("+3.5", "3.5"), (".5", "0.5"),
        ("１２３", "123"), ("１，２３４", "1234"), (5, "5"), (0.1 + 0.2, "0.3"), (Decimal("1.10"), "1.10"),
    ],
)  # fmt: skip
def test_numbers(raw: Any, number: str) -> None:
    assert cells.decimal(raw, NONE) == Decimal(number)


@pytest.mark.parametrize(
    "raw",
    ["1,23", "1.234,5", "1,2345", "1,234,56", "12,34.5", "1 234", "abc", "--1", "1e5", "٣", float("nan"), True, "."],
)
def test_what_is_no_number_or_could_be_two_is_refused(raw: Any) -> None:
    with pytest.raises(CellWrong):
        cells.decimal(raw, NONE)


@pytest.mark.parametrize(
    ("raw", "day"),
    [
        ("2021-12-31", date(2021, 12, 31)), ("2021/1/5", date(2021, 1, 5)), ("2021.01.05", date(2021, 1, 5)),
        ("20211231", date(2021, 12, 31)), ("2021年12月31日", date(2021, 12, 31)), ("2021-12-31 00:00:00", date(2021, 12, 31)),
        ("2021-12-31T00:00:00.000", date(2021, 12, 31)),
        (datetime(2021, 12, 31), date(2021, 12, 31)), (date(2021, 2, 28), date(2021, 2, 28)),
    ],
)  # fmt: skip
def test_days(raw: Any, day: date) -> None:
    assert cells.day(raw, NONE) == day


@pytest.mark.parametrize(
    "raw",
    [
        "2021-02-30",
        "2021-13-01",
        "12/31/2021",
        "31.12.2021",
        "21-12-31",
        "2021-12/31",
        "2021-12-31 08:30",
        44561.0,
        datetime(2021, 1, 1, 8),
        "0021-01-01",
        "soon",
    ],
)
def test_what_is_no_day_is_refused(raw: Any) -> None:
    with pytest.raises(CellWrong):
        cells.day(raw, NONE)


def test_a_mapping_may_say_how_days_are_written() -> None:
    assert cells.day("12/31/2021", US) == date(2021, 12, 31)
    assert cells.day("2021-12-31", US) == date(2021, 12, 31)
    with pytest.raises(CellWrong):
        cells.day("02/30/2021", US)


@pytest.mark.parametrize(
    ("raw", "fen"), [("12.5", 1250), ("$1,234.50", 123450), ("-$3", -300), (12.1, 1210), ("0", 0), ("５", 500)]
)
def test_money(raw: Any, fen: int) -> None:
    assert cells.fen(raw, US) == fen


@pytest.mark.parametrize("raw", ["12.345", "€5", "(5)", "$", "1,23"])
def test_what_is_no_money_is_refused(raw: Any) -> None:
    with pytest.raises(CellWrong):
        cells.fen(raw, US)


@pytest.mark.parametrize(
    ("raw", "first"),
    [
        ("2021-12", date(2021, 12, 1)),
        ("202112", date(2021, 12, 1)),
        ("2021年12月", date(2021, 12, 1)),
        ("2021-12-31", date(2021, 12, 1)),
        (date(2021, 12, 9), date(2021, 12, 1)),
    ],
)
def test_months(raw: Any, first: date) -> None:
    assert cells.month(raw, NONE) == first


@pytest.mark.parametrize(
    ("raw", "number"), [("1", 1), (3.0, 3), ("周日", 7), ("星期天", 7), ("礼拜二", 2), ("Mon", 1), ("friday", 5)]
)
def test_weekdays(raw: Any, number: int) -> None:
    assert cells.weekday(raw, NONE) == number


@pytest.mark.parametrize("raw", ["0", "8", "周八", "M"])
def test_what_is_no_weekday_is_refused(raw: Any) -> None:
    with pytest.raises(CellWrong):
        cells.weekday(raw, NONE)


def test_keys_stay_as_written_and_a_shortened_number_is_refused() -> None:
    read = cells.key(12)
    assert (read(" 0042 ", NONE), read(42.0, NONE), read("ＡＢ１", NONE)) == ("0042", "42", "AB1")
    for wrong in ("3.7E+11", "1" * 13, "a\x07b"):
        with pytest.raises(CellWrong):
            read(wrong, NONE)


def test_whole_numbers_know_their_bounds() -> None:
    read = cells.whole(1, 30)
    assert (read("30", NONE), read(7.0, NONE)) == (30, 7)
    for wrong in ("0", "31", "7.5", ""):
        with pytest.raises(CellWrong):
            read(wrong, NONE)


def test_shares_may_be_percentages() -> None:
    assert (
        cells.share_or_number("25%", NONE),
        cells.share_or_number("0.25", NONE),
        cells.share_or_number("1,000", NONE),
    ) == (0.25, 0.25, 1000)
