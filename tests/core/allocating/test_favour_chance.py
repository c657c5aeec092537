"""What chance gives, against counting every case and against printed tables."""

from __future__ import annotations

from itertools import combinations, permutations, product

import numpy as np
import pytest

from lianxin.core.allocating.favour import exchanging
from lianxin.core.allocating.favour.correcting import q_values
from lianxin.core.allocating.favour.exchanging import (
    blocks,
    crowding,
    exchanged,
    ladder,
    mean_chance,
    sign_chance,
    student_chance,
    weeks_by_lot,
)
from lianxin.core.allocating.favour.holdings import Array, Holdings, beyond_like
from lianxin.core.errors import ParameterWrong

pytestmark = pytest.mark.requirement("D3")


def held(weekly: list[list[float]], manager: list[int], tier: list[int] | None = None) -> Holdings:
    matrix = np.array(weekly, float)
    n = len(manager)
    return Holdings(
        np.array(manager),
        np.arange(n),
        matrix,
        matrix.sum(axis=1),
        np.array(tier or [1] * n),
        np.zeros(n),
        np.full(n, matrix.shape[1]),
        np.ones(matrix.shape, bool),
    )


def test_exchanged_is_near_the_chance_counted_over_all_exchanges() -> None:
    weekly = [[2.0, 1.0], [1.0, 0.0], [0.0, -1.0], [-1.0, 1.0], [0.0, -2.0], [0.5, 0.0]]
    owner = [0, 0, 1, 1, 1, -1]
    values = np.array(weekly).sum(axis=1)
    pairs = values**2 - (np.array(weekly) ** 2).sum(axis=1)

    def statistics(order: tuple[int, ...]) -> list[float]:
        made = []
        for manager in (0, 1):
            mine = [order[place] for place in range(6) if owner[place] == manager]
            made += [values[mine].sum(), pairs[mine].sum() - values[mine].sum() ** 2 / len(mine)]
        return made

    seen = statistics(tuple(range(6)))
    every = np.array([statistics(order) for order in permutations(range(6))])
    exact = (every >= np.array(seen) - 1e-9).mean(axis=0)
    made = exchanged(held(weekly, owner), 2, 20_000, 0.05, np.random.default_rng(1))
    assert np.round([*made.p_total, *made.p_spread], 9).tolist() == pytest.approx(exact[[0, 2, 1, 3]], abs=0.015)
    assert made.total.tolist() == [4.0, -3.0]
    assert made.expected.tolist() == pytest.approx([2 * values.mean(), 3 * values.mean()])
    assert made.n_exchangeable.tolist() == [2, 3]
    assert made.centred.tolist() == pytest.approx((values - values.mean()).tolist())


def test_the_ladder_begins_where_a_finding_is_possible_and_covers_ten() -> None:
    assert ladder(6, 0.05) == (4, 8, 16)
    assert ladder(20, 0.05) == (3, 6, 12)
    assert ladder(90, 0.05) == (2, 4, 8, 16)
    assert ladder(1, 0.05) == ladder(2, 0.05) == (7, 14)


def test_crowding_is_the_rarest_of_the_counted_chances() -> None:
    mine = np.array([[1, 1, 1, 0], [1, 0, 0, 0], [0, 0, 0, 0], [1, 1, 0, 1]], bool)
    made = crowding(mine, 3, 9, (3, 4))
    # Of nine retailers three are the manager's: among the first three, and among the first four.
    three = {c: sum(1 for some in combinations(range(9), 3) if sum(i < 3 for i in some) >= c) / 84 for c in range(4)}
    four = {c: sum(1 for some in combinations(range(9), 4) if sum(i < 3 for i in some) >= c) / 126 for c in range(4)}
    rarest = [min(three[3], four[3]), min(three[1], four[1]), 1.0, min(three[2], four[3])]
    assert np.exp(-made).tolist() == pytest.approx(rarest)
    assert crowding(np.zeros((2, 0), bool), 3, 9, (3,)).tolist() == [0.0, 0.0]


def test_four_favoured_ones_stand_out_more_by_their_number_than_by_the_spread() -> None:
    rng = np.random.default_rng(4)
    weekly = rng.normal(0, 1, (360, 8))
    weekly[0] += 2
    weekly[1:4] += 1.2
    found = held(weekly.tolist(), [k // 60 for k in range(360)])
    made = exchanged(found, 6, 4_999, 0.05, np.random.default_rng(1))
    value, pairs = found.total, found.total**2 - (weekly**2).sum(axis=1)

    def spread(order: Array) -> Array:
        first = order[:60]
        return pairs[first].sum() - value[first].sum() ** 2 / 60

    drawn = [spread(rng.permutation(360)) for _ in range(4_999)]
    alone = float(np.mean([one >= spread(np.arange(360)) for one in drawn]))
    assert made.p_spread[0] < 0.7 * alone < 0.0042
    assert (made.p_spread[1:] > 0.05).all()


def test_who_is_as_much_short_is_the_measure_of_a_change_by_hand() -> None:
    residual = np.array([1.0, 0.0, 3.0, 1.0, np.nan, 2.0, -1.0, 5.0])
    short = np.array([0.0, 0.0, 4.0, 4.0, 4.0, np.nan, np.nan, 4.0])
    by_rule = np.array([True, True, True, True, True, True, True, False])
    made = beyond_like(residual, short, by_rule)
    # The means: 0.5 of those who lack nothing, 2 of those who lack four, 0.5 of those whose request is unknown; equals stay.
    assert made.tolist() == pytest.approx([0.5, -0.5, 1.0, -1.0, np.nan, 1.5, -1.5, 5.0], nan_ok=True)


def test_a_few_rows_that_are_most_short_join_the_step_before_them() -> None:
    residual = np.r_[np.zeros(99), 50.0]
    short = np.r_[np.full(97, 1.0), 2.0, 3.0, 9.0]
    made = beyond_like(residual, short, np.ones(100, bool))
    assert made[99] == pytest.approx(49.5)
    assert made[:97].tolist() == [-0.5] * 97
    # Enough of them are a step of their own.
    short[-6:] = 9.0
    assert beyond_like(residual, short, np.ones(100, bool))[99] == pytest.approx(50 - 50 / 6)


def test_where_nobody_got_more_every_chance_is_one() -> None:
    made = exchanged(held([[0.0]] * 4, [0, 0, 1, 1]), 2, 99, 0.05, np.random.default_rng(1))
    assert made.p_total.tolist() == made.p_spread.tolist() == [1.0, 1.0]
    assert made.n_exchangeable.tolist() == [2, 2]


def test_one_manager_alone_has_nobody_to_change_places_with() -> None:
    made = exchanged(held([[5.0], [1.0]], [0, 0]), 1, 99, 0.05, np.random.default_rng(1))
    assert (made.p_total.tolist(), made.n_exchangeable.tolist()) == ([1.0], [0])


def test_blocks_hold_like_tiers_and_like_exposure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchanging, "BLOCK", 4)
    tiers = [1] * 2 + [2] * 2 + [3] * 8 + [4] * 3
    made = held([[0.0]] * 15, [0] * 15, tiers)
    made.short_units[:] = np.arange(15) % 2
    parts = blocks(made, np.random.default_rng(1))
    assert sorted(np.concatenate(parts).tolist()) == list(range(15))
    assert sorted({tiers[i] for i in parts[0].tolist()}) == [1, 2]
    # Tier 4 is too small and joins tier 3: eleven retailers in two blocks, the less exposed ones first.
    assert [len(part) for part in parts] == [4, 6, 5]
    exposure = (
        [int(made.short_units[part].max()) for part in parts[1:]],
        [int(made.short_units[part].min()) for part in parts[1:]],
    )
    assert exposure[0][0] <= exposure[1][1] or exposure == ([1, 1], [0, 1])


def test_few_retailers_make_one_block() -> None:
    assert [part.tolist() for part in blocks(held([[0.0]], [0]), np.random.default_rng(1))] == [[0]]


def test_sign_chance_is_near_the_counted_one() -> None:
    parts = np.array([3.0, 2.0, 0.0, 1.5, 1.0, -0.5])
    told = [value for value in parts if value]
    sums = [sum(sign * value for sign, value in zip(signs, told, strict=True)) for signs in product((-1, 1), repeat=5)]
    exact = np.mean([total >= parts.sum() - 1e-9 for total in sums])
    assert sign_chance(parts, 20_000, np.random.default_rng(2)) == pytest.approx(exact, abs=0.01)
    assert sign_chance(np.zeros(3), 99, np.random.default_rng(2)) == 1.0


def test_weeks_by_lot_is_near_the_counted_one() -> None:
    weekly = np.array([[1.0, 1.0, 1.0], [0.0, 0.0, 0.0], [-0.5, 0.5, -1.0]])

    def spread(matrix: Array) -> float:
        return float((matrix.sum(axis=1) ** 2).sum() - (matrix**2).sum())

    kept = weekly[[0, 2]]
    drawn = [kept * np.reshape(signs, (2, 3)) for signs in product((-1, 1), repeat=6)]
    exact = np.mean([spread(one) >= spread(kept) - 1e-9 for one in drawn])
    best = np.mean([max(one.sum(axis=1).max(), 0) for one in drawn])
    chance, most = weeks_by_lot(weekly, 1, 20_000, np.random.default_rng(3))
    assert (chance, most) == (pytest.approx(exact, abs=0.01), pytest.approx(best, abs=0.02))
    both = np.mean([np.maximum(one.sum(axis=1), 0).sum() for one in drawn])
    assert weeks_by_lot(weekly, 10, 20_000, np.random.default_rng(3))[1] == pytest.approx(both, abs=0.02)
    assert weeks_by_lot(np.zeros((2, 3)), 1, 99, np.random.default_rng(3)) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("t", "degrees", "chance"),
    # Printed tables of Student's t: one-sided points.
    [
        (6.3138, 1, 0.05),
        (2.9200, 2, 0.05),
        (4.5407, 3, 0.01),
        (1.8946, 7, 0.05),
        (5.4079, 7, 0.0005),
        (1.6955, 31, 0.05),
    ],
)
def test_student_chance_agrees_with_printed_tables(t: float, degrees: int, chance: float) -> None:
    assert student_chance(t, degrees) == pytest.approx(chance, rel=1e-3)
    assert student_chance(-t, degrees) == pytest.approx(1 - chance, rel=1e-3)


def test_mean_chance_says_one_where_nothing_can_be_told() -> None:
    assert mean_chance(np.array([4.0])) == mean_chance(np.zeros(5)) == mean_chance(np.full(4, -2.0)) == 1.0
    assert mean_chance(np.full(4, 2.0)) == 0.0
    assert mean_chance(np.array([1.0, 2.0, 3.0])) == pytest.approx(student_chance(2 * 3**0.5, 2))


def test_q_values_are_those_of_the_published_example() -> None:
    # Benjamini & Hochberg 1995, section 3: fifteen hypotheses, of which four are rejected at 0.05.
    told = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
        0.7590,
        1.0,
    ]
    p = np.array(told[::-1])
    q = q_values(p, "BH")
    assert int((q <= 0.05).sum()) == 4
    assert q[-1] == pytest.approx(0.0015)
    assert q_values(p, "BY")[-1] == pytest.approx(0.0015 * sum(1 / k for k in range(1, 16)))
    assert (np.diff(q) <= 0).all()


def test_q_values_leave_out_what_cannot_tell() -> None:
    q = q_values(np.array([np.nan, 0.02, 0.04]), "BH")
    assert np.isnan(q[0])
    assert q[1:].tolist() == [0.04, 0.04]
    assert np.isnan(q_values(np.array([np.nan]), "BH")).all()
    with pytest.raises(ParameterWrong, match="must be one of BH, BY"):
        q_values(np.array([0.1]), "Holm")
