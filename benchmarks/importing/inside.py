"""What runs in the children of the import benchmark, with LIANXIN_HOME set and Django ready."""

import csv
import time
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from benchmarks import lines, stores
from lianxin.foundation import clock
from lianxin.foundation.facts import the_lake
from lianxin.foundation.imports import running
from lianxin.foundation.models import Company
from lianxin.goods.models import Product
from lianxin.retailers.models import Retailer

SINCE = "2019-01-01"


def _written(path: Path, head: list[str], rows: list[tuple[Any, ...]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        writer.writerows(rows)
    return path


def master_files(folder: str, drawn: str, copies: int) -> list[list[str]]:
    """Files of master data still to be taken in: kind, path, mapping. Stores of the copies are named `<store>-<copy>`."""
    place = Path(folder)
    with duckdb.connect() as connected:
        shops = [row[0] for row in connected.execute(f"SELECT DISTINCT store FROM '{drawn}' ORDER BY ALL").fetchall()]
        items = [row[0] for row in connected.execute(f"SELECT DISTINCT item FROM '{drawn}' ORDER BY ALL").fetchall()]
    # Copy by copy, so that the copies of a store do not lie beside each other, where they would compress too well.
    more = [(f"{shop}-{copy}", f"Shop {shop} {copy}", "active", SINCE) for copy in range(copies) for shop in shops]
    head = ["licence_no", "name", "status", "from_date"]
    found = [["retailers", str(_written(place / "more.csv", head, more)), ""]]
    real = lines.iowa()
    if real is not None:
        found += [["retailers", str(real / "stores.csv"), "iowa"], ["goods", str(real / "products.csv"), "iowa"]]
    else:
        same = [(f"{shop}", f"Shop {shop}", "active", SINCE) for shop in shops]
        found += [["retailers", str(_written(place / "stores.csv", head, same)), ""]]
        goods = [(f"{item}", f"Product {item}", "盒", SINCE) for item in items]
        head = ["product_code", "name", "order_unit", "from_date"]
        found += [["goods", str(_written(place / "goods.csv", head, goods)), ""]]
    return found


def fill(drawn: str, copies: int) -> int:
    """Lines of the copied stores into the lake, under the ids that the imports gave; products without a master row left out."""
    company = Company.objects.get()
    known = Retailer.objects.filter(company=company, licence_no__contains="-").values_list("licence_no", "pk")
    named = [(*licence_no.split("-"), key) for licence_no, key in known]
    shops = pa.table(
        {
            "store": pa.array([int(row[0]) for row in named], pa.int64()),
            "copy": pa.array([int(row[1]) for row in named], pa.int64()),
            "retailer_id": pa.array([row[2] for row in named], pa.int64()),
        }
    )
    products = list(Product.objects.filter(company=company).values_list("product_code", "pk"))
    goods = pa.table(
        {
            "item": pa.array([int(row[0]) for row in products], pa.int64()),
            "product_id": pa.array([row[1] for row in products], pa.int64()),
        }
    )
    return stores.fill(the_lake(), Path(drawn), copies, company=company.pk, shops=shops, goods=goods)


def take_in(path: str, mapping: str) -> dict[str, Any]:
    """Import the file by the call that the command line makes, then take it out again."""
    company = Company.objects.get()
    # A process that runs already has read what versions there are.
    the_lake().batches(company.pk)
    started, used = time.perf_counter(), time.process_time()
    result = running.run(
        company=company,
        kind="orders",
        path=Path(path),
        by=None,
        at=clock.now(),
        mapping_name=mapping,
        owner_name="bench",
    )
    seconds, busy = time.perf_counter() - started, time.process_time() - used
    if not result.batch_id or result.n_accepted + result.n_refused + result.n_duplicate != result.n_read:
        raise AssertionError(f"the import did not come in whole: {result}")
    running.undo(company=company, batch_id=result.batch_id, by=None, at=clock.now())
    return {
        "seconds": seconds,
        "busy": busy,
        "read": result.n_read,
        "accepted": result.n_accepted,
        "refused": result.n_refused,
    }


def yardstick(path: str, folder: str) -> dict[str, float]:
    """Unpacking the file, and DuckDB's copy of its text into Parquet: nothing validated, deduplicated or committed."""
    started = time.perf_counter()
    packed = Path(path)
    plain = lines.unpacked(Path(folder), packed) if packed.suffix == ".xz" else packed
    unpacked = time.perf_counter() - started
    used = time.process_time()
    target = Path(folder) / "copied.parquet"
    started = time.perf_counter()
    with duckdb.connect() as connected:
        connected.execute(f"COPY (FROM read_csv('{plain}')) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
    copied = time.perf_counter() - started
    target.unlink()
    if plain != packed:
        plain.unlink()
    return {"unpack": unpacked, "copy": copied, "busy": time.process_time() - used}
