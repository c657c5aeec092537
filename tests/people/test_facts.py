from datetime import date

import pytest

from lianxin.core.tables import POSTINGS, UNITS
from lianxin.engine.sources import nullable_arrow_schema
from lianxin.foundation.facts import publishers
from lianxin.people import facts
from lianxin.people.states import Post
from tests import factories

pytestmark = pytest.mark.django_db


def test_postings_are_published_with_their_interval(company):
    unit = factories.unit(company)
    ended = factories.person(unit, employee_no="E1", name="甲", valid_until=date(2021, 6, 1))
    open_ = factories.person(unit, Post.LEADER, employee_no="E2", name="乙")

    rows = facts.postings(company)

    assert rows.schema == nullable_arrow_schema(POSTINGS)
    common = {"company_id": company.pk, "unit_id": unit.pk, "valid_from": factories.START}
    assert rows.to_pylist() == [
        {
            **common,
            "person_id": ended.pk,
            "employee_no": "E1",
            "name": "甲",
            "post": "customer_manager",
            "valid_until": date(2021, 6, 1),
        },
        {**common, "person_id": open_.pk, "employee_no": "E2", "name": "乙", "post": "leader", "valid_until": None},
    ]


def test_postings_of_another_company_are_left_out(company):
    factories.person(factories.unit(factories.company("other")))

    assert facts.postings(company).num_rows == 0


def test_units_are_published_with_their_parent(company):
    top = factories.unit(company, "公司", kind="company")
    below = factories.unit(company, "城南市场部", parent=top)

    rows = facts.units(company)

    assert rows.schema == nullable_arrow_schema(UNITS)
    assert rows.select(["unit_id", "unit", "parent_id", "kind"]).to_pylist() == [
        {"unit_id": top.pk, "unit": "公司", "parent_id": None, "kind": "company"},
        {"unit_id": below.pk, "unit": "城南市场部", "parent_id": top.pk, "kind": "market_unit"},
    ]


def test_every_dimension_that_indicators_read_has_a_publisher():
    assert {"postings", "units", "retailer_versions", "territories", "product_versions", "targets"} <= set(publishers())
