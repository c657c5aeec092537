"""Sums and figures of the market analysis, evidence rows and growth against peers, against sums over the lines and the closing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lianxin import engine
from lianxin.core.measuring import analysis, peers, plan
from lianxin.core.measuring.analysis import HOLDING, MEASURES, asked_values
from lianxin.core.measuring.figures import CODES, answer_of, by_retailer, figures, retail_margin
from lianxin.core.measuring.rollups import rollup
from lianxin.core.measuring.rows import evidence
from lianxin.core.tables import PRODUCT_WEEKLY, RETAILER_MONTHLY, SALES_MONTHLY
from lianxin.core.units import last_day, month_plus
from tests.core.reference import Row, World, current, sold, valid
from tests.core.test_measuring import DUCK, MANY, PHASES, sources_of
from tests.core.test_rollups import attributes
from tests.core.worlds import MONTH, SETTINGS, worlds

every = settings(max_examples=max(MANY // 5, 1), deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
EVIDENT = (
    "sales_units", "same_period_change", "key_brand_share", "price_class_share.一类", "large_retailer_share",
    "products_per_retailer", "sell_through.a",
)  # fmt: skip
AGO = month_plus(MONTH, -12)
KEYS = (1,)
ASKED: tuple[dict[str, frozenset[Any]], ...] = (
    {},
    {"price_class": frozenset({"一类"})},
    {"product_id": frozenset({1, 2})},
)


def all_lines(world: World) -> dict[str, Any]:
    sources = sources_of(world)
    return {**sources, "order_lines": engine.from_rows("order_lines", world["order_lines"])}


def rolled(world: World) -> dict[str, Any]:
    sources = all_lines(world)
    months = sorted({line["order_month"] for line in world["order_lines"]}) or [MONTH]
    for table in (SALES_MONTHLY, RETAILER_MONTHLY, PRODUCT_WEEKLY):
        sources[table.name] = DUCK.run(rollup(table, months, company_id=1), sources)
    return sources


def of_month(rows: pa.Table, *months: date) -> pa.Table:
    return rows.filter(pc.is_in(rows.column("month"), value_set=pa.array(months, pa.date32())))


def held(sources: dict[str, Any], day: date) -> pa.Table:
    asked = pa.table({"day": pa.array([day], pa.date32())})
    return DUCK.run(analysis.held_on(), {**sources, "asked_day": asked})


def holdings(
    sources: dict[str, Any], table: str = "sales_monthly", asked: dict[str, frozenset[Any]] | None = None
) -> Any:
    asked = asked or {}
    given = {
        "now": of_month(sources[table], MONTH),
        "base": of_month(sources[table], AGO),
        "sales_now": of_month(sources["sales_monthly"], MONTH),
        "sales_base": of_month(sources["sales_monthly"], AGO),
        "held_now": held(sources, last_day(MONTH)),
        "held_ago": held(sources, last_day(AGO)),
        "asked_keys": pa.table({"product_id": pa.array(KEYS, pa.int64())}),
        **asked_values(asked),
    }
    return DUCK.run(analysis.holding_sums(table, frozenset(asked), True), given)


def totals(rows: pa.Table) -> dict[str, int]:
    return {name: pc.sum(rows.column(name)).as_py() or 0 for name in MEASURES}


def lines_of(world: World, month: date, asked: dict[str, frozenset[Any]]) -> list[Row]:
    told = ({**line, **attributes(world, line)} for line in current(world) if line["order_month"] == month)
    return [line for line in told if all(line[name] in values for name, values in asked.items())]


def held_by(world: World, day: date) -> dict[int, tuple[Any, ...]]:
    """Retailer -> its holding on a day, if somebody holds it then."""
    found = {}
    for retailer in {row["retailer_id"] for row in world["territories"]}:
        if valid(world["territories"], day, retailer_id=retailer):
            told = attributes(world, {"retailer_id": retailer, "product_id": -1, "order_date": day})
            found[retailer] = (retailer, *(told[name] for name in HOLDING[1:]))
    return found


@every
@given(world=worlds(), asked=st.sampled_from(ASKED), table=st.sampled_from(["sales_monthly", "retailer_monthly"]))
def test_holding_sums_are_those_of_the_lines(world: World, asked: dict[str, frozenset[Any]], table: str) -> None:
    if "product_id" in asked:
        table = "sales_monthly"
    now, base = lines_of(world, MONTH, asked), lines_of(world, AGO, asked)
    at_end, then = held_by(world, last_day(MONTH)), held_by(world, last_day(AGO))
    rows = holdings(rolled(world), table, asked).to_pylist()
    found = {tuple(row[name] for name in HOLDING): row for row in rows}
    expected = {tuple(line[name] for name in HOLDING) for line in now} | {*at_end.values()} | {*then.values()}
    assert len(found) == len(rows)
    assert set(found) == expected
    for key, row in found.items():
        mine = [line for line in now if tuple(line[name] for name in HOLDING) == key]
        assert row["units"] == sum(map(sold, mine))
        assert row["key_units"] == sum(sold(line) for line in mine if line["product_id"] in KEYS)
        assert (row["n_lines"], row["n_ordering"]) == (len(mine), any(line["ordered_units"] > 0 for line in mine))
        of_now = [line for line in now if line["retailer_id"] == key[0]]
        of_base = [line for line in base if line["retailer_id"] == key[0]]
        is_held, was_held = at_end.get(key[0]) == key, then.get(key[0]) == key
        ordered = {line["product_id"] for line in of_now if line["ordered_units"] > 0}
        assert (row["n_held"], row["n_held_ordered"]) == (is_held, is_held and bool(ordered))
        assert row["now_units"] == (sum(map(sold, of_now)) if is_held else 0)
        assert row["base_units"] == (sum(map(sold, of_base)) if is_held else 0)
        assert row["n_active"] == (is_held and bool(of_now or of_base))
        assert row["n_held_ago"] == was_held
        assert row["n_held_ago_ordered"] == (was_held and any(line["ordered_units"] > 0 for line in of_base))
        if table == "sales_monthly":
            assert row["now_n_products"] == (len(ordered) if is_held else 0)


@every
@given(world=worlds(), parameters=st.sampled_from(SETTINGS))
def test_figures_are_those_of_the_closing(world: World, parameters: Row) -> None:
    sources = rolled(world)
    rows = holdings(sources)
    answers = DUCK.run(plan(MONTH, parameters, company_id=1, company_code="C"), sources).to_pylist()
    closed = {(row["level"], row["entity"], row["indicator"]): row for row in answers}
    sums = totals(rows)
    # The closing finds key products by their code of the day, the analysis by who they are: alike where each had a code that day.
    of_keys = [line for line in world["order_lines"] if line["product_id"] in KEYS]
    are_known = all(
        valid(world["product_versions"], line["order_date"], product_id=line["product_id"]) for line in of_keys
    )
    for code in CODES:
        if code == "key_brand_share" and (parameters.get("measuring.key_products") != ["P1"] or not are_known):
            continue
        told, judged = answer_of(code, sums, parameters), closed.get(("company", "C", code))
        if judged is None:
            assert not told.is_value
            continue
        assert told.reason == (judged["reason"] or ""), code
        assert told.value == pytest.approx(judged["value"]), code
    assert figures(sums, parameters)["sales_units"].numerator == sum(map(sold, lines_of(world, MONTH, {})))
    single = by_retailer(rows)
    assert sum(single.column("units").to_pylist()) == sums["units"]
    ratios = peers.peer_growth(rows, parameters)
    alert = {row["retailer_id"] for row in peers.below_the_line(ratios, parameters).to_pylist()}
    for row in ratios.to_pylist():
        judged = closed[("retailer", f"L{row['retailer_id']}", "peer_growth")]
        if judged["reason"] == "below_minimum":
            continue
        assert row["ratio"] == pytest.approx(judged["value"])
        assert (row["retailer_id"] in alert) == (row["ratio"] is not None and row["ratio"] < 0.8)


@every
@given(world=worlds(), asked=st.sampled_from(ASKED))
def test_other_sums_are_those_of_the_lines(world: World, asked: dict[str, frozenset[Any]]) -> None:
    sources = rolled(world)
    sales = sources["sales_monthly"]
    fields, values = frozenset(asked), asked_values(asked)
    now, base = lines_of(world, MONTH, asked), lines_of(world, AGO, asked)
    units = sum(map(sold, now))
    at_end = held_by(world, last_day(MONTH))
    monthly = DUCK.run(analysis.month_sums("sales_monthly", fields), {"rows": sales, **values}).to_pylist()
    assert sum(row["units"] for row in monthly if row["month"] == MONTH) == units
    given = {"now": of_month(sales, MONTH), "base": of_month(sales, AGO), "held_now": held(sources, last_day(MONTH))}
    by = ("product_id", "person_id", "unit_id")
    both = DUCK.run(analysis.now_and_base("sales_monthly", fields, by), {**given, **values}).to_pylist()
    assert sum(row["units"] for row in both) == units
    assert sum(row["base_units"] for row in both) == sum(sold(line) for line in base if line["retailer_id"] in at_end)
    kept = {line["retailer_id"] for line in [*now, *base]} & {*at_end}
    assert sum(row["now_units"] for row in both) == sum(sold(line) for line in now if line["retailer_id"] in at_end)
    assert {row["product_id"] for row in both if row["n_active"]} == {
        line["product_id"] for line in [*now, *base] if line["retailer_id"] in kept
    }
    for row in both:
        mine = [line for line in now if tuple(line[name] for name in by) == tuple(row[name] for name in by)]
        assert row["units"] == sum(map(sold, mine))
        assert row["n_retailers"] == len({line["retailer_id"] for line in mine if line["ordered_units"] > 0})
    products = DUCK.run(analysis.product_units(fields), {"now": given["now"], **values}).to_pylist()
    assert sum(row["units"] for row in products) == units
    earlier = [month_plus(MONTH, -back) for back in (1, 2, 3)]
    spread = {"now": given["now"], "last": of_month(sales, earlier[0]), "before": of_month(sales, *earlier)}
    rates = DUCK.run(analysis.product_rates(fields), {**spread, **values}).to_pylist()
    assert sum(row["units"] for row in rates) == units
    assert sum(row["last_units"] for row in rates) == sum(map(sold, lines_of(world, earlier[0], asked)))
    ordered = {
        line["retailer_id"] for month in earlier for line in lines_of(world, month, asked) if line["ordered_units"] > 0
    }
    assert {row["retailer_id"] for row in rates if row["ordered_before"]} == ordered
    weekly = {**sources, **asked_values({"product_id": {1}})}
    for row in DUCK.run(analysis.product_weeks(), weekly).to_pylist():
        mine = [
            line
            for line in current(world)
            if line["product_id"] == 1
            and row["week"] <= line["order_date"] < row["week"] + timedelta(days=7)
            and attributes(world, line)["unit_id"] == row["unit_id"]
        ]
        assert row["units"] == sum(map(sold, mine))
    stood = DUCK.run(analysis.places_on(), {**sources, "asked_day": pa.table({"day": pa.array([MONTH], pa.date32())})})
    assert {row["licence_no"] for row in stood.to_pylist()} == {
        f"L{row['retailer_id']}" for row in world["retailer_versions"]
    }


def test_retail_margin_needs_both_prices_of_enough_units() -> None:
    prices = {1: (600, 1000), 2: (None, 900), 3: (500, 0)}
    told = retail_margin({1: 90, 2: 6, 3: -5}, prices, {"measuring.cost_coverage_minimum": 0.9})
    assert told.value == pytest.approx(0.4)
    assert (told.margin, told.guide) == (pytest.approx(360.0), pytest.approx(900.0))
    assert (told.n_products, told.known_units, told.all_units) == (1, 90, 96)
    assert retail_margin({1: 90, 2: 60}, prices, {"measuring.cost_coverage_minimum": 0.9}).value is None


@settings(max_examples=max(MANY // 2, 1), deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(world=worlds(), parameters=st.sampled_from(SETTINGS), wanted=st.sampled_from(EVIDENT))
def test_evidence_adds_up_to_the_figure(world: World, parameters: Row, wanted: str) -> None:
    sources = all_lines(world)
    answers = DUCK.run(plan(MONTH, parameters, company_id=1, company_code="C"), sources).to_pylist()
    for row in answers:
        if row["indicator"] != wanted or row["level"] not in ("manager", "unit", "route"):
            continue
        entity = row["entity"] if row["level"] == "route" else row["entity_id"]
        steps = evidence(MONTH, row["level"], entity, row["indicator"], parameters)
        lines = DUCK.run(steps, sources).to_pylist()
        now = [line for line in lines if line["part"] == "now"]
        if row["indicator"] == "same_period_change":
            assert sum(line["units"] for line in now) == row["numerator"]
            assert sum(line["units"] for line in lines if line["part"] == "before") == row["denominator"]
        elif row["indicator"] == "products_per_retailer":
            assert (
                len({(line["retailer_id"], line["product_id"]) for line in now if line["counts"]}) == row["numerator"]
            )
        elif row["indicator"] == "sell_through.a":
            before = {line["retailer_id"] for line in lines if line["counts"] and line["part"] == "before"}
            assert len(before) == row["denominator"]
        elif row["indicator"] in ("sales_units", "large_retailer_share"):
            assert len(now) == row["n"]
            assert sum(line["units"] for line in now) == (row["denominator"] or row["numerator"])
        else:
            assert sum(line["units"] for line in now if line["counts"]) == row["numerator"]
