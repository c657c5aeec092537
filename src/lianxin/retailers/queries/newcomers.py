"""Retailers that came to the list lately, and of which trade form and market type each retailer is on a day."""

from datetime import date, timedelta
from typing import Final

from django.db.models import Exists, Min, OuterRef

from lianxin.foundation.models import Company
from lianxin.retailers.models import RetailerVersion, Territory
from lianxin.retailers.queries import held_on
from lianxin.retailers.states import Status

# Who stood on the list for so long without ordering is not about to begin.
YOUNG_DAYS: Final = 364


def newcomers(company: Company, *, on: date) -> list[int]:
    """The retailers that came to the list in the 52 weeks before a day and are active and held on it, by number.

    Who stands there since the list's own first day may be older than the list, and is none of them.
    """
    every = RetailerVersion.objects.filter(retailer__company=company)
    begins = every.aggregate(first=Min("valid_from"))["first"]
    if begins is None:
        return []
    known = RetailerVersion.objects.filter(
        retailer=OuterRef("retailer"), valid_from__lte=max(begins, on - timedelta(days=YOUNG_DAYS))
    )
    later = RetailerVersion.objects.filter(
        retailer=OuterRef("retailer"), valid_from__gt=OuterRef("valid_from"), valid_from__lte=on
    )
    held = Territory.objects.filter(held_on(on), retailer=OuterRef("retailer"))
    rows = every.filter(~Exists(known), ~Exists(later), Exists(held), valid_from__lte=on, status=Status.ACTIVE)
    return list(rows.order_by("retailer_id").values_list("retailer_id", flat=True))


def classes_on(company: Company, *, on: date) -> list[tuple[int, str, str]]:
    """Number, trade form and market type of every retailer on a day, the closed ones too; "" where not recorded."""
    rows = RetailerVersion.objects.filter(retailer__company=company, valid_from__lte=on).order_by("valid_from")
    newest = {
        pk: (pk, trade_form, market_type)
        for pk, trade_form, market_type in rows.values_list("retailer_id", "trade_form", "market_type")
    }
    return [newest[pk] for pk in sorted(newest)]
