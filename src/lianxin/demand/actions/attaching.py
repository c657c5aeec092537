"""Photographs and files as evidence of a number: checked, kept under a name of our own, removable by their author for a while."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from lianxin.demand.actions.entering import own_open_sheet
from lianxin.demand.models import Attachment, Sheet
from lianxin.foundation import audit, photos
from lianxin.foundation.errors import Refused
from lianxin.foundation.files import write_bytes
from lianxin.foundation.imports import files as formats
from lianxin.foundation.models import User
from lianxin.foundation.uuids import uuid7

MOST_BYTES: Final = 8 * 1024 * 1024
MOST_FILES: Final = 5
PHOTO: Final = "image/jpeg"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file that is taken: its media type and its first bytes."""

    media_type: str
    beginning: bytes


KINDS: Final = {
    ".jpg": Kind(PHOTO, b"\xff\xd8"),
    ".jpeg": Kind(PHOTO, b"\xff\xd8"),
    ".pdf": Kind("application/pdf", b"%PDF-"),
    ".xlsx": Kind("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", formats.ZIP),
}


@transaction.atomic
def attach(*, sheet: Sheet, line_no: int, name: str, content: bytes, by: User, at: datetime) -> Attachment:
    """A photograph (without its metadata) or file beside a line of one's own sheet. The same again makes nothing new.

    Raises
    ------
    Denied : somebody else's sheet. TooLate : the deadline has passed.
    Refused : it was submitted; no such line, of another kind than is taken, too large, damaged, or too many.
    """
    locked = own_open_sheet(sheet, by=by, at=at)
    if not 0 <= line_no < locked.n_lines:
        raise Refused(_("Your sheet has no such line."), field="line_no")
    kind = _kind_of(name)
    content = _checked(name, kind, content)
    sha256 = hashlib.sha256(content).hexdigest()
    there = Attachment.objects.filter(sheet=locked, line_no=line_no, removed_at=None)
    same = there.filter(sha256=sha256).first()
    if same is not None:
        return same
    if there.count() >= MOST_FILES:
        raise Refused(_("A line takes at most %(n)d files.") % {"n": MOST_FILES}, field="file")
    path = f"forecasts/{locked.round_id}/{uuid7()}{Path(name).suffix.lower()}"
    write_bytes(Path(settings.MEDIA_ROOT) / path, content)
    made = Attachment.objects.create(
        sheet=locked, line_no=line_no, name=Path(name).name[-120:], media_type=kind.media_type, sha256=sha256,
        n_bytes=len(content), path=path, added_at=at,
    )  # fmt: skip
    audit.record(
        company=locked.round.company, by=by, verb="forecasts.attach", subject=f"forecast_sheet:{locked.pk}",
        after={"attachment": made.pk, "sha256": sha256}, at=at,
    )  # fmt: skip
    return made


@transaction.atomic
def remove(*, attachment: Attachment, by: User, at: datetime) -> Attachment:
    """The file gone, the row with its hash and times kept.

    Raises
    ------
    As `attach`; Refused : removed before.
    """
    locked = own_open_sheet(attachment.sheet, by=by, at=at)
    attachment = Attachment.objects.select_for_update().get(pk=attachment.pk)
    if attachment.removed_at is not None:
        raise Refused(_("This file was removed before."))
    path = Path(settings.MEDIA_ROOT) / attachment.path
    attachment.removed_at, attachment.path = at, ""
    attachment.save(update_fields=["removed_at", "path"])
    audit.record(
        company=locked.round.company, by=by, verb="forecasts.detach", subject=f"forecast_sheet:{locked.pk}",
        after={"attachment": attachment.pk}, at=at,
    )  # fmt: skip
    transaction.on_commit(lambda: path.unlink(missing_ok=True))
    return attachment


def _kind_of(name: str) -> Kind:
    kind = KINDS.get(Path(name).suffix.lower())
    if kind is None:
        raise Refused(
            _("“%(name)s” is not taken as evidence. Send a photograph (JPEG), a PDF or an XLSX file.") % {"name": name},
            field="file",
        )
    return kind


def _checked(name: str, kind: Kind, content: bytes) -> bytes:
    if len(content) > MOST_BYTES:
        raise Refused(_("“%(name)s” is larger than %(n)d MB.") % {"name": name, "n": MOST_BYTES // 2**20}, field="file")
    if kind.media_type == PHOTO:
        return photos.checked(content, at_most=MOST_BYTES).content
    if not content.startswith(kind.beginning):
        raise Refused(
            _("“%(name)s” does not hold what its ending promises. Save it anew in the right format.") % {"name": name},
            field="file",
        )
    return content
