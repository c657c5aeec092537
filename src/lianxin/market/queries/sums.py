"""Sums of the roll-ups by who holds a retailer: the few small tables from which every page of the analysis is answered.

They are kept per period and goods and shared by all users; what part of them a user sees is taken out afterwards
(`Question.part`), so that twenty users with twenty scopes cost one reading of the roll-ups.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import pyarrow as pa

from lianxin.core.measuring.analysis import (
    asked_values,
    held_on,
    holding_sums,
    month_sums,
    now_and_base,
    places_on,
    product_units,
)
from lianxin.core.tables import PRODUCT_VERSIONS
from lianxin.core.units import last_day, month_plus, months_back
from lianxin.foundation.models import Company
from lianxin.market.queries.asking import MASTER, answer
from lianxin.market.queries.questions import Question

TREND_MONTHS: Final = 36


def held_at(company: Company, month: date) -> pa.Table:
    """Who held each retailer on the last day of a month, with the retailer's route, form, type and tier of that day."""
    day = pa.table({"day": pa.array([last_day(month)], pa.date32())})
    return answer(
        company,
        "held_at",
        month,
        held_on,
        files={name: (name, None) for name in MASTER},
        rows=lambda: {"asked_day": day},
    )


def places(company: Company, month: date) -> pa.Table:
    """Where each retailer stood on the last day of a month: licence_no, name, town, latitude, longitude, status."""
    day = pa.table({"day": pa.array([last_day(month)], pa.date32())})
    return answer(
        company,
        "places",
        month,
        places_on,
        files={"retailer_versions": ("retailer_versions", None)},
        rows=lambda: {"asked_day": day},
    )


def sums_by_holding(company: Company, question: Question, key_products: Sequence[int]) -> pa.Table:
    """What each holder sold to each retailer, as `holding_sums` of the core tells it."""
    months, ago, keys = question.months, question.year_ago, tuple(sorted(key_products))
    asked = question.goods_asked
    table = "retailer_monthly" if _counts_add_up(company, question) else "sales_monthly"
    files = {
        "now": (table, months),
        "base": (table, ago),
        "sales_now": ("sales_monthly", months),
        "sales_base": ("sales_monthly", ago),
    }

    def rows() -> dict[str, pa.Table]:
        found = {**asked_values(asked), "held_now": held_at(company, months[-1]), "held_ago": held_at(company, ago[-1])}
        return found | ({"asked_keys": pa.table({"product_id": pa.array(keys, pa.int64())})} if keys else {})

    return answer(
        company,
        "sums_by_holding",
        (months, question.goods, keys),
        lambda: holding_sums(table, frozenset(asked), bool(keys)),
        files=files,
        rows=rows,
        depends=MASTER,
    )


def _counts_add_up(company: Company, question: Question) -> bool:
    """Whether distinct products by retailer and price class can be added: one month, and no product changes its class inside it."""
    if question.product_id is not None or len(question.months) > 1:
        return False
    versions = answer(
        company,
        "class_changes",
        (),
        lambda: PRODUCT_VERSIONS.unbound().select("product_id", "price_class", "valid_from"),
        files={"product_versions": ("product_versions", None)},
    ).to_pylist()
    known: dict[int, str | None] = {}
    for row in sorted(versions, key=lambda row: (row["product_id"], row["valid_from"])):
        earlier = known.get(row["product_id"], row["price_class"])
        for month in (question.month, month_plus(question.month, -12)):
            if earlier != row["price_class"] and month < row["valid_from"] <= last_day(month):
                return False
        known[row["product_id"]] = row["price_class"]
    return True


def sums_by_month(company: Company, question: Question) -> pa.Table:
    """Units and amount of 36 months up to the period's end by person and unit, for the trend.

    Returns
    -------
    one row per (month, person_id, unit_id) with units, amount_fen, n_without_amount
    """
    asked = {**question.goods_asked, **question.retailers_asked}
    table = "retailer_monthly" if question.product_id is None else "sales_monthly"
    return answer(
        company,
        "sums_by_month",
        (question.month, question.goods, question.retailers),
        lambda: month_sums(table, frozenset(asked)),
        files={"rows": (table, months_back(question.month, TREND_MONTHS))},
        rows=lambda: asked_values(asked),
    )


def sums_by_class(company: Company, question: Question) -> pa.Table:
    """Sums of the period and of the year before by price class, person and unit; see `now_and_base`."""
    asked = {**question.goods_asked, **question.retailers_asked}
    table = "retailer_monthly" if question.product_id is None else "sales_monthly"
    return _both_periods(
        company, "sums_by_class", question, table, asked, ("price_class", "person_id", "unit_id"),
        (question.goods, question.retailers),
    )  # fmt: skip


def units_by_product(company: Company, question: Question) -> pa.Table:
    """Units of the period by product, person and unit: product_id, person_id, unit_id, units."""
    asked = {**question.goods_asked, **question.retailers_asked}
    return answer(
        company,
        "units_by_product",
        (question.months, question.goods, question.retailers),
        lambda: product_units(frozenset(asked)),
        files={"now": ("sales_monthly", question.months)},
        rows=lambda: asked_values(asked),
    )


def sums_by_product(company: Company, question: Question) -> pa.Table:
    """Sums of the period and of the year before by product, person and unit; see `now_and_base`."""
    asked = {**question.goods_asked, **question.retailers_asked}
    return _both_periods(
        company, "sums_by_product", question, "sales_monthly", asked, ("product_id", "person_id", "unit_id"),
        (question.goods, question.retailers),
    )  # fmt: skip


def _both_periods(
    company: Company,
    name: str,
    question: Question,
    table: str,
    asked: dict[str, Any],
    by: tuple[str, ...],
    key: Any,
) -> pa.Table:
    months, ago = question.months, question.year_ago
    return answer(
        company,
        name,
        (months, key),
        lambda: now_and_base(table, frozenset(asked), by),
        files={"now": (table, months), "base": (table, ago)},
        rows=lambda: {**asked_values(asked), "held_now": held_at(company, months[-1])},
        depends=MASTER,
    )
