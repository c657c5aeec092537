"""Photographs and files as evidence: brought to a line of one's own sheet, taken away, and opened by who may see the line."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lianxin.demand.actions import attaching
from lianxin.demand.models import Attachment, Sheet
from lianxin.demand.queries import attachments, rounds
from lianxin.foundation import clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Missing, Refused
from lianxin.foundation.gate import needs


def brought(sheet: Sheet, line_no: int, upload: Any, request: HttpRequest) -> Attachment:
    """An uploaded file attached to a line of one's own sheet.

    Raises
    ------
    As `attaching.attach`; Refused : no file, or one too large to be read.
    """
    if upload is None:
        raise Refused(_("Choose a file first."), field="file")
    if upload.size is None or upload.size > attaching.MOST_BYTES:
        words = _("“%(name)s” is larger than %(n)d MB.")
        raise Refused(words % {"name": upload.name, "n": attaching.MOST_BYTES // 2**20}, field="file")
    return attaching.attach(
        sheet=sheet, line_no=line_no, name=upload.name or "", content=upload.read(), by=user_of(request), at=clock.now()
    )


def file_of(found: Attachment) -> FileResponse:
    """The file as it is sent: photographs to be looked at, others to be saved; never to be run by a browser as a page.

    Raises
    ------
    Missing : the file is not there.
    """
    path = Path(settings.MEDIA_ROOT) / found.path
    if not path.is_file():
        raise Missing(_("The file is not there. Restore the files from a backup."))
    answer = FileResponse(path.open("rb"), content_type=found.media_type)
    answer["Cache-Control"] = "private, max-age=86400"
    answer["X-Content-Type-Options"] = "nosniff"
    is_photo = found.media_type == attaching.PHOTO
    answer["Content-Disposition"] = content_disposition_header(not is_photo, found.name) or "attachment"
    return answer


@needs("forecasts.write")
@require_POST
def attach(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Bring a photograph or file to a line of one's own sheet."""
    round = rounds.round_of(user_of(request), company_of(request), pk)
    sheet = rounds.own_sheet(user_of(request), round)
    try:
        brought(sheet, number, request.FILES.get("file"), request)
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("It lies beside the line."))
    return redirect("demand:line", pk, number)


@needs("forecasts.write")
@require_POST
def remove(request: HttpRequest, pk: int, attachment_id: int) -> HttpResponse:
    """Take a file of one's own away again."""
    round = rounds.round_of(user_of(request), company_of(request), pk)
    found = attachments.attachment_of(user_of(request), round, attachment_id, on=clock.today(round.company))
    try:
        attaching.remove(attachment=found, by=user_of(request), at=clock.now())
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("Removed."))
    return redirect("demand:line", pk, found.line_no)


@needs("forecasts.read")
def attachment(request: HttpRequest, pk: int, attachment_id: int) -> FileResponse:
    """The file of a line that the user may see."""
    round = rounds.round_of(user_of(request), company_of(request), pk)
    return file_of(attachments.attachment_of(user_of(request), round, attachment_id, on=clock.today(round.company)))
