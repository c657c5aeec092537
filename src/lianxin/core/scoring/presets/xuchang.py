"""许昌: satisfaction as points (trade sources 2.6)."""

from __future__ import annotations

from lianxin.core.scoring.curves import (
    AgainstGroup,
    OwnLast,
    RatioToTarget,
)
from lianxin.core.scoring.presets.lines import line, thirds, told
from lianxin.core.scoring.scheme import Group, Scheme
from lianxin.core.scoring.words import Words


def xuchang() -> Scheme:
    """The satisfaction part of 许昌 (trade sources 2.6) inside a sheet whose other 95 points are ours."""
    ours = told(
        "原文只有满意度一项", "I", "其余 95 分的分法为我们的读法 [I]", "the split of the other 95 points is ours [I]"
    )
    near = AgainstGroup(within=0.02, near_milli=15_000, below_milli=8_000, minimum_group=3)
    return Scheme(
        code="xuchang",
        version=1,
        title=Words("许昌示例：满意度 5 分", "Xuchang example: 5 points for satisfaction"),
        group=Group.COMPANY,
        source=told(
            "许昌满意度考核办法",
            "S",
            "只有满意度 5 分出自原文；季度下降的通报批评属于处分，不在计分之内",
            "only the 5 points are sourced; criticism after a fall is a measure, and no part of scoring",
        ),
        parts=(
            line("sales", "销量", "Sales", 35, RatioToTarget(cap=1.1), ours, indicator="sales_units"),
            line("growth", "同比增长", "Change on last year", 20, thirds(20), ours, indicator="same_period_change"),
            line("key_brand", "重点品牌占比", "Share of key brands", 20, near, ours, indicator="key_brand_share"),
            line("coverage", "订购率", "Order coverage", 20, near, ours, indicator="order_coverage"),
            line(
                "satisfaction",
                "客户满意度",
                "Satisfaction of retailers",
                5,
                AgainstGroup(
                    within=1.0,
                    near_milli=3_000,
                    below_milli=0,
                    own_last=OwnLast(fell_milli=3_000, rank_fell_milli=2_000, top_places=20, top_milli=3_000),
                ),
                told(
                    "达到平均 5 分；前 20 名 +3；低于平均不超过 1 为 3 分，超过 1 为 0；本人得分下降 −3；名次下降 −2",
                    "S",
                    "不低于 0、不高于 8 为我们的读法 [I]；未开展调查的月份按缺失处理",
                    "not below 0 nor above 8: our reading [I]; missing in months without a survey",
                ),
                indicator="satisfaction",
            ),
        ),
    )
