"""Numbers of supervision: days of a question's life, the rate of false alarms that is allowed, how many visits are checked."""

from __future__ import annotations

from typing import Final

from lianxin.core.parameters.shape import Parameter, ParameterKind

_OURS: Final = "Design default; set it to the company's own rule."
_DAYS, _NUMBER = ParameterKind.INTEGER, ParameterKind.NUMBER

# fmt: off
SUPERVISION: Final = (
    Parameter(
        "oversight.false_alarm_allowed", _NUMBER, 0.3, "share", _OURS, "I",
        "疑点规则允许的误报率", "Allowed rate of false alarms", 0, 1,
    ),
    Parameter("oversight.answer_days", _DAYS, 7, "days", _OURS, "I", "本人说明期限（天）", "Days for the person's account", 1, 60),
    Parameter("oversight.review_days", _DAYS, 10, "days", _OURS, "I", "核查期限（天）", "Days for a review", 1, 90),
    Parameter("oversight.recheck_days", _DAYS, 7, "days", _OURS, "I", "复核期限（天）", "Days for a re-check", 1, 90),
    Parameter("oversight.least_chance", _NUMBER, 0.25, "share of an even draw", _OURS, "I",
              "任一走访被抽中机会的下限（相对均匀抽取）",
              "Least chance of a visit to be drawn, of an even draw's", 0.05, 1),
    Parameter("oversight.check_days", _DAYS, 14, "days", _OURS, "I", "核查任务期限（天）", "Days for a check", 1, 90),
    Parameter("oversight.claim_share", _NUMBER, 0.5, "share of a claim", _OURS, "I",
              "记录所载数量的佐证下限（占比）", "Share of a claimed count below which nothing bears it", 0, 1),
)
# fmt: on


def _minimum(code: str, least: int, of: str, zh: str, en: str) -> Parameter:
    zh, en = f"{zh}的最小样本", f"Least sample for {en}"
    return Parameter(f"measuring.minimum.{code}", _DAYS, least, of, _OURS, "I", zh, en, 1, 10**9)


FIELDWORK_MINIMUMS: Final = (
    _minimum("attendance_days", 5, "days", "出勤率", "attendance"),
    _minimum("visits_a_working_day", 5, "days", "日均走访次数", "visits a working day"),
    _minimum("shops_reached", 10, "shops", "走访覆盖率", "shops reached"),
    _minimum("busiest_share", 20, "visits", "走访集中度", "visits to the busiest tenth"),
    _minimum("market_hours", 1, "days", "日均在市场时数", "hours a day on the market"),
    _minimum("plan_adherence", 20, "planned visits", "拜访计划完成率", "plan adherence"),
    _minimum("verified_visits", 20, "visits", "走访核验相符率", "verified visits"),
    _minimum("discrepancy_rate", 8, "checks", "核查不符率", "discrepancy rate"),
    _minimum("record_originality", 20, "notes", "记录原创率", "originality of records"),
    _minimum("promises_kept", 5, "promises", "承诺兑现率", "promises kept"),
    _minimum("display_shown", 10, "shops", "陈列留影率", "displays shown"),
    _minimum("price_tags", 5, "counts", "明码标价率", "price tags"),
)
