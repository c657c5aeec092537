"""Files of stock counts come in beside visits that a file brought, and go out again whole."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lianxin.foundation import facts as published
from lianxin.foundation.errors import Refused
from lianxin.foundation.imports import running
from lianxin.foundation.models import Company
from lianxin.goods.models import Product
from lianxin.visits.models import Visit, VisitAction
from tests import factories
from tests.visits.test_visit_imports import bring

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("C6", "F1")]
AT = datetime(2022, 1, 5, 8, 0, tzinfo=UTC)
SEEN = datetime(2022, 1, 4, 0, 41, tzinfo=UTC)


@pytest.fixture
def visits(company: Company, tmp_path: Path) -> str:
    """Two visits of a file, and one of a phone; the batch of the file."""
    person = factories.person(factories.unit(company), employee_no="E1")
    shop = factories.retailer(company, "L1", holder=person)
    for code in ("P1", "P2"):
        factories.product(company, code)
    plain = {"manager_id": "E1", "retailer_id": "L1", "check_in_at": "2022-01-04T08:41:00+08:00", "n_answers": 3}
    Visit.objects.create(
        id="phone",
        company=company,
        person=person,
        retailer=shop,
        visit_date=SEEN.date(),
        check_in_at=SEEN,
        received_at=SEEN,
    )
    return str(bring(company, tmp_path, "visits", [{**plain, "visit_id": "v1"}, {**plain, "visit_id": "v2"}]).batch_id)


def count(visit: str, product: str, units: Any, price: str = "") -> dict[str, Any]:
    return {"visit_id": visit, "product_code": product, "units": units, "retail_price": price}


ROWS = [count("v1", "P1", 7, "60"), count("v1", "P2", 0), count("v2", "P1", 3, "62.5")]


def test_counts_come_in_as_what_was_done_in_the_visits_and_go_out_again(
    company: Company, visits: str, tmp_path: Path
) -> None:
    before = list(Visit.objects.order_by("pk").values_list("pk", "n_filled"))
    result = bring(company, tmp_path, "stock_counts", ROWS)

    assert (result.n_accepted, result.n_refused) == (3, 0)
    one, other = Product.objects.order_by("product_code")
    assert list(VisitAction.objects.order_by("visit_id").values_list("visit_id", "place", "kind", "body")) == [
        ("v1", 0, "stock_count", {"lines": [
            {"product_id": one.pk, "units": 7, "price_fen": 6000}, {"product_id": other.pk, "units": 0}]}),
        ("v2", 0, "stock_count", {"lines": [{"product_id": one.pk, "units": 3, "price_fen": 6250}]}),
    ]  # fmt: skip
    counted = published.publishers()["stock_counts"](company).to_pylist()
    assert [(row["visit_id"], row["product_id"], row["units"], row["counted_at"]) for row in counted] == [
        ("v1", one.pk, 7, SEEN), ("v1", other.pk, 0, SEEN), ("v2", one.pk, 3, SEEN),
    ]  # fmt: skip
    seen = published.publishers()["retail_prices"](company).to_pylist()
    assert [(row["visit_id"], row["price_fen"]) for row in seen] == [("v1", 6000), ("v2", 6250)]
    # a visit in which something was counted is no empty form
    assert list(Visit.objects.order_by("pk").values_list("pk", "n_filled")) == [("phone", None), ("v1", 1), ("v2", 1)]

    assert bring(company, tmp_path, "stock_counts", ROWS).n_duplicate == 3
    # the visits carry it: they go only after it
    with pytest.raises(Refused, match=r"counts|盘点"):
        running.undo(company=company, batch_id=visits, by=None, at=AT)
    running.undo(company=company, batch_id=result.batch_id, by=None, at=AT)
    assert not VisitAction.objects.exists()
    assert list(Visit.objects.order_by("pk").values_list("pk", "n_filled")) == before
    running.undo(company=company, batch_id=visits, by=None, at=AT)
    assert list(Visit.objects.values_list("pk", flat=True)) == ["phone"]


def test_a_later_file_counts_other_products_of_the_same_visit(company: Company, visits: str, tmp_path: Path) -> None:
    bring(company, tmp_path, "stock_counts", ROWS[:1])
    later = bring(company, tmp_path, "stock_counts", ROWS[:2])
    assert (later.n_accepted, later.n_duplicate) == (1, 1)
    assert list(VisitAction.objects.order_by("place").values_list("visit_id", "place")) == [("v1", 0), ("v1", 1)]
    running.undo(company=company, batch_id=later.batch_id, by=None, at=AT)
    assert Visit.objects.get(pk="v1").n_filled == 1


@pytest.mark.usefixtures("visits")
def test_a_count_that_cannot_be_taken_says_why(company: Company, tmp_path: Path) -> None:
    bring(company, tmp_path, "stock_counts", ROWS[:1])
    wrong = [
        ("visit_id", count("v9", "P1", 1)),
        ("visit_id", count("phone", "P1", 1)),
        ("product_code", count("v1", "P9", 1)),
        ("units", count("v1", "P1", 8, "60")),
        ("units", count("v1", "P1", 7, "61")),
        ("units", count("v2", "P1", "-1")),
        ("units", count("v2", "P1", "1.5")),
        ("retail_price", count("v2", "P1", 1, "-3")),
        ("visit_id", count("", "P1", 1)),
    ]
    result = bring(company, tmp_path, "stock_counts", [row for _column, row in wrong] + [ROWS[2]])
    assert [row["column"] for row in result.refused] == [column for column, _row in wrong]
    assert list(VisitAction.objects.values_list("visit_id", flat=True)) == ["v1", "v2"]
