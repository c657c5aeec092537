"""Contacts of retailers: entered by who serves the shop, put right or deleted by the retailer itself, forgotten on time.

The audit tells which fields changed, never what they say; what a person changes by hand, files neither undo nor remember.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from lianxin.core.parameters import value_of
from lianxin.foundation import audit
from lianxin.foundation import parameters as dated
from lianxin.foundation.access import RetailerCaller
from lianxin.foundation.errors import Denied, Refused
from lianxin.foundation.imports import journal
from lianxin.foundation.models import Company, User
from lianxin.retailers import checks
from lianxin.retailers.models import Retailer, RetailerContact
from lianxin.retailers.queries import contacts as queries
from lianxin.retailers.states import ContactWay

_LONGEST: Final = {"name": 60, "preferred_time": 60, "words": 200}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a contact says; empty fields are empty afterwards."""

    name: str = ""
    phone: str = ""
    way: str = ""
    preferred_time: str = ""
    words: str = ""


@transaction.atomic
def enter(*, retailer: Retailer, said: Said, by: User, at: datetime, on: date) -> RetailerContact:
    """The contact of a retailer, in place of the one it had. What it said before is gone.

    Raises
    ------
    Denied : the user neither serves this retailer nor stands above who does.
    Refused : nothing is said, the retailer is closed, not a phone, too long, or about family, health or religion.
    """
    _require(retailer, by, on)
    if queries.is_closed(retailer, on=on):
        raise Refused(_("This retailer is closed; no contact is kept of it."))
    said = _checked(retailer.company, said, on)
    row = RetailerContact.objects.select_for_update().filter(retailer=retailer).first()
    if row is None:
        row = RetailerContact(company=retailer.company, retailer=retailer)
    changed = _set(row, said)
    if not changed:
        return row
    row.as_of, row.entered_by, row.entered_at, row.batch, row.corrected_at = on, by, at, None, None
    row.save()
    journal.forget_rows(RetailerContact, [row.pk])
    audit.record(
        company=retailer.company, by=by, verb="contacts.set", subject=f"retailer:{retailer.licence_no}", at=at,
        after={"changed": changed},
    )  # fmt: skip
    return row


@transaction.atomic
def delete(*, retailer: Retailer, by: User, at: datetime, on: date) -> None:
    """Delete the contact of a retailer for good; one that is gone stays gone.

    Raises
    ------
    Denied : the user neither serves this retailer nor stands above who does.
    """
    _require(retailer, by, on)
    if _delete([row.pk] if (row := queries.recorded(retailer)) else []):
        audit.record(
            company=retailer.company, by=by, verb="contacts.delete", subject=f"retailer:{retailer.licence_no}", at=at
        )


@transaction.atomic
def correct(*, caller: RetailerCaller, said: Said, at: datetime, on: date) -> RetailerContact:
    """The contact as the retailer itself put it right.

    Raises
    ------
    Missing : none is recorded.
    Refused : nothing is said (then it is to be deleted), not a phone, too long, or about family, health or religion.
    """
    row = RetailerContact.objects.select_for_update().get(pk=queries.own_contact(caller).pk)
    changed = _set(row, _checked(caller.company, said, on))
    if changed:
        row.as_of, row.entered_at, row.batch, row.corrected_at = on, at, None, at
        row.entered_by = None
        row.save()
        journal.forget_rows(RetailerContact, [row.pk])
        _audit_own(caller, "contacts.correct", at, {"changed": changed})
    return row


@transaction.atomic
def delete_own(*, caller: RetailerCaller, at: datetime) -> None:
    """Delete the contact at the retailer's own word. Raises Missing where none is recorded."""
    _delete([queries.own_contact(caller).pk])
    _audit_own(caller, "contacts.delete", at, None)


@transaction.atomic
def forget(*, company: Company, by: User | None, at: datetime) -> int:
    """Delete the contacts of retailers that closed long enough ago, and what files remember of contacts they replaced.

    The audit says how many went. Run again, it changes nothing more.
    """
    today = at.astimezone(company.zone).date()
    numbers = dated.in_force(company, on=today)
    gone = queries.past_their_time(company, days=int(value_of(numbers, "retailers.contact_days")), on=today)
    n = _delete(gone)
    line = at - timedelta(days=int(value_of(numbers, "retailers.contact_undo_days")))
    n_former = journal.forget_former(RetailerContact, Q(batch__company=company, batch__created_at__lt=line))
    if n or n_former:
        audit.record(
            company=company, by=by, verb="contacts.forget", subject=f"company:{company.code}", at=at,
            after={"contacts": n, "former": n_former},
        )  # fmt: skip
    return n


def _require(retailer: Retailer, by: User, on: date) -> None:
    if not queries.is_in_scope(by, "contacts.write", retailer, on=on):
        raise Denied(_("The contact of a retailer is entered by who serves it or by those above."))


def _checked(company: Company, said: Said, on: date) -> Said:
    given = {name: " ".join(getattr(said, name).split()) for name in ("name", "preferred_time", "words")}
    for name, text in given.items():
        if len(text) > _LONGEST[name]:
            raise Refused(_("Please say it in at most %(n)s signs.") % {"n": _LONGEST[name]}, field=name)
    if said.way and said.way not in ContactWay.values:
        raise Refused(_("Choose one of: %(ways)s.") % {"ways": ", ".join(ContactWay.values)}, field="way")
    for word in value_of(dated.in_force(company, on=on), "field.care_note_words") or ():
        if word in given["words"]:
            raise Refused(
                _("A note may not tell of family, health or religion (“%(word)s”). Write only what service needs.")
                % {"word": word},
                field="words",
            )
    checked = Said(phone=checks.phone(said.phone), way=said.way, **given)
    if checked == Said():
        raise Refused(_("Nothing is filled in. To keep no contact, delete it."), field="name")
    return checked


def _set(row: RetailerContact, said: Said) -> list[str]:
    names = ("name", "phone", "way", "preferred_time", "words")
    changed = [name for name in names if getattr(row, name) != getattr(said, name)]
    for name in changed:
        setattr(row, name, getattr(said, name))
    return changed


def _delete(ids: list[int]) -> int:
    journal.forget_rows(RetailerContact, ids)
    n = 0
    for part in journal.chunks(ids):
        n += RetailerContact.objects.filter(pk__in=part).delete()[0]
    return n


def _audit_own(caller: RetailerCaller, verb: str, at: datetime, after: object) -> None:
    audit.record(
        company=caller.company, by=None, retailer=caller, verb=verb, subject=f"retailer:{caller.licence_no}", at=at,
        after=after,
    )  # fmt: skip
