"""What a retailer reads on its own pages: its requests, what was promised to it, what is noted about it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from lianxin.foundation.access import RetailerCaller
from lianxin.foundation.errors import Missing
from lianxin.people import queries as people
from lianxin.people.models import Posting
from lianxin.people.states import Post
from lianxin.retailers.models import Retailer
from lianxin.visits.models import CareNote, Promise, Request
from lianxin.visits.queries.holding import line_of
from lianxin.visits.queries.requests import WAITING
from lianxin.visits.states import PromiseState, RequestState

# How long what is settled stays on the page.
_SHOWN: Final = timedelta(days=180)


def requests_of(caller: RetailerCaller, *, at: datetime) -> list[Request]:
    """The retailer's requests, written by itself or for it: those it is to confirm first, then those that wait, then the rest."""
    rows = Request.objects.filter(company=caller.company, retailer_id=caller.retailer_id)
    rows = rows.filter(Q(raised_at__gte=at - _SHOWN) | ~Q(state=RequestState.CONFIRMED)).select_related("office")
    order = {RequestState.ANSWERED: 0, RequestState.REOPENED: 1, RequestState.OPEN: 1, RequestState.CONFIRMED: 2}
    return sorted(rows.order_by("-raised_at", "pk"), key=lambda row: order[RequestState(row.state)])


def request_of(caller: RetailerCaller, request_id: str) -> Request:
    """One of the retailer's requests. Raises Missing for anybody else's."""
    row = Request.objects.filter(company=caller.company, retailer_id=caller.retailer_id, pk=request_id).first()
    if row is None:
        raise Missing(_("There is no such request of yours."))
    return row


def n_written(caller: RetailerCaller) -> int:
    """How many requests that the retailer wrote itself wait for an answer."""
    rows = Request.objects.filter(company=caller.company, retailer_id=caller.retailer_id, raised_by=None)
    return rows.filter(state__in=WAITING).count()


def promises_of(caller: RetailerCaller, *, at: datetime) -> Sequence[Promise]:
    """What was promised to the retailer: what is open, and what was settled lately. What waits for leave is no promise yet."""
    rows = Promise.objects.filter(company=caller.company, retailer_id=caller.retailer_id)
    settled = Q(state__in=[PromiseState.KEPT, PromiseState.NOT_KEPT], made_at__gte=at - _SHOWN)
    return list(rows.filter(Q(state=PromiseState.OPEN) | settled).order_by("-state", "due_on", "pk"))


def notes_of(caller: RetailerCaller, *, on: date) -> Sequence[CareNote]:
    """What is noted about the retailer and still kept, newest first."""
    rows = CareNote.objects.filter(company=caller.company, retailer_id=caller.retailer_id, keep_until__gte=on)
    return list(rows.select_related("person").order_by("-made_at", "pk"))


def note_of(caller: RetailerCaller, note_id: str, *, on: date) -> CareNote:
    """A note about the retailer. Raises Missing for anybody else's."""
    row = CareNote.objects.filter(company=caller.company, retailer_id=caller.retailer_id, pk=note_id).first()
    if row is None or row.keep_until < on:
        raise Missing(_("There is no such note about you."))
    return row


def who_answers(retailer: Retailer, *, on: date) -> Posting | None:
    """Who of the supervision office answers what a retailer wrote itself: of those who can sign in, the one with the least waiting.

    A company without such an office is answered for by a leader. Nobody who visits the retailer is asked; None where nobody is.
    """
    line = line_of(retailer, on=on)
    rows = people.postings_on(retailer.company, on=on).select_related("person", "unit")
    rows = rows.filter(post__in=[Post.SUPERVISION_OFFICER, Post.LEADER]).annotate(
        n_waiting=Count("person__requests_owned", filter=Q(person__requests_owned__state__in=WAITING))
    )
    offered = [row for row in rows if row.post == Post.LEADER or row.person_id not in line]

    def order(row: Posting) -> tuple[bool, bool, int, str]:
        n_waiting: int = row.n_waiting  # type: ignore[attr-defined]
        return row.person.user_id is None, row.post == Post.LEADER, n_waiting, row.person.employee_no

    return min(offered, key=order, default=None)
