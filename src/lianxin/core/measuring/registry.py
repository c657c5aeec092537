"""What can be measured: every indicator with its words, its formula and where that comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lianxin.core.errors import UnknownIndicator
from lianxin.core.units import Direction, Level, UnitKind

ALL_LEVELS: Final = tuple(Level)
GROUPS: Final = (Level.MANAGER, Level.ROUTE, Level.UNIT, Level.COMPANY)


@dataclass(frozen=True)
class Indicator:
    """One figure that can be asked of a manager, retailer, route, unit or company in a month.

    `family` is set where the code stands for several indicators, `code.<member>`, such as one for each price class.
    `minimum` names the parameter that holds the least n below which the indicator does not speak, `parameter` one without
    which it has no meaning. `over_held` says that it looks at the retailers held at the month's end, whoever held them when
    their lines came, rather than at the lines that came while one held their retailers.
    """

    code: str
    title_zh: str
    title_en: str
    unit: UnitKind
    direction: Direction
    formula_zh: str
    formula_en: str
    numerator_zh: str
    numerator_en: str
    denominator_zh: str
    denominator_en: str
    n_zh: str
    n_en: str
    source: str
    evidence: str
    levels: tuple[Level, ...] = ALL_LEVELS
    family: bool = False
    over_held: bool = False
    parameter: str | None = None

    @property
    def minimum(self) -> str:
        """Name of the parameter with the least sample."""
        return f"measuring.minimum.{self.code}"


_DECLARED = (
    Indicator(
        "sales_units",
        "销量",
        "Sales units",
        UnitKind.ORDER_UNITS,
        Direction.HIGHER,
        "本月各订单行销量之和；有实供数的按实供数，否则按订购数；退货扣减",
        "Sum of the units of the month's lines: supplied where recorded, else ordered; returns subtract",
        "销量",
        "units sold",
        "",
        "",
        "订单行数",
        "order lines",
        "trade sources 2.1, 2.2 (sales in every published scheme)",
        "S",
    ),
    Indicator(
        "sales_amount",
        "销售额",
        "Sales amount",
        UnitKind.MONEY,
        Direction.HIGHER,
        "本月各订单行金额之和；任一行缺金额则不下结论",
        "Sum of the amounts of the month's lines; not told if any line lacks its amount",
        "销售额",
        "amount",
        "",
        "",
        "订单行数",
        "order lines",
        "trade sources 2.1",
        "S",
    ),
    Indicator(
        "same_period_change",
        "同比",
        "Same-period change",
        UnitKind.RATIO,
        Direction.HIGHER,
        "月末所辖客户本月销量合计 ÷ 同批客户去年同月销量合计 − 1；当时由谁服务不论，无订单的客户计 0",
        "Units now ÷ units in the same month last year − 1, over the retailers held at the month's end, whoever held them "
        "then; a retailer without lines adds 0",
        "本月销量",
        "units now",
        "去年同月销量",
        "units a year ago",
        "两期任一期有订单的客户数",
        "retailers with lines in either month",
        "trade sources 2.2 (growth), 2.10",
        "S",
        over_held=True,
    ),
    Indicator(
        "unit_price",
        "条均价",
        "Average price per unit",
        UnitKind.MONEY_PER_UNIT,
        Direction.HIGHER,
        "销售额 ÷ 销量",
        "Amount ÷ units",
        "销售额",
        "amount",
        "销量",
        "units",
        "订单行数",
        "order lines",
        "trade sources 2.2 (structure), 3.8",
        "S",
    ),
    Indicator(
        "key_brand_share",
        "重点品牌占比",
        "Key-brand share",
        UnitKind.SHARE,
        Direction.HIGHER,
        "重点品规销量 ÷ 总销量；重点品规由公司设定",
        "Units of key products ÷ units; the company names its key products",
        "重点品规销量",
        "units of key products",
        "销量",
        "units",
        "订单行数",
        "order lines",
        "trade sources 2.1 (key brand of the region), 2.10",
        "S",
        parameter="measuring.key_products",
    ),
    Indicator(
        "price_class_share",
        "价类结构",
        "Price-class share",
        UnitKind.SHARE,
        Direction.NEUTRAL,
        "该价类销量 ÷ 总销量；价类按订货当日有效的版本",
        "Units of the class ÷ units; the class is that of the product on the day of the order",
        "该价类销量",
        "units of the class",
        "销量",
        "units",
        "订单行数",
        "order lines",
        "trade sources 3.9",
        "S",
        family=True,
    ),
    Indicator(
        "company_gross_margin",
        "商业毛利率",
        "Company gross margin",
        UnitKind.SHARE,
        Direction.HIGHER,
        "（销售额 − 成本价 × 销量）÷ 销售额，限当日有有效成本价的订单行；其金额占比低于下限则不下结论",
        "(Amount − cost × units) ÷ amount, over lines whose cost is known on their day; not told if those are too small a "
        "part of the amount",
        "毛利",
        "margin",
        "有成本的销售额",
        "amount with a known cost",
        "订单行数",
        "order lines",
        "trade sources 2.1 (margin rate with target)",
        "S",
    ),
    Indicator(
        "order_coverage",
        "订购率",
        "Order coverage",
        UnitKind.SHARE,
        Direction.HIGHER,
        "本月有订购（订购数 > 0）的客户数 ÷ 月末所辖客户数",
        "Retailers held at the month's end that ordered in the month ÷ retailers held",
        "订购客户数",
        "retailers that ordered",
        "所辖客户数",
        "retailers held",
        "所辖客户数",
        "retailers held",
        "trade sources 1.3 (订购率 in public code of the trade)",
        "C",
        GROUPS,
        over_held=True,
    ),
    Indicator(
        "products_per_retailer",
        "户均品规数",
        "Products per retailer",
        UnitKind.COUNT,
        Direction.HIGHER,
        "月末所辖客户中，各订购客户本月订购的不同品规数之和 ÷ 订购客户数；当时由谁服务不论",
        "Over the retailers held at the month's end, whoever held them before: sum of the distinct products each ordered in the "
        "month ÷ those that ordered",
        "品规数合计",
        "distinct products, summed",
        "订购客户数",
        "ordering retailers",
        "订购客户数",
        "ordering retailers",
        "trade sources 6.5 (others)",
        "G",
        over_held=True,
    ),
    Indicator(
        "sell_through.a",
        "动销率（A）",
        "Sell-through A",
        UnitKind.RATIO,
        Direction.HIGHER,
        "月末所辖客户中，本月有订购的客户数 ÷ 前三个月有订购的客户数；当时由谁服务不论",
        "Over the retailers held at the month's end, whoever held them before: those ordering in the month ÷ those that "
        "ordered in the three months before",
        "本月订购客户数",
        "retailers ordering now",
        "前三月订购客户数",
        "retailers that ordered in the three months before",
        "前三月订购客户数",
        "retailers that ordered in the three months before",
        "YC/T 455.3-2013 (12), read for all products together; trade sources 6.5",
        "S",
        GROUPS,
        over_held=True,
    ),
    Indicator(
        "sell_through.b",
        "动销率（B）",
        "Sell-through B",
        UnitKind.RATIO,
        Direction.HIGHER,
        "月末所辖客户中，本月订购客户户均销量 ÷ 上月订购客户户均销量；当时由谁服务不论",
        "Over the retailers held at the month's end, whoever held them before: units per ordering retailer now ÷ the same in "
        "the month before",
        "本月户均销量",
        "units per ordering retailer now",
        "上月户均销量",
        "units per ordering retailer before",
        "上月订购客户数",
        "ordering retailers in the month before",
        "Exam bank of the trade; trade sources 6.5",
        "S",
        over_held=True,
    ),
    Indicator(
        "repurchase",
        "重购率",
        "Repurchase rate",
        UnitKind.SHARE,
        Direction.HIGHER,
        "月末所辖客户中，∑（本周与上周均订购的客户数）÷ ∑（上周订购的客户数），按周一在本月内的各周；当时由谁服务不论",
        "Over the retailers held at the month's end, whoever held them before: Σ those ordering in a week and the week before "
        "÷ Σ those ordering in the week before, over the ISO weeks whose Monday lies in the month",
        "连续两周订购",
        "retailer weeks ordering again",
        "上周订购",
        "retailer weeks ordering before",
        "上周订购客户周数",
        "retailer weeks ordering before",
        "trade sources 1.3 (重购率 in public code of the trade)",
        "C",
        over_held=True,
    ),
    Indicator(
        "new_product_distribution",
        "新品铺货率",
        "New-product distribution",
        UnitKind.SHARE,
        Direction.HIGHER,
        "（月末所辖客户, 新品）有订购的组合数 ÷ 全部组合数；新品期按参数",
        "Pairs (retailer held at the month's end, new product) with an order in the month ÷ all such pairs",
        "有订购的组合",
        "pairs with an order",
        "全部组合",
        "all pairs",
        "全部组合",
        "pairs",
        "trade sources 3.6 (new-product window), 2.10 (placement of new brands)",
        "C",
        over_held=True,
    ),
    Indicator(
        "peer_growth",
        "同类增长比",
        "Growth against peers",
        UnitKind.RATIO,
        Direction.HIGHER,
        "月末所辖客户：本月销量 ÷ ∑（去年同月销量 × 同类客户增长倍数）；同类 = 业态 × 市场类型 × 档位组，不含本户；"
        "无基数或同类户数不足的客户不计",
        "Over the retailers held at the month's end: units now ÷ Σ (units a year ago × growth of the retailer's class without "
        "itself); class = trade form × market "
        "type × tier group; retailers without a base or with too few peers are left out",
        "本月销量",
        "units now",
        "按同类增长应有的销量",
        "units expected from peers",
        "计入的客户数",
        "retailers counted",
        "trade sources 1.4 (0.8 alert), 2.10; the leave-one-out form is ours",
        "I",
        over_held=True,
    ),
    Indicator(
        "large_retailer_share",
        "大户销量占比",
        "Large-retailer share",
        UnitKind.SHARE,
        Direction.LOWER,
        "月购进量超过大户线的客户的销量 ÷ 总销量",
        "Units sold to retailers whose month exceeds the large-retailer line ÷ units",
        "大户销量",
        "units to large retailers",
        "销量",
        "units",
        "订单行数",
        "order lines",
        "trade sources 0.3, 3.4 (over 1,000 cartons a month)",
        "S",
        GROUPS,
    ),
)

INDICATORS: Final[dict[str, Indicator]] = {indicator.code: indicator for indicator in _DECLARED}


def indicator_of(code: str) -> Indicator:
    """The indicator of a code; `price_class_share.<class>` gives its family.

    Raises
    ------
    UnknownIndicator : nobody registered the code.
    """
    if code in INDICATORS:
        return INDICATORS[code]
    family = INDICATORS.get(code.split(".", 1)[0])
    if family is not None and family.family:
        return family
    raise UnknownIndicator(f"There is no indicator {code!r}; the known ones are {', '.join(INDICATORS)}.")


def member_of(code: str) -> str | None:
    """The member of a family's code, such as the class in `price_class_share.<class>`; None for the others."""
    return None if code in INDICATORS else code.split(".", 1)[1]
