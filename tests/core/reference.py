"""The indicators once more, slow and plain, over lists of dicts: the judge of the expressions."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

from lianxin.core.parameters import value_of
from lianxin.core.units import last_day, mondays_in, month_plus, next_month

Row = dict[str, Any]
World = dict[str, list[Row]]
Entity = tuple[str, Any]
OVER_HELD = (
    "same_period_change", "order_coverage", "products_per_retailer", "sell_through.a", "sell_through.b", "repurchase",
    "new_product_distribution", "peer_growth",
)  # fmt: skip


def valid(rows: Iterable[Row], day: date, **where: Any) -> Row | None:
    for row in rows:
        inside = row["valid_from"] <= day and (row.get("valid_until") is None or row["valid_until"] > day)
        if inside and all(row[name] == value for name, value in where.items()):
            return row
    return None


def sold(line: Row) -> int:
    supplied = line.get("supplied_units")
    return int(line["ordered_units"] if supplied is None else supplied)


def above(units: list[Row], unit_id: int | None) -> list[int]:
    parents = {row["unit_id"]: row.get("parent_id") for row in units}
    chain: list[int] = []
    while unit_id is not None and unit_id in parents and len(chain) < 6 and unit_id not in chain:
        chain.append(unit_id)
        unit_id = parents[unit_id]
    return chain


def entities_of(world: World, retailer_id: int, day: date) -> list[Entity]:
    """Entities to which a retailer's line of that day belongs."""
    found: list[Entity] = [("company", 1), ("retailer", retailer_id)]
    territory = valid(world["territories"], day, retailer_id=retailer_id)
    version = valid(world["retailer_versions"], day, retailer_id=retailer_id)
    if version and version.get("route") is not None:
        found.append(("route", version["route"]))
    if territory:
        found.append(("manager", territory["person_id"]))
        posting = valid(world["postings"], day, person_id=territory["person_id"])
        if posting:
            found += [("unit", unit_id) for unit_id in above(world["units"], posting["unit_id"])]
    return found


def current(world: World) -> list[Row]:
    void = {(row["line_id"], row["replaces_batch_id"]) for row in world["order_lines"] if row.get("replaces_batch_id")}
    return [row for row in world["order_lines"] if (row["line_id"], row["batch_id"]) not in void]


class Reference:
    """All indicators of one month of one world."""

    def __init__(self, world: World, month: date, parameters: Row) -> None:
        self.world = world
        self.month = month
        self.end = last_day(month)
        self.value = lambda name: value_of(parameters, name)
        self.lines = current(world)
        self.belongs: dict[Entity, list[Row]] = defaultdict(list)
        for line in self.lines:
            for entity in entities_of(world, line["retailer_id"], line["order_date"]):
                self.belongs[entity].append(line)
        self.held: dict[Entity, list[int]] = defaultdict(list)
        for retailer_id in sorted({row["retailer_id"] for row in world["territories"]}):
            if valid(world["territories"], self.end, retailer_id=retailer_id):
                for entity in entities_of(world, retailer_id, self.end):
                    self.held[entity].append(retailer_id)
        self.new_products = self._new_products()

    def _product(self, line: Row) -> Row:
        return valid(self.world["product_versions"], line["order_date"], product_id=line["product_id"]) or {}

    def _new_products(self) -> set[int]:
        found = set()
        for row in self.world["product_versions"]:
            if valid([row], self.end) is None or row.get("listed_date") is None:
                continue
            long = row.get("price_class") in (self.value("measuring.new_product_long_classes") or ())
            months = self.value("measuring.new_product_long_months" if long else "measuring.new_product_months")
            if month_plus(self.month, 1 - months) <= row["listed_date"] <= self.end:
                found.add(row["product_id"])
        return found

    def _in(self, lines: Iterable[Row], month: date) -> list[Row]:
        return [line for line in lines if month <= line["order_date"] < next_month(month)]

    def _units(self, retailer_id: int, month: date) -> int:
        return sum(sold(line) for line in self._in(self.lines, month) if line["retailer_id"] == retailer_id)

    def known(self) -> list[Entity]:
        """Entities of which something can be said: with lines from three months before to the month's last week, or held."""
        first, until = month_plus(self.month, -3), mondays_in(self.month)[-1] + timedelta(days=7)
        near = [line for line in self.lines if first <= line["order_date"] < until]
        retailers: list[Entity] = [("retailer", number) for number in sorted({line["retailer_id"] for line in near})]
        groups = [entity for entity in self.belongs if entity[0] != "retailer"]
        return list(dict.fromkeys([*retailers, *groups, *self.held]))

    def _members(self, entity: Entity) -> set[int]:
        """Retailers that count in what is compared over time: those held at the month's end; a retailer itself, held or not."""
        return {entity[1]} if entity[0] == "retailer" else set(self.held[entity])

    def answers(self, entity: Entity) -> dict[str, tuple[Any, ...]]:
        """Indicator -> (numerator, denominator, n, value or None, reason or None)."""
        lines = self._in(self.belongs[entity], self.month)
        told: dict[str, tuple[Any, ...]] = {}
        for name, ask in self._questions().items():
            numerator, denominator, n, value, reason = ask(entity, lines)
            if name in OVER_HELD and not self._members(entity):
                reason = "holds_none"
            told[name] = self._judged(name, (numerator, denominator, n, value, reason))
        for price_class in sorted(
            {row["price_class"] for row in self.world["product_versions"] if row.get("price_class")}
        ):
            of_class = sum(sold(line) for line in lines if self._product(line).get("price_class") == price_class)
            told[f"price_class_share.{price_class}"] = self._judged("price_class_share", self._share(of_class, lines))
        return told

    def _judged(self, code: str, answer: tuple[Any, ...]) -> tuple[Any, ...]:
        numerator, denominator, n, value, reason = answer
        if reason is None and n < self.value(f"measuring.minimum.{code}"):
            reason = "below_minimum"
        return numerator, denominator, n, None if reason else value, reason

    def _questions(self) -> dict[str, Callable[[Entity, list[Row]], tuple[Any, ...]]]:
        return {
            "sales_units": self._sales_units,
            "sales_amount": self._sales_amount,
            "same_period_change": self._same_period_change,
            "unit_price": self._unit_price,
            "key_brand_share": self._key_brand_share,
            "company_gross_margin": self._margin,
            "order_coverage": self._order_coverage,
            "products_per_retailer": self._products_per_retailer,
            "sell_through.a": self._sell_through_a,
            "sell_through.b": self._sell_through_b,
            "repurchase": self._repurchase,
            "new_product_distribution": self._new_product_distribution,
            "peer_growth": self._peer_growth,
            "large_retailer_share": self._large_retailer_share,
        }

    def _share(self, part: int, lines: list[Row], first_reason: str | None = None) -> tuple[Any, ...]:
        units = sum(map(sold, lines))
        reason = first_reason or ("no_lines" if not lines else "no_base" if units <= 0 else None)
        return part, units, len(lines), None if units == 0 else part / units, reason

    def _sales_units(self, _: Entity, lines: list[Row]) -> tuple[Any, ...]:
        units = sum(map(sold, lines))
        return units, None, len(lines), units, None if lines else "no_lines"

    def _amount(self, lines: list[Row]) -> tuple[int, str | None]:
        amounts = [line["amount_fen"] for line in lines if line.get("amount_fen") is not None]
        reason = "no_lines" if not lines else "not_recorded" if len(amounts) < len(lines) else None
        return sum(amounts), reason

    def _sales_amount(self, _: Entity, lines: list[Row]) -> tuple[Any, ...]:
        fen, reason = self._amount(lines)
        return fen / 100, None, len(lines), fen / 100, reason

    def _unit_price(self, _: Entity, lines: list[Row]) -> tuple[Any, ...]:
        fen, reason = self._amount(lines)
        units = sum(map(sold, lines))
        return fen / 100, units, len(lines), units and fen / 100 / units, reason or ("no_base" if units <= 0 else None)

    def _same_period_change(self, entity: Entity, _: list[Row]) -> tuple[Any, ...]:
        held = self._members(entity)
        before = month_plus(self.month, -12)
        both = [line for month in (before, self.month) for line in self._in(self.lines, month)]
        active = {line["retailer_id"] for line in both} & held
        now = sum(self._units(retailer, self.month) for retailer in held)
        base = sum(self._units(retailer, before) for retailer in held)
        return now, base, len(active), base and now / base - 1, "no_base" if base <= 0 else None

    def _key_brand_share(self, _: Entity, lines: list[Row]) -> tuple[Any, ...]:
        codes = self.value("measuring.key_products")
        keys = {row["product_id"] for row in self.world["product_versions"] if row["product_code"] in (codes or ())}
        part = sum(sold(line) for line in lines if line["product_id"] in keys)
        return self._share(part, lines, "no_parameter" if codes is None else None)

    def _margin(self, _: Entity, lines: list[Row]) -> tuple[Any, ...]:
        fen, reason = self._amount(lines)
        known = cost = 0
        for line in lines:
            price = self._product(line).get("cost_price_fen")
            if price is not None and line.get("amount_fen") is not None:
                known += line["amount_fen"]
                cost += sold(line) * price
        if reason is None and fen <= 0:
            reason = "no_base"
        elif reason is None and (known < fen * self.value("measuring.cost_coverage_minimum") or known <= 0):
            reason = "no_cost"
        return (known - cost) / 100, known / 100, len(lines), known and ((known - cost) / 100) / (known / 100), reason

    def _order_coverage(self, entity: Entity, _: list[Row]) -> tuple[Any, ...]:
        held = self._members(entity)
        ordered = {line["retailer_id"] for line in self._in(self.lines, self.month) if line["ordered_units"] > 0} & held
        return len(ordered), len(held), len(held), held and len(ordered) / len(held), None if held else "no_base"

    def _products_per_retailer(self, entity: Entity, _: list[Row]) -> tuple[Any, ...]:
        lines = [line for line in self._in(self.lines, self.month) if line["retailer_id"] in self._members(entity)]
        pairs = {(line["retailer_id"], line["product_id"]) for line in lines if line["ordered_units"] > 0}
        retailers = {retailer for retailer, _ in pairs}
        value = len(pairs) / len(retailers) if retailers else None
        return len(pairs), len(retailers), len(retailers), value, None if retailers else "no_lines"

    def _ordering(self, entity: Entity, first: date, until: date) -> set[int]:
        members = self._members(entity)
        return {
            line["retailer_id"]
            for line in self.lines
            if first <= line["order_date"] < until and line["ordered_units"] > 0 and line["retailer_id"] in members
        }

    def _sell_through_a(self, entity: Entity, _: list[Row]) -> tuple[Any, ...]:
        now = len(self._ordering(entity, self.month, next_month(self.month)))
        before = len(self._ordering(entity, month_plus(self.month, -3), self.month))
        return now, before, before, before and now / before, None if before else "no_base"

    def _sell_through_b(self, entity: Entity, _: list[Row]) -> tuple[Any, ...]:
        last = month_plus(self.month, -1)
        now = len(self._ordering(entity, self.month, next_month(self.month)))
        before = len(self._ordering(entity, last, self.month))
        units = sum(self._units(retailer, self.month) for retailer in self._members(entity))
        last_units = sum(self._units(retailer, last) for retailer in self._members(entity))
        per_now = units / now if now else None
        per_last = last_units / before if before else None
        reason = "no_lines" if not now else "no_base" if not before or last_units <= 0 else None
        return per_now, per_last, before, None if reason else per_now / per_last, reason  # type: ignore[operator]

    def _repurchase(self, entity: Entity, _: list[Row]) -> tuple[Any, ...]:
        again = prior = 0
        week = timedelta(days=7)
        for monday in mondays_in(self.month):
            before = self._ordering(entity, monday - week, monday)
            prior += len(before)
            again += len(before & self._ordering(entity, monday, monday + week))
        return again, prior, prior, prior and again / prior, None if prior else "no_base"

    def _new_product_distribution(self, entity: Entity, _: list[Row]) -> tuple[Any, ...]:
        held = self._members(entity)
        placed = {
            (line["retailer_id"], line["product_id"])
            for line in self._in(self.lines, self.month)
            if line["ordered_units"] > 0 and line["retailer_id"] in held and line["product_id"] in self.new_products
        }
        pairs = len(held) * len(self.new_products)
        return len(placed), pairs, pairs, pairs and len(placed) / pairs, None if pairs else "no_base"

    def _class_of(self, retailer_id: int) -> tuple[Any, ...]:
        row = valid(self.world["retailer_versions"], self.end, retailer_id=retailer_id) or {}
        tier = row.get("tier")
        groups = self.value("measuring.tier_groups")
        group = next((n for n, (low, high) in enumerate(groups) if tier is not None and low <= tier <= high), -1)
        return row.get("trade_form") or "", row.get("market_type") or "", group

    def _peer_growth(self, entity: Entity, _: list[Row]) -> tuple[Any, ...]:
        before = month_plus(self.month, -12)
        everyone = self.held[("company", 1)]
        now = {retailer: self._units(retailer, self.month) for retailer in everyone}
        base = {retailer: self._units(retailer, before) for retailer in everyone}
        counted = units = milli = 0
        for retailer in self.held[entity]:
            mine = self._class_of(retailer)
            peers = [one for one in everyone if one != retailer and base[one] > 0 and self._class_of(one) == mine]
            peer_base = sum(base[one] for one in peers)
            if base[retailer] > 0 and len(peers) >= self.value("measuring.peer_minimum") and peer_base > 0:
                counted += 1
                units += now[retailer]
                milli += math.floor(base[retailer] * sum(now[one] for one in peers) / peer_base * 1000 + 0.5)
        reason = "no_peers" if not counted else "no_base" if milli <= 0 else None
        return units, milli / 1000, counted, milli and units / (milli / 1000), reason

    def _large_retailer_share(self, _: Entity, lines: list[Row]) -> tuple[Any, ...]:
        line_units = self.value("measuring.large_retailer_units")
        large = {line["retailer_id"] for line in lines if self._units(line["retailer_id"], self.month) > line_units}
        return self._share(sum(sold(line) for line in lines if line["retailer_id"] in large), lines)
