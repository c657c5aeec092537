"""Whether an allocation favoured anyone: `favour(allocations, engine=…, seed=…)`. What it finds is a question, never a verdict."""

from lianxin.core.allocating.favour.contracts import ALLOCATIONS
from lianxin.core.allocating.favour.report import (
    AGAINST_OTHERS,
    CANNOT_TELL,
    FEW_RETAILERS,
    FEW_ROUNDS,
    FEW_ROWS,
    FEW_WEEKS,
    NO_OTHERS,
    VALUE,
    WITHIN,
    Favour,
    favour,
)
from lianxin.core.allocating.favour.residuals import NEED, REQUEST

__all__ = [
    "AGAINST_OTHERS",
    "ALLOCATIONS",
    "CANNOT_TELL",
    "FEW_RETAILERS",
    "FEW_ROUNDS",
    "FEW_ROWS",
    "FEW_WEEKS",
    "NEED",
    "NO_OTHERS",
    "REQUEST",
    "VALUE",
    "WITHIN",
    "Favour",
    "favour",
]
