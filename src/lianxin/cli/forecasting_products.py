"""Lines for products without orders, by command: the file that says of which class each product is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
from django.utils.translation import gettext as _

from lianxin.cli.sheets import Faults, opened
from lianxin.core.forecasting import COLUMNS
from lianxin.core.forecasting.borrowing import CLASSES, borrowed
from lianxin.core.forecasting.contracts import Asks
from lianxin.core.forecasting.periods import periods
from lianxin.core.tables.inputs import ALSO, heads_of
from lianxin.foundation.errors import Refused

PRODUCT: Final = "product_id"
BORROWED_COLUMNS: Final = (*COLUMNS, "borrowed_from", "n_analogues")
_IDS: Final = ("retailer_id", PRODUCT)


@dataclass(frozen=True)
class Lent:
    """The forecast with borrowed lines, ids as texts; the products that have such lines, and how many have none."""

    rows: pa.Table
    products: pa.Array
    n_without: int


def read_products(path: Path, faults: Faults) -> pa.Table:
    """The products of the file as texts: product_id, producer, price_class; what is wrong with it goes to `faults`.

    Raises
    ------
    Refused : the file is missing or unreadable, names no products, or neither their producer nor their price class.
    """
    table, lines = opened(path, faults, {PRODUCT, *CLASSES, *ALSO})
    heads = heads_of(table.column_names, {PRODUCT: None, **dict.fromkeys(CLASSES)})
    if PRODUCT not in heads or not any(name in heads for name in CLASSES):
        raise Refused(
            _("“%(file)s” must name product_id (or product_code), and producer or price_class.") % {"file": path.name}
        )
    made = pa.table({name: _texts(table, heads, name) for name in (PRODUCT, *CLASSES)})
    seen: set[str] = set()
    for line, name in zip(lines.tolist(), made.column(PRODUCT).to_pylist(), strict=True):
        if not name:
            faults.add(path.name, line, heads[PRODUCT], name, _("The cell is empty. Fill it, or leave the row out."))
        elif name in seen:
            words = _("This product stands in an earlier row already; it has one class only.")
            faults.add(path.name, line, heads[PRODUCT], name, words)
        seen.add(name)
    return made


def with_borrowed(
    made: pa.Table, orders: pa.Table, products: pa.Table, *, until: date, horizon: int, period: str, engine: Asks
) -> Lent:
    """The forecast with lines for those of the products that nobody ordered up to the day, and two columns more.

    borrowed_from : the producer or price class, n_analogues : how many of its products; both null on lines of products with orders
    """
    told = _named(orders)
    since = _days_until(orders, until)
    seen = pc.unique(told.filter(since).column(PRODUCT))
    wanted = products.filter(pc.invert(pc.is_in(products.column(PRODUCT), seen))).column(PRODUCT).to_pylist()
    lent = borrowed(
        told, products, wanted=wanted, until=until, horizon=horizon, period=period, engine=engine
    )  # fmt: skip
    kind = periods(period)
    first = kind.next_after(until)
    starts = pa.array([kind.start(first + step) for step in range(horizon)], pa.date32())
    lines = lent.lines.append_column("period_start", starts.take(pc.subtract(lent.lines.column("step"), 1)))
    names = {one.product_id: one for one in lent.lenders}
    lines = _with_class(
        lines.select(list(COLUMNS)),
        [names[one].name for one in lines.column(PRODUCT).to_pylist()],
        [names[one].n for one in lines.column(PRODUCT).to_pylist()],
    )
    n = made.num_rows
    own = _with_class(_named(made), [None] * n, [None] * n)
    rows = pa.concat_tables([own, lines.cast(own.schema)])
    rows = rows.sort_by([(name, "ascending") for name in (*_IDS, "step")])
    return Lent(rows, pa.array(list(names), pa.string()), len(wanted) - len(names))


def without_ranges(sums: pa.Table, lent: Lent) -> pa.Table:
    """Sums without the range of those that hold borrowed lines: no past sum tells how far these stray."""
    if not len(lent.products):
        return sums
    unknown = pc.or_(pc.is_in(sums.column(PRODUCT), lent.products), sums.column(PRODUCT).is_null())
    for name in ("q10_units", "q90_units"):
        told = pc.if_else(unknown, pa.scalar(None, pa.float64()), sums.column(name))
        sums = sums.set_column(sums.column_names.index(name), name, told)
    return sums


def _with_class(rows: pa.Table, names: list[str | None], counts: list[int | None]) -> pa.Table:
    made = rows.append_column("borrowed_from", pa.array(names, pa.string()))
    return made.append_column("n_analogues", pa.array(counts, pa.int64()))


def _named(table: pa.Table) -> pa.Table:
    """The table with its ids as texts, as the file of products has them: "7" and 7 are one product."""
    for name in _IDS:
        table = table.set_column(table.column_names.index(name), name, table.column(name).cast(pa.string()))
    return table


def _days_until(orders: pa.Table, until: date) -> pa.ChunkedArray:
    return pc.less_equal(orders.column("order_date").cast(pa.date32()), pa.scalar(until, pa.date32()))


def _texts(table: pa.Table, heads: Mapping[str, str], name: str) -> pa.Array | pa.ChunkedArray:
    if name not in heads:
        return pa.nulls(table.num_rows, pa.string())
    told = pc.utf8_trim_whitespace(table.column(heads[name]).cast(pa.string()))
    return told if name == PRODUCT else pc.if_else(pc.equal(told, ""), pa.scalar(None, pa.string()), told)
