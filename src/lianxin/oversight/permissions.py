"""Who may decide about a flag: the table of access, and on top of it the separation of duties."""

from datetime import date

from lianxin.foundation import access
from lianxin.foundation.models import User
from lianxin.oversight.models import Flag
from lianxin.people import queries as people


def has_interest(user: User, flag: Flag, *, on: date) -> bool:
    """Whether a user is a party: the person concerned, who opened the flag, or the person's superior on that day."""
    if flag.person.user_id == user.pk or flag.opened_by_id == user.pk:
        return True
    return people.postings_on(flag.company, on=on).filter(person=flag.person, reports_to__user=user).exists()


def may_answer(user: User, flag: Flag) -> bool:
    """Only the person concerned answers, in whatever post."""
    return flag.person.user_id == user.pk


def may_review(user: User, flag: Flag, *, on: date) -> bool:
    """Someone whose post reviews flags and who is no party to this one."""
    return access.may(user, "flags.review", flag.company) and not has_interest(user, flag, on=on)
