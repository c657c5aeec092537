"""Of what the roll-ups of a month are made, so that only months are made anew whose lines or master data changed."""

import hashlib
from collections.abc import Collection
from datetime import date
from functools import cache
from typing import Final

import ibis
import pyarrow as pa
from ibis.expr.types import Table as TableExpression

from lianxin import engine
from lianxin.core.tables import ORDER_LINES, TABLES
from lianxin.core.units import next_month
from lianxin.foundation.facts import the_engine, the_lake
from lianxin.foundation.models import Company
from lianxin.market.models import RollupMonth

# What a roll-up takes from each table of master data; a change of anything else, such as a name, leaves it as it is.
USED: Final = {
    "retailer_versions": ("retailer_id", "route", "trade_form", "market_type", "tier"),
    "territories": ("retailer_id", "person_id"),
    "postings": ("person_id", "unit_id"),
    "product_versions": ("product_id", "price_class", "cost_price_fen"),
}


def months_of_lines(company: Company) -> set[date]:
    """Months of which there are order lines."""
    return set(the_lake().months(ORDER_LINES.name, company.pk))


def lines_digests(company: Company) -> dict[date, str]:
    """Month -> digest of its order lines: which files they are, and which of their lines corrections made void."""
    lake = the_lake()
    void: dict[str, list[str]] = {}
    for row in lake.replacements(company_id=company.pk).to_pylist():
        void.setdefault(row["batch_id"], []).append(row["line_id"])
    void_digests = {
        batch: hashlib.sha256("\0".join(sorted(lines)).encode()).hexdigest() for batch, lines in void.items()
    }
    parts: dict[date, list[str]] = {}
    for file in lake.snapshot(ORDER_LINES.name).files:
        if file.month is not None and file.lies_in(company.pk, None):
            parts.setdefault(file.month, []).append(f"{file.path} {void_digests.get(file.batch_id or '', '')}")
    return {month: hashlib.sha256("\n".join(sorted(some)).encode()).hexdigest() for month, some in parts.items()}


def master_versions(company: Company) -> str:
    """The versions of the master data in the lake, as one text."""
    lake = the_lake()
    return " ".join(f"{table}={lake.version(table)}" for table in sorted(USED))


def master_digests(company: Company, months: Collection[date]) -> dict[date, str]:
    """Month -> digest of all master data that its roll-ups are made with."""
    sources = the_lake().sources(USED, company_id=company.pk)
    return {month: _master_digest(month, sources) for month in months}


def _master_digest(month: date, sources: dict[str, engine.Source]) -> str:
    bounds = pa.table({"first": pa.array([month], pa.date32()), "after": pa.array([next_month(month)], pa.date32())})
    told = []
    for table in sorted(USED):
        rows = the_engine().run(_in_month(table), {table: sources[table], "asked_bounds": bounds})
        told.append(f"{table} {engine.digest(rows)}")
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


@cache
def _in_month(table: str) -> TableExpression:
    """What of a table matters in a month: its used columns with their intervals cut to the month."""
    rows = TABLES[table].unbound()
    bounds = ibis.table({"first": "date", "after": "date"}, name="asked_bounds")
    inside = rows.cross_join(bounds)
    inside = inside.filter(
        (inside.valid_from < inside.after) & (inside.valid_until.isnull() | (inside.valid_until > inside.first))
    )
    return inside.select(
        *USED[table],
        start=ibis.greatest(inside.valid_from, inside.first),
        until=ibis.least(inside.valid_until.fill_null(inside.after), inside.after),
    )


def stale_months(company: Company) -> list[date]:
    """Months whose roll-ups are missing or were made of other lines or master data, in order.

    The master data must have been published; a month without lines any more is stale while it has roll-ups.
    """
    lines = lines_digests(company)
    rows = {row.month: row for row in RollupMonth.objects.filter(company=company)}
    versions = master_versions(company)
    changed = {month for month, digest in lines.items() if month not in rows or rows[month].lines_digest != digest}
    gone = set(rows) - set(lines)
    compared = [month for month in lines if month not in changed and rows[month].master_versions != versions]
    found = master_digests(company, compared)
    same = [month for month in compared if rows[month].master_digest == found[month]]
    RollupMonth.objects.filter(company=company, month__in=same).update(master_versions=versions)
    return sorted(changed | gone | (set(compared) - set(same)))
