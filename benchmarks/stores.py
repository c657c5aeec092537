"""A lake filled with repeated lines, quicker than any import could: DuckDB writes the files, one commit names them."""

from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from benchmarks.master import COMPANY, STRIDE
from lianxin.core.tables import ORDER_LINES
from lianxin.engine.lake import ROWS_PER_GROUP, Lake
from lianxin.engine.writing import Write

# The copy's number comes first in a line's id, so that ids stay as alike as real ones. Sorted as an import sorts them.
REPEATED = """
SELECT {company}::INTEGER AS company_id, lpad(copy::VARCHAR, 2, '0') || '-' || line_id AS line_id, order_date,
       date_trunc('month', order_date)::DATE AS order_month, retailer_id, product_id,
       NULL::INTEGER AS wanted_units, NULL::INTEGER AS cap_units, units AS ordered_units, units AS supplied_units, amount_fen,
       '{batch}' AS batch_id, NULL::VARCHAR AS replaces_batch_id
FROM '{lines}' JOIN shops USING (store) JOIN goods USING (item)
WHERE order_date >= DATE '{month}' AND order_date < DATE '{month}' + INTERVAL 1 MONTH
ORDER BY retailer_id, order_date, line_id
"""


def fill(
    lake: Lake,
    lines: Path,
    copies: int,
    *,
    company: int = COMPANY,
    shops: pa.Table | None = None,
    goods: pa.Table | None = None,
) -> int:
    """Add the lines `copies` times, one batch a month as a company would have imported them; how many were added.

    Parameters
    ----------
    shops : store, copy, retailer_id; default the ids of `master`
    goods : item, product_id; default the item's number
    """
    with duckdb.connect() as connected:
        connected.execute("SET preserve_insertion_order = false")
        _places(connected, lines, copies, shops, goods)
        asked = {
            month: REPEATED.format(company=company, batch=f"bench-{month}", lines=lines, month=month)
            for month in _months(connected, lines)
        }
        return months_written(lake, connected, asked, company)


def months_written(lake: Lake, connected: duckdb.DuckDBPyConnection, asked: dict[date, str], company: int) -> int:
    """Write what each month's query gives as one batch `bench-<month>`, name all in one commit; how many rows."""
    write = Write(lake.pending)
    total, actions = 0, []
    try:
        for month, query in asked.items():
            batch = f"bench-{month}"
            place = Path(f"c{company}", month.isoformat(), batch, write.next_name())
            target = write.claim(lake.folder(ORDER_LINES.name) / place)
            columns = ", ".join(ORDER_LINES.columns)
            written = connected.execute(
                f"COPY (SELECT {columns} FROM ({query})) TO '{target}' "
                f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROWS_PER_GROUP})"
            )
            rows = int(written.fetchall()[0][0])
            total += rows
            partition = {"company_id": str(company), "order_month": month.isoformat(), "batch_id": batch}
            actions.append(lake.add_action(ORDER_LINES.name, place.as_posix(), rows, partition))
        lake.commit(write, ORDER_LINES.name, actions, {"made_by": "benchmarks"})
    finally:
        write.close()
    return total


def _places(
    connected: duckdb.DuckDBPyConnection, lines: Path, copies: int, shops: pa.Table | None, goods: pa.Table | None
) -> None:
    if shops is None:
        connected.execute(
            f"CREATE TEMP TABLE shops AS SELECT store, copy, copy * {STRIDE} + place AS retailer_id FROM "
            f"(SELECT store, row_number() OVER (ORDER BY store) AS place FROM '{lines}' GROUP BY store), "
            f"range({copies}) AS repeated(copy)"
        )
    else:
        connected.register("shops", shops)
    if goods is None:
        connected.execute(f"CREATE TEMP TABLE goods AS SELECT DISTINCT item, item AS product_id FROM '{lines}'")
    else:
        connected.register("goods", goods)


def _months(connected: duckdb.DuckDBPyConnection, lines: Path) -> list[date]:
    found = connected.execute(
        f"SELECT DISTINCT date_trunc('month', order_date)::DATE AS month FROM '{lines}' ORDER BY month"
    )
    return [row[0] for row in found.fetchall()]
