from datetime import date
from decimal import Decimal

import pytest
from django.http import QueryDict
from django.utils import translation

from lianxin.ui.filters import Choice, Filter, FilterSet

UNITS = [Choice("3", "South"), Choice("4", "North")]
FILTERS = [
    Filter(key="month", title="Month", kind="month", default="2021-12"),
    Filter(key="unit", title="Unit", choices=lambda: UNITS),
    Filter(key="class", title="Class", kind="choices", choices=[Choice("1", "One"), Choice("2", "Two")]),
    Filter(key="q", title="Search", kind="text"),
    Filter(key="day", title="Day", kind="day"),
    Filter(key="least", title="At least", kind="number"),
]


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def asked(query: str) -> FilterSet:
    return FilterSet(FILTERS, QueryDict(query))


def test_nothing_asked_gives_the_defaults_and_no_chips() -> None:
    given = asked("")
    assert given.values == {
        "month": date(2021, 12, 1),
        "unit": None,
        "class": [],
        "q": None,
        "day": None,
        "least": None,
    }
    assert (given.chips, given.faults) == ([], [])


def test_values_are_typed() -> None:
    given = asked("month=2021-11&unit=4&class=1&class=2&q=+shop+&day=2021-12-31&least=1,200")
    assert given.values == {
        "month": date(2021, 11, 1),
        "unit": "4",
        "class": ["1", "2"],
        "q": "shop",
        "day": date(2021, 12, 31),
        "least": Decimal(1200),
    }
    assert (given.text("unit"), given.several("class"), given.date("month")) == ("4", ["1", "2"], date(2021, 11, 1))
    assert (given.text("class"), given.several("unit"), given.date("q")) == ("", [], None)


def test_chips_say_what_was_asked_and_lead_away_from_it() -> None:
    given = asked("month=2021-11&class=1&class=2&sort=-sold&after=abc")
    assert [(chip.title, chip.value, chip.without_url) for chip in given.chips] == [
        ("Month", "November 2021", "?class=1&class=2&sort=-sold"),
        ("Class", "One", "?month=2021-11&sort=-sold&class=2"),
        ("Class", "Two", "?month=2021-11&sort=-sold&class=1"),
    ]
    assert given.clear_url == "?sort=-sold"
    assert given.sentence == "Month: November 2021; Class: One; Class: Two"


def test_a_new_question_keeps_the_order_but_not_the_page() -> None:
    assert asked("unit=3&sort=-sold&columns=name&columns=sold&after=x&lines.before=y&export=csv").hidden == [
        ("sort", "-sold"), ("columns", "name"), ("columns", "sold"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("month=2021-13", "Month: “2021-13” is not a month; write it as 2021-12."),
        ("month=December", "Month: “December” is not a month; write it as 2021-12."),
        ("unit=99", "Unit: there is no “99” to choose; choose from the list."),
        ("class=1&class=9", "Class: there is no “9” to choose; choose from the list."),
        ("day=2021-02-30", "Day: “2021-02-30” is not a date; write it as 2021-12-31."),
        ("least=many", "At least: “many” is not a number."),
        ("least=NaN", "At least: “NaN” is not a number."),
    ],
)
def test_what_cannot_be_read_is_told_and_left_out(query: str, sentence: str) -> None:
    given = asked(query)
    key = query.partition("=")[0]
    assert given.faults == [sentence]
    assert given[key] in (None, ["1"])
