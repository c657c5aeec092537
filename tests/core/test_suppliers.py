"""How suppliers kept to their agreements, against a plain sum, on both engines; of the company and of nobody else."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from numpy.random import default_rng

from lianxin import engine
from lianxin.core.measuring import INDICATORS
from lianxin.core.measuring.suppliers import SUPPLIERS, plan
from lianxin.core.units import Level, month_plus
from lianxin.engine import Engine, from_rows

pytestmark = pytest.mark.requirement("C5", "J1")
MONTH = date(2021, 12, 1)
Row = dict[str, Any]


def world(seed: int) -> list[Row]:
    """Half-year agreements and monthly contracts of three suppliers; some came short, some beyond."""
    dice = default_rng(seed)
    rows: list[Row] = []
    for number in range(60):
        n_months = (1, 6)[number % 2]
        last = month_plus(MONTH, -6 * (number % 3 == 2))
        agreed = int(dice.integers(0, 9)) * 1000
        rows.append(
            {
                "company_id": 1, "agreement_id": number, "supplier": f"S{number % 3}", "product_id": number, "brand": None,
                "first_month": month_plus(last, 1 - n_months), "last_month": last, "n_months": n_months, "agreed_units": agreed,
                "transferred_units": int(agreed * dice.uniform(0.6, 1.3)),
            }
        )  # fmt: skip
    return rows


def answered(running: Engine, rows: list[Row], parameters: Row, month: date = MONTH) -> dict[str, Row]:
    steps = plan(month, parameters, company_id=1, company_code="LJ")
    assert steps.sources == {"supplier_agreements"}
    found = running.run(steps, {"supplier_agreements": from_rows("supplier_agreements", rows)}).to_pylist()
    return {row["indicator"]: row for row in found}


def compare(running: Engine) -> None:
    rows = world(1)
    for term in (1, 6):
        told = answered(running, rows, {"supply.agreement_months": term})
        due = [row for row in rows if row["n_months"] == term and row["last_month"] == MONTH]
        agreed = sum(row["agreed_units"] for row in due)
        came = {
            "supplier_fulfilment": sum(row["transferred_units"] for row in due),
            "supplier_fulfilment.capped": sum(min(row["transferred_units"], row["agreed_units"]) for row in due),
        }
        assert set(told) == set(SUPPLIERS)
        for code, row in told.items():
            assert (row["level"], row["entity"], row["n"], row["denominator"], row["numerator"], row["reason"]) == (
                "company", "LJ", len(due), agreed, came[code], None,
            )  # fmt: skip
            assert row["value"] == pytest.approx(came[code] / agreed)
    assert told["supplier_fulfilment.capped"]["value"] <= 1


@pytest.fixture(scope="module")
def duck() -> Engine:
    return engine.open("duckdb", memory_limit="200MB", threads=1)


def test_answers_are_those_of_a_plain_sum(duck: Engine) -> None:
    compare(duck)


@pytest.mark.spark
@pytest.mark.xdist_group("spark")
def test_the_other_engine_gives_the_same(spark: Engine) -> None:
    compare(spark)


def test_what_came_in_part_is_no_fulfilment(duck: Engine) -> None:
    rows = world(1)
    part = next(row for row in rows if row["n_months"] == 6 and row["last_month"] == MONTH)
    part["transferred_units"] = None
    told = answered(duck, rows, {})
    assert {(row["value"], row["numerator"], row["reason"]) for row in told.values()} == {(None, None, "not_brought")}
    # No such agreement ends with the month before, and none was agreed on: neither is zero.
    assert answered(duck, rows, {}, date(2021, 11, 1)) == {}
    nothing = [{**row, "agreed_units": 0, "transferred_units": 5} for row in world(1)]
    assert {row["reason"] for row in answered(duck, nothing, {}).values()} == {"no_base"}
    few = answered(duck, world(1), {"measuring.minimum.supplier_fulfilment": 1000})
    assert few["supplier_fulfilment"]["reason"] == "below_minimum"


def test_it_is_told_of_the_company_alone_and_says_which_reading_it_is() -> None:
    for code in SUPPLIERS:
        assert INDICATORS[code].levels == (Level.COMPANY,)
        assert INDICATORS[code].source.endswith("reading (i)")
    assert INDICATORS["agreement_fulfilment"].source.endswith("reading (ii)")
