"""The figures of a part of the market, each with numerator, denominator, n and the same figure a year before."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lianxin.core.measuring.analysis import MEASURES
from lianxin.core.parameters import value_of
from lianxin.foundation import parameters as dated
from lianxin.foundation.models import Company
from lianxin.goods.models import Product
from lianxin.market.queries.questions import Question
from lianxin.market.queries.sums import held_at, sums_by_holding, sums_by_product


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
    names = [name for name in rows.column_names if name not in ("product_id", "person_id", "unit_id")]
    summed = rows.group_by("product_id").aggregate([(name, "sum") for name in names])
    n_held = question.part(held_at(company, question.month)).num_rows
    return [
        Group(
            row["product_id"],
            {**dict.fromkeys(MEASURES, 0), **{name: row[f"{name}_sum"] for name in names}, "n_held": n_held},
        )
        for row in summed.to_pylist()
    ]


def product_sums(company: Company, question: Question) -> dict[str, int]:
    """The sums of the product asked for, out of those of all products, which are kept: pages go from product to product."""
    groups = product_groups(company, question.of(product_id=None))
    return next((one.sums for one in groups if one.key == question.product_id), dict.fromkeys(MEASURES, 0))
