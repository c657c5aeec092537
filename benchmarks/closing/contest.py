"""Each side in a process of its own; then whether all said the same."""

import json
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from benchmarks import lines, master, stores
from benchmarks.closing import agreement
from benchmarks.closing.ours import closing as our_closing
from benchmarks.master import MONTH
from lianxin.engine.lake import Lake

SIDES = {
    "ours": "Lianxin (Ibis on DuckDB)",
    "by_sql": "SQL by hand (the limit)",
    "by_polars": "Polars, lazy",
    "by_pandas": "pandas",
}


def build(home: str, copies: int, limit: int | None) -> dict[str, Any]:
    """A lake with the lines `copies` times and master data around them; called in a child, so that its memory goes with it."""
    place = Path(home)
    place.mkdir(parents=True, exist_ok=True)
    drawn = lines.drawn(place, limit)
    lake = Lake(place)
    invented = master.publish(lake, drawn.path, copies)
    (place / "parameters.json").write_text(json.dumps({"measuring.key_products": list(invented.key_products)}), "utf-8")
    rows = stores.fill(lake, drawn.path, copies)
    return {"rows": rows, "told": drawn.told, "retailers": invented.retailers, "managers": invented.managers}


def measure(side: str, home: str, runs: int) -> dict[str, Any]:
    """Seconds and processor seconds of each run after the first, which is told apart."""
    place = Path(home)
    if side == "ours":
        act = our_closing(place, MONTH, json.loads((place / "parameters.json").read_text("utf-8")))
    else:
        act = import_module(f"benchmarks.closing.{side}").closing(place)
    started = time.perf_counter()
    act()
    first = time.perf_counter() - started
    seconds, busy, came = [], [], None
    for _ in range(runs):
        began, used = time.perf_counter(), time.process_time()
        came = act()
        seconds.append(time.perf_counter() - began)
        busy.append(time.process_time() - used)
    pq.write_table(came, place / f"answer-{side}.parquet")
    return {"first": first, "seconds": seconds, "busy": busy, "rows": came.num_rows if came is not None else 0}


def compare(home: str, sides: list[str]) -> dict[str, list[str]]:
    """What each side says otherwise than ours."""
    tables = {side: pq.read_table(Path(home) / f"answer-{side}.parquet") for side in sides}
    return {side: agreement.differences(tables["ours"], table) for side, table in tables.items() if side != "ours"}
