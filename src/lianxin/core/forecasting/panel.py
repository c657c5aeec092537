"""Orders as a panel: one row per series, one column per period, and what is known of each cell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Final, TypeAlias

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from lianxin.core.errors import SchemaMismatch
from lianxin.core.forecasting.contracts import ORDERS, Asks
from lianxin.core.forecasting.events import (
    Effect,
    Happening,
    Lines,
    happenings,
    hide,
    learnt_effects,
    without_effects,
)
from lianxin.core.forecasting.periods import Periods
from lianxin.core.tables import Steps

Array: TypeAlias = npt.NDArray[Any]

ROWS: Final = "forecast_orders"
# A cell travels as one whole number: its period, whether a cap hid demand, its units.
_PERIOD_BITS: Final = 40
_HIDDEN_BITS: Final = 39
_UNITS_MOST: Final = 2**31 - 1
# Days before `until` in which a series must have an order to be forecast: 52 weeks.
ACTIVE_DAYS: Final = 364
# A hidden cell is filled from the open cells of so many periods before it.
_FILL_PERIODS: Final = 26


@dataclass(frozen=True)
class Panel:
    """Demand by series and period, sorted by retailer and product.

    units : float32 (n_series, n_periods); hidden cells are filled, see `filled`
    hidden : bool (n_series, n_periods) or None where no cell is hidden
    retailer, product : int32 (n_series,), places in `retailers` and `products`, which are sorted
    first : int32 (n_series,), column of the first order, n_periods where there is none
    told, effects : events that touch a series, and what those of a name do, which the units are freed of
    end : number of the period after the last column; is_active : has an order in the 52 weeks before `until`
    """

    units: Array
    hidden: Array | None
    retailer: Array
    product: Array
    retailers: pa.Array
    products: pa.Array
    first: Array
    is_active: Array
    told: tuple[Happening, ...]
    effects: dict[str, Effect]
    end: int

    @property
    def width(self) -> int:
        """How many periods of history there are."""
        return int(self.units.shape[1])

    @cached_property
    def by_retailer(self) -> Sums:
        """Sums over the products of each retailer."""
        return sums_by(self.units, self.retailer, len(self.retailers))

    @cached_property
    def by_product(self) -> Sums:
        """Sums over the retailers of each product."""
        return sums_by(self.units, self.product, len(self.products))


@dataclass(frozen=True)
class Sums:
    """Of each group and period: units : float64 (n_groups, n_periods); orders : series with units > 0, likewise."""

    units: Array
    orders: Array


def sums_by(units: Array, group: Array, n: int) -> Sums:
    """Sums of the rows of each group; column by column, so that no copy of the panel is made."""
    summed = np.empty((n, units.shape[1]))
    orders = np.empty((n, units.shape[1]))
    for column in range(units.shape[1]):
        values = units[:, column]
        summed[:, column] = np.bincount(group, weights=values, minlength=n)
        orders[:, column] = np.bincount(group, weights=values > 0, minlength=n)
    return Sums(summed, orders)


def panel(orders: pa.Table, *, until: date, periods: Periods, engine: Asks, events: pa.Table | None = None) -> Panel:
    """The demand of each series in the whole periods up to the end of `until`; later orders are not read.

    Parameters
    ----------
    orders : see `contracts.ORDERS`; several lines of a series in a period add up. Demand of a line is `wanted_units` where told,
        else `ordered_units`; a line that reached its `cap_units` without telling what was wanted hides the demand of its period.

    Raises
    ------
    SchemaMismatch : a column is missing or of another type, units are below zero or beyond 2**31 - 1.
    """
    rows = ORDERS.of(orders)
    _check_units(rows)
    end = periods.whole_until(until)
    begin = end - periods.kept
    cells = engine.run(_question(rows, until, begin, end, periods), {ROWS: rows})
    cells = cells.sort_by([("retailer_id", "ascending"), ("product_id", "ascending")]).combine_chunks()
    retailers, retailer = coded(cells.column("retailer_id"))
    products, product = coded(cells.column("product_id"))
    last = cells.column("last_date").cast(pa.int32()).to_numpy()
    active_from = (until - timedelta(days=ACTIVE_DAYS) - date(1970, 1, 1)).days
    told = happenings(events, Lines(retailer, product, retailers, products))
    units, hidden = _dense(cells.column("cells"), cells.num_rows, periods.kept)
    hidden = hide(hidden, told, units.shape, begin, periods)
    first = _firsts(units)
    if hidden is not None:
        units = filled(units, hidden, first)
    effects = learnt_effects(units, told, begin, periods)
    units = without_effects(units, told, effects, begin, periods)
    # Columns before the first order of all tell nothing and only cost memory and time.
    cut = min(int(first.min(initial=periods.kept)), periods.kept - 1)
    return Panel(
        units=np.ascontiguousarray(units[:, cut:]),
        hidden=None if hidden is None else np.ascontiguousarray(hidden[:, cut:]),
        retailer=retailer,
        product=product,
        retailers=retailers,
        products=products,
        first=(first - cut).astype(np.int32),
        is_active=last > active_from,
        told=told,
        effects=effects,
        end=end,
    )


def _check_units(rows: pa.Table) -> None:
    for name in ("ordered_units", "wanted_units", "cap_units"):
        low_high = pc.min_max(rows.column(name)).as_py()
        if low_high["min"] is not None and low_high["min"] < 0:
            raise SchemaMismatch(f"Column {name} of the orders has units below zero; write returns elsewhere.")
        if low_high["max"] is not None and low_high["max"] > _UNITS_MOST:
            raise SchemaMismatch(
                f"Column {name} of the orders has units beyond {_UNITS_MOST:,}; look for a typing fault."
            )


def _question(rows: pa.Table, until: date, begin: int, end: int, periods: Periods) -> Steps:
    table = ibis.table(ibis.Schema.from_pyarrow(rows.schema), name=ROWS)
    read = table.filter(table.order_date <= ibis.literal(until))
    demand = ibis.greatest(read.wanted_units.fill_null(0), read.ordered_units)
    is_hidden = read.wanted_units.isnull() & (read.ordered_units >= read.cap_units).fill_null(False)
    steps = Steps()
    lines = read.select(
        "retailer_id",
        "product_id",
        "order_date",
        period=periods.number_of(read, "order_date"),
        units=demand.cast("int64"),
        hidden=is_hidden.cast("int64"),
    )
    lines = lines.filter(lines.units > 0)
    summed = steps.add(
        "forecast_cells",
        lines.group_by("retailer_id", "product_id", "period").agg(
            units=lines.units.sum().cast("int64"),
            hidden=lines.hidden.max().cast("int64"),
            last_date=lines.order_date.max(),
        ),
    )
    place = (summed.period.cast("int64") - begin) * 2**_PERIOD_BITS
    cell = ibis.ifelse(
        (summed.period >= begin) & (summed.period < end),
        place + summed.hidden * 2**_HIDDEN_BITS + summed.units,
        ibis.null("int64"),
    )
    told = summed.mutate(cell=cell)
    steps.add(
        "forecast_series",
        told.group_by("retailer_id", "product_id").agg(cells=told.cell.collect(), last_date=told.last_date.max()),
    )
    return steps


def coded(names: pa.ChunkedArray) -> tuple[pa.Array, Array]:
    """The distinct names in order, and the place of each row's name."""
    distinct = names.unique()
    order = pc.array_sort_indices(distinct)
    places = np.empty(len(distinct), np.int32)
    places[order.to_numpy()] = np.arange(len(distinct), dtype=np.int32)
    found = pc.index_in(names, value_set=distinct)
    codes = found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
    return distinct.take(order), places[codes.to_numpy()]


def _dense(cells: pa.ChunkedArray, n: int, width: int) -> tuple[Array, Array | None]:
    units = np.zeros((n, width), np.float32)
    hidden: Array | None = None
    row = 0
    for chunk in cells.chunks:
        codes = chunk.flatten().drop_null().to_numpy()
        parents = (
            pc.list_parent_indices(chunk).to_numpy()[chunk.flatten().is_valid().to_numpy(zero_copy_only=False)] + row
        )
        columns = codes >> _PERIOD_BITS
        units[parents, columns] = codes & (2**_HIDDEN_BITS - 1)
        is_hidden = (codes >> _HIDDEN_BITS) & 1 == 1
        if is_hidden.any():
            hidden = np.zeros((n, width), bool) if hidden is None else hidden
            hidden[parents[is_hidden], columns[is_hidden]] = True
        row += len(chunk)
    return units, hidden


def _firsts(units: Array) -> Array:
    first: Array = (units > 0).argmax(axis=1)
    first[~(units > 0).any(axis=1)] = units.shape[1]
    return first


def filled(units: Array, hidden: Array, first: Array) -> Array:
    """The panel with each hidden cell raised to the mean of the open cells in the 26 periods before it.

    Only earlier cells are used, so that a forecast made at any period of the past would have seen the same. A cell with no open
    cell before it, and one that shows more than that mean, stays as it is.
    """
    rows = np.flatnonzero(hidden.any(axis=1))
    values, closed = units[rows].astype(np.float64), hidden[rows]
    is_open = ~closed & (np.arange(units.shape[1]) >= first[rows, None])
    totals = np.cumsum(np.where(is_open, values, 0.0), axis=1)
    counts = np.cumsum(is_open, axis=1)
    at, column = np.nonzero(closed)
    before = np.maximum(column - 1 - _FILL_PERIODS, -1)

    def span(sums: Array) -> Array:
        high = np.where(column > 0, sums[at, column - 1], 0)
        return np.asarray(high - np.where(before >= 0, sums[at, before], 0))

    count = span(counts)
    level = np.where(count > 0, span(totals) / np.maximum(count, 1), 0.0)
    made = units.copy()
    made[rows[at], column] = np.maximum(values[at, column], level)
    return made
