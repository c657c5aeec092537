"""What was true of retailers on a day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from lianxin.retailers.models import RetailerVersion


def versions_on(retailer_ids: Iterable[int], *, on: date) -> dict[int, RetailerVersion]:
    """Retailer -> what was true of it on a day (its first version before that)."""
    rows = RetailerVersion.objects.filter(retailer_id__in=list(retailer_ids)).order_by("valid_from")
    found: dict[int, RetailerVersion] = {}
    for row in rows:
        if row.valid_from <= on or row.retailer_id not in found:
            found[row.retailer_id] = row
    return found
