"""That a question has nobody to review it, and what can be done: said on its page, never left to be noticed."""

from datetime import date

from django.utils.translation import gettext as _

from lianxin.foundation import access
from lianxin.foundation.models import User
from lianxin.foundation.states import Role
from lianxin.oversight import permissions
from lianxin.oversight.models import Flag
from lianxin.oversight.states import IN_REVIEW, FlagState


def review_notice(flag: Flag, user: User, *, on: date) -> str:
    """Why nobody can review a question and what to do; "" where somebody can, or nothing is left to review.

    Whoever does not read checks is told only that nobody was found: of a check nobody outside the office knows before its
    round is over.
    """
    if flag.state == FlagState.CLOSED:
        return ""
    if not access.may(user, "checks.read", flag.company):
        if flag.state in IN_REVIEW and flag.owner_id is None:
            return _(
                "Nobody without an interest has been found to review this question. It waits; nothing follows from it."
            )
        return ""
    if permissions.free_reviewers(flag, on=on):
        return ""
    interested = permissions.parties(flag, on=on)
    at_it = [each for each in permissions.reviewers(flag.company) if each.pk not in interested]
    post = Role.SUPERVISION_OFFICER.label
    if at_it:
        words = _(
            "Nobody can review this question yet: %(people)s must first make the checks on which it rests, and is then a "
            "party, or give them to somebody else. Or the administrator gives the post “%(post)s” to somebody without an "
            "interest in it."
        )
        return words % {"people": "、".join(map(str, at_it)), "post": post}
    words = _(
        "Nobody is left to review this question: everybody whose post reviews questions is a party to it. It waits; "
        "nothing follows from it. What to do: the administrator gives the post “%(post)s” to somebody without an interest "
        "in it, who then takes it up on this page."
    )
    return words % {"post": post}
