"""Files sent over the network: checked by size, ending and first bytes, kept under a name of our own until they are taken in."""

import contextlib
import time
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from lianxin.foundation.errors import Refused
from lianxin.foundation.imports import files
from lianxin.foundation.uuids import uuid7

KEPT_SECONDS: Final = 7 * 24 * 3600
TEXT_ENDINGS: Final = (".csv", ".txt", ".tsv")
# First bytes that an ending promises; text may begin with anything.
BEGINNINGS: Final = {".xlsx": files.ZIP, ".parquet": files.PARQUET, ".gz": files.GZIP, ".xz": files.XZ}


def folder() -> Path:
    """Where uploads and their refused rows lie; nobody else may read it."""
    place = _place()
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    return place


def _place() -> Path:
    return Path(settings.MEDIA_ROOT) / "imports"


def keep(upload: "UploadedFile[Any]") -> Path:
    """Where the upload lies now. The name that came with it is never used as a path.

    Raises
    ------
    Refused : too large, of an ending that is not read, or its first bytes are not what the ending promises.
    """
    name = upload.name or ""
    ending = Path(name).suffix.lower()
    if ending not in (*TEXT_ENDINGS, *BEGINNINGS):
        raise Refused(
            _("“%(name)s” is not a kind of file that is read here. Send XLSX, CSV (also .gz or .xz) or Parquet.")
            % {"name": name},
            field="file",
        )
    if upload.size is None or upload.size > settings.UPLOAD_LIMIT_BYTES:
        raise Refused(
            _("“%(name)s” is larger than %(limit)s MB. Send it in parts, or import it on the server: lianxin import.")
            % {"name": name, "limit": settings.UPLOAD_LIMIT_BYTES // 2**20},
            field="file",
        )
    upload.seek(0)
    start = upload.read(8)
    upload.seek(0)
    wanted = BEGINNINGS.get(ending)
    if (wanted is not None and not start.startswith(wanted)) or (
        wanted is None and start.startswith(tuple(BEGINNINGS.values()))
    ):
        raise Refused(
            _("“%(name)s” does not hold what its ending promises. Save it anew in the right format.") % {"name": name},
            field="file",
        )
    forget_old()
    path = folder() / f"{uuid7()}{ending}"
    with path.open("wb") as out:
        for chunk in upload.chunks():
            out.write(chunk)
    return path


def kept(name: str) -> Path:
    """The path of a kept file by its bare name.

    Raises
    ------
    Refused : it is not there any more.
    """
    path = folder() / Path(name).name
    if not path.is_file():
        raise Refused(_("The file is not kept any more. Send it again."), field="file")
    return path


def is_ours(path: str) -> bool:
    """Whether a path lies among the kept files, so that it may be sent back."""
    return bool(path) and Path(path).resolve().parent == folder().resolve() and Path(path).is_file()


def forget_old() -> int:
    """How many uploads that were only tried and never taken in went now; refused rows of batches stay."""
    limit, n = time.time() - KEPT_SECONDS, 0
    for path in _place().iterdir() if _place().is_dir() else ():
        # Another worker may be at it.
        with contextlib.suppress(FileNotFoundError):
            if not path.name.endswith(".refused.csv") and path.stat().st_mtime < limit:
                path.unlink()
                n += 1
    return n
