"""How products listed within the new-product window spread over a part of the market."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lianxin.core.measuring import analysis
from lianxin.core.measuring.sums import new_products
from lianxin.core.parameters import value_of
from lianxin.core.units import first_day, month_plus, months_back
from lianxin.foundation.models import Company
from lianxin.market.queries.asking import answer
from lianxin.market.queries.questions import Question
from lianxin.market.queries.sums import held_at, units_by_product

WINDOW = (
    "measuring.new_product_months",
    "measuring.new_product_long_months",
    "measuring.new_product_long_classes",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProduct:
    """A new product in the part asked for, in the period's last month.

    Attributes
    ----------
    n_held : retailers held at the month's end; all following counts are of these, whoever held them when they ordered
    n_reached, n_ordered : with an order since the listing, and in the month
    n_earlier, n_again : with a first order in an earlier month, and those of them that ordered in a second month too
    units, last_units : sold in the month and the one before, as whoever held the retailer on the line's date
    """

    product_id: int
    listed: date
    n_held: int
    n_reached: int
    n_ordered: int
    n_earlier: int
    n_again: int
    units: int
    last_units: int

    @property
    def distribution(self) -> float | None:
        """The part of the retailers that ordered in the month."""
        return self.n_ordered / self.n_held if self.n_held else None

    @property
    def reach(self) -> float | None:
        """The part of the retailers that ever ordered it."""
        return self.n_reached / self.n_held if self.n_held else None

    @property
    def again(self) -> float | None:
        """The part of those that could order again that did."""
        return self.n_again / self.n_earlier if self.n_earlier else None


def movement(company: Company, question: Question, parameters: Mapping[str, Any]) -> list[NewProduct]:
    """The products that are new in the period's last month, those that the most retailers ordered first."""
    month = question.month
    listed = _listed(company, question, parameters)
    held = question.part(held_at(company, month)).column("retailer_id").unique()
    orders = _orders(company, month, listed)
    orders = orders.filter(pc.is_in(orders.column("retailer_id"), value_set=held.cast(pa.int64())))
    units, last_units = (_units(company, question.of(months=(one,))) for one in (month, month_plus(month, -1)))
    found = []
    for product_id, day in listed.items():
        rows = orders.filter(pc.equal(orders.column("product_id"), product_id))
        earlier = rows.filter(pc.less(rows.column("first_month"), pa.scalar(month, pa.date32())))
        found.append(
            NewProduct(
                product_id=product_id,
                listed=day,
                n_held=len(held),
                n_reached=rows.num_rows,
                n_ordered=_true(pc.equal(rows.column("last_month"), pa.scalar(month, pa.date32()))),
                n_earlier=earlier.num_rows,
                n_again=_true(pc.greater(earlier.column("n_months"), 1)),
                units=units.get(product_id, 0),
                last_units=last_units.get(product_id, 0),
            )
        )
    return sorted(found, key=lambda one: (-one.n_ordered, one.product_id))


def _true(mask: pa.ChunkedArray) -> int:
    return int(pc.sum(mask).as_py() or 0)


def _listed(company: Company, question: Question, parameters: Mapping[str, Any]) -> dict[int, date]:
    """New product of those asked for -> when it was listed."""
    month = question.month
    window = tuple(str(value_of(parameters, name)) for name in WINDOW)
    rows = answer(
        company,
        "new_products",
        (month, window),
        lambda: new_products(month, parameters),
        files={"product_versions": ("product_versions", None)},
    )
    return {
        row["product_id"]: row["listed_date"]
        for row in rows.to_pylist()
        if question.product_id in (None, row["product_id"]) and question.price_class in ("", row["price_class"])
    }


def _orders(company: Company, month: date, listed: Mapping[int, date]) -> pa.Table:
    """Which retailers ordered the products since the first of them was listed, as `reached` of the core tells it."""
    starts = {product_id: first_day(day) for product_id, day in listed.items()}
    first = min(starts.values(), default=month)
    n_months = (month.year - first.year) * 12 + month.month - first.month + 1
    asked = pa.table({"product_id": pa.array(starts, pa.int64()), "listed": pa.array(starts.values(), pa.date32())})
    return answer(
        company,
        "reached",
        (month, tuple(sorted(starts.items()))),
        analysis.reached,
        files={"rows": ("sales_monthly", months_back(month, n_months))},
        rows=lambda: {"asked_listed": asked},
    )


def _units(company: Company, question: Question) -> dict[int, int]:
    rows = question.part_of_holders(units_by_product(company, question.of(product_id=None, price_class="")))
    summed = rows.group_by("product_id").aggregate([("units", "sum")])
    return dict(zip(summed.column("product_id").to_pylist(), summed.column("units_sum").to_pylist(), strict=True))
