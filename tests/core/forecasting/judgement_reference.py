"""Judgement counted row by row, slow and plain, to judge the expressions by."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

Row = dict[str, Any]
STAIR = ("naive", "seasonal_naive", "system", "customer_manager", "market_manager", "brand_manager", "combined")


def month_number(day: date) -> int:
    return day.year * 12 + day.month - 1


class Plain:
    """The tables of a company as dictionaries, months only."""

    def __init__(self, tables: dict[str, list[Row]], average: int = 3) -> None:
        self.lines = tables["forecast_lines"]
        self.average = average
        self.sold: dict[tuple[int, int, int], Row] = {}
        self.known: set[int] = set()
        self.begun: dict[int, int] = {}
        self.came_first: dict[int, int] = {}
        for row in tables["forecast_outcomes"]:
            number = month_number(row["period_start"])
            self.known.add(number)
            self.begun[row["product_id"]] = min(number, self.begun.get(row["product_id"], number))
            self.came_first[row["retailer_id"]] = min(number, self.came_first.get(row["retailer_id"], number))
            self.sold[number, row["retailer_id"], row["product_id"]] = row
        self.wanted_known = {
            month_number(r["period_start"]) for r in tables["forecast_outcomes"] if r["wanted_units"] is not None
        }
        self.supplied_known = {
            month_number(r["period_start"]) for r in tables["forecast_outcomes"] if r["supplied_units"] is not None
        }
        self.last: dict[tuple[Any, ...], Row] = {}
        for row in sorted(tables["forecast_versions"], key=lambda r: (r["entered_at"], r["version_id"])):
            key = (
                row["round_id"],
                row["period_start"],
                row["level"],
                row["entity_id"],
                row["product_id"],
                row["author_role"],
            )
            self.last[key] = row

    def units(self, number: int, shop: int, product: int) -> int | None:
        if number not in self.known:
            return None
        row = self.sold.get((number, shop, product))
        if row is None:
            return 0
        return row["ordered_units"] if row["supplied_units"] is None else row["supplied_units"]

    def came(self, number: int, shop: int, product: int) -> dict[str, int | None]:
        if number not in self.known:
            return dict.fromkeys(("demand", "wanted", "ordered", "supplied"))
        row = self.sold.get((number, shop, product))
        if row is None:
            wanted = 0 if number in self.wanted_known else None
            supplied = 0 if number in self.supplied_known else None
            return {"demand": 0, "wanted": wanted, "ordered": 0, "supplied": supplied}
        wanted = row["wanted_units"]
        demand = row["ordered_units"] if wanted is None else wanted
        return {"demand": demand, "wanted": wanted, "ordered": row["ordered_units"], "supplied": row["supplied_units"]}

    def judged(self, company_id: int) -> dict[tuple[Any, ...], Row]:
        found: dict[tuple[Any, ...], Row] = {}
        sums: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
        for line in self.lines:
            number, shop, product = month_number(line["period_start"]), line["retailer_id"], line["product_id"]
            origin = number - line["step"]
            last, year = self.units(origin, shop, product), self.units(number - 12, shop, product)
            window = [self.units(origin - back, shop, product) for back in range(self.average)]
            mean = None if None in window else sum(v for v in window if v is not None) * 1000 // self.average
            is_begun = product in self.begun and self.begun[product] <= origin
            if not is_begun:
                last = year = mean = None
            place = (line["round_id"], line["period_start"])
            said = {
                role: self.last.get((*place, "retailer", shop, product, role))
                for role in ("customer_manager", "market_manager", "brand_manager", "combined")
            }
            own = said["customer_manager"]
            row: Row = {
                "person_id": line["person_id"] if own is None or own["author_id"] is None else own["author_id"],
                "unit_id": line["unit_id"],
                "entered_at": None if own is None else own["entered_at"],
                "entered": own is not None and not own["accepted"],
                "accepted": own is not None and own["accepted"],
                "naive_milli": None if last is None else last * 1000,
                "seasonal_naive_milli": None if year is None else year * 1000,
                "average_milli": mean,
                "system_milli": line["system_milli"],
                **{f"{role}_milli": None if v is None else v["units_milli"] for role, v in said.items()},
                **{f"{name}_units": value for name, value in self.came(number, shop, product).items()},
            }
            if own is not None and own["accepted"] and not is_begun:
                row["customer_manager_milli"] = None
            if own is None and line["person_id"] is not None and is_begun:
                row["customer_manager_milli"] = line["system_milli"]
            found[*place, "retailer", shop, product] = row
            if is_begun and self.came_first.get(shop, origin + 1) > origin:
                # A new retailer: alone held against nothing, in sums nothing and the system's number.
                unheld = dict.fromkeys(("naive_milli", "seasonal_naive_milli", "average_milli"))
                mine = {} if row["entered"] else {"customer_manager_milli": None}
                found[*place, "retailer", shop, product] = {**row, **unheld, **mine}
            if line["unit_id"] is not None:
                sums[*place, "unit", line["unit_id"], product].append(row)
            sums[*place, "company", company_id, product].append(row)
        for key, rows in sums.items():
            summed: Row = {
                "person_id": None,
                "unit_id": key[3] if key[2] == "unit" else None,
                "entered_at": None,
                "entered": False,
                "accepted": False,
            }
            names = (
                "naive_milli", "seasonal_naive_milli", "average_milli", "system_milli", "customer_manager_milli",
                "demand_units", "wanted_units", "ordered_units", "supplied_units",
            )  # fmt: skip
            for name in names:
                values = [row[name] for row in rows]
                summed[name] = None if None in values else sum(values)
            for role in ("market_manager", "brand_manager", "combined"):
                version = self.last.get((*key, role))
                summed[f"{role}_milli"] = None if version is None else version["units_milli"]
            found[key] = summed
        return found


def bucket(change: int, before: int, small: float = 0.2, large: float = 0.5) -> str:
    if change == 0:
        return "none"
    share = abs(change) / max(abs(before), 1000)
    size = "small" if share <= small else "medium" if share < large else "large"
    return ("up_" if change > 0 else "down_") + size


def step_sums(
    judged: dict[tuple[Any, ...], Row], group_of: Any, actual: str, pairs: Any
) -> dict[tuple[Any, ...], list[int]]:
    sums: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0, 0, 0, 0])
    for key, row in judged.items():
        came = row[f"{actual}_units"]
        entity = row["person_id"] if key[2] == "retailer" else key[3]
        if came is None or entity is None:
            continue
        level = "manager" if key[2] == "retailer" else key[2]
        for step, against in pairs:
            after, before = row[f"{step}_milli"], row[f"{against}_milli"]
            if after is None or before is None:
                continue
            cell = sums[
                month_number(key[1]), level, entity, group_of(key), step, against, bucket(after - before, before)
            ]
            for at, value in enumerate(
                (1, int(after != before), abs(before - came * 1000), abs(after - came * 1000), came * 1000)
            ):
                cell[at] += value
    return dict(sums)
