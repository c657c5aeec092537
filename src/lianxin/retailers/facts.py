"""Retailers' versions and territories as lake tables."""

import pyarrow as pa

from lianxin.foundation.facts import table_of, until_next
from lianxin.foundation.models import Company
from lianxin.retailers.models import RetailerVersion, Territory

_VERSION = (
    "retailer_id", "valid_from", "licence_no", "name", "town", "trade_form", "market_type", "tier", "route", "status",
    "latitude", "longitude", "order_weekday",
)  # fmt: skip


def retailer_versions(company: Company) -> pa.Table:
    """What was known of each retailer, from a day until the next version begins."""
    rows = RetailerVersion.objects.filter(retailer__company=company).order_by("retailer_id", "valid_from")
    return table_of(
        "retailer_versions", company, (*_VERSION, "valid_until"), until_next(list(rows.values_list(*_VERSION)))
    )


def territories(company: Company) -> pa.Table:
    """Who held each retailer, by interval."""
    columns = ("retailer_id", "person_id", "valid_from", "valid_until")
    rows = Territory.objects.filter(retailer__company=company).order_by("retailer_id", "valid_from")
    return table_of("territories", company, columns, list(rows.values_list(*columns)))
