"""Rounds of scarce supply: what the plain rules give, what favour moves, and what the company's files say of it."""

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from lianxin.simulation import linjiang
from lianxin.simulation.allocating import Favouring, RoundsSettings, company_rounds, simulated
from lianxin.simulation.allocating.settings import OddUnits, Rule
from lianxin.simulation.allocating.sharing import Turn, shared
from lianxin.simulation.headers import HEADERS
from lianxin.simulation.sizes import SIZES
from lianxin.simulation.world import World, build_world
from tests.simulation.conftest import SEED, TINY

SMALL = RoundsSettings(seed=1, n_managers=4, retailers_per_manager=40, n_products=2, n_weeks=3, changed_share=0)


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(SEED, SIZES["small"])


@pytest.mark.parametrize("rule", get_args(Rule))
def test_rules_give_whole_units_within_request_and_supply(rule: Any) -> None:
    rows = simulated(replace(SMALL, rule=rule)).allocations
    rule_units, wanted = rows.column("rule_units").to_numpy(), rows.column("wanted_units").to_numpy()
    most = pc.min_element_wise(rows.column("wanted_units"), rows.column("cap_units")).to_numpy()
    assert (rule_units >= 0).all()
    assert (rule_units <= most).all()
    assert (wanted > 0).all()
    for _, part in _rounds(rows):
        given = sum(part.column("rule_units").to_pylist())
        supply = int(0.5 * sum(pc.min_element_wise(part.column("wanted_units"), part.column("cap_units")).to_pylist()))
        # A quota leaves what does not reach a whole tier, a lottery what is more than one lot each.
        assert given == supply or (rule in ("tier_quota", "lottery") and 0 <= supply - given < 160)


def _rounds(rows: pa.Table) -> list[tuple[Any, pa.Table]]:
    keys = rows.select(["week", "product_id"]).group_by(["week", "product_id"]).aggregate([]).to_pylist()
    return [
        (
            key,
            rows.filter(pc.and_(pc.equal(rows["week"], key["week"]), pc.equal(rows["product_id"], key["product_id"]))),
        )
        for key in keys
    ]


def test_enough_for_all_gives_all_what_they_want() -> None:
    most = np.array([3, 0, 2])
    turn = Turn("scattered", 3, np.random.default_rng(1))
    assert shared("uniform", most, most, np.ones(3), np.ones(3, int), 5, turn).tolist() == [3, 0, 2]


@pytest.mark.parametrize("kind", get_args(OddUnits))
def test_odd_units_go_round_as_their_kind_says(kind: Any) -> None:
    turn = Turn(kind, 6, np.random.default_rng(2))
    most, ones = np.full(6, 4), np.ones(6)
    got = [shared("uniform", most, most, ones, np.ones(6, int), 8, turn) for _ in range(3)]
    assert [part.sum() for part in got] == [8, 8, 8]
    total = sum(got)
    if kind == "licence":
        assert total.tolist() == [6, 6, 3, 3, 3, 3]
    elif kind != "scattered":
        # Six odd units in turn are one for each.
        assert total.tolist() == [4] * 6


def test_without_changes_every_share_is_what_the_rule_gives() -> None:
    made = simulated(SMALL)
    assert made.allocations.column("share_units") == made.allocations.column("rule_units")
    assert made.truth.num_rows == 0
    assert "rule_units" not in made.without_rule().column_names
    assert simulated(SMALL).allocations == made.allocations


def test_honest_changes_keep_the_sum_and_stay_within_the_request() -> None:
    rows = simulated(replace(SMALL, changed_share=0.1)).allocations
    share, rule = rows.column("share_units").to_numpy(), rows.column("rule_units").to_numpy()
    assert (share != rule).sum() > 50
    assert share.sum() == rule.sum()
    most = pc.min_element_wise(rows.column("wanted_units"), rows.column("cap_units")).to_numpy()
    assert (share <= most).all()
    assert (share >= 0).all()


@pytest.mark.parametrize("kind", ["from_others", "within"])
def test_favour_moves_the_stated_share_and_the_truth_tells_whom_to(kind: Any) -> None:
    made = simulated(replace(SMALL, favour=(Favouring(kind, manager=2, share=0.1),)))
    rows, truth = made.allocations, made.truth.to_pylist()[0]
    assert (truth["manager_id"], truth["kind"]) == ("m002", kind)
    names = rows.column("retailer_id").to_pylist()
    more = rows.column("share_units").to_numpy() - rows.column("rule_units").to_numpy()
    gained = {name for name, units in zip(names, more, strict=True) if units > 0}
    mine = pc.equal(rows.column("manager_id"), "m002").to_numpy()
    assert gained <= set(truth["retailer_ids"])
    assert len(truth["retailer_ids"]) == (40 if kind == "from_others" else 10)
    assert more.sum() == 0
    assert more[mine].sum() == (truth["units"] if kind == "from_others" else 0)
    assert truth["units"] == pytest.approx(0.1 * rows.column("rule_units").to_numpy()[mine].sum(), rel=0.1)
    assert (rows.column("share_units").to_numpy() <= rows.column("wanted_units").to_numpy()).all()


def test_the_company_favours_ten_shops_of_one_manager(world: World) -> None:
    made = company_rounds(world, weeks=4, products=2)
    rows, truth = made.allocations, made.truth.to_pylist()[0]
    assert len(set(rows.column("week").to_pylist())) == 4
    assert {day.weekday() for day in rows.column("week").to_pylist()} == {0}
    assert len(truth["licence_nos"]) == 10
    share, rule = rows.column("share_units").to_numpy(), rows.column("rule_units").to_numpy()
    quota = pc.min_element_wise(rows.column("wanted_units"), rows.column("cap_units")).to_numpy()
    # The favoured asked for as much as they were promised.
    mine = np.isin(rows.column("licence_no").to_pylist(), truth["licence_nos"])
    assert (rule <= quota).all()
    assert (rule == quota)[~mine].all()
    assert share.sum() == rule.sum()
    assert (share - rule)[mine].sum() >= truth["units"] - 20 > 0
    without = company_rounds(world, weeks=4, products=2, favour=None)
    assert without.truth.num_rows == 0


def test_the_round_to_come_has_less_than_is_wanted(world: World) -> None:
    made = company_rounds(world, weeks=4, products=2)
    assert set(made.requests.column("week").to_pylist()) == set(made.supplies.column("week").to_pylist())
    assert min(made.requests.column("week").to_pylist()) > max(made.allocations.column("week").to_pylist())
    wanted = dict(
        made.requests.group_by("product_code")
        .aggregate([("wanted_units", "sum")])
        .rename_columns(["p", "n"])
        .to_pylist()[0]
    )
    supply = {row["product_code"]: row["supply_units"] for row in made.supplies.to_pylist()}
    assert 0 < supply[wanted["p"]] < wanted["n"]


def test_files_carry_the_headers_and_the_truth_lies_beside_them(tmp_path: Path) -> None:
    folder = tmp_path / "rounds"
    files = linjiang.write_rounds(folder, weeks=2, seed=SEED, size=TINY)
    assert [file.kind for file in files] == ["allocations", "supplies", "supply_requests"]
    for file in files:
        with file.path.open(encoding="utf-8-sig", newline="") as opened:
            head, *rows = list(csv.reader(opened))
        assert set(head) <= set(HEADERS[file.kind].values())
        assert len(rows) == file.rows > 0
    assert {path.name for path in folder.iterdir()} == {"投放.csv", "可供量.csv", "需求.csv"}
    known = pq.read_table(tmp_path / "truth" / "favour.parquet")
    assert known.column_names == ["employee_no", "kind", "units", "licence_nos"]
    before = {file.path: file.path.read_bytes() for file in files}
    assert [file.rows for file in linjiang.write_rounds(folder, weeks=2, seed=SEED, size=TINY)] == [0, 0, 0]
    other = tmp_path / "again" / "rounds"
    linjiang.write_rounds(other, weeks=2, seed=SEED, size=TINY)
    assert {path.name: body for path, body in before.items()} == {
        path.name: path.read_bytes() for path in other.iterdir()
    }


def test_a_folder_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rounds").mkdir()
    (tmp_path / "rounds" / "x").write_text("mine")
    with pytest.raises(FileExistsError, match="is not empty"):
        linjiang.write_rounds(tmp_path / "rounds", seed=SEED, size=TINY)
