"""Who may decide about a flag: the table of access, and on top of it the separation of duties."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Count, Q

from lianxin.foundation import access
from lianxin.foundation.models import Company, RoleGrant, User
from lianxin.oversight.models import Flag
from lianxin.people import queries as people
from lianxin.people.models import Person, Posting
from lianxin.visits.models import Visit


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


def reviewers(company: Company) -> list[User]:
    """Everybody whose post reviews flags, the one with the fewest open ones first."""
    roles = list(access.RULES["flags.review"])
    holders = RoleGrant.objects.filter(company=company, role__in=roles, revoked_at=None).values("user")
    load = Count("flags_owned", filter=~Q(flags_owned__state="closed"))
    return list(User.objects.filter(pk__in=holders, is_active=True).annotate(load=load).order_by("load", "pk"))


def next_reviewer(flag: Flag, *, on: date) -> User | None:
    """Who is to review a flag: of those without an interest the one with the fewest open ones. None when there is nobody."""
    return next((user for user in reviewers(flag.company) if not has_interest(user, flag, on=on)), None)


def parties_of(visits: Iterable[Visit]) -> dict[str, set[int]]:
    """Users with an interest in each visit, by its id: who made it, and that person's superior then or now."""
    rows = list(visits)
    persons = {row.person_id for row in rows}
    people_of = dict(Person.objects.filter(pk__in=persons, user__isnull=False).values_list("pk", "user_id"))
    above: dict[int, set[int]] = {}
    for person_id, user_id in Posting.objects.filter(person__in=persons, reports_to__user__isnull=False).values_list(
        "person_id", "reports_to__user_id"
    ):
        above.setdefault(person_id, set()).add(user_id)
    return {
        row.pk: above.get(row.person_id, set()) | ({people_of[row.person_id]} if row.person_id in people_of else set())
        for row in rows
    }
