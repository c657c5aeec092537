"""Promises to retailers: made with owner and date, asked for first where they need leave, settled once."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from lianxin.foundation import access, audit
from lianxin.foundation import parameters as dated
from lianxin.foundation.errors import Denied, Refused
from lianxin.foundation.models import User
from lianxin.foundation.states import Role
from lianxin.people import queries as people
from lianxin.people.models import Person
from lianxin.visits.carried import promise_json
from lianxin.visits.conflicts import Conflict
from lianxin.visits.limits import PromiseLimit, promise_limits
from lianxin.visits.models import Promise
from lianxin.visits.queries import holding
from lianxin.visits.queries.promises import may_settle
from lianxin.visits.states import PROMISE_MOVES, PromiseState


@transaction.atomic
def make(
    *,
    promise_id: str,
    person: Person,
    retailer_id: int,
    text: str,
    due_on: date,
    limit_code: str = "",
    visit_id: str = "",
    made_at: datetime,
    by: User | None,
    at: datetime,
) -> Promise:
    """The promise: open, or asked for where its kind needs somebody's leave.

    Parameters
    ----------
    limit_code : one of the company's kinds of promises; "" only where the company has none
    made_at : when it was said in the shop; `at` when the server heard of it

    Raises
    ------
    Refused : known already, no text, due before it was made, or a kind or retailer that is not there.
    """
    company = person.company
    retailer = holding.retailer_of(company, retailer_id)
    if Promise.objects.filter(pk=promise_id).exists():
        raise Refused(_("This promise was sent before."), field="promise_id")
    if not text.strip():
        raise Refused(_("Write what was promised."), field="text")
    day = made_at.astimezone(company.zone).date()
    if due_on < day:
        raise Refused(_("The promise is due before the day on which it was made. Choose a later day."), field="due_on")
    limit = _limit(promise_limits(dated.in_force(company, on=day)), limit_code)
    promise = Promise.objects.create(
        id=promise_id,
        company=company,
        retailer=retailer,
        owner=person,
        visit_id_said=visit_id,
        text=text.strip(),
        made_at=made_at,
        due_on=due_on,
        limit_code=limit_code,
        leave_of=limit.leave_of,
        state=PromiseState.ASKED if limit.leave_of else PromiseState.OPEN,
    )
    after = {"retailer": retailer.licence_no, "due_on": due_on, "state": promise.state, "kind": limit_code}
    audit.record(company=company, by=by, verb="promises.make", subject=f"promise:{promise_id}", after=after, at=at)
    return promise


@transaction.atomic
def settle(
    *, promise_id: str, person: Person, kept: bool, words: str, by: User | None, at: datetime, on: date
) -> Promise:
    """The promise, kept or not kept. One that was not kept in time may still be kept; a kept one stays so.

    A promise goes with the shop: a new holder keeps what his predecessor promised.

    Parameters
    ----------
    on : the day on which it was said, in the shop or on a page

    Raises
    ------
    Refused : the person neither holds nor covers the shop on the day, or a promise that was not kept lacks a word about why.
    Conflict : it stands otherwise than the person believed: not given leave yet, refused, or settled before.
    """
    promise = _locked(person, promise_id, on=on)
    wanted = PromiseState.KEPT if kept else PromiseState.NOT_KEPT
    if not kept and not words.strip():
        raise Refused(_("Say why the promise was not kept."), field="words")
    if wanted not in PROMISE_MOVES[PromiseState(promise.state)]:
        raise Conflict(
            _("This promise is “%(state)s” by now and cannot be settled so.") % {"state": promise.get_state_display()},
            latest=promise_json(promise),
        )
    before = promise.state
    promise.state, promise.settled_at, promise.words = wanted, at, words.strip()
    promise.save(update_fields=["state", "settled_at", "words"])
    _audit(promise, "promises.settle", before, by, at)
    return promise


@transaction.atomic
def decide(*, promise: Promise, granted: bool, words: str, by: User, at: datetime, on: date) -> Promise:
    """The promise with leave given (open) or refused; the refusal says why, because somebody must tell the retailer.

    Raises
    ------
    Denied : the user's post is not the one whose leave is needed, the owner is not in his unit, or it is his own promise.
    Refused : it does not wait for leave, or a refusal without a reason.
    """
    promise = Promise.objects.select_for_update().select_related("owner", "company").get(pk=promise.pk)
    if not may_decide(by, promise, on=on):
        raise Denied(_("Leave for this promise is given by %(post)s.") % {"post": promise.get_leave_of_display()})
    if promise.state != PromiseState.ASKED:
        raise Refused(_("This promise does not wait for leave."))
    if not granted and not words.strip():
        raise Refused(_("Say why leave is refused; the manager has to tell the retailer."), field="words")
    promise.state = PromiseState.OPEN if granted else PromiseState.REFUSED
    promise.decided_by, promise.words = by, words.strip()
    promise.save(update_fields=["state", "decided_by", "words"])
    _audit(promise, "promises.decide", PromiseState.ASKED, by, at)
    return promise


def may_decide(user: User, promise: Promise, *, on: date) -> bool:
    """Whether leave for the promise is this user's to give: the post that is named, or a leader; never one's own."""
    company = promise.company
    if promise.owner.user_id == user.pk or not access.may(user, "promises.decide", company):
        return False
    if not access.roles_of(user, company) & {Role.LEADER, Role(promise.leave_of or Role.LEADER)}:
        return False
    persons = people.persons_in_scope(user, "promises.decide", company, on=on)
    return persons is people.EVERYBODY or promise.owner_id in persons


def _limit(limits: list[PromiseLimit], code: str) -> PromiseLimit:
    found = next((limit for limit in limits if limit.code == code), None)
    if found is not None:
        return found
    if not limits and not code:
        return PromiseLimit("", "", "")
    raise Refused(
        _("Choose the kind of promise: %(kinds)s.") % {"kinds": ", ".join(limit.name for limit in limits)},
        field="limit_code",
    )


def _locked(person: Person, promise_id: str, *, on: date) -> Promise:
    rows = Promise.objects.select_for_update(of=("self",)).select_related("retailer", "company")
    promise = rows.filter(pk=promise_id, company=person.company).first()
    if promise is None or not may_settle(person, promise, on=on):
        raise Refused(_("There is no such promise of your retailers."), field="promise_id")
    return promise


def _audit(promise: Promise, verb: str, before: str, by: User | None, at: datetime) -> None:
    audit.record(
        company=promise.company,
        by=by,
        verb=verb,
        subject=f"promise:{promise.pk}",
        before={"state": before},
        after={"state": promise.state},
        reason=promise.words,
        at=at,
    )
