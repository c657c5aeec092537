"""The orders of the contest: real ones by week as a dense panel, and those of a made-up city."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import lines

FIRST_MONDAY = date(2018, 12, 31)
# Eight origins, three weeks apart, in the half-year that no choice of method was made on.
ORIGINS = tuple(date(2021, 7, 5) + timedelta(days=21 * number) for number in range(8))
# Origins on which the method was chosen.
CHOICE = (date(2020, 7, 6), date(2020, 10, 5), date(2021, 1, 4), date(2021, 3, 8), date(2021, 5, 31))
STEPS = 4
LEAST_ORDERS = 13


def written(folder: Path) -> tuple[Path, str]:
    """The order lines as the command reads them, and what they are."""
    drawn = lines.drawn(folder)
    place = folder / "orders.parquet"
    with duckdb.connect() as connected:
        connected.execute(
            "COPY (SELECT order_date, store::VARCHAR AS retailer_id, item::VARCHAR AS product_id, units::BIGINT AS ordered_units "
            f"FROM '{drawn.path}' WHERE units > 0) TO '{place}' (FORMAT parquet)"
        )
    return place, drawn.told


@dataclass(frozen=True)
class Weeks:
    """Units of each series (n_series, n_weeks) from FIRST_MONDAY on, and the names of the series."""

    units: Any
    names: tuple[tuple[str, str], ...]
    retailer: Any
    product: Any

    def before(self, origin: date) -> int:
        """How many weeks lie before the origin."""
        return (origin - FIRST_MONDAY).days // 7

    def judged(self, origin: date) -> Any:
        """Places of the series with orders in 13 or more of the 52 weeks before."""
        end = self.before(origin)
        return np.flatnonzero((self.units[:, max(end - 52, 0) : end] > 0).sum(axis=1) >= LEAST_ORDERS)

    def scale(self, rows: Any, end: int) -> Any:
        """Root of the mean squared first difference of each history from its first sale on."""
        history = self.units[rows, :end].astype(float)
        is_lived = np.arange(1, end)[None, :] > (history > 0).argmax(axis=1)[:, None]
        gaps = np.diff(history, axis=1) ** 2 * is_lived
        return np.sqrt(gaps.sum(axis=1) / is_lived.sum(axis=1))


def weeks(place: Path) -> Weeks:
    """The lines of a file as a dense panel."""
    table = pq.read_table(place)
    retailers, products = (
        table.column(name).dictionary_encode().combine_chunks() for name in ("retailer_id", "product_id")
    )
    day = table.column("order_date").cast(pa.int32()).to_numpy()
    week = (day - (FIRST_MONDAY - date(1970, 1, 1)).days) // 7
    key = retailers.indices.to_numpy().astype(np.int64) * len(products.dictionary) + products.indices.to_numpy()
    distinct, row = np.unique(key, return_inverse=True)
    units = np.zeros((len(distinct), int(week.max()) + 1), np.int32)
    np.add.at(units, (row, week), table.column("ordered_units").to_numpy())
    retailer, product = distinct // len(products.dictionary), distinct % len(products.dictionary)
    shops, goods = retailers.dictionary.to_pylist(), products.dictionary.to_pylist()
    names = tuple((shops[r], goods[p]) for r, p in zip(retailer.tolist(), product.tolist(), strict=True))
    return Weeks(units, names, retailer, product)


def city(place: Path, retailers: int, products: int, series: int, n_weeks: int = 104, seed: int = 1) -> int:
    """Write a made-up city: series of negative binomial orders in weeks in which the shop orders; the number of lines."""
    generator = np.random.default_rng(seed)
    pairs = np.sort(generator.choice(retailers * products, series, replace=False))
    shop, goods = pairs // products, pairs % products
    size = generator.gamma(1.5, 1 / 1.5, retailers)[shop] * generator.gamma(0.6, 1 / 0.6, products)[goods]
    begin = date(2019, 9, 30)
    written_lines = 0
    schema = pa.schema(
        [
            ("order_date", pa.date32()),
            ("retailer_id", pa.string()),
            ("product_id", pa.string()),
            ("ordered_units", pa.int64()),
        ]
    )
    shops = pa.array([f"{number:012d}" for number in range(retailers)])
    names = pa.array([f"{number:06d}" for number in range(products)])
    epoch = (begin - date(1970, 1, 1)).days
    with pq.ParquetWriter(place, schema) as file:
        for week in range(n_weeks):
            season = 1 + 0.2 * np.sin(week / 52 * 2 * np.pi)
            rate = 2.0 * size * season * generator.gamma(0.5, 2.0, series)
            units = generator.poisson(rate)
            at = np.flatnonzero(units)
            day = epoch + 7 * week + shop[at] % 5
            file.write_table(
                pa.table(
                    [
                        pa.array(day.astype(np.int32)).cast(pa.date32()),
                        shops.take(pa.array(shop[at])),
                        names.take(pa.array(goods[at])),
                        pa.array(units[at].astype(np.int64)),
                    ],
                    schema=schema,
                )
            )
            written_lines += len(at)
    return written_lines
