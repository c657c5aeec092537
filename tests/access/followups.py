"""Promises, requests and records that addresses speak of, made when an address is walked."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from lianxin.foundation.uuids import uuid7
from lianxin.visits.models import CareNote, Photo, Promise, Record, Request
from tests.factories import AT


def promise(world: Any) -> Mapping[str, Any]:
    made = Promise.objects.create(
        id=uuid7(), company=world.company, retailer=world.retailer, owner=world.manager, text="x", made_at=AT,
        due_on=date(2022, 2, 1),
    )  # fmt: skip
    return {"promise_id": made.pk}


def request(world: Any) -> Mapping[str, Any]:
    made = Request.objects.create(
        id=uuid7(), company=world.company, retailer=world.retailer, raised_by=world.manager, owner=world.manager,
        kind="wish", topic="x", text="x", raised_at=AT, due_on=date(2022, 2, 1),
    )  # fmt: skip
    return {"request_id": made.pk}


def record(world: Any) -> Mapping[str, Any]:
    made, _created = Record.objects.get_or_create(
        company=world.company, person=world.manager, kind="daily", period_start=date(2022, 1, 5),
        defaults={"id": uuid7(), "due_at": AT, "state": "submitted", "submitted_at": AT, "words": "x"},
    )  # fmt: skip
    return {"record_id": made.pk}


def record_photo(world: Any) -> Mapping[str, Any]:
    found = record(world)
    photo = Photo.objects.create(
        id=uuid7(), company=world.company, person=world.manager, visit_id_said="v", action_kind="display", taken_at=AT,
        received_at=AT, sha256="x", near_hash="", n_bytes=1, width=1, height=1,
    )  # fmt: skip
    Record.objects.filter(pk=found["record_id"]).update(photo_ids=[photo.pk])
    return {**found, "photo_id": photo.pk}


def own_request(world: Any) -> Mapping[str, Any]:
    made = Request.objects.create(
        id=uuid7(), company=world.company, retailer=world.retailer, owner=world.manager, kind="wish", topic="x", text="x",
        raised_at=AT, due_on=date(2022, 2, 1), state="answered", answer="x", answered_at=AT,
    )  # fmt: skip
    return {"request_id": made.pk}


def own_note(world: Any) -> Mapping[str, Any]:
    made = CareNote.objects.create(
        id=uuid7(), company=world.company, retailer=world.retailer, person=world.manager, purpose="x", text="x", made_at=AT,
        keep_until=date(2999, 1, 1),
    )  # fmt: skip
    return {"note_id": made.pk}


ARGUMENTS = {
    "own_visits:request_confirm": own_request,
    "POST /own/requests/{request_id}/confirm": own_request,
    **{f"own_visits:{name}": own_note for name in ("note_correct", "note_delete")},
    **{f"visits:care_note{step}": own_note for step in ("", "_correct", "_delete")},
    "GET /care-notes/{note_id}": own_note,
    "PUT /care-notes/{note_id}": own_note,
    "PATCH /own/notes/{note_id}": own_note,
    "DELETE /own/notes/{note_id}": own_note,
    **{f"visits:{name}": promise for name in ("promise", "promise_settle", "promise_decide")},
    **{f"visits:{name}": request for name in ("request", "request_answer", "request_pass_on", "request_confirm")},
    **{f"visits:{name}": record for name in ("record", "record_keep", "record_submit")},
    "visits:record_photo": record_photo,
    "GET /requests/{request_id}": request,
    "POST /requests/{request_id}/pass-on": request,
    "GET /records/{record_id}": record,
    "PUT /records/{record_id}": record,
    "POST /records/{record_id}/submit": record,
    "GET /records/{record_id}/versions": record,
    "GET /records/{record_id}/photos": record,
    "GET /records/{record_id}/photos/choices": record,
    "POST /promises/{promise_id}/settle": promise,
    "POST /promises/{promise_id}/decide": promise,
    "POST /requests/{request_id}/answer": request,
    "POST /requests/{request_id}/confirm": request,
}

# What a call must carry to get as far as the object it is about.
BODIES = {
    "POST /own/requests/{request_id}/confirm": {"settled": True},
    "PATCH /own/notes/{note_id}": {"text": "x"},
    "PUT /care-notes/{note_id}": {"purpose": "x", "text": "x", "keep_until": "2999-01-01"},
}
