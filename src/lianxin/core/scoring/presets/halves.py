"""Process and result in halves (trade sources 9, seed 004)."""

from __future__ import annotations

from lianxin.core.scoring.curves import (
    Judgement,
    LinearFromTarget,
    RatioToTarget,
)
from lianxin.core.scoring.presets.lines import line, thirds, told
from lianxin.core.scoring.scheme import Block, Group, Scheme
from lianxin.core.scoring.words import Words


def halves() -> Scheme:
    """Process and result in equal halves, our reading of seed 004 (过程与结果并重; trade sources 9 point 9)."""
    ours = told(
        "过程与结果并重（种子文件 004）",
        "I",
        "五五开及各项分值为我们的读法 [I]",
        "equal halves and all points are our reading [I]",
    )
    return Scheme(
        code="halves",
        version=1,
        title=Words("过程与结果各半", "Process and result in halves"),
        group=Group.UNIT,
        minimum_scored_share=0.4,
        source=ours,
        blocks=(
            Block(code="results", title=Words("结果", "Result"), points_milli=50_000),
            Block(code="process", title=Words("过程", "Process"), points_milli=50_000),
        ),
        parts=(
            line("sales", "销量", "Sales", 20, RatioToTarget(cap=1.1), ours, indicator="sales_units", block="results"),
            line(
                "growth",
                "同类增长",
                "Growth against peers",
                15,
                LinearFromTarget(target=1.0, unit=0.01, less_milli=500, more_milli=250, highest_milli=18_000),
                ours,
                indicator="peer_growth",
                block="results",
            ),
            line(
                "key_brand",
                "重点品牌占比",
                "Share of key brands",
                15,
                thirds(15),
                ours,
                indicator="key_brand_share",
                block="results",
            ),
            line(
                "coverage",
                "订购率",
                "Order coverage",
                10,
                thirds(10),
                ours,
                indicator="order_coverage",
                block="process",
            ),
            line(
                "new_products",
                "新品铺货",
                "Distribution of new products",
                10,
                thirds(10),
                ours,
                indicator="new_product_distribution",
                block="process",
            ),
            line("repurchase", "重购率", "Repurchase", 10, thirds(10), ours, indicator="repurchase", block="process"),
            line("attitude", "工作态度", "Attitude", 10, Judgement(), ours, judgement="attitude", block="process"),
            line(
                "cooperation",
                "岗位协作",
                "Cooperation between posts",
                10,
                Judgement(),
                ours,
                judgement="cooperation",
                block="process",
            ),
        ),
    )
