from datetime import date

import pytest

from lianxin.core.tables import RETAILER_VERSIONS, TERRITORIES
from lianxin.engine.sources import nullable_arrow_schema
from lianxin.retailers import facts
from lianxin.retailers.models import RetailerVersion, Territory
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_version_ends_where_the_next_begins(company):
    shop = factories.retailer(company, "L1", tier=20, route="R1", trade_form="便利店")
    other = factories.retailer(company, "L2")
    RetailerVersion.objects.create(retailer=shop, valid_from=date(2021, 3, 1), licence_no="L1", name="新名", tier=25)

    rows = facts.retailer_versions(company)

    assert rows.schema == nullable_arrow_schema(RETAILER_VERSIONS)
    assert rows.select(["retailer_id", "tier", "route", "trade_form", "valid_from", "valid_until"]).to_pylist() == [
        {
            "retailer_id": shop.pk,
            "tier": 20,
            "route": "R1",
            "trade_form": "便利店",
            "valid_from": factories.START,
            "valid_until": date(2021, 3, 1),
        },
        {
            "retailer_id": shop.pk,
            "tier": 25,
            "route": None,
            "trade_form": None,
            "valid_from": date(2021, 3, 1),
            "valid_until": None,
        },
        {
            "retailer_id": other.pk,
            "tier": None,
            "route": None,
            "trade_form": None,
            "valid_from": factories.START,
            "valid_until": None,
        },
    ]


def test_territories_are_published_with_their_interval(company):
    unit = factories.unit(company)
    first, second = factories.person(unit), factories.person(unit)
    shop = factories.retailer(company, holder=first)
    Territory.objects.filter(retailer=shop).update(valid_until=date(2021, 5, 1))
    Territory.objects.create(retailer=shop, person=second, valid_from=date(2021, 5, 1))

    rows = facts.territories(company)

    assert rows.schema == nullable_arrow_schema(TERRITORIES)
    assert rows.select(["retailer_id", "person_id", "valid_from", "valid_until"]).to_pylist() == [
        {"retailer_id": shop.pk, "person_id": first.pk, "valid_from": factories.START, "valid_until": date(2021, 5, 1)},
        {"retailer_id": shop.pk, "person_id": second.pk, "valid_from": date(2021, 5, 1), "valid_until": None},
    ]


def test_a_company_without_retailers_publishes_no_rows(company):
    factories.retailer(factories.company("other"), "L9")

    assert (facts.retailer_versions(company).num_rows, facts.territories(company).num_rows) == (0, 0)
