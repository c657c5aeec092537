"""Roll-ups against sums over the lines, on small random companies."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from lianxin import engine
from lianxin.core.errors import SchemaMismatch
from lianxin.core.measuring.rollups import rollup
from lianxin.core.tables import (
    PRODUCT_WEEKLY,
    RETAILER_MONTHLY,
    RETAILER_WEEKLY,
    SALES_MONTHLY,
    UNITS,
    Table,
    check_columns,
)
from tests.core.reference import Row, World, current, sold, valid
from tests.core.test_measuring import DUCK, MANY, PHASES, sources_of
from tests.core.worlds import worlds

MONTHS = [date(2021, month, 1) for month in (4, 5)]


def rows_of(world: World, table: Table) -> list[Row]:
    sources = sources_of(world)
    if table is RETAILER_MONTHLY:
        sources[SALES_MONTHLY.name] = DUCK.run(rollup(SALES_MONTHLY, MONTHS, company_id=1), sources)
    answer = DUCK.run(rollup(table, MONTHS, company_id=1), sources)
    check_columns(
        table,
        {
            field.name: str(field.type).replace("double", "float64").replace("date32[day]", "date")
            for field in answer.schema
        },
    )
    rows = answer.to_pylist()
    assert len({tuple(row[name] for name in table.key) for row in rows}) == len(rows)
    return list(rows)


def lines_of(world: World) -> list[Row]:
    return [line for line in current(world) if line["order_month"] in MONTHS]


def attributes(world: World, line: Row) -> Row:
    day = line["order_date"]
    territory = valid(world["territories"], day, retailer_id=line["retailer_id"]) or {}
    person = territory.get("person_id")
    posting = valid(world["postings"], day, person_id=person) or {}
    version = valid(world["retailer_versions"], day, retailer_id=line["retailer_id"]) or {}
    product = valid(world["product_versions"], day, product_id=line["product_id"]) or {}
    return {
        "person_id": person,
        "unit_id": posting.get("unit_id"),
        **{name: version.get(name) for name in ("route", "trade_form", "market_type", "tier")},
        "price_class": product.get("price_class"),
        "cost": product.get("cost_price_fen"),
    }


def whole_amount(lines: list[Row]) -> int | None:
    amounts = [line["amount_fen"] for line in lines]
    return None if None in amounts else sum(amounts)


def known_cost(world: World, lines: list[Row]) -> tuple[int | None, int | None]:
    known = [(attributes(world, line)["cost"], line) for line in lines if line["amount_fen"] is not None]
    known = [(cost, line) for cost, line in known if cost is not None]
    if not known:
        return None, None
    return sum(cost * sold(line) for cost, line in known), sum(line["amount_fen"] for _, line in known)


def grouped(world: World, *columns: str) -> dict[tuple[Any, ...], list[Row]]:
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for line in lines_of(world):
        told = {**line, **attributes(world, line), "month": line["order_month"]}
        told["week"] = line["order_date"] - timedelta(days=line["order_date"].weekday())
        groups[tuple(told[name] for name in columns)].append(line)
    return groups


SPLIT = ("person_id", "unit_id", "route", "trade_form", "market_type", "tier", "price_class")
every = settings(max_examples=max(MANY // 2, 1), deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)


@every
@given(world=worlds())
def test_sales_monthly(world: World) -> None:
    columns = ("month", "retailer_id", "product_id", *SPLIT)
    found = {tuple(row[name] for name in columns): row for row in rows_of(world, SALES_MONTHLY)}
    expected = grouped(world, *columns)
    assert set(found) == set(expected)
    for key, lines in expected.items():
        row = found[key]
        assert row["units"] == sum(map(sold, lines))
        assert row["amount_fen"] == whole_amount(lines)
        assert (row["cost_fen"], row["known_cost_amount_fen"]) == known_cost(world, lines)
        assert row["ordered_units"] == sum(line["ordered_units"] for line in lines)
        assert (row["n_lines"], row["n_order_lines"]) == (len(lines), sum(line["ordered_units"] > 0 for line in lines))


@every
@given(world=worlds())
def test_retailer_monthly(world: World) -> None:
    columns = ("month", "retailer_id", *SPLIT)
    found = {tuple(row[name] for name in columns): row for row in rows_of(world, RETAILER_MONTHLY)}
    expected = grouped(world, *columns)
    assert set(found) == set(expected)
    for key, lines in expected.items():
        row = found[key]
        ordered = [line for line in lines if line["ordered_units"] > 0]
        assert row["units"] == sum(map(sold, lines))
        assert row["amount_fen"] == whole_amount(lines)
        assert (row["cost_fen"], row["known_cost_amount_fen"]) == known_cost(world, lines)
        assert row["n_products"] == len({line["product_id"] for line in ordered})
        assert row["n_order_days"] == len({line["order_date"] for line in ordered})


@every
@given(world=worlds())
def test_weekly(world: World) -> None:
    columns = ("month", "week", "product_id", "unit_id")
    found = {tuple(row[name] for name in columns): row for row in rows_of(world, PRODUCT_WEEKLY)}
    expected = grouped(world, *columns)
    assert set(found) == set(expected)
    for key, lines in expected.items():
        ordered = {line["retailer_id"] for line in lines if line["ordered_units"] > 0}
        assert (found[key]["units"], found[key]["n_retailers"]) == (sum(map(sold, lines)), len(ordered))
    columns = ("month", "week", "retailer_id")
    found = {tuple(row[name] for name in columns): row for row in rows_of(world, RETAILER_WEEKLY)}
    expected = grouped(world, *columns)
    assert set(found) == set(expected)
    for key, lines in expected.items():
        ordered = {line["order_date"] for line in lines if line["ordered_units"] > 0}
        assert (found[key]["units"], found[key]["amount_fen"]) == (sum(map(sold, lines)), whole_amount(lines))
        assert found[key]["n_order_days"] == len(ordered)


def test_only_rollups_are_rolled_up() -> None:
    with pytest.raises(SchemaMismatch, match="is not a roll-up"):
        rollup(UNITS, MONTHS, company_id=1)


def test_month_without_lines_is_empty() -> None:
    empty = {
        name: []
        for name in ("units", "postings", "territories", "retailer_versions", "product_versions", "order_lines")
    }
    assert rows_of(empty, SALES_MONTHLY) == []
    assert engine.digest(DUCK.run(rollup(SALES_MONTHLY, MONTHS, company_id=1), sources_of(empty)))
