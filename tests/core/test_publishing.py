"""The public rows of a product: nobody in a row of fewer than ten, and the level found again from them."""

from collections.abc import Sequence
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lianxin.core.allocating.publishing import LEAST_RETAILERS, Bucket, Side, level_of, public_rows, untold_rows

pytestmark = [pytest.mark.requirement("D2")]


def water_level(buckets: Sequence[Bucket], supply: int) -> Fraction | None:
    """The level by trying every place at which a bucket is full, slowly and exactly; None where there is enough."""
    if sum(b.n * b.most_units for b in buckets) <= supply:
        return None
    for end in sorted({Fraction(b.most_units) / b.weight for b in buckets}):
        if sum(b.n * min(Fraction(b.most_units), end * b.weight) for b in buckets) >= supply:
            open_ones = [b for b in buckets if Fraction(b.most_units) / b.weight >= end]
            full = sum(b.n * b.most_units for b in buckets if Fraction(b.most_units) / b.weight < end)
            return Fraction(supply - full) / sum((b.n * b.weight for b in open_ones), Fraction(0))
    raise AssertionError("a level must exist")


def quota_level(buckets: Sequence[Bucket], supply: int) -> Fraction | None:
    """The highest level at which the quotas fit, by trying every one; None where there is enough."""
    if sum(b.n * b.most_units for b in buckets) <= supply:
        return None
    end = max(Fraction(b.most_units) / b.weight for b in buckets)
    steps = {Fraction(k) / b.weight for b in buckets for k in range(floor(end * b.weight) + 2)}
    fitting = [s for s in steps if sum(b.n * min(b.most_units, floor(s * b.weight)) for b in buckets) <= supply]
    return max(fitting)


WEIGHTS = {1: Fraction(1), 2: Fraction(3, 2), 3: Fraction(2), 4: Fraction(33, 10)}
bucket = st.builds(
    lambda tier, most, n: Bucket(tier, WEIGHTS[tier], most, n),
    st.sampled_from(list(WEIGHTS)),
    st.integers(0, 8),
    st.integers(1, 60),
)
products = st.lists(bucket, min_size=1, max_size=10, unique_by=lambda b: (b.tier, b.most_units))


@settings(max_examples=60, deadline=None)
@given(products, st.integers(0, 1500), st.sampled_from(["weighted_uniform", "tier_quota"]))
def test_the_level_is_found_again_or_said_not_to_be(buckets: list[Bucket], supply: int, rule: str) -> None:
    level = (quota_level if rule == "tier_quota" else water_level)(buckets, supply)
    rows = public_rows(buckets, rule=rule, level=level)
    n = sum(b.n for b in buckets)
    if n < LEAST_RETAILERS:
        assert rows == []
        return
    assert min(row.n_retailers for row in rows) >= LEAST_RETAILERS
    assert sum(row.n_retailers for row in rows) == n
    assert sum(row.takeable_units for row in rows) == sum(b.n * b.most_units for b in buckets)
    found = level_of(rows, rule=rule, supply_units=supply)
    if any(row.side is Side.MIXED for row in rows):
        assert found is None
    elif rule == "weighted_uniform" or len({b.weight for b in buckets}) == 1:
        assert found == level
    else:
        # Tiers in the middle of a row may hide a step; what is found is then that step or none, never a wrong level.
        assert found is None or found == level


def test_every_public_row_is_exact_at_the_level() -> None:
    buckets = [
        Bucket(3, Fraction(2), 1, 4),
        Bucket(2, Fraction(1), 1, 8),
        Bucket(3, Fraction(2), 9, 30),
        Bucket(2, Fraction(1), 5, 40),
    ]
    level = water_level(buckets, 212)
    rows = public_rows(buckets, rule="weighted_uniform", level=level)
    assert [(row.side, row.tiers, row.n_retailers) for row in rows] == [
        (Side.LIMITED, (3,), 30), (Side.MET, (2, 3), 12), (Side.LIMITED, (2,), 40),
    ]  # fmt: skip
    assert level is not None
    assert sum(row.taken(level, "weighted_uniform") or 0 for row in rows) == 212
    assert level_of(rows, rule="weighted_uniform", supply_units=212) == level == 2


def test_floors_are_fixed_units() -> None:
    buckets = [Bucket(None, Fraction(1), 9, 10, floor_units=4), Bucket(None, Fraction(1), 9, 20)]
    rows = public_rows(buckets, rule="uniform", level=Fraction(3))
    assert [row.side for row in rows] == [Side.FLOOR, Side.LIMITED]
    assert level_of(rows, rule="uniform", supply_units=100) == 3
    # a supply for which the level would lie above the floors fits none of these rows
    assert level_of(rows, rule="uniform", supply_units=160) is None


def test_a_few_on_one_side_make_the_row_mixed_and_the_level_unknown() -> None:
    rows = public_rows(
        [Bucket(1, Fraction(1), 1, 100), Bucket(1, Fraction(1), 9, 3)], rule="uniform", level=Fraction(2)
    )
    assert [(row.side, row.n_retailers) for row in rows] == [(Side.MIXED, 103)]
    assert rows[0].taken(Fraction(2), "uniform") is None
    assert level_of(rows, rule="uniform", supply_units=106) is None


def test_a_draw_covers_a_part_of_the_lots() -> None:
    rows = public_rows(
        [Bucket(1, Fraction(1), 9, 30), Bucket(2, Fraction(1), 1, 10)], rule="lottery", level=None, lot_units=2
    )
    assert sum(row.takeable_units for row in rows) == 70
    assert level_of(rows, rule="lottery", supply_units=35) == Fraction(1, 2)
    assert level_of(rows, rule="lottery", supply_units=99) == 1
    nothing = public_rows([Bucket(1, Fraction(1), 0, 30)], rule="lottery", level=None)
    assert level_of(nothing, rule="lottery", supply_units=9) is None


def test_no_level_where_none_binds_or_none_is_known() -> None:
    rows = public_rows([Bucket(1, Fraction(1), 2, 30)], rule="uniform", level=None)
    assert [row.side for row in rows] == [Side.MET]
    assert level_of(rows, rule="uniform", supply_units=60) is None
    assert level_of(rows, rule="uniform", supply_units=59) is None
    assert level_of(rows, rule="on_demand", supply_units=59) is None
    assert level_of([], rule="uniform", supply_units=59) is None


def test_rows_that_tell_no_level_are_all_mixed() -> None:
    buckets = [Bucket(2, Fraction(1), most, 8) for most in range(1, 5)]
    rows = untold_rows(buckets)
    assert [(row.side, row.n_retailers) for row in rows] == [(Side.MIXED, 16), (Side.MIXED, 16)]
    assert untold_rows(buckets[:1]) == []


def test_quotas_of_several_tiers_are_found_again() -> None:
    buckets = [Bucket(tier, WEIGHTS[tier], most, 15) for tier in WEIGHTS for most in range(1, 9)]
    level = quota_level(buckets, 1000)
    rows = public_rows(buckets, rule="tier_quota", level=level)
    assert level_of(rows, rule="tier_quota", supply_units=1000) == level
