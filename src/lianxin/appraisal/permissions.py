"""Separation of duties, on top of the table in `foundation.access`.

Nobody adopts a scheme he wrote at, nobody confirms pay he proposed, nobody judges himself or anyone but his own team, nobody
answers his own request for a review.
"""

from datetime import date

from django.utils.translation import gettext as _

from lianxin.appraisal.models import PayRun, ReviewRequest, SchemeVersion, Scorecard
from lianxin.foundation import access
from lianxin.foundation.errors import Denied
from lianxin.foundation.models import Company, User
from lianxin.people import queries as people_queries
from lianxin.people.models import Person


def require_adopter(user: User, version: SchemeVersion) -> None:
    """Raise Denied unless the user may adopt this version: a leader who did not write at it."""
    access.require(user, "schemes.adopt", version.scheme.company)
    if version.authors.filter(pk=user.pk).exists() or version.drafted_by_id == user.pk:
        raise Denied(_("You wrote at this version, so another leader must adopt it."))


def may_adopt(user: User, version: SchemeVersion) -> bool:
    """Whether `require_adopter` would let the user pass."""
    return (
        access.may(user, "schemes.adopt", version.scheme.company)
        and version.drafted_by_id != user.pk
        and not version.authors.filter(pk=user.pk).exists()
    )


def require_confirmer(user: User, run: PayRun) -> None:
    """Raise Denied unless the user may decide on this pay run: a leader who did not propose it and has no line in it."""
    access.require(user, "pay.confirm", run.closing.company)
    if run.proposed_by_id == user.pk:
        raise Denied(_("You proposed this pay run, so another person must confirm it."))
    if run.lines.filter(person__user=user).exists():
        raise Denied(_("Your own pay is part of this run, so another person must confirm it."))


def may_confirm(user: User, run: PayRun) -> bool:
    """Whether `require_confirmer` would let the user pass."""
    return (
        access.may(user, "pay.confirm", run.closing.company)
        and run.proposed_by_id != user.pk
        and not run.lines.filter(person__user=user).exists()
    )


def judged_by(user: User, company: Company, *, on: date) -> set[int]:
    """Ids of the persons whom the user may judge on a day: those who report to him, never himself.

    Raises
    ------
    Denied : the user's post judges nobody.
    """
    access.require(user, "judgements.write", company)
    me = people_queries.person_of(user)
    if me is None:
        return set()
    team = people_queries.postings_on(company, on=on).filter(reports_to=me).exclude(person=me)
    return set(team.values_list("person_id", flat=True))


def require_judge(user: User, person: Person, *, on: date) -> None:
    """Raise Denied unless the person reports to the user on that day."""
    if person.pk not in judged_by(user, person.company, on=on):
        raise Denied(_("%(name)s does not report to you, so you cannot judge him or her.") % {"name": person.name})


def is_own(user: User, scorecard: Scorecard) -> bool:
    """Whether a scorecard is the user's own."""
    return scorecard.person.user_id is not None and scorecard.person.user_id == user.pk


def require_reviewer(user: User, request: ReviewRequest) -> None:
    """Raise Denied unless the user may answer: the supervision office or HR, never the person who asked."""
    company = request.scorecard.closing.company
    if not (access.may(user, "closings.run", company) or access.may(user, "pay.propose", company)):
        raise Denied(_("Requests for a review are answered by the supervision office or HR."))
    if request.asked_by_id == user.pk or is_own(user, request.scorecard):
        raise Denied(_("You cannot answer a request about your own result."))


def may_review(user: User, request: ReviewRequest) -> bool:
    """Whether `require_reviewer` would let the user pass."""
    try:
        require_reviewer(user, request)
    except Denied:
        return False
    return True
