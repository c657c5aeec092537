"""Lines for products and retailers without orders, by command: the files that say of which class each of them is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
from django.utils.translation import gettext as _

from lianxin.cli.forecasting_sums import levels_of
from lianxin.cli.sheets import Faults, opened
from lianxin.core.forecasting import COLUMNS, coherent, without_wild_ranges
from lianxin.core.forecasting.borrowing import CLASSES, borrowed
from lianxin.core.forecasting.borrowing_retailers import CLASSES as RETAILER_CLASSES
from lianxin.core.forecasting.borrowing_retailers import borrowed_by_retailers
from lianxin.core.forecasting.contracts import Asks
from lianxin.core.forecasting.periods import periods
from lianxin.core.tables.inputs import ALSO, heads_of
from lianxin.foundation.errors import Refused

PRODUCT: Final = "product_id"
RETAILER: Final = "retailer_id"
BORROWED_COLUMNS: Final = (*COLUMNS, "borrowed_from", "n_analogues", "borrowed_kind")
_IDS: Final = (RETAILER, PRODUCT)
# From which class: its name, of how many, of which kind.
_Told = tuple[str | None, int | None, str | None]


@dataclass(frozen=True)
class Asking:
    """What a forecast with borrowed lines is asked of: the orders, ids as texts, and as of `forecast`."""

    orders: pa.Table
    until: date
    horizon: int
    period: str
    engine: Asks

    def without_orders(self, table: pa.Table, name: str) -> list[str]:
        """The ids of a file (under the name) that stand in no order up to the day."""
        days = self.orders.column("order_date").cast(pa.date32())
        since = self.orders.filter(pc.less_equal(days, pa.scalar(self.until, pa.date32())))
        seen = pc.unique(since.column(name))
        wanted: list[str] = table.filter(pc.invert(pc.is_in(table.column(name), seen))).column(name).to_pylist()
        return wanted


@dataclass(frozen=True)
class Lent:
    """The lines of those that borrow, under BORROWED_COLUMNS; how many products or retailers have such lines, and how many none."""

    rows: pa.Table
    words: str


def read_products(path: Path, faults: Faults) -> pa.Table:
    """The products of the file as texts: product_id, producer, price_class; what is wrong with it goes to `faults`.

    Raises
    ------
    Refused : the file is missing or unreadable, names no products, or neither their producer nor their price class.
    """
    words = (
        _("“%(file)s” must name product_id (or product_code), and producer or price_class.") % {"file": path.name},
        _("This product stands in an earlier row already; it has one class only."),
    )
    return _read(path, faults, PRODUCT, CLASSES, words)


def read_retailers(path: Path, faults: Faults) -> pa.Table:
    """The retailers of the file as texts: retailer_id, trade_form, market_type; what is wrong with it goes to `faults`.

    Raises
    ------
    Refused : the file is missing or unreadable, names no retailers, or neither their trade form nor their market type.
    """
    words = (
        _("“%(file)s” must name retailer_id (or licence_no), and trade_form or market_type.") % {"file": path.name},
        _("This retailer stands in an earlier row already; it has one class only."),
    )
    return _read(path, faults, RETAILER, RETAILER_CLASSES, words)


def all_lent(
    orders: pa.Table,
    products: pa.Table | None,
    retailers: pa.Table | None,
    *,
    until: date,
    horizon: int,
    period: str,
    engine: Asks,
) -> list[Lent]:
    """Lines for those of the products, and of the retailers, without orders up to the day; nothing of what is not given."""
    if products is None and retailers is None:
        return []
    asking = Asking(_named(orders), until, horizon, period, engine)
    made = [] if products is None else [_by_products(asking, products)]
    return made if retailers is None else [*made, _by_retailers(asking, retailers)]


def with_borrowed(made: pa.Table, lent: Sequence[Lent]) -> pa.Table:
    """The forecast with its borrowed lines, and three columns that are null on lines with orders of their own.

    borrowed_from : the class (null: everybody), n_analogues : how many of it lend, borrowed_kind : what kind of class it is
    """
    own = _with_class(_named(made), [(None, None, None)] * made.num_rows)
    rows = pa.concat_tables([own, *(one.rows.cast(own.schema) for one in lent)])
    return rows.sort_by([(name, "ascending") for name in (*_IDS, "step")])


def without_ranges(sums: pa.Table, places: pa.Table | None, lent: Sequence[Lent]) -> pa.Table:
    """Sums without the range of those of which borrowed lines make too much."""
    lines = pa.concat_tables([one.rows for one in lent])
    levels = levels_of(places)
    by_product = coherent(lines, places, levels=levels)
    together = coherent(lines, places, levels=levels, by_product=False)
    together = together.append_column(PRODUCT, pa.nulls(together.num_rows, pa.string()))
    return without_wild_ranges(sums, pa.concat_tables([by_product, together.select(by_product.column_names)]))


def _by_products(asking: Asking, products: pa.Table) -> Lent:
    """Lines for those of the products that nobody ordered up to the day."""
    wanted = asking.without_orders(products, PRODUCT)
    found = borrowed(
        asking.orders, products, wanted=wanted, until=asking.until, horizon=asking.horizon, period=asking.period,
        engine=asking.engine,
    )  # fmt: skip
    told: dict[str, _Told] = {one.product_id: (one.name, one.n, one.kind) for one in found.lenders}
    words = _("Borrowed lines for %(n)s products without orders; %(few)s more have too few like them to borrow from.")
    counts = {"n": f"{len(told):,}", "few": f"{len(wanted) - len(told):,}"}
    return Lent(_lines(asking, found.lines, PRODUCT, told), words % counts)


def _by_retailers(asking: Asking, retailers: pa.Table) -> Lent:
    """Lines for those of the retailers that ordered nothing up to the day."""
    wanted = asking.without_orders(retailers, RETAILER)
    found = borrowed_by_retailers(
        asking.orders, retailers, wanted=wanted, until=asking.until, horizon=asking.horizon, period=asking.period,
        engine=asking.engine,
    )  # fmt: skip
    told: dict[str, _Told] = {pk: (one.name or None, one.n, one.kind) for one in found.lenders for pk in one.retailers}
    words = _("Borrowed lines for %(n)s retailers without orders; %(few)s more have too few like them to borrow from.")
    counts = {"n": f"{len(told):,}", "few": f"{len(wanted) - len(told):,}"}
    return Lent(_lines(asking, found.lines, RETAILER, told), words % counts)


def _lines(asking: Asking, lines: pa.Table, name: str, told: Mapping[str, _Told]) -> pa.Table:
    kind = periods(asking.period)
    first = kind.next_after(asking.until)
    starts = pa.array([kind.start(first + step) for step in range(asking.horizon)], pa.date32())
    lines = lines.append_column("period_start", starts.take(pc.subtract(lines.column("step"), 1)))
    return _with_class(lines.select(list(COLUMNS)), [told[one] for one in lines.column(name).to_pylist()])


def _with_class(rows: pa.Table, told: Sequence[_Told]) -> pa.Table:
    for place, (name, kind) in enumerate(
        zip(BORROWED_COLUMNS[len(COLUMNS) :], (pa.string(), pa.int64(), pa.string()), strict=True)
    ):
        rows = rows.append_column(name, pa.array([one[place] for one in told], kind))
    return rows


def _named(table: pa.Table) -> pa.Table:
    """The table with its ids as texts, as the files of classes have them."""
    for name in _IDS:
        table = table.set_column(table.column_names.index(name), name, table.column(name).cast(pa.string()))
    return table


def _read(path: Path, faults: Faults, key: str, classes: Sequence[str], words: tuple[str, str]) -> pa.Table:
    lacks, twice = words
    table, lines = opened(path, faults, {key, *classes, *ALSO})
    heads = heads_of(table.column_names, {key: None, **dict.fromkeys(classes)})
    if key not in heads or not any(name in heads for name in classes):
        raise Refused(lacks)
    made = pa.table({name: _texts(table, heads, name, key) for name in (key, *classes)})
    seen: set[str] = set()
    for line, name in zip(lines.tolist(), made.column(key).to_pylist(), strict=True):
        if not name:
            faults.add(path.name, line, heads[key], name, _("The cell is empty. Fill it, or leave the row out."))
        elif name in seen:
            faults.add(path.name, line, heads[key], name, twice)
        seen.add(name)
    return made


def _texts(table: pa.Table, heads: Mapping[str, str], name: str, key: str) -> pa.Array | pa.ChunkedArray:
    if name not in heads:
        return pa.nulls(table.num_rows, pa.string())
    told = pc.utf8_trim_whitespace(table.column(heads[name]).cast(pa.string()))
    return told if name == key else pc.if_else(pc.equal(told, ""), pa.scalar(None, pa.string()), told)
