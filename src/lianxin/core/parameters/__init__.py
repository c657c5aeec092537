"""Numbers that a company may set, each with its default, its source and how well that source is attested.

Nothing here knows which value is in force: callers hand a mapping name -> value to the expressions, and `value_of` fills
the defaults. Evidence marks: S published page, C public code of the trade, D the seed documents, I inference, G general
knowledge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from lianxin.core.errors import ParameterWrong
from lianxin.core.parameters.allocating import FAVOUR, FIT
from lianxin.core.parameters.field import FIELD
from lianxin.core.parameters.judging import JUDGEMENT_MINIMUMS, JUDGING
from lianxin.core.parameters.keeping import KEEPING
from lianxin.core.parameters.releasing import RELEASING
from lianxin.core.parameters.rounds import ROUNDS
from lianxin.core.parameters.shape import LISTS as LISTS
from lianxin.core.parameters.shape import Parameter as Parameter
from lianxin.core.parameters.shape import ParameterKind as ParameterKind
from lianxin.core.parameters.supervision import FIELDWORK_MINIMUMS, SUPERVISION
from lianxin.core.parameters.supply import SUPPLY
from lianxin.core.parameters.surveying import SURVEYING
from lianxin.core.parameters.verifying import OURS as _OURS
from lianxin.core.parameters.verifying import VERIFYING
from lianxin.core.parameters.verifying import number as _verifying

_ANY_CITY = "Design default; set it to the company's own rule."

_DECLARED = (
    Parameter(
        "measuring.key_products",
        ParameterKind.TEXTS,
        None,
        "product_code",
        "trade sources 2.1: key brands are named by each company; none is assumed.",
        "I",
        "重点品牌品规",
        "Key products",
    ),
    Parameter(
        "measuring.cost_coverage_minimum",
        ParameterKind.NUMBER,
        0.95,
        "share",
        _ANY_CITY,
        "I",
        "计算毛利所需的成本覆盖率下限",
        "Least share of sales with a known cost for a gross margin",
        0,
        1,
    ),
    Parameter(
        "measuring.new_product_months",
        ParameterKind.INTEGER,
        12,
        "months",
        "trade sources 3.6: new-product window in public code of the trade.",
        "C",
        "新品期（月）",
        "Months a product counts as new",
        1,
        120,
    ),
    Parameter(
        "measuring.new_product_long_months",
        ParameterKind.INTEGER,
        24,
        "months",
        "trade sources 3.6: 24 months for class 1-2.",
        "C",
        "高价类新品期（月）",
        "Months a product of the long classes counts as new",
        1,
        120,
    ),
    Parameter(
        "measuring.new_product_long_classes",
        ParameterKind.TEXTS,
        ("一类", "二类"),
        "price_class",
        "trade sources 3.6: 24 months for class 1-2.",
        "C",
        "适用较长新品期的价类",
        "Price classes with the long new-product window",
    ),
    Parameter(
        "measuring.peer_alert",
        ParameterKind.NUMBER,
        0.8,
        "ratio",
        "trade sources 1.4: Yunnan 135 alert uses 0.8; of which ratio was not clear in the excerpt, peers are our reading.",
        "I",
        "同类增长预警线",
        "Alert line of growth against peers",
        0,
        10,
    ),
    Parameter(
        "measuring.peer_minimum",
        ParameterKind.INTEGER,
        10,
        "retailers",
        _ANY_CITY,
        "I",
        "同类客户数下限",
        "Least number of peers of a retailer",
        1,
        100000,
    ),
    Parameter(
        "measuring.tier_groups",
        ParameterKind.RANGES,
        ((28, 30), (20, 27), (15, 19), (10, 14), (1, 9)),
        "tier",
        "trade sources 3.1: groups of tiers in public code of the trade.",
        "C",
        "档位分组",
        "Groups of tiers",
    ),
    Parameter(
        "measuring.large_retailer_units",
        ParameterKind.INTEGER,
        1000,
        "order_units",
        "trade sources 0.3, 3.4: a large retailer buys over 1,000 cartons a month.",
        "S",
        "大户线（条/月）",
        "Units a month above which a retailer is large",
        0,
        10**9,
    ),
)


def _minimum(code: str, default: int, of: str, zh: str, en: str) -> Parameter:
    return Parameter(
        f"measuring.minimum.{code}",
        ParameterKind.INTEGER,
        default,
        of,
        _ANY_CITY,
        "I",
        f"{zh}的最小样本",
        f"Least sample for {en}",
        1,
        10**9,
    )


_MINIMUMS = (
    _minimum("sales_units", 1, "lines", "销量", "sales units"),
    _minimum("sales_amount", 1, "lines", "销售额", "sales amount"),
    _minimum("same_period_change", 1, "lines", "同比", "same-period change"),
    _minimum("unit_price", 1, "lines", "条均价", "average price per unit"),
    _minimum("key_brand_share", 1, "lines", "重点品牌占比", "key-brand share"),
    _minimum("price_class_share", 1, "lines", "价类结构", "price-class share"),
    _minimum("company_gross_margin", 1, "lines", "商业毛利率", "company gross margin"),
    _minimum("order_coverage", 1, "retailers", "订购率", "order coverage"),
    _minimum("products_per_retailer", 1, "retailers", "户均品规数", "products per retailer"),
    _minimum("sell_through.a", 1, "retailers", "动销率（A）", "sell-through A"),
    _minimum("sell_through.b", 1, "retailers", "动销率（B）", "sell-through B"),
    _minimum("repurchase", 1, "retailer weeks", "重购率", "repurchase rate"),
    _minimum("new_product_distribution", 1, "pairs", "新品铺货率", "new-product distribution"),
    _minimum("peer_growth", 1, "retailers", "同类增长比", "growth against peers"),
    _minimum("large_retailer_share", 1, "lines", "大户销量占比", "large-retailer share"),
)


_RECORD_DAYS = tuple(
    Parameter(
        f"visits.record_days.{kind}",
        ParameterKind.INTEGER,
        default,
        "days",
        source,
        evidence,
        f"{zh}提交期限（期末后天数）",
        f"Days after the period's last day until the {en} is due",
        0,
        31,
    )
    for kind, default, source, evidence, zh, en in (
        (
            "daily",
            0,
            "trade sources 4.4: the diary is daily; the end of the same day is our reading.",
            "I",
            "工作日志",
            "daily log",
        ),
        ("weekly", 1, "trade sources 4.4: summary on Monday.", "S", "周小结", "weekly note"),
        (
            "monthly",
            1,
            "trade sources 4.4: summary to the market manager on the 1st.",
            "S",
            "月度市场分析",
            "monthly analysis",
        ),
    )
)

_PROMISES = (
    Parameter(
        "visits.promise_rise_days",
        ParameterKind.INTEGER,
        3,
        "days",
        "Ours: an overdue promise is shown to the market manager at once and to the leader after these days.",
        "I",
        "承诺逾期上报领导的天数",
        "Days overdue after which a promise rises to the leader",
        0,
        90,
    ),
)


def _visiting(name: str, *told: Any) -> Parameter:
    """A parameter of call plans, as `_verifying`."""
    return replace(_verifying(name, *told), name=f"visiting.{name}")


_NORM = "S trade sources 4.2: at least 30 visits a day in town, 25 in the country."
_MONTHLY = "S trade sources 4.2: every retailer is visited in person at least once a month."
_FREQUENCY = (
    "G trade sources 4.2: no tobacco source tells frequencies by type; A, B and C customers are general knowledge."
)
_SEGMENTS = "G trade sources 4.2: no tobacco source tells frequencies by type; none is assumed, tiers decide until you set entries."
_ROADS = (
    "G General knowledge of road detours and town speeds; set it to the company's own roads or configure a road engine."
)

_MORNING = "I trade sources 4.3: a morning meeting at 08:00; half an hour for it is ours."
_WEEKLY = (
    "I trade sources 3.7: retailers order once a week; that stock should last until the next order is our reading."
)
_LENGTH = "I trade sources 4.2: no norm of a visit's length; 5 hours in the market and 30 visits a day leave ten minutes each."

# fmt: off
_VISITING = (
    _visiting("cycle_weeks", 4, "weeks", _OURS, "走访周期（周）", "Weeks of a cycle", 1, 12),
    _visiting("least_visits", 1, "visits a cycle", _MONTHLY, "每户每周期最少走访次数", "Least visits of a retailer", 1, 20),
    _visiting("high_tier_from", 22, "tier", _FREQUENCY, "高频走访起始档位", "Lowest tier visited often", 1, 30),
    _visiting("high_tier_visits", 4, "visits a cycle", _FREQUENCY, "高频客户每周期走访次数", "Visits of high tiers", 1, 20),
    _visiting("middle_tier_from", 12, "tier", _FREQUENCY, "中频走访起始档位", "Lowest tier visited now and then", 1, 30),
    _visiting("middle_tier_visits", 2, "visits a cycle", _FREQUENCY, "中频客户每周期走访次数", "Visits of middle tiers", 1, 20),
    replace(
        _visiting("frequencies", "", "visits a cycle", _SEGMENTS, "按分类和档位的走访次数", "Visits by segment and tier"),
        type=ParameterKind.FREQUENCIES, default=(),
    ),
    _visiting("norm_town", 30, "visits a day", _NORM, "城区每日走访户数", "Visits a day in town", 1, 200),
    _visiting("norm_country", 25, "visits a day", _NORM, "乡村每日走访户数", "Visits a day in the country", 1, 200),
    _visiting("work_from_hour", 8.5, "hour", _MORNING, "出发时间（时）", "Hour at which visits begin", 0, 23),
    _visiting("work_until_hour", 17.5, "hour", _OURS, "返回时间（时）", "Hour at which the day ends", 1, 24),
    _visiting("good_from_hour", 8.5, "hour", _OURS, "适宜走访时段起（时）", "Hour from which shops like visits", 0, 23),
    _visiting("good_until_hour", 17.5, "hour", _OURS, "适宜走访时段止（时）", "Hour until which shops like visits", 1, 24),
    _visiting("service_minutes", 10, "minutes", _LENGTH, "每户服务时间（分）", "Minutes in a shop", 1, 240),
    _visiting("road_factor", 1.3, "ratio", _ROADS, "道路绕行系数", "Road metres per metre of straight line", 1, 5),
    _visiting("speed_kmh", 25.0, "km/h", _ROADS, "行驶速度（公里/时）", "Speed between shops", 1, 150),
    _visiting("long_not_visited_days", 30, "days", _MONTHLY, "久未走访线（天）", "Days without a visit that are long", 1, 365),
    _visiting("price_tags_look_days", 90, "days", _OURS, "价签记录有效期（天）", "Days a count of price tags speaks", 7, 365),
    _visiting("stock_low_days", 7, "days", _WEEKLY, "断货风险线（库存天数）", "Days of stock below which goods may run out", 1, 90),
    _visiting("stock_high_days", 60, "days", _OURS, "积压风险线（库存天数）", "Days of stock above which goods pile up", 2, 720),
    _visiting("seed", 1, "number", "I Makes a plan repeatable; any number does.", "排程随机种子", "Seed of the planning", 0, 10**9),
)
# fmt: on

PARAMETERS: Final[dict[str, Parameter]] = {
    parameter.name: parameter
    for parameter in (
        *_DECLARED,
        *_MINIMUMS,
        *VERIFYING,
        *_RECORD_DAYS,
        *_PROMISES,
        *_VISITING,
        *FIELD,
        *KEEPING,
        *SUPERVISION,
        *ROUNDS,
        *FIELDWORK_MINIMUMS,
        *JUDGING,
        *JUDGEMENT_MINIMUMS,
        *FAVOUR,
        *RELEASING,
        *SUPPLY,
        *FIT,
        *SURVEYING,
    )
}


def value_of(parameters: Mapping[str, Any], name: str) -> Any:
    """The value of a parameter: as handed in, else its default. Checked against its declaration.

    Raises
    ------
    ParameterWrong : the name is not declared, or the value has another shape.
    """
    declared = PARAMETERS.get(name)
    if declared is None:
        raise ParameterWrong(f"There is no parameter {name}; the known ones are listed in core/parameters.")
    value = parameters.get(name, declared.default)
    declared.check(value)
    return value
