"""Small worlds of visits for the tests of verification: shops on a line, visits that are told field by field."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import ibis
import pyarrow as pa

from lianxin import engine
from lianxin.core.tables import Steps
from lianxin.core.verifying.contracts import VISITS
from lianxin.core.verifying.places import AROUND, ROWS, SQUARES
from lianxin.core.verifying.prepared import prepared
from lianxin.core.verifying.rules import ENGINE_RULES, answers

Row = dict[str, Any]

DUCK = engine.open("duckdb", memory_limit="500MB", threads=1)
LATITUDE, LONGITUDE = 30.0, 114.0
# One metre to the north in degrees.
METRE = 1 / 111195.08
# 2026-03-02 09:00 in Shanghai.
NINE = datetime(2026, 3, 2, 1, tzinfo=UTC)


def shop(name: str, metres_north: float | None = 0.0) -> Row:
    if metres_north is None:
        return {"retailer_id": name, "latitude": None, "longitude": None}
    return {"retailer_id": name, "latitude": LATITUDE + metres_north * METRE, "longitude": LONGITUDE}


def visit(number: int, retailer: str = "A", **told: Any) -> Row:
    """A visit of ten minutes at a place `metres_north` of the first shop; `at` in minutes after nine, `day` in days."""
    begin = NINE + timedelta(minutes=told.pop("at", 30 * number), days=told.pop("day", 0))
    seconds = told.pop("seconds", 600)
    north = told.pop("metres_north", 0.0)
    row: Row = {
        "visit_id": f"v{number:04d}",
        "manager_id": "m1",
        "retailer_id": retailer,
        "check_in_at": begin,
        "check_out_at": None if seconds is None else begin + timedelta(seconds=seconds),
        "latitude": None if north is None else LATITUDE + north * METRE,
        "longitude": None if north is None else LONGITUDE,
        "accuracy_metres": None if north is None else 10.0,
        "fix_age_seconds": None if north is None else 1.0,
        "n_answers": 5,
        "note": None,
        "planned_date": None,
        "is_time_known": None,
        "n_filled": None,
    }
    return {**row, **told}


def table(rows: list[Row]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=pa.schema(list(VISITS.columns.items())))


def shops(rows: list[Row]) -> pa.Table:
    kinds = [("retailer_id", pa.string()), ("latitude", pa.float64()), ("longitude", pa.float64())]
    return pa.Table.from_pylist(rows, schema=pa.schema(kinds))


def asked(visits: list[Row], places: list[Row], parameters: Row | None = None, asks: Any = DUCK) -> pa.Table:
    """What the engine answers, with the visit's id."""
    known = prepared(table(visits), shops(places), None, None, "Asia/Shanghai")
    schema = known.rows.schema
    found = asks.run(_steps(tuple(sorted((parameters or {}).items())), schema), {ROWS: known.rows, AROUND: SQUARES})
    return found.append_column("visit_id", known.visits.column("visit_id"))


@cache
def _steps(parameters: tuple[tuple[str, Any], ...], schema: pa.Schema) -> Steps:
    """Building the expressions takes longer than answering them."""
    return answers(dict(parameters), ibis.Schema.from_pyarrow(schema))


def answered(visits: list[Row], places: list[Row], code: str, **parameters: Any) -> list[str]:
    """The answers of one rule as words, in the order of the visits' ids."""
    assert code in ENGINE_RULES
    found = asked(visits, places, {f"verifying.{name}": value for name, value in parameters.items()})
    words = {1: "yes", 0: "no", None: "cannot_tell"}
    return [words[value] for value in found.sort_by("visit_id").column(code).to_pylist()]
