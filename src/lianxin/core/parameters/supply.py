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
    Parameter(
        "supply.agreement_months",
        ParameterKind.INTEGER,
        6,
        "months",
        "trade sources 1.2: per half-year agreement with a supplier, or per monthly contract; set by the company.",
        "G",
        "计算工商协议履约率的协议期限（月）",
        "Months of the agreements by which suppliers are judged",
        1,
        12,
    ),
    Parameter(
        "measuring.minimum.supplier_fulfilment",
        ParameterKind.INTEGER,
        1,
        "agreed lines",
        _OURS,
        "I",
        "工商协议履约率的最小样本",
        "Least sample for fulfilment by suppliers",
        1,
        10**9,
    ),
    Parameter(
        "measuring.minimum.supplier_fulfilment.capped",
        ParameterKind.INTEGER,
        1,
        "agreed lines",
        _OURS,
        "I",
        "工商协议履约率（逐行封顶）的最小样本",
        "Least sample for fulfilment by suppliers, no line above one",
        1,
        10**9,
    ),
)
