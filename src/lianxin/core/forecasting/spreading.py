"""A sum of units spread over its parts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def spread(units: int, weights: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Whole units that sum to `units`, in proportion to the weights; remainders go to the largest fractions, ties to the first.

    Parameters
    ----------
    units : >= 0
    weights : int64 (n,), >= 0; where all are 0, every part weighs the same

    Returns
    -------
    int64 (n,)

    Invariants
    ----------
    The parts sum to `units`; no part is further than one unit from its exact share; a part of weight 0 gets 0 unless all are 0.

    Source
    ------
    Largest remainder (Hamilton's method).

    Examples
    --------
    >>> spread(10, np.array([3, 3, 1])).tolist()
    [5, 4, 1]
    >>> spread(3, np.array([0, 0])).tolist()
    [2, 1]
    """
    if len(weights) == 0:
        return np.zeros(0, np.int64)
    parts = weights.astype(object) if weights.any() else np.ones(len(weights), object)
    whole = sum(parts)
    exact = parts * int(units)
    floors = np.array([int(each // whole) for each in exact], np.int64)
    rest = int(units) - int(floors.sum())
    fractions = np.array([-int(each % whole) for each in exact], object)
    for place in sorted(range(len(parts)), key=lambda one: (fractions[one], one))[:rest]:
        floors[place] += 1
    return floors
