"""The least that any file-to-file program must do."""

from __future__ import annotations

import duckdb


def copied(requests: str, out: str) -> None:
    """The least that any file-to-file program must do: DuckDB copies the file."""
    with duckdb.connect(":memory:") as database:
        database.execute("SET preserve_insertion_order = false")
        database.execute(f"COPY (SELECT * FROM '{requests}') TO '{out}' (FORMAT parquet)")
