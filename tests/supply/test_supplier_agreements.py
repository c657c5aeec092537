"""Agreements with suppliers: files, the page that says which reading of 履约率 it is, the API, and the closing."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation

from lianxin.foundation.errors import Refused
from lianxin.foundation.imports import running
from lianxin.foundation.imports.cells import CellWrong, Formats
from lianxin.foundation.models import Company, DatedParameter
from lianxin.foundation.states import Role
from lianxin.supply.facts import supplier_agreements
from lianxin.supply.imports.suppliers import Period, period
from lianxin.supply.models import SupplierAgreement
from tests import factories
from tests.factories import START

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("C5")]
HEAD = "supplier,product_code,brand,period,agreed_units,transferred_units\n"
AT = datetime(2022, 1, 5, tzinfo=UTC)
EN = {"accept-language": "en"}
Take = Callable[..., running.Result]


@pytest.fixture
def take(company: Company, tmp_path: Path) -> Take:
    factories.product(company, "P1")
    n = 0

    def _take(rows: str, **options: Any) -> running.Result:
        nonlocal n
        n += 1
        path = tmp_path / f"agreed{n}.csv"
        path.write_text(HEAD + rows, encoding="utf-8")
        with translation.override("en"):
            return running.run(company=company, kind="supplier_agreements", path=path, by=None, at=AT, **options)

    return _take


def counts(result: running.Result) -> tuple[int, int, int, int]:
    return result.n_read, result.n_accepted, result.n_refused, result.n_duplicate


@pytest.mark.parametrize(
    ("written", "first", "n"),
    [
        ("2021-12", date(2021, 12, 1), 1), ("2021年12月", date(2021, 12, 1), 1), ("2021H2", date(2021, 7, 1), 6),
        ("2021-h1", date(2021, 1, 1), 6), ("2021年上半年", date(2021, 1, 1), 6), ("2021下半年", date(2021, 7, 1), 6),
        ("2021Q4", date(2021, 10, 1), 3), ("2021年第三季度", date(2021, 7, 1), 3), ("2021年2季度", date(2021, 4, 1), 3),
        ("2021年全年", date(2021, 1, 1), 12), ("2021", date(2021, 1, 1), 12),
    ],
)  # fmt: skip
def test_a_period_is_whole_months_of_the_calendar(written: str, first: date, n: int) -> None:
    assert period(written, Formats()) == Period(first, n)


@pytest.mark.parametrize("written", ["2021H3", "2021Q5", "soon", "1021H1", "2021-13"])
def test_what_is_no_period_is_refused(written: str) -> None:
    with pytest.raises(CellWrong):
        period(written, Formats())


def test_lines_come_in_once_are_filled_in_corrected_and_taken_out(company: Company, take: Take) -> None:
    rows = "甲工业,P1,,2021H2,1000,\n甲工业,,云岭,2021H2,500,450\n甲工业,P1,,2021-12,90,100\n"
    first = take(rows)
    assert counts(first) == (3, 3, 0, 0)
    assert counts(take(rows + "乙工业,P1,,2021H2,10,10\n")) == (4, 1, 0, 3)
    # What came, told later, corrects nothing.
    filled = take("甲工业,P1,,2021H2,1000,990\n")
    assert counts(filled) == (1, 1, 0, 0)
    assert counts(take("甲工业,P1,,2021H2,1000,\n")) == (1, 0, 0, 1)
    other = take("甲工业,P1,,2021H2,1100,990\n")
    assert "Known already with other content" in other.refused[0]["reason"]
    assert counts(take("甲工业,P1,,2021H2,1100,990\n", is_correction=True)) == (1, 1, 0, 0)
    assert SupplierAgreement.objects.get(product__isnull=False, n_months=6, supplier="甲工业").agreed_units == 1100
    twice = take("丙工业,P1,,2021H2,1,1\n丙工业,P1,,2021H2,2,1\n")
    assert counts(twice) == (2, 1, 1, 0)
    assert "Line 2 says otherwise of the same" in twice.refused[0]["reason"]
    with pytest.raises(Refused):
        running.undo(company=company, batch_id=first.batch_id, by=None, at=AT)
    running.undo(company=company, batch_id=twice.batch_id, by=None, at=AT)
    assert not SupplierAgreement.objects.filter(supplier="丙工业").exists()


@pytest.mark.parametrize(
    ("row", "column", "sentence"),
    [
        ("甲,P1,云岭,2021H2,1,1", "product_code", "either a product or a brand"),
        ("甲,,,2021H2,1,1", "product_code", "either a product or a brand"),
        ("甲,P9,,2021H2,1,1", "product_code", "no product with this code"),
        ("甲,P1,,2022-01,1,1", "transferred_units", "The period is not over"),
        ("甲,P1,,2021-12-31 x,1,1", "period", "This is no period"),
        ("甲,P1,,2021H2,-1,1", "agreed_units", "out of range"),
    ],
)
def test_a_row_that_does_not_fit_is_refused_alone(take: Take, row: str, column: str, sentence: str) -> None:
    result = take(f"{row}\n甲,P1,,2022-01,5,\n")
    assert counts(result) == (2, 1, 1, 0)
    assert result.refused[0]["column"] == column
    assert sentence in result.refused[0]["reason"]


def test_the_page_and_the_api_tell_of_the_company_which_reading_it_is(company: Company, take: Take) -> None:
    client = Client()
    client.force_login(factories.user(company, Role.LEADER))
    address = reverse("supply:supplier_agreements")
    assert "No agreement with a supplier has been taken in yet" in client.get(address, headers=EN).content.decode()
    take(
        "甲工业,P1,,2021H2,1000,1200\n乙工业,,云岭,2021H2,1000,600\n甲工业,P1,,2021-12,100,50\n甲工业,P1,,2022H1,100,\n"
    )
    # The newest that ended is shown first, though nobody has told yet what came of it.
    newest = client.get(address, headers=EN)
    assert [one.reason for one in newest.context["figures"]] == ["what came is not recorded of every agreement"] * 2
    page = client.get(address + "?month=2021-12", headers=EN)
    said = page.content.decode()
    assert (
        f"1,800 {company.order_unit_en} transferred in of 2,000 {company.order_unit_en} agreed, over 2 lines of 6 months"
        in said
    )
    assert "fulfilment, on scorecards and among the three rates, is (ii)" in said
    assert [(one.value, one.reason) for one in page.context["figures"]] == [(0.9, ""), (0.8, "")]
    api = client.get("/api/v1/supplier-agreements/fulfilment?month=2021-12", headers=EN).json()
    assert (api["agreement_months"], [(one["indicator"], one["value"], one["n"]) for one in api["figures"]]) == (
        6, [("supplier_fulfilment", 0.9, 2), ("supplier_fulfilment.capped", 0.8, 2)],
    )  # fmt: skip
    assert "(ii)" in api["readings"]
    listed = client.get("/api/v1/supplier-agreements").json()
    assert (listed["total"], listed["rows"][0]["supplier"], listed["rows"][0]["last_month"]) == (
        4,
        "甲工业",
        "2021-12-01",
    )
    assert supplier_agreements(company).num_rows == 4
    # The company may count its monthly contracts instead; a month in which none ends has no figure, and no zero.
    DatedParameter.objects.create(
        company=company, name="supply.agreement_months", value=1, valid_from=START, source="x", set_at=AT
    )
    monthly = client.get(address + "?month=2021-12", headers=EN)
    assert [one.value for one in monthly.context["figures"]] == [0.5, 0.5]
    none = client.get(address + "?month=2021-11", headers=EN)
    assert [one.value for one in none.context["figures"]] == [None, None]
    assert "No agreement of 1 months ends with this month" in none.content.decode()
    assert client.get("/api/v1/supplier-agreements/fulfilment?month=2021-11").json()["figures"] == []
    for role in (Role.CUSTOMER_MANAGER, Role.MARKET_MANAGER):
        refused = Client()
        refused.force_login(factories.user(company, role))
        assert refused.get(address).status_code == 403
        assert refused.get("/api/v1/supplier-agreements").status_code == 403


def test_the_database_keeps_one_line_a_period_and_goods(company: Company) -> None:
    product = factories.product(company, "P1")
    base = {"company": company, "supplier": "甲", "first_month": date(2021, 7, 1), "n_months": 6, "agreed_units": 1}
    assert str(SupplierAgreement.objects.create(**base, product=product)) == "甲 2021-07"
    SupplierAgreement.objects.create(**base, brand="云岭")
    for wrong in ({"product": product}, {"brand": "云岭"}, {}, {"product": product, "brand": "云岭"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            SupplierAgreement.objects.create(**base, **wrong)
