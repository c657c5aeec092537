"""What will be asked for, whose judgement helps, and who only copied history.

`forecast(orders, until=…, horizon=…, engine=…)` gives mean and range of every retailer × product × period; `coherent(forecasts,
retailers, levels=…)` their sums by route, manager, unit and company, `strays` and `with_ranges` the ranges of these;
`event_effects` what dated events did.
"""

from lianxin.core.forecasting.contracts import COLUMNS, EVENTS, ORDERS
from lianxin.core.forecasting.forecast import event_effects, forecast
from lianxin.core.forecasting.sum_ranges import strays, with_ranges, without_wild_ranges
from lianxin.core.forecasting.summing import coherent

__all__ = [
    "COLUMNS", "EVENTS", "ORDERS", "coherent", "event_effects", "forecast", "strays", "with_ranges", "without_wild_ranges",
]  # fmt: skip
