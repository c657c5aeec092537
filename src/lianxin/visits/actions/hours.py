"""When a shop likes to be visited and when it is busy: what the next plans keep to."""

from datetime import date, datetime, time

from django.db import transaction
from django.utils.translation import gettext as _

from lianxin.foundation import audit
from lianxin.foundation.errors import Denied, Refused
from lianxin.foundation.models import User
from lianxin.retailers.models import Retailer
from lianxin.retailers.queries import holder_on
from lianxin.visits.actions.planning import require_in_scope
from lianxin.visits.models import ShopHours


@transaction.atomic
def set_hours(
    *,
    retailer: Retailer,
    good_from: time | None,
    good_until: time | None,
    busy_from: time | None,
    busy_until: time | None,
    valid_from: date,
    by: User,
    at: datetime,
    on: date,
) -> ShopHours:
    """The hours of a shop from a day on, as the retailer said; all empty means that nothing is known.

    Raises
    ------
    Denied : nobody holds the shop, or it is held by somebody for whom the user may not plan.
    Refused : a beginning without an end, an end before its beginning, or good hours that are busy from end to end.
    """
    holder = holder_on(retailer, on=on)
    if holder is None:
        raise Denied(_("Nobody holds this retailer today; its hours are set by who does."))
    require_in_scope(by, "callplans.change", holder.person, on=on)
    for name, first, last in (("good_from", good_from, good_until), ("busy_from", busy_from, busy_until)):
        if (first is None) != (last is None):
            raise Refused(_("Give both the beginning and the end, or neither."), field=name)
        if first is not None and last is not None and last <= first:
            raise Refused(_("The end must be later than the beginning."), field=name)
    if good_from and good_until and busy_from and busy_until and busy_from <= good_from and good_until <= busy_until:
        raise Refused(_("The good hours are all busy; a visit would never fit."), field="busy_from")
    row, _created = ShopHours.objects.update_or_create(
        retailer=retailer,
        valid_from=valid_from,
        defaults={
            "good_from": good_from,
            "good_until": good_until,
            "busy_from": busy_from,
            "busy_until": busy_until,
            "by": by,
        },
    )
    spans = {
        "good": [str(good_from or ""), str(good_until or "")],
        "busy": [str(busy_from or ""), str(busy_until or "")],
    }
    audit.record(
        company=retailer.company,
        by=by,
        verb="callplans.set_hours",
        subject=f"retailer:{retailer.pk}",
        after={"valid_from": valid_from, **spans},
        at=at,
    )
    return row
