"""The same expressions on DuckDB and on Spark: one digest."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ibis
import pyarrow as pa
import pytest

from lianxin import engine
from lianxin.core.measuring import analysis, months_needed, plan
from lianxin.core.measuring.rollups import rollup
from lianxin.core.measuring.rows import evidence
from lianxin.core.tables import PRODUCT_WEEKLY, RETAILER_MONTHLY, RETAILER_WEEKLY, SALES_MONTHLY
from lianxin.core.units import first_day, last_day
from lianxin.engine import Engine, Lake
from tests.engine.local_spark import ON_SPARK

pytestmark = ON_SPARK
MONTH = date(2021, 5, 1)
PARAMETERS = {"measuring.key_products": ["P1"], "measuring.peer_minimum": 2, "measuring.large_retailer_units": 60}
Row = dict[str, Any]


def company() -> dict[str, list[Row]]:
    """Twelve retailers of two managers, one handed over inside the month, and some corrections."""
    tag = {"company_id": 1}
    since: Row = {"valid_from": date(2019, 1, 1), "valid_until": None}
    handed = date(2021, 5, 12)
    territories = [{**tag, "retailer_id": n, "person_id": 1 + n % 2, **since} for n in range(1, 12)]
    territories += [
        {**tag, "retailer_id": 12, "person_id": 1, "valid_from": date(2019, 1, 1), "valid_until": handed},
        {**tag, "retailer_id": 12, "person_id": 2, "valid_from": handed, "valid_until": None},
    ]
    lines: list[Row] = []
    for number in range(600):
        day = date(2021, 1, 25) + timedelta(days=number * 7 % 135) if number % 5 else date(2020, 5, 1 + number % 28)
        ordered = 1 + number * 13 % 17 - (3 if number % 29 == 0 else 0)
        lines.append(
            {
                **tag,
                "line_id": f"N{number}",
                "order_date": day,
                "order_month": first_day(day),
                "retailer_id": 1 + number * 5 % 12,
                "product_id": 1 + number % 5,
                "wanted_units": ordered + 2,
                "ordered_units": ordered,
                "supplied_units": None if number % 3 else ordered - 1,
                "amount_fen": ordered * 1234,
                "batch_id": "b1",
                "replaces_batch_id": None,
            }
        )
    corrected = [
        {**line, "ordered_units": 9, "supplied_units": 9, "batch_id": "b2", "replaces_batch_id": "b1"}
        for line in lines[::37]
    ]
    return {
        "units": [
            {**tag, "unit_id": 1, "unit": "市区", "parent_id": None},
            {**tag, "unit_id": 2, "unit": "城南", "parent_id": 1},
        ],
        "postings": [
            {**tag, "person_id": n, "employee_no": f"E{n}", "name": "某", "post": "customer_manager", "unit_id": n, **since}
            for n in (1, 2)
        ],
        "territories": territories,
        "retailer_versions": [
            {
                **tag, "retailer_id": n, "licence_no": f"L{n}", "name": f"店{n}", "status": "active",
                "route": f"R{n % 3}" if n % 3 else None, "trade_form": "便利店", "market_type": "城", "tier": 10 + n % 2,
                **since,
            }
            for n in range(1, 13)
        ],
        "product_versions": [
            {
                **tag, "product_id": n, "product_code": f"P{n}", "name": f"烟{n}", "price_class": "一类" if n < 3 else "三类",
                "cost_price_fen": 900, "listed_date": date(2021, 1, 1) if n == 2 else date(2015, 1, 1), **since,
            }
            for n in range(1, 6)
        ],
        "order_lines": lines + corrected,
    }  # fmt: skip


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The company in a lake, so that both engines read the same files."""
    made = Lake(tmp_path_factory.mktemp("lake"))
    rows = company()
    for name in ("units", "postings", "territories", "retailer_versions", "product_versions"):
        made.publish(name, engine.from_rows(name, rows[name]), 1)
    for batch in ("b1", "b2"):
        some = [row for row in rows["order_lines"] if row["batch_id"] == batch]
        made.append_batch(engine.from_rows("order_lines", some), 1, batch)
    return made


@pytest.fixture(scope="module")
def duck() -> Engine:
    return engine.open("duckdb", memory_limit="500MB", threads=2)


TABLES = (
    "order_lines",
    "line_replacements",
    "units",
    "postings",
    "territories",
    "retailer_versions",
    "product_versions",
)


def test_closing_has_one_digest(lake: Lake, duck: Engine, spark: Engine) -> None:
    steps = plan(MONTH, PARAMETERS, company_id=1, company_code="LJ")
    sources = lake.sources(TABLES, company_id=1, months=months_needed(MONTH))
    answer = duck.run(steps, sources)
    told = {row["indicator"] for row in answer.to_pylist() if row["answer"] == "value"}
    assert len(told) == 16
    assert engine.digest(spark.run(steps, sources)) == engine.digest(answer)


@pytest.mark.parametrize(
    "table", [SALES_MONTHLY, RETAILER_MONTHLY, PRODUCT_WEEKLY, RETAILER_WEEKLY], ids=lambda t: t.name
)
def test_rollups_have_one_digest(lake: Lake, duck: Engine, spark: Engine, table: Any) -> None:
    months = [date(2021, 4, 1), MONTH]
    steps = rollup(table, months, company_id=1)
    sources: dict[str, Any] = dict(lake.sources(TABLES, company_id=1, months=months))
    if table is RETAILER_MONTHLY:
        sources[SALES_MONTHLY.name] = duck.run(rollup(SALES_MONTHLY, months, company_id=1), sources)
    answer = duck.run(steps, sources)
    assert answer.num_rows > 0
    assert engine.digest(spark.run(steps, sources)) == engine.digest(answer)


def test_evidence_has_one_digest(lake: Lake, duck: Engine, spark: Engine) -> None:
    steps = evidence(MONTH, "unit", 1, "key_brand_share", PARAMETERS)
    sources = lake.sources(TABLES, company_id=1)
    answer = duck.run(steps, sources)
    assert answer.num_rows > 0
    assert engine.digest(spark.run(steps, sources)) == engine.digest(answer)


def test_analysis_has_one_digest(lake: Lake, duck: Engine, spark: Engine) -> None:
    sources: dict[str, Any] = dict(lake.sources(TABLES, company_id=1))
    for table in (SALES_MONTHLY, RETAILER_MONTHLY, PRODUCT_WEEKLY):
        sources[table.name] = duck.run(rollup(table, lake.months("order_lines", 1), company_id=1), sources)
    sales, asked = sources[SALES_MONTHLY.name], {"price_class": frozenset({"一类", "三类"})}
    sources |= dict.fromkeys(("now", "base", "sales_now", "sales_base", "last", "before", "rows"), sales)
    sources |= analysis.asked_values({**asked, "product_id": frozenset({1, 2, 3})})
    sources["asked_keys"] = sources["asked_product_id"]
    sources["asked_day"] = pa.table({"day": pa.array([last_day(MONTH)], pa.date32())})
    sources["held_now"] = sources["held_ago"] = duck.run(analysis.held_on(), sources)
    fields = frozenset(asked)
    questions = {
        "held": analysis.held_on(),
        "places": analysis.places_on(),
        "holdings": analysis.holding_sums("sales_monthly", fields, True),
        "months": analysis.month_sums("sales_monthly", fields),
        "products": analysis.product_units(fields),
        "periods": analysis.now_and_base("sales_monthly", fields, ("product_id", "person_id", "unit_id")),
        "rates": analysis.product_rates(frozenset({"product_id"})),
        "weeks": analysis.product_weeks(),
    }
    ours, theirs = duck.run_many(questions, sources), spark.run_many(questions, sources)
    assert sum(ours["holdings"].column("units").to_pylist()) > 0
    assert {name: engine.digest(table) for name, table in theirs.items()} == {
        name: engine.digest(table) for name, table in ours.items()
    }


def test_closing_a_second_engine_leaves_the_first_running(spark: Engine) -> None:
    rows = pa.table({"n": [1, 2, 3]})
    question = ibis.table({"n": "int64"}, name="rows").aggregate(total=ibis._.n.sum())
    engine.open("spark").close()
    assert spark.run(question, {"rows": rows}).to_pylist() == [{"total": 6}]
