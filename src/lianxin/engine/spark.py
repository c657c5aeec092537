"""The second engine: Spark, for more than one machine can hold. Needs Java 17 and the extra `lianxin[spark]`."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from ibis.expr.types import Table as TableExpression

from lianxin.core.tables import Steps
from lianxin.engine.compiling import answer_sql, typed
from lianxin.engine.sources import ParquetFiles, Source, Sources, empty, nullable_arrow_schema

_JAVA_VERSION = re.compile(r'version "(\d+)')
_SUPPORTED_JAVA = (17, 21)


def _java_major(java: Path) -> int | None:
    try:
        told = subprocess.run([str(java), "-version"], capture_output=True, text=True, timeout=20, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = _JAVA_VERSION.search(told.stderr)
    return int(found.group(1)) if found else None


def _java_homes() -> list[Path]:
    homes = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    homes += sorted(Path("/usr/lib/jvm").glob("*17*"))
    on_path = shutil.which("java")
    if on_path:
        homes.append(Path(on_path).resolve().parent.parent)
    return homes


def java_home() -> Path | None:
    """The first home of a Java that Spark 4 runs on: JAVA_HOME, /usr/lib/jvm, then PATH."""
    for home in _java_homes():
        if _java_major(home / "bin" / "java") in _SUPPORTED_JAVA:
            return home
    return None


def spark_available() -> str | None:
    """None when Spark can run here, else the reason why not."""
    if importlib.util.find_spec("pyspark") is None:
        return "PySpark is not installed; install lianxin[spark]"
    if java_home() is None:
        return "Java 17 was not found by JAVA_HOME, in /usr/lib/jvm or on PATH"
    return None


class SparkSitting:
    """Questions that follow from one another, over tables that stay while they are asked."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self.kept: list[str] = []

    def keep(self, name: str, expression: TableExpression) -> None:
        """Compute the expression once; from then on it is a table of that name."""
        step = self._session.sql(answer_sql(expression, "pyspark")).localCheckpoint(eager=True)
        step.createOrReplaceTempView(name)
        self.kept.append(name)

    def give(self, name: str, rows: pa.Table) -> None:
        """Let the rows be a table of that name."""
        self._session.createDataFrame(rows).createOrReplaceTempView(name)
        self.kept.append(name)

    def ask(self, expression: TableExpression) -> pa.Table:
        """The answer to the expression."""
        return typed(self._session.sql(answer_sql(expression, "pyspark")).toArrow(), expression)

    def write(self, expression: TableExpression, path: Path) -> None:
        """Write the answer into one CSV or Parquet file, by the ending, in no order."""
        answer = self.ask(expression)
        if path.suffix.lower() == ".csv":
            pyarrow.csv.write_csv(answer, path, pyarrow.csv.WriteOptions(quoting_style="needed"))
        else:
            pyarrow.parquet.write_table(answer, path)


class SparkEngine:
    """Answers expressions with Spark. One run at a time: names of views are shared inside a session."""

    name = "spark"

    def __init__(self, master: str = "local[2]", settings: Mapping[str, str] | None = None) -> None:
        reason = spark_available()
        if reason is not None:
            raise RuntimeError(f"Spark cannot start: {reason}.")
        os.environ["JAVA_HOME"] = str(java_home())
        import ibis  # inline: Spark's dialect is registered only where Spark is used
        from pyspark import SparkContext  # inline: pyspark is an optional extra
        from pyspark.sql import SparkSession  # inline: as above

        ibis.pyspark  # noqa: B018 - touching it registers the dialect's options
        builder = SparkSession.builder.master(master).appName("lianxin")
        defaults = {
            "spark.ui.enabled": "false",
            "spark.sql.shuffle.partitions": "2",
            "spark.sql.session.timeZone": "UTC",
            "spark.sql.execution.arrow.pyspark.enabled": "true",
            "spark.sql.ansi.enabled": "true",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
        }
        for key, value in {**defaults, **(settings or {})}.items():
            builder = builder.config(key, value)
        # A process has one Spark: who finds it running shares it and does not stop it.
        self._is_own = SparkContext._active_spark_context is None
        self._session: Any = builder.getOrCreate()
        self._lock = threading.Lock()

    def run(self, question: TableExpression | Steps, sources: Sources) -> pa.Table:
        """The answer to an expression, or to the last of the steps."""
        if isinstance(question, Steps):
            return self._run_steps(question, sources)
        return self.run_many({"answer": question}, sources)["answer"]

    def run_many(self, questions: Mapping[str, TableExpression], sources: Sources) -> dict[str, pa.Table]:
        """The answers to several expressions over the same sources."""
        with self._lock:
            for name, source in sources.items():
                self._bind(name, source)
            return {name: self._answer(question) for name, question in questions.items()}

    @contextmanager
    def sitting(self, sources: Sources) -> Iterator[SparkSitting]:
        """A desk whose tables stay until it is left; others wait for the session meanwhile."""
        with self._lock:
            desk = SparkSitting(self._session)
            try:
                for name, source in sources.items():
                    self._bind(name, source)
                    desk.kept.append(name)
                yield desk
            finally:
                for name in desk.kept:
                    self._session.catalog.dropTempView(name)

    def close(self) -> None:
        """Stop the session, unless it ran before this engine was opened."""
        if self._is_own:
            self._session.stop()

    def _run_steps(self, steps: Steps, sources: Sources) -> pa.Table:
        with self._lock:
            kept = []
            try:
                for name in steps.sources:
                    self._bind(name, sources[name])
                *earlier, (_, last) = steps.items
                for name, expression in earlier:
                    # A checkpoint rather than a cache: Spark forgets how the step came about, or else its planner would
                    # unfold twenty steps inside one another for minutes.
                    step = self._session.sql(answer_sql(expression, "pyspark")).localCheckpoint(eager=True)
                    step.createOrReplaceTempView(name)
                    kept.append(name)
                return self._answer(last)
            finally:
                for name in kept:
                    self._session.catalog.dropTempView(name)

    def _answer(self, expression: TableExpression) -> pa.Table:
        return typed(self._session.sql(answer_sql(expression, "pyspark")).toArrow(), expression)

    def _bind(self, name: str, source: Source) -> None:
        if isinstance(source, ParquetFiles) and source.paths:
            from pyspark.sql.pandas.types import from_arrow_schema  # inline: optional extra

            shape = from_arrow_schema(nullable_arrow_schema(source.table))
            frame = self._session.read.schema(shape).parquet(*source.paths)
        else:
            rows = empty(source.table) if isinstance(source, ParquetFiles) else source
            frame = self._session.createDataFrame(rows)
        frame.createOrReplaceTempView(name)
