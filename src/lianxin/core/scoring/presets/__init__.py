"""Schemes to start from, as far as public examples show them. Every line says what its source says and what is our reading.

Marks as in trade sources 0.1: S read in a published page, D the seed documents, I our inference. Some lines name what other
rooms will bring (visits, surveys, forecasts): until then they are missing, and the scheme's rule for the missing applies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from lianxin.core.scoring.presets.beihai import beihai
from lianxin.core.scoring.presets.halves import halves
from lianxin.core.scoring.presets.hulin import hulin
from lianxin.core.scoring.presets.xuchang import xuchang
from lianxin.core.scoring.scheme import Scheme

PRESETS: Final[Mapping[str, Callable[[], Scheme]]] = {
    "beihai": beihai,
    "hulin": hulin,
    "xuchang": xuchang,
    "halves": halves,
}
