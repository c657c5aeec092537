"""What a phone asks: the replica, to take its records and photographs. See docs/explanation/field-protocol.md."""

import json
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from ninja import Router, Schema
from pydantic import AwareDatetime

from lianxin.field import queries
from lianxin.field.actions import photographing as photo_actions
from lianxin.field.actions import pushing as push_actions
from lianxin.foundation import clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Refused
from lianxin.foundation.gate import needs

router = Router(tags=["field"])


class DeviceIn(Schema):
    id: str
    name: str = ""


class PushIn(Schema):
    device: DeviceIn
    device_now: AwareDatetime
    records: list[Any]


class VerdictOut(Schema):
    id: str
    verdict: str
    reason: str
    latest: dict[str, Any] | None


class PushOut(Schema):
    server_now: datetime
    verdicts: list[VerdictOut]


class HaveOut(Schema):
    have: int
    complete: bool


class FinishIn(Schema):
    sha256: str
    visit_id: str
    action_kind: str
    taken_at: AwareDatetime
    width: int = 0
    height: int = 0


@router.get("/field/replica", response=dict[str, Any])
@needs("field.use")
def replica(request: HttpRequest) -> Any:
    """What the phone carries: today's and the next three days' work, and all retailers in short. Answers 304 to a known ETag."""
    found = queries.replica(user_of(request), at=clock.now())
    tag = f'"{found["version"]}"'
    if request.headers.get("If-None-Match", "").removeprefix("W/") == tag:
        answer = HttpResponse(status=304)
    else:
        answer = JsonResponse(found, json_dumps_params={"ensure_ascii": False})
    answer["ETag"] = tag
    answer["Cache-Control"] = "private, no-cache"
    return answer


@router.post("/field/push", response=PushOut)
@needs("field.use")
def push(request: HttpRequest, payload: PushIn) -> Any:
    """Take records, each once and by itself. A record without a verdict could not be taken now and is to be sent again."""
    if len(request.body) > push_actions.BYTES_AT_MOST or len(payload.records) > push_actions.RECORDS_AT_MOST:
        raise Refused(_("Send at most 100 records and 1 MB at a time."), field="records")
    at = clock.now()
    user = user_of(request)
    rulings = push_actions.take(
        user=user,
        person=queries.person(user),
        device_id=payload.device.id,
        device_name=payload.device.name,
        clock_offset_seconds=round((at - payload.device_now).total_seconds()),
        records=payload.records,
        at=at,
    )
    return {"server_now": at, "verdicts": [ruling.as_json() for ruling in rulings]}


@router.get("/field/photos/{photo_id}", response=HaveOut)
@needs("field.use")
def photo(request: HttpRequest, photo_id: str) -> Any:
    """How much of a photograph has arrived."""
    found = photo_actions.have(user=user_of(request), photo_id=photo_id)
    return {"have": found.n_bytes, "complete": found.complete}


@router.put("/field/photos/{photo_id}/parts/{int:offset}", response=HaveOut)
@needs("field.use")
def part(request: HttpRequest, photo_id: str, offset: int) -> Any:
    """Take a part of a photograph: the raw bytes, at most 256 KB, right after those that are here."""
    try:
        found = photo_actions.keep_part(
            user=user_of(request),
            company=company_of(request),
            photo_id=photo_id,
            offset=offset,
            content=request.body,
            at=clock.now(),
        )
    except photo_actions.Gap as gap:
        return _missing(gap)
    return {"have": found.n_bytes, "complete": found.complete}


@router.post("/field/photos/{photo_id}/finish", response=HaveOut)
@needs("field.use")
def finish(request: HttpRequest, photo_id: str, payload: FinishIn) -> Any:
    """Put the parts together. 409 says from which byte to send on."""
    user = user_of(request)
    try:
        row = photo_actions.finish(
            user=user,
            person=queries.person(user),
            photo_id=photo_id,
            sha256=payload.sha256,
            visit_id=payload.visit_id,
            action_kind=payload.action_kind,
            taken_at=payload.taken_at,
            at=clock.now(),
        )
    except photo_actions.Gap as gap:
        return _missing(gap)
    return {"have": row.n_bytes, "complete": True}


def _missing(gap: photo_actions.Gap) -> HttpResponse:
    body = {"detail": gap.message, "field": gap.field, "have": gap.have, "complete": False}
    return HttpResponse(
        json.dumps(body, ensure_ascii=False), status=409, content_type="application/json; charset=utf-8"
    )
