"""Care notes by API, for who visits the shops; the retailers' own operations are in `own_api`."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from lianxin.foundation import clock
from lianxin.foundation.api import REFUSED
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.gate import needs
from lianxin.visits.actions import carenotes as actions
from lianxin.visits.models import CareNote
from lianxin.visits.queries import carenotes as queries
from lianxin.visits.screens.visits import me

router = Router(tags=["care notes"])


class CareNoteOut(Schema):
    id: str
    licence_no: str
    purpose: str
    text: str
    written_by: str = Field(description="employee number")
    made_at: datetime
    keep_until: date = Field(description="the last day on which it is kept")
    corrected_at: datetime | None = Field(description="when the retailer itself put it right")

    @staticmethod
    def resolve_licence_no(row: CareNote) -> str:
        return row.retailer.licence_no

    @staticmethod
    def resolve_written_by(row: CareNote) -> str:
        return row.person.employee_no


class CareNoteIn(Schema):
    """`id` is made by the caller; never family, health or religion."""

    id: UUID
    licence_no: str
    purpose: Annotated[str, Field(max_length=120, description="what service it is for")]
    text: Annotated[str, Field(max_length=300)]
    keep_until: date = Field(description="no later than the company allows")


class CorrectCareNoteIn(Schema):
    purpose: Annotated[str, Field(max_length=120, description="what service it is for")]
    text: Annotated[str, Field(max_length=300, description="as it is, where the retailer itself has put it right")]
    keep_until: date = Field(description="no later than the company allowed when it was made")


@router.get("/care-notes", response={200: list[CareNoteOut], **REFUSED})
@needs("carenotes.write")
def list_care_notes(request: HttpRequest, licence_no: str = "") -> Any:
    """The notes that are still kept about the shops you visit, or about one of them, the newest first."""
    rows = queries.notes_for(me(request), on=clock.today(company_of(request)))
    return list(rows.filter(retailer__licence_no=licence_no) if licence_no else rows)


@router.post("/care-notes", response={201: CareNoteOut, **REFUSED})
@needs("carenotes.write")
def write_care_note(request: HttpRequest, given: CareNoteIn) -> Any:
    """What a retailer volunteered and service needs, with its purpose and the day until which it is kept. The retailer reads it."""
    person, on = me(request), clock.today(company_of(request))
    made = actions.write(
        note_id=str(given.id), person=person, retailer_id=queries.shop_visited(person, given.licence_no, on=on).pk,
        purpose=given.purpose, text=given.text, keep_until=given.keep_until, by=user_of(request), at=clock.now(),
    )  # fmt: skip
    return Status(201, made)


@router.get("/care-notes/{note_id}", response={200: CareNoteOut, **REFUSED})
@needs("carenotes.write")
def get_care_note(request: HttpRequest, note_id: str) -> Any:
    """One note that is still kept about a shop you visit."""
    return queries.note_for(me(request), note_id, on=clock.today(company_of(request)))


@router.put("/care-notes/{note_id}", response={200: CareNoteOut, **REFUSED})
@needs("carenotes.write")
def correct_care_note(request: HttpRequest, note_id: str, given: CorrectCareNoteIn) -> Any:
    """Put a note about a shop you visit right. What it said before is gone."""
    return actions.correct(note_id=note_id, person=me(request), **given.dict(), by=user_of(request), at=clock.now())


@router.delete("/care-notes/{note_id}", response={204: None, **REFUSED})
@needs("carenotes.write")
def delete_care_note(request: HttpRequest, note_id: str) -> Any:
    """Delete a note about a shop you visit, or one that you wrote. One that is gone already stays gone."""
    actions.delete(note_id=note_id, person=me(request), by=user_of(request), at=clock.now())
    return Status(204, None)
