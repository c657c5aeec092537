"""One local Spark for all tests of a process; starting it takes longer than most of them.

Tests that use it are marked `ON_SPARK`: xdist sends them all to one worker, so that only one starts a Java machine.
"""

from __future__ import annotations

from functools import cache

import pytest

from lianxin import engine
from lianxin.engine.spark import SparkEngine

ON_SPARK = [pytest.mark.spark, pytest.mark.xdist_group("spark")]
# A few hundred rows: what Spark does to run fast takes longer than the run. What it answers is the same.
SMALL = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
}


@cache
def _started() -> engine.Engine:
    return SparkEngine(settings=SMALL)


@pytest.fixture(scope="session")
def spark() -> engine.Engine:
    reason = engine.spark_available()
    if reason is not None:
        pytest.skip(f"Spark: not tested, {reason}")
    return _started()
