"""One local Spark for all tests that ask for it; starting it takes longer than all of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lianxin import engine


@pytest.fixture(scope="session")
def spark() -> Iterator[engine.Engine]:
    reason = engine.spark_available()
    if reason is not None:
        pytest.skip(f"Spark: not tested, {reason}")
    opened = engine.open("spark")
    yield opened
    opened.close()
