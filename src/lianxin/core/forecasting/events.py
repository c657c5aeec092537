"""What was collected beside orders: shelves that were empty, shops that were closed, festivals; past ones and those to come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from lianxin.core.errors import SchemaMismatch
from lianxin.core.forecasting.contracts import CLOSED, EVENT, EVENT_KINDS, EVENTS, OUT_OF_STOCK
from lianxin.core.forecasting.periods import Periods

Array: TypeAlias = npt.NDArray[Any]
# A period counts as hidden when so much of it was.
_HIDDEN_SHARE: Final = 0.5
# What an event of a name does is believed as if so many series-periods had shown no effect before.
_DOUBT: Final = 20.0
_LEAST_RATIO, _MOST_RATIO = 0.2, 5.0
# Periods before an event whose mean is what would have been ordered without it.
_LEVEL_PERIODS: Final = 13


@dataclass(frozen=True)
class Lines:
    """Series by the places of their retailer and product, sorted by both, and the names behind the places."""

    retailer: Array
    product: Array
    retailers: pa.Array
    products: pa.Array


@dataclass(frozen=True)
class Happening:
    """One event: what it is, the rows of the panel that it touches, its days (the last one excluded)."""

    kind: str
    name: str
    rows: Array
    first: date
    end: date

    def shares(self, periods: Periods, begin: int, end: int) -> Iterator[tuple[int, float]]:
        """Each period in [begin, end) that it touches, counted from `begin`, and the share of its days."""
        for number in range(
            max(periods.number(self.first), begin), min(periods.number(self.end - timedelta(1)) + 1, end)
        ):
            start, after = periods.start(number), periods.start(number + 1)
            days = (min(self.end, after) - max(self.first, start)).days
            yield number - begin, days / (after - start).days


def happenings(events: pa.Table | None, lines: Lines) -> tuple[Happening, ...]:
    """The events that touch a series, in an order that does not depend on that of the table.

    Raises
    ------
    SchemaMismatch : a column is missing, a kind is unknown, an event of kind event lacks its name, or ends before it begins.
    """
    if events is None:
        return ()
    table = EVENTS.of(events)
    sought = {
        column: pc.index_in(table.column(column).cast(names.type), value_set=names).to_pylist()
        for column, names in (("retailer_id", lines.retailers), ("product_id", lines.products))
    }
    by_product = np.argsort(lines.product, kind="stable")
    made = []
    for place, row in enumerate(table.to_pylist()):
        _check(row)
        found = {column: (row[column] is None, sought[column][place]) for column in sought}
        if any(not is_all and code is None for is_all, code in found.values()):
            continue
        rows = _rows(lines, by_product, found["retailer_id"][1], found["product_id"][1])
        made.append(Happening(row["kind"], row["name"] or "", rows, row["event_from"], row["event_until"]))
    return tuple(
        sorted(made, key=lambda one: (one.kind, one.name, one.first, one.end, one.rows.tolist()[:1], len(one.rows)))
    )


def _check(row: dict[str, Any]) -> None:
    if row["kind"] not in EVENT_KINDS:
        raise SchemaMismatch(f"There is no event of kind “{row['kind']}”; write one of {', '.join(EVENT_KINDS)}.")
    if row["kind"] == EVENT and not row["name"]:
        raise SchemaMismatch("An event needs its name: what it does is learnt from earlier events of the same name.")
    if row["event_until"] <= row["event_from"]:
        raise SchemaMismatch(
            f"The event from {row['event_from']} ends before it begins; event_until is the day after the last."
        )


def _rows(lines: Lines, by_product: Array, retailer: int | None, product: int | None) -> Array:
    if retailer is None:
        if product is None:
            return np.arange(len(lines.retailer))
        low = np.searchsorted(lines.product[by_product], product, side="left")
        high = np.searchsorted(lines.product[by_product], product, side="right")
        return np.sort(by_product[low:high])
    low = np.searchsorted(lines.retailer, retailer, side="left")
    high = np.searchsorted(lines.retailer, retailer, side="right")
    rows = np.arange(low, high)
    return rows if product is None else rows[lines.product[rows] == product]


def hide(
    hidden: Array | None, told: Sequence[Happening], shape: tuple[int, int], begin: int, periods: Periods
) -> Array | None:
    """The hidden cells, and those in which a shelf was empty or a shop closed for half of the period or longer."""
    for one in told:
        if one.kind in (OUT_OF_STOCK, CLOSED):
            for column, share in one.shares(periods, begin, begin + shape[1]):
                if share >= _HIDDEN_SHARE:
                    hidden = np.zeros(shape, bool) if hidden is None else hidden
                    hidden[one.rows, column] = True
    return hidden


@dataclass(frozen=True)
class Effect:
    """What events of one name did to demand: ratio as used, n_cells series-periods seen, ratio_seen before any doubt."""

    name: str
    ratio: float
    ratio_seen: float
    n_cells: int
    n_events: int


def learnt_effects(units: Array, told: Sequence[Happening], begin: int, periods: Periods) -> dict[str, Effect]:
    """For each name, demand in its past events over the mean of the 13 periods before each; little that was seen says little."""
    named: dict[str, list[Happening]] = {}
    for one in told:
        if one.kind == EVENT:
            named.setdefault(one.name, []).append(one)
    made = {}
    for name, events in named.items():
        extra = base = 0.0
        n_cells = n_events = 0
        for one in events:
            first = max(periods.number(one.first) - begin, 0)
            level = (
                units[one.rows, max(first - _LEVEL_PERIODS, 0) : first].mean(axis=1, dtype=np.float64)
                if 0 < first <= units.shape[1]
                else None
            )
            is_seen = False
            for column, share in one.shares(periods, begin, begin + units.shape[1]):
                if level is not None:
                    extra += float((units[one.rows, column] - level).sum(dtype=np.float64))
                    base += share * float(level.sum())
                    n_cells += int((level > 0).sum())
                    is_seen = True
            n_events += is_seen
        seen = 1 + extra / base if base > 0 else 1.0
        ratio = 1 + (seen - 1) * n_cells / (n_cells + _DOUBT)
        made[name] = Effect(name, float(np.clip(ratio, _LEAST_RATIO, _MOST_RATIO)), seen, n_cells, n_events)
    return made


def without_effects(
    units: Array, told: Sequence[Happening], effects: dict[str, Effect], begin: int, periods: Periods
) -> Array:
    """The panel as it would have been without the events of a name, so that they are not taken for the usual."""
    made = units
    for one in told:
        if one.kind == EVENT:
            for column, share in one.shares(periods, begin, begin + units.shape[1]):
                made = units.copy() if made is units else made
                made[one.rows, column] /= 1 + share * (effects[one.name].ratio - 1)
    return made


def factors(
    told: Sequence[Happening], effects: dict[str, Effect], n: int, first: int, horizon: int, periods: Periods
) -> Array | None:
    """What the forecast of each row and step is multiplied by, float64 (n, horizon); None where nothing is to come."""
    made = None
    for one in told:
        if one.kind == OUT_OF_STOCK:
            continue
        for step, share in one.shares(periods, first, first + horizon):
            made = np.ones((n, horizon)) if made is None else made
            made[one.rows, step] *= 1 - share if one.kind == CLOSED else 1 + share * (effects[one.name].ratio - 1)
    return made
