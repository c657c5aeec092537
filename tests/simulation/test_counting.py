"""Counts and prices of the fictional visits: the same every time, and shelves hold what their shops did not need."""

from datetime import date, timedelta

import pyarrow as pa
import pytest

from lianxin.simulation.counting import counts_of

pytestmark = pytest.mark.requirement("C6")
N = 600
MONTH = date(2021, 11, 1)
GOODS = {"A": 60.0, "B": None}


def visits(n_answers: int | None = 8) -> pa.Table:
    return pa.table(
        {
            "visit_id": [f"v{n}" for n in range(N)],
            "retailer_id": [f"L{n}" for n in range(N)],
            "visit_date": pa.array([MONTH + timedelta(days=n % 28) for n in range(N)], pa.date32()),
            "n_answers": pa.array([n_answers] * N, pa.int64()),
        }
    )


def ordered(coming: int | None) -> dict[tuple[str, str, date], int]:
    """Shops that took 40 a month of A in each of three months, and then `coming`; nobody took B."""
    past = {(f"L{n}", "A", date(2021, month, 1)): 40 for n in range(N) for month in (8, 9, 10)}
    return past | ({(f"L{n}", "A", date(2021, 12, 1)): coming for n in range(N)} if coming is not None else {})


def made(coming: int | None, *, last_month: date = date(2021, 12, 1)) -> list[dict[str, object]]:
    return counts_of(visits(), ordered(coming), GOODS, last_month=last_month, seed=7).to_pylist()


def test_one_visit_in_two_counts_what_its_shop_ordered_and_two_in_three_write_a_price() -> None:
    rows = made(40)
    assert rows == made(40)
    assert N * 0.42 < len(rows) < N * 0.58
    assert {row["product_code"] for row in rows} == {"A"}
    priced = [row["retail_price"] for row in rows if row["retail_price"] is not None]
    assert 0.6 < len(priced) / len(rows) < 0.75
    assert all(0.85 * 60 <= price <= 1.15 * 60 for price in priced)  # type: ignore[operator]
    assert counts_of(visits(2), ordered(40), GOODS, last_month=date(2021, 12, 1), seed=7).num_rows == 0
    assert counts_of(visits(None), ordered(40), GOODS, last_month=date(2021, 12, 1), seed=7).num_rows == 0


def share_full(rows: list[dict[str, object]]) -> float:
    """Of the shelves those that hold more than a month's need."""
    return sum(row["units"] > 40 for row in rows) / len(rows)  # type: ignore[operator]


def test_a_shop_that_will_order_little_has_a_full_shelf() -> None:
    assert share_full(made(10)) == 1.0
    assert 0.02 < share_full(made(40)) < 0.12
    # of the month to come nobody knows: some are full, none because of it
    assert 0.05 < share_full(made(None, last_month=date(2021, 11, 1))) < 0.17
    assert any(row["units"] == 0 for row in made(40))
