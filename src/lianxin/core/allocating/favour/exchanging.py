"""What chance gives: retailers exchanged between managers, and signs exchanged in what hangs together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import atan, comb, cos, log, pi, sin, sqrt
from typing import Final

import numpy as np

from lianxin.core.allocating.favour.holdings import Array, Holdings

# Retailers that may change places: so many of like tier and like exposure.
BLOCK: Final = 50
# Favoured retailers that are counted together at least.
COVERED: Final = 10
# Numbers drawn at a time.
_PIECE: Final = 4_000_000
# Sums that differ by less are the same sum in another order.
_NEAR: Final = 1e-9


@dataclass(frozen=True)
class Exchanged:
    """Both statistics of every manager, as observed and as they come out when retailers change places.

    total, expected : float64 (n_managers,), residual units, and their mean over all exchanges
    p_total, p_spread : float64 (n_managers,), chance of as much or more
    n_exchangeable : int64 (n_managers,), retailers that could change places with another manager's
    centred : float64 (n_holdings,), residual units less the mean of those with whom the retailer may change places
    """

    total: Array
    expected: Array
    p_total: Array
    p_spread: Array
    n_exchangeable: Array
    centred: Array


def blocks(held: Holdings, rng: np.random.Generator) -> list[Array]:
    """Retailers that may change places: of the same tier, or of neighbouring ones where a tier is small, and of like exposure.

    Exposure is the number of rows in which there was less than needed: where everybody gets what he wants nobody can be favoured,
    and a manager whose retailers ask for more has more such rows.
    """
    tiers, n = np.unique(held.tier, return_counts=True)
    groups: list[list[int]] = [[]]
    size = 0
    for tier, count in zip(tiers.tolist(), n.tolist(), strict=True):
        groups[-1].append(tier)
        size += count
        if size >= BLOCK:
            groups.append([])
            size = 0
    # What is left over joins its neighbour.
    if len(groups) > 1:
        groups[-2].extend(groups.pop())
    made: list[Array] = []
    for group in groups:
        at = np.flatnonzero(np.isin(held.tier, group))
        # Ties in exposure are broken by lot: by number they would fall together that lie together.
        order = at[np.lexsort((rng.permutation(len(at)), held.short_units[at]))]
        made.extend(part for part in np.array_split(order, max(len(order) // BLOCK, 1)) if len(part))
    return made


def exchanged(held: Holdings, n_managers: int, draws: int, level: float, rng: np.random.Generator) -> Exchanged:
    """The statistics, with retailers and all their weeks and products changing places between managers inside blocks.

    Statistics
    ----------
    total : the manager's residual units
    spread : sum over its retailers of (S - mean S)² less the sum of squares of its weeks, S being the retailer's residual
        units over all weeks: twice the products of different weeks. Large where the same retailers get more week after week;
        weeks that know nothing of each other give 0 in the mean, however large the single changes are.
    crowd : how many of those retailers of all managers that get more week after week are the manager's, see `crowding`. The
        spread lives on the one retailer that gets most; a few that get alike are found by their number.
    """
    value = held.total
    pairs = value**2 - (held.weekly**2).sum(axis=1)
    # The last column is of retailers that nobody holds.
    owner = np.where(held.manager < 0, n_managers, held.manager)
    size = n_managers + 1
    count = np.bincount(owner, minlength=size)
    total = np.bincount(owner, weights=value, minlength=size)
    spread = np.bincount(owner, weights=pairs, minlength=size) - total**2 / np.maximum(count, 1)
    made = blocks(held, rng)
    mean = np.zeros(len(value))
    for block in made:
        mean[block] = value[block].mean()
    expected = np.bincount(owner, weights=mean, minlength=size)
    again = np.where(value > mean, pairs, 0.0)
    steps = ladder(n_managers, level)
    # Equals are ordered by lot: by number they would fall together that lie together.
    top = np.lexsort((rng.permutation(len(again)), -again))[: steps[-1]]
    top = top[again[top] > 0]
    place = np.full(len(value), -1)
    place[top] = np.arange(len(top))
    holders = np.tile(owner[top].astype(np.int32), (draws + 1, 1))
    moved = np.zeros(size, np.int64)
    drawn_total, drawn_pairs = np.zeros((draws, size)), np.zeros((draws, size))
    for block in made:
        at = block[np.argsort(owner[block], kind="stable")]
        mine, first = np.unique(owner[at], return_index=True)
        n_mine = np.diff(np.r_[first, len(at)])
        moved[mine] += n_mine if len(mine) > 1 else 0
        if len(mine) == 1 or not (value[at].any() or pairs[at].any()):
            drawn_total[:, mine] += np.add.reduceat(value[at], first)
            drawn_pairs[:, mine] += np.add.reduceat(pairs[at], first)
            continue
        places = rng.permuted(np.tile(np.arange(len(at), dtype=np.int16), (draws, 1)), axis=1)
        drawn_total[:, mine] += np.add.reduceat(value[at][places], first, axis=1)
        drawn_pairs[:, mine] += np.add.reduceat(pairs[at][places], first, axis=1)
        for k in np.flatnonzero(place[at] >= 0).tolist():
            holders[1:, place[at[k]]] = owner[at][(places == k).argmax(axis=1)]
    drawn_spread = np.concatenate([spread[None], drawn_pairs - drawn_total**2 / np.maximum(count, 1)])
    crowd = np.zeros((draws + 1, n_managers))
    for m in range(n_managers):
        crowd[:, m] = crowding(holders == m, int(count[m]), len(value), steps)
    return Exchanged(
        total[:-1],
        expected[:-1],
        _chance(drawn_total, total)[:-1],
        _either(drawn_spread[:, :-1], crowd),
        moved[:-1],
        value - mean,
    )


def ladder(n_managers: int, level: float) -> tuple[int, ...]:
    """Numbers of retailers that are looked at together: from the fewest that can be a finding, doubled until ten are covered.

    The fewest are those that lie with one of so many managers by chance more rarely than a single finding among two tests of each
    manager must be.
    """
    n = max(n_managers, 2)
    steps = [1]
    while n ** -float(steps[0]) > level / (2 * n):
        steps[0] += 1
    while steps[-1] < COVERED:
        steps.append(2 * steps[-1])
    return tuple(steps)


def crowding(mine: Array, n_mine: int, n: int, steps: tuple[int, ...]) -> Array:
    """How rare it is that so many of the most favoured retailers are one manager's: the rarest of the steps, as -log.

    Parameters
    ----------
    mine : bool (draws, n_top), whether each of the most favoured retailers of all, in their order, is the manager's
    n_mine, n : its retailers, and all

    Returns
    -------
    float64 (draws,), to be held against its own exchanges: the rarest of several is no chance by itself

    Source
    ------
    Berk & Jones 1979 (the rarest of several counts, taken together).
    """
    counted = np.cumsum(np.concatenate([np.zeros((len(mine), 1), np.int64), mine], axis=1), axis=1)
    rarest = np.zeros(len(mine))
    for step in steps:
        k = min(step, n)
        ways = [comb(n_mine, c) * comb(n - n_mine, k - c) for c in range(k + 1)]
        tail = [sum(ways[c:]) for c in range(k + 1)]
        rare = np.array([log(tail[0]) - log(each) if each else np.inf for each in tail])
        rarest = np.maximum(rarest, rare[counted[:, min(k, mine.shape[1])]])
    return rarest


def _either(*statistics: Array) -> Array:
    """The chance that the rarer of several statistics is as rare, the first row of each being the observed one."""
    rarest = np.ones(statistics[0].shape)
    for one in statistics:
        near = one - _NEAR * (1 + np.abs(one))
        for manager in range(one.shape[1]):
            ordered = np.sort(one[:, manager])
            rarest[:, manager] = np.minimum(
                rarest[:, manager], 1 - np.searchsorted(ordered, near[:, manager]) / len(ordered)
            )
    result: Array = (rarest <= rarest[0] * (1 + _NEAR)).mean(axis=0)
    return result


def _chance(drawn: Array, observed: Array) -> Array:
    """The share of draws, the observed one among them, with as much or more."""
    as_much = drawn >= observed - _NEAR * (1 + np.abs(observed))
    result: Array = (1 + as_much.sum(axis=0)) / (len(drawn) + 1)
    return result


def sign_chance(parts: Array, draws: int, rng: np.random.Generator) -> float:
    """The chance of a sum as large when each part keeps its size and takes its sign by lot.

    parts : float64 (n,), what may not be taken apart: a retailer over all weeks, or the retailers of a tier in one week and product
    """
    kept = parts[parts != 0]
    if not len(kept):
        return 1.0
    drawn = np.concatenate([signs @ kept for signs in _signs(draws, (len(kept),), rng)])
    return float(_chance(drawn[:, None], np.array([parts.sum()]))[0])


def mean_chance(parts: Array) -> float:
    """The chance of a mean as large over independent parts (Student 1908, one-sided); 1 where fewer than two parts tell.

    parts : float64 (n,), what a manager's retailers got together of one product in one week: within a round their odd units may
        hang together, as when they go round by licence number
    """
    if len(parts) < 2 or not parts.any():
        return 1.0
    spread = float(parts.std(ddof=1))
    if spread <= _NEAR:
        return 0.0 if parts.mean() > 0 else 1.0
    return student_chance(float(parts.mean()) * sqrt(len(parts)) / spread, len(parts) - 1)


def student_chance(t: float, degrees: int) -> float:
    """The chance that Student's t is as large, for whole degrees of freedom.

    Source
    ------
    Abramowitz & Stegun 1964, 26.7.3 and 26.7.4.
    """
    angle = atan(t / sqrt(degrees))
    step, total = 1.0, 0.0
    if degrees % 2:
        step = cos(angle)
        for k in range(1, degrees - 1, 2):
            total += step
            step *= cos(angle) ** 2 * (k + 1) / (k + 2)
        inside = (angle + sin(angle) * total) * 2 / pi
    else:
        for k in range(0, degrees - 1, 2):
            total += step
            step *= cos(angle) ** 2 * (k + 1) / (k + 2)
        inside = sin(angle) * total
    return min(max((1 - inside) / 2, 0.0), 1.0)


def weeks_by_lot(weekly: Array, top: int, draws: int, rng: np.random.Generator) -> tuple[float, float]:
    """The chance of a spread as large when each retailer's weeks take their signs by lot, and what the `top` retailers get then.

    Parameters
    ----------
    weekly : float64 (n_retailers, n_weeks), residual units less the manager's mean of the week

    Returns
    -------
    the chance; the mean over the draws of the units of the `top` retailers that got most
    """
    kept = weekly[(weekly != 0).any(axis=1)]
    if not len(kept):
        return 1.0, 0.0
    squares = (kept**2).sum()
    observed = (kept.sum(axis=1) ** 2).sum() - squares
    spread, best = [], []
    for signs in _signs(draws, kept.shape, rng):
        sums = np.einsum("drw,rw->dr", signs, kept)
        spread.append((sums**2).sum(axis=1) - squares)
        most = sums if sums.shape[1] <= top else -np.partition(-sums, top - 1, axis=1)[:, :top]
        best.append(np.maximum(most, 0).sum(axis=1))
    chance = _chance(np.concatenate(spread)[:, None], np.array([observed]))
    return float(chance[0]), float(np.concatenate(best).mean())


def _signs(draws: int, shape: tuple[int, ...], rng: np.random.Generator) -> Iterator[Array]:
    """Signs by lot, in pieces that fit into memory."""
    step = max(1, _PIECE // int(np.prod(shape)))
    for begin in range(0, draws, step):
        yield rng.integers(0, 2, (min(step, draws - begin), *shape), np.int8).astype(np.float64) * 2 - 1
