"""Numbers that a company may set, each with its default, its source and how well that source is attested.

Nothing here knows which value is in force: callers hand a mapping name -> value to the expressions, and `value_of` fills
the defaults. Evidence marks: S published page, C public code of the trade, D the seed documents, I inference, G general
knowledge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from lianxin.core.errors import ParameterWrong


class ParameterKind(StrEnum):
    """The shape of a value, as JSON writes it."""

    INTEGER = "integer"
    NUMBER = "number"
    TEXT = "text"
    TEXTS = "texts"
    RANGES = "ranges"


@dataclass(frozen=True)
class Parameter:
    """A number, text or list that a company may set from a day on."""

    name: str
    type: ParameterKind
    default: Any
    unit: str
    source: str
    evidence: str
    title_zh: str
    title_en: str
    minimum: float | None = None
    maximum: float | None = None

    def check(self, value: Any) -> None:
        """Raise ParameterWrong unless the value has the declared shape. None means "not set" and is always allowed."""
        if value is None:
            return
        if self.type in (ParameterKind.INTEGER, ParameterKind.NUMBER):
            self._check_number(value)
        elif self.type is ParameterKind.TEXT:
            if not isinstance(value, str):
                raise self._wrong(value, "a text")
        elif self.type is ParameterKind.TEXTS:
            if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
                raise self._wrong(value, "a list of texts")
        else:
            self._check_ranges(value)

    def _check_number(self, value: Any) -> None:
        kinds = (int,) if self.type is ParameterKind.INTEGER else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds):
            raise self._wrong(value, "a whole number" if self.type is ParameterKind.INTEGER else "a number")
        if self.minimum is not None and value < self.minimum:
            raise self._wrong(value, f"at least {self.minimum:g}")
        if self.maximum is not None and value > self.maximum:
            raise self._wrong(value, f"at most {self.maximum:g}")

    def _check_ranges(self, value: Any) -> None:
        if not isinstance(value, list | tuple) or not value:
            raise self._wrong(value, "a list of [from, to] pairs")
        covered: set[int] = set()
        for pair in value:
            whole = isinstance(pair, list | tuple) and len(pair) == 2 and all(type(end) is int for end in pair)
            if not whole or pair[0] > pair[1]:
                raise self._wrong(value, "a list of [from, to] pairs of whole numbers, from not above to")
            numbers = set(range(pair[0], pair[1] + 1))
            if covered & numbers:
                raise self._wrong(value, "pairs that do not overlap")
            covered |= numbers

    def _wrong(self, value: Any, wanted: str) -> ParameterWrong:
        return ParameterWrong(f"Parameter {self.name} is {value!r}; it must be {wanted}.")


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

PARAMETERS: Final[dict[str, Parameter]] = {parameter.name: parameter for parameter in (*_DECLARED, *_MINIMUMS)}


def value_of(parameters: Mapping[str, Any], name: str) -> Any:
    """The value of a parameter: as handed in, else its default. Checked against its declaration.

    Raises
    ------
    ParameterWrong : the name is not declared, or the value has another shape.
    """
    declared = PARAMETERS.get(name)
    if declared is None:
        raise ParameterWrong(f"There is no parameter {name}; the known ones are listed in core/parameters.py.")
    value = parameters.get(name, declared.default)
    declared.check(value)
    return value
