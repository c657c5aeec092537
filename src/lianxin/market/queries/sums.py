"""Sums of the roll-ups by who holds a retailer: the few small tables from which every page of the analysis is answered.

They are kept per period and goods and shared by all users; what part of them a user sees is taken out afterwards
(`Question.part`), so that twenty users with twenty scopes cost one reading of the roll-ups.
"""

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any, Final

import ibis
import pyarrow as pa
from ibis.expr.types import Table as TableExpression

from lianxin.core.measuring.lines import total, valid_on, whole
from lianxin.core.tables import POSTINGS, PRODUCT_VERSIONS, RETAILER_VERSIONS, TERRITORIES, Table
from lianxin.core.units import last_day, month_plus, months_back
from lianxin.foundation.models import Company
from lianxin.market.queries.asking import MASTER, answer, asked_values, named, narrowed
from lianxin.market.queries.questions import Question

HOLDING: Final = ("retailer_id", "person_id", "unit_id", "route", "trade_form", "market_type", "tier")
SOLD: Final = (
    "units", "amount_fen", "n_without_amount", "known_amount_fen", "known_cost_fen", "key_units", "n_products", "n_lines",
    "n_ordering",
)  # fmt: skip
BASE: Final = tuple(f"base_{name}" for name in SOLD)
HELD: Final = (
    "n_held", "n_held_ordered", "n_active", "now_units", "now_amount_fen", "now_n_without_amount", "now_n_products",
)  # fmt: skip
AGO: Final = ("n_held_ago", "n_held_ago_ordered")
MEASURES: Final = (*SOLD, *BASE, *HELD, *AGO)
TREND_MONTHS: Final = 36
_HELD_SCHEMA: Final = {
    "retailer_id": "int64",
    "person_id": "int64",
    "unit_id": "int64",
    "route": "string",
    "trade_form": "string",
    "market_type": "string",
    "tier": "int16",
}


def held_at(company: Company, month: date) -> pa.Table:
    """Who held each retailer on the last day of a month, with the retailer's route, form, type and tier of that day."""
    day = pa.table({"day": pa.array([last_day(month)], pa.date32())})
    return answer(
        company,
        "held_at",
        month,
        _held_on,
        files={name: (name, None) for name in MASTER},
        rows=lambda: {"asked_day": day},
    )


@cache
def _held_on() -> TableExpression:
    """As `held_at_end` of the core, with the day as a row instead of a literal, so that it is compiled once."""
    held = _on_day(TERRITORIES).select("retailer_id", "person_id")
    posts = _on_day(POSTINGS).select(_person="person_id", unit_id="unit_id")
    kinds = _on_day(RETAILER_VERSIONS)
    kinds = kinds.select("route", "trade_form", "market_type", "tier", _retailer="retailer_id")
    placed = held.left_join(posts, held.person_id == posts._person)
    return placed.left_join(kinds, placed.retailer_id == kinds._retailer).select(*HOLDING)


def _on_day(table: Table) -> TableExpression:
    rows = table.unbound().cross_join(ibis.table({"day": "date"}, name="asked_day"))
    return rows.filter(valid_on(rows, rows.day))


def places(company: Company, month: date) -> pa.Table:
    """Where each retailer stood on the last day of a month: licence_no, name, town, latitude, longitude, status."""
    day = pa.table({"day": pa.array([last_day(month)], pa.date32())})
    return answer(
        company,
        "places",
        month,
        _places,
        files={"retailer_versions": ("retailer_versions", None)},
        rows=lambda: {"asked_day": day},
    )


@cache
def _places() -> TableExpression:
    return _on_day(RETAILER_VERSIONS).select(
        "retailer_id", "licence_no", "name", "town", "latitude", "longitude", "status"
    )


def sums_by_holding(company: Company, question: Question, key_products: Sequence[int]) -> pa.Table:
    """What each holder sold to each retailer in the period, and what the retailers held at its end bought then and a year before.

    Returns
    -------
    one row per (retailer_id, person_id, unit_id, route, trade_form, market_type, tier)
        units … n_ordering : of the lines that belong to this holding
        base_* : the same of the retailer one year before whoever held it, where this holding is that of the period's end
        now_*, n_active : of the retailer in the period whoever held it, likewise; now_n_products are distinct ones
        n_held, n_held_ordered : 1 where this holding is that of the period's end, and the retailer ordered
        n_held_ago, n_held_ago_ordered : the same for the holding one year before
    """
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
        lambda: _holding_sums(table, frozenset(asked), bool(keys)),
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


@cache
def _holding_sums(table: str, asked: frozenset[str], with_keys: bool) -> TableExpression:
    now, before = (narrowed(named(table, name), asked) for name in ("now", "base"))
    sold = now.group_by(list(HOLDING)).agg(**_measures(now, table))
    before_split = before.group_by(list(HOLDING)).agg(**_measures(before, table))
    base = before_split.group_by("retailer_id").agg(
        **{name: total(before_split[name]) for name in SOLD if name not in ("key_units", "n_ordering")},
        n_ordering=before_split.n_ordering.max(),
    )
    base = base.rename(**{f"base_{name}": name for name in SOLD if name != "key_units"})
    of_retailer = sold.group_by("retailer_id").agg(
        now_units=total(sold.units),
        now_amount_fen=total(sold.amount_fen),
        now_n_without_amount=total(sold.n_without_amount),
        now_lines=total(sold.n_lines),
        n_held_ordered=sold.n_ordering.max(),
    )
    of_retailer = _beside(of_retailer, _products(sold, "sales_now", asked).rename(now_n_products="n_products"))
    base = _beside(
        base.drop("base_n_products"), _products(before_split, "sales_base", asked).rename(base_n_products="n_products")
    )
    held = _beside(_beside(ibis.table(_HELD_SCHEMA, name="held_now"), of_retailer), base)
    pieces = [sold]
    if with_keys:
        keys = ibis.table({"product_id": "int64"}, name="asked_keys")
        key_now, key_before = (
            narrowed(named("sales_monthly", name), asked).semi_join(keys, "product_id")
            for name in ("sales_now", "sales_base")
        )
        pieces.append(key_now.group_by(list(HOLDING)).agg(key_units=total(key_now.units)))
        held = _beside(held, key_before.group_by("retailer_id").agg(base_key_units=total(key_before.units)))
    pieces.append(
        held.mutate(n_held=ibis.literal(1, "int64"), n_active=whole((held.now_lines > 0) | (held.base_n_lines > 0)))
    )
    then = _beside(ibis.table(_HELD_SCHEMA, name="held_ago"), base)
    pieces.append(then.select(*HOLDING, n_held_ago=ibis.literal(1, "int64"), n_held_ago_ordered=then.base_n_ordering))
    every = ibis.union(*[_filled(piece) for piece in pieces])
    return every.group_by(list(HOLDING)).agg(**{name: total(every[name]) for name in MEASURES})


def _products(holdings: TableExpression, alias: str, asked: frozenset[str]) -> TableExpression:
    """Distinct products by retailer: as counted by holding, or counted anew where a retailer's period has several holdings."""
    counts = holdings.group_by("retailer_id").agg(n_holdings=holdings.count(), n_products=total(holdings.n_products))
    one = counts.filter(counts.n_holdings == 1).select("retailer_id", "n_products")
    several = counts.filter(counts.n_holdings > 1)
    rows = narrowed(named("sales_monthly", alias), asked).semi_join(several, "retailer_id")
    again = rows.group_by("retailer_id").agg(n_products=rows.product_id.nunique(where=rows.n_order_lines > 0))
    return ibis.union(one, again)


def _measures(rows: TableExpression, table: str) -> dict[str, Any]:
    is_monthly = table == "retailer_monthly"
    return {
        "units": total(rows.units),
        "amount_fen": total(rows.amount_fen),
        "n_without_amount": total(whole(rows.amount_fen.isnull())),
        "known_amount_fen": total(rows.known_cost_amount_fen),
        "known_cost_fen": total(rows.cost_fen),
        "n_products": total(rows.n_products) if is_monthly else rows.product_id.nunique(where=rows.n_order_lines > 0),
        "n_lines": total(rows.n_lines),
        "n_ordering": whole(rows.n_order_lines > 0).max(),
    }


def _beside(left: TableExpression, right: TableExpression) -> TableExpression:
    """Left rows with the right columns of the same retailer, 0 where it has none."""
    other = right.rename(_retailer="retailer_id")
    joined = left.left_join(other, left.retailer_id == other._retailer).drop("_retailer")
    columns = [name for name in right.columns if name != "retailer_id"]
    return joined.mutate(**{name: joined[name].fill_null(0).cast("int64") for name in columns})


def _filled(piece: TableExpression) -> TableExpression:
    nothing = ibis.literal(0, "int64")
    return piece.select(
        *HOLDING, **{name: piece[name].cast("int64") if name in piece.columns else nothing for name in MEASURES}
    )


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
        lambda: _month_sums(table, frozenset(asked)),
        files={"rows": (table, months_back(question.month, TREND_MONTHS))},
        rows=lambda: asked_values(asked),
    )


@cache
def _month_sums(table: str, asked: frozenset[str]) -> TableExpression:
    rows = narrowed(named(table, "rows"), asked)
    return rows.group_by("month", "person_id", "unit_id").agg(
        units=total(rows.units),
        amount_fen=total(rows.amount_fen),
        n_without_amount=total(whole(rows.amount_fen.isnull())),
    )


def sums_by_class(company: Company, question: Question) -> pa.Table:
    """Sums of the period and of the year before by price class, person and unit; see `_now_and_base`."""
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
        lambda: _product_units(frozenset(asked)),
        files={"now": ("sales_monthly", question.months)},
        rows=lambda: asked_values(asked),
    )


@cache
def _product_units(asked: frozenset[str]) -> TableExpression:
    rows = narrowed(named("sales_monthly", "now"), asked)
    return rows.group_by("product_id", "person_id", "unit_id").agg(units=total(rows.units))


def sums_by_product(company: Company, question: Question) -> pa.Table:
    """Sums of the period and of the year before by product, person and unit; see `_now_and_base`."""
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
        lambda: _now_and_base(table, frozenset(asked), by),
        files={"now": (table, months), "base": (table, ago)},
        rows=lambda: {**asked_values(asked), "held_now": held_at(company, months[-1])},
        depends=MASTER,
    )


@cache
def _now_and_base(table: str, asked: frozenset[str], by: tuple[str, ...]) -> TableExpression:
    """Sums of two periods. Lines of the year before belong to who holds the retailer at the period's end.

    Returns
    -------
    one row per `by` with units, amount_fen, n_without_amount, n_lines, n_retailers (that ordered), base_units, base_amount_fen
    """
    of_goods = asked & {"price_class", "product_id"}
    now = narrowed(named(table, "now"), asked)
    held = narrowed(ibis.table(_HELD_SCHEMA, name="held_now"), asked - of_goods).rename(_retailer="retailer_id")
    before = narrowed(named(table, "base"), of_goods).drop(*HOLDING[1:])
    then = before.inner_join(held, before.retailer_id == held._retailer)
    nothing = ibis.literal(0, "int64")
    every = ibis.union(
        now.select(
            *by, "retailer_id", "units", "amount_fen", "n_lines", "n_order_lines",
            base_units=nothing, base_amount_fen=nothing,
        ),
        then.select(
            *by, "retailer_id", units=nothing, amount_fen=nothing, n_lines=nothing, n_order_lines=nothing,
            base_units="units", base_amount_fen="amount_fen",
        ),
    )  # fmt: skip
    return every.group_by(list(by)).agg(
        units=total(every.units),
        amount_fen=total(every.amount_fen),
        n_without_amount=total(whole(every.amount_fen.isnull())),
        n_lines=total(every.n_lines),
        n_retailers=every.retailer_id.nunique(where=every.n_order_lines > 0),
        base_units=total(every.base_units),
        base_amount_fen=total(every.base_amount_fen),
    )
