"""What is valid of retailers and territories."""

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _

from lianxin.foundation.models import Company
from lianxin.retailers.models import RetailerVersion, Territory
from lianxin.retailers.states import Status


def gap_words(licence_no: str, start: date, until: date) -> str:
    """The sentence about a stretch in which nobody held a retailer."""
    return _("Nobody holds retailer %(licence)s from %(start)s until before %(until)s.") % {
        "licence": licence_no,
        "start": start.isoformat(),
        "until": until.isoformat(),
    }


def territory_faults(company: Company) -> Iterator[str]:
    """A sentence for every gap between two holders of a retailer, and for every day on which two hold one."""
    last: tuple[int, date | None] | None = None
    rows = (
        Territory.objects.filter(retailer__company=company)
        .order_by("retailer_id", "valid_from")
        .values_list("retailer_id", "valid_from", "valid_until", "retailer__licence_no")
    )
    for retailer_id, start, until, licence_no in rows.iterator(chunk_size=5000):
        if last is not None and last[0] == retailer_id:
            if last[1] is None or last[1] > start:
                yield _("Two persons hold retailer %(licence)s on %(day)s.") % {
                    "licence": licence_no,
                    "day": start.isoformat(),
                }
            elif last[1] < start:
                yield gap_words(licence_no, last[1], start)
        last = retailer_id, until


def retailers_without_holder(company: Company, *, on: date) -> list[str]:
    """Licence numbers of the active retailers that nobody holds on a day."""
    newest: dict[int, tuple[str, str]] = {}
    rows = (
        RetailerVersion.objects.filter(retailer__company=company, valid_from__lte=on)
        .order_by("valid_from")
        .values_list("retailer_id", "licence_no", "status")
    )
    for retailer_id, licence_no, status in rows.iterator(chunk_size=5000):
        newest[retailer_id] = licence_no, status
    held = {
        retailer_id
        for retailer_id, until in Territory.objects.filter(retailer__company=company, valid_from__lte=on).values_list(
            "retailer_id", "valid_until"
        )
        if until is None or until > on
    }
    return sorted(
        licence_no
        for retailer_id, (licence_no, status) in newest.items()
        if status == Status.ACTIVE and retailer_id not in held
    )
