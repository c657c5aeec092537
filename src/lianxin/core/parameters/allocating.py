"""Numbers of the favour report and of the fit of allocations with demand."""

from __future__ import annotations

from typing import Any, Final

from lianxin.core.parameters.shape import Parameter, ParameterKind

_OURS = "Design default; set it to the company's own rule."
_LEVEL = "Benjamini & Hochberg 1995 name no level; one report in twenty is the usual one."


def _favour(
    name: str,
    default: Any,
    unit: str,
    source: str,
    zh: str,
    en: str,
    low: float | None = None,
    high: float | None = None,
) -> Parameter:
    kinds = {int: ParameterKind.INTEGER, float: ParameterKind.NUMBER, str: ParameterKind.TEXT}
    return Parameter(f"favour.{name}", kinds[type(default)], default, unit, source, "I", zh, en, low, high)


# fmt: off
FAVOUR: Final = (
    _favour("level", 0.05, "share", _LEVEL, "投放异常错报率上限", "Level of false accusations", 0.0001, 0.5),
    _favour("correction", "BH", "BH or BY", _OURS, "多重检验校正方法", "Correction for many managers"),
    _favour("least_effect_share", 0.01, "share", _OURS, "投放异常最小占比", "Least favour in a manager's units", 0, 1),
    _favour("minimum_retailers", 20, "retailers", _OURS, "判断投放异常所需最少户数", "Least retailers of a manager", 2, 10**6),
    _favour("minimum_rows", 100, "rows", _OURS, "判断投放异常所需最少投放行数", "Least rows of a manager", 1, 10**9),
    _favour("minimum_rounds", 8, "rounds", _OURS, "判断投放异常所需最少轮次（品规×周）", "Least rounds of a manager", 2, 10**6),
    _favour("minimum_weeks", 4, "weeks", _OURS, "判断反复受益所需最少周数", "Least weeks for repeated favour", 2, 520),
    _favour("draws", 9_999, "draws", _OURS, "随机置换次数", "Random exchanges", 199, 10**6),
)
# fmt: on


def _fit(name: str, default: int, unit: str, source: str, zh: str, en: str, low: float, high: float) -> Parameter:
    return Parameter(f"fit.{name}", ParameterKind.INTEGER, default, unit, source, "I", zh, en, low, high)


_WEEKLY = "trade sources 3.7: one order a week, delivered two days after it; that a count of days 3 to 9 tells is our reading."

# fmt: off
FIT: Final = (
    _fit("count_from_days", 3, "days", _WEEKLY, "盘点有效期起（周一后天数）", "First day that a count tells", 0, 30),
    _fit("count_until_days", 9, "days", _WEEKLY, "盘点有效期止（周一后天数）", "Last day that a count tells", 0, 60),
    _fit("return_days", 28, "days", _OURS, "退货归属期（周一后天数）", "Days in which a return belongs to a round", 0, 366),
    _fit("minimum_counts", 20, "counts", _OURS, "判断售罄、滞留所需最少盘点数", "Least counts that tell", 1, 10**6),
    _fit("minimum_rows", 10, "rows", _OURS, "判断投放与需求相符所需最少行数", "Least rows that tell", 1, 10**6),
)
# fmt: on
