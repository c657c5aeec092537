"""Indicators of forecasts, order fill and agreements: against a plain count, on both engines, and the rows behind them."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from lianxin import engine
from lianxin.core.forecasting.indicators import CODES, OF_WINDOW, forecast_facts, forecast_rows, months_behind
from lianxin.core.measuring import INDICATORS, JUDGEMENT
from lianxin.core.measuring.judgement import OF_FORECASTS, plan
from lianxin.core.measuring.selling import selling_rows
from lianxin.core.parameters import PARAMETERS
from lianxin.core.tables.demand import FORECAST_FACTS
from lianxin.core.units import month_plus
from lianxin.engine import Engine, from_rows
from tests.core.forecasting import judgement_reference as reference
from tests.core.forecasting.worlds import COMPANY, FIRST, TAG, Row, odd_world

pytestmark = pytest.mark.requirement("J1", "C3")
MONTH = date(2021, 6, 1)
SINCE: Row = {"valid_from": date(2019, 1, 1), "valid_until": None}
LEAST = {f"measuring.minimum.{code}": 1 for code in JUDGEMENT} | {"judging.minimum_periods": 2}


@pytest.fixture(scope="module")
def duck() -> Engine:
    return engine.open("duckdb", memory_limit="500MB", threads=1)


def world(seed: int) -> dict[str, list[Row]]:
    """The odd company with order lines, agreements and submissions in the month."""
    tables = odd_world(seed)
    tables["units"] = [
        {**TAG, "unit_id": 70, "unit": "city", "parent_id": None},
        {**TAG, "unit_id": 71, "unit": "south", "parent_id": 70},
        {**TAG, "unit_id": 72, "unit": "north", "parent_id": 70},
    ]
    post = {"name": "x", "post": "customer_manager", **SINCE}
    tables["postings"] = [
        {**TAG, "person_id": person, "employee_no": f"E{person}", "unit_id": unit, **post}
        for person, unit in ((1, 71), (2, 72), (3, 70))
    ]
    tables["territories"] = [
        {**TAG, "retailer_id": shop, "person_id": {1: 1, 2: 1, 3: 2, 4: 3}[shop], **SINCE} for shop in (1, 2, 3, 4)
    ]
    tables["retailer_versions"] = [
        {**TAG, "retailer_id": shop, "licence_no": f"L{shop}", "name": "s", "status": "active", **SINCE}
        for shop in range(1, 6)
    ]
    tables["product_versions"] = [
        {**TAG, "product_id": p, "product_code": f"P{p}", "name": "p", **SINCE} for p in (1, 2)
    ]
    tables["order_lines"] = [
        {
            **TAG, "line_id": f"N{shop}{day}", "order_date": date(2021, 6, day), "order_month": MONTH, "retailer_id": shop,
            "product_id": 1 + day % 2, "wanted_units": wanted, "ordered_units": 4, "supplied_units": supplied, "batch_id": "b",
        }
        for shop in range(1, 6)
        for day, wanted, supplied in ((2, 5, 4), (9, 4, 6), (16, None, 4), (23, 6, None), (27, 3 + shop, 3))
    ]  # fmt: skip
    # What sells is told only where the orders of three months are known.
    tables["order_lines"] += [
        {
            **TAG, "line_id": f"N{month}", "order_date": date(2021, month, 9), "order_month": date(2021, month, 1),
            "retailer_id": 5, "product_id": 3, "wanted_units": 1, "ordered_units": 1, "supplied_units": 1, "batch_id": "b",
        }
        for month in (4, 5)
    ]  # fmt: skip
    tables["line_replacements"] = []
    tables["demand_agreements"] = [
        {
            **TAG,
            "agreement_id": f"a{shop}{product}",
            "month": month,
            "retailer_id": shop,
            "product_id": product,
            "agreed_units": 5 * shop,
        }
        for shop in range(1, 6)
        for product in (1, 2)
        for month in (MONTH, month_plus(MONTH, 1))
    ]
    # Of several counts of a month the last one tells; one of the month before and one of another month tell nothing.
    tables["stock_counts"] = [
        {
            **TAG,
            "visit_id": visit,
            "person_id": 9,
            "retailer_id": shop,
            "product_id": product,
            "counted_at": datetime(2021, month, day, 9, tzinfo=UTC),
            "units": units,
        }
        for visit, shop, product, month, day, units in (
            ("v1", 1, 1, 6, 3, 99),
            ("v2", 1, 1, 6, 20, 2),
            ("v3", 1, 2, 6, 20, 5),
            ("v4", 2, 1, 6, 20, 3),
            ("v5", 2, 2, 5, 31, 50),
            ("v6", 3, 2, 6, 20, 4),
            ("v7", 5, 1, 6, 20, 6),
            ("v8", 1, 9, 6, 20, 3),
            ("v9", 1, 8, 6, 20, 2),
            ("w1", 1, 2, 7, 1, 77),
        )
    ]
    tables["forecast_submissions"] = [
        {
            **TAG, "round_id": f"R{at}", "period_start": month_plus(FIRST, at), "author_role": role, "author_id": person,
            "due_at": datetime(2021, 5, 25, tzinfo=UTC), "n_due": 10, "n_decided": person * 3,
        }
        for at in (19, 20)
        for role in ("customer_manager", "market_manager")
        for person in (1, 2)
    ]  # fmt: skip
    return tables


def facts_of(running: Engine, tables: dict[str, list[Row]]) -> Any:
    steps = forecast_facts(MONTH, {}, company_id=COMPANY)
    return running.run(steps, {name: from_rows(name, tables[name]) for name in steps.sources})


def answered(running: Engine, tables: dict[str, list[Row]], parameters: dict[str, Any]) -> dict[tuple[str, str], Row]:
    facts = facts_of(running, tables)
    steps = plan(MONTH, parameters, company_id=COMPANY, company_code="LJ")
    sources = {name: from_rows(name, tables[name]) for name in steps.sources - {FORECAST_FACTS.name}}
    rows = running.run(steps, {**sources, FORECAST_FACTS.name: facts}).to_pylist()
    return {(row["entity"], row["indicator"]): row for row in rows}


def asked_last(tables: dict[str, list[Row]]) -> list[Row]:
    """Of a shop, product and month the line of the round that asked last."""
    last: dict[tuple[Any, ...], Row] = {}
    for line in sorted(tables["forecast_lines"], key=lambda row: row["step"], reverse=True):
        last[line["period_start"], line["retailer_id"], line["product_id"]] = line
    return list(last.values())


def plainly(tables: dict[str, list[Row]], persons: set[int | None]) -> dict[str, tuple[float, float, int]]:
    """Numerator, denominator and n of the indicators of forecasts, counted line by line."""
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0])

    def add(code: str, num: float, den: float, n: int = 1) -> None:
        for at, value in enumerate((num, den, n)):
            sums[code][at] += value

    for key, row in reference.Plain({**tables, "forecast_lines": asked_last(tables)}).judged(COMPANY).items():
        said, came = row["customer_manager_milli"], row["demand_units"]
        if key[2] != "retailer" or row["person_id"] not in persons or None in (said, came) or not key[1] <= MONTH:
            continue
        f, a = said / 1000, came
        if key[1] == MONTH:
            add("forecast_accuracy", a - abs(f - a), a)
            add("forecast_accuracy.total", f, a)
            add("forecast_bias", f, a)
        if row["entered"] and row["system_milli"] is not None and key[1] >= month_plus(MONTH, -11):
            add("forecast_value_added", abs(row["system_milli"] / 1000 - a) - abs(f - a), a)
    for told in tables["forecast_submissions"]:
        if told["period_start"] == MONTH and told["author_role"] == "customer_manager" and told["author_id"] in persons:
            add("forecasts_in_time", told["n_decided"], told["n_due"], told["n_due"])
    if "forecast_accuracy.total" in sums:
        f, a, n = sums["forecast_accuracy.total"]
        sums["forecast_accuracy.total"] = [a - abs(f - a), a, n]
    return {code: (num, den, int(n)) for code, (num, den, n) in sums.items()}


PEOPLE = {"E1": {1}, "E2": {2}, "E3": {3}, "south": {1}, "north": {2}, "city": {1, 2, 3}, "LJ": {1, 2, 3}}


def compare(running: Engine, seed: int) -> None:
    tables = world(seed)
    rows = answered(running, tables, LEAST)
    for entity, persons in PEOPLE.items():
        for code, (num, den, n) in plainly(tables, set(persons)).items():
            row = rows[entity, code]
            assert (row["numerator"], row["denominator"], row["n"]) == (pytest.approx(num), pytest.approx(den), n), (
                entity,
                code,
            )
            if den > 0:
                assert row["value"] == pytest.approx(num / den - (code == "forecast_bias"))
    assert {(row["value"] is None) == (row["reason"] is not None) for row in rows.values()} == {True}


@pytest.mark.parametrize("seed", [1, 2])
def test_answers_are_those_of_a_plain_count(duck: Engine, seed: int) -> None:
    compare(duck, seed)


@pytest.mark.spark
@pytest.mark.xdist_group("spark")
def test_the_other_engine_gives_the_same(spark: Engine) -> None:
    compare(spark, 1)


def with_weeks(tables: dict[str, list[Row]], shop: int, product: int) -> dict[str, list[Row]]:
    """The same company with a weekly round of the month's second Monday: 8 forecast for one shop and product, 5 ordered."""
    monday = date(2021, 6, 14)
    key = {**TAG, "period": "week", "period_start": monday, "retailer_id": shop, "product_id": product}
    line = {"round_id": "W", "step": 1, "person_id": 1, "unit_id": 71, "product_group": "g", "system_milli": 8000}
    came = {"wanted_units": 5, "ordered_units": 5, "supplied_units": 5, "n_capped": 0}
    # Somebody asked for it the week before, and the shop for another one: neither is new.
    before = {**key, **came, "period_start": monday - timedelta(days=7)}
    earlier = [{**before, "retailer_id": 2}, {**before, "product_id": 2}]
    return {
        **tables,
        "forecast_lines": [*tables["forecast_lines"], {**key, **line}],
        "forecast_outcomes": [*tables["forecast_outcomes"], *earlier, {**key, **came}],
    }


def counted_once(running: Engine) -> None:
    tables = world(1)
    before = facts_of(running, tables)
    # Shop 1 has a line of the month for product 1: its weeks were judged with it.
    assert facts_of(running, with_weeks(tables, 1, 1)).equals(before)
    every, apart = facts_of(running, with_weeks(tables, 1, 3)).to_pylist(), before.to_pylist()
    told = {row["code"]: (row["num"], row["den"]) for row in every if row not in apart}
    assert told == {
        "forecast_accuracy": (2000, 5000), "forecast_accuracy.total": (8000, 5000), "forecast_bias": (8000, 5000)
    }  # fmt: skip
    assert len(every) == len(apart) + 3


def with_an_earlier_round(tables: dict[str, list[Row]], shop: int, units_milli: int) -> dict[str, list[Row]]:
    """The same company with one more round that had asked for the month earlier, with other numbers."""
    lines = [
        {**row, "round_id": f"A{row['round_id']}", "step": 9, "system_milli": units_milli}
        for row in tables["forecast_lines"]
        if (row["period_start"], row["retailer_id"], row["step"]) == (MONTH, shop, 1)
    ]
    return {**tables, "forecast_lines": [*tables["forecast_lines"], *lines]}


def the_round_that_asked_last_counts(running: Engine) -> None:
    tables = world(1)
    overlapping = with_an_earlier_round(tables, 1, 777_000)
    assert len(overlapping["forecast_lines"]) > len(tables["forecast_lines"])
    assert facts_of(running, overlapping).equals(facts_of(running, tables))


def test_of_rounds_that_overlap_the_last_one_counts(duck: Engine) -> None:
    the_round_that_asked_last_counts(duck)


@pytest.mark.spark
@pytest.mark.xdist_group("spark")
def test_the_other_engine_takes_the_last_round_too(spark: Engine) -> None:
    the_round_that_asked_last_counts(spark)


def test_what_was_asked_for_in_a_month_counts_once(duck: Engine) -> None:
    counted_once(duck)


@pytest.mark.spark
@pytest.mark.xdist_group("spark")
def test_the_other_engine_counts_it_once_too(spark: Engine) -> None:
    counted_once(spark)


@pytest.mark.requirement("C5")
def test_order_fill_and_fulfilment_by_hand(duck: Engine) -> None:
    rows = answered(duck, world(1), LEAST)

    def told(entity: str, code: str) -> tuple[float, float, int]:
        row = rows[entity, code]
        return row["numerator"], row["denominator"], row["n"]

    # Shop 1: 4 of 5, 6 of 4, 3 of 4; shop 2: 4 of 5, 6 of 4, 3 of 5. Lines without wanted or supplied do not count.
    assert told("E1", "order_fill") == (26, 27, 6)
    assert told("E1", "order_fill.capped") == (22, 27, 6)
    assert told("E1", "order_fill.lines") == (2, 6, 6)
    # Nobody holds shop 5: its lines are the company's only.
    assert told("LJ", "order_fill.lines") == (5, 15, 15)
    assert told("city", "order_fill.lines") == (4, 12, 12)
    # Product 1 of a shop: 4 on the 2nd (supplied) and 4 on the 16th; product 2: 6, 4 ordered on the 23rd, 3. Agreed 5 and 10 each.
    assert told("E1", "agreement_fulfilment") == (8 + 13 + 8 + 13, 5 + 5 + 10 + 10, 4)
    assert told("E1", "agreement_fulfilment.capped") == (5 + 5 + 8 + 10, 30, 4)
    assert told("LJ", "agreement_fulfilment")[2] == 10


@pytest.mark.requirement("C5")
def test_what_sells_and_what_lies_in_shops_by_hand(duck: Engine) -> None:
    rows = answered(duck, world(1), LEAST)

    def told(entity: str, code: str = "products_selling") -> tuple[float, float, int]:
        row = rows[entity, code]
        return row["numerator"], row["denominator"], row["n"]

    # April to June has 91 days. Shop 1 bought 8 of product 1 (2 in stock: too few to lie) and 13 of product 2 (5 last 35 days: they
    # lie); of products 9 and 8 nothing (3 in stock lie, 2 are too few to). Shop 2 bought 8 of product 1: 3 last 34 days and lie.
    assert told("E1") == (2, 5, 5)
    assert told("E1", "products_selling.units") == (2 + 2, 2 + 5 + 3 + 2 + 3, 5)
    # Shop 3 bought 13 of product 2: 4 last 28 days.
    assert told("E2") == (1, 1, 1)
    # Nobody holds shop 5: what lies there is the company's only.
    assert told("LJ") == (3, 7, 7)
    faster = answered(duck, world(1), {**LEAST, "judging.slow_days": 36, "judging.slow_units": 4})
    assert faster["E1", "products_selling"]["numerator"] == 5
    few = answered(duck, world(1), {})
    assert few["E1", "products_selling"]["reason"] == "below_minimum"
    # a company that began to record in May does not know how fast goods went in April
    begun = world(1)
    begun["order_lines"] = [row for row in begun["order_lines"] if row["order_month"] > date(2021, 4, 1)]
    assert not [entity for entity, code in answered(duck, begun, LEAST) if code.startswith("products_selling")]


@pytest.mark.requirement("C5")
def test_the_counts_behind_what_sells(duck: Engine) -> None:
    tables = world(1)
    steps = selling_rows(MONTH, 1, LEAST)
    rows = duck.run(steps, {name: from_rows(name, tables[name]) for name in steps.sources}).to_pylist()
    assert [(row["retailer_id"], row["product_id"], row["stock_units"], row["bought_units"], row["counts"]) for row in rows] == [
        (1, 8, 2, 0, True), (1, 9, 3, 0, False), (1, 2, 5, 13, False), (2, 1, 3, 8, False), (1, 1, 2, 8, True),
    ]  # fmt: skip
    assert rows[2]["stock_days"] == pytest.approx(35)
    assert (rows[2]["visit_id"], rows[2]["licence_no"], rows[2]["product_code"]) == ("v3", "L1", "P2")
    assert rows[0]["stock_days"] is None


def test_below_the_minimum_nothing_is_told(duck: Engine) -> None:
    rows = answered(duck, world(1), {})
    reasons = {code: rows["E1", code]["reason"] for code in JUDGEMENT if ("E1", code) in rows}
    assert {reasons[code] for code in ("forecast_accuracy", "order_fill", "agreement_fulfilment")} == {"below_minimum"}
    assert reasons["forecasts_in_time"] is None
    few = answered(duck, world(1), {**LEAST, "judging.minimum_periods": 99})
    assert few["E1", "forecast_value_added"]["reason"] == "few_periods"


def test_copies_beyond_chance_are_never_below_zero(duck: Engine) -> None:
    facts = facts_of(duck, world(1))
    one = {"code": "copied_forecasts", "person_id": 1, "day": MONTH, "period_no": 1}
    low = [{**one, "num": -300_000, "den": 1_000_000, "n": 1}]
    high = [{**one, "num": 500_000, "den": 1_000_000, "n": 1}]
    steps = plan(MONTH, LEAST, company_id=COMPANY, company_code="LJ")
    tables = world(1)
    sources = {name: from_rows(name, tables[name]) for name in steps.sources - {FORECAST_FACTS.name}}
    for rows, value in ((low, 0.0), (high + high, 0.5)):
        table = type(facts).from_pylist(rows, schema=facts.schema)
        found = duck.run(steps, {**sources, FORECAST_FACTS.name: table}).to_pylist()
        (row,) = [r for r in found if (r["entity"], r["indicator"]) == ("E1", "copied_forecasts")]
        assert (row["value"], row["n"]) == (value, len(rows))


def test_figures_open_to_their_lines(duck: Engine) -> None:
    tables = world(1)
    told = plainly(tables, {1})
    for code in CODES:
        steps = forecast_rows(MONTH, 1, code, {}, company_id=COMPANY)
        rows = duck.run(steps, {name: from_rows(name, tables[name]) for name in steps.sources}).to_pylist()
        assert len({row["row_id"] for row in rows}) == len(rows) > 0
        assert {row["licence_no"] for row in rows} <= {f"L{shop}" for shop in range(1, 6)}
        assert {row["day"] for row in rows} <= set(months_behind(code, MONTH, {}))
        known = [row for row in rows if row["error_units"] is not None]
        if code == "forecast_accuracy":
            num, den, n = told[code]
            assert len(known) == n
            assert den - sum(row["error_units"] for row in known) == pytest.approx(num)
        if code == "forecast_value_added":
            both = [row for row in known if row["system_units"] is not None]
            gain = sum(abs(row["system_units"] - row["came_units"]) - row["error_units"] for row in both)
            assert (len(both), gain) == (told[code][2], pytest.approx(told[code][0]))
            assert all(
                row["counts"] == (row["error_units"] < abs(row["system_units"] - row["came_units"])) for row in both
            )
        if code == "copied_forecasts":
            # of lines on which chance tells nothing no repeat counts
            assert all(row["counts"] == (bool(row["repeats"]) and row["chance_share"] is not None) for row in rows)
    assert [len(months_behind(code, MONTH, {})) for code in ("forecast_bias", *OF_WINDOW)] == [1, 12, 12]


def test_they_are_registered_with_words_and_minimums() -> None:
    assert set(JUDGEMENT) <= set(INDICATORS)
    assert set(CODES) == OF_FORECASTS
    assert all(one.title_zh and one.formula_zh and one.numerator_zh and one.n_zh for one in JUDGEMENT.values())
    assert all(one.minimum in PARAMETERS for one in JUDGEMENT.values())
