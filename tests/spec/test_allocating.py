"""The rules of allocation, each on a table small enough to divide by hand. The formulas: docs/reference/allocation.md."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest

from lianxin import engine
from lianxin.core.allocating import Allocated, Policy, allocate
from lianxin.core.errors import SchemaMismatch
from tests.core.allocating.cases import MONDAY, requests_table, supply_table

pytestmark = pytest.mark.requirement("D1")
WHOLE = ("wanted_units", "cap_units", "floor_units", "tier")


@pytest.fixture(scope="module")
def duck() -> Iterator[engine.Engine]:
    opened = engine.open("duckdb", memory_limit="500MB", threads=1)
    yield opened
    opened.close()


def rows_of(text: str) -> list[dict[str, Any]]:
    """Rows of a table drawn with bars; the first line names the columns."""
    head, *lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    made = []
    for line in lines:
        row: dict[str, Any] = {"week": MONDAY, "product_id": "P"}
        for name, cell in zip(head, line, strict=True):
            if name in WHOLE:
                row[name] = int(cell) if cell else None
            elif name == "weight":
                row[name] = float(cell) if cell else None
            elif name == "is_selected":
                row[name] = cell == "yes"
            else:
                row[name] = cell
        made.append(row)
    return made


def divided(duck: engine.Engine, supply: int, text: str, rule: str, *more: str, **policy: Any) -> Allocated:
    return allocate(
        requests_table(rows_of(text), *more),
        supply_table([{"week": MONDAY, "product_id": "P", "supply_units": supply}]),
        policy=Policy.from_mapping({"rule": rule, "seed": "s", **policy}),
        engine=duck,
    )


def told(made: Allocated) -> dict[str, str]:
    assert made.faults.num_rows == 0
    return {row["retailer_id"]: f"{row['share_units']} {row['reason']}" for row in made.shares.to_pylist()}


def test_uniform_fills_the_least_filled_first(duck: engine.Engine) -> None:
    """10 units: who wants 1 gets 1, who may have 2 gets 2, the others share 7 at a level of 3.5: one of them an odd unit."""
    made = divided(
        duck,
        10,
        """
        retailer_id | wanted_units | cap_units
        small       | 1            |
        capped      | 9            | 2
        large       | 20           |
        middle      | 4            |
        """,
        "uniform",
    )
    shares = told(made)
    assert (shares["small"], shares["capped"]) == ("1 full", "2 cap")
    assert sorted([shares["large"], shares["middle"]]) in (["3 level", "4 full"], ["3 level", "4 odd_unit"])
    assert made.levels.to_pylist()[0]["fill_level"] == 3.5


def test_weights_floors_and_caps(duck: engine.Engine) -> None:
    """18 units at a level of 2: weight 3 gets 6; the floor of 4 lies above 2; the cap of 3 below 6; weight 1.5 gets 3."""
    made = divided(
        duck,
        18,
        """
        retailer_id | wanted_units | cap_units | floor_units | weight
        heavy       | 20           |           |             | 3
        floored     | 20           |           | 4           | 1
        capped      | 20           | 3         |             | 3
        middle      | 20           |           |             | 1.5
        plain       | 20           |           | 1           |
        """,
        "weighted_uniform",
    )
    assert told(made) == {
        "heavy": "6 level",
        "floored": "4 floor",
        "capped": "3 cap",
        "middle": "3 level",
        "plain": "2 level",
    }


def test_proportional_gives_more_to_whoever_asks_for_more(duck: engine.Engine) -> None:
    made = divided(
        duck,
        15,
        """
        retailer_id | wanted_units
        modest      | 10
        inflated    | 20
        """,
        "proportional",
    )
    assert told(made) == {"modest": "5 level", "inflated": "10 level"}


QUOTAS = """
retailer_id | wanted_units | tier | area
a           | 9            | 30   | 城
b           | 9            | 30   | 乡
c           | 9            | 29   | 城
d           | 2            | 29   | 乡
e           | 9            | 28   | 城
"""


def test_quotas_are_the_highest_level_and_then_one_more_from_the_top(duck: engine.Engine) -> None:
    """19 units: 3 each take 14, 4 each take 18; one more for tier 30 would take 20. One unit is left, and told."""
    made = divided(duck, 19, QUOTAS, "tier_quota", "area")
    assert told(made) == {"a": "4 quota", "b": "4 quota", "c": "4 quota", "d": "2 full", "e": "4 quota"}
    assert made.levels.to_pylist()[0]["remainder_units"] == 1
    made = divided(duck, 20, QUOTAS, "tier_quota", "area")
    assert made.quotas is not None
    assert {row["tier"]: row["quota_units"] for row in made.quotas.to_pylist()} == {28: 4, 29: 4, 30: 5}


def test_quotas_by_an_attribute_split_the_supply_first(duck: engine.Engine) -> None:
    """20 units, 7 parts of 10 for the town: 14 for a, c, e; 6 for b and d."""
    made = divided(duck, 20, QUOTAS, "tier_quota", "area", attributes=["area"], split={"城": 0.7, "乡": 0.3})
    assert told(made) == {"a": "5 quota", "c": "5 quota", "e": "4 quota", "b": "4 quota", "d": "2 full"}
    by_number = divided(duck, 20, QUOTAS, "tier_quota", "area", attributes=["area"])
    assert told(by_number) == {"a": "4 quota", "c": "4 quota", "e": "4 quota", "b": "6 quota", "d": "2 full"}


def test_a_draw_that_anyone_can_repeat(duck: engine.Engine) -> None:
    made = divided(
        duck,
        3,
        """
        retailer_id | wanted_units
        a           | 5
        b           | 5
        c           | 5
        d           | 0
        """,
        "lottery",
        lot_units=2,
    )
    order = sorted("abc", key=lambda name: sha256(f"s|2026-03-02|P|{name}".encode()).hexdigest())
    assert told(made) == {"d": "0 full", order[0]: "2 drawn", order[1]: "1 drawn", order[2]: "0 not_drawn"}


def test_who_was_drawn_was_drawn_also_with_all_it_asked_for(duck: engine.Engine) -> None:
    made = divided(
        duck,
        9,
        """
        retailer_id | wanted_units | cap_units
        large       | 5            |
        modest      | 1            |
        capped      | 5            | 1
        none        | 0            |
        """,
        "lottery",
        lot_units=2,
    )
    assert told(made) == {"large": "2 drawn", "modest": "1 drawn", "capped": "1 drawn", "none": "0 full"}
    assert made.levels.to_pylist()[0]["n_full"] == 2


FLOORS = """
retailer_id | wanted_units | cap_units | floor_units | tier
capped      | 9            | 2         | 5           | 30
modest      | 1            |           | 3           | 30
plain       | 9            |           |             | 30
"""


@pytest.mark.parametrize("rule", ["uniform", "weighted_uniform", "proportional"])
def test_a_floor_lifts_no_further_than_want_and_cap_but_counts_in_full(duck: engine.Engine, rule: str) -> None:
    """share = clamp(level · weight, floor, min(wanted, cap)), never above the latter; the floors sum to 8 as they are written."""
    assert told(divided(duck, 10, FLOORS, rule)) == {"capped": "2 cap", "modest": "1 full", "plain": "7 level"}
    assert told(divided(duck, 8, FLOORS, rule)) == {"capped": "2 cap", "modest": "1 full", "plain": "5 level"}
    short = divided(duck, 7, FLOORS, rule)
    assert [(row["reason"], row["value"]) for row in short.faults.to_pylist()] == [("floors_above_supply", "8")]


def test_floors_do_not_count_where_no_level_holds_anybody_back(duck: engine.Engine) -> None:
    """A quota and a draw promise nothing, and on demand everybody gets all: floors above the supply are no fault there."""
    quota = divided(duck, 4, FLOORS, "tier_quota")
    assert told(quota) == {"capped": "1 quota", "modest": "1 full", "plain": "1 quota"}
    assert told(divided(duck, 4, FLOORS, "lottery")) == dict.fromkeys(("capped", "modest", "plain"), "1 drawn")
    all_met = divided(duck, 12, FLOORS.replace("| 5  ", "| 50 "), "on_demand")
    assert told(all_met) == {"capped": "2 cap", "modest": "1 full", "plain": "9 full"}


def test_selected_shops_only(duck: engine.Engine) -> None:
    made = divided(
        duck,
        5,
        """
        retailer_id | wanted_units | is_selected
        in          | 9            | yes
        out         | 9            | no
        """,
        "uniform",
        only_selected=True,
    )
    assert told(made) == {"in": "5 level", "out": "0 not_selected"}


def test_on_demand_gives_all_or_says_that_it_cannot(duck: engine.Engine) -> None:
    text = """
        retailer_id | wanted_units | cap_units
        a           | 5            | 3
        b           | 4            |
        """
    assert told(divided(duck, 7, text, "on_demand")) == {"a": "3 cap", "b": "4 full"}
    short = divided(duck, 6, text, "on_demand")
    assert [(row["reason"], row["value"]) for row in short.faults.to_pylist()] == [("demand_above_supply", "7")]
    assert short.shares.num_rows == short.levels.num_rows == 0


def test_what_a_policy_needs_must_be_there(duck: engine.Engine) -> None:
    with pytest.raises(SchemaMismatch, match="needs the column tier"):
        divided(duck, 1, "retailer_id | wanted_units\na | 1", "tier_quota")
    with pytest.raises(SchemaMismatch, match="needs the column is_selected"):
        divided(duck, 1, "retailer_id | wanted_units\na | 1", "uniform", only_selected=True)
    with pytest.raises(SchemaMismatch, match="lack the column"):
        allocate(
            requests_table([]).drop_columns(["wanted_units"]),
            supply_table([]),
            policy=Policy.from_mapping({"rule": "uniform"}),
            engine=duck,
        )
