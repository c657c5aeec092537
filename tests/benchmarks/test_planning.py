"""What call plans are measured against: invented territories and instances, and peers that keep the same rules."""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from benchmarks.planning import city, peers
from benchmarks.pvrp.checking import faults
from benchmarks.pvrp.instance import Instance, read
from benchmarks.pvrp.solving import one_worker

from lianxin.core.visiting.routes import length, timetable
from lianxin.core.visiting.search import Search

pytestmark = pytest.mark.requirement("E3")


@pytest.fixture
def small() -> Instance:
    """The first eight customers of an invented instance."""
    made = city.instance(3)
    return replace(
        made, places=made.places[:9], service=made.service[:9], demand=made.demand[:9], patterns=made.patterns[:9]
    )


def test_instances_have_what_is_told_of_them(tmp_path: Path) -> None:
    for seed in range(3):
        made = city.instance(seed)
        assert {len(allowed[0]) for allowed in made.patterns[1:]} <= {1, 2, 3, 4, 5}
        assert all(len(allowed) >= 2 for allowed in made.patterns[1:])
        path = tmp_path / "instance"
        path.write_text(city.as_text(made), "utf-8")
        again = read(path)
        assert (again.patterns, again.demand, again.duration, again.capacity) == (
            made.patterns, made.demand, made.duration, made.capacity,
        )  # fmt: skip
        assert np.array_equal(again.places, made.places)


def test_territories_ask_for_the_visits_that_are_told(tmp_path: Path) -> None:
    _start, retailers = city.territory(5)
    assert (len(retailers), sum(row.visits_per_cycle for row in retailers)) == (215, 500)
    assert city.write_city(tmp_path / "city.csv", 2) == 1000
    assert len((tmp_path / "city.csv").read_text("utf-8").splitlines()) == 431


def test_all_sides_keep_the_same_rules(small: Instance, tmp_path: Path) -> None:
    path = tmp_path / "small"
    path.write_text(city.as_text(small), "utf-8")
    problem = small.problem()
    first = Search(peers.drawn(problem, 1), 1).run(30, most=8)
    ours = one_worker(problem, 1, time.time() + 0.6)
    sides = [ours, peers.drawn_and_pyvrp(problem, 1, 0.3), peers.by_ortools(problem, first, 0.3)]
    for found in sides:
        assert not found.absent
        assert faults(path, {"cost": small.cost(found), "days": small.days(found)}) == []
    assert ours.cost == min(found.cost for found in sides)


def test_orders_of_a_day_are_complete_and_their_faults_counted(small: Instance) -> None:
    problem = replace(small.problem(), vehicles=1)
    stops = [1, 2, 3, 4, 5]
    near, missed = peers.nearest_neighbour(problem, 0, stops)
    told, wrong = peers.day_by_ortools(problem, 0, stops, 0.1)
    assert (sorted(near), sorted(told)) == (stops, stops)
    assert (missed, wrong) == (0, 0)
    assert timetable(problem, 0, told) is not None
    assert length(problem, told) <= length(problem, near)
    shut = replace(problem, closes=[0] * 9)
    assert peers.nearest_neighbour(shut, 0, stops)[1] == 5
    assert peers.day_by_ortools(shut, 0, stops, 0.1)[1] == 5
    assert peers.day_by_ortools(problem, 0, [], 0.1) == ((), 0)
