"""Sums of a forecast by command: the file that says which retailer belongs where, and the table of sums."""

from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.utils.translation import gettext as _

from lianxin.cli.sheets import Faults, opened
from lianxin.core.forecasting import coherent, with_ranges
from lianxin.core.tables.inputs import ALSO
from lianxin.foundation.errors import Refused

RETAILER: Final = "retailer_id"
# Under this word of the trade the column may come instead.
OTHERWISE: Final = next(other for other, name in ALSO.items() if name == RETAILER)
COLUMNS: Final = (
    "level", "group_id", "product_id", "period_start", "step", "n_series", "mean_units", "q10_units", "q90_units",
)  # fmt: skip


def read_levels(path: Path, faults: Faults) -> pa.Table:
    """The retailers of the file with their levels as texts, empty ones null; what is wrong with it goes to `faults`.

    Raises
    ------
    Refused : the file is missing, unreadable, names no retailers or no level, or a level as a column of the result is named.
    """
    table, lines = opened(path, faults)
    names = [name.strip() for name in table.column_names]
    if RETAILER not in names:
        names = [RETAILER if name == OTHERWISE else name for name in names]
    if RETAILER not in names:
        raise Refused(_("“%(file)s” lacks the column retailer_id (or licence_no).") % {"file": path.name})
    levels = [name for name in names if name != RETAILER]
    if not levels:
        raise Refused(
            _("“%(file)s” names no level. Write a column for each, such as route, manager_id, unit_id.")
            % {"file": path.name}
        )
    wrong = [name for name in levels if not name or name in (*COLUMNS, "company") or levels.count(name) > 1]
    if wrong:
        raise Refused(
            _(
                "“%(file)s” has a level “%(name)s”; give each level a name of its own, other than the columns of the result."
            )
            % {"file": path.name, "name": wrong[0]}
        )
    made = pa.table({name: _texts(column) for name, column in zip(names, table.columns, strict=True)})
    _check(made, path.name, lines, faults)
    return pa.table({name: _or_null(made.column(name)) for name in names})


def levels_of(retailers: pa.Table | None) -> tuple[str, ...]:
    """The levels that a file of retailers names."""
    return () if retailers is None else tuple(name for name in retailers.column_names if name != RETAILER)


def with_names(table: pa.Table) -> pa.Table:
    """The table with its retailers as texts, as the file of levels has them: "7" and 7 are one retailer."""
    at = table.column_names.index(RETAILER)
    return table.set_column(at, RETAILER, table.column(RETAILER).cast(pa.string()))


def sums_of(forecasts: pa.Table, retailers: pa.Table | None, strayed: pa.Table) -> pa.Table:
    """Sums at every level of the retailers and of the company: by product, and (product_id null) of all products together.

    Parameters
    ----------
    strayed : how far such sums lay off in the past year, see `core.forecasting.strays`

    Returns
    -------
    one row per level, group, product or none, and step, under `COLUMNS`
    """
    told, levels = with_names(forecasts), levels_of(retailers)
    by_product = with_ranges(coherent(told, retailers, levels=levels), strayed)
    together = with_ranges(coherent(told, retailers, levels=levels, by_product=False), strayed)
    none = pa.nulls(together.num_rows, by_product.schema.field("product_id").type)
    return pa.concat_tables([by_product.select(COLUMNS), together.append_column("product_id", none).select(COLUMNS)])


def n_unplaced(forecasts: pa.Table, retailers: pa.Table) -> int:
    """How many retailers of the forecast the file of levels does not name: they count to the group without a name."""
    known = pc.unique(forecasts.column(RETAILER).cast(pa.string()))
    return int(pc.sum(pc.invert(pc.is_in(known, retailers.column(RETAILER)))).as_py() or 0)


def _texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.fill_null(pc.utf8_trim_whitespace(column.cast(pa.string())), "")


def _or_null(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def _check(table: pa.Table, file: str, lines: np.ndarray, faults: Faults) -> None:
    seen: set[str] = set()
    for line, name in zip(lines.tolist(), table.column(RETAILER).to_pylist(), strict=True):
        if not name:
            faults.add(file, line, RETAILER, name, _("The cell is empty. Fill it, or leave the row out."))
        elif name in seen:
            faults.add(
                file, line, RETAILER, name, _("This retailer stands in an earlier row already; it has one place only.")
            )
        seen.add(name)
