"""What answers count for: points of the five levels, and weights of the dimensions of a survey."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from lianxin.core.errors import ParameterWrong

LEVELS: Final = (1, 2, 3, 4, 5)
FULL_MILLI: Final = 100_000
MOST: Final = 1000
# Weights are written as a list of name=number, so that no name may hold what separates or ends one.
SEPARATORS: Final = ",，、;；=\n"
_POINTS: Final = re.compile(r"\d{1,3}(?:\.\d)?", re.ASCII)


def read_levels(texts: Sequence[str]) -> dict[int, int]:
    """Thousandths of a point by level, from entries such as "5=100".

    Raises
    ------
    ParameterWrong : not each of the five levels once, points outside 0 to 100, or a better level that gives no more than a worse
    one.

    Examples
    --------
    >>> read_levels(["5=100", "4=80", "3=60", "2=40", "1=20"])[4]
    80000
    """
    found: dict[int, int] = {}
    for text in texts:
        level, _sign, points = (part.strip() for part in unicodedata.normalize("NFKC", text).partition("="))
        is_known = level.isdecimal() and int(level) in LEVELS and int(level) not in found
        if not is_known or not _POINTS.fullmatch(points) or round(float(points) * 1000) > FULL_MILLI:
            raise ParameterWrong(
                f"“{text}” must be a level from 1 to 5, named once, a sign = and points from 0 to 100."
            )
        found[int(level)] = round(float(points) * 1000)
    if sorted(found) != list(LEVELS):
        raise ParameterWrong("Each of the five levels needs its points, such as 5=100.")
    if any(found[level] >= found[level + 1] for level in LEVELS[:-1]):
        raise ParameterWrong("A better level must give more points than a worse one; 5 is the best.")
    return found


def read_weights(texts: Sequence[str]) -> dict[str, int]:
    """The weight of each dimension, from entries such as "货源供应=40".

    Raises
    ------
    ParameterWrong : an entry without a name, a name that stands twice, or a weight that is no whole number from 1 to 1000.

    Examples
    --------
    >>> read_weights(["supply=40", "service=60"])
    {'supply': 40, 'service': 60}
    """
    found: dict[str, int] = {}
    for text in texts:
        name, _sign, weight = (part.strip() for part in unicodedata.normalize("NFKC", text).rpartition("="))
        if not name or name in found or not weight.isdecimal() or not 1 <= int(weight) <= MOST:
            raise ParameterWrong(f"“{text}” must be a name that stands once, a sign = and a weight from 1 to {MOST}.")
        found[name] = int(weight)
    return found
