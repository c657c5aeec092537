"""A round divided: what is asked of the engine, in which order, and what is solved between.

The engine groups requests into buckets of equal numbers, which are few; their levels are solved exactly on whole numbers here; the
engine then looks each request up in what was solved. Rows never pass through Python.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import ibis
import numpy as np
import pyarrow as pa
from ibis.expr.types import Table as TableExpression

from lianxin.core.allocating import shares
from lianxin.core.allocating.contracts import Round
from lianxin.core.allocating.desk import Array, Desk, Divided, Product
from lianxin.core.allocating.faults import cell_faults
from lianxin.core.allocating.filling import filled
from lianxin.core.allocating.policies import Rule
from lianxin.core.allocating.rotation import list_key
from lianxin.core.allocating.tiers import by_lot, by_quota

# Places are told in so many bits of a whole number at a time: 2^5 = 32.
_BITS: Final = 5


def divide(desk: Desk, round_: Round) -> Divided | None:
    """The round divided, or None where `faults` has rows: then nothing can be divided.

    Parameters
    ----------
    desk : knows the requests and the supply of the round by their names
    """
    asked, given = (desk.ask(counted).to_pylist()[0] for counted in cell_faults(round_))
    if asked["n"] or given["n"]:
        return None
    supply = desk.ask(round_.supply.select("week", "product_id", "supply_units").order_by("week", "product_id"))
    known = list(zip(*(supply.column(name).to_pylist() for name in supply.column_names), strict=True))
    if len({row[:2] for row in known}) < len(known):
        return None
    numbers = pa.array(np.arange(len(known)), pa.int32())
    desk.give("allocation_products", supply.select(["week", "product_id"]).append_column("product", numbers))
    products = ibis.table({"week": "date", "product_id": "string", "product": "int32"}, name="allocation_products")
    places = _places(desk, round_)
    rows = _rows(desk, round_, products, places)
    if _is_wrong(desk, rows, asked["n_rows"]):
        return None
    listed = _products(desk, round_, rows, known)
    empty = asked["n_rows"] == 0
    if not empty and any(not len(product.n) for product in listed):
        return None
    if any(_is_short(round_, product) for product in listed):
        return None
    rule = round_.policy.rule
    if rule is Rule.TIER_QUOTA:
        return by_quota(desk, round_, products, listed)
    if rule is Rule.LOTTERY:
        return by_lot(desk, round_, products, listed)
    return filled(desk, round_, products, places, rows, listed)


def _places(desk: Desk, round_: Round) -> TableExpression:
    """The list of retailers, kept: retailer_id, place."""
    retailers = round_.requests.select("retailer_id").distinct()
    ordered = retailers.mutate(key=list_key(round_.policy.seed, retailers.retailer_id))
    place = ibis.row_number().over(order_by=["key", "retailer_id"]).cast("int32")
    desk.keep("allocation_places", ordered.select("retailer_id", place=place))
    return ibis.table({"retailer_id": "string", "place": "int32"}, name="allocation_places")


def _rows(desk: Desk, round_: Round, products: TableExpression, places: TableExpression) -> TableExpression:
    """The requests in whole numbers, kept: product, place and what decides the share."""
    wanted = round_.requests.select("week", "product_id", "retailer_id", **shares.key_columns(round_))
    coded = wanted.join(places, "retailer_id").join(products, ["week", "product_id"])
    rows = coded.select("product", "place", *shares.keys(round_))
    desk.keep("allocation_rows", rows)
    return ibis.table(rows.schema(), name="allocation_rows")


def _is_wrong(desk: Desk, rows: TableExpression, n_rows: int) -> bool:
    """Whether a request has no supply, or a retailer asks twice.

    The sum of different powers of two has as many bits as there are powers; where two are equal it has fewer.
    """
    power = ibis.literal(1 << (1 << _BITS) - 1, "int64") >> (rows.place % (1 << _BITS)).cast("int32")
    blocks = rows.select("product", block=rows.place >> _BITS, power=power)
    sums = blocks.group_by("product", "block").agg(n=blocks.count(), power=blocks.power.sum().cast("int64"))
    twice = (sums.n != _bits(sums.power)).sum().fill_null(0).cast("int64")
    found = desk.ask(sums.agg(n_rows=sums.n.sum().fill_null(0).cast("int64"), n_twice=twice)).to_pylist()[0]
    return bool(found["n_twice"] or found["n_rows"] != n_rows)


def _bits(number: Any) -> Any:
    """How many bits of a whole number are set; below 2^37 or so."""
    total = number
    total = total - ((total >> 1) & 0x5555555555)
    total = (total & 0x3333333333) + ((total >> 2) & 0x3333333333)
    total = (total + (total >> 4)) & 0x0F0F0F0F0F
    return (total + (total >> 8) + (total >> 16) + (total >> 24) + (total >> 32)) & 0x3F


def _products(desk: Desk, round_: Round, rows: TableExpression, known: Sequence[Any]) -> list[Product]:
    names = ["product", *shares.keys(round_)]
    found = desk.ask(rows.group_by(names).agg(n=rows.count()).order_by(names))
    columns: dict[str, Array] = {}
    for name in [*names[1:], "n"]:
        column = found.column(name)
        is_text = pa.types.is_string(column.type)
        columns[name] = np.array(column.to_pylist(), object) if is_text else column.to_numpy().astype(np.int64)
    starts = np.searchsorted(found.column("product").to_numpy(), np.arange(len(known) + 1))
    return [
        Product(
            number,
            row[0],
            row[1],
            row[2],
            {name: column[starts[number] : starts[number + 1]] for name, column in columns.items()},
        )
        for number, row in enumerate(known)
    ]


def _is_short(round_: Round, product: Product) -> bool:
    """Whether floors, or wants where all are to be met, exceed the supply."""
    name = "most" if round_.policy.rule is Rule.ON_DEMAND else "floor"
    return name in product.buckets and int(product.n @ product.buckets[name]) > product.supply
