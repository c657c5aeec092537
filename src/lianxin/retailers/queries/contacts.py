"""Reads of contacts: only of retailers whose manager the asking user is or stands above."""

from datetime import date, timedelta

from django.utils.translation import gettext as _

from lianxin.foundation.access import RetailerCaller, may
from lianxin.foundation.errors import Denied, Missing
from lianxin.foundation.models import Company
from lianxin.people.queries import EVERYBODY, Asker, persons_in_scope
from lianxin.retailers.models import Retailer, RetailerContact, RetailerVersion
from lianxin.retailers.queries import holder_on
from lianxin.retailers.states import Status


def is_in_scope(user: Asker, verb: str, retailer: Retailer, *, on: date) -> bool:
    """Whether a user may do a verb about this retailer's contact: its manager of the day, or somebody above in scope."""
    if not may(user, verb, retailer.company):
        return False
    persons = persons_in_scope(user, verb, retailer.company, on=on)
    if persons is EVERYBODY:
        return True
    holder = holder_on(retailer, on=on)
    return holder is not None and holder.person_id in persons


def contact_of(user: Asker, retailer: Retailer, *, on: date) -> RetailerContact | None:
    """The contact of a retailer, or None when none is recorded.

    Raises
    ------
    Denied : the user neither serves this retailer nor stands above who does.
    """
    if not is_in_scope(user, "contacts.read", retailer, on=on):
        raise Denied(_("The contact of a retailer is for who serves it and for those above."))
    return recorded(retailer)


def recorded(retailer: Retailer) -> RetailerContact | None:
    """The contact of a retailer, for a caller who has made sure that it may be seen."""
    return RetailerContact.objects.filter(retailer=retailer).select_related("entered_by", "batch").first()


def nothing_recorded() -> Missing:
    """The sentence for a retailer without a contact."""
    return Missing(_("No contact of this retailer is recorded."))


def own_contact(caller: RetailerCaller) -> RetailerContact:
    """What is recorded as the contact of the retailer that asks.

    Raises
    ------
    Missing : nothing is.
    """
    row = RetailerContact.objects.filter(company=caller.company, retailer_id=caller.retailer_id).first()
    if row is None:
        raise Missing(_("No contact of yours is recorded."))
    return row


def is_closed(retailer: Retailer, *, on: date) -> bool:
    """Whether a retailer's status has ended on a day."""
    newest = retailer.versions.filter(valid_from__lte=on).order_by("-valid_from").first()
    return newest is not None and newest.status == Status.CLOSED


def past_their_time(company: Company, *, days: int, on: date) -> list[int]:
    """Keys of the contacts of retailers that have been closed for that many days at least."""
    closing = RetailerVersion.objects.filter(
        retailer__company=company, retailer__contact__isnull=False, status=Status.CLOSED, valid_from__lte=on
    ).values("retailer_id")
    rows = RetailerVersion.objects.filter(retailer_id__in=closing, valid_from__lte=on).order_by(
        "retailer_id", "valid_from"
    )
    since: dict[int, date | None] = {}
    for retailer_id, start, status in rows.values_list("retailer_id", "valid_from", "status"):
        if status != Status.CLOSED:
            since[retailer_id] = None
        elif since.get(retailer_id) is None:
            since[retailer_id] = start
    gone = [key for key, start in since.items() if start is not None and start + timedelta(days=days) <= on]
    return list(RetailerContact.objects.filter(retailer_id__in=gone).order_by("pk").values_list("pk", flat=True))
