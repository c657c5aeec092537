from datetime import date

import pytest

from lianxin.core.tables import TARGETS
from lianxin.engine.sources import nullable_arrow_schema
from lianxin.plans import facts
from lianxin.plans.models import Target
from tests import factories

pytestmark = pytest.mark.django_db


def test_targets_of_the_company_are_published(company):
    month = date(2021, 12, 1)
    for owner in (company, factories.company("other")):
        Target.objects.create(
            company=owner, month=month, level="manager", entity="E1", indicator="sales_units", target=4000
        )

    rows = facts.targets(company)

    assert rows.schema == nullable_arrow_schema(TARGETS)
    assert rows.to_pylist() == [
        {
            "company_id": company.pk,
            "month": month,
            "level": "manager",
            "entity": "E1",
            "indicator": "sales_units",
            "target": 4000.0,
        }
    ]
