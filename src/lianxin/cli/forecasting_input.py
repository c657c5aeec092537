"""The file of orders that `lianxin forecast` reads: columns by name, whole columns at a time, every fault as a sentence."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.utils.translation import gettext as _

from lianxin.cli.sheets import Faults, days_of, opened
from lianxin.core.forecasting import ORDERS
from lianxin.core.tables.inputs import ALSO, heads_of
from lianxin.foundation.errors import Refused

UNITS_MOST: Final = 2**31 - 1
# More faults of one kind in one column are one mistake; telling each would fill a disk.
TOLD_MOST: Final = 1_000


def read_orders(path: Path, faults: Faults) -> pa.Table:
    """The orders of the file under their contract; what is wrong with it goes to `faults`.

    Raises
    ------
    Refused : the file is missing, unreadable, without rows, lacks a column or has one twice.
    """
    table, lines = opened(path, faults, {*ORDERS.columns, *ALSO})
    heads = heads_of(table.column_names, ORDERS.columns)
    missing = [name for name in ORDERS.required if name not in heads]
    if missing:
        raise Refused(
            _("“%(file)s” lacks the column(s) %(missing)s. Its first row must name: %(all)s.")
            % {"file": path.name, "missing": ", ".join(missing), "all": ", ".join(ORDERS.required)}
        )
    if not table.num_rows:
        raise Refused(_("“%(file)s” has a head but no rows.") % {"file": path.name})
    table = pa.table({name: table.column(head) for name, head in heads.items()})
    told = _Teller(path.name, table, lines, faults, {name: head.strip() for name, head in heads.items()})
    made = {"order_date": _days(told)}
    for name in ("retailer_id", "product_id"):
        made[name] = _names(told, name)
    for name in ("ordered_units", "wanted_units", "cap_units"):
        if name in table.column_names:
            made[name] = _units(told, name, needed=name in ORDERS.required)
    return pa.table(made)


class _Teller:
    """Tells the faults of a column at the line they stand in."""

    def __init__(self, file: str, table: pa.Table, lines: np.ndarray, faults: Faults, heads: Mapping[str, str]) -> None:
        self.file, self.table, self.lines, self.faults, self.heads = file, table, lines, faults, heads

    def fault(self, column: str, wrong: pa.ChunkedArray | pa.Array, words: str) -> None:
        rows = np.flatnonzero(pc.fill_null(wrong, True).to_numpy(zero_copy_only=False))
        for row in rows[:TOLD_MOST].tolist():
            written = self.table.column(column)[row].as_py()
            self.faults.add(self.file, self.lines[row], self.heads[column], written, words)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.fill_null(pc.utf8_trim_whitespace(column.cast(pa.string())), "")


def _days(told: _Teller) -> pa.ChunkedArray:
    raw = told.table.column("order_date")
    days = days_of(raw)
    is_told = pa.types.is_date(raw.type) or pa.types.is_timestamp(raw.type)
    empty, wrong = (
        _("The cell is empty. Fill it, or leave the row out."), _("This is not a day. Write it like 2021-09-26.")
    )  # fmt: skip
    told.fault("order_date", days.is_null(), empty if is_told else wrong)
    return days


def _names(told: _Teller, name: str) -> pa.ChunkedArray:
    raw = told.table.column(name)
    if pa.types.is_floating(raw.type) or pa.types.is_decimal(raw.type):
        if pa.types.is_floating(raw.type):
            # What a program writes for nothing is nothing.
            raw = pc.if_else(pc.is_nan(raw), pa.scalar(None, raw.type), raw)
        broken = pc.fill_null(pc.not_equal(raw, pc.floor(raw)), False)
        told.fault(name, broken, _("This is not a name or a whole number."))
        raw = raw.cast(pa.int64(), safe=False)
    if pa.types.is_integer(raw.type):
        told.fault(name, raw.is_null(), _("The cell is empty. Fill it, or leave the row out."))
        return raw
    texts = _texts(raw)
    told.fault(name, pc.equal(texts, ""), _("The cell is empty. Fill it, or leave the row out."))
    return texts


def _units(told: _Teller, name: str, *, needed: bool) -> pa.ChunkedArray:
    raw = told.table.column(name)
    if _is_text(raw.type):
        texts = _texts(raw)
        is_good = pc.match_substring_regex(texts, r"^[+-]?\d{1,15}(\.0+)?$")
        is_bad = pc.and_(pc.not_equal(texts, ""), pc.invert(is_good))
        told.fault(name, is_bad, _("This is not a whole number of units. Write digits only."))
        digits = pc.replace_substring_regex(texts, r"\.0+$|^\+", "")
        values = pc.if_else(is_good, digits, pa.scalar(None, pa.string())).cast(pa.int64())
        is_empty = pc.equal(texts, "")
    else:
        is_empty = raw.is_null()
        if pa.types.is_floating(raw.type) or pa.types.is_decimal(raw.type):
            raw = raw.cast(pa.float64())
            is_bad = pc.fill_null(pc.not_equal(raw, pc.floor(raw)), False)
            told.fault(name, is_bad, _("This is not a whole number of units. Write digits only."))
        values = raw.cast(pa.int64(), safe=False)
    if needed:
        told.fault(name, is_empty, _("The cell is empty. Fill it, or leave the row out."))
    outside = pc.or_(pc.less(values, 0), pc.greater(values, UNITS_MOST))
    told.fault(
        name,
        pc.fill_null(outside, False),
        _("Units lie between 0 and %(most)s; leave returns out.") % {"most": f"{UNITS_MOST:,}"},
    )
    return values
