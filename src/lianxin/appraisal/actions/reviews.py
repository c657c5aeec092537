"""A person asks that somebody looks at his result, and somebody answers: no result rests on software alone if he refuses that."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from lianxin.appraisal import permissions
from lianxin.appraisal.models import ReviewRequest, Scorecard
from lianxin.appraisal.states import RequestState
from lianxin.foundation import audit
from lianxin.foundation.errors import Denied, Refused
from lianxin.foundation.models import User


@transaction.atomic
def ask_review(*, scorecard: Scorecard, text: str, by: User, at: datetime) -> ReviewRequest:
    """The open request; pay of that closing is not confirmed before it is answered.

    Raises
    ------
    Denied : the scorecard is not one's own.
    Refused : nothing is said, or a request is open already.
    """
    if not permissions.is_own(by, scorecard):
        raise Denied(_("Only the person concerned may ask for a review of a result."))
    if not text.strip():
        raise Refused(_("Say which figure you doubt, and why."), field="text")
    if scorecard.requests.filter(state=RequestState.OPEN).exists():
        raise Refused(_("Your request is open already; you will get an answer."), field="text")
    request = ReviewRequest.objects.create(scorecard=scorecard, text=text.strip(), asked_by=by, asked_at=at)
    audit.record(
        company=scorecard.closing.company,
        by=by,
        verb="scorecards.ask_review",
        subject=f"scorecard:{scorecard.pk}",
        after={"request": request.pk},
        reason=text,
        at=at,
    )
    return request


@transaction.atomic
def answer_review(*, request: ReviewRequest, state: RequestState, answer: str, by: User, at: datetime) -> ReviewRequest:
    """The request with its answer: kept, or the evidence corrected (a new closing then shows what changed).

    Raises
    ------
    Denied : who answers is neither the supervision office nor HR, or it is his own result.
    Refused : it was answered already, or no reasons are given.
    """
    permissions.require_reviewer(by, request)
    request = ReviewRequest.objects.select_for_update().get(pk=request.pk)
    if request.state != RequestState.OPEN:
        raise Refused(_("This request was answered already."))
    if state == RequestState.OPEN or not answer.strip():
        raise Refused(_("Give the reasons; the person reads them."), field="answer")
    request.state, request.answer, request.answered_by, request.answered_at = state, answer.strip(), by, at
    request.save(update_fields=["state", "answer", "answered_by", "answered_at"])
    audit.record(
        company=request.scorecard.closing.company,
        by=by,
        verb="scorecards.answer_review",
        subject=f"scorecard:{request.scorecard_id}",
        after={"request": request.pk, "state": state},
        reason=answer,
        at=at,
    )
    return request
