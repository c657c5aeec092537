"""The figures of the market analysis from its sums: the formulas of a closing's indicators, over any part of the market."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

from lianxin.core.measuring.analysis import MEASURES
from lianxin.core.measuring.registry import INDICATORS
from lianxin.core.parameters import value_of

# The figures of the page, in the order in which it shows them.
CODES: Final = (
    "sales_units", "sales_amount", "same_period_change", "unit_price", "key_brand_share", "company_gross_margin",
    "order_coverage", "products_per_retailer",
)  # fmt: skip
Sums = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Answer:
    """A figure: its value, or the reason why there is none; what it was made of; and the figure one year before."""

    code: str
    value: float | None
    reason: str
    numerator: float | None
    denominator: float | None
    n: int
    least: int
    year_ago: float | None = None

    @property
    def is_value(self) -> bool:
        return self.reason == ""


@dataclass(frozen=True, slots=True)
class _Formula:
    numerator: Callable[[Sums], float]
    denominator: Callable[[Sums], float] | None
    n: Callable[[Sums], int]
    reason: Callable[[Sums, Mapping[str, Any]], str]
    minus: float = 0.0


def _first(*tests: tuple[bool, str]) -> str:
    return next((reason for holds, reason in tests if holds), "")


def _without_amount(sums: Sums) -> tuple[tuple[bool, str], ...]:
    return (sums["n_lines"] == 0, "no_lines"), (sums["n_without_amount"] > 0, "not_recorded")


def _margin_reason(sums: Sums, parameters: Mapping[str, Any]) -> str:
    least = float(value_of(parameters, "measuring.cost_coverage_minimum"))
    return _first(
        *_without_amount(sums),
        (sums["amount_fen"] <= 0, "no_base"),
        (sums["known_amount_fen"] < sums["amount_fen"] * least or sums["known_amount_fen"] <= 0, "no_cost"),
    )


def _key_reason(sums: Sums, parameters: Mapping[str, Any]) -> str:
    return _first(
        (value_of(parameters, "measuring.key_products") is None, "no_parameter"),
        (sums["n_lines"] == 0, "no_lines"),
        (sums["units"] <= 0, "no_base"),
    )


_FORMULAS: Final[Mapping[str, _Formula]] = {
    "sales_units": _Formula(
        lambda s: s["units"], None, lambda s: s["n_lines"], lambda s, p: _first((s["n_lines"] == 0, "no_lines"))
    ),
    "sales_amount": _Formula(
        lambda s: s["amount_fen"] / 100, None, lambda s: s["n_lines"], lambda s, p: _first(*_without_amount(s))
    ),
    "same_period_change": _Formula(
        lambda s: s["now_units"],
        lambda s: s["base_units"],
        lambda s: s["n_active"],
        lambda s, p: _first((s["n_held"] <= 0, "holds_none"), (s["base_units"] <= 0, "no_base")),
        1.0,
    ),
    "unit_price": _Formula(
        lambda s: s["amount_fen"] / 100,
        lambda s: s["units"],
        lambda s: s["n_lines"],
        lambda s, p: _first(*_without_amount(s), (s["units"] <= 0, "no_base")),
    ),
    "key_brand_share": _Formula(lambda s: s["key_units"], lambda s: s["units"], lambda s: s["n_lines"], _key_reason),
    "company_gross_margin": _Formula(
        lambda s: (s["known_amount_fen"] - s["known_cost_fen"]) / 100,
        lambda s: s["known_amount_fen"] / 100,
        lambda s: s["n_lines"],
        _margin_reason,
    ),
    "order_coverage": _Formula(
        lambda s: s["n_held_ordered"],
        lambda s: s["n_held"],
        lambda s: s["n_held"],
        lambda s, p: _first((s["n_held"] <= 0, "holds_none")),
    ),
    "products_per_retailer": _Formula(
        lambda s: s["now_n_products"],
        lambda s: s["n_held_ordered"],
        lambda s: s["n_held_ordered"],
        lambda s, p: _first((s["n_held"] <= 0, "holds_none"), (s["n_held_ordered"] <= 0, "no_lines")),
    ),
}
# Figures whose change is told in percentage points.
IN_POINTS: Final = frozenset({"key_brand_share", "company_gross_margin", "order_coverage"})


def year_ago_sums(sums: Sums, code: str) -> dict[str, int]:
    """The sums that a figure is made of as they were one year before.

    Order coverage is that of the retailers held then; all else is of the retailers held at the period's end.
    """
    before = {name.removeprefix("base_"): value for name, value in sums.items() if name.startswith("base_")}
    then = {**dict.fromkeys(MEASURES, 0), **before, "now_n_products": before["n_products"]}
    if code == "order_coverage":
        return then | {"n_held": sums["n_held_ago"], "n_held_ordered": sums["n_held_ago_ordered"]}
    return then | {"n_held": sums["n_held"], "n_held_ordered": before["n_ordering"]}


def answer_of(code: str, sums: Sums, parameters: Mapping[str, Any]) -> Answer:
    """The figure of a code from sums; the same formulas as the indicators of the closing have."""
    formula = _FORMULAS[code]
    n, least = formula.n(sums), int(value_of(parameters, INDICATORS[code].minimum))
    reason = formula.reason(sums, parameters) or ("below_minimum" if n < least else "")
    top = formula.numerator(sums)
    under = formula.denominator(sums) if formula.denominator else None
    value = None
    if not reason:
        value = top if under is None else top / under - formula.minus
    return Answer(code, value, reason, top, under, n, least)


def figures(sums: Sums, parameters: Mapping[str, Any], codes: Sequence[str] = CODES) -> dict[str, Answer]:
    """The figures of sums, each with its value one year before where that can be told."""
    found = {}
    for code in codes:
        now = answer_of(code, sums, parameters)
        then = answer_of(code, year_ago_sums(sums, code), parameters) if code != "same_period_change" else None
        year_ago = then.value if then is not None and then.is_value else None
        found[code] = Answer(
            now.code, now.value, now.reason, now.numerator, now.denominator, now.n, now.least, year_ago
        )
    return found


def by_retailer(rows: pa.Table) -> pa.Table:
    """Sums by retailer with the figures of each as columns, for lists, the map and the distribution.

    Returns
    -------
    one row per retailer_id: the sums; change, unit_price, margin, key_share : float64, null where they cannot be told
    """
    table = rows.group_by("retailer_id").aggregate([(name, "sum") for name in MEASURES])
    table = table.rename_columns([name.removesuffix("_sum") for name in table.column_names])

    def column(name: str) -> Any:
        return table.column(name).to_numpy().astype(float)

    def ratio(top: Any, under: Any, holds: Any, minus: float = 0.0) -> pa.Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            values = top / under - minus
        return pa.array(values, pa.float64(), mask=~(holds & (under > 0)))

    told = (column("n_lines") > 0) & (column("n_without_amount") == 0)
    known = column("known_amount_fen")
    return (
        table.append_column("change", ratio(column("now_units"), column("base_units"), column("base_units") > 0, 1.0))
        .append_column("unit_price", ratio(column("amount_fen") / 100, column("units"), told))
        .append_column("key_share", ratio(column("key_units"), column("units"), column("n_lines") > 0))
        .append_column("margin", ratio(known - column("known_cost_fen"), known, told))
    )


@dataclass(frozen=True, slots=True)
class ProductFigures:
    """A product in a unit (None: in all that may be seen): sales, distribution and the two sell-through rates."""

    unit_id: int | None
    units: int
    n_held: int
    n_ordered: int
    n_ordered_before: int
    last_units: int
    n_ordered_last: int
    weeks: list[int]

    @property
    def distribution(self) -> float | None:
        return self.n_ordered / self.n_held if self.n_held else None

    @property
    def sell_through_a(self) -> float | None:
        return self.n_ordered / self.n_ordered_before if self.n_ordered_before else None

    @property
    def sell_through_b(self) -> float | None:
        if not self.n_ordered or not self.n_ordered_last or self.last_units <= 0:
            return None
        return (self.units / self.n_ordered) / (self.last_units / self.n_ordered_last)


@dataclass(frozen=True, slots=True)
class RetailMargin:
    """(guide − wholesale) ÷ guide, weighted by the units of products whose two prices are known on the period's last day."""

    value: float | None
    margin: float
    guide: float
    n_products: int
    known_units: int
    all_units: int


def retail_margin(
    sold: Mapping[int, int], prices: Mapping[int, tuple[int | None, int | None]], parameters: Mapping[str, Any]
) -> RetailMargin:
    """The margin that retailers would make at the guide price; no value where too few units have both prices.

    Parameters
    ----------
    sold : units by product_id
    prices : product_id -> wholesale and guide price in fen
    """
    margin = guided = known = n_products = 0
    for product_id, units in sold.items():
        wholesale, guide = prices.get(product_id, (None, None))
        if units > 0 and wholesale is not None and guide:
            margin += units * (guide - wholesale)
            guided += units * guide
            known += units
            n_products += 1
    everything = sum(units for units in sold.values() if units > 0)
    least = float(value_of(parameters, "measuring.cost_coverage_minimum"))
    told = guided > 0 and known >= everything * least
    return RetailMargin(margin / guided if told else None, margin / 100, guided / 100, n_products, known, everything)
