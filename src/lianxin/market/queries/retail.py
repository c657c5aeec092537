"""The retailers' margin by the guide price: what they would earn if they sold at it. Their actual prices are not recorded."""

from collections.abc import Mapping
from typing import Any

from lianxin.core.measuring import figures
from lianxin.core.measuring.figures import RetailMargin
from lianxin.foundation.models import Company
from lianxin.goods.models import ProductVersion
from lianxin.market.queries.questions import Question
from lianxin.market.queries.sums import units_by_product


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
    return figures.retail_margin(sold, prices, parameters)
