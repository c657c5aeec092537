"""Visits as the rules read them: whole numbers for names, seconds for instants, metres for places, local days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from lianxin.core.errors import SchemaMismatch
from lianxin.core.verifying.contracts import CHECKS, RETAILERS, VISITS, WITNESSES

Array: TypeAlias = npt.NDArray[Any]

# Metres of one degree of latitude on the sphere of mean radius 6,371,008.8 m.
METRES_PER_DEGREE: Final = 111195.08
# Side of the squares in which places are looked up.
CELL_METRES: Final = 75.0
_US: Final = 1_000_000


@dataclass(frozen=True)
class Prepared:
    """Visits sorted by their id, so that the order of rows in a file changes nothing, and the words behind the numbers."""

    visits: pa.Table
    rows: pa.Table
    managers: tuple[str, ...]
    checks: pa.Table
    witnesses: pa.Table
    time_zone: str

    def column(self, name: str) -> Array:
        """A column of `rows` as numbers; null is NaN."""
        return numbers(self.rows, name)


def numbers(table: pa.Table, name: str) -> Array:
    """A column as a NumPy array; null is NaN."""
    column = table.column(name)
    if pa.types.is_integer(column.type) and column.null_count == 0:
        return column.to_numpy()
    return column.cast(pa.float64()).to_numpy(zero_copy_only=False)


def prepared(
    visits: pa.Table, retailers: pa.Table, witnesses: pa.Table | None, checks: pa.Table | None, time_zone: str
) -> Prepared:
    """The inputs under their contracts, in the words of the rules.

    Raises
    ------
    SchemaMismatch : a column is missing or unreadable, a visit id or retailer id comes twice.
    """
    table = VISITS.of(visits)
    table = table.take(pc.sort_indices(table.column("visit_id")))
    _single(table, "visit_id", "visits")
    shops = RETAILERS.of(retailers)
    _single(shops, "retailer_id", "retailers")
    managers, manager = _codes(table.column("manager_id"))
    names, retailer = _codes(table.column("retailer_id"))
    shop_at = pc.index_in(pa.array(names, pa.string()), value_set=shops.column("retailer_id").combine_chunks())
    shop_latitude, shop_longitude = (
        numbers(pa.table({name: shops.column(name).take(shop_at)}), name)[retailer] if names else np.zeros(0)
        for name in ("latitude", "longitude")
    )
    latitude, longitude = numbers(table, "latitude"), numbers(table, "longitude")
    # A place at latitude 0 and longitude 0 is what receivers write when they have no fix.
    none = ((latitude == 0) & (longitude == 0)) | np.isnan(latitude) | np.isnan(longitude)
    latitude, longitude = np.where(none, np.nan, latitude), np.where(none, np.nan, longitude)
    nowhere = ((shop_latitude == 0) & (shop_longitude == 0)) | np.isnan(shop_latitude) | np.isnan(shop_longitude)
    shop_latitude, shop_longitude = np.where(nowhere, np.nan, shop_latitude), np.where(nowhere, np.nan, shop_longitude)
    local = _local(table.column("check_in_at"), time_zone)
    # Where nobody can tell when a visit was, its check-in stands for no moment: only for a day that it was not after.
    clock = table.column("is_time_known").fill_null(True).to_numpy().astype(bool)
    day = local // (86400 * _US)
    months = (day.astype("datetime64[D]").astype("datetime64[M]")).astype(np.int64)
    cos = np.cos(np.radians(np.where(nowhere, np.where(none, 0.0, latitude), shop_latitude)))
    around = _manager_cos(manager, latitude, len(managers))
    east = np.floor(longitude * METRES_PER_DEGREE * around / CELL_METRES)
    north = np.floor(latitude * METRES_PER_DEGREE / CELL_METRES)
    rows = pa.table(
        {
            "row": np.arange(table.num_rows, dtype=np.int64),
            "manager": manager,
            "retailer": retailer,
            "day": day.astype(np.int32),
            "month": months.astype(np.int32),
            "clock": clock,
            "minute": pa.array(((local // (60 * _US)) % 1440).astype(np.int32), mask=~clock),
            "in_s": table.column("check_in_at").cast(pa.int64()).to_numpy() // _US,
            "out_s": pc.if_else(pa.array(clock), pc.divide(table.column("check_out_at").cast(pa.int64()), _US), None),
            "latitude": _nullable(latitude),
            "longitude": _nullable(longitude),
            "accuracy": _nullable(numbers(table, "accuracy_metres")),
            "age": _nullable(numbers(table, "fix_age_seconds")),
            "n_answers": table.column("n_answers"),
            "n_filled": table.column("n_filled"),
            "is_noted": is_written(table.column("note")),
            "shop_latitude": _nullable(shop_latitude),
            "shop_longitude": _nullable(shop_longitude),
            "cos": cos,
            "around": around,
            "east": pa.array(np.where(none, 0, east).astype(np.int64), mask=none),
            "north": pa.array(np.where(none, 0, north).astype(np.int64), mask=none),
        }
    )
    checked, known = CHECKS.of(checks), WITNESSES.of(witnesses)
    return Prepared(table, rows, managers, checked, known, time_zone)


def _single(table: pa.Table, key: str, name: str) -> None:
    counted = pc.value_counts(table.column(key))
    twice = (
        [item["values"].as_py() for item in counted if item["counts"].as_py() > 1] if len(counted) < len(table) else []
    )
    if twice:
        raise SchemaMismatch(f"{key} {min(twice)} comes twice in the {name}; every row needs an id of its own.")


def _codes(column: pa.ChunkedArray) -> tuple[tuple[str, ...], Array]:
    """The words of a column in their order, and for each row the place of its word."""
    words = pc.unique(column)
    words = words.take(pc.sort_indices(words))
    return tuple(words.to_pylist()), pc.index_in(column, value_set=words).to_numpy().astype(np.int32)


def is_written(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Whether a text says anything: boolean, False for null and for blanks."""
    return pc.fill_null(pc.not_equal(pc.utf8_trim_whitespace(texts), ""), False)


def _nullable(values: Array) -> pa.Array:
    return pa.array(values, pa.float64(), mask=np.isnan(values))


def _local(instants: pa.ChunkedArray, time_zone: str) -> Array:
    """Microseconds of the local clock since 1970."""
    told = pc.local_timestamp(instants.cast(pa.timestamp("us", tz=time_zone)))
    return told.cast(pa.int64()).to_numpy()


def _manager_cos(manager: Array, latitude: Array, n: int) -> Array:
    """For each visit the cosine of its manager's mean latitude: east-west metres in one frame a manager."""
    known = ~np.isnan(latitude)
    total = np.bincount(manager[known], weights=latitude[known], minlength=n)
    count = np.bincount(manager[known], minlength=n)
    # Rounded, so that the order in which rows are summed cannot show.
    mean = np.round(total / np.maximum(count, 1), 4)
    return np.cos(np.radians(mean))[manager] if n else np.zeros(0)
