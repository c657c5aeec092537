"""Agreements of the company with its suppliers."""

from datetime import date

from django.db.models import QuerySet

from lianxin.core.units import month_plus
from lianxin.foundation.models import Company
from lianxin.supply.models import SupplierAgreement


def agreements(company: Company) -> QuerySet[SupplierAgreement]:
    """Every line of every agreement."""
    return SupplierAgreement.objects.filter(company=company).select_related("product")


def last_month(row: SupplierAgreement) -> date:
    """The first day of the month with which an agreement ends."""
    return month_plus(row.first_month, row.n_months - 1)


def latest_end(company: Company, n_months: int, *, on: date) -> date | None:
    """The newest month that is over and with which an agreement of that length ended; None where there is none."""
    starts = agreements(company).filter(n_months=n_months, first_month__lte=month_plus(on, -n_months))
    newest = starts.order_by("-first_month").values_list("first_month", flat=True).first()
    return None if newest is None else month_plus(newest, n_months - 1)
