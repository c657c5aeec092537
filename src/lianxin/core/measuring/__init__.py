"""What order lines say about managers, retailers, routes, units and the company, month by month.

`plan` gives the steps of a closing, `months_needed` the months whose lines they read, `INDICATORS` the words and formulas.
"""

from lianxin.core.measuring.fieldwork import FIELDWORK
from lianxin.core.measuring.judgement import JUDGEMENT
from lianxin.core.measuring.planning import months_needed, plan
from lianxin.core.measuring.registry import INDICATORS, Indicator, indicator_of, member_of
from lianxin.core.measuring.satisfaction import SATISFACTION
from lianxin.core.measuring.suppliers import SUPPLIERS

# One registry for everybody who asks what can be measured; how each is computed is in its own module.
INDICATORS.update(FIELDWORK)
INDICATORS.update(JUDGEMENT)
INDICATORS.update(SATISFACTION)
INDICATORS.update(SUPPLIERS)

__all__ = [
    "FIELDWORK",
    "INDICATORS",
    "JUDGEMENT",
    "SATISFACTION",
    "SUPPLIERS",
    "Indicator",
    "indicator_of",
    "member_of",
    "months_needed",
    "plan",
]
