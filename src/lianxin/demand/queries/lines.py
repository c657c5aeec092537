"""The lines of a sheet: read from the lake once, kept in memory, the same for everybody who may look."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lianxin.core.tables.rounds import BACK, LINES_OF, ROUND_LINES
from lianxin.demand.models import Round, Sheet
from lianxin.demand.queries.borrowed import only_borrowed
from lianxin.demand.queries.ranges import with_ranges_of
from lianxin.foundation.facts import the_lake
from lianxin.people.models import Unit
from lianxin.people.queries import units_under
from lianxin.people.states import Post

BACKS: Final = tuple(f"back_{n}" for n in range(BACK, 0, -1))
_SUMMED: Final = ("mean_milli", "weight_fen", "year_ago_units", "n_capped", *BACKS)
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Lines:
    """The lines of one sheet, or of all sheets below it: position = line number. For sums `retailer_id` is null throughout."""

    table: pa.Table

    def __len__(self) -> int:
        return int(self.table.num_rows)

    @cached_property
    def _columns(self) -> dict[str, Ints]:
        return {}

    def ints(self, name: str) -> Ints:
        """A whole-number column; null becomes -1."""
        if name not in self._columns:
            self._columns[name] = (
                pc.fill_null(self.table.column(name).cast(pa.int64()), -1)
                .combine_chunks()
                .to_numpy(zero_copy_only=False)
            )
        return self._columns[name]

    def texts(self, name: str) -> list[str]:
        """A text column; null becomes ""."""
        return [value or "" for value in self.table.column(name).to_pylist()]

    def row(self, line_no: int) -> dict[str, Any]:
        """One line by its number."""
        return self.rows([line_no])[0]

    def rows(self, numbers: Collection[int]) -> list[dict[str, Any]]:
        """Lines by their numbers, in that order, each with the list `history` (oldest first)."""
        taken = self.table.take(pa.array(list(numbers), pa.int64())).to_pylist()
        for row in taken:
            row["history"] = [row[name] for name in BACKS]
        return taken

    @cached_property
    def by_key(self) -> dict[tuple[int, int, int], int]:
        """Line number by (retailer or -1, product, step)."""
        keys = zip(
            self.ints("retailer_id").tolist(), self.ints("product_id").tolist(), self.ints("step").tolist(), strict=True
        )
        return {key: number for number, key in enumerate(keys)}


def whole_units(milli: Any) -> Any:
    """Thousandths as whole units, half up: what the system's number is where only whole cartons are said."""
    return (milli + 500) // 1000


def lines_of(sheet: Sheet) -> Lines:
    """The lines of a sheet."""
    round = sheet.round
    if sheet.post == Post.CUSTOMER_MANAGER:
        return _kept(*_version(round), ("person", (sheet.person_id,)))
    if sheet.unit_id is not None:
        return sums_of(round, units_under({sheet.unit_id}, round.company))
    return sums_of(round, None)


def sums_of(round: Round, unit_ids: set[int] | None) -> Lines:
    """Sums of all lines by product and period, of units or of the company, with the range of such sums where it is known.

    Of several units that have lines no range is told: how far a sum of them lay off is not kept.
    """
    of = None if unit_ids is None else tuple(sorted(unit_ids))
    summed = _kept(*_version(round), ("sums", of))
    if of is not None and pc.max(summed.table.column("n_units")).as_py() != 1:
        return summed
    borrowed = only_borrowed(round, all_lines(round))
    if of is not None:
        borrowed = borrowed.filter(pc.is_in(borrowed.column("unit_id"), pa.array(list(of), pa.int64())))
    return Lines(with_ranges_of(round, "company" if of is None else "unit", summed.table, borrowed))


def all_lines(round: Round) -> pa.Table:
    """Every line of a round, under the contract `round_lines`."""
    return _everything(*_version(round))


def parts_of(round: Round, product_id: int, step: int, unit_ids: set[int] | None) -> pa.Table:
    """What a sum consists of: the system's forecast of each manager for one product and period.

    Returns
    -------
    one row per (unit_id, person_id): n_retailers, mean_milli; by unit and the largest first
    """
    rows = all_lines(round)
    rows = rows.filter(pc.and_(pc.equal(rows.column("product_id"), product_id), pc.equal(rows.column("step"), step)))
    if unit_ids is not None:
        rows = rows.filter(pc.is_in(rows.column("unit_id"), pa.array(sorted(unit_ids), pa.int64())))
    summed = rows.group_by(["unit_id", "person_id"]).aggregate(
        [("mean_milli", "sum"), ("retailer_id", "count_distinct")]
    )
    summed = summed.rename_columns(
        [
            {"mean_milli_sum": "mean_milli", "retailer_id_count_distinct": "n_retailers"}.get(n, n)
            for n in summed.column_names
        ]
    )
    return summed.sort_by([("unit_id", "ascending"), ("mean_milli", "descending"), ("person_id", "ascending")])


def unit_of(unit_id: int | None) -> Unit | None:
    """A unit by its number."""
    return Unit.objects.filter(pk=unit_id).first() if unit_id is not None else None


def _version(round: Round) -> tuple[str, str, int, int, date]:
    lake, table = the_lake(), LINES_OF[round.period].name
    return str(lake.root), table, lake.version(table), round.company_id, round.first_period


@lru_cache(maxsize=128)
def _kept(
    root: str, table: str, version: int, company_id: int, first_period: date, whose: tuple[str, tuple[int, ...] | None]
) -> Lines:
    kind, ids = whose
    if kind == "person":
        assert ids is not None
        rows = _read(table, version, company_id, first_period, [("person_id", "=", ids[0])])
        return Lines(rows.sort_by("line_no").combine_chunks())
    rows = _everything(root, table, version, company_id, first_period)
    if ids is not None:
        rows = rows.filter(pc.is_in(rows.column("unit_id"), pa.array(list(ids), pa.int64())))
    return Lines(_summed(rows))


@lru_cache(maxsize=2)
def _everything(root: str, table: str, version: int, company_id: int, first_period: date) -> pa.Table:
    return _read(table, version, company_id, first_period, None)


def _read(
    table: str, version: int, company_id: int, first_period: date, only: list[tuple[str, str, int]] | None
) -> pa.Table:
    paths = the_lake().files(table, version, company_id, [first_period]).paths
    parts = [pq.read_table(path, filters=only, partitioning=None) for path in paths]
    schema = pa.schema([field.with_nullable(True) for field in ROUND_LINES.schema.to_pyarrow()])
    parts = [part.select(schema.names).cast(schema) for part in parts]
    return pa.concat_tables(parts).combine_chunks() if parts else schema.empty_table()


def _summed(rows: pa.Table) -> pa.Table:
    """Sums by product and period. The range of a sum is not the sum of ranges: it is put on from how such sums lay off."""
    known = pc.count(rows.column("year_ago_units"), mode="only_valid").as_py() == rows.num_rows
    grouped = rows.group_by(["product_id", "step", "period_start", "product_group"]).aggregate(
        [*((name, "sum") for name in _SUMMED), ("price_fen", "max"), ("retailer_id", "count")]
    )
    grouped = grouped.rename_columns(
        [
            name.removesuffix("_sum").removesuffix("_max") if name.endswith(("_sum", "_max")) else name
            for name in grouped.column_names
        ]
    )
    nothing = pa.nulls(grouped.num_rows, pa.int64())
    for name in ("retailer_id", "q10_milli", "q50_milli", "q90_milli"):
        grouped = grouped.append_column(name, nothing)
    if not known:
        grouped = grouped.set_column(grouped.column_names.index("year_ago_units"), "year_ago_units", nothing)
    units = pc.count_distinct(rows.column("unit_id")).as_py()
    grouped = grouped.append_column("n_units", pa.array([units] * grouped.num_rows, pa.int64()))
    grouped = grouped.sort_by([("weight_fen", "descending"), ("product_id", "ascending"), ("step", "ascending")])
    return grouped.append_column("line_no", pa.array(range(grouped.num_rows), pa.int64())).combine_chunks()
