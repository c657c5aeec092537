"""Photographs and files as evidence, by API: as blind until the deadline as the numbers themselves."""

from datetime import datetime
from typing import Any

from django.http import FileResponse, HttpRequest
from ninja import File, Form, Router, Schema, Status
from ninja.files import UploadedFile

from lianxin.demand.actions import attaching
from lianxin.demand.models import Round
from lianxin.demand.queries import attachments, rounds
from lianxin.demand.screens.attachments import brought, file_of
from lianxin.foundation import clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.gate import needs

router = Router(tags=["demand"])


class AttachmentOut(Schema):
    id: int
    line_no: int
    name: str
    media_type: str
    sha256: str
    n_bytes: int
    added_at: datetime


@router.get("/forecast-rounds/{pk}/evidence", response=list[AttachmentOut])
@needs("forecasts.read")
def list_attachments(request: HttpRequest, pk: int, employee_no: str = "") -> Any:
    """Files beside the lines of your own sheet; of another author's once the round has closed."""
    user, round = user_of(request), _round(request, pk)
    if employee_no:
        person_id = rounds.person_id_of(round, employee_no)
        return attachments.of_sheet(rounds.sheet_of(user, round, person_id, on=clock.today(round.company)))
    return attachments.of_sheet(rounds.own_sheet(user, round))


@router.post("/forecast-rounds/{pk}/evidence", response={201: AttachmentOut})
@needs("forecasts.write")
def attach_file(request: HttpRequest, pk: int, line_no: Form[int], file: File[UploadedFile]) -> Any:
    """Bring a photograph (JPEG), PDF or XLSX to a line of your own sheet, as multipart form data."""
    return Status(201, brought(rounds.own_sheet(user_of(request), _round(request, pk)), line_no, file, request))


@router.get("/forecast-rounds/{pk}/evidence/{attachment_id}")
@needs("forecasts.read")
def attached_file(request: HttpRequest, pk: int, attachment_id: int) -> FileResponse:
    """The file itself."""
    round = _round(request, pk)
    return file_of(attachments.attachment_of(user_of(request), round, attachment_id, on=clock.today(round.company)))


@router.post("/forecast-rounds/{pk}/evidence/{attachment_id}/remove", response=AttachmentOut)
@needs("forecasts.write")
def remove_file(request: HttpRequest, pk: int, attachment_id: int) -> Any:
    """Take a file of your own away again before the deadline."""
    round = _round(request, pk)
    found = attachments.attachment_of(user_of(request), round, attachment_id, on=clock.today(round.company))
    return attaching.remove(attachment=found, by=user_of(request), at=clock.now())


def _round(request: HttpRequest, pk: int) -> Round:
    return rounds.round_of(user_of(request), company_of(request), pk)
