"""订单_YYYY-MM.csv: one file per month, in the several forms that exports of different systems have."""

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lianxin.simulation.catalogue import PRODUCTS
from lianxin.simulation.days import iso
from lianxin.simulation.files import CsvEncoding, WrittenFile, write_csv
from lianxin.simulation.headers import EXTRA_HEADERS, HEADERS
from lianxin.simulation.orders import NOT_RECORDED, Lines
from lianxin.simulation.world import World

# By the number of the month in the period: every eighth comes from an older system, every ninth is packed.
_OLD_SYSTEM = (8, 3)
_PACKED = (9, 5)


def write(world: World, folder: Path, month: date, lines: Lines) -> WrittenFile:
    number = world.size.months.index(month)
    is_old = number % _OLD_SYSTEM[0] == _OLD_SYSTEM[1]
    is_packed = number % _PACKED[0] == _PACKED[1]
    path = folder / f"订单_{month:%Y-%m}.csv{'.gz' if is_packed else ''}"
    encoding: CsvEncoding = "gb18030" if is_old else "utf-8-sig"
    write_csv(path, _table(world, lines, with_names=is_old), encoding)
    return WrittenFile("orders", path, len(lines))


def _table(world: World, lines: Lines, *, with_names: bool) -> pa.Table:
    retailers = world.retailers
    first_day = int(lines.day[0]) if len(lines) else 0
    days = range(first_day, int(lines.day[-1]) + 1) if len(lines) else range(0)
    day_words = pa.array([iso(day) for day in days], pa.string())
    prefixes = pa.array(["LJ" + iso(day).replace("-", "") for day in days], pa.string())
    day_index = pa.array(lines.day - first_day)
    licences = pa.array([*retailers.licence_no.tolist(), *retailers.renewed_licence_no.tolist()], pa.string())
    has_new_licence = lines.day >= retailers.renewed_day[lines.retailer]
    licence_index = pa.array(lines.retailer + world.size.n_retailers * has_new_licence)
    product_index = pa.array(lines.product)
    # A leading 1 keeps the zeros of the number; it is cut off again.
    numbers = pc.utf8_slice_codeunits(pc.cast(pa.array(lines.sequence + 1_000_000), pa.string()), 1)
    header = HEADERS["orders"]
    columns = {
        header["line_id"]: pc.binary_join_element_wise(prefixes.take(day_index), numbers, ""),
        header["order_date"]: day_words.take(day_index),
        header["licence_no"]: licences.take(licence_index),
        header["product_code"]: pa.array([product.code for product in PRODUCTS]).take(product_index),
        header["wanted_units"]: pa.array(lines.wanted, mask=lines.wanted == NOT_RECORDED),
        header["cap_units"]: pa.array(lines.cap, mask=lines.cap == NOT_RECORDED),
        header["ordered_units"]: pa.array(lines.ordered),
        header["supplied_units"]: pa.array(lines.supplied),
        header["amount"]: _yuan(lines.amount_fen),
    }
    if with_names:
        names = pa.array([product.name for product in PRODUCTS])
        columns[EXTRA_HEADERS["orders"]["product_name"]] = names.take(product_index)
    return pa.table(columns)


def _yuan(fen: np.ndarray) -> pa.Array:
    """Fen as decimal yuan, exactly: the same integers seen with a scale of two."""
    words = np.column_stack((fen.astype("<i8"), np.where(fen < 0, -1, 0).astype("<i8")))
    return pa.Array.from_buffers(pa.decimal128(18, 2), len(fen), [None, pa.py_buffer(np.ascontiguousarray(words))])
