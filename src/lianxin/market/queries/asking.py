"""How this room asks the lake: one company, named tables, the newest versions."""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from datetime import date
from typing import Final

import pyarrow as pa
from ibis.expr.types import Table as TableExpression

from lianxin.core.tables import LINE_REPLACEMENTS, ORDER_LINES, Steps
from lianxin.engine.sources import Source
from lianxin.foundation.facts import the_engine, the_lake
from lianxin.foundation.models import Company
from lianxin.market.queries.keeping import SHELF

ROLLUPS: Final = ("sales_monthly", "retailer_monthly", "product_weekly", "retailer_weekly")
MASTER: Final = ("retailer_versions", "territories", "postings")
Months = Collection[date] | None


def months_known(company: Company) -> tuple[date, ...]:
    """Months of which there are roll-ups, in order."""
    return the_lake().months("sales_monthly", company.pk)


def versions(tables: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """The newest version of each table."""
    lake = the_lake()
    # What corrections made void is read from the order lines themselves and has no version of its own.
    return tuple((table, lake.version(table)) for table in sorted({*tables} - {LINE_REPLACEMENTS.name}))


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

    def compute() -> pa.Table:
        numbers = dict(at)
        sources: dict[str, Source] = {
            alias: lake.replacements(numbers[ORDER_LINES.name], company.pk)
            if table == LINE_REPLACEMENTS.name
            else lake.files(table, numbers[table], company.pk, months)
            for alias, (table, months) in files.items()
        }
        return the_engine().run(make(), {**sources, **rows()})

    return SHELF.get((str(lake.root), company.pk, name, question, at), compute)


def kept(
    company: Company, name: str, question: Hashable, tables: Iterable[str], make: Callable[[], pa.Table]
) -> pa.Table:
    """What is made of other answers, kept under its name and question as long as the tables have no newer versions."""
    return SHELF.get((str(the_lake().root), company.pk, name, question, versions(tables)), make)
