"""Photographs and files beside lines. Each reads of a sheet that `rounds.own_sheet` or `rounds.sheet_of` gave."""

from datetime import date

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from lianxin.demand.models import Attachment, Round, Sheet
from lianxin.demand.queries import rounds
from lianxin.foundation.errors import Missing
from lianxin.foundation.models import User


def of_sheet(sheet: Sheet) -> QuerySet[Attachment]:
    """What lies beside a sheet's lines, by line and time."""
    return Attachment.objects.filter(sheet=sheet, removed_at=None).order_by("line_no", "pk")


def of_line(sheet: Sheet, line_no: int) -> QuerySet[Attachment]:
    """What lies beside one line."""
    return of_sheet(sheet).filter(line_no=line_no)


def attachment_of(user: User, round: Round, pk: int, *, on: date) -> Attachment:
    """A file that the user may see: one's own at any time, another's once the round has closed and within the scope.

    Raises
    ------
    Missing : there is none, or none that the user may see now; the sentence does not tell which.
    """
    found = Attachment.objects.filter(pk=pk, sheet__round=round, removed_at=None).select_related("sheet").first()
    if found is None:
        raise Missing(_("There is no such file that you may see now."))
    try:
        rounds.sheet_of(user, round, found.sheet.person_id, on=on)
    except Missing as missing:
        raise Missing(_("There is no such file that you may see now.")) from missing
    return found
