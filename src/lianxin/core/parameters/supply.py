"""Numbers and lists of allocation rounds."""

from __future__ import annotations

from typing import Final

from lianxin.core.parameters.shape import Parameter, ParameterKind

_OURS: Final = "Design default; set it to the company's own rule."

SUPPLY: Final = (
    Parameter(
        "supply.change_reasons",
        ParameterKind.TEXTS,
        ("data_error", "shop_closed", "damaged_goods", "emergency"),
        "reason",
        _OURS,
        "I",
        "人工调整投放的理由清单",
        "Reasons for changing a share by hand",
    ),
)
