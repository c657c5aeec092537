"""`python -m benchmarks.forecasting.borrowing`: products new in 2020 and the first half of 2021, by week and in 30 days.

Each is forecast on the Sunday before its first order in the area, from what was known by then; every sixth is taken. A line is a
retailer that ordered of the class in the year before. Not part of the contest with other methods: none of them tells such lines.
"""

from __future__ import annotations

import os
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow.parquet as pq

from benchmarks.forecasting.orders import written
from lianxin import engine
from lianxin.core.forecasting.borrowing import borrowed
from lianxin.core.forecasting.contracts import FIGURES

FIRST, UNTIL = date(2020, 1, 6), date(2021, 7, 1)
# Kind of period, steps, days of a step as the benchmark counts them.
ASKED = (("week", 4, 7), ("month", 1, 30))
EVERY = 6
BANDS = "CASE WHEN p < 8 THEN '5' WHEN p < 14 THEN '4' WHEN p < 22 THEN '3' WHEN p < 35 THEN '2' ELSE '1' END"


def main() -> None:
    """Print what borrowed lines and zero come to."""
    folder = Path(os.environ["LIANXIN_IOWA"])
    told = duckdb.connect()
    with tempfile.TemporaryDirectory() as scratch:
        orders = pq.read_table(written(Path(scratch))[0])
    master = told.sql(
        f"SELECT item::VARCHAR AS product_id, vendor AS producer, {BANDS} AS price_class FROM (SELECT item, vendor, "
        f"state_bottle_retail AS p FROM read_csv('{folder / 'products.csv'}', types = {{'item': 'VARCHAR'}}))"
    ).to_arrow_table()
    firsts = told.sql(
        "SELECT product_id, min(order_date) FROM orders SEMI JOIN master USING (product_id) GROUP BY product_id "
        f"HAVING min(order_date) >= '{FIRST}' AND min(order_date) < '{UNTIL}' ORDER BY 2, 1"
    ).fetchall()
    asked = engine.open("duckdb", memory_limit="2GB", threads=2)
    for period, steps, days in ASKED:
        begun, lines, totals = time.monotonic(), [], []
        for product, first in firsts[::EVERY]:
            monday = first - timedelta(days=first.weekday())
            made = borrowed(
                orders,
                master,
                wanted=[product],
                until=monday - timedelta(days=1),
                horizon=steps,
                period=period,
                engine=asked,
            ).lines
            if not made.num_rows:
                continue
            came = told.sql(
                "SELECT retailer_id, CAST((order_date - $monday) // $days + 1 AS INTEGER), sum(ordered_units)::DOUBLE FROM orders "
                "WHERE product_id = $product AND order_date >= $monday AND order_date < $monday + $days * $steps GROUP BY ALL",
                params={"product": product, "monday": monday, "days": days, "steps": steps},
            ).fetchall()
            truth = {(shop, step): units for shop, step, units in came}
            keys = zip(made.column("retailer_id").to_pylist(), made.column("step").to_pylist(), strict=True)
            units = np.array([truth.get(key, 0.0) for key in keys])
            figures = np.column_stack([made.column(name).to_numpy() for name in FIGURES])
            lines.append((units, figures))
            totals.append((figures[:, 0].sum(), units.sum(), (monday - FIRST).days // 28))
        seconds = time.monotonic() - begun
        print(f"{period}: {len(lines)} of {len(firsts[::EVERY])} products borrowed in {seconds:.0f} s")
        tell(lines, np.array(totals), steps, "product")


def tell(lines: list[tuple[np.ndarray, np.ndarray]], totals: np.ndarray, steps: int, what: str) -> None:
    """Print how borrowed lines and zero do.

    Parameters
    ----------
    lines : of each product or shop (what), units that came and figures of its lines, the steps of a line together
    totals : of each of them what was told, what came, and the number of its four weeks
    """
    units = np.concatenate([one for one, _ in lines])
    figures = np.concatenate([one for _, one in lines])
    # Steps of a retailer stand together.
    blocks = [values.reshape(-1, steps).sum(axis=1) for values in (units, figures[:, 0])]
    print(f"{len(units):,} lines; {(units > 0).mean():.4f} of them ordered")
    for name, factor in (("borrowed", 1.0), ("zero", 0.0)):
        loss = 0.0
        for place, share in enumerate((0.1, 0.5, 0.9), 1):
            gap = units - factor * figures[:, place]
            loss += float(np.maximum(share * gap, (share - 1) * gap).mean()) / 3
        line = abs(factor * blocks[1] - blocks[0]).sum() / blocks[0].sum()
        each = abs(factor * totals[:, 0] - totals[:, 1]).sum() / totals[:, 1].sum()
        at = totals[:, 2].astype(int)
        told, came = (np.bincount(at, totals[:, column]) for column in (0, 1))
        together = abs(factor * told - came).sum() / came.sum()
        bias = factor * totals[:, 0].sum() / totals[:, 1].sum() - 1
        above = (units > factor * figures[:, 3]).mean()
        print(
            f"{name}: WMAPE of all steps {line:.3f}, by {what} {each:.3f}, of four weeks' together {together:.3f}; ",
            end="",
        )
        print(f"bias {bias:+.3f}; ", end="")
        print(f"pinball {loss:.5f}; above q90 {above:.4f}")


if __name__ == "__main__":
    main()
