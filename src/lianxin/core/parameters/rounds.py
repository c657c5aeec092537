"""Numbers and lists of forecast rounds: how long they stay open, which reasons are offered, whose festivals count."""

from __future__ import annotations

from typing import Final

from lianxin.core.parameters.shape import Parameter, ParameterKind

_OURS: Final = "Design default; set it to the company's own rule."

# fmt: off
ROUNDS: Final = (
    Parameter("demand.open_days", ParameterKind.INTEGER, 5, "days", _OURS, "I",
              "预测轮次开放天数", "Days for which a forecast round is open", 1, 60),
    Parameter("demand.reasons", ParameterKind.TEXTS,
              ("festival", "promotion", "shortage", "overstock", "road", "customers", "new_product", "competition", "other"),
              "reason", "A judgement keeps its rationale (Fildes et al. 2009); the list is ours.", "I",
              "调整预测的理由", "Reasons for changing a forecast"),
    Parameter("demand.country", ParameterKind.TEXT, "CN", "ISO 3166", _OURS, "I",
              "节日所属国家（地区）", "Country whose festivals are shown"),
    Parameter("demand.count_days", ParameterKind.INTEGER, 35, "days", _OURS, "I",
              "盘点数量和实际零售价在预测中显示的天数",
              "Days for which a stock count or a retail price is shown beside a forecast", 1, 365),
    Parameter("demand.price_gap_share", ParameterKind.NUMBER, 0.05, "share", _OURS, "I",
              "实际零售价偏离指导价多少起提示",
              "From which distance to the guide price a seen retail price is told as a sign", 0.001, 0.5),
    Parameter("demand.events_in_forecast", ParameterKind.TEXTS, ("hints",), "source", _OURS, "I",
              "纳入系统预测的事件（hints 参考信息，festivals 节日）",
              "Events handed to the system's forecast (hints, festivals)"),
    Parameter("demand.late_batch_share", ParameterKind.NUMBER, 0.05, "share", _OURS, "I",
              "同日入册的零售户超过原有户数多少起不视为新户",
              "From which share of the list on retailers that come to it on one day are not taken for new ones", 0.001, 1),
    Parameter("demand.hint_minimum", ParameterKind.INTEGER, 20, "lines", _OURS, "I",
              "判断一条信息是否有用的最小样本", "Least sample for whether collected information helped", 2, 10**6),
)
# fmt: on
