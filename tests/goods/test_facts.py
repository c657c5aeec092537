from datetime import date

import pytest

from lianxin.core.tables import PRODUCT_VERSIONS
from lianxin.engine.sources import nullable_arrow_schema
from lianxin.goods import facts
from lianxin.goods.models import ProductVersion
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_price_holds_until_the_next_version_and_an_unknown_one_stays_null(company):
    product = factories.product(company, "P1", price_class="一类", cost_price_fen=900)
    ProductVersion.objects.create(product=product, valid_from=date(2021, 7, 1), name="改名", wholesale_price_fen=1200)

    rows = facts.product_versions(company)

    assert rows.schema == nullable_arrow_schema(PRODUCT_VERSIONS)
    wanted = ["product_code", "price_class", "cost_price_fen", "wholesale_price_fen", "valid_from", "valid_until"]
    assert rows.select(wanted).to_pylist() == [
        {
            "product_code": "P1",
            "price_class": "一类",
            "cost_price_fen": 900,
            "wholesale_price_fen": None,
            "valid_from": factories.START,
            "valid_until": date(2021, 7, 1),
        },
        {
            "product_code": "P1",
            "price_class": None,
            "cost_price_fen": None,
            "wholesale_price_fen": 1200,
            "valid_from": date(2021, 7, 1),
            "valid_until": None,
        },
    ]
