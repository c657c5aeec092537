"""What actions take that is more than one value."""

from dataclasses import dataclass

from lianxin.goods.models import Product
from lianxin.supply.models import SupplyPolicy
from lianxin.supply.states import GoodsClass


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A product of a round: its class, by which policy it is shared, and which one is set beside it."""

    product: Product
    policy: SupplyPolicy
    goods_class: GoodsClass = GoodsClass.TIGHT
    compared_policy: SupplyPolicy | None = None
