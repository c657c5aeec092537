"""Why an indicator does not speak: the codes of `indicator_values.reason` with their words in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lianxin.core.errors import UnknownIndicator
from lianxin.core.measuring.registry import Indicator
from lianxin.core.parameters import PARAMETERS

NO_LINES: Final = "no_lines"
NO_BASE: Final = "no_base"
HOLDS_NONE: Final = "holds_none"
BELOW_MINIMUM: Final = "below_minimum"
NO_COST: Final = "no_cost"
NOT_RECORDED: Final = "not_recorded"
NO_PARAMETER: Final = "no_parameter"
NO_PEERS: Final = "no_peers"
FEW_PERIODS: Final = "few_periods"
NO_SURVEY: Final = "no_survey"
WEIGHTS_UNFIT: Final = "weights_unfit"
NOT_BROUGHT: Final = "not_brought"


@dataclass(frozen=True)
class Reason:
    """A code and the words that say what is missing."""

    code: str
    zh: str
    en: str


REASONS: Final[dict[str, Reason]] = {
    reason.code: reason
    for reason in (
        Reason(NO_LINES, "本月没有订单", "no order lines in the month"),
        Reason(NO_BASE, "没有可比的基数", "nothing to compare with"),
        Reason(HOLDS_NONE, "月末没有所辖客户", "holds no retailer at the month's end"),
        Reason(BELOW_MINIMUM, "样本量低于设定的下限", "fewer cases than the set minimum"),
        Reason(NO_COST, "成本价覆盖的销售额不足", "costs are known for too small a part of the amount"),
        Reason(NOT_RECORDED, "有订单行缺金额", "some order lines lack their amount"),
        Reason(NO_PARAMETER, "所需参数未设定", "a parameter that the formula needs is not set"),
        Reason(NO_PEERS, "没有足够的同类客户", "too few retailers of the same class"),
        Reason(FEW_PERIODS, "期数低于设定的下限", "fewer periods than the set minimum"),
        Reason(NO_SURVEY, "本月未测评（没有已发布的满意度调查）", "not measured this month: no survey was released"),
        Reason(NOT_BROUGHT, "有协议的调入量尚未录入", "what came is not recorded of every agreement"),
        Reason(WEIGHTS_UNFIT, "维度权重与调查问卷的维度不一致", "the weights do not name the dimensions of the survey"),
    )
}


def words_of(reason: str, indicator: Indicator | None = None) -> Reason:
    """A reason with its words; with an indicator, that of a missing parameter names the parameter.

    Raises
    ------
    UnknownIndicator : nobody registered the reason.
    """
    known = REASONS.get(reason)
    if known is None:
        raise UnknownIndicator(f"There is no reason {reason!r}; the known ones are {', '.join(REASONS)}.")
    if reason == NO_PARAMETER and indicator is not None and indicator.parameter is not None:
        wanted = PARAMETERS[indicator.parameter]
        return Reason(reason, f"参数“{wanted.title_zh}”未设定", f'the parameter "{wanted.title_en}" is not set')
    return known
