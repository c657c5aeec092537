# ruff: noqa: E501
"""The indicators of field work against a plain count, on both engines, and the rows behind them."""

from __future__ import annotations

import math
from datetime import date

import pytest

from lianxin import engine
from lianxin.core.measuring import FIELDWORK, INDICATORS
from lianxin.core.measuring.fieldwork import plan
from lianxin.core.measuring.fieldwork_rows import field_evidence
from lianxin.engine import Engine, from_rows
from tests.core.fieldwork_cases import MONTH, TAG, Row, counted, held, world

pytestmark = pytest.mark.requirement("G1", "J1")


def answered(running: Engine, tables: dict[str, list[Row]]) -> dict[tuple[str, str], Row]:
    steps = plan(MONTH, {}, company_id=1, company_code="LJ")
    sources = {name: from_rows(name, tables[name]) for name in steps.sources}
    return {(row["entity"], row["indicator"]): row for row in running.run(steps, sources).to_pylist()}


def compare(running: Engine, seed: int) -> None:
    tables = world(seed)
    rows = answered(running, tables)
    for entity, persons in (
        ("E1", {1}),
        ("E2", {2}),
        ("E4", {4}),
        ("south", {1, 2, 4}),
        ("city", {1, 2, 3, 4}),
        ("LJ", {1, 2, 3, 4}),
    ):
        for code, (numerator, denominator, n) in counted(tables, persons).items():
            row = rows.get((entity, code))
            if n == 0:
                assert row is None
                continue
            assert row is not None
            assert (
                row["n"],
                math.isclose(row["numerator"], numerator),
                math.isclose(row["denominator"], denominator),
            ) == (n, True, True)
            least = {"attendance_days": 5, "visits_a_working_day": 5, "shops_reached": 10, "busiest_share": 20, "plan_adherence": 20, "verified_visits": 20, "discrepancy_rate": 8, "record_originality": 20, "promises_kept": 5,
                     "display_shown": 10, "price_tags": 5}.get(code, 1)  # fmt: skip
            if n < least:
                assert (row["value"], row["reason"]) == (None, "below_minimum")
            else:
                assert math.isclose(row["value"], numerator / denominator)
    assert {code for entity, code in rows if entity == "E3"} == {"promises_kept"}
    assert rows[("E3", "promises_kept")]["reason"] == "below_minimum"
    # who joined on the 17th owed eleven days, and a market manager owes none
    assert (rows[("E4", "attendance_days")]["n"], rows[("E4", "attendance_days")]["value"]) == (11, 0.0)
    assert ("E5", "attendance_days") not in rows
    compare_shops(tables, rows)


def compare_shops(tables: dict[str, list[Row]], rows: dict[tuple[str, str], Row]) -> None:
    """Price tags, displays and reached shops by retailer and route, each a plain count of the shop's rows."""

    def of(name: str, shops: set[int]) -> list[Row]:
        return [r for r in tables[name] if r["retailer_id"] in shops and r["visit_date"].month == 5]

    routes = {f"R{n}": {shop for shop in range(12) if shop % 3 == n} for n in range(3)}
    for entity, shops in {**{f"L{shop}": {shop} for shop in range(12)}, **routes}.items():
        tags = [r for r in of("price_tags", shops) if r["on_display"] > 0]
        row = rows.get((entity, "price_tags"))
        told = (sum(r["labelled"] for r in tags), sum(r["on_display"] for r in tags), len(tags))
        assert (row and (row["numerator"], row["denominator"], row["n"])) == (told if tags else None)
        if row and entity.startswith("L"):
            assert row["value"] == told[0] / told[1]
        came = {(r["person_id"], r["retailer_id"]) for r in of("visits", shops)}
        shown = {(r["person_id"], r["retailer_id"]) for r in of("displays", shops) if r["n_new"] > 0}
        row = rows.get((entity, "display_shown"))
        assert (row and (row["numerator"], row["denominator"])) == ((len(shown), len(came)) if came else None)
        reached = {shop: seen for shop, seen in held(tables, {1, 2, 4}).items() if shop in shops}
        row = rows.get((entity, "shops_reached"))
        told_of = (sum(reached.values()), len(reached)) if entity.startswith("R") and reached else None
        assert (row and (row["numerator"], row["denominator"])) == told_of


@pytest.mark.parametrize("seed", [1, 2])
def test_answers_are_those_of_a_plain_count(seed: int) -> None:
    with_duck = engine.open("duckdb", memory_limit="200MB", threads=1)
    compare(with_duck, seed)


@pytest.mark.spark
@pytest.mark.xdist_group("spark")
def test_the_other_engine_gives_the_same(spark: Engine) -> None:
    compare(spark, 1)


def test_figures_open_to_their_rows() -> None:
    tables = world(1)
    running = engine.open("duckdb", memory_limit="200MB", threads=1)
    told = counted(tables, {1})
    for code, (numerator, _denominator, n) in told.items():
        steps = field_evidence(MONTH, 1, code)
        sources = {name: from_rows(name, tables[name]) for name in steps.sources}
        rows = running.run(steps, sources).to_pylist()
        assert all(row["licence_no"] == f"L{row['retailer_id']}" for row in rows if row["retailer_id"] is not None)
        if code == "visits_a_working_day":
            assert len(rows) == numerator
        elif code == "attendance_days":
            says = [row["says"] for row in rows]
            assert (says.count("attended"), says.count("attended") + says.count("not_attended")) == (numerator, n)
            assert [row["says"] for row in rows if row["day"] == date(2021, 5, 12)] == ["weather"]
            assert sum(row["counts"] for row in rows) == numerator
            assert all((row["visit_id"] is None) == (row["says"] != "attended") for row in rows)
        elif code in ("plan_adherence", "promises_kept", "shops_reached", "busiest_share"):
            assert (len(rows), sum(row["counts"] for row in rows)) == (n, numerator)
        elif code in ("verified_visits", "record_originality"):
            assert sum(row["counts"] for row in rows) == numerator
            left_out = ("cannot_tell", "unasked", "asked", "not_proven")
            assert sum(row["says"] not in left_out for row in rows) == n


def test_they_are_registered_with_words() -> None:
    assert set(FIELDWORK) <= set(INDICATORS)
    assert all(one.title_zh and one.formula_zh and one.numerator_zh and one.n_zh for one in FIELDWORK.values())


def test_days_that_fall_away_cost_nobody_anything() -> None:
    """Given a manager who was on the market on every day he owed, weather, absence and a short month keep his attendance whole."""
    tables = world(1)
    days = [date(2021, 5, n) for n in range(1, 32) if date(2021, 5, n).weekday() < 5 and n != 3]
    missed = {date(2021, 5, 18): "weather", date(2021, 5, 19): "absence", date(2021, 5, 20): "holiday"}
    like = tables["visits"][0]
    tables["visits"] = [row for row in tables["visits"] if row["visit_date"].month != 5]
    tables["visits"] += [
        {**like, "visit_id": f"W{day}", "person_id": 4, "visit_date": day} for day in days if day not in missed
    ]
    tables["days_off"] = [{**TAG, "person_id": 4, "day": day, "why": why} for day, why in missed.items()]
    tables["calendar_days"] = [{**TAG, "day": date(2021, 5, 3), "is_working": False}]
    tables["postings"] = [row for row in tables["postings"] if row["person_id"] == 4]
    row = answered(engine.open("duckdb", memory_limit="200MB", threads=1), tables)[("E4", "attendance_days")]
    assert (row["value"], row["numerator"], row["denominator"], row["n"]) == (1.0, 8.0, 8.0, 8)
