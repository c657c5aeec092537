"""Why a retailer is visited: signals from tables, on both engines, and the reasons made of them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lianxin import engine
from lianxin.core.tables import Table
from lianxin.core.visiting import signals
from lianxin.core.visiting.reasons import UNITS, WAYS, Finding, Signal, findings, reasons
from tests.core.test_measuring import DUCK
from tests.engine.local_spark import ON_SPARK

pytestmark = pytest.mark.requirement("E3")
ON = date(2026, 11, 23)
MONTH = date(2026, 10, 1)


def table(contract: Table, rows: list[dict[str, Any]]) -> pa.Table:
    kinds = [(name, kind(nullable=True).to_pyarrow()) for name, kind in contract.schema.items()]
    return pa.Table.from_pylist(rows, schema=pa.schema(kinds))


def growth(
    retailer: int, value: float | None, level: str = "retailer", indicator: str = "peer_growth"
) -> dict[str, Any]:
    return {
        "company_id": 1, "month": MONTH, "level": level, "entity": f"L{retailer}", "entity_id": retailer, "indicator": indicator,
        "value": value, "numerator": 60.0, "denominator": 100.0, "n": 12, "unit": "ratio", "answer": "value",
    }  # fmt: skip


def product(number: int, listed: date | None, price_class: str = "三类") -> dict[str, Any]:
    return {
        "company_id": 1, "product_id": number, "product_code": f"P{number}", "name": "n", "price_class": price_class,
        "listed_date": listed, "valid_from": date(2020, 1, 1),
    }  # fmt: skip


def bought(retailer: int, number: int, units: int = 5, month: date = MONTH) -> dict[str, Any]:
    return {
        "company_id": 1, "month": month, "retailer_id": retailer, "product_id": number, "units": units, "ordered_units": units,
        "n_lines": 1, "n_order_lines": 1,
    }  # fmt: skip


def sources() -> dict[str, Any]:
    """Four held retailers and one that nobody holds any more."""
    held = [{"company_id": 1, "retailer_id": n, "person_id": 1, "valid_from": date(2020, 1, 1)} for n in range(1, 6)]
    held[4]["valid_until"] = date(2026, 10, 15)
    return {
        "indicator_values": engine.from_rows(
            "indicator_values",
            [growth(1, 0.6), growth(2, 0.8), growth(3, None), growth(4, 0.1, level="manager"), growth(4, 0.2, indicator="x")],
        ),
        "territories": engine.from_rows("territories", held),
        "product_versions": engine.from_rows(
            "product_versions",
            [
                product(1, date(2026, 5, 1)),
                product(2, date(2026, 6, 1)),
                product(3, date(2025, 10, 31)),
                product(4, date(2024, 11, 1), "一类"),
                product(5, None),
                product(6, date(2026, 9, 1)),
            ],
        ),
        "sales_monthly": engine.from_rows(
            "sales_monthly",
            [
                bought(1, 1), bought(1, 2), bought(1, 2, month=date(2026, 9, 1)), bought(2, 2, month=date(2026, 8, 1)),
                bought(3, 4),
                bought(2, 4), bought(4, 2, month=date(2026, 7, 1)), bought(4, 1, units=0), bought(5, 6), bought(3, 3),
                bought(3, 5),
            ],
        ),
        "last_visits": table(
            signals.LAST_VISITS,
            [
                {"retailer_id": 1, "visit_date": ON - timedelta(days=30)},
                {"retailer_id": 2, "visit_date": ON - timedelta(days=31)},
                {"retailer_id": 3, "visit_date": None},
            ],
        ),
        "counted_stock": table(
            signals.COUNTED_STOCK,
            [
                {"retailer_id": shop, "product_id": number, "counted_date": ON, "units": units}
                for shop, number, units in ((1, 2, 1), (1, 1, 3), (2, 2, 0), (3, 5, 7), (4, 1, 9), (4, 2, 4))
            ],
        ),
        "promises": table(
            signals.PROMISES,
            [
                {"promise_id": "a", "retailer_id": 1, "made_date": date(2026, 11, 1), "due_date": date(2026, 11, 20)},
                {"promise_id": "b", "retailer_id": 1, "made_date": date(2026, 11, 1), "due_date": ON},
                {
                    "promise_id": "c", "retailer_id": 2, "made_date": date(2026, 11, 1), "due_date": date(2026, 11, 2),
                    "settled_date": date(2026, 11, 9),
                },
            ],
        ),
    }  # fmt: skip


QUESTIONS = {
    "decline": signals.decline_against_peers(MONTH, {}),
    "long": signals.long_not_visited(ON, {}),
    "promises": signals.overdue_promises(ON),
    "stock": signals.stock_against_sales(MONTH, {}),
    "new": signals.new_products_not_carried(MONTH, {}),
}


def check(told: dict[str, list[dict[str, Any]]]) -> None:
    short = {
        name: [
            (row["retailer_id"], row["present"], row["wanted"], row["numerator"], row["denominator"], row["subject"], row["since"])
            for row in rows
        ]
        for name, rows in told.items()
    }  # fmt: skip
    assert short["decline"] == [(1, 0.6, 1.0, 60.0, 100.0, None, date(2026, 10, 31))]
    assert short["long"] == [
        (2, 31.0, 30.0, None, None, None, ON - timedelta(days=31)),
        (3, None, 30.0, None, None, None, None),
    ]
    assert short["promises"] == [(1, 3.0, 0.0, None, None, "a", date(2026, 11, 20))]
    # Products 2 and 4 have two carriers each, 1 has one; 3 is too old, 5 has no listing date, 6 sold only to one nobody holds.
    assert short["new"] == [
        (1, 0.0, 1.0, 2.0, 4.0, "4", date(2024, 11, 1)),
        (2, 0.0, 1.0, 1.0, 4.0, "1", date(2026, 5, 1)),
        (3, 0.0, 1.0, 2.0, 4.0, "2", date(2026, 6, 1)),
        (4, 0.0, 1.0, 2.0, 4.0, "2", date(2026, 6, 1)),
    ]
    # 92 days from August to October. Shop 1 bought 10 of product 2 and has 1 (9.2 days); shop 4 bought 2 last in July: no pace.
    assert [(row["retailer_id"], row["signal"], row["subject"], round(row["present"], 1)) for row in told["stock"]] == [
        (2, "stock_out_risk", "2", 0.0), (3, "overstock_risk", "5", 128.8),
    ]  # fmt: skip
    assert {row["signal"] for rows in told.values() for row in rows} == {
        "decline_against_peers", "long_not_visited", "promise_overdue", "new_product_not_carried", "stock_out_risk",
        "overstock_risk",
    }  # fmt: skip


def test_signals_are_found_in_tables() -> None:
    given_rows = sources()
    told = {name: DUCK.run(question, given_rows).to_pylist() for name, question in QUESTIONS.items()}
    check(told)
    for rows in told.values():
        assert all(finding.signal in WAYS for finding in findings(rows))


@pytest.mark.parametrize("mark", [pytest.param("spark", marks=ON_SPARK)])
def test_signals_are_the_same_on_spark(mark: str, spark: engine.Engine) -> None:
    given_rows = sources()
    check({name: spark.run(question, given_rows).to_pylist() for name, question in QUESTIONS.items()})


def test_evidence_leaves_out_what_is_unknown() -> None:
    told = findings(DUCK.run(QUESTIONS["long"], sources()).to_pylist())
    assert [dict(finding.evidence) for finding in told] == [{"since": ON - timedelta(days=31)}, {}]


def test_every_signal_has_a_way_and_a_unit() -> None:
    assert set(WAYS) == set(UNITS) == set(Signal)


def test_reasons_come_in_order_and_the_farthest_finding_speaks() -> None:
    found = [
        Finding(7, Signal.NEW_PRODUCT_NOT_CARRIED, 0, 1),
        Finding(7, Signal.PROMISE_OVERDUE, 2, 0, {"subject": "near"}),
        Finding(7, Signal.PROMISE_OVERDUE, 9, 0, {"subject": "far"}),
        Finding(7, Signal.COMPLAINT_PENDING, 1, 0),
        Finding(7, Signal.PRICE_TAGS_MISSING, 0.5, 1),
        Finding(9, Signal.COMPLAINT_PENDING, 1, 0),
    ]
    told = reasons([7, 8], found)
    assert [reason.code for reason in told[7]] == [
        Signal.COMPLAINT_PENDING, Signal.PROMISE_OVERDUE, Signal.NEW_PRODUCT_NOT_CARRIED,
    ]  # fmt: skip
    assert told[7][1].as_json() == {
        "code": "promise_overdue", "present": 9, "wanted": 0, "unit": "days_overdue", "way": "keep_promise",
        "evidence": {"subject": "far"},
    }  # fmt: skip
    assert [reason.code for reason in told[8]] == [Signal.REGULAR]
    assert set(told) == {7, 8}


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.builds(
            Finding,
            st.integers(1, 4),
            st.sampled_from(list(Signal)),
            st.none() | st.floats(0, 9),
            st.none() | st.floats(0, 9),
        )
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_findings_does_not_matter(found: list[Finding], chance: Any) -> None:
    told = reasons(range(1, 5), found, most=2)
    chance.shuffle(found)
    assert reasons(range(1, 5), found, most=2) == told
    for retailer, why in told.items():
        codes = [reason.code for reason in why]
        assert 1 <= len(codes) == len(set(codes)) <= 2
        assert codes == sorted(codes, key=list(Signal).index)
        assert Signal.REGULAR in codes or any(f.retailer_id == retailer and f.signal in codes for f in found)
