"""Requests and supply of the size to be measured, drawn inside DuckDB from hashes: the same on every machine."""

from __future__ import annotations

from pathlib import Path

WEEK = "2026-03-02"
SEED = "2026-w10"


def draw(folder: Path, retailers: int, products: int) -> tuple[Path, Path]:
    """Requests (string keys, tiers 1-30, wants 0-19) and supply (40 % of the wants) as Parquet files, product after product."""
    import duckdb  # inline: the NumPy side reads weights here and must not pay for it

    requests, supply = folder / "requests.parquet", folder / "supply.parquet"
    with duckdb.connect(":memory:") as database:
        database.execute("SET preserve_insertion_order = true")
        database.execute(f"SET memory_limit = '4GB'; SET temp_directory = '{folder}'")
        database.execute(
            f"""COPY (
                SELECT DATE '{WEEK}' AS week, 'P' || lpad(CAST(p AS VARCHAR), 4, '0') AS product_id,
                    '4210' || lpad(CAST(r AS VARCHAR), 8, '0') AS retailer_id,
                    CAST(hash(r * 1000 + p) % 20 AS INTEGER) AS wanted_units,
                    CAST(1 + hash(r * 7) % 30 AS INTEGER) AS tier
                FROM range({products}) AS a(p), range({retailers}) AS b(r)
            ) TO '{requests}' (FORMAT parquet)"""
        )
        database.execute(
            f"""COPY (
                SELECT week, product_id, CAST(sum(wanted_units) * 2 // 5 AS BIGINT) AS supply_units
                FROM '{requests}' GROUP BY ALL
            ) TO '{supply}' (FORMAT parquet)"""
        )
    return requests, supply


def weight_of(tier: int) -> float:
    """The weight of a tier in these measurements: from 1 at the lowest to 3.9."""
    return (9 + tier) / 10


def policy(folder: Path) -> Path:
    """The policy: weighted uniform, thirty different weights."""
    path = folder / "policy.toml"
    weights = "\n".join(f'"{tier}" = {weight_of(tier)}' for tier in range(1, 31))
    path.write_text(f'rule = "weighted_uniform"\nseed = "{SEED}"\n[weights]\n{weights}\n', "utf-8")
    return path
