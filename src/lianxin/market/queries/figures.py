"""The figures of a part of the market, each with numerator, denominator, n and the same figure a year before."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lianxin.core.measuring.registry import INDICATORS
from lianxin.core.parameters import value_of
from lianxin.foundation import parameters as dated
from lianxin.foundation.models import Company
from lianxin.goods.models import Product
from lianxin.market.queries.questions import Question
from lianxin.market.queries.sums import MEASURES, sums_by_holding, sums_by_product

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


def parameters_of(company: Company, question: Question) -> Mapping[str, Any]:
    """The parameters in force on the last day of the period."""
    return dated.in_force(company, on=question.end)


def key_product_ids(company: Company, parameters: Mapping[str, Any]) -> list[int]:
    """The products that the company named as key."""
    codes = value_of(parameters, "measuring.key_products") or ()
    rows = Product.objects.filter(company=company, product_code__in=list(codes)).order_by("pk")
    return list(rows.values_list("pk", flat=True))


def holdings(company: Company, question: Question, parameters: Mapping[str, Any]) -> pa.Table:
    """Sums by holding of the part asked for."""
    return question.part(sums_by_holding(company, question, key_product_ids(company, parameters)))


def sums_of(rows: pa.Table) -> dict[str, int]:
    """The columns summed up."""
    return {name: pc.sum(rows.column(name)).as_py() or 0 for name in MEASURES}


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


@dataclass(frozen=True, slots=True)
class Group:
    """The sums of one value of a column: a unit, a manager, a retailer."""

    key: Any
    sums: dict[str, int]


def grouped(rows: pa.Table, by: str) -> list[Group]:
    """Sums by the values of a column; rows without a value are their own group, key None."""
    table = rows.group_by(by).aggregate([(name, "sum") for name in MEASURES])
    columns = {name: table.column(f"{name}_sum").to_pylist() for name in MEASURES}
    return [
        Group(key, {name: columns[name][place] for name in MEASURES})
        for place, key in enumerate(table.column(by).to_pylist())
    ]


def product_groups(company: Company, question: Question) -> list[Group]:
    """Sums by product of the part asked for; those over retailers held count the lines of the product only."""
    rows = question.part_of_holders(sums_by_product(company, question))
    names = ("units", "amount_fen", "n_without_amount", "n_lines", "n_retailers", "base_units")
    summed = rows.group_by("product_id").aggregate([(name, "sum") for name in names])
    return [
        Group(
            row["product_id"],
            {
                **dict.fromkeys(MEASURES, 0),
                **{name: row[f"{name}_sum"] for name in names},
                "now_units": row["units_sum"],
                "n_active": row["n_lines_sum"],
            },
        )
        for row in summed.to_pylist()
    ]


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
