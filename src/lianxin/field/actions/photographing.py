"""Photographs come in parts, in order, each part once; the last step puts them together, checks the picture and finds reuse."""

import contextlib
import re
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from lianxin.core.parameters import value_of
from lianxin.field.models import PhotoPart
from lianxin.foundation import audit, photos
from lianxin.foundation import parameters as dated
from lianxin.foundation.errors import Refused
from lianxin.foundation.files import write_bytes
from lianxin.foundation.models import Company, User
from lianxin.people.models import Person
from lianxin.visits import bodies
from lianxin.visits.models import Photo
from lianxin.visits.states import ActionKind

LOOK_BACK: Final = timedelta(days=400)
PARTS_KEPT: Final = timedelta(days=14)
_ID = re.compile(bodies.UUID7)


@dataclass(frozen=True, slots=True)
class Have:
    """How much of a photograph is here: bytes without a gap from the first one on."""

    n_bytes: int
    complete: bool = False


class Gap(Refused):
    """Something of the photograph is missing; `have` says from where to send on."""

    def __init__(self, message: str, have: int) -> None:
        super().__init__(message, field="photo")
        self.have = have


def have(*, user: User, photo_id: str) -> Have:
    """How much of a user's photograph has arrived."""
    _check_id(photo_id)
    done = Photo.objects.filter(pk=photo_id, person__user=user).first()
    if done is not None:
        return Have(done.n_bytes, complete=True)
    return Have(_received(user, photo_id))


def keep_part(*, user: User, company: Company, photo_id: str, offset: int, content: bytes, at: datetime) -> Have:
    """How much has arrived with this part. A part that is here already changes nothing.

    Raises
    ------
    Gap : a part before it is missing.
    Refused : empty, too large, or the photograph belongs to somebody else.
    """
    _check_id(photo_id)
    if not content or len(content) > photos.PART_AT_MOST:
        raise Refused(_("A part has between 1 byte and 256 KB."), field="photo")
    if offset + len(content) > photos.BYTES_AT_MOST:
        raise Refused(_("The photograph is larger than 2 MB."), field="photo")
    known = have(user=user, photo_id=photo_id)
    if known.complete or offset + len(content) <= known.n_bytes:
        return known
    if offset != known.n_bytes:
        raise Gap(_("Send the photograph from byte %(n)s on.") % {"n": known.n_bytes}, known.n_bytes)
    path = f"field/parts/{user.pk}/{photo_id}/{offset:08}"
    write_bytes(Path(settings.MEDIA_ROOT) / path, content)
    try:
        with transaction.atomic():
            PhotoPart.objects.create(
                photo_id_said=photo_id,
                company=company,
                user=user,
                offset=offset,
                n_bytes=len(content),
                path=path,
                received_at=at,
            )
    except IntegrityError as clash:
        # The same part came twice at once, or somebody else uses the id.
        if not PhotoPart.objects.filter(photo_id_said=photo_id, offset=offset, user=user).exists():
            raise Refused(_("Somebody else sends a photograph under this id."), field="photo") from clash
    return have(user=user, photo_id=photo_id)


def finish(
    *,
    user: User,
    person: Person,
    photo_id: str,
    sha256: str,
    visit_id: str,
    action_kind: str,
    taken_at: datetime,
    at: datetime,
) -> Photo:
    """The kept photograph. Finished twice, it is the same one.

    Parameters
    ----------
    sha256 : of the bytes as the phone has them; the file is kept under the hash of what remains without metadata

    Raises
    ------
    Gap : bytes are missing, or the whole has another hash; then the parts are forgotten, to be sent anew.
    Refused : it is no JPEG, or names no visit or action.
    """
    _check_id(photo_id)
    if action_kind not in ActionKind.values:
        raise Refused(_("A photograph belongs to an action of a visit."), field="action_kind")
    if not _ID.fullmatch(visit_id):
        raise Refused(_("The visit's id is not a UUIDv7."), field="visit_id")
    done = Photo.objects.filter(pk=photo_id).select_related("person").first()
    if done is not None:
        if done.person_id != person.pk:
            raise Refused(_("Somebody else sent a photograph under this id."), field="photo")
        return done
    content = _joined(user, photo_id)
    if not content:
        raise Gap(_("Nothing of this photograph has arrived."), 0)
    if photos.digest(content) != sha256.lower():
        complete = photos.ends(content)
        if complete:
            forget_parts(user, photo_id)
            raise Gap(_("The photograph arrived damaged. Send it again from the start."), 0)
        raise Gap(_("Send the photograph from byte %(n)s on.") % {"n": len(content)}, len(content))
    try:
        found = photos.checked(content)
    except Refused:
        forget_parts(user, photo_id)
        raise
    path = f"photos/{found.sha256[:2]}/{found.sha256}.jpg"
    _keep_file(path, found.content)
    photo = _recorded(person, photo_id, visit_id, action_kind, taken_at, at, found, path, user)
    forget_parts(user, photo_id)
    return photo


@transaction.atomic
def _recorded(
    person: Person,
    photo_id: str,
    visit_id: str,
    action_kind: str,
    taken_at: datetime,
    at: datetime,
    found: photos.Checked,
    path: str,
    user: User,
) -> Photo:
    company = person.company
    # One photograph of a company at a time is compared and kept, so that of two equal ones the second knows the first.
    Company.objects.select_for_update().get(pk=company.pk)
    known = Photo.objects.filter(pk=photo_id).first()
    if known is not None:
        return known
    # An older photograph of the same bytes may have come to its time meanwhile, and its file with it.
    _keep_file(path, found.content)
    photo = Photo.objects.create(
        id=photo_id,
        company=company,
        person=person,
        visit_id_said=visit_id,
        action_kind=action_kind,
        taken_at=taken_at,
        received_at=at,
        sha256=found.sha256,
        near_hash=found.near_hash,
        n_bytes=len(found.content),
        width=found.width,
        height=found.height,
        path=path,
        seen_before=_seen_before(person, found, visit_id, at),
    )
    audit.record(
        company=company,
        by=user,
        verb="photos.keep",
        subject=f"photo:{photo_id}",
        after={"visit": visit_id, "sha256": found.sha256, "seen_before": photo.seen_before_id},
        at=at,
    )
    return photo


def _seen_before(person: Person, found: photos.Checked, visit_id: str, at: datetime) -> Photo | None:
    """The first photograph of another visit that is this one: the same bytes anywhere in the company, or near-equal looks
    among the person's own of the last year or under the same hash in the company."""
    others = Photo.objects.filter(company=person.company).exclude(visit_id_said=visit_id).order_by("taken_at", "pk")
    same = others.filter(sha256=found.sha256).first()
    if same is None and found.near_hash:
        same = others.filter(near_hash=found.near_hash).first()
    if same is not None or not found.near_hash:
        return same
    most = int(
        value_of(dated.in_force(person.company, on=at.astimezone(person.company.zone).date()), "field.photo_near_bits")
    )
    own = others.filter(person=person, taken_at__gte=at - LOOK_BACK).exclude(near_hash="")
    for pk, near in own.values_list("pk", "near_hash").iterator():
        if photos.differing_bits(near, found.near_hash) <= most:
            return others.get(pk=pk)
    return None


def forget_parts(user: User, photo_id: str) -> None:
    """Let go of the parts of a photograph."""
    PhotoPart.objects.filter(user=user, photo_id_said=photo_id).delete()
    shutil.rmtree(Path(settings.MEDIA_ROOT) / f"field/parts/{user.pk}/{photo_id}", ignore_errors=True)


def forget_stale_parts(company: Company, *, at: datetime) -> int:
    """How many photographs that were begun and never finished were let go of."""
    stale = PhotoPart.objects.filter(company=company, received_at__lt=at - PARTS_KEPT)
    found = list(stale.values_list("user_id", "photo_id_said").distinct())
    for user in User.objects.filter(pk__in={user_id for user_id, _photo in found}):
        for user_id, photo_id in found:
            if user_id == user.pk:
                forget_parts(user, photo_id)
    return len(found)


def _check_id(photo_id: str) -> None:
    # It becomes a part of a path: nothing but an id may stand there.
    if not _ID.fullmatch(photo_id):
        raise Refused(_("The photograph's id is not a UUIDv7."), field="photo")


def _received(user: User, photo_id: str) -> int:
    end = 0
    parts = PhotoPart.objects.filter(user=user, photo_id_said=photo_id).order_by("offset")
    for offset, n_bytes in parts.values_list("offset", "n_bytes"):
        if offset > end:
            break
        end = max(end, offset + n_bytes)
    return end


def _joined(user: User, photo_id: str) -> bytes:
    content = bytearray()
    for part in PhotoPart.objects.filter(user=user, photo_id_said=photo_id).order_by("offset"):
        if part.offset != len(content):
            break
        with contextlib.suppress(FileNotFoundError):
            content += (Path(settings.MEDIA_ROOT) / part.path).read_bytes()
    return bytes(content)


def _keep_file(path: str, content: bytes) -> None:
    whole = Path(settings.MEDIA_ROOT) / path
    if not whole.exists():
        write_bytes(whole, content)
