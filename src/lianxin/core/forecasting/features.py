"""What is known of a series at an origin, from columns before it only: the series itself, its retailer, its product, all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from lianxin.core.forecasting.panel import Array, Panel, Sums
from lianxin.core.forecasting.periods import Periods

# Added to sums of groups before they are divided, so that a ratio of small numbers stays near one.
_SOFT_UNITS: Final = 2.0
_SOFT_ORDERS: Final = 0.5
_RANKS: Final = (0.1, 0.25, 0.5, 0.75, 0.9)
# A level is never quite zero, or nothing could be measured by it.
LEAST_LEVEL: Final = 0.02


@dataclass(frozen=True)
class Features:
    """Of the rows of a panel at one origin.

    values : float32 (n_rows, n_features), NaN where the history does not reach; amounts are divided by `level`
    level : float64 (n_rows,), units per period; what forecasts are told in
    roughness : float64 (n_rows,), root of the mean squared difference from period to period
    smooth : float64 (n_rows,), the plain smoother that stands where nothing can be learnt
    orders : int64 (n_rows,), periods with an order in the year before
    is_frequent : bool (n_rows,), ordered in a quarter of the year's periods or more
    """

    values: Array
    level: Array
    roughness: Array
    smooth: Array
    orders: Array
    is_frequent: Array


def features(panel: Panel, rows: Array, origin: int, ahead: int, periods: Periods) -> Features:
    """Features of the rows at column `origin`, for the block of periods that begins `ahead` columns after it."""
    return _Seen(panel, rows, origin, ahead, periods).features()


class _Seen:
    """The columns before an origin, and everything that is derived of them."""

    def __init__(self, panel: Panel, rows: Array, origin: int, ahead: int, periods: Periods) -> None:
        self.panel, self.rows, self.origin, self.periods = panel, rows, origin, periods
        # Where the same block lay a year before.
        self.year_ago = origin + ahead - periods.per_year
        self.units = panel.units[rows, :origin]
        self.retailer, self.product = panel.retailer[rows], panel.product[rows]
        self.age = np.maximum(origin - panel.first[rows], 1)
        self.year = min(origin, periods.per_year)

    def features(self) -> Features:
        year = self.units[:, -self.year :]
        means = {span: self._mean(span) for span in self.periods.windows}
        smoothed = {half_life: self._smoothed(half_life) for half_life in self.periods.half_lives}
        is_order = year > 0
        orders = is_order.sum(axis=1)
        long, short = means[self.periods.windows[-1]], smoothed[self.periods.half_lives[2]]
        level = np.maximum(0.6 * long + 0.4 * short, LEAST_LEVEL)
        size = year.sum(axis=1, dtype=np.float64) / np.maximum(orders, 1)
        squares = np.einsum("ij,ij->i", year, year, dtype=np.float64)
        gaps = np.diff(year, axis=1)
        known = np.minimum(self.age, self.year) - 1
        roughness = np.sqrt(np.einsum("ij,ij->i", gaps, gaps, dtype=np.float64) / np.maximum(known, 1))
        amounts = [*means.values(), *smoothed.values(), size, roughness, year.max(axis=1), year[:, -13:].max(axis=1)]
        amounts += [self._lag(k) for k in range(1, self.periods.lags + 1)]
        amounts += list(self._last_year())
        amounts += [self._borrowed(), *_ranked(year)]
        others = [
            np.log(level),
            orders,
            is_order[:, -(self.year // 4) :].sum(axis=1),
            is_order[:, -4:].sum(axis=1),
            np.where(orders > 0, is_order[:, ::-1].argmax(axis=1), self.year),
            np.minimum(self.age, 2 * self.periods.per_year),
            np.maximum(squares / np.maximum(orders, 1) - size**2, 0.0) / np.maximum(size, LEAST_LEVEL) ** 2,
            *(self._order_share(half_life) for half_life in self.periods.half_lives[2:4]),
            *self._group(self.panel.by_retailer, self.retailer),
            *self._group(self.panel.by_product, self.product),
        ]
        values = np.empty((len(self.rows), len(amounts) + len(others)), np.float32)
        for column, amount in enumerate(amounts):
            values[:, column] = amount / level
        for column, other in enumerate(others, len(amounts)):
            values[:, column] = other
        smooth = (smoothed[self.periods.half_lives[2]] + smoothed[self.periods.half_lives[3]]) / 2
        return Features(values, level, roughness, smooth, orders, orders * 4 >= self.periods.per_year)

    def _mean(self, span: int) -> Array:
        """The mean of the newest periods, of those only that a younger series has lived."""
        span = min(span, self.origin)
        total = self.units[:, -span:].sum(axis=1, dtype=np.float64)
        return np.asarray(total / np.minimum(span, self.age))

    def _weights(self, half_life: float) -> tuple[Array, Array]:
        """Weights of the newest two years, and the sum of the newest k of them at place k."""
        span = min(self.origin, 2 * self.periods.per_year)
        weights = 0.5 ** (np.arange(span)[::-1] / half_life)
        return weights, np.concatenate([[0.0], np.cumsum(weights[::-1])])

    def _smoothed(self, half_life: float) -> Array:
        weights, sums = self._weights(half_life)
        span = len(weights)
        return np.asarray(_times(self.units[:, -span:], weights) / sums[np.minimum(self.age, span)])

    def _order_share(self, half_life: float) -> Array:
        weights, sums = self._weights(half_life)
        span = len(weights)
        return np.asarray(_times(self.units[:, -span:] > 0, weights) / sums[np.minimum(self.age, span)])

    def _lag(self, back: int) -> Array:
        if back > self.origin:
            return np.full(len(self.rows), np.nan)
        return np.asarray(self.units[:, -back])

    def _span(self, values: Array, begin: int, end: int) -> Array:
        """The mean over columns of the past; NaN where they lie outside."""
        if begin < 0 or end > self.origin or begin >= end:
            return np.full(len(values), np.nan)
        return np.asarray(values[:, begin:end].mean(axis=1))

    def _last_year(self) -> Iterator[Array]:
        """The same block a year ago, with its neighbours, and the block that is now the newest."""
        at, block, wide = self.year_ago, self.periods.block, self.periods.per_year // 13
        yield self._span(self.units, at, at + block)
        yield self._span(self.units, at - wide, at + block + wide)
        yield self._span(self.units, self.origin - self.periods.per_year - block, self.origin - self.periods.per_year)
        yield self._span(
            self.units, max(self.origin - 2 * self.periods.per_year, 0), self.origin - self.periods.per_year
        )

    def _borrowed(self) -> Array:
        """What the classes say of a series: orders per week of its product's shops, in the size usual for shop and product."""
        shops, goods = self.panel.by_retailer, self.panel.by_product
        begin = self.origin - self.year
        mean = [sums.units[:, begin : self.origin].sum(axis=1) for sums in (goods, shops)]
        orders = [sums.orders[:, begin : self.origin].sum(axis=1) for sums in (goods, shops)]
        size = (mean[0] + 1.0) / (orders[0] + 1.0)
        usual = (mean[1] + 1.0) / (orders[1] + 1.0)
        return np.asarray(np.sqrt(size[self.product] * usual[self.retailer]))

    def _group(self, sums: Sums, group: Array) -> Iterator[Array]:
        """How a group of series stands against its own year, and against the same season of the year before."""
        units, orders, year, block = sums.units, sums.orders, self.periods.per_year, self.periods.block
        quarter = year // 4
        base = self._newest(units, year) + _SOFT_UNITS
        for span in (block, quarter, year // 2):
            yield ((self._newest(units, span) + _SOFT_UNITS) / base)[group]
        yield ((self._newest(units, 1) + _SOFT_UNITS) / (self._newest(units, quarter) + _SOFT_UNITS))[group]
        at = self.year_ago
        around = self._span(units, at - quarter // 2, min(at + block + quarter // 2, self.origin)) + _SOFT_UNITS
        yield ((self._span(units, at, at + block) + _SOFT_UNITS) / around)[group]
        yield ((self._span(units, at - block, at) + _SOFT_UNITS) / around)[group]
        yield np.log(base)[group]
        before = self._span(units, self.origin - year - quarter, self.origin - year)
        yield ((self._newest(units, quarter) + _SOFT_UNITS) / (before + _SOFT_UNITS))[group]
        recent = units[:, max(self.origin - quarter, 0) : self.origin] > 0
        yield np.where(recent.any(axis=1), recent[:, ::-1].argmax(axis=1), quarter)[group]
        active = self._newest(orders, year) + _SOFT_ORDERS
        yield ((self._newest(orders, block) + _SOFT_ORDERS) / active)[group]
        yield np.log(active)[group]

    def _newest(self, values: Array, span: int) -> Array:
        return np.asarray(values[:, max(self.origin - span, 0) : self.origin].mean(axis=1))


def _ranked(year: Array) -> Iterator[Array]:
    """What the series itself ordered at most in so many of its periods, of a year and of its newer half."""
    for span in (year.shape[1], -(-year.shape[1] // 2)):
        newest = year[:, -span:]
        places = [int(share * (span - 1)) for share in _RANKS]
        ordered = np.partition(newest, places, axis=1)
        for place in places:
            yield ordered[:, place]


def _times(values: Array, weights: Array) -> Array:
    """Weighted sums of rows, column by column in one order, so that every machine adds up alike."""
    total = np.zeros(len(values))
    for column, weight in enumerate(weights):
        total += values[:, column] * weight
    return total
