"""Surveys of an invented company, and a plain reading of satisfaction to judge the expressions by."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from fractions import Fraction
from typing import Any

from numpy.random import default_rng

from lianxin.core.tables import TABLES
from lianxin.core.units import month_plus

MONTH = date(2021, 12, 1)
TAG = {"company_id": 1}
SINCE: dict[str, Any] = {"valid_from": date(2020, 1, 1), "valid_until": None}
Row = dict[str, Any]
LEVELS = {1: 20, 2: 40, 3: 60, 4: 80, 5: 100}
# Which unit each manager belongs to at the month's end; the eighth left before, the ninth has no sheet.
UNITS = {1: 2, 2: 2, 3: 2, 4: 3, 5: 3, 6: 3, 7: 4, 8: None, 9: 4}
ABOVE = {1: {1}, 2: {2, 1}, 3: {3, 1}, 4: {4, 3, 1}}
NAMES = {1: "city", 2: "south", 3: "north", 4: "hills"}


def world(seed: int) -> dict[str, list[Row]]:
    """Nine managers in four units; a survey now, one a month before, with sheets that leave dimensions out."""
    dice = default_rng(seed)
    tables: dict[str, list[Row]] = {name: [] for name in TABLES}
    tables["units"] = [
        {**TAG, "unit_id": unit, "unit": name, "parent_id": {1: None, 2: 1, 3: 1, 4: 3}[unit], "kind": "market_unit"}
        for unit, name in NAMES.items()
    ]
    for person, unit in UNITS.items():
        span = SINCE if unit else {"valid_from": date(2020, 1, 1), "valid_until": date(2021, 12, 31)}
        tables["postings"].append(
            {**TAG, "person_id": person, "employee_no": f"E{person}", "name": "x", "post": "customer_manager",
             "unit_id": unit or 2, **span}
        )  # fmt: skip
    tables["postings"].append(
        {**TAG, "person_id": 20, "employee_no": "E20", "name": "x", "post": "market_manager", "unit_id": 2, **SINCE}
    )
    # Enough sheets for some; few for others, enough together in one unit, and left over for the company from the rest.
    sizes = {1: 14, 2: 7, 3: 6, 4: 12, 5: 4, 6: 3, 7: 5, 8: 11}
    number = 0
    for back in (0, 1):
        month = month_plus(MONTH, -back)
        for person, size in sizes.items():
            # The first three were asked a month ago only where the seed says so; the others were asked both times.
            if back == 0 and seed % 2 and person <= 3:
                continue
            for _sheet in range(size):
                number += 1
                for dimension, items in (("supply", 2), ("service", 3), ("market", 1)):
                    for item in range(items):
                        if dice.random() < 0.04 or (item and dice.random() < 0.2):
                            continue
                        five = dimension != "market"
                        answer = int(dice.integers(1, 6)) if five else int(dice.integers(0, 1001)) / 10
                        tables["satisfaction_answers"].append(
                            {**TAG, "survey_month": month, "sheet_id": number, "person_id": person,
                             "dimension": dimension, "item": f"{dimension} {item}", "scale": "five" if five else "hundred",
                             "answer_milli": round(answer * 1000)}
                        )  # fmt: skip
    return tables


def half_up(value: Fraction) -> int:
    return int((value * 2 + 1) // 2)


def sheets(tables: dict[str, list[Row]], weights: dict[str, int], held: int) -> dict[int, list[int]]:
    """Scores in thousandths of a point of the valid sheets of each manager's newest survey."""
    first = month_plus(MONTH, 1 - held)
    rows = [row for row in tables["satisfaction_answers"] if first <= row["survey_month"] <= MONTH]
    newest = {
        row["person_id"]: max(r["survey_month"] for r in rows if r["person_id"] == row["person_id"]) for row in rows
    }
    rows = [row for row in rows if row["survey_month"] == newest[row["person_id"]]]
    asked: dict[date, set[str]] = defaultdict(set)
    said: dict[tuple[date, int, int], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        points = row["answer_milli"] if row["scale"] == "hundred" else LEVELS[row["answer_milli"] // 1000] * 1000
        asked[row["survey_month"]].add(row["dimension"])
        said[row["survey_month"], row["person_id"], row["sheet_id"]][row["dimension"]].append(points)
    found: dict[int, list[int]] = defaultdict(list)
    for (month, person, _sheet), answers in said.items():
        weighed = weights or dict.fromkeys(asked[month], 1)
        assert set(weighed) == asked[month]
        if set(answers) == asked[month]:
            means = {name: half_up(Fraction(sum(values), len(values))) for name, values in answers.items()}
            total = sum(weighed[name] * mean for name, mean in means.items())
            found[person].append(half_up(Fraction(total, sum(weighed.values()))))
    return found


def parts(found: dict[int, list[int]], least: int) -> dict[str, tuple[set[str], int, int]]:
    """What published sums are made of: name -> who has it in his sum, sum of scores, sheets."""
    told: dict[str, tuple[set[str], int, int]] = {}
    pools: dict[int, list[int]] = defaultdict(list)
    over: list[int] = []
    for person, scores in found.items():
        unit = UNITS[person]
        above = {NAMES[one] for one in ABOVE[unit]} if unit else set()
        if len(scores) >= least:
            told[f"E{person}"] = ({f"E{person}", "LJ", *above}, sum(scores), len(scores))
        elif unit:
            pools[unit] += scores
        else:
            over += scores
    for unit, scores in pools.items():
        if len(scores) >= least:
            told[f"pool {unit}"] = ({"LJ", *(NAMES[one] for one in ABOVE[unit])}, sum(scores), len(scores))
        else:
            over += scores
    if len(over) >= least:
        told["over"] = ({"LJ"}, sum(over), len(over))
    return told
