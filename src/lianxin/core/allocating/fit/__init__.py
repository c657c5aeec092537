"""How well rounds of scarce supply met the need: `fit(shares, lines, counts, engine=…)`."""

from lianxin.core.allocating.fit.contracts import COUNTS, LINES, SHARES
from lianxin.core.allocating.fit.report import ALL, PRODUCT, PRODUCT_TIER, TIER, Fit, fit

__all__ = ["ALL", "COUNTS", "LINES", "PRODUCT", "PRODUCT_TIER", "SHARES", "TIER", "Fit", "fit"]
