"""Copied forecasts counted row by row, slow and plain, to judge the expressions by."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

Row = dict[str, Any]
SOURCES = {"history": ("naive", "average", "seasonal_naive"), "system": ("system",)}
EVERY = ("naive", "average", "seasonal_naive", "system")
SIZES = (
    100, 250, 500, 750, 1000, 1500, 2000, 2500, 3000, 4000, 5000, 6500, 8000, 10000, 12500, 16000, 20000, 25000, 32000, 40000,
    50000, 65000, 80000, 100000, 150000, 200000, 300000, 500000, 1000000,
)  # fmt: skip


def whole(milli: int | None) -> int | None:
    return None if milli is None else (milli + 500) // 1000


def share(part: int, of: int) -> int:
    return -(-part * 1_000_000 // of) if of else 0


def copied(judged: dict[tuple[Any, ...], Row], evidence: list[Row], learnt: int = 30) -> dict[tuple[Any, ...], Row]:
    """Every entered forecast with what it repeats and the chance of that."""
    lines: dict[tuple[Any, ...], Row] = {}
    for key, row in judged.items():
        if key[2] != "retailer" or not row["entered"] or row["person_id"] is None:
            continue
        size = next(
            (row[f"{one}_milli"] for one in ("system", "average", "naive") if row[f"{one}_milli"] is not None), 0
        )
        line: Row = {
            "size": sum(size > bound for bound in SIZES),
            "entered": whole(row["customer_manager_milli"]),
            "came": row["demand_units"],
            "person_id": row["person_id"],
            "entered_at": row["entered_at"],
            **{one: whole(row[f"{one}_milli"]) for one in EVERY},
        }
        for kind, sources in SOURCES.items():
            line[f"repeats_{kind}"] = line["entered"] in {line[one] for one in sources}
        lines[key] = line
    by_size: dict[int, list[Row]] = defaultdict(list)
    for line in lines.values():
        by_size[line["size"]].append(line)
    for line in lines.values():
        alike = by_size[line["size"]]
        own = [one for one in alike if not one["repeats_history"] and not one["repeats_system"]]
        for kind, sources in SOURCES.items():
            numbers = {line[one] for one in sources} - {None}
            thought = 0
            for number in numbers:
                free = [one for one in own if number not in {one[source] for source in EVERY}]
                hits = sum(one["entered"] == number for one in free)
                thought += share(hits, len(free)) if len(free) >= learnt else 1_000_000
            simple = "system" if kind == "history" else "average"
            floors = []
            for thinker in ("came", simple):
                told = [one for one in alike if one[thinker] is not None]
                floors.append(share(sum(one[thinker] in {one[s] for s in sources} for one in told), len(told)))
            line[f"chance_{kind}"] = min(max(thought, *floors), 1_000_000) if numbers else None
    for key, line in lines.items():
        line["n_evidence"] = sum(
            (lay["round_id"], lay["period_start"], lay["retailer_id"], lay["product_id"])
            == (key[0], key[1], key[3], key[4])
            and lay["known_at"] <= lines[key]["entered_at"]
            and lay["kind"] != "retail_price"
            for lay in evidence
        )
    return lines
