"""How far sums of forecasts may lie off: from how far the same kind of sum strayed from its own smoother in the past year."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lianxin.core.forecasting.contracts import Asks
from lianxin.core.forecasting.panel import Array, panel, sums_by
from lianxin.core.forecasting.periods import Periods
from lianxin.core.forecasting.periods import periods as periods_named
from lianxin.core.forecasting.summing import group_codes

_LOW, _HIGH = 0.1, 0.9
# Sums of like size are looked at together; with fewer past sums than this nothing is told.
_OF_LIKE_SIZE: Final = 400
_LEAST: Final = 20
_MOST_CLASSES: Final = 12
# Added to both sides before sums are divided, so that a ratio of small ones stays finite.
_SOFT: Final = 1.0
# A sum of which borrowed lines make more than this part strays as none of the past did.
_BORROWED_MOST: Final = 0.1
_STRAYS = {
    "level": pa.string(),
    "by_product": pa.bool_(),
    "step": pa.int32(),
    "size_units": pa.float64(),
    "low_ratio": pa.float64(),
    "high_ratio": pa.float64(),
    "n": pa.int64(),
}


def strays(
    orders: pa.Table,
    retailers: pa.Table | None = None,
    *,
    levels: Sequence[str] = (),
    until: date,
    horizon: int,
    period: str = "week",
    engine: Asks,
) -> pa.Table:
    """How sums of each level strayed from their smoother, so many periods ahead, at the origins of the past year.

    A sum's range cannot be had from the ranges of its series, which rise and fall together. So the sums themselves are forecast at
    past origins by a smoother, which knows only what lay before, and truths are divided by these forecasts. Shocks that all series
    share are in these ratios; that the method forecasts better than the smoother makes ranges a little too wide, never too narrow.

    Parameters
    ----------
    orders, until, period, engine : as of `forecast`
    retailers, levels : as of `coherent`
    horizon : periods ahead, 1 …

    Returns
    -------
    one row per level (the company among them), by_product, step and class of size, sorted by these
        size_units : float64, the middle smoother's forecast of the class, units of a period
        low_ratio, high_ratio : float64, what 10 % of the truths lay below and above, as parts of their forecast
        n : int64, past sums in the class. A level with under 20 past sums has no row.

    Raises
    ------
    SchemaMismatch : the orders break their contract, the retailers lack a level or name one retailer twice.
    """
    kind = periods_named(period)
    known = panel(orders, until=until, periods=kind, engine=engine)
    keys = pa.table(
        {
            "retailer_id": known.retailers.take(pa.array(known.retailer)),
            "product_id": known.products.take(pa.array(known.product)),
        }
    )
    ahead = kind.next_after(until) - known.end
    parts = []
    for level, names in group_codes(keys, retailers, levels):
        for by_product in (False, True):
            group = names * len(known.products) + known.product if by_product else names
            _, place = np.unique(group, return_inverse=True)
            summed = sums_by(known.units, place, int(place.max(initial=-1)) + 1).units
            past = _Past(summed, max(kind.per_year // 2, known.width - kind.per_year - ahead - horizon + 1), kind)
            parts += [_rows(level, by_product, step, *past.ahead(ahead + step)) for step in range(1, horizon + 1)]
    return pa.concat_tables(parts).cast(pa.schema(_STRAYS))


def with_ranges(sums: pa.Table, strayed: pa.Table) -> pa.Table:
    """Sums of `coherent` with q10_units and q90_units : float64, null where too few past sums are known; low <= mean <= high.

    Parameters
    ----------
    sums : one call's; with the column product_id they are by product
    strayed : what `strays` returned
    """
    by_product = "product_id" in sums.column_names
    mean = sums.column("mean_units").to_numpy()
    low, high = np.full(len(mean), np.nan), np.full(len(mean), np.nan)
    level, step = np.asarray(sums.column("level").to_pylist()), sums.column("step").to_numpy()
    classes: dict[tuple[str, int], list[dict[str, float]]] = {}
    for row in strayed.to_pylist():
        if row["by_product"] == by_product:
            classes.setdefault((row["level"], row["step"]), []).append(row)
    for (of_level, of_step), rows in classes.items():
        at = np.flatnonzero((level == of_level) & (step == of_step))
        size = np.log([row["size_units"] + _SOFT for row in rows])
        asked = np.log(mean[at] + _SOFT)
        for told, name in ((low, "low_ratio"), (high, "high_ratio")):
            ratio = np.interp(asked, size, [row[name] for row in rows])
            told[at] = (mean[at] + _SOFT) * ratio - _SOFT
    unknown = np.isnan(low)
    low, high = np.round(np.clip(low, 0.0, mean), 4), np.round(np.maximum(high, mean), 4)
    return sums.append_column("q10_units", pa.array(low, mask=unknown)).append_column(
        "q90_units", pa.array(high, mask=unknown)
    )


def without_wild_ranges(sums: pa.Table, borrowed: pa.Table) -> pa.Table:
    """Sums without the range of those of which borrowed lines make more than a tenth.

    Parameters
    ----------
    sums : rows of `with_ranges`; product_id may be null or lack
    borrowed : sums of the borrowed lines alone, as `coherent` gives them at the same levels, likewise
    """
    keys = [name for name in ("level", "group_id", "product_id", "step") if name in sums.column_names]
    parts = {tuple(row.values()): mean for row, mean in _keyed(borrowed, keys)}
    wild = [parts.get(tuple(row.values()), 0.0) > _BORROWED_MOST * mean for row, mean in _keyed(sums, keys)]
    for name in ("q10_units", "q90_units"):
        told = pc.if_else(pa.array(wild, pa.bool_()), pa.scalar(None, pa.float64()), sums.column(name))
        sums = sums.set_column(sums.column_names.index(name), name, told)
    return sums


def _keyed(sums: pa.Table, keys: list[str]) -> Iterator[tuple[dict[str, object], float]]:
    return zip(sums.select(keys).to_pylist(), sums.column("mean_units").to_pylist(), strict=True)


class _Past:
    """Sums with what a smoother would have forecast of them at each origin from `begin` on, which knew the columns before it."""

    def __init__(self, summed: Array, begin: int, kind: Periods) -> None:
        self.summed, self.begin, self.kind = summed, begin, kind
        decay = 0.5 ** (1 / kind.half_lives[2])
        total, weight = np.zeros(len(summed)), 0.0
        self.forecasts = np.empty((len(summed), max(summed.shape[1] - begin, 0)))
        for origin in range(summed.shape[1]):
            if origin >= begin:
                self.forecasts[:, origin - begin] = total / weight
            total, weight = total * decay + summed[:, origin], weight * decay + 1.0

    def ahead(self, periods: int) -> tuple[Array, Array]:
        """Forecasts and truths so many periods after each origin of the past year."""
        end = self.summed.shape[1] - periods + 1
        first = max(self.begin, end - self.kind.per_year)
        if first >= end:
            return np.zeros(0), np.zeros(0)
        made = self.forecasts[:, first - self.begin : end - self.begin].ravel()
        came = self.summed[:, first + periods - 1 : end + periods - 1].ravel()
        # What nobody had ordered when it was forecast would be no sum of a forecast.
        seen = made > 0
        return made[seen], came[seen]


def _rows(level: str, by_product: bool, step: int, forecasts: Array, truths: Array) -> pa.Table:
    made: dict[str, list[object]] = {name: [] for name in _STRAYS}
    for at in _alike(forecasts):
        ratio = (truths[at] + _SOFT) / (forecasts[at] + _SOFT)
        low, high = np.quantile(ratio, [_LOW, _HIGH])
        row = (level, by_product, step, float(np.median(forecasts[at])), float(low), float(high), len(at))
        for name, value in zip(_STRAYS, row, strict=True):
            made[name].append(value)
    return pa.table({name: pa.array(values, _STRAYS[name]) for name, values in made.items()})


def _alike(forecasts: Array) -> Iterator[Array]:
    """Places of sums of like size, smallest first."""
    if len(forecasts) < _LEAST:
        return
    order = np.argsort(forecasts, kind="stable")
    yield from np.array_split(order, min(max(len(order) // _OF_LIKE_SIZE, 1), _MOST_CLASSES))
