"""What a page of market analysis looks at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from ibis.expr.types import Table as TableExpression

from lianxin.core.errors import CoreError
from lianxin.core.measuring.hierarchy import containing_units
from lianxin.core.tables import RETAILER_MONTHLY, SALES_MONTHLY
from lianxin.core.units import first_day, month_plus


class EmptyPeriod(CoreError):
    """A filter without months."""


@dataclass(frozen=True)
class Filter:
    """Which sales to look at: consecutive months, and for the rest None for no restriction.

    `unit_ids` include their sub-units. `tiers` is the lowest and the highest tier, both included.
    """

    months: tuple[date, ...]
    unit_ids: tuple[int, ...] | None = None
    person_ids: tuple[int, ...] | None = None
    routes: tuple[str, ...] | None = None
    trade_forms: tuple[str, ...] | None = None
    tiers: tuple[int, int] | None = None
    price_classes: tuple[str, ...] | None = None
    product_ids: tuple[int, ...] | None = None
    retailer_ids: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if not self.months:
            raise EmptyPeriod("The period has no month; choose at least one.")
        object.__setattr__(self, "months", tuple(sorted(first_day(month) for month in self.months)))

    @property
    def base_months(self) -> tuple[date, ...]:
        """The same months of the year before."""
        return tuple(month_plus(month, -12) for month in self.months)

    @property
    def trend_months(self) -> tuple[date, ...]:
        """24 months ending with the period, and the 12 before them for last year's line."""
        return tuple(month_plus(self.months[-1], -back) for back in range(35, -1, -1))

    def sales(self, *, by_product: bool = False) -> TableExpression:
        """The roll-up that answers the filter: that by price class is several times smaller than that by product."""
        return (SALES_MONTHLY if by_product or self.product_ids is not None else RETAILER_MONTHLY).unbound()

    def of_holders(self, table: TableExpression) -> TableExpression:
        """Rows whose retailer, holder, unit, route, trade form and tier fit."""
        table = _among(table, "retailer_id", self.retailer_ids)
        table = _among(table, "person_id", self.person_ids)
        table = _among(table, "route", self.routes)
        table = _among(table, "trade_form", self.trade_forms)
        if self.tiers is not None:
            table = table.filter(table.tier.between(*self.tiers))
        if self.unit_ids is not None:
            above = containing_units()
            table = table.semi_join(above.filter(above.above_id.isin(list(self.unit_ids))), "unit_id")
        return table

    def of_goods(self, table: TableExpression) -> TableExpression:
        """Rows whose price class and product fit."""
        table = _among(table, "price_class", self.price_classes)
        return _among(table, "product_id", self.product_ids)

    def of_months(self, table: TableExpression, months: tuple[date, ...]) -> TableExpression:
        """Rows of the months."""
        return table.filter(table.month.isin(list(months)))


def _among(table: TableExpression, column: str, values: tuple[Any, ...] | None) -> TableExpression:
    return table if values is None else table.filter(table[column].isin(list(values)))
