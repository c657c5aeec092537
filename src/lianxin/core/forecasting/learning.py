"""Models for all series: boosted trees that learn, from past origins, what followed what was known then.

Two models share the mean. One minimises squared errors and finds expectations; the other minimises their root over a block, with
the absolute error of its sum, and is not led astray by single bulk orders. Their mixture is put at the total of the truths. Of the
range models learn how often is ordered, in the block and in the period that comes next, which hangs on who ordered last; how much
is for the series' own orders to tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from lianxin.core.forecasting.boosting import SEED, Asked, fitted, predicted
from lianxin.core.forecasting.contracts import QUANTILES
from lianxin.core.forecasting.features import Features, features
from lianxin.core.forecasting.panel import Array, Panel
from lianxin.core.forecasting.periods import Periods
from lianxin.core.forecasting.ranging import own_range

# Rows to learn from at most, and the least with which learning beats a plain smoother.
ROWS_MOST: Final = 90_000
ROWS_LEAST: Final = 2_000
# Of the rows of an origin, the part kept for series with a quarter of the year's periods ordered; they carry most units.
_FREQUENT_SHARE: Final = 0.75
# Of the high quantile a few trees say enough, see `_TREES_PART`.
_HIGH_ROUNDS: Final = 40
_LEAST_ORDER: Final = 0.5
# The part of the trees in the high quantile. More of it costs pinball loss; with none a truth and its quantile are the same lot too
# often for a share above to mean anything.
_TREES_PART: Final = 0.03
# The part of the second model in the mean.
_STEADY_PART: Final = 0.6
# How much of the drift that smoothers showed over all past origins is taken to go on.
_DRIFT_PART: Final = 0.5
# Roughness is never quite zero, or one still series would outweigh all others.
_LEAST_ROUGHNESS: Final = 0.1
# Absolute errors are smoothed below this share of the level, so that they have a curvature.
_BEND: Final = 0.3
_LEAST_CURVATURE: Final = 0.25
_SUM_PART: Final = 0.5


@dataclass(frozen=True)
class Examples:
    """What was known at past origins, and what followed.

    truths : float64 (n_rows, block); tide : float64 (n_rows,), by how much all series of the origin together then rose over their
    smoothers; is_frequent : bool (n_rows,)
    """

    known: Features
    truths: Array
    tide: Array
    is_frequent: Array


@dataclass(frozen=True)
class Learnt:
    """Models of a block: two of its mean, with the factor of their mixture and that of the first alone for rare series.

    ordering : of the share of periods with an order; first_ordering : of an order in the block's first period, None where that is
    no nearer than the others or the only one; high : of the highest quantile of a period
    """

    expecting: Any
    steady: Any
    factor: float
    rare_factor: float
    ordering: Any
    first_ordering: Any | None
    high: Any


def examples(panel: Panel, ahead: int, periods: Periods) -> Examples | None:
    """Rows of past origins whose block is over, drawn by a fixed rule; None where history is too short or too thin."""
    block = periods.block
    newest = panel.width - ahead - block
    oldest = max(periods.per_year // 2, periods.lags + 1)
    origins = list(range(newest, oldest - 1, -periods.spacing))[: periods.origins]
    if not origins:
        return None
    found = (_seen(panel, origin, ahead, periods, ROWS_MOST // len(origins)) for origin in origins)
    parts = [part for part in found if part is not None]
    if sum(len(part.tide) for part in parts) < ROWS_LEAST:
        return None
    known = Features(
        *(np.concatenate([getattr(part.known, name) for part in parts]) for name in Features.__annotations__)
    )
    return Examples(
        known,
        np.concatenate([part.truths for part in parts]),
        np.concatenate([part.tide for part in parts]),
        np.concatenate([part.is_frequent for part in parts]),
    )


def _seen(panel: Panel, origin: int, ahead: int, periods: Periods, quota: int) -> Examples | None:
    """The examples of one origin; None where no series had an order in the year before it."""
    rows = _drawn(panel, origin, periods, quota)
    if not len(rows):
        return None
    known = features(panel, rows, origin, ahead, periods)
    truths = panel.units[rows, origin + ahead : origin + ahead + periods.block].astype(np.float64)
    counted = known.is_frequent if known.is_frequent.any() else ~known.is_frequent
    smooth = known.smooth[counted].sum()
    tide = max(truths[counted].mean(axis=1).sum() / smooth, 0.1) if smooth > 0 else 1.0
    return Examples(known, truths, np.full(len(rows), tide), known.is_frequent)


def _drawn(panel: Panel, origin: int, periods: Periods, quota: int) -> Array:
    year = panel.units[:, max(origin - periods.per_year, 0) : origin] > 0
    orders = year.sum(axis=1)
    frequent = np.flatnonzero(orders * 4 >= periods.per_year)
    rare = np.flatnonzero((orders > 0) & (orders * 4 < periods.per_year))
    most = int(quota * _FREQUENT_SHARE)
    # What one kind does not use, the other may.
    n_frequent = min(len(frequent), max(most, quota - len(rare)))
    n_rare = min(len(rare), quota - n_frequent)
    kept = [
        rows[np.argsort(_lot(rows, origin), kind="stable")[:n]] for rows, n in ((frequent, n_frequent), (rare, n_rare))
    ]
    return np.sort(np.concatenate(kept))


def _lot(rows: Array, salt: int) -> Array:
    """A number for each row that looks drawn and is always the same (the finaliser of SplitMix64)."""
    with np.errstate(over="ignore"):
        z = rows.astype(np.uint64) + np.uint64(salt) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(z ^ (z >> np.uint64(31)))


def learnt(given: Examples, *, is_next: bool) -> Learnt:
    """Models fitted to the examples; the same examples give the same models.

    Parameters
    ----------
    is_next : whether the block is the one that follows the history, so that its first period is told apart
    """
    known, level = given.known, given.known.level
    # The tide lifts all series of an origin; a tree that sees it would take it for a trait of whoever was drawn there.
    truths = given.truths / given.tide[:, None]
    mean = truths.mean(axis=1)
    # Errors count in each series' own roughness, as RMSSE counts them.
    steadiness = level / (known.roughness + _LEAST_ROUGHNESS)
    place = (_lot(np.arange(len(truths)), SEED) % np.uint64(truths.shape[1])).astype(np.int64)
    is_order = given.truths > 0
    asked = {
        "steady": Asked(np.zeros(len(level)), _Steady(given, truths)),
        "expecting": Asked(mean / level, "l2", steadiness**2),
        "ordering": Asked(is_order.mean(axis=1), "cross_entropy"),
        # The tail must hold the tides as well.
        "high": Asked(
            given.truths[np.arange(len(truths)), place] / level, "quantile", steadiness, n_rounds=_HIGH_ROUNDS
        ),
    }
    if is_next and truths.shape[1] > 1:
        asked["first_ordering"] = Asked(is_order[:, 0].astype(np.float64), "cross_entropy")
    models = fitted(known.values, asked)
    counted = given.is_frequent if given.is_frequent.any() else ~given.is_frequent
    smooth = known.smooth[counted].sum()
    drift = given.truths.mean(axis=1)[counted].sum() / smooth if smooth > 0 else 1.0
    lift = float(drift**_DRIFT_PART)
    parts = predicted((models["expecting"], models["steady"]), known.values)

    def factor(forecast: Array, rows: Array) -> float:
        total = forecast[rows].sum()
        return float(mean[rows].sum() / total) * lift if total > 0 else 1.0

    frequent = factor(_mixture(*parts) * level, given.is_frequent)
    rare = factor(np.maximum(parts[0], 0.0) * level, ~given.is_frequent)
    return Learnt(
        models["expecting"],
        models["steady"],
        frequent,
        rare,
        models["ordering"],
        models.get("first_ordering"),
        models["high"],
    )


class _Steady:
    """Gradient and curvature of the root of the mean squared error of a block, and of the absolute error of its sum.

    With one forecast for the whole block the squared error is that of its mean plus its variance, which no forecast can touch. The
    root is taken plain and weighted by the units of the year, as RMSSE and its weighted form are.
    """

    def __init__(self, given: Examples, truths: Array) -> None:
        known = given.known
        self.level = known.level
        self.mean = truths.mean(axis=1)
        self.variance = truths.var(axis=1) + 1e-3 * self.level**2
        counted = given.is_frequent if given.is_frequent.any() else ~given.is_frequent
        weight = self.level / self.level[counted].mean()
        self.root_weight = (1 + weight) / (known.roughness + _LEAST_ROUGHNESS)
        self.sum_weight = _SUM_PART / max(float(self.mean[counted].mean()), 1e-9)

    def __call__(self, score: Array, _rows: Any) -> tuple[Array, Array]:
        error = (1 + score) * self.level - self.mean
        root = np.sqrt(error**2 + self.variance)
        gradient = self.root_weight * error / root * self.level
        curvature = self.root_weight * self.level**2 / root * np.maximum(self.variance / root**2, _LEAST_CURVATURE)
        bend = _BEND * self.level
        size = np.sqrt(error**2 + bend**2)
        gradient += self.sum_weight * error / size * self.level
        curvature += self.sum_weight * self.level**2 / size * np.maximum(bend**2 / size**2, _LEAST_CURVATURE)
        return gradient, curvature


def _mixture(expecting: Array, steady: Array) -> Array:
    return np.asarray((1 - _STEADY_PART) * np.maximum(expecting, 0.0) + _STEADY_PART * np.maximum(1.0 + steady, 0.0))


def told(models: Learnt, known: Features, year: Array, periods: Periods) -> tuple[Array, Array]:
    """Mean (n_rows,) of a period of the block and quantiles (n_rows, block, 3) of each, in units.

    Parameters
    ----------
    year : float (n_rows, n), units of the newest periods, oldest first, a year of them where there is one
    """
    fitted = (models.expecting, models.steady, models.high, models.ordering, models.first_ordering)
    expecting, steady, high, *chances = predicted(tuple(model for model in fitted if model is not None), known.values)
    quantiles = own_range(year, np.column_stack(chances), QUANTILES, periods)
    # Nothing is ordered by halves: what rounds to nothing is nothing.
    quantiles[..., :-1][quantiles[..., :-1] < _LEAST_ORDER] = 0.0
    tail = np.maximum(high, 0.0) * known.level
    high_end = (1 - _TREES_PART) * quantiles[..., -1] + _TREES_PART * tail[:, None]
    quantiles[..., -1] = np.maximum(high_end, quantiles[..., -2])
    # The first period has a chance of its own or that of all others.
    places = [len(chances) - 1] + [0] * (periods.block - 1)
    # Of a rare series the middle is nothing; only its expectation adds up to what is sold.
    mean = np.where(
        known.is_frequent,
        models.factor * _mixture(expecting, steady),
        models.rare_factor * np.maximum(expecting, 0.0),
    )
    return mean * known.level, quantiles[:, places]
