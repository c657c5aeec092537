"""Overlapping intervals are found, wherever they hide, and only inside the month asked for."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lianxin import engine
from lianxin.core.measuring.faults import CountedTwice, faults, refuse
from lianxin.core.tables import TABLES
from tests.core.reference import World
from tests.core.test_measuring import DUCK, MANY, PHASES, sources_of
from tests.core.worlds import MONTH, worlds

TAG = {"company_id": 1}
DIMENSIONS = ("territories", "postings", "retailer_versions", "product_versions", "units")


def found(**rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    sources = {name: engine.from_rows(name, [{**TAG, **row} for row in rows.get(name, [])]) for name in DIMENSIONS}
    return [tuple(row.values()) for row in DUCK.run(faults(MONTH), sources).to_pylist()]


def held(retailer: int, person: int, since: date, until: date | None) -> dict[str, Any]:
    return {"retailer_id": retailer, "person_id": person, "valid_from": since, "valid_until": until}


def test_intervals_that_meet_do_not_overlap() -> None:
    handed = date(2021, 5, 12)
    assert found(territories=[held(1, 1, date(2020, 1, 1), handed), held(1, 2, handed, None)]) == []


def test_overlap_is_told_with_its_days_of_the_month() -> None:
    rows = [held(1, 1, date(2020, 1, 1), date(2021, 5, 20)), held(1, 2, date(2021, 5, 12), None)]
    assert found(territories=rows) == [("territories", 1, date(2021, 5, 12), date(2021, 5, 20))]


def test_overlap_behind_a_short_interval_is_found() -> None:
    rows = [held(1, 1, date(2020, 1, 1), None), held(1, 2, date(2020, 2, 1), date(2020, 3, 1))]
    assert found(territories=rows) == []
    rows.append(held(1, 3, date(2021, 5, 30), None))
    assert found(territories=rows) == [("territories", 1, date(2021, 5, 30), date(2021, 6, 1))]


def test_interval_without_days_overlaps_nothing() -> None:
    day = date(2021, 5, 12)
    assert found(territories=[held(1, 1, date(2020, 1, 1), None), held(1, 2, day, day)]) == []


@pytest.mark.parametrize("name", ["postings", "retailer_versions", "product_versions"])
def test_every_dated_dimension_is_looked_at(name: str) -> None:
    key = TABLES[name].key[1]
    since = {"valid_from": date(2020, 1, 1), "valid_until": None}
    assert found(**{name: [{key: 7, **since}, {key: 7, **since}, {key: 8, **since}]}) == [
        (name, 7, date(2021, 5, 1), date(2021, 6, 1))
    ]


def test_unit_told_twice_is_a_fault() -> None:
    twice = [{"unit_id": 3, "unit": "城南"}, {"unit_id": 3, "unit": "城北"}, {"unit_id": 4, "unit": "城东"}]
    assert found(units=twice) == [("units", 3, date(2021, 5, 1), date(2021, 6, 1))]


@settings(max_examples=MANY, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(world=worlds(), since=st.dates(date(2021, 3, 1), date(2021, 7, 1)), length=st.integers(0, 60))
def test_faults_are_the_retailers_with_two_holders_on_a_day(world: World, since: date, length: int) -> None:
    until = date.fromordinal(since.toordinal() + length)
    territories = [*world["territories"], {**TAG, **held(1, 9, since, until)}]
    answer = DUCK.run(faults(MONTH), sources_of({**world, "territories": territories})).to_pylist()
    expected = set()
    for day in (date(2021, 5, number) for number in range(1, 32)):
        holding = [
            row["retailer_id"] for row in territories if row["valid_from"] <= day < (row["valid_until"] or date.max)
        ]
        expected |= {number for number in holding if holding.count(number) > 1}
    assert {row["key"] for row in answer} == expected
    assert {row["table_name"] for row in answer} <= {"territories"}


def test_refusal_names_the_first_and_how_many() -> None:
    refuse([], MONTH)
    row = {"table_name": "postings", "key": 7, "from_day": date(2021, 5, 3), "until_day": date(2021, 5, 9)}
    with pytest.raises(CountedTwice, match=r"2021-05 cannot be computed: postings has two rows for 7 .* and 1 more\."):
        refuse([row, row], MONTH)
