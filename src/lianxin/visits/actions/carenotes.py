"""Care notes: what a retailer volunteered and service needs, for a purpose and until a day. The retailer can have it deleted."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from lianxin.core.parameters import value_of
from lianxin.foundation import audit
from lianxin.foundation import parameters as dated
from lianxin.foundation.errors import Refused
from lianxin.foundation.models import Company, User
from lianxin.people.models import Person
from lianxin.visits.models import CareNote
from lianxin.visits.queries import carenotes as queries
from lianxin.visits.queries import holding


@transaction.atomic
def write(
    *,
    note_id: str,
    person: Person,
    retailer_id: int,
    purpose: str,
    text: str,
    keep_until: date,
    by: User | None,
    at: datetime,
) -> CareNote:
    """The care note. Neither purpose nor text is repeated in the audit: what is deleted must be gone.

    Raises
    ------
    Refused : known already; no purpose or text; kept longer than the company allows; of a retailer that the person does not
        visit; or about family, health or religion, as far as plain words tell.
    """
    company = person.company
    day = at.astimezone(company.zone).date()
    retailer = holding.retailer_of(company, retailer_id)
    if not holding.is_held(person, retailer, on=day):
        raise Refused(_("Care notes are written by who visits the retailer."), field="retailer_id")
    if CareNote.objects.filter(pk=note_id).exists():
        raise Refused(_("This note was sent before."), field="note_id")
    _check(company, purpose, text, keep_until, day=day, made_on=day)
    note = CareNote.objects.create(
        id=note_id,
        company=company,
        retailer=retailer,
        person=person,
        purpose=purpose.strip(),
        text=text.strip(),
        made_at=at,
        keep_until=keep_until,
    )
    after = {"retailer": retailer.licence_no, "keep_until": keep_until}
    audit.record(company=company, by=by, verb="carenotes.write", subject=f"carenote:{note.pk}", after=after, at=at)
    return note


@transaction.atomic
def correct(
    *, note_id: str, person: Person, purpose: str, text: str, keep_until: date, by: User | None, at: datetime
) -> CareNote:
    """The care note as who visits the retailer put it right. What it said before is gone, and the audit repeats neither.

    Parameters
    ----------
    keep_until : no later than the company allowed when the note was made: a correction never lengthens its life beyond that

    Raises
    ------
    Missing : no note that is still kept about a retailer whom the person visits.
    Refused : as `write`; or another text where the retailer itself has put the note right.
    """
    company = person.company
    day = at.astimezone(company.zone).date()
    note = CareNote.objects.select_for_update().get(pk=queries.note_for(person, note_id, on=day).pk)
    made_on = note.made_at.astimezone(company.zone).date()
    _check(company, purpose, text, keep_until, day=day, made_on=made_on)
    if note.corrected_at is not None and text.strip() != note.text:
        raise Refused(
            _("The retailer has put this note right; its words stand. Delete it, or write another."), field="text"
        )
    note.purpose, note.text, note.keep_until = purpose.strip(), text.strip(), keep_until
    note.save(update_fields=["purpose", "text", "keep_until"])
    after = {"retailer": note.retailer.licence_no, "keep_until": keep_until}
    audit.record(company=company, by=by, verb="carenotes.correct", subject=f"carenote:{note.pk}", after=after, at=at)
    return note


def _check(company: Company, purpose: str, text: str, keep_until: date, *, day: date, made_on: date) -> None:
    if not purpose.strip():
        raise Refused(_("Say what service the note is for."), field="purpose")
    if not text.strip():
        raise Refused(_("The note is empty."), field="text")
    longest = longest_until(company, made_on=made_on, on=day)
    if not day <= keep_until <= longest:
        raise Refused(
            _("Choose a day to keep it until, from today to %(last)s.") % {"last": longest.isoformat()},
            field="keep_until",
        )
    for word in value_of(dated.in_force(company, on=day), "field.care_note_words") or ():
        if word in text or word in purpose:
            raise Refused(
                _("A note may not tell of family, health or religion (“%(word)s”). Write only what service needs.")
                % {"word": word},
                field="text",
            )


def longest_until(company: Company, *, made_on: date, on: date) -> date:
    """The last day until which the company lets a note of a day be kept."""
    return made_on + timedelta(days=int(value_of(dated.in_force(company, on=on), "field.care_note_days")))


@transaction.atomic
def delete(*, note_id: str, person: Person, by: User | None, at: datetime) -> None:
    """Delete a care note of a retailer that the person visits, or one's own. A note that is gone already stays gone.

    Raises
    ------
    Refused : it is about a retailer that others visit.
    """
    note = CareNote.objects.select_related("retailer").filter(pk=note_id, company=person.company).first()
    if note is None:
        return
    day = at.astimezone(person.company.zone).date()
    if note.person_id != person.pk and not holding.is_held(person, note.retailer, on=day):
        raise Refused(_("Care notes are deleted by who visits the retailer."), field="note_id")
    note.delete()
    audit.record(
        company=person.company, by=by, verb="carenotes.delete", subject=f"carenote:{note_id}",
        before={"retailer": note.retailer.licence_no}, at=at,
    )  # fmt: skip
