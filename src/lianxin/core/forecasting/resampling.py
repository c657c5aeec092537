"""Intervals of ratios of sums over periods, by drawing blocks of periods again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import NormalDist
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
CONFIDENCE: Final = 0.95
# Of fewer blocks so few different resamples can be drawn that no percentile of them is wide enough: measured, "95 %" intervals
# miss the truth in 47 of 100 cases with two blocks, 25 with three, 12 with four, 8 with five and 5 with twelve.
LEAST_BLOCKS: Final = 5
_CHUNK: Final = 4096
_NORMAL: Final = NormalDist()


class Dice(Protocol):
    """What draws the resamples: a seeded NumPy generator, handed in by whoever asks."""

    def integers(self, low: int, high: int, size: Any) -> Any:
        """Whole numbers from low to before high, of that shape."""


@dataclass(frozen=True)
class Grid:
    """Sums by period and cell.

    sums : name -> int64 (n_periods, n_cells), 0 where a cell has nothing in a period
    cells : one tuple per cell, in the order of columns
    periods : int64 (n_periods,), without gaps between the first and the last, so that neighbours are neighbours in time
    """

    cells: tuple[tuple[Any, ...], ...]
    periods: Array
    sums: dict[str, Array]

    def n_periods(self, having: str = "n") -> Array:
        """In how many periods the sum of a name is above zero for each cell."""
        return np.asarray((self.sums[having] > 0).sum(axis=0))


def grid(rows: Mapping[str, Sequence[Any]], keys: Sequence[str], period: str, sums: Sequence[str]) -> Grid:
    """Rows of sums laid out by period and cell, cells sorted by their keys.

    Parameters
    ----------
    rows : column name -> values
    keys : what makes a cell; values of one key are comparable or None, which sorts first
    """
    told = list(zip(*(rows[name] for name in keys), strict=True)) if rows[period] else []
    cells = sorted(set(told), key=lambda cell: tuple((value is not None, value) for value in cell))
    place = {cell: at for at, cell in enumerate(cells)}
    numbers = np.asarray(rows[period], np.int64)
    first = int(numbers.min()) if len(numbers) else 0
    periods = np.arange(first, int(numbers.max()) + 1) if len(numbers) else np.zeros(0, np.int64)
    column = np.array([place[cell] for cell in told], np.int64)
    made = {}
    for name in sums:
        laid = np.zeros((len(periods), len(cells)), np.int64)
        np.add.at(laid, (numbers - first, column), np.asarray(rows[name], np.int64))
        made[name] = laid
    return Grid(tuple(cells), periods, made)


def draws(n_periods: int, block: int, resamples: int, dice: Dice) -> Array:
    """How often each period stands in each resample: circular blocks of neighbouring periods.

    Returns
    -------
    int64 (resamples, n_periods); every row sums to n_periods
    """
    block = max(1, min(block, n_periods))
    pieces = ceil(n_periods / block)
    starts = dice.integers(0, n_periods, (resamples, pieces))
    places = (starts[:, :, None] + np.arange(block)[None, None, :]) % n_periods
    places = places.reshape(resamples, -1)[:, :n_periods]
    counts = np.zeros((resamples, n_periods), np.int64)
    np.add.at(counts, (np.arange(resamples)[:, None], places), 1)
    return counts


def ratio_intervals(
    top: Array, bottom: Array, counts: Array, n_blocks: Array, confidence: float = CONFIDENCE
) -> tuple[Array, Array]:
    """Lower and upper ends for the ratio of sums Σ top ÷ Σ bottom of each cell.

    Parameters
    ----------
    top, bottom : (n_periods, n_cells); counts : see `draws`
    n_blocks : (n_cells,), how many independent pieces of time a cell has; LEAST_BLOCKS at least for an interval

    Returns
    -------
    low, high : float64 (n_cells,), NaN with fewer than LEAST_BLOCKS or where the bottom of no resample is above zero

    Source
    ------
    Politis & Romano 1992 (circular blocks); Hesterberg 2015 (percentiles expanded for small samples).
    """
    n_cells = top.shape[1]
    low, high = np.full(n_cells, np.nan), np.full(n_cells, np.nan)
    weight = counts.astype(float)
    for begin in range(0, n_cells, _CHUNK):
        some = slice(begin, min(begin + _CHUNK, n_cells))
        under = weight @ bottom[:, some]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(under > 0, (weight @ top[:, some]) / under, np.nan)
        ratio = np.sort(ratio, axis=0)
        known = (~np.isnan(ratio)).sum(axis=0)
        tail = np.array([_tail(float(blocks), confidence) for blocks in n_blocks[some]])
        fit = (known > 0) & (n_blocks[some] >= LEAST_BLOCKS)
        low[some] = np.where(fit, _at(ratio, known, tail), np.nan)
        high[some] = np.where(fit, _at(ratio, known, 1 - tail), np.nan)
    return low, high


def _at(ordered: Array, known: Array, share: Array) -> Array:
    """The quantile of each column of sorted values whose NaN stand last."""
    place = share * np.maximum(known - 1, 0)
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, np.maximum(known - 1, 0))
    columns = np.arange(ordered.shape[1])
    first, second = ordered[below, columns], ordered[above, columns]
    return np.asarray(first + (second - first) * (place - below))


def _tail(n: float, confidence: float) -> float:
    """The share to cut at each end so that percentiles of few blocks are as wide as Student's interval."""
    if n < 2:
        return 0.0
    return _NORMAL.cdf(-((n / (n - 1)) ** 0.5) * student((1 + confidence) / 2, n - 1))


def student(share: float, freedom: float) -> float:
    """The quantile of Student's distribution; within 1 % from four degrees of freedom on, too wide below.

    Source
    ------
    Hill 1970, Algorithm 396 (the form for |t| not small).
    """
    if freedom <= 1:
        return float(np.tan(np.pi * (share - 0.5)))
    p = 2 * (1 - share)
    a = 1 / (freedom - 0.5)
    b = (48 / a) / a
    c = ((20700 * a / b - 98) * a - 16) * a + 96.36
    d = ((94.5 / (b + c) - 3) / b + 1) * (a * np.pi / 2) ** 0.5 * freedom
    y = (d * p) ** (2 / freedom)
    if y > 0.05 + a:
        x = _NORMAL.inv_cdf(p / 2)
        y = x * x
        if freedom < 5:
            c += 0.3 * (freedom - 4.5) * (x + 0.6)
        c = (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b + c
        y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x
        y = a * y * y
        y = float(np.expm1(y)) if y > 0.002 else 0.5 * y * y + y
    else:
        y = (
            (1 / (((freedom + 6) / (freedom * y) - 0.089 * d - 0.822) * (freedom + 2) * 3) + 0.5 / (freedom + 4)) * y
            - 1
        ) * (freedom + 1) / (freedom + 2) + 1 / y
    return float((freedom * y) ** 0.5)
