"""A retailer's own requests, promises and notes by the API, with the session of its own pages."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status

from lianxin.foundation import clock
from lianxin.foundation.api import REFUSED
from lianxin.foundation.context import retailer_of
from lianxin.foundation.gate import needs
from lianxin.visits.actions import own as actions
from lianxin.visits.models import CareNote, Request
from lianxin.visits.queries import own as queries
from lianxin.visits.states import RequestKind

router = Router(tags=["retailers' own pages"])


class OwnRequestOut(Schema):
    id: str
    kind: str
    topic: str
    text: str
    raised_at: datetime
    written_by_retailer: bool
    due_on: date
    state: str
    answer: str

    @staticmethod
    def resolve_written_by_retailer(row: Request) -> bool:
        return row.raised_by_id is None


class OwnPromiseOut(Schema):
    id: str
    text: str
    made_at: datetime
    due_on: date
    state: str
    words: str


class OwnRequestsOut(Schema):
    requests: list[OwnRequestOut]
    promises: list[OwnPromiseOut]


class OwnRequestIn(Schema):
    """`id` is made by the caller; the same one sent again is the same request."""

    id: UUID
    kind: RequestKind
    topic: str
    text: str
    about: str = ""


class OwnConfirmIn(Schema):
    settled: bool
    words: str = ""


class NoteOut(Schema):
    id: str
    purpose: str
    text: str
    written_by: str
    made_at: datetime
    keep_until: date
    corrected_at: datetime | None

    @staticmethod
    def resolve_written_by(row: CareNote) -> str:
        return row.person.name


class NoteIn(Schema):
    text: str


@router.get("/own/requests", response={200: OwnRequestsOut, **REFUSED})
@needs("own.requests")
def own_requests(request: HttpRequest) -> Any:
    """What was asked by or for the retailer, and what was promised to it."""
    caller, at = retailer_of(request), clock.now()
    return {"requests": queries.requests_of(caller, at=at), "promises": list(queries.promises_of(caller, at=at))}


@router.post("/own/requests", response={201: OwnRequestOut, **REFUSED})
@needs("own.requests")
def write_own_request(request: HttpRequest, payload: OwnRequestIn) -> Any:
    """Object, ask or wish; it goes to the supervision office, not to who visits the retailer."""
    caller = retailer_of(request)
    made = actions.write(
        request_id=str(payload.id), caller=caller, kind=payload.kind, topic=payload.topic, text=payload.text,
        about=payload.about[:120], at=clock.now(), on=clock.today(caller.company),
    )  # fmt: skip
    return Status(201, made)


@router.post("/own/requests/{request_id}/confirm", response={200: OwnRequestOut, **REFUSED})
@needs("own.requests")
def confirm_own_request(request: HttpRequest, request_id: str, payload: OwnConfirmIn) -> Any:
    """Say whether the answer settled it; if not, what is missing."""
    caller = retailer_of(request)
    found = queries.request_of(caller, request_id)
    return actions.confirm(
        caller=caller, request_id=found.pk, settled=payload.settled, words=payload.words, at=clock.now()
    )


@router.get("/own/notes", response={200: list[NoteOut], **REFUSED})
@needs("own.carenotes")
def own_notes(request: HttpRequest) -> Any:
    """What is noted about the retailer."""
    caller = retailer_of(request)
    return list(queries.notes_of(caller, on=clock.today(caller.company)))


@router.patch("/own/notes/{note_id}", response={200: NoteOut, **REFUSED})
@needs("own.carenotes")
def correct_own_note(request: HttpRequest, note_id: str, payload: NoteIn) -> Any:
    """Put a note right; what it said before is gone."""
    caller = retailer_of(request)
    on = clock.today(caller.company)
    return actions.correct(caller=caller, note_id=note_id, text=payload.text, at=clock.now(), on=on)


@router.delete("/own/notes/{note_id}", response={204: None, **REFUSED})
@needs("own.carenotes")
def delete_own_note(request: HttpRequest, note_id: str) -> Any:
    """Delete a note at once."""
    caller = retailer_of(request)
    actions.delete_note(caller=caller, note_id=note_id, at=clock.now(), on=clock.today(caller.company))
    return Status(204, None)
