# ruff: noqa: E501
"""Whose forecasts help, on a company small enough to check by hand.

E1 holds shop 1, E2 shop 2, both in unit 7; one product; eight months from January 2021 on, forecast one month ahead. The unit's market
manager forecasts the unit's sum. What came in the month before January: 10 in shop 1, 20 in shop 2; nothing is known further back.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from numpy.random import default_rng

from lianxin import engine
from lianxin.core.forecasting.judging import Judged, judge
from lianxin.core.units import month_plus
from lianxin.engine import from_rows

pytestmark = pytest.mark.requirement("C3", "C4")
COMPANY = 5

#        month  shop  system  entered  came   market manager's sum
TABLE = """
         1      1     12      14       14     34
         1      2     20      20       24     -
         2      1     12      10       10     30
         2      2     20      24       16     -
         3      1     12      14       14     34
         3      2     20      20       24     -
         4      1     12      10       10     30
         4      2     20      24       16     -
         5      1     12      14       14     34
         5      2     20      20       24     -
         6      1     12      10       10     30
         6      2     20      24       16     -
         7      1     12      14       14     34
         7      2     20      20       24     -
         8      1     12      10       10     30
         8      2     20      24       16     -
"""


def sources() -> dict[str, Any]:
    tag = {"company_id": COMPANY}
    first = date(2020, 12, 1)
    lines, versions = [], []
    came = [
        {
            **tag,
            "period": "month",
            "period_start": first,
            "retailer_id": shop,
            "product_id": 1,
            "ordered_units": 10 * shop,
            "n_capped": 0,
        }
        for shop in (1, 2)
    ]
    for text in TABLE.strip().split("\n"):
        at, shop, system, entered, units, market = text.split()
        month, shop_id = month_plus(first, int(at)), int(shop)
        key = {**tag, "round_id": f"R{at}", "period_start": month, "product_id": 1}
        role = {"entered_at": datetime(month.year, month.month, 1, tzinfo=UTC), "accepted": False}
        lines.append(
            {
                **key,
                "period": "month",
                "step": 1,
                "retailer_id": shop_id,
                "person_id": shop_id,
                "unit_id": 7,
                "product_group": "g",
                "system_milli": int(system) * 1000,
            }
        )
        versions.append(
            {
                **key,
                **role,
                "version_id": f"v{at}{shop}",
                "level": "retailer",
                "entity_id": shop_id,
                "author_role": "customer_manager",
                "author_id": shop_id,
                "units_milli": int(entered) * 1000,
            }
        )
        if market != "-":
            versions.append(
                {
                    **key,
                    **role,
                    "version_id": f"m{at}",
                    "level": "unit",
                    "entity_id": 7,
                    "author_role": "market_manager",
                    "author_id": 9,
                    "units_milli": int(market) * 1000,
                }
            )
        came.append(
            {
                **tag,
                "period": "month",
                "period_start": month,
                "retailer_id": shop_id,
                "product_id": 1,
                "ordered_units": int(units),
                "n_capped": 0,
            }
        )
    return {
        "forecast_lines": from_rows("forecast_lines", lines),
        "forecast_versions": from_rows("forecast_versions", versions),
        "forecast_outcomes": from_rows("forecast_outcomes", came),
    }


@pytest.fixture(scope="module")
def told() -> Judged:
    duck = engine.open("duckdb", memory_limit="500MB", threads=1)
    parameters = {"judging.minimum_lines": 4}
    return judge(sources(), engine=duck, dice=default_rng(1), company_id=COMPANY, parameters=parameters)


@pytest.mark.parametrize(
    ("level", "entity", "step", "against", "before", "after", "added", "helped"),
    [
        # E1 takes away the system's 2 of every month: 16 of 96 sold.
        ("manager", 1, "customer_manager", "system", 16, 0, 16 / 96, "yes"),
        # The naive forecast of E1's shop: 10, then by turns 14 and 10, 4 off every month.
        ("manager", 1, "system", "naive", 32, 16, 16 / 96, "yes"),
        # E2 changes only the even months, from 4 off to 8 off: four changed lines in four periods are no verdict.
        ("manager", 2, "customer_manager", "system", 32, 48, -16 / 160, "cannot_tell"),
        # Sums of the unit: system 32; came 38 and 26 by turns; managers 34 and 34; market manager 34 and 30. Over the system the market
        # manager gains 2 every month, over the managers 4 in even months only.
        ("unit", 7, "market_manager", "system", 48, 32, 16 / 256, "yes"),
        ("unit", 7, "market_manager", "customer_manager", 48, 32, 16 / 256, "cannot_tell"),
    ],
)
def test_the_stair(
    told: Judged, level: str, entity: int, step: str, against: str, before: int, after: int, added: float, helped: str
) -> None:
    (row,) = [
        r
        for r in told.stair.to_pylist()
        if (r["level"], r["entity_id"], r["step"], r["against"]) == (level, entity, step, against)
        and (r["product_group"], r["adjustment"]) == ("all", "all")
    ]
    assert (row["error_before"], row["error_after"]) == (before * 1000, after * 1000)
    assert row["added"] == pytest.approx(added)
    assert row["helped"] == helped


@pytest.mark.parametrize(
    ("accuracy", "value"),
    [
        ("honest", 1 - 48 / 256),
        # The two shops of a month first: 4, 8, 4, 8 … off.
        ("product", 1 - 48 / 256),
        ("total", 1 - 16 / 256),
        ("by_forecast", 1 - 48 / 272),
        ("bias", 272 / 256 - 1),
    ],
)
def test_the_accuracies(told: Judged, accuracy: str, value: float) -> None:
    (row,) = [
        r
        for r in told.accuracies.to_pylist()
        if (r["level"], r["author"], r["actual"], r["accuracy"])
        == ("everybody", "customer_manager", "ordered", accuracy)
    ]
    assert row["value"] == pytest.approx(value)


def test_sixteen_numbers_are_too_few_to_ask_about(told: Judged) -> None:
    assert {(row["answer"], row["why"]) for row in told.copying.to_pylist()} == {("cannot_tell", "few_forecasts")}
    repeats = {(row["entity_id"], row["period_start"].month): row["repeats_history"] for row in told.copied.to_pylist()}
    # E2 enters 20 in January, as December came, and 24 in even months, as the month before came. In March 20 is the average of 20, 24
    # and 16; in May and July the average is 19, and 20 repeats nothing.
    assert [repeats[2, month] for month in range(1, 9)] == [True, True, True, True, False, True, False, True]
    assert not any(repeats[1, month] for month in range(1, 4))
