"""Intervals of counted cases, their points, and ± of a total."""

from __future__ import annotations

from math import isclose, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lianxin.core.measuring.fieldwork import FIELDWORK
from lianxin.core.measuring.registry import INDICATORS
from lianxin.core.scoring import curves
from lianxin.core.scoring.scheme import Role, lines
from lianxin.core.scoring.uncertainty import (
    CASES,
    DRAWN,
    Basis,
    Interval,
    Line,
    basis_of,
    interval_of,
    interval_of_mean,
    points_at,
    spread,
)
from lianxin.core.units import UnitKind
from tests.core.scoring_cases import LOWER, WIDE, part, random_rows
from tests.core.scoring_reference import Reference

pytestmark = pytest.mark.requirement("J4")
SLOW = settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
RATIO = curves.RatioToTarget(target=1.0)


def line(made: Any, value: float, *, interval: Interval | None = None, role: Role = Role.PART, **fields: Any) -> Line:
    given = {"points_milli": points_at(made, value, 1.0), "handling": "scored", "target": 1.0}
    return Line(part=made, role=role, value=value, interval=interval, **(given | fields))


def test_what_is_told_to_be_cases_is_a_share_that_exists() -> None:
    for code in DRAWN | CASES:
        assert {**INDICATORS, **FIELDWORK}[code].unit is UnitKind.SHARE
    assert not DRAWN & CASES
    assert [basis_of(code) for code in ("sales_units", "promises_kept", "discrepancy_rate", None)] == [
        Basis.WHOLE, Basis.CASES, Basis.DRAWN, Basis.JUDGED,
    ]  # fmt: skip


@SLOW
@given(n=st.integers(1, 5000), k=st.floats(0, 1))
def test_an_interval_holds_its_share_and_never_is_a_point(n: int, k: float) -> None:
    share = round(k * n) / n
    found = interval_of(share, n)
    assert found is not None
    assert 0 <= found.low <= share <= found.high <= 1
    assert found.low < found.high
    wider = interval_of(share, n, n / 2)
    assert wider is not None
    assert (wider.low, -wider.high) <= (found.low, -found.high)


def test_an_interval_by_hand() -> None:
    # 8 of 10 at z = 1.645: (0.8 + 0.1353) / 1.2706 = 0.7361, half 1.645 / 1.2706 · √(0.016 + 0.006764) = 0.1953
    found = interval_of(0.8, 10)
    assert found is not None
    assert (round(found.low, 3), round(found.high, 3)) == (0.541, 0.931)
    assert interval_of(0.5, 0) is None
    assert interval_of(1.2, 10) is None


def test_an_interval_covers_nine_times_in_ten_or_nearly() -> None:
    # Exact coverage over the binomial for a share of 0.85 and 40 cases: no simulation.
    share, n, covered, chance = 0.85, 40, 0.0, 0.15**40
    for k in range(n + 1):
        found = interval_of(k / n, n)
        assert found is not None
        covered += chance if found.low <= share <= found.high else 0.0
        chance *= (n - k) / (k + 1) * 0.85 / 0.15
    assert 0.87 <= covered <= 0.94


@pytest.mark.parametrize("n", [10, 20, 40])
@pytest.mark.parametrize(
    "chances", [(0.1, 0, 0, 0, 0.9), (0, 0, 0.1, 0.3, 0.6), (0.05, 0.1, 0.2, 0.35, 0.3), (0, 0, 0, 0.05, 0.95)]
)
def test_the_interval_of_a_mean_covers_nine_times_in_ten_or_nearly(n: int, chances: tuple[float, ...]) -> None:
    points = np.array([20_000, 40_000, 60_000, 80_000, 100_000])
    drawn = np.random.default_rng(n).choice(points, (4000, n), p=chances)
    mean, covered = float(points @ np.array(chances)) / 1000, 0
    for sheets in drawn:
        found = interval_of_mean(n, int(sheets.sum()), int((sheets**2).sum()))
        assert found is not None
        covered += found.low <= mean <= found.high
    assert covered / len(drawn) >= 0.87


@SLOW
@given(tables=random_rows)
def test_points_at_a_value_are_those_of_the_score(tables: Any) -> None:
    made = {one.code: (role, one) for role, one in lines(WIDE)}
    for row in Reference(WIDE, tables).part_scores():
        role, one = made[row["part"]]
        if row["handling"] != "scored" or row["value"] is None:
            continue
        told = points_at(one, row["value"], row["target"])
        if told is not None:
            assert told - (one.points_milli if role is Role.DEDUCTION else 0) == row["points_milli"], one.code


def test_only_curves_that_look_at_oneself_are_told() -> None:
    told = {one.code for _role, one in lines(WIDE) if points_at(one, 2.0, 5.0) is not None}
    assert {"ratio", "ratio_less", "steps", "line"} <= told
    assert not told & {"mean", "places"}


def test_a_total_is_off_by_the_parts_of_counted_cases_alone() -> None:
    # given sales counted whole, promises of which 8 of 10 were kept, and checks of which 2 of 10 did not confirm
    sales = part("sales", 60, RATIO, indicator="sales_units")
    kept = part("kept", 20, RATIO, indicator="promises_kept")
    checked = part(
        "checked", 20, curves.LinearFromTarget(unit=0.1, less_milli=5000), indicator="discrepancy_rate", better=LOWER
    )
    known, drawn = interval_of(0.8, 10), interval_of(0.2, 10)
    assert known is not None
    assert drawn is not None
    rows = [
        line(sales, 0.9),
        line(kept, 0.8, interval=known),
        line(checked, 0.2, interval=drawn, target=0.0, points_milli=10_000),
    ]
    found = spread(rows)
    # then ± is the root of the squares, of the wider side
    down = sqrt((16_000 - 20_000 * known.low) ** 2 + (10_000 - points_of(drawn.high)) ** 2)
    up = sqrt((20_000 * known.high - 16_000) ** 2 + (points_of(drawn.low) - 10_000) ** 2)
    assert found.half_milli is not None
    assert isclose(found.half_milli, max(down, up), abs_tol=2)
    assert (found.known, found.whole, found.other) == (("kept", "checked"), ("sales",), ())


def points_of(share: float) -> float:
    return max(0.0, 20_000 - share / 0.1 * 5000)


def test_what_leaves_the_sum_makes_the_rest_weigh_more() -> None:
    kept = part("kept", 20, RATIO, indicator="promises_kept")
    sales = part("sales", 60, RATIO, indicator="sales_units")
    gone = part("gone", 20, RATIO, indicator="order_coverage")
    known = interval_of(0.8, 10)
    alone = spread([line(kept, 0.8, interval=known), line(sales, 0.9)])
    renormalised = spread(
        [line(kept, 0.8, interval=known), line(sales, 0.9), line(gone, 0.5, handling="renormalised", points_milli=None)]
    )
    with_three = spread([line(kept, 0.8, interval=known), line(sales, 0.9), line(gone, 0.5, interval=None)])
    assert alone == renormalised
    assert alone.half_milli is not None
    assert with_three.half_milli is not None
    assert isclose(alone.half_milli * 80, with_three.half_milli * 100, rel_tol=0.001)
    assert (with_three.known, with_three.other) == (("kept",), ("gone",))


def test_no_known_part_is_no_uncertainty_and_not_zero() -> None:
    sales = part("sales", 60, RATIO, indicator="sales_units")
    judged = part("judged", 20, curves.Judgement(), judgement="attitude")
    averaged = part("averaged", 20, RATIO, indicator="promises_kept")
    found = spread(
        [
            line(sales, 0.9),
            line(judged, 80.0, points_milli=16_000),
            line(averaged, 0.8, handling="group_average", interval=interval_of(0.8, 10)),
        ]
    )
    assert (found.half_milli, found.known, found.whole, found.other) == (None, (), ("sales",), ("judged", "averaged"))


@SLOW
@given(n=st.integers(1, 500), more=st.integers(2, 20))
def test_more_cases_never_make_it_larger(n: int, more: int) -> None:
    kept = part("kept", 20, RATIO, indicator="promises_kept")
    few = spread([line(kept, 0.5, interval=interval_of(0.5, n))]).half_milli
    many = spread([line(kept, 0.5, interval=interval_of(0.5, n * more))]).half_milli
    assert few is not None
    assert many is not None
    assert many <= few


def test_a_deduction_counts_in_points_of_its_own() -> None:
    kept = part("kept", 10, RATIO, indicator="promises_kept")
    sales = part("sales", 50, RATIO, indicator="sales_units")
    known = interval_of(0.8, 10)
    assert known is not None
    found = spread([line(sales, 0.9), line(kept, 0.8, interval=known, role=Role.DEDUCTION, points_milli=-2000)])
    assert found.half_milli is not None
    assert isclose(found.half_milli, 8000 - 10_000 * known.low, abs_tol=2)
