"""What is asked of the market: a period and a part of it, never wider than what the user may see."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from lianxin.core.units import last_day, month_plus
from lianxin.foundation.models import Company
from lianxin.people.queries import Asker, persons_in_scope, units_under

# Above any tier that a company has; an open end of a range of tiers goes so far.
TIERS: Final = 999


def _given(**values: Any) -> dict[str, frozenset[Any]]:
    return {name: frozenset({value}) for name, value in values.items() if value not in (None, "")}


def _ids(values: frozenset[int]) -> pa.Array:
    return pa.array(sorted(values), pa.int64())


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A period and a part of the market; an empty field narrows nothing.

    Attributes
    ----------
    persons : the persons whose territories may be seen, or None for the whole company
    units : the unit asked for and all below it; person_id, route, trade_form, market_type, tiers : of the holder and retailer
    trade_area, area_retailers : the area around the retailers, and those that lay in such an area on the period's last day
    price_class, product_id : of the goods
    """

    months: tuple[date, ...]
    persons: frozenset[int] | None
    units: frozenset[int] | None = None
    person_id: int | None = None
    route: str = ""
    trade_form: str = ""
    market_type: str = ""
    tier_from: int | None = None
    tier_until: int | None = None
    retailer_id: int | None = None
    trade_area: str = ""
    area_retailers: frozenset[int] | None = None
    price_class: str = ""
    product_id: int | None = None

    @property
    def month(self) -> date:
        """The last month of the period."""
        return self.months[-1]

    @property
    def end(self) -> date:
        """The last day of the period."""
        return last_day(self.month)

    @property
    def year_ago(self) -> tuple[date, ...]:
        """The same months one year before."""
        return tuple(month_plus(month, -12) for month in self.months)

    @property
    def goods(self) -> tuple[str, int | None]:
        """The part of the question that is about goods; sums by holding are kept for each value of it."""
        return (self.price_class, self.product_id)

    @property
    def retailers(self) -> tuple[str, str, str, int | None, int | None, int | None, frozenset[int] | None]:
        """The part of the question that is about retailers."""
        return (
            self.route, self.trade_form, self.market_type, self.tier_from, self.tier_until, self.retailer_id,
            self.area_retailers,
        )  # fmt: skip

    @property
    def goods_asked(self) -> dict[str, frozenset[Any]]:
        """Asked values by column of the roll-ups, for goods."""
        return _given(price_class=self.price_class, product_id=self.product_id)

    @property
    def retailers_asked(self) -> dict[str, frozenset[Any]]:
        """Asked values by column of the roll-ups, for retailers."""
        asked = _given(
            route=self.route,
            trade_form=self.trade_form,
            market_type=self.market_type,
            retailer_id=self.retailer_id,
        )
        if self.area_retailers is not None:
            asked["retailer_id"] = asked.get("retailer_id", self.area_retailers) & self.area_retailers
        if self.tier_from is not None or self.tier_until is not None:
            first = max(0, self.tier_from or 0)
            asked["tier"] = frozenset(range(first, min(self.tier_until or TIERS, TIERS) + 1))
        return asked

    @property
    def holders_asked(self) -> dict[str, frozenset[Any]]:
        """Asked and allowed values by column of the roll-ups, for persons and units."""
        asked: dict[str, frozenset[Any]] = {}
        if self.persons is not None or self.person_id is not None:
            own = frozenset() if self.person_id is None else frozenset({self.person_id})
            asked["person_id"] = own if self.persons is None else self.persons & (own or self.persons)
        if self.units is not None:
            asked["unit_id"] = self.units
        return asked

    def of(self, **changes: Any) -> "Question":
        """The same question with some fields replaced."""
        return replace(self, **changes)

    def covers(self, rows: pa.Table) -> pa.Array | None:
        """Which rows of sums by holding lie in the part asked for; None for all of them.

        Rows without a person (nobody held the retailer) are seen only by who may see the whole company.
        """
        masks: list[Any] = []
        if self.persons is not None:
            masks.append(pc.is_in(rows.column("person_id"), value_set=_ids(self.persons)))
        if self.units is not None:
            masks.append(pc.is_in(rows.column("unit_id"), value_set=_ids(self.units)))
        if self.area_retailers is not None:
            masks.append(pc.is_in(rows.column("retailer_id"), value_set=_ids(self.area_retailers)))
        exact: Sequence[tuple[str, Any]] = (
            ("person_id", self.person_id),
            ("route", self.route),
            ("trade_form", self.trade_form),
            ("market_type", self.market_type),
            ("retailer_id", self.retailer_id),
        )
        masks += [pc.equal(rows.column(name), value) for name, value in exact if value not in (None, "")]
        if self.tier_from is not None:
            masks.append(pc.greater_equal(rows.column("tier"), self.tier_from))
        if self.tier_until is not None:
            masks.append(pc.less_equal(rows.column("tier"), self.tier_until))
        if not masks:
            return None
        together = masks[0]
        for mask in masks[1:]:
            together = pc.and_(together, mask)
        return pc.fill_null(together, False)

    def part(self, rows: pa.Table) -> pa.Table:
        """The rows of sums by holding that lie in the part asked for."""
        mask = self.covers(rows)
        return rows if mask is None else rows.filter(mask)

    def part_of_holders(self, rows: pa.Table) -> pa.Table:
        """The rows of the persons and units asked for, of sums that know nothing else of whom they are."""
        nothing: dict[str, Any] = {"route": "", "trade_form": "", "market_type": "", "area_retailers": None}
        return self.of(**nothing, tier_from=None, tier_until=None, retailer_id=None).part(rows)


def persons_seen(user: Asker, company: Company, *, on: date) -> frozenset[int] | None:
    """Whose territories a user may see in the analysis on a day; None for the whole company.

    Raises
    ------
    Denied : the user may not read the market at all.
    """
    persons = persons_in_scope(user, "market.read", company, on=on)
    return None if persons is None else frozenset(persons)


def units_asked(unit_id: int, company: Company) -> frozenset[int]:
    """A unit with all below it."""
    return frozenset(units_under({unit_id}, company))


def months_between(first: date, last: date) -> tuple[date, ...]:
    """The months from first to last; the last alone if first is not before it."""
    months = [last]
    while months[0] > first:
        months.insert(0, month_plus(months[0], -1))
    return tuple(months)
