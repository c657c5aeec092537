"""The retailers' margin by the guide price: what they would earn if they sold at it. Their actual prices are not recorded."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lianxin.core.parameters import value_of
from lianxin.foundation.models import Company
from lianxin.goods.models import ProductVersion
from lianxin.market.queries.questions import Question
from lianxin.market.queries.sums import units_by_product


@dataclass(frozen=True, slots=True)
class RetailMargin:
    """(guide − wholesale) ÷ guide, weighted by the units of products whose two prices are known on the period's last day."""

    value: float | None
    margin: float
    guide: float
    n_products: int
    known_units: int
    all_units: int


def retail_margin(company: Company, question: Question, parameters: Mapping[str, Any]) -> RetailMargin:
    """The margin of a part of the market; no value where too few units have both prices, or nothing was sold."""
    rows = question.part_of_holders(units_by_product(company, question))
    summed = rows.group_by("product_id").aggregate([("units", "sum")])
    sold = dict(zip(summed.column("product_id").to_pylist(), summed.column("units_sum").to_pylist(), strict=True))
    prices: dict[int, tuple[int | None, int | None]] = {}
    versions = ProductVersion.objects.filter(product__company=company, valid_from__lte=question.end)
    for product_id, wholesale, guide in versions.order_by("valid_from").values_list(
        "product_id", "wholesale_price_fen", "guide_retail_price_fen"
    ):
        prices[product_id] = (wholesale, guide)
    margin = guided = known = n_products = 0
    for product_id, units in sold.items():
        wholesale, guide = prices.get(product_id, (None, None))
        if units > 0 and wholesale is not None and guide:
            margin += units * (guide - wholesale)
            guided += units * guide
            known += units
            n_products += 1
    everything = sum(units for units in sold.values() if units > 0)
    least = float(value_of(parameters, "measuring.cost_coverage_minimum"))
    told = guided > 0 and known >= everything * least
    return RetailMargin(margin / guided if told else None, margin / 100, guided / 100, n_products, known, everything)
