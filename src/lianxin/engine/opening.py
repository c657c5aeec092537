"""Engines by name."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import pyarrow as pa
from ibis.expr.types import Table as TableExpression

from lianxin.core.tables import Steps
from lianxin.engine.duck import DuckEngine
from lianxin.engine.sources import Sources
from lianxin.engine.spark import SparkEngine


class Sitting(Protocol):
    """A desk at an engine: its tables stay until it is left."""

    def keep(self, name: str, expression: TableExpression) -> None:
        """Compute the expression once; from then on it is a table of that name."""

    def give(self, name: str, rows: pa.Table) -> None:
        """Let the rows be a table of that name."""

    def ask(self, expression: TableExpression) -> pa.Table:
        """The answer to the expression."""

    def write(self, expression: TableExpression, path: Path) -> None:
        """Write the answer into a CSV or Parquet file, by the ending, in no order."""


class Engine(Protocol):
    """Whatever can answer expressions over sources. Both engines give the same digest for the same question."""

    name: str

    def run(self, question: TableExpression | Steps, sources: Sources) -> pa.Table:
        """The answer to an expression, or to the last of the steps."""

    def run_many(self, questions: Mapping[str, TableExpression], sources: Sources) -> dict[str, pa.Table]:
        """The answers to several expressions over the same sources."""

    def sitting(self, sources: Sources) -> AbstractContextManager[Sitting]:
        """Questions that follow from one another, over tables that stay while they are asked."""

    def close(self) -> None:
        """Let go of what the engine holds."""


def open_engine(
    name: str = "duckdb", *, memory_limit: str = "2GB", threads: int | None = None, scratch: Path | None = None
) -> Engine:
    """An engine by name: `duckdb`, `spark` (two local threads), or the URL of a Spark master.

    Parameters
    ----------
    memory_limit, threads, scratch : for DuckDB only; a Spark master knows its own.
    """
    if name == "duckdb":
        return DuckEngine(memory_limit, threads, scratch)
    if name == "spark":
        return SparkEngine()
    if name.startswith(("local", "spark://", "yarn", "k8s://")):
        return SparkEngine(name)
    raise ValueError(f"There is no engine {name!r}; use duckdb, spark, or the URL of a Spark master.")
