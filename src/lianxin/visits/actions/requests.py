"""Retailers' questions, wishes and problems: raised by a manager, answered by an office, confirmed by the retailer."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from lianxin.core.parameters import value_of
from lianxin.foundation import audit
from lianxin.foundation import parameters as dated
from lianxin.foundation.errors import Denied, Refused
from lianxin.foundation.models import User
from lianxin.people import queries as people
from lianxin.people.models import Person, Unit
from lianxin.visits.carried import request_json
from lianxin.visits.conflicts import Conflict
from lianxin.visits.limits import topics
from lianxin.visits.models import Request, RequestEvent
from lianxin.visits.queries import holding
from lianxin.visits.states import REQUEST_MOVES, RequestKind, RequestState


@transaction.atomic
def raise_one(
    *,
    request_id: str,
    person: Person,
    retailer_id: int,
    kind: RequestKind,
    topic: str,
    text: str,
    visit_id: str = "",
    raised_at: datetime,
    by: User | None,
    at: datetime,
) -> Request:
    """The request. Its first owner is the superior of who raised it, who answers or passes it on to an office.

    Raises
    ------
    Refused : known already, no text, a topic that is not the company's, or a retailer that is not there.
    """
    company = person.company
    retailer = holding.retailer_of(company, retailer_id)
    if Request.objects.filter(pk=request_id).exists():
        raise Refused(_("This request was sent before."), field="request_id")
    if not text.strip():
        raise Refused(_("Write what the retailer said."), field="text")
    day = raised_at.astimezone(company.zone).date()
    parameters = dated.in_force(company, on=day)
    known = topics(parameters)
    if known and topic not in known:
        raise Refused(_("Choose one of the topics: %(topics)s.") % {"topics": ", ".join(known)}, field="topic")
    posting = people.postings_on(company, on=day).filter(person=person).select_related("reports_to").first()
    owner = (posting.reports_to if posting else None) or person
    row = Request.objects.create(
        id=request_id,
        company=company,
        retailer=retailer,
        raised_by=person,
        visit_id_said=visit_id,
        kind=kind,
        topic=topic,
        text=text.strip(),
        owner=owner,
        raised_at=raised_at,
        due_on=day + timedelta(days=int(value_of(parameters, "field.request_days"))),
    )
    _step(row, RequestState.OPEN, by, at, "")
    after = {"retailer": retailer.licence_no, "kind": kind, "topic": topic, "owner": owner.employee_no}
    audit.record(company=company, by=by, verb="requests.raise", subject=f"request:{row.pk}", after=after, at=at)
    return row


@transaction.atomic
def pass_on(*, request: Request, office: Unit | None, owner: Person, by: User, at: datetime, on: date) -> Request:
    """The request with another owner, in an office or not.

    Raises
    ------
    Denied : it is neither the user's own nor within his scope.
    Refused : it is answered already; owner or office are of another company; or the retailer wrote it itself, and the owner
        visits it or leads who does.
    """
    request = _to_answer(request, by, on=on)
    if owner.company_id != request.company_id or (office is not None and office.company_id != request.company_id):
        raise Refused(_("Choose somebody of your own company."), field="owner")
    if request.raised_by_id is None and owner.pk in holding.line_of(request.retailer, on=on):
        raise Refused(
            _("The retailer wrote this itself: it is not passed to who visits it or leads that person."), field="owner"
        )
    before = {"owner": request.owner.employee_no, "office": request.office.code if request.office else ""}
    request.owner, request.office = owner, office
    request.save(update_fields=["owner", "office"])
    after = {"owner": owner.employee_no, "office": office.code if office else ""}
    audit.record(
        company=request.company, by=by, verb="requests.pass_on", subject=f"request:{request.pk}", before=before,
        after=after, at=at,
    )  # fmt: skip
    return request


@transaction.atomic
def answer(*, request: Request, words: str, by: User, at: datetime, on: date) -> Request:
    """The answered request; the manager takes the answer to the retailer, who says whether it is settled.

    Raises
    ------
    Denied, Refused : as `pass_on`; or no answer was written.
    """
    request = _to_answer(request, by, on=on)
    if not words.strip():
        raise Refused(_("Write the answer that the retailer is to hear."), field="words")
    before = request.state
    request.state, request.answer, request.answered_at = RequestState.ANSWERED, words.strip(), at
    request.save(update_fields=["state", "answer", "answered_at"])
    _step(request, RequestState.ANSWERED, by, at, words.strip())
    _audit(request, "requests.answer", before, by, at)
    return request


@transaction.atomic
def confirm(
    *, request_id: str, person: Person, settled: bool, words: str, by: User | None, at: datetime, on: date
) -> Request:
    """The request as the retailer sees it: confirmed, or reopened with what is missing.

    Raises
    ------
    Refused : neither raised by the person nor of a retailer that he visits; or a reopening without words.
    Conflict : it is not answered (any more).
    """
    request = Request.objects.select_for_update().filter(pk=request_id, company=person.company).first()
    is_ones_own = request is not None and (
        request.raised_by_id == person.pk
        or (request.raised_by_id is not None and holding.is_held(person, request.retailer, on=on))
    )
    if request is None or not is_ones_own:
        raise Refused(_("There is no such request of your retailers."), field="request_id")
    wanted = RequestState.CONFIRMED if settled else RequestState.REOPENED
    if wanted not in REQUEST_MOVES[RequestState(request.state)]:
        raise Conflict(
            _("This request is “%(state)s” by now.") % {"state": request.get_state_display()},
            latest=request_json(request),
        )
    if not settled and not words.strip():
        raise Refused(_("Say what the retailer still misses."), field="words")
    before = request.state
    request.state = wanted
    request.confirmed_at = at if settled else None
    request.save(update_fields=["state", "confirmed_at"])
    _step(request, wanted, by, at, words.strip())
    _audit(request, "requests.confirm", before, by, at)
    return request


def may_answer(user: User, request: Request, *, on: date) -> bool:
    """Whether this user answers the request: its owner, or who may answer for those who raised it."""
    if request.owner.user_id == user.pk:
        return True
    try:
        persons = people.persons_in_scope(user, "requests.answer", request.company, on=on)
    except Denied:
        return False
    return persons is people.EVERYBODY or request.raised_by_id in persons


def _to_answer(request: Request, by: User, *, on: date) -> Request:
    locked = Request.objects.select_for_update().select_related("company", "retailer").get(pk=request.pk)
    if not may_answer(by, locked, on=on):
        raise Denied(_("This request is answered by its owner or the office it was passed to."))
    if RequestState.ANSWERED not in REQUEST_MOVES[RequestState(locked.state)]:
        raise Refused(_("This request is “%(state)s” by now.") % {"state": locked.get_state_display()})
    return locked


def _step(request: Request, state: RequestState, by: User | None, at: datetime, words: str) -> None:
    RequestEvent.objects.create(request=request, state=state, at=at, by=by, words=words)


def _audit(request: Request, verb: str, before: str, by: User | None, at: datetime) -> None:
    audit.record(
        company=request.company, by=by, verb=verb, subject=f"request:{request.pk}", before={"state": before},
        after={"state": request.state}, at=at,
    )  # fmt: skip
