"""Numbers of allocation: which release method goes with which class of goods, and how much must be open to the whole city."""

from __future__ import annotations

from typing import Final

from lianxin.core.parameters.shape import Parameter, ParameterKind

_MATRIX: Final = (
    "trade sources 3.2: classes of goods and their release methods, public code of the trade. A draw is ours."
)
_SHARE: Final = (
    "trade sources 3.2: at least 40 % in the rule file of a release system; its interface description says 50 %."
)
_TEXTS, _NUMBER = ParameterKind.TEXTS, ParameterKind.NUMBER
_METHOD: Final = "release method"


def _matrix(goods: str, methods: tuple[str, ...], zh: str, en: str) -> Parameter:
    name = f"allocating.methods.{goods}"
    return Parameter(name, _TEXTS, methods, _METHOD, _MATRIX, "C", f"{zh}可用的投放方式", f"Release methods for {en}")


RELEASING: Final = (
    _matrix("tight", ("by_tier", "by_tier_extended", "draw"), "紧俏货源", "tight goods"),
    _matrix("balanced", ("on_demand", "by_tier", "by_tier_extended"), "均衡满足货源", "balanced goods"),
    _matrix("full", ("on_demand",), "完全满足货源", "goods in full supply"),
    _matrix("new", ("selected", "by_tier", "by_tier_extended", "draw"), "新品", "new products"),
    Parameter(
        "allocating.city_share", _NUMBER, 0.4, "share", _SHARE, "C",
        "全市投放量占比下限", "Least part of the supply that is open to the whole city", 0, 1,
    ),
)  # fmt: skip
