"""`python -m benchmarks.forecasting.borrowing_retailers`: shops new in 2020 and the first half of 2021, by week and in 30 days.

Each is forecast on the Sunday before its first order in the area, from what was known by then; those whose periods are over before
the second half of 2021 are taken. The trade form is told by words of the shop's name, for nothing else in stores.csv tells it; the
names are those of 2022. Not part of the contest with other methods: none of them tells such lines.
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

from benchmarks.forecasting.borrowing import ASKED, FIRST, UNTIL, tell
from benchmarks.forecasting.orders import written
from lianxin import engine
from lianxin.core.forecasting.borrowing_retailers import BorrowedByRetailers, borrowed_by_retailers
from lianxin.core.forecasting.contracts import FIGURES

FORMS = (
    ("tobacco", "TOBACCO|SMOK|CIGAR|VAPE"),
    ("liquor", "LIQUOR|WINE|SPIRIT|BEVERAGE"),
    (
        "convenience",
        "CASEY|KUM & GO|QUIK ?TRIP|GAS|C-STORE|FAST|KWIK|QUICK|CIRCLE K|7-ELEVEN|STOP|CONVENIENCE|[A-Z ]MART|EXPRESS|SHELL|PETRO",
    ),
)
CASES = " ".join(f"WHEN regexp_matches(store_name, '{words}') THEN '{form}'" for form, words in FORMS)


def main() -> None:
    """Print what borrowed lines and zero come to, of all shops and of each kind of class."""
    folder = Path(os.environ["LIANXIN_IOWA"])
    told = duckdb.connect()
    with tempfile.TemporaryDirectory() as scratch:
        orders = pq.read_table(written(Path(scratch))[0])
    shops = told.sql(
        f"SELECT store AS retailer_id, CASE {CASES} ELSE 'grocery' END AS trade_form "
        f"FROM read_csv('{folder / 'stores.csv'}', types = {{'store': 'VARCHAR'}})"
    ).to_arrow_table()
    asked = engine.open("duckdb", memory_limit="2GB", threads=2)
    for period, steps, days in ASKED:
        firsts = told.execute(
            "SELECT retailer_id, min(order_date) AS first FROM orders GROUP BY retailer_id HAVING first >= $from AND "
            "date_trunc('week', first) + $days <= $until ORDER BY 2, 1",
            {"from": FIRST, "until": UNTIL, "days": timedelta(days=days * steps)},
        ).fetchall()
        begun, found = time.monotonic(), []
        for shop, first in firsts:
            monday = first - timedelta(days=first.weekday())
            made = borrowed_by_retailers(
                orders,
                shops,
                wanted=[shop],
                until=monday - timedelta(days=1),
                horizon=steps,
                period=period,
                engine=asked,
            )
            if made.lenders:
                came = told.execute(
                    "SELECT product_id, CAST((order_date - $monday) // $days + 1 AS INTEGER), sum(ordered_units)::DOUBLE "
                    "FROM orders WHERE retailer_id = $shop AND order_date >= $monday AND order_date < $until GROUP BY ALL",
                    {"shop": shop, "monday": monday, "days": days, "until": monday + timedelta(days=days * steps)},
                ).fetchall()
                found.append(_held(made, {(product, step): units for product, step, units in came}, monday))
        seconds = time.monotonic() - begun
        print(f"{period}: {len(found)} of {len(firsts)} shops borrowed in {seconds:.0f} s")
        for kinds in (("trade_form", "everybody"), ("trade_form",), ("everybody",)):
            mine = [one for one in found if one[0] in kinds]
            part = sum(one[2][1] for one in mine) / sum(one[3] for one in mine)
            print(f"{' and '.join(kinds)}, {len(mine)} shops: their lines hold {part:.2f} of what they ordered")
            tell([one[1] for one in mine], np.array([one[2] for one in mine]), steps, "shop")


Held = tuple[str, tuple[np.ndarray, np.ndarray], tuple[float, float, int], float]


def _held(made: BorrowedByRetailers, truth: dict[tuple[str, int], float], monday: date) -> Held:
    """The kind of class, lines beside what came, both in all with the number of the four weeks, and all that came."""
    keys = zip(made.lines.column("product_id").to_pylist(), made.lines.column("step").to_pylist(), strict=True)
    units = np.array([truth.get(key, 0.0) for key in keys])
    figures = np.column_stack([made.lines.column(name).to_numpy() for name in FIGURES])
    totals = (figures[:, 0].sum(), units.sum(), (monday - FIRST).days // 28)
    return made.lenders[0].kind, (units, figures), totals, sum(truth.values())


if __name__ == "__main__":
    main()
