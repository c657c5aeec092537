"""Contracts of tables: what fits them, what does not, and that reading them costs no engine."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from lianxin.core.errors import SchemaMismatch
from lianxin.core.tables import TABLES, UNITS, Steps, check_columns

SOUND = {"company_id": "int32", "unit_id": "int64", "unit": "string", "parent_id": "int64", "kind": "string"}


def test_columns_of_the_contract_fit_in_any_order_and_nullability() -> None:
    check_columns(UNITS, dict(reversed(SOUND.items())))
    check_columns(UNITS, {**SOUND, "unit_id": "!int64"})


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ({name: kind for name, kind in SOUND.items() if name != "unit"}, r"units lacks the column\(s\) unit;"),
        ({**SOUND, "colour": "string"}, r"units has no column\(s\) colour; leave them out"),
        (
            {**SOUND, "unit_id": "int32"},
            "Column unit_id of table units is int32, but its contract says !int64; cast it",
        ),
        ({**SOUND, "unit": "date"}, "Column unit of table units is date"),
    ],
)
def test_columns_that_do_not_fit_are_refused(found: dict[str, str], told: str) -> None:
    with pytest.raises(SchemaMismatch, match=told):
        check_columns(UNITS, found)


def test_keys_and_partitions_are_columns() -> None:
    for table in TABLES.values():
        assert set(table.key) | set(table.partition_by) <= set(table.columns)
        assert set(table.required) <= set(table.columns)
        assert table.doc


def test_steps_know_the_tables_they_read_and_their_copies_are_their_own() -> None:
    steps = Steps()
    first = steps.add("first", UNITS.unbound())
    steps.add("second", first.count().as_table())
    other = steps.copy()
    other.add("third", TABLES["postings"].unbound())
    assert (steps.sources, other.sources) == ({"units"}, {"units", "postings"})
    assert [name for name, _ in steps.items] == ["first", "second"]


@pytest.mark.parametrize(
    "module",
    ["measuring", "measuring.faults", "measuring.analysis", "measuring.rollups", "scoring.scores", "paying.pay"],
)
def test_importing_the_core_loads_no_engine_and_no_framework(module: str) -> None:
    code = (
        f"import sys, lianxin.core.{module}; "
        "print(sorted({'duckdb', 'pyspark', 'pandas', 'django', 'deltalake'} & set(sys.modules)))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": "src"},
    )
    assert told.stdout.strip() == "[]"
