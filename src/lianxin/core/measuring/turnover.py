"""Purchase, sales and stock of one shop: what it sold of a product between two counts, from what it had and what it bought."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

# Why nothing is told of what was sold.
ONE_COUNT = "one_count"
DOES_NOT_ADD_UP = "does_not_add_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turnover:
    """One product at one shop.

    counted_on, stock_units : the newest count
    from_day, until_day, before_units, after_units, bought_units : the newest two counts until orders stop being known, and what
        was bought between them; None with fewer than two
    sold_units : before + bought − after; None where it cannot be told, and then `reason` says why
    since_units : bought since the newest count, as far as orders are known
    """

    product_id: int
    counted_on: date
    stock_units: int
    from_day: date | None
    until_day: date | None
    before_units: int | None
    after_units: int | None
    bought_units: int | None
    sold_units: int | None
    since_units: int
    reason: str

    @property
    def days_of_stock(self) -> float | None:
        """For how many days the counted stock lasts at the pace of the days between; None where nothing is known to be sold."""
        if not self.sold_units or self.from_day is None or self.until_day is None:
            return None
        return self.stock_units * (self.until_day - self.from_day).days / self.sold_units


def turnover(
    counts: Iterable[tuple[int, date, int]], bought: Iterable[tuple[int, date, int]], *, known_until: date
) -> list[Turnover]:
    """Purchase, sales and stock of every product that was counted, by product.

    Parameters
    ----------
    counts : (product_id, day, units), as counted; of one day the last one counts
    bought : (product_id, order day, units), returns negative
    known_until : the last day of which orders are known

    Ordered goods count as there from the day after the order on. A shop whose numbers do not add up (it would have sold less than
    nothing) is told so: it was counted wrongly, or it got goods from elsewhere.

    Examples
    --------
    >>> day = date(2021, 12, 1)
    >>> (one,) = turnover(
    ...     [(7, day, 10), (7, date(2021, 12, 11), 4)], [(7, date(2021, 12, 2), 6)], known_until=date(2021, 12, 31)
    ... )
    >>> one.sold_units, one.days_of_stock
    (12, 3.3333333333333335)
    """
    by_product: dict[int, dict[date, int]] = {}
    for product_id, day, units in counts:
        by_product.setdefault(product_id, {})[day] = units
    arrivals: dict[int, list[tuple[date, int]]] = {}
    for product_id, day, units in bought:
        arrivals.setdefault(product_id, []).append((day + timedelta(days=1), units))

    def between(product_id: int, after: date, until: date) -> int:
        return sum(units for day, units in arrivals.get(product_id, ()) if after < day <= until)

    found = []
    for product_id, counted in sorted(by_product.items()):
        newest = max(counted)
        pair = sorted(day for day in counted if day <= known_until)[-2:]
        told = len(pair) == 2
        first, last = (pair[0], pair[1]) if told else (None, None)
        bought_units = between(product_id, pair[0], pair[1]) if told else None
        sold = counted[pair[0]] + (bought_units or 0) - counted[pair[1]] if told else None
        adds_up = sold is not None and sold >= 0
        found.append(
            Turnover(
                product_id=product_id,
                counted_on=newest,
                stock_units=counted[newest],
                from_day=first,
                until_day=last,
                before_units=counted[pair[0]] if told else None,
                after_units=counted[pair[1]] if told else None,
                bought_units=bought_units,
                sold_units=sold if adds_up else None,
                since_units=between(product_id, newest, date.max),
                reason="" if adds_up else DOES_NOT_ADD_UP if told else ONE_COUNT,
            )
        )
    return found
