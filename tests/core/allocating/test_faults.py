"""A round is divided exactly when nothing is at fault with it; both engines and all widths of numbers agree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from lianxin import engine
from lianxin.core.allocating import FAULTS, Policy, Rule, allocate
from lianxin.core.errors import SchemaMismatch
from tests.core.allocating.cases import MONDAY, requests_table, rounds, supply_table

pytestmark = pytest.mark.requirement("D1")
FEW = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def duck() -> Iterator[engine.Engine]:
    opened = engine.open("duckdb", memory_limit="500MB", threads=1)
    yield opened
    opened.close()


def row(**changed: Any) -> dict[str, Any]:
    return {"week": MONDAY, "product_id": "P", "retailer_id": "R", "wanted_units": 5, "tier": 3, **changed}


def given_(**changed: Any) -> dict[str, Any]:
    return {"week": MONDAY, "product_id": "P", "supply_units": 9, **changed}


@pytest.mark.parametrize(
    ("rows", "supply", "found"),
    [
        ([row(wanted_units=-1)], [given_()], [("wanted_units", "negative")]),
        ([row(wanted_units=None)], [given_()], [("wanted_units", "missing")]),
        ([row(wanted_units=2 * 10**9)], [given_()], [("wanted_units", "too_large")]),
        ([row(retailer_id="")], [given_()], [("retailer_id", "missing")]),
        ([row(tier=31)], [given_()], [("tier", "tier_unknown")]),
        ([row(weight=float("nan"))], [given_()], [("weight", "weight_out_of_range")]),
        ([row(weight=float("inf"))], [given_()], [("weight", "weight_out_of_range")]),
        ([row(), row(wanted_units=3)], [given_()], [("", "duplicate")]),
        ([row()], [given_(), given_()], [("", "duplicate")]),
        ([row(), row(product_id="Q")], [given_()], [("product_id", "no_supply")]),
        ([row()], [given_(), given_(product_id="Q")], [("product_id", "not_requested")]),
        (
            [row(floor_units=5), row(retailer_id="S", floor_units=5)],
            [given_()],
            [("supply_units", "floors_above_supply")],
        ),
        ([row()], [given_(supply_units=10**13)], [("supply_units", "too_large")]),
        ([row()], [given_(supply_units=None)], [("supply_units", "missing")]),
        # As they are written: who asks for less than its floor still stands in the sum.
        ([row(floor_units=9)], [given_(supply_units=5)], [("supply_units", "floors_above_supply")]),
        ([row(floor_units=9)], [given_(supply_units=9)], []),
        ([], [given_()], []),
        ([], [], []),
    ],
)
def test_each_fault(
    duck: engine.Engine, rows: list[dict[str, Any]], supply: list[dict[str, Any]], found: list[tuple[str, str]]
) -> None:
    policy = Policy.from_mapping({"rule": "weighted_uniform"})
    made = allocate(requests_table(rows), supply_table(supply), policy=policy, engine=duck)
    assert [(one["column"], one["reason"]) for one in made.faults.to_pylist()] == found
    assert {one["reason"] for one in made.faults.to_pylist()} <= set(FAULTS)
    assert made.shares.num_rows == (0 if found else len(rows))


SPOILT = st.sampled_from(["none", "twice", "negative", "no_supply", "not_requested", "tier", "floors"])


@FEW
@given(drawn=rounds(floors=True), spoil=SPOILT, at=st.integers(0, 10**6))
def test_there_are_shares_exactly_when_there_are_no_faults(
    duck: engine.Engine, drawn: Any, spoil: str, at: int
) -> None:
    rows, supply = drawn
    one = rows[at % len(rows)]
    if spoil == "twice":
        rows = [*rows, dict(one)]
    elif spoil == "no_supply":
        supply = [given for given in supply if given["product_id"] != one["product_id"]]
    elif spoil == "not_requested":
        supply = [*supply, {**supply[0], "product_id": "none"}]
    elif spoil in ("negative", "tier", "floors"):
        changed = {
            "negative": {"cap_units": -1},
            "tier": {"tier": 0},
            "floors": {"floor_units": 10**9, "cap_units": None},
        }
        wanted = {"wanted_units": 10**9} if spoil == "floors" else {}
        rows = [{**r, **changed[spoil], **wanted} if r is one else r for r in rows]
        if spoil == "floors":
            supply = [{**given, "supply_units": min(given["supply_units"], 10**9 - 1)} for given in supply]
    policy = Policy.from_mapping({"rule": "uniform"})
    made = allocate(requests_table(rows), supply_table(supply), policy=policy, engine=duck)
    assert bool(made.faults.num_rows) == (spoil != "none")
    assert made.shares.num_rows == (len(rows) if spoil == "none" else 0)


def test_numbers_may_be_of_any_width_and_other_columns_pass(duck: engine.Engine) -> None:
    policy = Policy.from_mapping({"rule": "uniform"})
    plain = requests_table([row(), row(retailer_id="S")])
    narrow = plain.set_column(3, "wanted_units", plain.column("wanted_units").cast(pa.int8()))
    narrow = narrow.append_column("name", pa.array(["甲", "乙"]))
    made = allocate(narrow, supply_table([given_()]), policy=policy, engine=duck)
    assert made.shares.column("name").to_pylist() == ["甲", "乙"]
    assert sorted(made.shares.column("share_units").to_pylist()) == [4, 5]
    with pytest.raises(SchemaMismatch, match="cannot be read"):
        allocate(
            plain.set_column(3, "wanted_units", pa.array(["x", "y"])),
            supply_table([given_()]),
            policy=policy,
            engine=duck,
        )


# Names that division itself gives to columns, somewhere on its way.
NAMES = (
    "most", "floor", "supply_units", "lot", "ticket", "reached", "product", "place", "base", "turn", "first", "last", "n", "key",
    "part", "attribute_0", "allocation_most", "_allocation_most", "week_right", "of_product", "count",
)  # fmt: skip


@pytest.mark.parametrize("rule", [*Rule])
def test_columns_of_any_name_pass(duck: engine.Engine, rule: Rule) -> None:
    policy = Policy.from_mapping({"rule": rule.value, "seed": "s"})
    rows = [row(retailer_id=f"R{k}", floor_units=1, cap_units=3) for k in range(3)]
    supply = supply_table([given_(supply_units=9 if rule is Rule.ON_DEMAND else 7)])
    plain = allocate(requests_table(rows), supply, policy=policy, engine=duck)
    named = requests_table([{**one, **{name: f"{name} {k}" for name in NAMES}} for k, one in enumerate(rows)], *NAMES)
    made = allocate(named, supply, policy=policy, engine=duck)
    assert made.faults.num_rows == 0
    assert {name: made.shares.column(name).to_pylist() for name in NAMES} == {
        name: [f"{name} {k}" for k in range(3)] for name in NAMES
    }
    assert made.shares.select(plain.shares.column_names).equals(plain.shares)


@pytest.mark.parametrize("attributes", [["place"], ["most", "product"], ["n"]])
def test_an_attribute_may_have_any_name(duck: engine.Engine, attributes: list[str]) -> None:
    rows = [row(retailer_id=f"R{k}", **dict.fromkeys(attributes, "城" if k else "乡")) for k in range(3)]
    policy = Policy.from_mapping({"rule": "tier_quota", "attributes": attributes})
    made = allocate(requests_table(rows, *attributes), supply_table([given_()]), policy=policy, engine=duck)
    assert made.shares.column("share_units").to_pylist() == [3, 3, 3]
    assert made.quotas is not None
    assert {row[attributes[0]]: row["quota_units"] for row in made.quotas.to_pylist()} == {"城": 3, "乡": 3}


def test_columns_that_the_result_needs_or_that_come_twice_are_refused(duck: engine.Engine) -> None:
    for name, said in (("Reason", "which the result needs"), ("Week", "two columns of one name")):
        with pytest.raises(SchemaMismatch, match=said):
            allocate(
                requests_table([row(**{name: "x"})], name),
                supply_table([given_()]),
                policy=Policy.from_mapping({"rule": "uniform"}),
                engine=duck,
            )


@pytest.mark.spark
@pytest.mark.xdist_group("spark")
def test_spark_gives_the_same_shares_levels_and_faults(duck: engine.Engine, spark: engine.Engine) -> None:
    """Weights, floors and caps at once; then the same round with a retailer who asks twice."""
    rows = [
        row(
            product_id=f"P{k % 2}", retailer_id=f"R{k // 2:02}", wanted_units=k * 7 % 23, tier=k % 5 + 26,
            weight=(k % 4 + 1) / 3, floor_units=k % 3, cap_units=None if k % 4 else k % 9,
        )
        for k in range(80)
    ]  # fmt: skip
    supply = supply_table([given_(product_id="P0", supply_units=131), given_(product_id="P1", supply_units=90)])
    policy = Policy.from_mapping({"rule": "weighted_uniform", "seed": "s"})
    named = [{**one, "most": "m", "place": "p"} for one in rows]
    for requests in (requests_table(named, "most", "place"), requests_table([*rows, rows[5]])):
        first, second = (allocate(requests, supply, policy=policy, engine=one) for one in (duck, spark))
        for name in ("shares", "levels", "tiers", "faults"):
            assert engine.digest(getattr(first, name)) == engine.digest(getattr(second, name)), name
    assert second.faults.num_rows == 1
