"""Every promise of allocation, against a slow reference in fractions."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from lianxin import engine
from lianxin.core.allocating import REASONS, Allocated, Policy, allocate
from tests.core.allocating import reference
from tests.core.allocating.cases import MONDAY, requests_table, rounds, supply_table

pytestmark = pytest.mark.requirement("D1")
Row = dict[str, Any]
TIER_WEIGHTS = {"27": 0.5, "28": 1.0, "29": 1.7, "30": 3.0}
BY_TIER = {int(tier): weight for tier, weight in TIER_WEIGHTS.items()}
# Not shrunk: a failing round is small enough to read, and shrinking asks the engine a thousand times.
FEW = settings(
    max_examples=12,
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


def divided(duck: engine.Engine, rows: list[Row], supply: list[Row], **policy: Any) -> Allocated:
    made = allocate(
        requests_table(rows), supply_table(supply), policy=Policy.from_mapping({"seed": "s", **policy}), engine=duck
    )
    assert made.faults.num_rows == 0, made.faults.to_pylist()
    return made


def units(made: Allocated) -> dict[tuple[date, str, str], int]:
    return {(r["week"], r["product_id"], r["retailer_id"]): r["share_units"] for r in made.shares.to_pylist()}


def keeps_promises(made: Allocated, *, is_draw: bool = False) -> None:
    """What holds under every rule: whole units, nobody above want or cap, no product above its supply, a known reason."""
    of_product: dict[Any, int] = defaultdict(int)
    for row in made.shares.to_pylist():
        assert 0 <= row["share_units"] <= reference.most_of(row)
        assert row["reason"] in REASONS
        is_full = row["share_units"] == row["wanted_units"]
        assert (row["reason"] == "full") == (is_full and not (is_draw and row["share_units"]))
        assert (row["reason"] == "drawn") == (is_draw and row["share_units"] > 0)
        of_product[row["week"], row["product_id"]] += row["share_units"]
    for row in made.levels.to_pylist():
        assert row["shared_units"] == of_product[row["week"], row["product_id"]] <= row["supply_units"]
        assert row["remainder_units"] == row["supply_units"] - row["shared_units"]


@pytest.mark.parametrize("rule", ["uniform", "weighted_uniform", "proportional"])
@FEW
@given(drawn=rounds(floors=True, weights=True))
def test_filling_gives_what_the_reference_gives(duck: engine.Engine, rule: str, drawn: Any) -> None:
    rows, supply = drawn
    made = divided(duck, rows, supply, rule=rule, weights=TIER_WEIGHTS)
    assert units(made) == reference.allocated(
        rows, supply, lambda mine, there: reference.filled(mine, there, rule, "s", BY_TIER)
    )
    keeps_promises(made)
    for row in made.levels.to_pylist():
        mine = [r for r in rows if r["product_id"] == row["product_id"]]
        assert row["shared_units"] == min(row["supply_units"], sum(reference.most_of(r) for r in mine))
        weights = [reference.weight_of(r, rule, BY_TIER) for r in mine]
        assert row["fill_level"] == float(reference.level_of(mine, weights, row["supply_units"]))


@FEW
@given(drawn=rounds(), named=st.booleans())
def test_quotas_give_what_the_reference_gives(duck: engine.Engine, drawn: Any, named: bool) -> None:
    rows, supply = drawn
    rows = [{**row, "wanted_units": min(row["wanted_units"], 40)} for row in rows]
    weights = TIER_WEIGHTS if named else {}
    made = divided(duck, rows, supply, rule="tier_quota", weights=weights)
    keeps_promises(made)
    assert made.quotas is not None
    told = {(r["week"], r["product_id"], r["tier"]): r["quota_units"] for r in made.quotas.to_pylist()}
    for one in supply:
        mine = [row for row in rows if row["product_id"] == one["product_id"]]
        expected = reference.quotas(mine, one["supply_units"], BY_TIER if named else {})
        got = {tier: told[one["week"], one["product_id"], tier] for tier in expected}
        assert got == expected
        assert sorted(got.values()) == [got[tier] for tier in sorted(got)]
    for row in made.shares.to_pylist():
        quota = told[row["week"], row["product_id"], row["tier"]]
        assert row["share_units"] == min(reference.most_of(row), quota)


@FEW
@given(drawn=rounds(), lot=st.sampled_from([1, 2, 5]))
def test_a_lottery_gives_what_the_reference_gives(duck: engine.Engine, drawn: Any, lot: int) -> None:
    rows, supply = drawn
    made = divided(duck, rows, supply, rule="lottery", lot_units=lot)
    assert units(made) == reference.allocated(rows, supply, lambda mine, there: reference.drawn(mine, there, "s", lot))
    keeps_promises(made, is_draw=True)


@pytest.mark.parametrize("rule", ["uniform", "weighted_uniform", "proportional", "tier_quota", "lottery"])
@FEW
@given(drawn=rounds(), shuffle=st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(duck: engine.Engine, rule: str, drawn: Any, shuffle: random.Random) -> None:
    rows, supply = drawn
    first = divided(duck, rows, supply, rule=rule, weights=TIER_WEIGHTS)
    turned = shuffle.sample(rows, len(rows))
    again = divided(duck, turned, supply[::-1], rule=rule, weights=TIER_WEIGHTS)
    assert engine.digest(first.shares) == engine.digest(again.shares)
    assert first.levels.equals(again.levels)


@pytest.mark.parametrize("rule", ["uniform", "weighted_uniform"])
@FEW
@given(drawn=rounds(weights=True), lie=st.integers(0, 60), who=st.integers(0, 8))
def test_no_retailer_gains_by_asking_for_other_than_it_wants(
    duck: engine.Engine, rule: str, drawn: Any, lie: int, who: int
) -> None:
    """Exact to the unit: the odd unit is no reason to lie either."""
    rows, supply = drawn
    true = units(divided(duck, rows, supply, rule=rule))
    liar = f"R{who % len({row['retailer_id'] for row in rows})}"
    told = [{**row, "wanted_units": lie} if row["retailer_id"] == liar else row for row in rows]
    lied = units(divided(duck, told, supply, rule=rule))
    for row in rows:
        if row["retailer_id"] == liar:
            key = row["week"], row["product_id"], liar
            assert min(lied[key], row["wanted_units"]) <= true[key]


def week_of(number: int) -> date:
    return MONDAY + timedelta(weeks=number)


def rounds_of(duck: engine.Engine, wants: dict[str, float], supply: int, weeks: int) -> list[dict[str, int]]:
    """Shares of one product in consecutive weeks with the same numbers; everyone wants 50, weights as given."""
    rows = [
        {"week": week_of(n), "product_id": "P", "retailer_id": name, "wanted_units": 50, "weight": weight}
        for n in range(weeks)
        for name, weight in wants.items()
    ]
    given = [{"week": week_of(n), "product_id": "P", "supply_units": supply} for n in range(weeks)]
    made = units(divided(duck, rows, given, rule="weighted_uniform"))
    return [{name: made[week_of(n), "P", name] for name in wants} for n in range(weeks)]


@pytest.mark.parametrize(("n", "supply"), [(7, 3), (5, 12), (12, 7), (4, 2)])
def test_the_odd_unit_goes_round_so_that_equals_never_lie_two_units_apart(
    duck: engine.Engine, n: int, supply: int
) -> None:
    weeks = rounds_of(duck, {f"R{k}": 1.0 for k in range(n)}, supply, 60)
    for begin in range(0, 60, 9):
        totals = dict.fromkeys(weeks[0], 0)
        for week in weeks[begin:]:
            for name, share in week.items():
                totals[name] += share
            assert max(totals.values()) - min(totals.values()) <= 1
    cycle = weeks[:n]
    assert {sum(week[name] for week in cycle) for name in cycle[0]} == {supply}


def test_over_a_cycle_each_weight_has_its_exact_claim_within_one_unit(duck: engine.Engine) -> None:
    """3 units a week for weights 3, 2, 2, 1, 1, 1: claims of 0.9, 0.6 and 0.3 a week."""
    wants = {"A": 3.0, "B": 2.0, "C": 2.0, "D": 1.0, "E": 1.0, "F": 1.0}
    weeks = rounds_of(duck, wants, 3, 104)
    for begin in (0, 17, 52):
        totals = {name: sum(week[name] for week in weeks[begin : begin + 52]) for name in wants}
        for name, weight in wants.items():
            assert abs(totals[name] - 52 * 3 * weight / 10) <= 1, totals
