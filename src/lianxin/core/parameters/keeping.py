"""How long personal data of retailers is kept."""

from __future__ import annotations

from typing import Final

from lianxin.core.parameters.shape import Parameter, ParameterKind

_OURS: Final = "Design default; set it to the company's own rule."

KEEPING: Final = (
    Parameter(
        "retailers.contact_days", ParameterKind.INTEGER, 30, "days", _OURS, "I", "客户注销后联系方式保存天数",
        "Days that a contact is kept after the retailer has closed", 0, 3650,
    ),
    Parameter(
        "retailers.contact_undo_days", ParameterKind.INTEGER, 30, "days", _OURS, "I", "被文件替换的联系方式可撤销天数",
        "Days for which undoing a file brings back the contacts that it replaced", 0, 3650,
    ),
)  # fmt: skip
