"""Products' versions as a lake table."""

import pyarrow as pa

from lianxin.foundation.facts import table_of, until_next
from lianxin.foundation.models import Company
from lianxin.goods.models import ProductVersion

_FIELDS = (
    "product_id", "valid_from", "product__product_code", "name", "producer", "price_class", "wholesale_price_fen",
    "cost_price_fen", "guide_retail_price_fen", "listed_date",
)  # fmt: skip
_COLUMNS = tuple(field.removeprefix("product__") for field in _FIELDS)


def product_versions(company: Company) -> pa.Table:
    """What was known of each product, from a day until the next version begins."""
    rows = ProductVersion.objects.filter(product__company=company).order_by("product_id", "valid_from")
    return table_of(
        "product_versions", company, (*_COLUMNS, "valid_until"), until_next(list(rows.values_list(*_FIELDS)))
    )
