# ruff: noqa: E501
"""Numbers of judging forecasts: least samples, sizes of adjustments, error levels, weights, the company's set of four."""

from __future__ import annotations

from typing import Any, Final

from lianxin.core.parameters.shape import Parameter, ParameterKind

_OURS: Final = "I Design default; set it to the company's own rule."
_EXAM: Final = (
    "S trade sources 1.4: weights 6/5/4/3/3 of the expert-weighted forecast in the exam of the trade; the brand manager stands "
    "where the exam has the business manager, which is our reading."
)
_SLOW: Final = "C trade sources 3.6: slow is stock of 30 days or more and of 3 or more, in public code of the trade."
_SET: Final = "G trade sources 1.2, variant A: set by the company; no public standard was found."
_CALIBRATED: Final = "I Set on simulated honest managers; see the reference of judgement."
_FILDES: Final = "I Fildes et al. 2009 found that large and small adjustments differ; where to cut is ours."
_SIGNS: Final = "I With fewer than six periods even an outcome that always points one way is not rare enough (2 in 2 to the power of n)."


def _one(name: str, default: Any, unit: str, told: str, zh: str, en: str, low: float | None = None, high: float | None = None) -> Parameter:  # fmt: skip
    kinds = {
        int: ParameterKind.INTEGER,
        float: ParameterKind.NUMBER,
        str: ParameterKind.TEXT,
        list: ParameterKind.TEXTS,
    }
    evidence, source = told.split(" ", 1)
    return Parameter(f"judging.{name}", kinds[type(default)], default, unit, source, evidence, zh, en, low, high)


def _least(code: str, least: int, of: str, zh: str, en: str) -> Parameter:
    source = _OURS.split(" ", 1)[1]
    zh, en = f"{zh}的最小样本", f"Least sample for {en}"
    return Parameter(
        f"measuring.minimum.{code}", ParameterKind.INTEGER, least, of, source, "I", zh, en, 1, 10**9
    )  # fmt: skip


# fmt: off
JUDGING: Final = (
    _one("actual", "demand", "demand, wanted, ordered or supplied", "G trade sources 1.2 (e): orders before caps, or sales; which one is a choice.",
         "评价预测所用的实际数", "Actual number by which forecasts are judged"),
    _one("minimum_lines", 30, "lines", _OURS, "判断预测增值所需最少行数", "Least lines for a verdict on a step", 1, 10**6),
    _one("minimum_periods", 6, "periods", _SIGNS, "判断预测增值所需最少期数", "Least periods for a verdict on a step", 2, 520),
    _one("window_months", 12, "months", _OURS, "预测考核回看月数", "Months that indicators of forecasts look back", 1, 60),
    _one("block_weeks", 4, "weeks", _OURS, "周度自助抽样块长（周）", "Weeks of a bootstrap block", 1, 52),
    _one("block_months", 1, "months", _OURS, "月度自助抽样块长（月）", "Months of a bootstrap block", 1, 12),
    _one("resamples", 999, "resamples", _OURS, "自助抽样次数", "Bootstrap resamples", 99, 100_000),
    _one("average_weeks", 4, "weeks", _OURS, "移动平均周数", "Weeks of the moving average", 1, 52),
    _one("average_months", 3, "months", _OURS, "移动平均月数", "Months of the moving average", 1, 24),
    _one("small_share", 0.2, "share of the number before", _FILDES, "小幅调整上限", "Largest share of a small adjustment", 0, 10),
    _one("large_share", 0.5, "share of the number before", _FILDES, "大幅调整下限", "Least share of a large adjustment", 0, 100),
    _one("within_share", 0.2, "share of the actual", "G trade sources 1.2 (d): share of products within a margin; the margin is ours.",
         "误差在限内的界限", "Margin of products counted as right", 0, 10),
    _one("copied_minimum", 60, "entered forecasts", _CALIBRATED, "判断照搬历史所需最少预测数", "Least entered forecasts to ask about copying", 10, 10**6),
    _one("copied_allowed", 0.1, "share", _CALIBRATED, "照搬历史容许超出比例", "Share of copies beyond chance that is let pass", 0, 1),
    _one("copied_evidence", 5, "entered forecasts", _OURS, "照搬且另有依据可用的最少条数", "Copied forecasts that had other evidence, at least", 0, 10**6),
    _one("copied_error", 0.05, "share", _OURS, "照搬历史疑点的错误率上限", "Share of false questions about copying that is allowed", 0.0001, 0.5),
    _one("three_rates_and_degree", ["forecast_accuracy", "order_fill", "agreement_fulfilment", "satisfaction"], "indicators", _SET,
         "三率一度的四项指标", "The four of three rates and one degree"),
    _one("slow_days", 30, "days", _SLOW, "滞销：可销天数不低于", "Slow: stock that lasts at least", 1, 3650),
    _one("slow_units", 3, "order units", _SLOW, "滞销：库存不低于", "Slow: stock of at least", 1, 10**6),
    _one("weights", ["brand_manager=6", "market_manager=3", "customer_manager=3"], "author=weight", _EXAM,
         "综合预测权重", "Weights of the combined forecast"),
    _one("equal_periods", 12, "periods", _OURS, "学习权重向等权收缩的期数", "Periods that equal weights count for in learned weights", 0, 1000),
)

JUDGEMENT_MINIMUMS: Final = (
    _least("forecast_accuracy", 30, "lines", "需求预测准确率", "forecast accuracy"),
    _least("forecast_accuracy.total", 30, "lines", "需求预测准确率（总量口径）", "forecast accuracy on totals"),
    _least("forecast_bias", 30, "lines", "需求预测偏差", "forecast bias"),
    _least("forecast_value_added", 30, "adjusted lines", "预测增值", "forecast value added"),
    _least("forecasts_in_time", 1, "lines due", "预测及时率", "forecasts in time"),
    _least("copied_forecasts", 60, "entered forecasts", "照搬历史超出率", "copied forecasts"),
    _least("order_fill", 30, "lines", "订单满足率", "order fill"),
    _least("order_fill.capped", 30, "lines", "订单满足率（逐行封顶）", "order fill, no line above one"),
    _least("order_fill.lines", 30, "lines", "订单满足率（足额行占比）", "lines filled whole"),
    _least("agreement_fulfilment", 10, "agreed lines", "履约率", "agreement fulfilment"),
    _least("products_selling", 30, "counted products", "货源适销率", "products selling"),
    _least("products_selling.units", 30, "counted products", "货源适销率（按数量）", "products selling by quantity"),
    _least("agreement_fulfilment.capped", 10, "agreed lines", "履约率（逐行封顶）", "agreement fulfilment, no line above one"),
)
# fmt: on
