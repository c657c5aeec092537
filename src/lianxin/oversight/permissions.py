"""Who may decide about a flag: the table of access, and on top of it the separation of duties."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from lianxin.foundation import access
from lianxin.foundation.models import Company, RoleGrant, User
from lianxin.oversight.models import Check, Flag
from lianxin.oversight.queries import subjects
from lianxin.oversight.states import IN_REVIEW, CheckState, FlagState
from lianxin.people.models import Person, Posting
from lianxin.visits.models import Visit


def parties(flag: Flag, *, on: date) -> set[int]:
    """Ids of the users with an interest in a question, who do not review it.

    The person concerned; who opened it; the person's superiors, now or on the days it is about; and whoever made a check on which
    it rests: nobody judges his own findings.
    """
    first, last = subjects.days_of(flag)
    then = Q(valid_from__lte=last) & (Q(valid_until=None) | Q(valid_until__gt=first))
    now = Q(valid_from__lte=on) & (Q(valid_until=None) | Q(valid_until__gt=on))
    above = Posting.objects.filter(then | now, person=flag.person).values_list("reports_to__user_id", flat=True)
    made = _rests_on(flag).filter(state=CheckState.DONE)
    checkers = {user for row in made.values_list("checker_id", "done_by_id") for user in row}
    return {user for user in {flag.person.user_id, flag.opened_by_id, *above} | checkers if user is not None}


def _rests_on(flag: Flag) -> QuerySet[Check]:
    """The checks, made or to be made, of the visits on which a question rests."""
    rests_on = Q(visit__in=subjects.visits_shown(flag))
    if flag.rule in subjects.OF_VISITS and subjects.month_of(flag.subject) is not None:
        # The estimate of a month rests on every check of it, shown or not.
        first, last = subjects.days_of(flag)
        rests_on |= Q(visit__person=flag.person, visit__visit_date__gte=first, visit__visit_date__lte=last)
    return Check.objects.filter(rests_on, company=flag.company)


def checking(flag: Flag) -> set[int]:
    """Ids of the users who are still to make a check on which a question rests: no parties yet, but by making it they become it."""
    to_make = _rests_on(flag).filter(state=CheckState.ASSIGNED, checker__isnull=False)
    return set(to_make.values_list("checker_id", flat=True))


def has_interest(user: User, flag: Flag, *, on: date) -> bool:
    """Whether a user is a party to a question."""
    return user.pk in parties(flag, on=on)


def may_answer(user: User, flag: Flag) -> bool:
    """Only the person concerned answers, in whatever post."""
    return flag.person.user_id == user.pk


def may_review(user: User, flag: Flag, *, on: date) -> bool:
    """Someone whose post reviews flags, who is no party to this one and is not to become one by a check of his own."""
    is_free = not has_interest(user, flag, on=on) and user.pk not in checking(flag)
    return access.may(user, "flags.review", flag.company) and is_free


def reviewers(company: Company) -> list[User]:
    """Everybody whose post reviews flags, the one with the fewest open ones first."""
    roles = list(access.RULES["flags.review"])
    holders = RoleGrant.objects.filter(company=company, role__in=roles, revoked_at=None).values("user")
    load = Count("flags_owned", filter=~Q(flags_owned__state="closed"))
    return list(User.objects.filter(pk__in=holders, is_active=True).annotate(load=load).order_by("load", "pk"))


def free_reviewers(flag: Flag, *, on: date) -> list[User]:
    """Everybody who may review a question, the one with the fewest open ones first; empty when nobody is left."""
    barred = parties(flag, on=on) | checking(flag)
    return [user for user in reviewers(flag.company) if user.pk not in barred]


def next_reviewer(flag: Flag, *, on: date) -> User | None:
    """Who is to review a flag: of those who may the one with the fewest open ones. None when there is nobody.

    Whoever has other visits of the person still to check comes last: reviewing, he could not make those checks.
    """
    to_make = Check.objects.filter(company=flag.company, visit__person=flag.person, state=CheckState.ASSIGNED)
    at_it = set(to_make.values_list("checker_id", flat=True))
    return min(free_reviewers(flag, on=on), key=lambda user: user.pk in at_it, default=None)


def has_left(flag: Flag, *, on: date) -> bool:
    """Whether who took up the review may not go on with it: switched off, of another post, or a party by now."""
    return flag.reviewer is not None and not may_review(flag.reviewer, flag, on=on)


def without_reviewer(company: Company, *, on: date) -> QuerySet[Flag]:
    """Questions to be reviewed that are with nobody, or with somebody who reviews no more or leads the person by now."""
    now = Q(valid_from__lte=on) & (Q(valid_until=None) | Q(valid_until__gt=on))
    leads = Exists(Posting.objects.filter(now, person=OuterRef("person"), reports_to__user=OuterRef("owner")))
    holders = [user.pk for user in reviewers(company)]
    rows = Flag.objects.filter(company=company, state__in=IN_REVIEW)
    return rows.filter(Q(owner=None) | ~Q(owner__in=holders) | leads).order_by("opened_at", "pk")


def parties_of(visits: Iterable[Visit], *, is_given: bool = True) -> dict[str, set[int]]:
    """Users with an interest in each visit, by its id.

    Who made it, his superiors then or now, and who reviews a question about him.

    Parameters
    ----------
    is_given : a check that is there already; one that is still to be given is not given to who is to review such a question either
    """
    rows = list(visits)
    persons = {row.person_id for row in rows}
    people_of = dict(Person.objects.filter(pk__in=persons, user__isnull=False).values_list("pk", "user_id"))
    above: dict[int, set[int]] = {}
    for person_id, user_id in Posting.objects.filter(person__in=persons, reports_to__user__isnull=False).values_list(
        "person_id", "reports_to__user_id"
    ):
        above.setdefault(person_id, set()).add(user_id)
    reviewing = Flag.objects.filter(person__in=persons).exclude(state=FlagState.CLOSED)
    for person_id, state, owner_id, reviewer_id in reviewing.values_list(
        "person_id", "state", "owner_id", "reviewer_id"
    ):
        # Before it is taken up a question waits for its owner; one who checks what it rests on could not take it up. What he has
        # to check already is nothing on which it rests.
        judges = {reviewer_id, owner_id if state in IN_REVIEW and not is_given else None}
        above.setdefault(person_id, set()).update(user for user in judges if user is not None)
    return {
        row.pk: above.get(row.person_id, set()) | ({people_of[row.person_id]} if row.person_id in people_of else set())
        for row in rows
    }
