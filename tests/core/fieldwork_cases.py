"""Field work of an invented company, and a plain count of its indicators."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

from numpy.random import default_rng

from lianxin.core.tables import TABLES

MONTH = date(2021, 5, 1)
TAG = {"company_id": 1}
Row = dict[str, Any]
# What is left of a doubtful visit or note once it was looked at, and of one of which nothing can be told.
STANDINGS = ("cannot_tell", "unasked", "asked", "confirmed_hollow", "cleared", "not_proven")
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
                        "answer": str(dice.choice(["yes", "no", "no", *STANDINGS])),
                        "copied": str(dice.choice(["yes", "no", "no", "no", *STANDINGS])),
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
