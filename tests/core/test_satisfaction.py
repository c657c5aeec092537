"""Satisfaction against a plain reading, on both engines; what few sheets never tell; and the interval."""

from __future__ import annotations

import math
from datetime import date
from itertools import combinations, product
from typing import Any

import pytest

from lianxin import engine
from lianxin.core.errors import ParameterWrong
from lianxin.core.measuring import INDICATORS
from lianxin.core.measuring.satisfaction import plan, spread, survey_items
from lianxin.core.parameters import PARAMETERS
from lianxin.core.parameters.scales import read_levels, read_weights
from lianxin.core.tables import Steps
from lianxin.core.units import Level
from lianxin.engine import Engine, from_rows
from tests.core.satisfaction_cases import ABOVE, LEVELS, MONTH, NAMES, TAG, UNITS, Row, parts, sheets, world

pytestmark = pytest.mark.requirement("C5", "J1")
WEIGHTS = {"supply": 50, "service": 30, "market": 20}
WEIGHED = {"satisfaction.weights": [f"{name}={weight}" for name, weight in WEIGHTS.items()]}


@pytest.fixture(scope="module")
def duck() -> Engine:
    return engine.open("duckdb", memory_limit="200MB", threads=1)


def run(running: Engine, steps: Steps, tables: dict[str, list[Row]]) -> list[Row]:
    return list(running.run(steps, {name: from_rows(name, tables[name]) for name in steps.sources}).to_pylist())


def answered(running: Engine, tables: dict[str, list[Row]], parameters: Row, month: date = MONTH) -> dict[str, Row]:
    steps = plan(month, parameters, company_id=1, company_code="LJ")
    return {row["entity"]: row for row in run(running, steps, tables)}


def compare(running: Engine, seed: int, weights: dict[str, int], held: int) -> None:
    tables, least = world(seed), 10
    parameters: Row = {"satisfaction.months_held": held, **(WEIGHED if weights else {})}
    rows = answered(running, tables, parameters)
    found = sheets(tables, weights, held)
    made = parts(found, least)
    # Also who left on the last day but one, and who was asked about by nobody.
    assert set(rows) == {*(f"E{person}" for person in UNITS), *NAMES.values(), "LJ"}
    for entity, row in rows.items():
        mine = [(total, n) for holders, total, n in made.values() if entity in holders]
        n = sum(count for _total, count in mine)
        if entity.startswith("E"):
            n = len(found.get(int(entity[1:]), []))
        assert (row["n"], row["denominator"], row["unit"], row["indicator"]) == (n, n, "score", "satisfaction")
        if n < least:
            assert (row["answer"], row["value"], row["numerator"], row["reason"]) == (
                "not_enough_data", None, None, "below_minimum",
            )  # fmt: skip
        else:
            total = sum(score for score, _n in mine) / 1000
            assert (row["answer"], row["reason"], row["numerator"]) == ("value", None, pytest.approx(total, abs=1e-9))
            assert math.isclose(row["value"], total / n)
    told = rows["LJ"]
    assert told["answer"] == "value"
    assert 0 < told["value"] < 100


@pytest.mark.parametrize(("seed", "weights", "held"), [(1, {}, 1), (2, WEIGHTS, 1), (1, WEIGHTS, 2), (4, {}, 3)])
def test_answers_are_those_of_a_plain_reading(duck: Engine, seed: int, weights: dict[str, int], held: int) -> None:
    compare(duck, seed, weights, held)


@pytest.mark.spark
@pytest.mark.xdist_group("spark")
def test_the_other_engine_gives_the_same(duck: Engine, spark: Engine) -> None:
    compare(spark, 2, WEIGHTS, 1)
    tables = world(2)
    for steps in (
        survey_items(MONTH, WEIGHED),
        survey_items(MONTH, WEIGHED, person_id=1),
        spread(MONTH, 1, WEIGHED),
        plan(MONTH, WEIGHED, company_id=1, company_code="LJ"),
    ):
        sources = {name: from_rows(name, tables[name]) for name in steps.sources}
        assert engine.digest(duck.run(steps, sources)) == engine.digest(spark.run(steps, sources))


def test_no_difference_of_published_sums_tells_of_few_sheets(duck: Engine) -> None:
    rows = answered(duck, world(2), {})
    told = {name: (row["numerator"], row["n"]) for name, row in rows.items() if row["answer"] == "value"}
    assert {"E1", "E4", "south", "LJ"} <= set(told)
    assert not {"E2", "E3", "E5", "E6", "E7"} & set(told)
    whose = {f"E{person}": {person} for person in UNITS}
    whose |= {name: {p for p, unit in UNITS.items() if unit and place in ABOVE[unit]} for place, name in NAMES.items()}
    whose["LJ"] = set(UNITS)
    n_tried = 0
    # Whatever a reader takes away from a sum that is in it: what is left has enough sheets, or none at all.
    for whole in told:
        inside = [name for name in told if name != whole and whose[name] <= whose[whole]]
        for size in (1, 2, 3, 4):
            for taken in combinations(inside, size):
                if len(set().union(*(whose[name] for name in taken))) == sum(len(whose[name]) for name in taken):
                    n_tried += 1
                    left = told[whole][1] - sum(told[name][1] for name in taken)
                    assert left == 0 or left >= 10
    assert n_tried > 10


def test_a_month_without_a_survey_says_so_and_is_not_zero(duck: Engine) -> None:
    tables = world(2)
    rows = answered(duck, tables, {}, date(2022, 1, 1))
    assert {(row["answer"], row["value"], row["numerator"], row["n"], row["reason"]) for row in rows.values()} == {
        ("not_enough_data", None, None, 0, "no_survey")
    }
    assert set(rows) == {*(f"E{person}" for person, unit in UNITS.items() if unit), *NAMES.values(), "LJ"}
    # The company may say that it holds longer.
    assert answered(duck, tables, {"satisfaction.months_held": 2}, date(2022, 1, 1))["E1"]["answer"] == "value"
    # A survey asked nothing of the ninth: none of his sheets came, which is not the same.
    assert (answered(duck, tables, {})["E9"]["n"], answered(duck, tables, {})["E9"]["reason"]) == (0, "below_minimum")


@pytest.mark.parametrize("wrong", [["supply=1", "service=1"], ["supply=1", "service=1", "market=1", "price=1"]])
def test_weights_that_do_not_name_the_dimensions_give_no_number(duck: Engine, wrong: list[str]) -> None:
    tables = world(2)
    rows = answered(duck, tables, {"satisfaction.weights": wrong})
    assert {(row["value"], row["numerator"], row["reason"]) for name, row in rows.items() if name != "E9"} <= {
        (None, None, "weights_unfit"), (None, None, "below_minimum"),
    }  # fmt: skip
    assert (rows["E1"]["reason"], rows["LJ"]["reason"]) == ("weights_unfit", "weights_unfit")
    assert run(duck, survey_items(MONTH, {"satisfaction.weights": wrong}), tables) == []


@pytest.mark.parametrize("seed", [2, 4, 6, 8])
def test_no_difference_of_the_degree_and_its_items_tells_of_few_sheets(duck: Engine, seed: int) -> None:
    """Whoever takes a dimension's items off the degree, each divided by how many a sheet answered, is left with enough sheets."""
    tables = world(seed)
    n_told = 0
    for person in (1, 4, 8):
        shown = {row["item"] for row in run(duck, survey_items(MONTH, WEIGHED, person_id=person), tables)}
        by_sheet: dict[int, dict[str, set[str]]] = {}
        for row in tables["satisfaction_answers"]:
            if row["person_id"] == person and row["survey_month"] == MONTH:
                by_sheet.setdefault(row["sheet_id"], {}).setdefault(row["dimension"], set()).add(row["item"])
        valid = [said for said in by_sheet.values() if len(said) == len(WEIGHTS)]
        for dimension in WEIGHTS:
            answered_there = [said[dimension] for said in valid]
            n_told += len(shown & set().union(*answered_there))
            for left in remainders(answered_there, shown):
                assert left == 0 or left >= 10, (person, dimension)
    assert n_told > 6


def remainders(sheets_of: list[set[str]], shown: set[str]) -> set[int]:
    """On how many sheets answers of a dimension are left once its shown items were taken off by any share that sheets have."""
    items = sorted(set().union(*sheets_of))
    sizes = sorted({len(said) for said in sheets_of})
    choices = [sizes if item in shown else [0] for item in items]
    return {
        sum(
            any(item in said and len(said) != size for item, size in zip(items, chosen, strict=True))
            for said in sheets_of
        )
        for chosen in product(*choices)
    }


def test_an_item_that_all_but_few_answer_takes_another_with_it(duck: Engine) -> None:
    """Twelve sheets about one manager: all answer the first two items of the service, one a third as well."""
    tables = world(2)
    tables["satisfaction_answers"] = [
        {**TAG, "survey_month": MONTH, "sheet_id": sheet, "person_id": 1, "dimension": dimension, "item": item, "scale": "five",
         "answer_milli": 4000}
        for sheet in range(12)
        for dimension, item in (("supply", "a"), ("market", "m"), ("service", "s1"), ("service", "s2"), ("service", "s3"))
        if item != "s3" or sheet == 0
    ]  # fmt: skip
    shown = [row["item"] for row in run(duck, survey_items(MONTH, WEIGHED, person_id=1), tables)]
    assert sorted(shown) == ["a", "m", "s2"]


def test_it_opens_to_its_items_and_to_no_answer(duck: Engine) -> None:
    tables = world(2)
    of_one = run(duck, survey_items(MONTH, WEIGHED, person_id=1), tables)
    of_all = run(duck, survey_items(MONTH, WEIGHED), tables)
    assert {row["dimension"] for row in of_all} == {"supply", "service", "market"}
    assert {row["item"] for row in of_one} <= {row["item"] for row in of_all}
    for rows in (of_one, of_all):
        assert [row["score"] for row in rows] == sorted(row["score"] for row in rows)
        assert all(row["n"] >= 10 and row["weight"] == WEIGHTS[row["dimension"]] for row in rows)
    assert run(duck, survey_items(MONTH, WEIGHED, person_id=2), tables) == []
    # A plain mean of the item over the first manager's valid sheets.
    by_sheet: dict[int, dict[str, Row]] = {}
    for row in tables["satisfaction_answers"]:
        if row["person_id"] == 1 and row["survey_month"] == MONTH:
            by_sheet.setdefault(row["sheet_id"], {})[row["item"]] = row
    valid = [items for items in by_sheet.values() if len({row["dimension"] for row in items.values()}) == 3]
    for row in of_one:
        milli = [items[row["item"]]["answer_milli"] for items in valid if row["item"] in items]
        points = [one / 1000 if row["dimension"] == "market" else LEVELS[one // 1000] for one in milli]
        assert (row["n"], row["score"]) == (len(points), pytest.approx(sum(points) / len(points)))


def test_the_interval_comes_from_the_sheets(duck: Engine) -> None:
    tables = world(2)
    scores = sheets(tables, WEIGHTS, 1)[4]
    (row,) = run(duck, spread(MONTH, 4, WEIGHED), tables)
    assert row == {"n": len(scores), "sum_milli": sum(scores), "square_milli": sum(score * score for score in scores)}
    assert run(duck, spread(MONTH, 9, WEIGHED), tables) == [{"n": 0, "sum_milli": 0, "square_milli": 0}]


@pytest.mark.parametrize(
    ("levels", "sentence"),
    [
        (["5=100", "4=80", "3=60", "2=40"], "five levels"),
        (["5=100", "4=80", "3=60", "2=40", "1=40"], "more points"),
        (["1=100", "2=80", "3=60", "4=40", "5=20"], "5 is the best"),
        (["5=100", "5=80", "3=60", "2=40", "1=20"], "named once"),
        (["5=101", "4=80", "3=60", "2=40", "1=20"], "0 to 100"),
        (["5=x", "4=80", "3=60", "2=40", "1=20"], "0 to 100"),
    ],
)
def test_levels_are_complete_and_climb(levels: list[str], sentence: str) -> None:
    with pytest.raises(ParameterWrong, match=sentence):
        read_levels(levels)
    with pytest.raises(ParameterWrong):
        PARAMETERS["satisfaction.levels"].check(levels)


@pytest.mark.parametrize("weights", [["a"], ["a=0"], ["a=1", "a=2"], ["=1"], ["a=1.5"], ["a=1001"]])
def test_weights_are_whole_and_named_once(weights: list[str]) -> None:
    with pytest.raises(ParameterWrong, match="weight"):
        read_weights(weights)


def test_the_registered_indicator_says_who_defines_it() -> None:
    found: Any = INDICATORS["satisfaction"]
    assert (found.levels, found.evidence) == ((Level.MANAGER, Level.UNIT, Level.COMPANY), "G")
    assert PARAMETERS["satisfaction.levels"].evidence == "G"
    assert PARAMETERS["satisfaction.weights"].default is None
