"""The range of a period: how often a series orders, as learnt, times how much, as its own orders of the year tell.

Shops order round lots. A forecast that lies between two lots loses on both, so sizes are taken from the series' own orders and
never scaled; newer ones weigh more.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from lianxin.core.forecasting.panel import Array
from lianxin.core.forecasting.periods import Periods

# The weight of the longer half-life beside that of the shorter.
_LONGER_PART: Final = 0.5


def weights(n: int, periods: Periods) -> Array:
    """What an order of each of the newest n periods counts, oldest first; two half-lives, so that a few new orders do not rule."""
    age = np.arange(n)[::-1]
    short, longer = periods.half_lives[1], periods.half_lives[3]
    return np.asarray(0.5 ** (age / short) + _LONGER_PART * 0.5 ** (age / longer))


def sizes(year: Array, weight: Array, shares: Array) -> Array:
    """The size of an order that the given share of a series' own orders does not exceed.

    Parameters
    ----------
    year : float (n_rows, n), units of the newest periods, oldest first; 0: nothing was ordered
    weight : float64 (n,), what each period counts, above 0
    shares : float64 (n_rows, k), 0 to 1

    Returns
    -------
    float64 (n_rows, k), each one of the row's own sizes; 0 for a row without any order
    """
    order = np.argsort(year, axis=1, kind="stable")
    ranked = np.take_along_axis(year, order, axis=1)
    sums = np.cumsum(weight[order] * (ranked > 0), axis=1)
    rows, last = np.arange(len(year)), year.shape[1] - 1
    made = np.empty(shares.shape)
    for column in range(shares.shape[1]):
        reached = shares[:, column] * sums[:, -1]
        made[:, column] = ranked[rows, np.minimum((sums <= reached[:, None]).sum(axis=1), last)]
    return made


def own_range(year: Array, ordering: Array, quantiles: tuple[float, ...], periods: Periods) -> Array:
    """Quantiles of a period's units: nothing up to the share of periods without an order, own sizes beyond it.

    Parameters
    ----------
    ordering : float64 (n_rows, k), chance of an order in each of k periods, 0 to 1

    Returns
    -------
    float64 (n_rows, k, len(quantiles)), rising along the last axis

    Source
    ------
    Quantiles of a hurdle: F(y) = (1 - p) + p G(y), G the weighted distribution of the series' own sizes.
    """
    none = 1.0 - ordering[:, :, None]
    asked = np.asarray(quantiles)
    shares = np.clip((asked - none) / np.maximum(ordering[:, :, None], 1e-9), 0.0, 1.0)
    told = sizes(year, weights(year.shape[1], periods), shares.reshape(len(year), -1))
    return np.where(asked <= none, 0.0, told.reshape(shares.shape))
