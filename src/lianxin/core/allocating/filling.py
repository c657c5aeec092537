"""Products filled up to one common level, and which of the equals get the odd unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import ibis
import numpy as np
import pyarrow as pa
from ibis.expr.types import Table as TableExpression

from lianxin.core.allocating import claims, shares
from lianxin.core.allocating.contracts import Round
from lianxin.core.allocating.desk import Array, Desk, Divided, Product, given, levels_table
from lianxin.core.allocating.levels import Filled, fill
from lianxin.core.allocating.rotation import odd_units

_CLASSES: Final = 128


@dataclass(frozen=True)
class _Equals:
    """Retailers of one product and weight whose level is no whole number, some of whom get an odd unit."""

    number: int
    buckets: Array
    members: int
    count: int
    first: int

    @property
    def must_be_ranked(self) -> bool:
        return 0 < self.count < self.members


def filled(
    desk: Desk,
    round_: Round,
    products: TableExpression,
    places: TableExpression,
    rows: TableExpression,
    listed: Sequence[Product],
) -> Divided:
    scale = claims.scale(round_)
    parts, equals, shared, levels, odd = [], [], [], [], []
    ranked: list[_Equals] = []
    for product in listed:
        found = _fill(product)
        level = found.numerator * scale / found.denominator
        groups = _equals(round_, product, found, len(ranked))
        ranked += [group for group in groups if group.must_be_ranked]
        parts.append(_solved(product, found, level, groups))
        equals += groups
        odd.append(sum(group.count for group in groups))
        shared.append(int(product.n @ found.base) + odd[-1])
        levels.append(level)
    solved = _together(round_, listed, parts)
    if ranked:
        first, last = _ends(desk, round_, rows, solved, ranked)
        turns = solved.pop("turn")
        solved["first"] = np.where(turns >= 0, first[turns], solved["first"]).astype(np.int32)
        solved["last"] = np.where(turns >= 0, last[turns], solved["last"]).astype(np.int32)
    else:
        solved.pop("turn")
    expression = given(desk, round_, "allocation_solved", solved)
    made = shares.filled(round_, products, expression, places if any(odd) else None)
    return Divided(made, levels_table(listed, shared, levels, odd), None)


def _fill(product: Product) -> Filled:
    most = product.buckets["most"]
    if not len(most):
        nothing = np.zeros(0, np.int64)
        return Filled(0, 1, nothing, nothing, 1, nothing > 0)
    # A floor above what the retailer wants or may have lifts it no further than that.
    least = np.minimum(product.buckets.get("floor", np.zeros(len(most), np.int64)), most)
    weight = product.buckets.get("weight", np.ones(len(most), np.int64))
    return fill(least, most, weight, product.n, product.supply)


def _equals(round_: Round, product: Product, found: Filled, ranked: int) -> list[_Equals]:
    """The groups of equals of a product; those that must be ranked are numbered on from `ranked`."""
    at = np.flatnonzero(found.remainder > 0)
    if not len(at):
        return []
    weight = product.buckets.get("weight", np.ones(len(product.n), np.int64))[at]
    kinds, of = np.unique(-weight, return_inverse=True)
    members = np.bincount(of, weights=product.n[at], minlength=len(kinds)).astype(np.int64)
    remainders = np.zeros(len(kinds), found.remainder.dtype)
    remainders[of] = found.remainder[at]
    counts, firsts = odd_units(members, remainders, found.total, product.week, round_.policy.seed, product.product_id)
    order = np.argsort(of, kind="stable")
    parts = np.split(at[order], np.searchsorted(of[order], np.arange(1, len(kinds))))
    made = []
    for members_, count, first, buckets in zip(members.tolist(), counts.tolist(), firsts.tolist(), parts, strict=True):
        group = _Equals(ranked, buckets, members_, count, first)
        ranked += group.must_be_ranked
        made.append(group)
    return made


def _solved(product: Product, found: Filled, level: float, groups: Sequence[_Equals]) -> dict[str, Array]:
    size = len(product.n)
    turn, first, last = (np.full(size, -1, np.int32) for _ in range(3))
    for group in groups:
        if group.must_be_ranked:
            turn[group.buckets] = group.number
        elif group.count:
            first[group.buckets], last[group.buckets] = 0, np.iinfo(np.int32).max
    return {
        "product": np.full(size, product.number, np.int32),
        "base": found.base,
        "fill_level": np.full(size, level),
        "is_floor": found.is_floor,
        "turn": turn,
        "first": first,
        "last": last,
    }


def _together(round_: Round, listed: Sequence[Product], parts: Sequence[dict[str, Array]]) -> dict[str, Array]:
    made = (
        {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        if parts
        else {name: np.zeros(0, kind) for name, kind in _EMPTY.items()}
    )
    for name in shares.keys(round_):
        kept = [product.buckets[name] for product in listed]
        made[name] = np.concatenate(kept) if kept else np.zeros(0, np.int64)
    return made


_EMPTY: Final = {
    "product": np.int32,
    "base": np.int64,
    "fill_level": np.float64,
    "is_floor": np.bool_,
    "turn": np.int32,
    "first": np.int32,
    "last": np.int32,
}


def _ends(
    desk: Desk, round_: Round, rows: TableExpression, solved: dict[str, Array], ranked: Sequence[_Equals]
) -> tuple[Array, Array]:
    """For each group of equals the places, in the list of all retailers, of the first and the last that get an odd unit.

    Equals are counted by classes of places; only in the classes where an end lies are they told apart.
    """
    names = ["product", *shares.keys(round_)]
    turns = {name: solved[name] for name in (*names, "turn")}
    chosen = turns["turn"] >= 0
    table = given(desk, round_, "allocation_turns", {name: column[chosen] for name, column in turns.items()})
    size = desk.ask(rows.agg(size=(rows.place.max() + 1).cast("int64"))).to_pylist()[0]["size"]
    width = max(-(-size // _CLASSES), 1)
    parted = rows.mutate(part=(rows.place // width).cast("int32"))
    equals = parted.join(table, names).select("turn", "place", "part")
    counted = desk.ask(equals.group_by("turn", "part").agg(n=equals.count()).order_by("turn", "part"))
    turn, part, n = (counted.column(name).to_numpy() for name in ("turn", "part", "n"))
    until = np.cumsum(n)
    members = np.array([group.members for group in ranked], np.int64)
    begun = np.cumsum(members) - members
    first = np.array([group.first for group in ranked], np.int64)
    last = (first + [group.count - 1 for group in ranked]) % members
    ends = np.concatenate([begun + first, begun + last])
    at = np.searchsorted(until, ends, side="right")
    asked = pa.table(
        {
            "end": pa.array(np.arange(len(ends)), pa.int32()),
            "turn": pa.array(turn[at], pa.int32()),
            "part": pa.array(part[at], pa.int32()),
            "nth": pa.array(ends - (until[at] - n[at]), pa.int64()),
        }
    )
    desk.give("allocation_ends", asked)
    wanted = ibis.table(ibis.Schema.from_pyarrow(asked.schema), name="allocation_ends")
    inside = equals.join(wanted, ["turn", "part"]).select("end", "place", "nth")
    numbered = inside.mutate(rank=ibis.row_number().over(group_by="end", order_by="place").cast("int64"))
    found = desk.ask(numbered.filter(numbered.rank == numbered.nth).select("end", "place").order_by("end"))
    places = found.column("place").to_numpy()
    return places[: len(ranked)], places[len(ranked) :]
