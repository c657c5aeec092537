"""The statistical forecast whole: from order lines to mean and range of each series and step."""

from __future__ import annotations

from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa

from lianxin.core.errors import ParameterWrong
from lianxin.core.forecasting.contracts import COLUMNS, FIGURES, QUANTILES, Asks
from lianxin.core.forecasting.events import factors
from lianxin.core.forecasting.features import Features, features
from lianxin.core.forecasting.learning import examples, learnt, told
from lianxin.core.forecasting.panel import Array, Panel, panel
from lianxin.core.forecasting.periods import Periods
from lianxin.core.forecasting.periods import periods as periods_named

HORIZON_MOST: Final = 104
# Series forecast at once: bounds the memory of their features.
_CHUNK: Final = 100_000
_DIGITS: Final = 4


def forecast(
    orders: pa.Table,
    *,
    until: date,
    horizon: int,
    period: str = "week",
    engine: Asks,
    events: pa.Table | None = None,
) -> pa.Table:
    """Mean and quantiles of the demand of each series in each of the next periods.

    Parameters
    ----------
    orders : one row per order line, see `contracts.ORDERS`; names of retailers and products may be texts or whole numbers
    until : last day that is read; lines after it change nothing
    horizon : periods to forecast, 1 to 104
    period : "week" (begins on Monday) or "month"
    engine : adds up the lines; DuckDB and Spark give the same rows
    events : one row per dated event, see `contracts.EVENTS`; a null retailer_id or product_id means all of them
        out_of_stock, closed : past periods hidden for half of their days or longer are not taken for low demand
        closed : periods to come count for the share of days on which the shop is open
        event : what earlier events of the same name did, in `event_effects`, is taken out of the past and into the periods to come

    Returns
    -------
    one row per series with demand in the 52 weeks up to `until`, and step; sorted by retailer_id, product_id, step
        retailer_id, product_id : as in the orders; period_start : date32; step : int32, 1 … horizon
        mean_units, q10_units, q50_units, q90_units : float64, units per period, >= 0
    Step 1 is the first period that begins after `until`. A period that `until` cuts in two is neither read nor forecast.

    Invariants
    ----------
    The order of rows changes nothing. Rows after `until` change nothing. q10 <= q50 <= q90.

    Raises
    ------
    SchemaMismatch : the orders break their contract.
    ParameterWrong : horizon or period are outside what is declared.
    """
    kind = periods_named(period)
    if not 1 <= horizon <= HORIZON_MOST:
        raise ParameterWrong(f"The horizon must lie between 1 and {HORIZON_MOST} periods, not {horizon}.")
    known = panel(orders, until=until, periods=kind, engine=engine, events=events)
    rows = np.flatnonzero(known.is_active)
    figures = np.zeros((len(rows), horizon, len(FIGURES)))
    gap = kind.next_after(until) - known.end
    for begin in range(0, horizon, kind.block):
        end = min(begin + kind.block, horizon)
        figures[:, begin:end] = _block(known, rows, gap + begin, kind, is_next=begin == 0)[:, : end - begin]
    factor = factors(known.told, known.effects, len(known.first), kind.next_after(until), horizon, kind)
    if factor is not None:
        figures *= factor[rows][:, :, None]
    return _table(known, rows, kind, kind.next_after(until), figures)


def event_effects(orders: pa.Table, events: pa.Table, *, until: date, period: str = "week", engine: Asks) -> pa.Table:
    """What events of each name did to demand up to `until`, as `forecast` takes it into account.

    Parameters
    ----------
    orders, events, until, period, engine : as of `forecast`

    Returns
    -------
    one row per name of events of kind "event", sorted
        name : string; n_events : int64, past ones that touched a series; n_cells : int64, series × periods in them
        ratio_seen : float64, demand in them over the mean of the 13 periods before; 1 where nothing was seen
        ratio : float64, what forecasts are multiplied by: drawn towards 1 as if 20 series-periods had shown nothing
    """
    kind = periods_named(period)
    effects = panel(orders, until=until, periods=kind, engine=engine, events=events).effects
    found = [effects[name] for name in sorted(effects)]
    return pa.table(
        {
            "name": pa.array([one.name for one in found], pa.string()),
            "n_events": pa.array([one.n_events for one in found], pa.int64()),
            "n_cells": pa.array([one.n_cells for one in found], pa.int64()),
            "ratio_seen": pa.array([one.ratio_seen for one in found], pa.float64()),
            "ratio": pa.array([one.ratio for one in found], pa.float64()),
        }
    )


def _block(known: Panel, rows: Array, ahead: int, kind: Periods, *, is_next: bool) -> Array:
    """Figures (n_rows, block, 4) of the block that begins `ahead` periods after the end of the history."""
    given = examples(known, ahead, kind)
    models = None if given is None else learnt(given, is_next=is_next)
    made = np.empty((len(rows), kind.block, len(FIGURES)))
    for begin in range(0, len(rows), _CHUNK):
        part = rows[begin : begin + _CHUNK]
        seen = features(known, part, known.width, ahead, kind)
        year = known.units[part, max(known.width - kind.per_year, 0) :]
        if models is None:
            made[begin : begin + _CHUNK] = _plain(known, part, seen, year)[:, None]
        else:
            mean, quantiles = told(models, seen, year, kind)
            made[begin : begin + _CHUNK, :, 0] = mean[:, None]
            made[begin : begin + _CHUNK, :, 1:] = quantiles
    return made


def _plain(known: Panel, rows: Array, seen: Features, year: Array) -> Array:
    """The smoother, and quantiles of the series' own year stretched to it: for a history too short to learn from."""
    lived = np.minimum(np.maximum(known.width - known.first[rows], 1), year.shape[1])
    ordered = np.sort(year, axis=1)
    # Zeros from before the first order stand first and are passed over.
    before = year.shape[1] - lived
    quantiles = np.empty((len(rows), len(QUANTILES)))
    for column, share in enumerate(QUANTILES):
        place = before + share * (lived - 1)
        low = np.floor(place).astype(np.int64)
        high = np.minimum(low + 1, year.shape[1] - 1)
        at = np.arange(len(rows))
        quantiles[:, column] = ordered[at, low] + (place - low) * (ordered[at, high] - ordered[at, low])
    mean = year.sum(axis=1, dtype=np.float64) / lived
    stretch = np.divide(seen.smooth, mean, out=np.ones_like(mean), where=mean > 0)
    return np.column_stack([seen.smooth, quantiles * stretch[:, None]])


def _table(known: Panel, rows: Array, kind: Periods, first: int, figures: Array) -> pa.Table:
    horizon = figures.shape[1]
    starts = np.array([kind.start(first + step) for step in range(horizon)], dtype="datetime64[D]")
    repeated = np.repeat(rows, horizon)
    columns = {
        "retailer_id": known.retailers.take(pa.array(known.retailer[repeated])),
        "product_id": known.products.take(pa.array(known.product[repeated])),
        "period_start": pa.array(np.tile(starts, len(rows)), pa.date32()),
        "step": pa.array(np.tile(np.arange(1, horizon + 1, dtype=np.int32), len(rows))),
    }
    flat = np.round(figures.reshape(-1, figures.shape[2]), _DIGITS)
    columns |= {name: pa.array(flat[:, place]) for place, name in enumerate(FIGURES)}
    return pa.table(columns).select(list(COLUMNS))
