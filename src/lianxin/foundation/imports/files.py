"""Opens what people send: decompresses it within limits, names its format, and makes its text UTF-8.

Nothing in a file is ever run: formulas are not evaluated, macros not read, and names inside archives not used as paths.
"""

import codecs
import gzip
import hashlib
import lzma
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from charset_normalizer import from_bytes
from django.utils.translation import gettext as _

from lianxin.foundation.errors import Refused

CHUNK: Final = 1 << 20
# A plain order file of 100 million lines has about 6 GB.
DECOMPRESSED_LIMIT: Final = 16 << 30
SPREADSHEET_LIMIT: Final = 2 << 30
# Real order files shrink by a factor of 5 to 40; a file made only to be small shrinks by a thousand and more.
RATIO_LIMIT: Final = 200
RATIO_FROM: Final = 64 << 20
SAMPLE: Final = 256 << 10
# What text read in the wrong encoding shows: signs that nobody writes.
GB2312_LEAST_SHARE: Final = 0.9

GZIP, XZ, ZIP, PARQUET = b"\x1f\x8b", b"\xfd7zXZ\x00", b"PK\x03\x04", b"PAR1"
ENDINGS: Final = {".csv", ".txt", ".tsv", ".xlsx", ".parquet", ".gz", ".xz"}
WIDE: Final = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}


@dataclass(frozen=True)
class Opened:
    """A file ready to be read.

    path : plain (not compressed); if it is text, then UTF-8 without a byte order mark, or with one
    format : `csv`, `xlsx` or `parquet`
    encoding : what the text was in when it came: `utf-8`, `utf-8-sig` or `gb18030`; "" for the other formats
    n_bytes : size of `path`
    """

    path: Path
    format: str
    encoding: str
    n_bytes: int


def content_hash(path: Path, *parts: str) -> str:
    """SHA-256 of the file's bytes and of the words that decide how it is read."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode())
        digest.update(b"\0")
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def open_input(path: Path, scratch: Path) -> Opened:
    """The file, plain and in UTF-8. Copies go to `scratch`; the file itself is never changed.

    Raises
    ------
    Refused : not there, empty, of a kind that is not read, of an encoding that is not read, damaged, or made to be huge.
    """
    if not path.is_file():
        raise Refused(_("There is no file “%(path)s”. Check the name and the folder.") % {"path": path})
    with path.open("rb") as file:
        start = file.read(8)
    if not start:
        raise Refused(_("The file “%(name)s” is empty.") % {"name": path.name})
    plain = path
    if start.startswith((GZIP, XZ)):
        plain = scratch / "plain"
        _decompress(path, plain, gzip.GzipFile if start.startswith(GZIP) else lzma.LZMAFile)
        with plain.open("rb") as file:
            start = file.read(8)
        if not start:
            raise Refused(_("The file “%(name)s” is empty.") % {"name": path.name})
    if start.startswith(ZIP):
        _check_spreadsheet(plain, path.name)
        return Opened(plain, "xlsx", "", plain.stat().st_size)
    if start.startswith(PARQUET):
        return Opened(plain, "parquet", "", plain.stat().st_size)
    if start.startswith((b"\xd0\xcf\x11\xe0", b"%PDF", GZIP, XZ, b"7z\xbc\xaf", b"Rar!")):
        raise Refused(
            _("“%(name)s” is not a kind of file that is read here. Save it as XLSX, CSV (also .gz or .xz) or Parquet.")
            % {"name": path.name}
        )
    text, encoding = _as_utf8(plain, scratch, path.name)
    return Opened(text, "csv", encoding, text.stat().st_size)


def _decompress(path: Path, target: Path, opener: type[gzip.GzipFile] | type[lzma.LZMAFile]) -> None:
    compressed, written = path.stat().st_size, 0
    try:
        with opener(path) as source, target.open("wb") as out:
            while chunk := source.read(CHUNK):
                written += len(chunk)
                too_dense = written > RATIO_FROM and written > compressed * RATIO_LIMIT
                if written > DECOMPRESSED_LIMIT or too_dense:
                    raise Refused(
                        _(
                            "“%(name)s” grows beyond what is read here when it is decompressed. Send it in smaller parts."
                        )
                        % {"name": path.name}
                    )
                out.write(chunk)
    except (OSError, EOFError, lzma.LZMAError, gzip.BadGzipFile) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise Refused(
            _("“%(name)s” cannot be decompressed: it is damaged or cut short. Copy it again from where it came.")
            % {"name": path.name}
        ) from error


def _check_spreadsheet(path: Path, name: str) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            if "xl/workbook.xml" not in names:
                raise Refused(
                    _("“%(name)s” is an archive, not a spreadsheet. Unpack it and send the file inside.")
                    % {"name": name}
                )
            written = 0
            for member in archive.infolist():
                # The sizes written in an archive can lie; what comes out cannot.
                with archive.open(member) as part:
                    while chunk := part.read(CHUNK):
                        written += len(chunk)
                        if written > SPREADSHEET_LIMIT or (
                            written > RATIO_FROM and written > path.stat().st_size * RATIO_LIMIT
                        ):
                            raise Refused(
                                _("The spreadsheet “%(name)s” grows beyond what is read here. Send it as CSV.")
                                % {"name": name}
                            )
    except (zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError) as error:
        raise Refused(
            _("The spreadsheet “%(name)s” is damaged or has a password. Open it, save it anew and send that.")
            % {"name": name}
        ) from error


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _is_in(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for chunk in _chunks(path):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _as_utf8(path: Path, scratch: Path, name: str) -> tuple[Path, str]:
    with path.open("rb") as file:
        sample = file.read(SAMPLE)
    for mark, seen in WIDE.items():
        if sample.startswith(mark):
            raise _wrong_encoding(name, seen)
    if b"\0" in sample:
        raise _wrong_encoding(name, _guess(sample) or _("binary data"))
    if _is_in(path, "utf-8"):
        return path, "utf-8-sig" if sample.startswith(codecs.BOM_UTF8) else "utf-8"
    if not _is_in(path, "gb18030") or not _is_chinese(sample):
        raise _wrong_encoding(name, _guess(sample) or _("an unknown encoding"))
    target = scratch / "utf8"
    with path.open("rb") as raw, target.open("w", encoding="utf-8", newline="") as out:
        shutil.copyfileobj(codecs.getreader("gb18030")(raw), out, CHUNK)
    return target, "gb18030"


def _is_chinese(sample: bytes) -> bool:
    """Whether text read as GB18030 is made of ordinary signs: nearly any bytes can be read so, few make sense."""
    signs = [sign for sign in sample.decode("gb18030", "ignore") if ord(sign) > 0x7F]
    if not signs:
        return True
    ordinary = sum(1 for sign in signs if sign.encode("gb2312", "ignore"))
    return ordinary >= GB2312_LEAST_SHARE * len(signs)


def _guess(sample: bytes) -> str:
    best = from_bytes(sample[: 32 << 10]).best()
    return best.encoding.replace("_", "-") if best is not None else ""


def _wrong_encoding(name: str, seen: str) -> Refused:
    return Refused(
        _("“%(name)s” is neither UTF-8 nor GB18030; it looks like %(seen)s. Save it as UTF-8 and send it again.")
        % {"name": name, "seen": seen}
    )
