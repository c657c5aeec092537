"""Examples that a company may start from: those of the core, and one that order lines alone can answer."""

from collections.abc import Callable, Mapping
from typing import Final

from lianxin.core.scoring.curves import AgainstGroup, LinearFromTarget, RatioToTarget
from lianxin.core.scoring.presets import PRESETS as SOURCED
from lianxin.core.scoring.presets.lines import line, thirds, told
from lianxin.core.scoring.scheme import Block, Group, Scheme
from lianxin.core.scoring.words import Words


def order_lines() -> Scheme:
    """Results 80, care of the market 20, from order lines: the shape of 北海 (trade sources 2.1) without its judgements, [I]."""
    ours = told(
        "北海烟草公司绩效考核表 客户经理",
        "I",
        "沿用业绩 80、日常 20 的结构；各项均可由订单核出，分值与计分方式为我们的读法 [I]",
        "the shape of results 80 and daily care 20; every part can be told from order lines, points and curves are ours [I]",
    )
    return Scheme(
        code="order_lines",
        version=1,
        title=Words("订单指标示例", "Order-line example"),
        group=Group.COMPANY,
        source=ours,
        blocks=(
            Block(code="results", title=Words("关键业绩", "Key results"), points_milli=80_000),
            Block(code="care", title=Words("市场维护", "Care of the market"), points_milli=20_000),
        ),
        parts=(
            line("sales", "销量", "Sales", 30, RatioToTarget(cap=1.1), ours, indicator="sales_units", block="results"),
            line(
                "growth",
                "同比",
                "Change on last year",
                20,
                LinearFromTarget(target=0.0, unit=0.01, less_milli=500, more_milli=500, highest_milli=24_000),
                ours,
                indicator="same_period_change",
                block="results",
            ),
            line(
                "key_brand",
                "重点品牌占比",
                "Share of key brands",
                10,
                AgainstGroup(within=0.02, near_milli=8_000, below_milli=5_000, minimum_group=3),
                ours,
                indicator="key_brand_share",
                block="results",
            ),
            line(
                "margin",
                "商业毛利率",
                "Gross margin",
                10,
                RatioToTarget(target=0.18, cap=1.0),
                ours,
                indicator="company_gross_margin",
                block="results",
            ),
            line(
                "structure",
                "结构（条均价）",
                "Structure: average price per unit",
                10,
                thirds(10),
                ours,
                indicator="unit_price",
                block="results",
            ),
            line(
                "coverage",
                "订购率",
                "Order coverage",
                10,
                LinearFromTarget(target=0.95, unit=0.01, less_milli=500),
                ours,
                indicator="order_coverage",
                block="care",
            ),
            line(
                "new_products",
                "新品铺货",
                "Distribution of new products",
                5,
                thirds(5),
                ours,
                indicator="new_product_distribution",
                block="care",
            ),
            line("repurchase", "重购率", "Repurchase", 5, thirds(5), ours, indicator="repurchase", block="care"),
        ),
    )


PRESETS: Final[Mapping[str, Callable[[], Scheme]]] = {**SOURCED, "order_lines": order_lines}
