from datetime import date

import pytest

from lianxin.core.tables import ORDER_LINES
from lianxin.engine.lake import Lake
from lianxin.foundation.facts import the_lake
from lianxin.foundation.models import Company
from lianxin.orders import actions
from tests import factories
from tests.imports.conftest import Take, english, take

__all__ = ["Take", "english", "take"]

HEAD = "line_id,order_date,licence_no,product_code,wanted_units,cap_units,ordered_units,supplied_units,amount\n"


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """What higher rooms do after an import is theirs to test."""
    monkeypatch.setattr(actions, "on_committed", [])


@pytest.fixture
def shop(company: Company) -> Company:
    """A company with two retailers and two products."""
    for licence in ("L1", "L2"):
        factories.retailer(company, licence)
    for code in ("P1", "P2"):
        factories.product(company, code)
    return company


def lake() -> Lake:
    return the_lake()


def lines(company: Company) -> list[tuple[str, date, int, int | None]]:
    """line_id, order_date, ordered_units, amount_fen of every line that counts, by line id"""
    void = {(row["line_id"], row["batch_id"]) for row in lake().replacements(company_id=company.pk).to_pylist()}
    rows = lake().read(ORDER_LINES.name, company_id=company.pk).to_pylist()
    return sorted(
        (row["line_id"], row["order_date"], row["ordered_units"], row["amount_fen"])
        for row in rows
        if (row["line_id"], row["batch_id"]) not in void
    )
