"""Agreements of 临江市 with the producers of its goods: what was agreed for a period, and what came of it."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pyarrow as pa

from lianxin.simulation.catalogue import PRODUCTS
from lianxin.simulation.draws import stream
from lianxin.simulation.world import World

_CARTONS_A_RETAILER = 90


def supplier_agreements(world: World, halves: Sequence[str], months: Sequence[date]) -> pa.Table:
    """Half-year agreements of every product and monthly contracts of the more wanted half of them, with what was transferred in.

    Parameters
    ----------
    halves : such as 2021H2; months : first days
    """
    rng = stream(world.seed, "supplier agreements")
    wanted = world.goods.attraction / world.goods.attraction.sum() * world.size.n_retailers * _CARTONS_A_RETAILER
    half_year = np.maximum(np.rint(wanted / 50) * 50, 50).astype(np.int64)
    rows = []
    for period, share, products in (
        *((half, 1.0, range(len(PRODUCTS))) for half in halves),
        *(
            (f"{month:%Y-%m}", 1 / 6, np.argsort(-wanted, kind="stable")[: len(PRODUCTS) // 2].tolist())
            for month in months
        ),
    ):
        # Tight goods come short, others as agreed or beyond; choices of this simulation.
        kept = np.clip(rng.normal(0.98, 0.07, len(PRODUCTS)), 0.6, 1.2)
        for at in products:
            agreed = max(int(half_year[at] * share), 10)
            rows.append((PRODUCTS[at].producer, PRODUCTS[at].code, "", period, agreed, int(agreed * kept[at])))
    names = ("supplier", "product_code", "brand", "period", "agreed_units", "transferred_units")
    return pa.table({name: [row[place] for row in rows] for place, name in enumerate(names)})
