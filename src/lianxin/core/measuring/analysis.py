"""What the analysis of the market sums, over the roll-ups.

Units, amounts and shares belong to whoever held the retailer on the line's date. Same-period change is, as in the indicator, over
the retailers held at the period's end, whoever held them a year before: its two sums, `now_*` and `base_*`, must not be mixed
with `units`.

Every expression is built once per shape: what differs from question to question (months, persons, classes) comes in as small
tables of asked values (`asked_*`) or as other files, because compiling costs a page more than answering does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import Any, Final

import ibis
import pyarrow as pa
from ibis.expr.types import Table as TableExpression

from lianxin.core.measuring.lines import total, valid_on, whole
from lianxin.core.tables import POSTINGS, PRODUCT_WEEKLY, RETAILER_VERSIONS, TABLES, TERRITORIES, Table

_KINDS: Final[Mapping[str, tuple[str, pa.DataType]]] = {
    "price_class": ("string", pa.string()),
    "product_id": ("int64", pa.int64()),
    "retailer_id": ("int64", pa.int64()),
    "person_id": ("int64", pa.int64()),
    "unit_id": ("int64", pa.int64()),
    "route": ("string", pa.string()),
    "trade_form": ("string", pa.string()),
    "market_type": ("string", pa.string()),
    "tier": ("int16", pa.int16()),
}


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


HELD_SCHEMA: Final = {
    "retailer_id": "int64",
    "person_id": "int64",
    "unit_id": "int64",
    "route": "string",
    "trade_form": "string",
    "market_type": "string",
    "tier": "int16",
}


def named(table: str, name: str) -> TableExpression:
    """A declared table under another name, so that one expression can read it twice, in different months."""
    schema = TABLES[table].schema
    return ibis.table({column: kind(nullable=True) for column, kind in schema.items()}, name=name)


def narrowed(rows: TableExpression, fields: Iterable[str]) -> TableExpression:
    """The rows whose value in each field is among the asked ones."""
    for field in sorted(fields):
        asked = ibis.table({field: _KINDS[field][0]}, name=f"asked_{field}")
        rows = rows.semi_join(asked, field)
    return rows


def asked_values(values: Mapping[str, Collection[Any]]) -> dict[str, pa.Table]:
    """The asked values as sources for `narrowed`."""
    return {
        f"asked_{field}": pa.table({field: pa.array(sorted(several), _KINDS[field][1])})
        for field, several in values.items()
    }


@cache
def held_on() -> TableExpression:
    """As `held_at_end`, with the day as a row of `asked_day` instead of a literal, so that it is compiled once."""
    held = _on_day(TERRITORIES).select("retailer_id", "person_id")
    posts = _on_day(POSTINGS).select(_person="person_id", unit_id="unit_id")
    kinds = _on_day(RETAILER_VERSIONS)
    kinds = kinds.select("route", "trade_form", "market_type", "tier", _retailer="retailer_id")
    placed = held.left_join(posts, held.person_id == posts._person)
    return placed.left_join(kinds, placed.retailer_id == kinds._retailer).select(*HOLDING)


def _on_day(table: Table) -> TableExpression:
    rows = table.unbound().cross_join(ibis.table({"day": "date"}, name="asked_day"))
    return rows.filter(valid_on(rows, rows.day))


@cache
def places_on() -> TableExpression:
    """Where each retailer stood on the day of `asked_day`."""
    return _on_day(RETAILER_VERSIONS).select(
        "retailer_id", "licence_no", "name", "town", "latitude", "longitude", "status"
    )


@cache
def holding_sums(table: str, asked: frozenset[str], with_keys: bool) -> TableExpression:
    """What each holder sold to each retailer in the period, and what the retailers held at its end bought then and a year before.

    Parameters
    ----------
    table : the roll-up that `now` and `base` are rows of: of the period, and of the same months one year before; `sales_now` and
        `sales_base` are the rows of sales_monthly of the same months, `held_now` and `held_ago` the rows of `held_on`
    asked : columns of goods with asked values, as in `narrowed`
    with_keys : whether `asked_keys` names key products

    Returns
    -------
    one row per (retailer_id, person_id, unit_id, route, trade_form, market_type, tier)
        units … n_ordering : of the lines that belong to this holding
        base_* : the same of the retailer one year before whoever held it, where this holding is that of the period's end
        now_*, n_active : of the retailer in the period whoever held it, likewise; now_n_products are distinct ones
        n_held, n_held_ordered : 1 where this holding is that of the period's end, and the retailer ordered
        n_held_ago, n_held_ago_ordered : the same for the holding one year before
    """
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
    held = _beside(_beside(ibis.table(HELD_SCHEMA, name="held_now"), of_retailer), base)
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
    then = _beside(ibis.table(HELD_SCHEMA, name="held_ago"), base)
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


@cache
def month_sums(table: str, asked: frozenset[str]) -> TableExpression:
    """Units and amount by month, person and unit: one row per (month, person_id, unit_id), of the roll-up called `rows`."""
    rows = narrowed(named(table, "rows"), asked)
    return rows.group_by("month", "person_id", "unit_id").agg(
        units=total(rows.units),
        amount_fen=total(rows.amount_fen),
        n_without_amount=total(whole(rows.amount_fen.isnull())),
    )


@cache
def product_units(asked: frozenset[str]) -> TableExpression:
    """Units by product, person and unit, of the rows of sales_monthly called `now`."""
    rows = narrowed(named("sales_monthly", "now"), asked)
    return rows.group_by("product_id", "person_id", "unit_id").agg(units=total(rows.units))


@cache
def now_and_base(table: str, asked: frozenset[str], by: tuple[str, ...]) -> TableExpression:
    """Sums of two periods by something other than the retailer.

    Returns
    -------
    one row per `by`
        units, amount_fen, n_without_amount, n_lines, n_retailers (that ordered) : of whoever held the retailer on the line's date
        now_* : the period's lines of the retailers held at its end, whoever held them then, as that holder's
        base_* : the lines of the year before of the same retailers, likewise
        n_active : retailers held at the end with lines in either
    """
    of_goods = asked & {"price_class", "product_id"}
    held = narrowed(ibis.table(HELD_SCHEMA, name="held_now"), asked - of_goods).rename(_retailer="retailer_id")
    pieces = [narrowed(named(table, "now"), asked)]
    for alias in ("now", "base"):
        rows = narrowed(named(table, alias), of_goods).drop(*HOLDING[1:])
        pieces.append(rows.inner_join(held, rows.retailer_id == held._retailer))
    columns = (*by, "retailer_id", "units", "amount_fen", "n_lines", "n_order_lines")
    every = ibis.union(*[piece.select(*columns, _part=ibis.literal(n, "int64")) for n, piece in enumerate(pieces)])

    def sums(part: int) -> dict[str, Any]:
        mine = every._part == part
        return {
            "units": total(ibis.ifelse(mine, every.units, 0)),
            "amount_fen": total(ibis.ifelse(mine, every.amount_fen, ibis.null("int64"))),
            "n_without_amount": total(whole(mine & every.amount_fen.isnull())),
            "n_lines": total(ibis.ifelse(mine, every.n_lines, 0)),
        }

    return every.group_by(list(by)).agg(
        **sums(0),
        n_retailers=every.retailer_id.nunique(where=(every._part == 0) & (every.n_order_lines > 0)),
        **{f"now_{name}": column for name, column in sums(1).items()},
        **{f"base_{name}": column for name, column in sums(2).items()},
        n_active=every.retailer_id.nunique(where=every._part > 0),
    )


@cache
def product_rates(asked: frozenset[str]) -> TableExpression:
    """Which retailers ordered a product in the month (`now`), the month before (`last`), and any of the three `before`, by holder.

    Returns
    -------
    one row per (retailer_id, person_id, unit_id): units, ordered, last_units, ordered_last, ordered_before (0 or 1)
    """
    by = ["retailer_id", "person_id", "unit_id"]
    nothing = ibis.literal(0, "int64")
    names = ("units", "ordered", "last_units", "ordered_last", "ordered_before")
    given = {
        "now": lambda rows: {"units": rows.units, "ordered": whole(rows.n_order_lines > 0)},
        "last": lambda rows: {"last_units": rows.units, "ordered_last": whole(rows.n_order_lines > 0)},
        "before": lambda rows: {"ordered_before": whole(rows.n_order_lines > 0)},
    }
    pieces = []
    for alias, columns in given.items():
        rows = narrowed(named("sales_monthly", alias), asked)
        found: dict[str, Any] = columns(rows)
        pieces.append(rows.select(*by, **{name: found.get(name, nothing) for name in names}))
    every = ibis.union(*pieces)
    return every.group_by(by).agg(
        units=total(every.units),
        last_units=total(every.last_units),
        **{name: every[name].max() for name in ("ordered", "ordered_last", "ordered_before")},
    )


@cache
def reached() -> TableExpression:
    """Which retailers ordered the products of `asked_listed` since the month in which each was listed, whoever held them then.

    Returns
    -------
    one row per (product_id, retailer_id) with an order: n_months with one, and the first and last such month
    """
    rows = named("sales_monthly", "rows")
    listed = ibis.table({"product_id": "int64", "listed": "date"}, name="asked_listed")
    since = rows.inner_join(listed, "product_id")
    ordered = since.filter((since.n_order_lines > 0) & (since.month >= since.listed))
    return ordered.group_by("product_id", "retailer_id").agg(
        n_months=ordered.month.nunique(), first_month=ordered.month.min(), last_month=ordered.month.max()
    )


@cache
def product_weeks() -> TableExpression:
    """Units of the asked products by week and unit."""
    rows = narrowed(PRODUCT_WEEKLY.unbound(), ["product_id"])
    return rows.group_by("week", "unit_id").agg(units=total(rows.units))
