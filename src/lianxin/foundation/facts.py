"""Which tables the rooms publish for a closing, and the one lake and engine of this process.

A room registers a publisher for each lake table it owns, in its `apps.py`; a closing asks this registry and imports no room.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.conf import settings

from lianxin import engine as engines
from lianxin.core.tables import TABLES
from lianxin.engine import Engine
from lianxin.engine.lake import Lake
from lianxin.engine.sources import nullable_arrow_schema
from lianxin.foundation.models import Company

Publisher = Callable[[Company], pa.Table]
_PUBLISHERS: dict[str, Publisher] = {}


def register(table: str, publisher: Publisher) -> None:
    """Called in a room's `apps.py`: `publisher(company)` gives all rows of the company under the table's contract.

    Raises
    ------
    KeyError : the table is not declared in `core.tables`.
    """
    if table not in TABLES:
        raise KeyError(f"{table} is not declared in core/tables.py")
    _PUBLISHERS[table] = publisher


def publishers() -> Mapping[str, Publisher]:
    """Table name -> publisher, in the order of names."""
    return dict(sorted(_PUBLISHERS.items()))


def publish(company: Company, lake: Lake, *, only: str = "") -> dict[str, int]:
    """The versions of the published tables in which the company's rows are what the rooms say now.

    A table whose rows did not change keeps its version.

    Parameters
    ----------
    only : the name of one table; "" publishes all
    """
    wanted = {name: make for name, make in publishers().items() if only in ("", name)}
    return {name: lake.publish(name, make(company), company.pk) for name, make in wanted.items()}


def table_of(name: str, company: Company, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> pa.Table:
    """The rows as an Arrow table under the contract of that name, with the company's id; an empty text is null.

    Parameters
    ----------
    columns : what stands in each place of a row; a column of the contract left out is null
    """
    schema = nullable_arrow_schema(TABLES[name])
    places = {column: place for place, column in enumerate(columns)}

    def values(field: pa.Field) -> pa.Array:
        if field.name == "company_id":
            return pa.array([company.pk] * len(rows), type=field.type)
        if field.name not in places:
            return pa.nulls(len(rows), field.type)
        place = places[field.name]
        return pa.array([None if row[place] == "" else row[place] for row in rows], type=field.type)

    return pa.Table.from_arrays([values(field) for field in schema], schema=schema)


def until_next(rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The same rows, each followed by the day on which the next version of the same thing begins, or None.

    Parameters
    ----------
    rows : sorted by (thing, day from which it holds), which are the first two places
    """
    following = [*rows[1:], (None, None)]
    return (
        [(*row, after[1] if after[0] == row[0] else None) for row, after in zip(rows, following, strict=True)]
        if rows
        else []
    )


@lru_cache(maxsize=4)
def _lake_at(root: Path) -> Lake:
    return Lake(root)


def the_lake() -> Lake:
    """The lake of this installation, one per process and folder, so that snapshots once read stay read."""
    return _lake_at(Path(settings.LAKE))


@lru_cache(maxsize=2)
def _engine_named(name: str, memory_limit: str, scratch: Path) -> Engine:
    scratch.mkdir(parents=True, exist_ok=True)
    return engines.open(name, memory_limit=memory_limit, scratch=scratch)


def the_engine() -> Engine:
    """The engine that LIANXIN_ENGINE names, one per process."""
    return _engine_named(settings.ENGINE, settings.ENGINE_MEMORY, Path(settings.HOME) / "scratch")
