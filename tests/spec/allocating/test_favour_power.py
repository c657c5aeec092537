"""What the favour report promises, by simulation: honest rounds accuse nobody, and favour of 5 % in eight weeks is found.

Small and seeded; `python -m benchmarks favour` is the large one, docs/reference/favour.md tells its figures.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from lianxin.core.allocating.favour import Favour, favour
from lianxin.simulation.allocating import Favouring, RoundsSettings, SimulatedRounds, simulated
from tests.core.allocating.favour_cases import DUCK

pytestmark = pytest.mark.requirement("D3")

# Managers of town and country, tiers, caps, appetites that differ by manager, odd units in turn, honest changes by hand.
SIZE: dict[str, Any] = {"n_managers": 8, "retailers_per_manager": 70, "n_products": 3, "n_weeks": 8}
RULES = ("weighted_uniform", "tier_quota")
HONEST_SEEDS = range(700, 710)
SEEDS = range(800, 805)


@cache
def rounds(rule: Any, seed: int, kind: Any = None) -> SimulatedRounds:
    planted = () if kind is None else (Favouring(kind, share=0.05, friends=10),)
    return simulated(RoundsSettings(seed=seed, rule=rule, favour=planted, **SIZE))


def report(made: SimulatedRounds, *, with_rule: bool) -> Favour:
    table = made.allocations if with_rule else made.without_rule()
    return favour(table, engine=DUCK, seed=1, parameters={"favour.draws": 999, "favour.level": 0.05})


def suspected(part: pa.Table) -> set[str]:
    return {row["manager_id"] for row in part.to_pylist() if row["suspected"]}


@pytest.mark.parametrize("with_rule", [True, False])
def test_honest_rounds_accuse_at_most_at_the_stated_level(with_rule: bool) -> None:
    accused = 0
    for rule in RULES:
        for seed in HONEST_SEEDS:
            made = report(rounds(rule, seed), with_rule=with_rule)
            accused += bool(suspected(made.managers) | suspected(made.within))
            assert set(made.managers.column("answer").to_pylist()) == {"value"}
    # Both tests together; twenty reports at a level of one in twenty.
    assert accused <= 1


def test_many_honest_changes_by_hand_do_not_go_by_what_the_rule_left_open() -> None:
    """Changes that may hit anyone give more to who is more short: managers with many such retailers favoured nobody."""
    short, effects, accused = [], [], 0
    for seed in HONEST_SEEDS[:6]:
        made = simulated(RoundsSettings(seed=seed, changed_share=0.08, appetite_spread=0.6, **SIZE))
        told = report(made, with_rule=True)
        accused += bool(suspected(told.managers) | suspected(told.within))
        effects += told.managers.column("effect_units").to_pylist()
        rows = made.allocations
        need = pc.min_element_wise(rows.column("wanted_units"), rows.column("cap_units"))
        left = rows.select(["manager_id"]).append_column("short", pc.subtract(need, rows.column("rule_units")))
        means = left.group_by("manager_id").aggregate([("short", "mean")]).sort_by("manager_id")
        short += means.column("short_mean").to_pylist()
    assert accused <= 1
    assert abs(float(np.corrcoef(short, effects)[0, 1])) < 0.35


@pytest.mark.parametrize("with_rule", [True, False])
@pytest.mark.parametrize("rule", RULES)
def test_units_of_other_managers_retailers_are_found(rule: str, with_rule: bool) -> None:
    made = [report(rounds(rule, seed, "from_others"), with_rule=with_rule) for seed in SEEDS]
    assert sum("m000" in suspected(one.managers) for one in made) >= 4


@pytest.mark.parametrize("with_rule", [True, False])
@pytest.mark.parametrize("rule", RULES)
def test_units_for_ten_friends_are_found_with_the_friends(rule: str, with_rule: bool) -> None:
    found = 0
    for seed in SEEDS:
        made = rounds(rule, seed, "within")
        told = report(made, with_rule=with_rule)
        found += "m000" in suspected(told.within)
        friends = set(made.truth.to_pylist()[0]["retailer_ids"])
        shown = {row["retailer_id"] for row in told.beneficiaries.to_pylist() if row["manager_id"] == "m000"}
        assert len(shown & friends) >= 7
    assert found >= 4


def test_the_effect_is_told_in_units_near_the_truth_with_the_rule_and_too_small_without() -> None:
    for seed in SEEDS:
        made = rounds("tier_quota", seed, "from_others")
        moved = made.truth.to_pylist()[0]["units"]
        with_rule, without = (
            report(made, with_rule=known).managers.to_pylist()[0]["effect_units"] for known in (True, False)
        )
        assert with_rule == pytest.approx(moved, rel=0.15)
        # Without the rule, equals under the same manager hide a part of it, and so does who asks for more than before.
        assert 0.4 * moved < without < 1.1 * moved
