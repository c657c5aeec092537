"""What a retailer does for itself: object, ask, say whether an answer settled it, put a note right or delete it."""

from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from lianxin.core.parameters import value_of
from lianxin.foundation import audit
from lianxin.foundation import parameters as dated
from lianxin.foundation.access import RetailerCaller
from lianxin.foundation.errors import Refused
from lianxin.retailers.models import Retailer
from lianxin.visits.limits import topics
from lianxin.visits.models import CareNote, Request, RequestEvent
from lianxin.visits.queries import own
from lianxin.visits.states import REQUEST_MOVES, RequestKind, RequestState

# A full inbox of one shop would hide those of the others.
MOST_WAITING: Final = 10
LONGEST: Final = 2000


@transaction.atomic
def write(
    *,
    request_id: str,
    caller: RetailerCaller,
    kind: RequestKind,
    topic: str,
    text: str,
    about: str,
    at: datetime,
    on: date,
) -> Request:
    """The request that a retailer wrote itself. It goes to the supervision office; who visits the retailer does not see it.

    Parameters
    ----------
    request_id : made in the browser, so that pressing twice writes once
    about : what it is about, such as a line of a round; "" for nothing in particular

    Raises
    ------
    Refused : no text or too long a one, an unknown topic, too many waiting already, or nobody who could answer.
    """
    retailer = Retailer.objects.select_related("company").get(pk=caller.retailer_id, company=caller.company)
    earlier = Request.objects.filter(pk=request_id).first()
    if earlier is not None:
        if earlier.retailer_id == retailer.pk:
            return earlier
        raise Refused(_("This request was sent before."), field="request_id")
    if not text.strip():
        raise Refused(_("Write what you want to say."), field="text")
    if len(text) > LONGEST:
        raise Refused(_("Please say it in at most %(n)s signs.") % {"n": LONGEST}, field="text")
    parameters = dated.in_force(retailer.company, on=on)
    known = topics(parameters)
    if known and topic not in known:
        raise Refused(_("Choose one of the topics: %(topics)s.") % {"topics": ", ".join(known)}, field="topic")
    if own.n_written(caller) >= MOST_WAITING:
        raise Refused(
            _("%(n)s requests of yours wait for an answer already. Please wait for it.") % {"n": MOST_WAITING}
        )
    office = own.who_answers(retailer, on=on)
    if office is None:
        raise Refused(_("Your company has not said who answers here. Please call its service number."))
    words = text.strip()
    row = Request.objects.create(
        id=request_id,
        company=retailer.company,
        retailer=retailer,
        raised_by=None,
        kind=kind,
        topic=topic,
        text=f"【{about.strip()}】\n{words}" if about.strip() else words,
        office=office.unit,
        owner=office.person,
        raised_at=at,
        due_on=on + timedelta(days=int(value_of(parameters, "field.request_days"))),
    )
    RequestEvent.objects.create(request=row, state=RequestState.OPEN, at=at, by_retailer=True)
    after = {"kind": kind, "topic": topic, "about": about.strip(), "owner": office.person.employee_no}
    _audit(caller, "requests.raise", f"request:{row.pk}", at, after=after)
    return row


@transaction.atomic
def confirm(*, caller: RetailerCaller, request_id: str, settled: bool, words: str, at: datetime) -> Request:
    """The request, confirmed by the retailer itself or reopened with what is missing.

    Raises
    ------
    Missing : not one of the retailer's.
    Refused : not answered (any more), or reopened without words.
    """
    request = Request.objects.select_for_update().get(pk=own.request_of(caller, request_id).pk)
    wanted = RequestState.CONFIRMED if settled else RequestState.REOPENED
    if wanted not in REQUEST_MOVES[RequestState(request.state)]:
        raise Refused(_("This request is “%(state)s” by now.") % {"state": request.get_state_display()})
    if not settled and not words.strip():
        raise Refused(_("Say what is still missing."), field="words")
    if len(words) > LONGEST:
        raise Refused(_("Please say it in at most %(n)s signs.") % {"n": LONGEST}, field="words")
    before = request.state
    request.state = wanted
    request.confirmed_at = at if settled else None
    request.save(update_fields=["state", "confirmed_at"])
    RequestEvent.objects.create(request=request, state=wanted, at=at, by_retailer=True, words=words.strip())
    _audit(caller, "requests.confirm", f"request:{request.pk}", at, {"state": before}, {"state": wanted})
    return request


@transaction.atomic
def correct(*, caller: RetailerCaller, note_id: str, text: str, at: datetime, on: date) -> CareNote:
    """The note as the retailer put it right. What it said before is gone, and the audit repeats neither.

    Raises
    ------
    Missing : not about this retailer, or past its day.
    Refused : empty, too long, or about family, health or religion as far as plain words tell.
    """
    note = CareNote.objects.select_for_update().get(pk=own.note_of(caller, note_id, on=on).pk)
    words = text.strip()
    if not words:
        raise Refused(_("The note is empty. To have none, delete it."), field="text")
    if len(words) > 300:
        raise Refused(_("Please say it in at most %(n)s signs.") % {"n": 300}, field="text")
    for word in value_of(dated.in_force(caller.company, on=on), "field.care_note_words") or ():
        if word in words:
            raise Refused(
                _("A note may not tell of family, health or religion (“%(word)s”). Write only what service needs.")
                % {"word": word},
                field="text",
            )
    note.text, note.corrected_at = words, at
    note.save(update_fields=["text", "corrected_at"])
    _audit(caller, "carenotes.correct", f"carenote:{note.pk}", at)
    return note


@transaction.atomic
def delete_note(*, caller: RetailerCaller, note_id: str, at: datetime, on: date) -> None:
    """Delete a note at once. Raises Missing for one that is not about this retailer, or gone."""
    own.note_of(caller, note_id, on=on).delete()
    _audit(caller, "carenotes.delete", f"carenote:{note_id}", at)


def _audit(
    caller: RetailerCaller, verb: str, subject: str, at: datetime, before: object = None, after: object = None
) -> None:
    audit.record(
        company=caller.company, by=None, retailer=caller, verb=verb, subject=subject, at=at, before=before, after=after
    )
