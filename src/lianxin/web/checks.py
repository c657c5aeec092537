"""What `lianxin check` asks beyond what single rooms ask of themselves."""

from collections.abc import Iterator
from datetime import date

from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.foundation import clock, startup
from lianxin.foundation.models import Company
from lianxin.retailers.models import RetailerVersion, Territory
from lianxin.retailers.states import Status


def closed_and_held(company: Company, *, on: date) -> list[tuple[str, str]]:
    """(licence number, employee number of the holder) of retailers that are closed on a day and still held."""
    newest = RetailerVersion.objects.filter(retailer=OuterRef("retailer"), valid_from__lte=on).order_by("-valid_from")
    held = (
        Territory.objects.filter(
            Q(valid_until=None) | Q(valid_until__gt=on), retailer__company=company, valid_from__lte=on
        )
        .annotate(status=Subquery(newest.values("status")[:1]))
        .filter(status=Status.CLOSED)
        .order_by("retailer__licence_no")
    )
    return list(held.values_list("retailer__licence_no", "person__employee_no"))


def _check(company: Company) -> Iterator[startup.Finding]:
    for licence_no, employee_no in closed_and_held(company, on=clock.today(company)):
        words = {"licence": licence_no, "person": employee_no}
        yield startup.Finding(
            _("Retailer %(licence)s is closed and still held by %(person)s.") % words,
            _("Import a territory that ends on the day it closed."),
        )


def register() -> None:
    startup.register_check("closed_held", gettext_lazy("Nobody holds a closed retailer"), _check)
