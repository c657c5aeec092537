"""How well rounds met the need: sold out, left over, returned, declined, unmet, by product and tier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any, Final, Protocol

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lianxin.core.allocating.fit.contracts import COUNTS, LINES, SHARES
from lianxin.core.allocating.fit.outcomes import COUNT_ROWS, LINE_ROWS, SHARE_ROWS, outcomes
from lianxin.core.errors import SchemaMismatch
from lianxin.core.parameters import value_of
from lianxin.core.tables.inputs import Input

_Z: Final = 1.959964  # two-sided 95 %
ALL, PRODUCT, TIER, PRODUCT_TIER = "all", "product", "tier", "product_tier"
LEVELS: Final[dict[str, tuple[str, ...]]] = {
    ALL: (),
    PRODUCT: ("product_id",),
    TIER: ("tier",),
    PRODUCT_TIER: ("product_id", "tier"),
}
_OF_REQUESTS: Final = ("wanted_units", "unmet_units")
_OF_ORDERS: Final = ("ordered_units", "taken_units", "declined_units", "returned_units")


class Asks(Protocol):
    """What the fit needs of an engine; `lianxin.engine.open(...)` gives one."""

    def run(self, question: Any, sources: Any) -> pa.Table:
        """The answer to the last of the steps."""


@dataclass(frozen=True)
class Fit:
    """What came of rounds.

    rows : one row per share, sorted by week, product_id, retailer_id
        the columns of SHARES; those of `outcomes.outcomes`
    groups : one row per level and group, sorted
        level : all, product, tier or product_tier; product_id : string; tier : int16, null where unknown or not of the level
        n_rows : int64; share_units : int64
        n_wanted : int64, rows whose request is known; wanted_units, unmet_units : int64 over them, null if there are none
        unmet_share : float64, unmet of wanted; null below the least rows with a known request
        n_known : int64, rows of weeks with order lines; ordered_units, taken_units, declined_units, returned_units : int64 over
        them, null if there are none
        declined_share, returned_share : float64, of the shares, of the units taken; null below the least rows
        n_counted : int64, rows with a count and something to sell; n_sold_out : int64
        left_units : int64 over the counted rows, null without any
        sold_out_share, sold_out_low, sold_out_high : float64, with Wilson's 95 % interval; left_share : float64, left of the units
        that were there; null below the least counts
    """

    rows: pa.Table
    groups: pa.Table


def fit(
    shares: pa.Table,
    lines: pa.Table | None = None,
    counts: pa.Table | None = None,
    *,
    engine: Asks,
    parameters: Mapping[str, Any] | None = None,
) -> Fit:
    """What came of every share, and of all of a product and tier.

    Parameters
    ----------
    shares, lines, counts : see `contracts`; without lines or counts what they tell stays unknown
    engine : answers the expressions; DuckDB and Spark give the same digest
    parameters : name -> value where it is not the default

    Invariants
    ----------
    The order of rows changes nothing. Missing is never zero. Of unmet, taken and left, each speaks from its least sample on.
    Shops are counted where somebody goes: the counted ones are no drawn sample, and the interval knows nothing of that.

    Raises
    ------
    SchemaMismatch : an input breaks its contract, or a key comes twice.

    Source
    ------
    Wilson 1927.
    """
    told = dict(parameters or {})
    known, tables, schemas = sources(shares, lines, counts)
    made = engine.run(outcomes(told, schemas), tables)
    for name in made.column_names[1:]:
        known = known.append_column(name, made.column(name))
    return Fit(known, _groups(known, told))


def sources(
    shares: pa.Table, lines: pa.Table | None, counts: pa.Table | None
) -> tuple[pa.Table, dict[str, pa.Table], dict[str, ibis.Schema]]:
    """The shares in their order, and what `outcomes` reads: tables with whole numbers for words and days, and their schemas."""
    known = _sorted(shares, SHARES, ("week", "product_id", "retailer_id"), is_key=True)
    bought = _sorted(lines, LINES, ("order_date", "product_id", "retailer_id", "ordered_units", "supplied_units"))
    seen = _sorted(counts, COUNTS, ("counted_date", "product_id", "retailer_id"), is_key=True)
    words = {name: pc.unique(known.column(name)) for name in ("product_id", "retailer_id")}
    tables = {
        SHARE_ROWS: _numbered(known, words, "row", week="week", wanted_units="wanted_units", share_units="share_units"),
        LINE_ROWS: _numbered(
            bought, words, "number", day="order_date", ordered_units="ordered_units", supplied_units="supplied_units"
        ),
        COUNT_ROWS: _numbered(seen, words, "number", day="counted_date", stock_units="stock_units"),
    }
    schemas = {name: ibis.Schema.from_pyarrow(table.schema) for name, table in tables.items()}
    return known, tables, schemas


def _sorted(table: pa.Table | None, contract: Input, keys: tuple[str, ...], *, is_key: bool = False) -> pa.Table:
    """The rows in an order that is theirs and not the file's."""
    made = contract.of(table)
    made = made.take(pc.sort_indices(made, sort_keys=[(name, "ascending") for name in keys]))
    if is_key and made.num_rows > made.group_by(list(keys)).aggregate([]).num_rows:
        raise SchemaMismatch(
            f"The {contract.name} have two rows with the same {', '.join(keys)}; leave one of them out."
        )
    return made


def _numbered(table: pa.Table, words: Mapping[str, pa.Array], number: str, **columns: str) -> pa.Table:
    """Whole numbers for words and days; a product or retailer that no share names is -1 and meets nothing."""
    made: dict[str, Any] = {number: np.arange(table.num_rows, dtype=np.int64)}
    for name, of in (("product", "product_id"), ("retailer", "retailer_id")):
        made[name] = pc.fill_null(pc.index_in(table.column(of), value_set=words[of]), -1).cast(pa.int64())
    for name, of in columns.items():
        column = table.column(of)
        made[name] = column.cast(pa.int32()).cast(pa.int64()) if pa.types.is_date32(column.type) else column
    return pa.table(made)


def _groups(rows: pa.Table, parameters: Mapping[str, Any]) -> pa.Table:
    """Sums of every level, and their shares from the least sample on."""
    parts = _with_parts(rows)
    lines: list[dict[str, Any]] = []
    for level, keys in LEVELS.items():
        sums = [(name, "sum") for name in parts.column_names if name not in ("product_id", "tier")]
        grouped = parts.group_by(list(keys), use_threads=False).aggregate(sums) if keys else _whole(parts, sums)
        for line in grouped.to_pylist():
            if line["n_rows_sum"]:
                lines.append(_group(level, line, parameters))
    lines.sort(key=lambda line: (list(LEVELS).index(line["level"]), line["product_id"] or "", line["tier"] or 0))
    return pa.Table.from_pylist(lines, schema=_SCHEMA)


def _whole(parts: pa.Table, sums: list[tuple[str, str]]) -> pa.Table:
    return pa.table({f"{name}_sum": [pc.sum(parts.column(name)).as_py() or 0] for name, _ in sums})


def _with_parts(rows: pa.Table) -> pa.Table:
    """What is summed: unknown is 0 here and not counted."""
    known, wanted = pc.is_valid(rows.column("taken_units")), pc.is_valid(rows.column("wanted_units"))
    counted = pc.not_equal(rows.column("sold_out"), "cannot_tell")
    there = pc.coalesce(rows.column("taken_units"), rows.column("share_units"))

    def where(condition: Any, values: Any) -> Any:
        return pc.if_else(condition, pc.fill_null(values, 0), 0)

    made: dict[str, Any] = {name: rows.column(name) for name in ("product_id", "tier", "share_units")}
    made |= {name: where(wanted, rows.column(name)) for name in _OF_REQUESTS}
    made |= {name: where(known, rows.column(name)) for name in _OF_ORDERS}
    made |= {
        "n_rows": pa.array(np.ones(rows.num_rows, np.int64)),
        "n_wanted": wanted.cast(pa.int64()),
        "n_known": known.cast(pa.int64()),
        "known_share_units": where(known, rows.column("share_units")),
        "n_counted": counted.cast(pa.int64()),
        "n_sold_out": pc.equal(rows.column("sold_out"), "yes").cast(pa.int64()),
        "left_units": where(counted, rows.column("left_units")),
        "there_units": where(counted, there),
    }
    return pa.table(made)


def _group(level: str, line: Mapping[str, Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    least_rows = int(value_of(parameters, "fit.minimum_rows"))
    least_counts = int(value_of(parameters, "fit.minimum_counts"))
    one = {name.removesuffix("_sum"): value for name, value in line.items()}
    n_known, n_counted = one["n_known"], one["n_counted"]
    low, high = _wilson(one["n_sold_out"], n_counted) if n_counted >= least_counts else (None, None)
    return {
        "level": level,
        "product_id": one.get("product_id"),
        "tier": one.get("tier"),
        **{name: one[name] for name in ("n_rows", "share_units", "n_wanted", "n_known", "n_counted", "n_sold_out")},
        **{name: one[name] if one["n_wanted"] else None for name in _OF_REQUESTS},
        **{name: one[name] if n_known else None for name in _OF_ORDERS},
        "left_units": one["left_units"] if n_counted else None,
        "unmet_share": _share(one["unmet_units"], one["wanted_units"], one["n_wanted"], least_rows),
        "declined_share": _share(one["declined_units"], one["known_share_units"], n_known, least_rows),
        "returned_share": _share(one["returned_units"], one["taken_units"], n_known, least_rows),
        "sold_out_share": _share(one["n_sold_out"], n_counted, n_counted, least_counts),
        "sold_out_low": low,
        "sold_out_high": high,
        "left_share": _share(one["left_units"], one["there_units"], n_counted, least_counts),
    }


def _share(part: int, whole: int, n: int, least: int) -> float | None:
    return part / whole if n >= least and whole > 0 else None


def _wilson(hits: int, n: int) -> tuple[float, float]:
    share = hits / n
    centre = (share + _Z * _Z / (2 * n)) / (1 + _Z * _Z / n)
    half = _Z * sqrt(share * (1 - share) / n + _Z * _Z / (4 * n * n)) / (1 + _Z * _Z / n)
    return max(0.0, centre - half), min(1.0, centre + half)


_SCHEMA: Final = pa.schema(
    {
        "level": pa.string(),
        "product_id": pa.string(),
        "tier": pa.int16(),
        "n_rows": pa.int64(),
        "n_wanted": pa.int64(),
        **dict.fromkeys(("wanted_units", "share_units", "unmet_units"), pa.int64()),
        "unmet_share": pa.float64(),
        "n_known": pa.int64(),
        **dict.fromkeys(_OF_ORDERS, pa.int64()),
        "declined_share": pa.float64(),
        "returned_share": pa.float64(),
        "n_counted": pa.int64(),
        "n_sold_out": pa.int64(),
        "left_units": pa.int64(),
        "sold_out_share": pa.float64(),
        "sold_out_low": pa.float64(),
        "sold_out_high": pa.float64(),
        "left_share": pa.float64(),
    }
)
