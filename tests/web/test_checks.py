"""What `lianxin check` finds between retailers and territories."""

from datetime import date

import pytest

from lianxin.foundation import startup
from lianxin.foundation.models import Company
from lianxin.retailers.models import RetailerVersion
from lianxin.retailers.states import Status
from lianxin.web.checks import closed_and_held
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_closed_retailer_that_is_still_held_is_named(company: Company) -> None:
    manager = factories.person(factories.unit(company), employee_no="E1")
    for licence in ("L1", "L2", "L3"):
        factories.retailer(company, licence, holder=manager)
    closed, ended = date(2021, 6, 1), company.retailers.get(licence_no="L2")
    for retailer in company.retailers.exclude(licence_no="L3"):
        RetailerVersion.objects.create(
            retailer=retailer, valid_from=closed, licence_no=retailer.licence_no, name="x", status=Status.CLOSED
        )
    ended.territories.update(valid_until=closed)
    assert closed_and_held(company, on=date(2021, 5, 31)) == []
    assert closed_and_held(company, on=closed) == [("L1", "E1")]
    _title, ask = startup.CHECKS["closed_held"]
    (found,) = ask(company)
    assert "L1" in found.text
    assert "L1" not in found.remedy
