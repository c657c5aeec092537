"""What every engine promises: names, types, one digest for one content, safe use from many threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pytest

from lianxin import engine
from lianxin.core.errors import SchemaMismatch
from lianxin.core.tables import UNITS, Steps


def units(*ids: int) -> pa.Table:
    return engine.from_rows("units", [{"company_id": 1, "unit_id": n, "unit": f"U{n}"} for n in ids])


def test_digest_knows_content_not_order_or_width() -> None:
    table = pa.table({"a": pa.array([1, 2, None], pa.int32()), "b": ["x", None, "z"], "c": [0.0, 1.5, None]})
    turned = pa.table({"c": [None, 1.5, -0.0], "b": ["z", None, "x"], "a": pa.array([None, 2, 1], pa.int64())})
    assert engine.digest(table) == engine.digest(turned)


@pytest.mark.parametrize(
    "other",
    [
        {"a": [1, 2], "b": ["x", "yz"]},
        {"a": [1, 3], "b": ["xy", "z"]},
        {"a": [1, 2, 2], "b": ["xy", "z", "z"]},
        {"a": [1, 2]},
    ],
)
def test_digest_tells_other_content(other: dict[str, list[object]]) -> None:
    assert engine.digest(pa.table({"a": [1, 2], "b": ["xy", "z"]})) != engine.digest(pa.table(other))


def test_sums_keep_the_promised_type() -> None:
    duck = engine.open("duckdb", memory_limit="200MB")
    table = UNITS.unbound()
    answer = duck.run(table.agg(total=table.unit_id.sum()), {"units": units(1, 2)})
    assert answer.schema.field("total").type == pa.int64()
    steps = Steps()
    first = steps.add("first", table.group_by("unit").agg(total=table.unit_id.sum()))
    steps.add("second", first.filter(first.total > 1).order_by("unit"))
    assert duck.run(steps, {"units": units(1, 2)}).to_pylist() == [{"unit": "U2", "total": 2}]


def test_step_names_are_used_once() -> None:
    steps = Steps()
    steps.add("first", UNITS.unbound())
    with pytest.raises(SchemaMismatch, match="already a step or table named first"):
        steps.add("first", UNITS.unbound())
    with pytest.raises(SchemaMismatch, match="already a step or table named units"):
        steps.add("units", UNITS.unbound())


def test_sources_may_change_between_questions() -> None:
    duck = engine.open("duckdb", memory_limit="200MB")
    count = UNITS.unbound().count().name("n").as_table()
    assert duck.run(count, {"units": units(1, 2)}).to_pylist() == [{"n": 2}]
    assert duck.run(count, {"units": units(1)}).to_pylist() == [{"n": 1}]
    assert duck.run(count, {"units": engine.ParquetFiles(UNITS, ())}).to_pylist() == [{"n": 0}]


def test_many_threads_see_their_own_sources() -> None:
    duck = engine.open("duckdb", memory_limit="200MB", threads=2)
    table = UNITS.unbound()
    steps = Steps()
    doubled = steps.add("doubled", table.mutate(twice=table.unit_id * 2))
    steps.add("answer", doubled.agg(n=doubled.twice.sum()))

    def asked(number: int) -> tuple[int, int]:
        sources = {"units": units(number)}
        plain = duck.run(table.agg(n=table.unit_id.max()), sources).to_pylist()[0]["n"]
        return plain, duck.run(steps, sources).to_pylist()[0]["n"]

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(asked, range(60))) == [(number, number * 2) for number in range(60)]


def test_unknown_engine_is_refused() -> None:
    with pytest.raises(ValueError, match="no engine 'abacus'"):
        engine.open("abacus")
