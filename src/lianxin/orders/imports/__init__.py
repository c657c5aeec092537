"""Files of order lines."""

from lianxin.foundation.imports import journal, kinds
from lianxin.goods.models import Product
from lianxin.orders.imports.guards import products_in_use, retailers_in_use
from lianxin.orders.imports.lines import Orders
from lianxin.retailers.models import Retailer

kinds.register(Orders())
journal.register_guard(Retailer._meta.label, retailers_in_use)
journal.register_guard(Product._meta.label, products_in_use)
