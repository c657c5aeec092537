"""北海: three tables, 80/15/5 (trade sources 2.1)."""

from __future__ import annotations

from lianxin.core.scoring.curves import (
    Judgement,
    RatioToTarget,
)
from lianxin.core.scoring.presets.lines import line, told
from lianxin.core.scoring.scheme import Block, Group, Scheme
from lianxin.core.scoring.words import Words


def beihai() -> Scheme:
    """The three tables of 北海 (trade sources 2.1): results 80, set work 15, daily work 5."""
    page = "北海烟草公司绩效考核表 客户经理"
    judged = told(page, "S", "由直接上级（客服副主任）评议", "judged by the direct superior")
    return Scheme(
        code="beihai",
        version=1,
        title=Words("北海示例：80/15/5", "Beihai example: 80/15/5"),
        group=Group.UNIT,
        source=told(
            page,
            "S",
            "表内分值已折算到总分（如 50 % × 80 = 40 分）；最低计分权重 0.5 为我们的读法 [I]",
            "points are taken to the total (50 % x 80 = 40); the least scored share of 0.5 is our reading [I]",
        ),
        blocks=(
            Block(code="results", title=Words("关键业绩指标", "Key results"), points_milli=80_000),
            Block(code="set_work", title=Words("工作目标", "Set work"), points_milli=15_000),
            Block(code="daily_work", title=Words("日常工作", "Daily work"), points_milli=5_000),
        ),
        parts=(
            line(
                "sales",
                "个人月销售业绩",
                "Own sales of the month",
                40,
                RatioToTarget(cap=1.0),
                told(
                    "个人月销售业绩 50 %（设目标）",
                    "S",
                    "按完成率计分、封顶满分为我们的读法 [I]",
                    "ratio with cap is our reading [I]",
                ),
                indicator="sales_units",
                block="results",
            ),
            line(
                "margin",
                "综合毛利率",
                "Gross margin",
                24,
                RatioToTarget(target=0.18, cap=1.0),
                told(
                    "综合毛利率 30 %（目标 18 %）",
                    "S",
                    "按完成率计分为我们的读法 [I]",
                    "ratio to target is our reading [I]",
                ),
                indicator="company_gross_margin",
                block="results",
            ),
            line(
                "key_brand",
                "重点品牌占比",
                "Share of key brands",
                16,
                RatioToTarget(cap=1.0),
                told(
                    "一类真龙 10 % + 二类真龙 10 %",
                    "I",
                    "原表按一类、二类分列；重点品牌清单不分类，故合为一项 [I]",
                    "the source splits classes 1 and 2; the list of key products does not, hence one part [I]",
                ),
                indicator="key_brand_share",
                block="results",
            ),
            line(
                "calls",
                "周期走访客户、个性化服务",
                "Regular visits, personal service",
                6,
                Judgement(),
                told("周期走访客户、个性化服务 40", judged.mark, judged.note.zh, judged.note.en),
                judgement="calls",
                block="set_work",
            ),
            line(
                "market_news",
                "走访中收集市场信息",
                "Market information from visits",
                3,
                Judgement(),
                told("走访中收集市场信息 20", judged.mark, judged.note.zh, judged.note.en),
                judgement="market_news",
                block="set_work",
            ),
            line(
                "research",
                "完成调研",
                "Research done",
                3,
                Judgement(),
                told("完成调研 20", judged.mark, judged.note.zh, judged.note.en),
                judgement="research",
                block="set_work",
            ),
            line(
                "care_of_customers",
                "客户有效管理",
                "Effective care of customers",
                3,
                Judgement(),
                told("客户有效管理 20", judged.mark, judged.note.zh, judged.note.en),
                judgement="care_of_customers",
                block="set_work",
            ),
            line(
                "daily_work",
                "日常工作（考勤、培训）",
                "Daily work: attendance, training",
                5,
                Judgement(),
                told(
                    "日常工作 5 %（考勤员、统计员）",
                    "S",
                    "以百分评议记入为我们的读法 [I]",
                    "entered as a judgement: our reading [I]",
                ),
                judgement="daily_work",
                block="daily_work",
            ),
        ),
    )
