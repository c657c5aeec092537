"""Reads of care notes by who visits the shops; the retailers' own reads are in `own`."""

from datetime import date

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from lianxin.foundation.errors import Missing
from lianxin.people.models import Person
from lianxin.retailers.models import Retailer
from lianxin.visits.models import CareNote
from lianxin.visits.queries import holding


def notes_for(person: Person, *, on: date) -> QuerySet[CareNote]:
    """The notes that are still kept about the retailers whom a person visits on a day, the newest first."""
    visited = holding.retailers_of(person, on=on).order_by()
    rows = CareNote.objects.filter(company=person.company, retailer__in=visited.values("pk"), keep_until__gte=on)
    return rows.select_related("retailer", "person").order_by("-made_at", "pk")


def note_for(person: Person, note_id: str, *, on: date) -> CareNote:
    """One note that is still kept about a retailer whom a person visits on a day.

    Raises
    ------
    Missing : there is none; the sentence does not tell whether others may read it.
    """
    found = notes_for(person, on=on).filter(pk=note_id).first()
    if found is None:
        raise Missing(_("There is no such note about a shop you visit."))
    return found


def shop_visited(person: Person, licence_no: str, *, on: date) -> Retailer:
    """The retailer with a licence, of those whom a person visits on a day.

    Raises
    ------
    Missing : there is none; the sentence does not tell whether others visit it.
    """
    found = holding.retailers_of(person, on=on).filter(licence_no=licence_no).first()
    if found is None:
        raise Missing(_("There is no shop with this licence among those you visit."), field="licence_no")
    return found
