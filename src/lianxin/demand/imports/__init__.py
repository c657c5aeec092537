"""Files of demand: what authors forecast and retailers agreed to (`authors`), and what surveys of prices found (`prices`)."""

from lianxin.demand.imports.authors import Agreements, Forecasts
from lianxin.demand.imports.prices import RetailPrices
from lianxin.foundation.imports import kinds

kinds.register(Forecasts(), Agreements(), RetailPrices())

__all__ = ["Agreements", "Forecasts", "RetailPrices"]
