"""Who may agree to a change by hand: the table of access, and on top of it the separation of duties."""

from datetime import date

from django.utils.translation import gettext as _

from lianxin.foundation import access
from lianxin.foundation.models import User
from lianxin.people import queries as people
from lianxin.supply.models import HandChange


def why_not_agree(user: User, change: HandChange, *, on: date) -> str:
    """Why a user may not agree to a change; "" when he may.

    Beside `why_not_decide`, who proposed it is a person of the company: of an account alone nobody can tell the line. To refuse
    such a change nobody needs to know it, for the line of the retailer stays as it was.
    """
    why = why_not_decide(user, change, on=on)
    if not why and people.person_of(change.proposed_by) is None:
        return _(
            "The account that proposed it belongs to no person of the company; the administrator connects it first."
        )
    return why


def why_not_decide(user: User, change: HandChange, *, on: date) -> str:
    """Why a user may not decide about a change, be it to refuse it; "" when he may.

    The second person is a person of the company, neither who proposed it nor who holds the retailer, and not in one line with the
    proposer: neither reports to the other, directly or through others.
    """
    company = change.round.company
    if not access.may(user, "supplychanges.decide", company):
        return _("Your post may not agree to changes by hand.")
    if change.proposed_by_id == user.pk:
        return _("Somebody else decides about what you proposed.")
    me, proposer = people.person_of(user), people.person_of(change.proposed_by)
    if me is None:
        return _(
            "Your account belongs to no person of the company, so nobody can tell in which line you are; somebody else decides."
        )
    if me.pk == change.holder_id:
        return _("You hold this retailer; somebody else decides.")
    if proposer is not None and people.are_in_one_line(company, me.pk, proposer.pk, on=on):
        return _("You and %(person)s are in one line; somebody from another line decides.") % {"person": proposer}
    return ""


def may_decide(user: User, change: HandChange, *, on: date) -> bool:
    """Whether a user may be the second person of a change, be it to refuse it."""
    return not why_not_decide(user, change, on=on)
