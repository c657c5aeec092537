"""Order lines to measure with: the real ones where they are, else simulated ones of the same shape."""

import lzma
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb

COUNT = 1_513_142
REAL = "orders_desmoines_2019-2021.csv.xz"
SIMULATED = """
SELECT 'SIM-' || lpad((100000000000 + i)::VARCHAR, 12, '0') AS line_id,
       DATE '2019-01-02' + (hash(i, 1) % 1094)::INTEGER AS order_date,
       (2000 + (299 * sqrt((hash(i, 2) % 1000000) / 1e6))::INTEGER)::BIGINT AS store,
       (10000 + (2500 * pow((hash(i, 3) % 1000000) / 1e6, 2))::INTEGER)::BIGINT AS item,
       (1 + hash(i, 4) % 24)::INTEGER AS units,
       ((1 + hash(i, 4) % 24) * (500 + hash(i % 2500, 5) % 4000))::BIGINT AS amount_fen
FROM range({count}) AS made(i)
"""
READ = """
SELECT invoice_line AS line_id, date AS order_date, store::BIGINT AS store, item::BIGINT AS item,
       bottles::INTEGER AS units, round(sale_dollars * 100)::BIGINT AS amount_fen
FROM read_csv('{path}', types = {{'invoice_line': 'VARCHAR', 'sale_dollars': 'DECIMAL(12,2)'}})
{part}
"""


@dataclass(frozen=True)
class Drawn:
    """Lines as one Parquet file: line_id, order_date, store, item, units, amount_fen."""

    path: Path
    count: int
    told: str


def iowa() -> Path | None:
    """The folder of the real lines, if the environment names one that has them."""
    given = os.environ.get("LIANXIN_IOWA")
    return Path(given) if given and (Path(given) / REAL).exists() else None


def unpacked(folder: Path, packed: Path) -> Path:
    """The CSV text of a packed file, in `folder`."""
    target = folder / packed.name.removesuffix(".xz")
    with lzma.open(packed) as source, target.open("wb") as written:
        shutil.copyfileobj(source, written, 2**20)
    return target


def drawn(folder: Path, limit: int | None = None) -> Drawn:
    """The first `limit` lines (all by default), real where possible."""
    target = folder / "drawn.parquet"
    found = iowa()
    if found is not None:
        part = f"ORDER BY hash(invoice_line) LIMIT {limit}" if limit and limit < COUNT else ""
        rows = READ.format(path=unpacked(folder, found / REAL), part=part)
        told = "real order lines of Iowa"
    else:
        rows = SIMULATED.format(count=limit or COUNT)
        told = "SIMULATED lines, because LIANXIN_IOWA is not set"
    with duckdb.connect() as connected:
        connected.execute(f"COPY ({rows}) TO '{target}' (FORMAT parquet)")
        count = connected.execute(f"SELECT count(*) FROM '{target}'").fetchone()
    (folder / REAL.removesuffix(".xz")).unlink(missing_ok=True)
    return Drawn(target, int(count[0]) if count else 0, told)


def drawn_as_json(folder: str, limit: int | None) -> dict[str, str | int]:
    """`drawn`, for a child process."""
    found = drawn(Path(folder), limit)
    return {"path": str(found.path), "count": found.count, "told": found.told}


def as_csv(folder: str, limit: int) -> str:
    """Drawn lines as a CSV file under the column names of the real one."""
    place = Path(folder) / "file"
    place.mkdir(exist_ok=True)
    target = Path(folder) / "orders.csv"
    asked = (
        "SELECT line_id AS invoice_line, order_date AS date, store, item, units AS bottles, "
        "CAST(amount_fen / 100.0 AS DECIMAL(12, 2)) AS sale_dollars"
    )
    with duckdb.connect() as connected:
        connected.execute(f"COPY ({asked} FROM '{drawn(place, limit).path}') TO '{target}' (FORMAT csv, HEADER)")
    return str(target)
