"""A lake filled with repeated lines, quicker than any import could: DuckDB writes the files, one commit names them."""

from datetime import date
from pathlib import Path

import duckdb

from benchmarks.master import COMPANY, STRIDE
from lianxin.core.tables import ORDER_LINES
from lianxin.engine.lake import ROWS_PER_GROUP, Lake
from lianxin.engine.writing import Write

# The copy's number comes first in a line's id: sorted by id, a copy follows a copy, and inside each the lines lie as real ones do.
REPEATED = """
SELECT {company}::INTEGER AS company_id, lpad(copy::VARCHAR, 2, '0') || '-' || line_id AS line_id, order_date,
       date_trunc('month', order_date)::DATE AS order_month, copy * {stride} + place AS retailer_id, item AS product_id,
       NULL::INTEGER AS wanted_units, NULL::INTEGER AS cap_units, units AS ordered_units, units AS supplied_units, amount_fen,
       {batch} AS batch_id, NULL::VARCHAR AS replaces_batch_id
FROM '{lines}'
JOIN (SELECT store, row_number() OVER (ORDER BY store) AS place FROM '{lines}' GROUP BY store) AS stores USING (store),
     range({first}, {first} + {copies}) AS repeated(copy)
"""


def fill(lake: Lake, lines: Path, copies: int, first: int = 0) -> int:
    """Add the lines `copies` times, one batch a month as a company would have imported them; how many were added.

    first : number of the first copy
    """
    contract = ORDER_LINES
    write = Write(lake.pending)
    total = 0
    try:
        with duckdb.connect() as connected:
            connected.execute("SET preserve_insertion_order = false")
            actions = []
            for month in _months(connected, lines):
                batch = f"bench-{month:%Y-%m}"
                place = Path(f"c{COMPANY}", month.isoformat(), batch, write.next_name())
                target = write.claim(lake.folder(contract.name) / place)
                asked = REPEATED.format(
                    company=COMPANY, stride=STRIDE, batch=f"'{batch}'", lines=lines, first=first, copies=copies
                )
                where = f"WHERE order_date >= DATE '{month}' AND order_date < DATE '{month}' + INTERVAL 1 MONTH"
                columns = ", ".join(contract.columns)
                connected.execute(
                    f"COPY (SELECT {columns} FROM ({asked} {where}) ORDER BY line_id) TO '{target}' "
                    f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROWS_PER_GROUP})"
                )
                found = connected.execute(f"SELECT count(*) FROM '{target}'").fetchone()
                rows = int(found[0]) if found else 0
                total += rows
                partition = {"company_id": str(COMPANY), "order_month": month.isoformat(), "batch_id": batch}
                actions.append(lake.add_action(contract.name, place.as_posix(), rows, partition))
        lake.commit(write, contract.name, actions, {"made_by": "benchmarks"})
    finally:
        write.close()
    return total


def _months(connected: duckdb.DuckDBPyConnection, lines: Path) -> list[date]:
    found = connected.execute(
        f"SELECT DISTINCT date_trunc('month', order_date)::DATE AS month FROM '{lines}' ORDER BY month"
    )
    return [row[0] for row in found.fetchall()]
