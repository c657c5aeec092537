"""Figures of the analysis page, evidence rows and alerts, against sums over the lines."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lianxin import engine
from lianxin.core.measuring import plan
from lianxin.core.measuring.alerts import peer_alerts
from lianxin.core.measuring.analysis import (
    UnknownFigure,
    distribution,
    figures,
    map_points,
    outliers,
    retailer_figures,
    structure,
    trend,
)
from lianxin.core.measuring.breakdowns import breakdown, sparks
from lianxin.core.measuring.filters import EmptyPeriod, Filter
from lianxin.core.measuring.rollups import rollup
from lianxin.core.measuring.rows import evidence
from lianxin.core.tables import RETAILER_MONTHLY, SALES_MONTHLY
from lianxin.core.units import last_day, month_plus
from tests.core.reference import Row, World, above, current, sold, valid
from tests.core.test_measuring import DUCK, MANY, PHASES, sources_of
from tests.core.test_rollups import attributes
from tests.core.worlds import MONTH, SETTINGS, worlds

every = settings(max_examples=max(MANY // 5, 1), deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
EVIDENT = (
    "sales_units", "same_period_change", "key_brand_share", "price_class_share.一类", "large_retailer_share",
    "products_per_retailer", "sell_through.a",
)  # fmt: skip
FILTERS = (
    Filter((MONTH,)),
    Filter((month_plus(MONTH, -1), MONTH), unit_ids=(2,)),
    Filter((MONTH,), person_ids=(1,)),
    Filter((MONTH,), routes=("R1",), trade_forms=("shop",)),
    Filter((MONTH,), tiers=(5, 12), price_classes=("一类",)),
    Filter((MONTH,), product_ids=(1, 2)),
)


def all_lines(world: World) -> dict[str, Any]:
    sources = sources_of(world)
    return {**sources, "order_lines": engine.from_rows("order_lines", world["order_lines"])}


def rolled(world: World) -> dict[str, Any]:
    sources = all_lines(world)
    months = sorted({line["order_month"] for line in world["order_lines"]}) or [MONTH]
    for table in (SALES_MONTHLY, RETAILER_MONTHLY):
        sources[table.name] = DUCK.run(rollup(table, months, company_id=1), sources)
    return sources


def fits(where: Filter, told: Row, world: World, *, goods: bool = True) -> bool:
    if where.unit_ids is not None and not set(above(world["units"], told["unit_id"])) & set(where.unit_ids):
        return False
    if where.tiers is not None and not (told["tier"] is not None and where.tiers[0] <= told["tier"] <= where.tiers[1]):
        return False
    asked = {"person_id": where.person_ids, "route": where.routes, "trade_form": where.trade_forms}
    if goods:
        asked |= {"price_class": where.price_classes, "product_id": where.product_ids}
    return all(values is None or told[name] in values for name, values in asked.items())


def lines_of(world: World, where: Filter) -> list[Row]:
    told = ({**line, **attributes(world, line)} for line in current(world) if line["order_month"] in where.months)
    return [line for line in told if fits(where, line, world)]


def members_of(world: World, where: Filter) -> set[int]:
    end = last_day(where.months[-1])
    found = set()
    for retailer in {row["retailer_id"] for row in world["territories"]}:
        if valid(world["territories"], end, retailer_id=retailer):
            fake = {"retailer_id": retailer, "product_id": -1, "order_date": end}
            if fits(where, {**fake, **attributes(world, fake)}, world, goods=False):
                found.add(retailer)
    return found


def change_of(world: World, where: Filter, retailers: set[int]) -> tuple[int, int]:
    def units(months: tuple[date, ...]) -> int:
        goods = (
            line
            for line in current(world)
            if line["order_month"] in months
            and line["retailer_id"] in retailers
            and (where.product_ids is None or line["product_id"] in where.product_ids)
            and (where.price_classes is None or attributes(world, line)["price_class"] in where.price_classes)
        )
        return sum(map(sold, goods))

    return units(where.months), units(where.base_months)


@every
@given(world=worlds(), where=st.sampled_from(FILTERS))
def test_figures_and_breakdowns_add_up(world: World, where: Filter) -> None:
    sources = rolled(world)
    (row,) = DUCK.run(figures(where), sources).to_pylist()
    lines, held = lines_of(world, where), members_of(world, where)
    assert row["units"] == sum(map(sold, lines))
    assert row["n_lines"] == len(lines)
    assert row["n_ordering"] == len({line["retailer_id"] for line in lines if line["ordered_units"] > 0})
    assert (row["change_now_units"], row["change_base_units"]) == change_of(world, where, held)
    assert row["n_held"] == len(held)
    for by in ("person", "route", "retailer", "product", "price_class", "trade_form"):
        parts = DUCK.run(breakdown(where, by), sources).to_pylist()
        assert sum(part["units"] for part in parts) == row["units"], by
        assert sum(part["change_now_units"] for part in parts) == row["change_now_units"], by
        assert sum(part["change_base_units"] for part in parts) == row["change_base_units"], by
    for part in DUCK.run(breakdown(where, "unit"), sources).to_pylist():
        mine = [line for line in lines if part["id"] in above(world["units"], line["unit_id"])]
        assert part["units"] == sum(map(sold, mine))
        assert part["code"] == f"U{part['id']}"


@every
@given(world=worlds(), where=st.sampled_from(FILTERS))
def test_trend_structure_and_distribution_add_up(world: World, where: Filter) -> None:
    sources = rolled(world)
    monthly = {row["month"]: row["units"] for row in DUCK.run(trend(where), sources).to_pylist()}
    assert sum(monthly.get(month, 0) for month in where.months) == sum(map(sold, lines_of(world, where)))
    classes = DUCK.run(structure(where), sources).to_pylist()
    assert sum(row["units"] for row in classes) == sum(map(sold, lines_of(world, where)))
    values = DUCK.run(retailer_figures(where, "units"), sources).to_pylist()
    assert {row["retailer_id"] for row in values} == members_of(world, where)
    bins = DUCK.run(distribution(where, "units", 4), sources).to_pylist()
    assert sum(row["n_retailers"] for row in bins) == len(values)
    assert all(0 <= row["bin"] < 4 for row in bins)
    far = DUCK.run(outliers(where, "units"), sources).to_pylist()
    assert all(row["licence_no"] == f"L{row['retailer_id']}" for row in far)
    assert DUCK.run(map_points(where, "change"), sources).num_rows == 0
    (first, *_) = [row["retailer_id"] for row in values] or [1]
    line = DUCK.run(sparks(where, "retailer", [first]), sources).to_pylist()
    assert [row["month"] for row in line] == sorted(row["month"] for row in line)


def test_outliers_are_named() -> None:
    day, tag = date(2021, 5, 3), {"company_id": 1}
    since = {"valid_from": date(2019, 1, 1), "valid_until": None}
    shops = [
        {**tag, "retailer_id": n, "licence_no": f"L{n}", "name": f"Shop {n}", "status": "active", **since}
        for n in range(1, 9)
    ]
    lines = [
        {**tag, "line_id": f"N{n}", "order_date": day, "order_month": MONTH, "retailer_id": n, "product_id": 1,
         "ordered_units": 500 if n == 8 else 10 + n, "batch_id": "b"}
        for n in range(1, 9)
    ]  # fmt: skip
    world = {
        "units": [{**tag, "unit_id": 1, "unit": "U1"}],
        "postings": [
            {**tag, "person_id": 1, "employee_no": "E1", "name": "n", "post": "customer_manager", "unit_id": 1, **since}
        ],
        "territories": [{**tag, "retailer_id": n, "person_id": 1, **since} for n in range(1, 9)],
        "retailer_versions": [{**shop, "latitude": 30.0, "longitude": 110.0 + shop["retailer_id"]} for shop in shops],
        "product_versions": [{**tag, "product_id": 1, "product_code": "P1", "name": "n", **since}],
        "order_lines": lines,
    }
    sources = rolled(world)
    (far,) = DUCK.run(outliers(Filter((MONTH,)), "units"), sources).to_pylist()
    assert (far["name"], far["value"], far["side"]) == ("Shop 8", 500.0, "high")
    bins = DUCK.run(distribution(Filter((MONTH,)), "units", 5), sources).to_pylist()
    assert (bins[0]["low"], bins[0]["high"]) == (11.0, 22.0)
    points = DUCK.run(map_points(Filter((MONTH,)), "units"), sources).to_pylist()
    assert [(point["name"], point["value"]) for point in points[-1:]] == [("Shop 8", 500.0)]
    page = DUCK.run(breakdown(Filter((MONTH,)), "retailer", limit=2, offset=1), sources).to_pylist()
    assert [part["code"] for part in page] == ["L7", "L6"]


def test_what_the_analysis_does_not_know_is_refused() -> None:
    with pytest.raises(UnknownFigure, match="no figure 'luck'"):
        retailer_figures(Filter((MONTH,)), "luck")
    with pytest.raises(UnknownFigure, match="no breakdown by 'mood'"):
        breakdown(Filter((MONTH,)), "mood")
    with pytest.raises(UnknownFigure, match="no breakdown by 'mood'"):
        sparks(Filter((MONTH,)), "mood", [1])
    with pytest.raises(EmptyPeriod):
        Filter(())


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


@every
@given(world=worlds())
def test_alerts_are_the_retailers_below_the_line(world: World) -> None:
    parameters = SETTINGS[1]
    sources = all_lines(world)
    values = DUCK.run(plan(MONTH, parameters, company_id=1, company_code="C"), sources)
    low = {
        row["entity"]
        for row in values.to_pylist()
        if row["level"] == "retailer" and row["indicator"] == "peer_growth" and (row["value"] or 0.8) < 0.8
    }
    low |= {
        row["entity"]
        for row in values.to_pylist()
        if row["level"] == "retailer" and row["indicator"] == "peer_growth" and row["value"] == 0.0
    }
    alerts = DUCK.run(peer_alerts(MONTH, parameters), {**sources, "indicator_values": values}).to_pylist()
    assert {row["licence_no"] for row in alerts} == low
    assert [row["value"] for row in alerts] == sorted(row["value"] for row in alerts)
    none = DUCK.run(peer_alerts(MONTH, parameters, ()), {**sources, "indicator_values": values})
    assert none.num_rows == 0
