"""How this room asks the lake: one company, named tables, the newest versions.

Expressions are built and compiled once per shape: what differs from question to question (months, persons, classes) comes in
as small tables of asked values or as other files, because compiling costs a page more than answering does.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from datetime import date
from typing import Any, Final

import ibis
import pyarrow as pa
from ibis.expr.types import Table as TableExpression

from lianxin.core.tables import LINE_REPLACEMENTS, ORDER_LINES, TABLES, Steps
from lianxin.engine.sources import Source
from lianxin.foundation.facts import the_engine, the_lake
from lianxin.foundation.models import Company
from lianxin.market.queries.keeping import SHELF

ROLLUPS: Final = ("sales_monthly", "retailer_monthly", "product_weekly", "retailer_weekly")
MASTER: Final = ("retailer_versions", "territories", "postings")
Months = Collection[date] | None
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


def months_known(company: Company) -> tuple[date, ...]:
    """Months of which there are roll-ups, in order."""
    return the_lake().months("sales_monthly", company.pk)


def versions(tables: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """The newest version of each table."""
    lake = the_lake()
    # What corrections made void is read from the order lines themselves and has no version of its own.
    return tuple((table, lake.version(table)) for table in sorted({*tables} - {LINE_REPLACEMENTS.name}))


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


def answer(
    company: Company,
    name: str,
    question: Hashable,
    make: Callable[[], TableExpression | Steps],
    *,
    files: Mapping[str, tuple[str, Months]],
    rows: Callable[[], Mapping[str, pa.Table]] = dict,
    depends: Iterable[str] = (),
) -> pa.Table:
    """The rows of an expression over the newest versions of some tables, kept under its name and question.

    Parameters
    ----------
    question : with the versions, all that the answer depends on
    files : name in the expression -> lake table and the months of it that are read (None for all)
    rows : gives small tables for other names in the expression; called only when the answer is not kept
    depends : further tables of which `rows` were made
    """
    lake = the_lake()
    at = versions([*(table for table, _months in files.values()), *depends])
    key = (str(lake.root), company.pk, name, question, at)

    def compute() -> pa.Table:
        numbers = dict(at)
        sources: dict[str, Source] = {
            alias: lake.replacements(numbers[ORDER_LINES.name], company.pk)
            if table == LINE_REPLACEMENTS.name
            else lake.files(table, numbers[table], company.pk, months)
            for alias, (table, months) in files.items()
        }
        return the_engine().run(make(), {**sources, **rows()})

    return SHELF.get(key, compute)
