"""What order lines say about managers, retailers, routes, units and the company, month by month.

`plan` gives the steps of a closing, `months_needed` the months whose lines they read, `INDICATORS` the words and formulas.
"""

from lianxin.core.measuring.planning import months_needed, plan
from lianxin.core.measuring.registry import INDICATORS, Indicator, indicator_of, member_of

__all__ = ["INDICATORS", "Indicator", "indicator_of", "member_of", "months_needed", "plan"]
