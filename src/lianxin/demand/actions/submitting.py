"""A sheet submitted, and taken back before the deadline."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from lianxin.demand import permissions
from lianxin.demand.actions.entering import TooLate
from lianxin.demand.models import Sheet, SheetEvent
from lianxin.demand.states import SHEET_MOVES, SheetState
from lianxin.foundation import audit
from lianxin.foundation.errors import Denied, Refused
from lianxin.foundation.models import User


def submit(*, sheet: Sheet, by: User, at: datetime) -> Sheet:
    """The sheet submitted. Lines without a number stay without one: the author has left them open.

    Raises
    ------
    Denied : somebody else's sheet. TooLate : the deadline has passed. Refused : it was submitted, or nothing was decided on it.
    """
    return _move(sheet, SheetState.SUBMITTED, "forecasts.submit", by, at)


def take_back(*, sheet: Sheet, by: User, at: datetime) -> Sheet:
    """The sheet open again for its author.

    Raises
    ------
    Denied : somebody else's sheet. TooLate : the deadline has passed. Refused : it was not submitted.
    """
    return _move(sheet, SheetState.OPEN, "forecasts.take_back", by, at)


@transaction.atomic
def _move(sheet: Sheet, to: SheetState, verb: str, by: User, at: datetime) -> Sheet:
    locked = Sheet.objects.select_for_update().select_related("round__company", "person").get(pk=sheet.pk)
    if not permissions.is_author(by, locked):
        raise Denied(_("Everybody submits his own forecast."))
    if not locked.round.takes_entries(at):
        raise TooLate(_("The round is closed: the deadline has passed."))
    if to not in SHEET_MOVES[SheetState(locked.state)]:
        raise Refused(_("This forecast is “%(now)s” already.") % {"now": locked.get_state_display()})
    if to == SheetState.SUBMITTED and not (locked.n_entered or locked.n_accepted):
        raise Refused(_("Enter or accept at least one number before you submit."))
    locked.state = to
    locked.save(update_fields=["state"])
    SheetEvent.objects.create(sheet=locked, state=to, at=at, by=by)
    audit.record(
        company=locked.round.company,
        by=by,
        verb=verb,
        subject=f"forecast_sheet:{locked.pk}",
        after={"n_entered": locked.n_entered, "n_accepted": locked.n_accepted, "n_lines": locked.n_lines},
        at=at,
    )
    return locked
