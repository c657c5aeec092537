"""虎林: trade 50, care 30, 20 unseen (trade sources 2.2)."""

from __future__ import annotations

from lianxin.core.scoring.curves import (
    Band,
    Judgement,
    LinearFromTarget,
    PerEvent,
    RankBand,
    RatioToTarget,
)
from lianxin.core.scoring.presets.lines import CURVE_IS_OURS, NOT_RECORDED_YET, line, told
from lianxin.core.scoring.scheme import Block, Group, Missing, Part, Scheme
from lianxin.core.scoring.words import Words
from lianxin.core.units import Direction


def hulin() -> Scheme:
    """The score sheet of 虎林 (trade sources 2.2), of which 20 points are not visible in the source."""
    page = "虎林营销部考核评分表（2024 年转载）"
    growth = RankBand(bands=(Band(1 / 3, 5_000), Band(2 / 3, 4_000), Band(1.0, 3_000)))
    counted = told(page, "S", "每次扣分后不低于 0 为我们的读法 [I]", "never below zero: our reading [I]")

    def events(code: str, zh: str, en: str, points: float, each: float, words: str) -> Part:
        return line(
            code,
            zh,
            en,
            points,
            PerEvent(less_milli=round(each * 1000)),
            told(words, counted.mark, counted.note.zh, counted.note.en),
            judgement=code,
            better=Direction.LOWER,
            block="care",
        )

    return Scheme(
        code="hulin",
        version=1,
        title=Words("虎林示例：经营 50、服务 30", "Hulin example: trade 50, service 30"),
        group=Group.COMPANY,
        minimum_scored_share=0.2,
        source=told(
            page,
            "S",
            "其余 20 分在摘录中看不到，留作评议；服务质量 30 分中只有千条户 6 分写明，其余分法为我们的读法 [I]",
            "20 points are not visible and stand as a judgement; of the 30 for service only 6 are told, the rest is our split [I]",
        ),
        blocks=(
            Block(code="trade", title=Words("卷烟经营指标", "Trade"), points_milli=50_000),
            Block(code="care", title=Words("服务质量", "Quality of care"), points_milli=30_000),
            Block(
                code="unseen", title=Words("其余（原文不可见）", "Rest, not visible in the source"), points_milli=20_000
            ),
        ),
        parts=(
            line(
                "key_brand_growth",
                "重点品牌成长度",
                "Growth of key brands",
                15,
                RatioToTarget(cap=1.0),
                told("重点品牌成长度 15", "S", NOT_RECORDED_YET.zh, NOT_RECORDED_YET.en),
                indicator="key_brand_growth",
                block="trade",
            ),
            line(
                "forecast_accuracy",
                "需求预测准确率",
                "Accuracy of forecasts",
                15,
                LinearFromTarget(target=0.95, unit=0.01, less_milli=500, more_milli=1000, highest_milli=20_000),
                told(
                    "目标 ≥ 95 %，每低 1 个百分点扣 0.5，每高 1 个百分点加 1",
                    "S",
                    NOT_RECORDED_YET.zh,
                    NOT_RECORDED_YET.en,
                ),
                indicator="forecast_accuracy",
                block="trade",
            ),
            line(
                "structure",
                "结构（条均价）",
                "Structure: average price per unit",
                5,
                RatioToTarget(cap=1.0),
                told("结构 5", "S", CURVE_IS_OURS.zh, CURVE_IS_OURS.en),
                indicator="unit_price",
                block="trade",
            ),
            line(
                "sales",
                "销量",
                "Sales",
                5,
                RatioToTarget(cap=1.0),
                told("销量 5", "S", CURVE_IS_OURS.zh, CURVE_IS_OURS.en),
                indicator="sales_units",
                block="trade",
            ),
            line(
                "growth",
                "成长率",
                "Growth",
                5,
                growth,
                told("成长率 5", "S", "以三段名次计分为我们的读法 [I]", "three bands of places: our reading [I]"),
                indicator="same_period_change",
                block="trade",
            ),
            line(
                "new_brands",
                "培育品牌",
                "Brands being built",
                5,
                growth,
                told(
                    "培育品牌 5", "S", "以新品铺货率计为我们的读法 [I]", "distribution of new products: our reading [I]"
                ),
                indicator="new_product_distribution",
                block="trade",
            ),
            line(
                "profit_analysis",
                "盈利分析维护面",
                "Retailers with a kept profit analysis",
                6,
                LinearFromTarget(target=0.30, unit=0.01, less_milli=500),
                told(
                    "盈利分析维护面 ≥ 30 %，每低 1 个百分点扣 0.5",
                    "S",
                    "6 分为我们的读法 [I]",
                    "6 points: our reading [I]",
                ),
                indicator="profit_analysis_share",
                block="care",
            ),
            events(
                "late_visits", "走访迟到早退", "Late or early on visits", 6, 1, "走访每天 ≥ 6 小时，迟到或早退一次扣 1"
            ),
            events("absences", "脱岗", "Absent from post", 4, 2, "脱岗一次扣 2"),
            events("late_forecasts", "预测不及时", "Forecasts not in time", 4, 0.5, "预测不及时扣 0.5"),
            line(
                "large_retailers",
                "千条户管理",
                "Care of large retailers",
                6,
                PerEvent(less_milli=500),
                told(
                    "千条户管理 6 分，每例扣 0.5；没有千条户的取有千条户者的平均分",
                    "S",
                    "无此类客户者留空，即按同组平均计分",
                    "left empty where there is no such retailer: the group's mean counts",
                ),
                judgement="large_retailer_cases",
                better=Direction.LOWER,
                missing=Missing.GROUP_AVERAGE,
                block="care",
            ),
            events(
                "weak_retailers", "弱势群体帮扶", "Support of weak retailers", 4, 0.5, "弱势群体帮扶一例不到位扣 0.5"
            ),
            line(
                "unseen",
                "其余项目",
                "Other items",
                20,
                Judgement(),
                told("其余 20 分在摘录中不可见", "I", "由公司补足", "for the company to fill"),
                judgement="other_items",
                block="unseen",
            ),
        ),
    )
