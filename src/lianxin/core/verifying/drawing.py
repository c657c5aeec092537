"""Which visits are checked: drawn at random from a seed, riskier ones more often, every one with a known chance."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]


def chances(risk: Array, n: int, least: float) -> Array:
    """The chance of each visit to be drawn when n are drawn.

    Parameters
    ----------
    risk : float64 (n_visits,), 0 to 1
    n : how many are drawn; all when there are no more
    least : the least chance of a visit, as a share of what an even draw would give, above 0 and at most 1

    Returns
    -------
    float64 (n_visits,)

    Invariants
    ----------
    Every chance is above 0 and at most 1; they sum to n (or to the number of visits); a riskier visit never has a smaller one.
    """
    size = len(risk)
    if n >= size:
        return np.ones(size)
    mean = float(risk.mean()) if size else 0.0
    weight = least + (1 - least) * (risk / mean if mean > 0 else np.ones(size))
    found = np.zeros(size)
    sure = np.zeros(size, bool)
    # A chance above one is one; what it had too much goes to the others, in proportion.
    while True:
        rest = n - int(sure.sum())
        total = float(weight[~sure].sum())
        found = np.where(sure, 1.0, weight * (rest / total))
        over = found > 1.0
        if not over.any():
            return found
        sure |= over


def drawn(chance: Array, order: Array, start: float) -> Array:
    """The places of the drawn visits, ascending: systematic sampling over a shuffled order.

    Parameters
    ----------
    chance : float64 (n_visits,), of each visit to be drawn
    order : int64 (n_visits,), a shuffled order of their places
    start : in [0, 1), by which the first point is moved

    Invariants
    ----------
    Over all orders and starts each visit is drawn with exactly its chance; as many are drawn as the chances sum to.

    Source
    ------
    Madow 1949, systematic selection with unequal probabilities, in shuffled order.
    """
    sums = np.cumsum(chance[order])
    # Sums of many shares end a hair beside the whole number that they mean.
    n = round(float(sums[-1])) if len(sums) else 0
    places = np.searchsorted(sums, start + np.arange(n), side="right")
    return np.sort(order[np.minimum(places, len(order) - 1)]) if n else np.zeros(0, np.int64)
