"""Numbers of verification: when a visit looks hollow, when a note looks copied, when a month may be asked about."""

from __future__ import annotations

from typing import Any, Final

from lianxin.core.parameters.shape import Parameter, ParameterKind

_ANY_CITY = "Design default; set it to the company's own rule."


def number(
    name: str,
    default: Any,
    unit: str,
    source: str,
    zh: str,
    en: str,
    low: float | None = None,
    high: float | None = None,
) -> Parameter:
    """A parameter of verification; the mark of evidence stands before its source."""
    kinds = {int: ParameterKind.INTEGER, float: ParameterKind.NUMBER, str: ParameterKind.TEXT}
    evidence, told = source.split(" ", 1)
    return Parameter(f"verifying.{name}", kinds[type(default)], default, unit, told, evidence, zh, en, low, high)


_AUDIT = "C trade sources 4.6: one company's audit rules in public code of the trade."
_RADIUS = "I Published experience of geofences on phones calls 150 m the least that is reliable."
OURS = f"I {_ANY_CITY}"
_RECALL = "S PLoS ONE 10.1371/journal.pone.0240526: honest answers by telephone differ from records in 9 to 16 %."
_KEY = (
    "I trade sources 4.6 names full-goods and panel retailers, 3.1 the groups of tiers: the highest group stands for what is not "
    "recorded."
)
_CALIBRATED = "I Calibrated on simulated clean notes; see the reference of verification."
_CALIBRATED_RISK = "I Set on simulated honest months, at most one in a hundred; see the reference of verification."

# fmt: off
VERIFYING: Final = (
    number("too_short_seconds", 60, "seconds", _AUDIT, "过短走访线（秒）", "Seconds under which a visit is too short", 0, 3600),
    number("day_too_short_minutes", 60, "minutes", _AUDIT, "单日总时长下限（分）", "Least minutes of visits in a day", 0, 1440),
    number("too_long_minutes", 300, "minutes", _AUDIT, "过长走访线（分）", "Minutes over which a visit is too long", 1, 1440),
    number("far_metres", 150, "metres", _RADIUS, "签到距离线（米）", "Metres beyond which a check-in is away", 1, 100000),
    number("far_and_short_metres", 200, "metres", _AUDIT, "“远且短”距离线（米）", "Metres of far and short", 1, 100000),
    number("far_and_short_seconds", 60, "seconds", _AUDIT, "“远且短”时长线（秒）", "Seconds of far and short", 0, 3600),
    number("far_and_short_mode", "ALL", "ALL, ANY or AT_LEAST_N", _AUDIT, "“远且短”组合方式", "How far and short combine"),
    number("far_and_short_n", 2, "conditions", _AUDIT, "“远且短”至少满足几项", "Conditions for AT_LEAST_N", 1, 2),
    number("accuracy_limit_metres", 150, "metres", OURS, "可用定位精度（米）", "Worst accuracy that tells", 1, 10000),
    number("fix_age_limit_seconds", 120, "seconds", OURS, "可用定位时效（秒）", "Oldest fix that tells", 0, 86400),
    number("speed_limit_kmh", 120.0, "km/h", OURS, "两点间速度上限（公里/时）", "Fastest way between two check-ins", 1, 1000),
    number("burst_visits", 5, "visits", OURS, "突击签到次数", "Check-ins that make a burst", 3, 50),
    number("burst_minutes", 10, "minutes", OURS, "突击签到时窗（分）", "Minutes in which they fall", 1, 1440),
    number("same_few_visits", 6, "visits a month", OURS, "反复走访同一户次数", "Visits of one shop in a month", 2, 100),
    number("same_place_retailers", 3, "retailers", OURS, "同一地点签到户数", "Shops checked in from one place", 2, 100),
    number("learn_days", 3, "days", OURS, "学习店铺位置所需天数", "Days with fixes that teach a shop's place", 2, 100),
    number("learn_share", 0.6, "share", OURS, "学习店铺位置所需占比", "Share of fixes that must agree", 0.5, 1),
    number("hour_from", 6, "hour", OURS, "正常签到时段起（时）", "First hour of check-ins", 0, 23),
    number("hour_until", 21, "hour", OURS, "正常签到时段止（时）", "Hour at which check-ins end", 1, 24),
    number("witness_minutes", 30, "minutes", OURS, "旁证时间容差（分）", "Minutes a witness covers", 0, 1440),
    number("call_error_share", 0.12, "share", _RECALL, "电话回访记忆误差", "Honest visits calls miss", 0, 0.49),
    number("call_error_low", 0.09, "share", _RECALL, "电话回访记忆误差下限", "The same, at least", 0, 0.49),
    number("call_error_high", 0.16, "share", _RECALL, "电话回访记忆误差上限", "The same, at most", 0, 0.49),
    number("key_tier_from", 28, "tier", _KEY, "重点客户起始档位", "Lowest tier of key retailers", 1, 30),
    number("minimum_visits", 20, "visits", OURS, "判断所需最少走访数", "Least visits of a month that can tell", 1, 10000),
    number("minimum_checks", 8, "checks", OURS, "不符率所需最少核查数", "Least checks for a discrepancy rate", 1, 10000),
    number("minimum_notes", 20, "notes", OURS, "判断雷同所需最少记录数", "Least notes with own content", 1, 10000),
    number("copy_similarity", 0.7, "share", _CALIBRATED, "内容雷同相似度线", "Own words alike in a copy", 0.3, 1),
    number("copy_bits", 20.0, "bits", _CALIBRATED, "判断雷同所需自有内容", "Own content that can tell", 1, 1000),
    number("suspected_excess", 0.02, "share", _CALIBRATED_RISK, "触发疑点的风险超出量", "Mean risk beyond honest months", 0, 1),
    number("suspected_deviations", 4.0, "deviations", _CALIBRATED_RISK, "触发疑点的离差倍数", "The same in deviations", 1, 100),
    number("copied_allowed", 0.02, "share", _CALIBRATED, "雷同率容许值", "Share of copies that false ones explain", 0, 1),
)
# fmt: on
