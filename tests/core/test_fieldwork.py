# ruff: noqa: E501
"""The indicators of field work against a plain count, on both engines, and the rows behind them."""

from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from numpy.random import default_rng

from lianxin import engine
from lianxin.core.measuring import FIELDWORK, INDICATORS
from lianxin.core.measuring.fieldwork import plan
from lianxin.core.measuring.fieldwork_rows import field_evidence
from lianxin.core.tables import TABLES
from lianxin.engine import Engine, from_rows

MONTH = date(2021, 5, 1)
TAG = {"company_id": 1}
Row = dict[str, Any]
pytestmark = pytest.mark.requirement("G1", "J1")
SINCE: Row = {"valid_from": date(2020, 1, 1), "valid_until": None}


def world(seed: int) -> dict[str, list[Row]]:
    """Three managers in two units, twelve shops, six weeks of field work around May; the third has next to none."""
    dice = default_rng(seed)
    tables: dict[str, list[Row]] = {name: [] for name in (*(n for n in TABLES if n not in ("order_lines",)),)}
    tables["units"] = [
        {**TAG, "unit_id": 1, "unit": "city", "parent_id": None, "kind": "company"},
        {**TAG, "unit_id": 2, "unit": "south", "parent_id": 1, "kind": "market_unit"},
    ]
    # the fourth joins in the middle of the month and records nothing
    for person, unit in ((1, 2), (2, 2), (3, 1), (4, 2)):
        tables["postings"].append(
            {
                **TAG,
                "person_id": person,
                "employee_no": f"E{person}",
                "name": "x",
                "post": "customer_manager",
                "unit_id": unit,
                **(SINCE if person < 4 else {"valid_from": date(2021, 5, 17), "valid_until": None}),
            }
        )
    tables["postings"].append(
        {
            **TAG,
            "person_id": 5,
            "employee_no": "E5",
            "name": "x",
            "post": "market_manager",
            "unit_id": 2,
            **SINCE,
        }
    )
    tables["calendar_days"] = [
        {**TAG, "day": date(2021, 5, 3), "is_working": False},
        {**TAG, "day": date(2021, 5, 8), "is_working": True},
    ]
    tables["days_off"] = [
        {**TAG, "person_id": 1, "day": date(2021, 5, 12), "why": "weather"},
        {**TAG, "person_id": 2, "day": date(2021, 5, 20), "why": "absence"},
        {**TAG, "person_id": 2, "day": date(2021, 5, 22), "why": "absence"},  # a Saturday: nobody works
    ]
    for shop in range(12):
        tables["retailer_versions"].append(
            {
                **TAG,
                "retailer_id": shop,
                "licence_no": f"L{shop}",
                "name": f"S{shop}",
                "status": "closed" if shop == 3 else "active",
                "route": f"R{shop % 3}",
                **SINCE,
            }
        )
    # the eleventh shop changes hands in the month, the twelfth comes new, the tenth belongs to who records nothing
    for shop, person in enumerate((1, 1, 1, 1, 2, 2, 2, 2, 3, 4)):
        tables["territories"].append({**TAG, "retailer_id": shop, "person_id": person, **SINCE})
    for shop, person, since, until in (
        (10, 1, date(2020, 1, 1), date(2021, 5, 9)),
        (10, 2, date(2021, 5, 9), None),
        (11, 2, date(2021, 5, 9), None),
    ):
        span = {"valid_from": since, "valid_until": until}
        tables["territories"].append({**TAG, "retailer_id": shop, "person_id": person, **span})
    number = 0
    for day in (date(2021, 4, 20) + timedelta(days=n) for n in range(45)):
        for person in (1, 2):
            for _visit in range(int(dice.integers(0, 5))):
                number += 1
                shop = int(dice.integers(0, 12))
                came = datetime(
                    day.year, day.month, day.day, int(dice.integers(1, 9)), int(dice.integers(0, 60)), tzinfo=UTC
                )
                key = {**TAG, "visit_id": f"V{number}", "person_id": person, "retailer_id": shop, "visit_date": day}
                tables["visits"].append(
                    {
                        **key,
                        "check_in_at": came,
                        "check_out_at": came + timedelta(minutes=7) if dice.random() < 0.9 else None,
                        "planned": True,
                        "place_answer": "confirmed",
                        "n_answers": 3,
                        "held_at_visit": True,
                        "closed_by_itself": number % 2 == 0,
                    }
                )
                tables["visit_verdicts"].append(
                    {
                        **key,
                        "risk": 0.1,
                        "answer": str(
                            dice.choice(
                                ["yes", "no", "no", "cannot_tell", "asked", "confirmed_hollow", "cleared", "not_proven"]
                            )
                        ),
                        "copied": str(
                            dice.choice(
                                [
                                    "yes",
                                    "no",
                                    "no",
                                    "no",
                                    "cannot_tell",
                                    "asked",
                                    "confirmed_hollow",
                                    "cleared",
                                    "not_proven",
                                ]
                            )
                        ),
                        "rule_set": 1,
                        "run": 1,
                    }
                )
                if dice.random() < 0.4:
                    tables["price_tags"].append(
                        {
                            **key,
                            "ordered": 20,
                            "on_display": int(dice.integers(0, 19)),
                            "labelled": int(dice.integers(0, 9)),
                        }
                    )
                if dice.random() < 0.4:
                    tables["displays"].append({**key, "n_photos": 2, "n_new": int(dice.integers(0, 3))})
                if dice.random() < 0.4:
                    tables["check_results"].append(
                        {
                            **key,
                            "channel": "phone",
                            "weight_milli": int(dice.integers(1000, 9000)),
                            "confirmed": str(dice.choice(["yes", "yes", "no", "cannot_tell"])),
                        }
                    )
                tables["planned_visits"].append(
                    {
                        **TAG,
                        "planned_id": f"P{number}",
                        "plan_id": "c",
                        "person_id": person,
                        "retailer_id": shop,
                        "visit_date": day,
                        "state": str(dice.choice(["planned", "done", "done", "excused", "dropped"])),
                    }
                )
                if dice.random() < 0.3:
                    tables["promises"].append(
                        {
                            **TAG,
                            "promise_id": f"Q{number}",
                            "person_id": person,
                            "retailer_id": shop,
                            "made_at": came,
                            "due_date": day,
                            "state": str(dice.choice(["asked", "open", "kept", "kept", "not_kept", "refused"])),
                        }
                    )
    tables["promises"].append(
        {
            **TAG,
            "promise_id": "Q0",
            "person_id": 3,
            "retailer_id": 1,
            "made_at": datetime(2021, 5, 1, tzinfo=UTC),
            "due_date": MONTH,
            "state": "kept",
        }
    )
    return tables


def days_owed(tables: dict[str, list[Row]], persons: set[int]) -> set[tuple[int, date]]:
    """The working days owed, day by day."""
    marked = {row["day"]: row["is_working"] for row in tables["calendar_days"]}
    off = {(row["person_id"], row["day"]) for row in tables["days_off"]}
    recorded = [row["visit_date"] for row in tables["visits"]]
    in_may = {row["person_id"] for row in tables["visits"] if row["visit_date"].month == 5}
    units = {row["unit_id"] for row in tables["postings"] if row["person_id"] in in_may}
    return {
        (post["person_id"], day)
        for post in tables["postings"]
        if post["person_id"] in persons and post["post"] == "customer_manager" and post["unit_id"] in units
        for day in (date(2021, 5, n) for n in range(1, 32))
        if marked.get(day, day.weekday() < 5)
        and post["valid_from"] <= day
        and min(recorded) <= day <= max(recorded)
        and (post["person_id"], day) not in off
    }


def held(tables: dict[str, list[Row]], persons: set[int]) -> dict[int, bool]:
    """Shops held all month long, and whether anybody came; the third manager's unit records no visits."""
    holders = {0: 1, 1: 1, 2: 1, 4: 2, 5: 2, 6: 2, 7: 2, 9: 4, 10: 2}
    may = [row for name in ("visits", "planned_visits") for row in tables[name] if row["visit_date"].month == 5]
    seen = {row["retailer_id"] for row in may if "visit_id" in row}
    excused = {row["retailer_id"] for row in may if row.get("state") == "excused"}
    return {
        shop: shop in seen
        for shop, person in holders.items()
        if person in persons and (shop in seen or shop not in excused)
    }


def counted(tables: dict[str, list[Row]], persons: set[int]) -> dict[str, tuple[float, float, int]]:
    """Numerator, denominator and n of every indicator, counted row by row."""

    def rows(name: str, day: str = "visit_date") -> list[Row]:
        return [r for r in tables[name] if r["person_id"] in persons and (r[day].year, r[day].month) == (2021, 5)]

    visits = rows("visits")
    days: dict[tuple[int, date], list[Row]] = {}
    for row in visits:
        days.setdefault((row["person_id"], row["visit_date"]), []).append(row)
    timed = [[r for r in made if r["check_out_at"] or r["closed_by_itself"]] for made in days.values()]
    spans = [
        max(r["check_out_at"] or r["check_in_at"] for r in made) - min(r["check_in_at"] for r in made)
        for made in timed
        if made
    ]
    hours = sum(span.total_seconds() / 3600 for span in spans)
    owed = [r for r in rows("planned_visits") if r["state"] in ("planned", "done")]
    told = [r for r in rows("visit_verdicts") if r["answer"] in ("yes", "no", "cleared", "confirmed_hollow")]
    notes = [r for r in rows("visit_verdicts") if r["copied"] in ("yes", "no", "cleared", "confirmed_hollow")]
    checks = [r for r in rows("check_results") if r["confirmed"] != "cannot_tell"]
    promised = [r for r in rows("promises", "due_date") if r["state"] in ("open", "kept", "not_kept")]
    shops = {(r["person_id"], r["retailer_id"]) for r in visits}
    shown = {(r["person_id"], r["retailer_id"]) for r in rows("displays") if r["n_new"] > 0}
    tags = [r for r in rows("price_tags") if r["on_display"] > 0]
    due = days_owed(tables, persons)
    on_owed = [r for r in visits if (r["person_id"], r["visit_date"]) in due]
    reached = held(tables, persons)
    top, per_person = 0, {}
    for row in visits:
        per_person.setdefault(row["person_id"], Counter())[row["retailer_id"]] += 1
    for shops_of in per_person.values():
        top += sum(sorted(shops_of.values(), reverse=True)[: max(len(shops_of) // 10, 1)])
    return {
        "visits_a_working_day": (len(on_owed), len(due), len(due)),
        "shops_reached": (sum(reached.values()), len(reached), len(reached)),
        "busiest_share": (top, len(visits), len(visits)),
        "attendance_days": (len(due & set(days)), len(due), len(due)),
        "market_hours": (hours, len(spans), len(spans)),
        "plan_adherence": (sum(r["state"] == "done" for r in owed), len(owed), len(owed)),
        "verified_visits": (sum(r["answer"] in ("no", "cleared") for r in told), len(told), len(told)),
        "discrepancy_rate": (
            sum(r["weight_milli"] for r in checks if r["confirmed"] == "no") / 1000, sum(r["weight_milli"] for r in checks) / 1000,
            len(checks),
        ),
        "record_originality": (sum(r["copied"] in ("no", "cleared") for r in notes), len(notes), len(notes)),
        "promises_kept": (sum(r["state"] == "kept" for r in promised), len(promised), len(promised)),
        "display_shown": (len(shown), len(shops), len(shops)),
        "price_tags": (sum(r["labelled"] for r in tags), sum(r["on_display"] for r in tags), len(tags)),
    }  # fmt: skip


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
            left_out = ("cannot_tell", "asked", "not_proven")
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
