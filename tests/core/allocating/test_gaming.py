"""What asking for more pays: nothing under filling, something under proportional."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from lianxin import engine
from lianxin.core.allocating import Policy, allocate, gaming
from lianxin.core.allocating.gaming import CannotBeGamed
from tests.core.allocating.cases import MONDAY, requests_table, supply_table

pytestmark = pytest.mark.requirement("D1")


@pytest.fixture(scope="module")
def duck() -> Iterator[engine.Engine]:
    opened = engine.open("duckdb", memory_limit="500MB", threads=1)
    yield opened
    opened.close()


def made_up() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Three products, ten retailers, wants of 1 to 12 and two fifths of them to divide; one retailer asks for one product only."""
    chance = random.Random(7)
    rows = [
        {
            "week": MONDAY,
            "product_id": f"P{p}",
            "retailer_id": f"R{r}",
            "wanted_units": chance.randint(1, 12),
            "tier": 1 + r,
        }
        for p in range(3)
        for r in range(10)
        if (p, r) not in ((1, 4), (2, 4))
    ]
    return rows, [
        {
            "week": MONDAY,
            "product_id": f"P{p}",
            "supply_units": sum(r["wanted_units"] for r in rows if r["product_id"] == f"P{p}") * 2 // 5,
        }
        for p in range(3)
    ]


def told(duck: engine.Engine, rule: str, **how: Any) -> list[dict[str, Any]]:
    rows, supply = made_up()
    policy = Policy.from_mapping({"rule": rule, "seed": "s"})
    return gaming(requests_table(rows), supply_table(supply), policy=policy, engine=duck, **how).to_pylist()


@pytest.mark.parametrize("rule", ["uniform", "weighted_uniform"])
def test_filling_gives_no_reason_to_inflate(duck: engine.Engine, rule: str) -> None:
    gains = told(duck, rule, retailers=[f"R{r}" for r in range(10)])
    assert len(gains) == 28
    assert max(row["useful_units"] for row in gains) <= 0


def test_proportional_rewards_who_doubles_its_request(duck: engine.Engine) -> None:
    gains = told(duck, "proportional", retailers=[f"R{r}" for r in range(10)])
    assert all(row["gain_units"] >= 0 for row in gains)
    assert sum(row["useful_units"] for row in gains) > 28


def test_each_gain_is_that_of_the_rule_run_again_with_one_request_changed(duck: engine.Engine) -> None:
    rows, supply = made_up()
    policy = Policy.from_mapping({"rule": "proportional", "seed": "s"})
    for row in told(duck, "proportional", retailers=["R4", "R1", "nobody"], factor=1, more=5):
        who = row["product_id"], row["retailer_id"]
        lied = [
            {**r, "wanted_units": row["told_units"]} if (r["product_id"], r["retailer_id"]) == who else r for r in rows
        ]
        again = allocate(requests_table(lied), supply_table(supply), policy=policy, engine=duck).shares.to_pylist()
        got = {(r["product_id"], r["retailer_id"]): r["share_units"] for r in again}
        assert row["told_units"] == row["wanted_units"] + 5
        assert row["told_share_units"] == got[who]
        assert row["gain_units"] == row["told_share_units"] - row["share_units"]


def test_what_cannot_be_told(duck: engine.Engine) -> None:
    assert told(duck, "uniform", retailers=["nobody"]) == []
    with pytest.raises(CannotBeGamed, match="factor of at least 1"):
        told(duck, "uniform", retailers=["R1"], factor=0)
    rows, supply = made_up()
    with pytest.raises(CannotBeGamed, match="no_supply"):
        gaming(
            requests_table(rows),
            supply_table(supply[:1]),
            policy=Policy.from_mapping({"rule": "uniform"}),
            engine=duck,
            retailers=["R1"],
        )
