"""Photographs as bytes: a JPEG is checked by opening it, loses everything that is not the picture, and gets a hash of its looks."""

import hashlib
import io
import warnings
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from lianxin.foundation.errors import Refused

BYTES_AT_MOST: Final = 2 * 1024 * 1024
PART_AT_MOST: Final = 256 * 1024
PIXELS_AT_MOST: Final = 24_000_000
LEAST_CONTRAST: Final = 4
_START, _SCAN, _END = 0xD8, 0xDA, 0xD9
# JFIF and Adobe's colour transform belong to the picture; every other application segment and every comment tells about people.
_KEPT_SEGMENTS: Final = frozenset({0xE0, 0xEE})


@dataclass(frozen=True, slots=True)
class Checked:
    """A photograph that can be kept.

    near_hash : 16 hexadecimal signs, alike for pictures that look alike; "" for a picture without contrast, alike to nothing
    """

    content: bytes
    sha256: str
    near_hash: str
    width: int
    height: int


def checked(content: bytes, *, at_most: int = BYTES_AT_MOST) -> Checked:
    """The photograph without its metadata.

    Parameters
    ----------
    at_most : bytes; above it the photograph is too large

    Raises
    ------
    Refused : no JPEG, too large, or damaged.
    """
    if len(content) > at_most:
        raise Refused(_("The photograph is larger than %(n)d MB.") % {"n": at_most // 2**20}, field="photo")
    try:
        stripped = without_metadata(content)
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(stripped), formats=("JPEG",)) as image:
                if image.width * image.height > PIXELS_AT_MOST:
                    raise Refused(_("The photograph has too many pixels."), field="photo")
                image.load()
                near = near_hash(image)
                size = image.size
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombWarning) as wrong:
        raise Refused(_("This is not a JPEG photograph, or it is damaged."), field="photo") from wrong
    return Checked(stripped, hashlib.sha256(stripped).hexdigest(), near, *size)


def without_metadata(content: bytes) -> bytes:
    """The same picture, bit for bit, without place, device, thumbnail or comment.

    Raises
    ------
    ValueError : the segments do not follow each other as in a JPEG.
    """
    if content[:2] != bytes((0xFF, _START)):
        raise ValueError("no JPEG")
    kept, at = bytearray(content[:2]), 2
    while True:
        if at + 4 > len(content) or content[at] != 0xFF:
            raise ValueError("broken segment")
        kind = content[at + 1]
        if kind == 0xFF:
            at += 1
            continue
        length = int.from_bytes(content[at + 2 : at + 4], "big")
        segment = content[at : at + 2 + length]
        if length < 2 or len(segment) < 2 + length:
            raise ValueError("broken segment")
        if kind == _SCAN:
            # What follows the end of the picture (a second picture, a film) is not the picture.
            end = content.rfind(bytes((0xFF, _END)))
            if end < at:
                raise ValueError("no end")
            return bytes(kept + content[at : end + 2])
        if not (0xE0 <= kind <= 0xEF or kind == 0xFE) or kind in _KEPT_SEGMENTS:
            kept += segment
        at += 2 + length


def near_hash(image: Image.Image) -> str:
    """The difference hash: whether each of 8 x 8 places is brighter than its right neighbour, in a picture shrunk to 9 x 8."""
    small = image.convert("L").resize((9, 8), Image.Resampling.LANCZOS)
    levels = small.tobytes()
    if max(levels) - min(levels) < LEAST_CONTRAST:
        return ""
    bits = 0
    for row in range(8):
        for column in range(8):
            bits = bits << 1 | (levels[row * 9 + column] > levels[row * 9 + column + 1])
    return f"{bits:016x}"


def differing_bits(one: str, other: str) -> int:
    """In how many of 64 places two hashes differ; 64 where one of them is alike to nothing."""
    if not one or not other:
        return 64
    return (int(one, 16) ^ int(other, 16)).bit_count()


def digest(content: bytes) -> str:
    """SHA-256 (hex) of the bytes."""
    return hashlib.sha256(content).hexdigest()


def ends(content: bytes) -> bool:
    """Whether the bytes end as a JPEG does: nothing is missing at the end."""
    return content.endswith(bytes((0xFF, _END)))
