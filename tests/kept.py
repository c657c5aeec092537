"""What an expensive fixture made, kept for the tests after it: its rows, its files and what it returned.

A test still has a transaction and a home of its own. Only the first one of a process runs the fixture; for the others the same rows
are laid into their tables and the same files into their home, as they were. Fixtures that build a company with a closing behind it
become a copy of a few hundred rows.
"""

import pickle
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import translation

Made = TypeVar("Made")
# Full before any test: Django fills them when it makes the tables.
ALWAYS_FULL = {"django_content_type", "auth_permission"}


@dataclass(frozen=True)
class _Copy:
    """`rows`: table -> its columns and rows on SQLite, its lines on PostgreSQL. `returned` is pickled: every test gets its own."""

    rows: dict[str, Any]
    files: Path
    returned: bytes


class Keeper:
    """Runs the making part of a fixture once in a process: `kept(make)` is `make()`.

    What is kept is that of a whole database, so `make` must find it empty and do all that its fixture does; nothing that it returns
    may be open (a connection, a test client). It may write files in the home of the test only.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.copies: dict[tuple[Callable[[], Any], str], _Copy] = {}

    def __call__(self, make: Callable[[], Made]) -> Made:
        # Rows may hold sentences in the language of who made them.
        key = (make, translation.get_language())
        if key not in self.copies:
            assert not _rows(), "what is kept must be made before any other row"
            returned = pickle.dumps(make())
            files = self.folder / str(len(self.copies))
            shutil.copytree(settings.HOME, files)
            self.copies[key] = _Copy(_rows(), files, returned)
        else:
            copy = self.copies[key]
            _lay(copy.rows)
            shutil.copytree(copy.files, settings.HOME, dirs_exist_ok=True)
        # The first test too gets a copy: all of them start from the same.
        return cast(Made, pickle.loads(self.copies[key].returned))


def _rows() -> dict[str, Any]:
    """What every table holds now that holds anything."""
    tables = sorted(set(connection.introspection.django_table_names(only_existing=True)) - ALWAYS_FULL)
    with connection.cursor() as cursor:
        found = {table: _read(cursor, table) for table in tables}
    return {table: held for table, held in found.items() if held is not None}


def _read(cursor: CursorWrapper, table: str) -> Any:
    if connection.vendor == "postgresql":
        with cursor.copy(f'COPY "{table}" TO STDOUT') as lines:
            return b"".join(bytes(line) for line in lines) or None
    cursor.execute(f'SELECT * FROM "{table}" LIMIT 0')
    columns = [f'"{column[0]}"' for column in cursor.description]
    # A plus before a column leaves the value as it is stored; by its name alone it would be read as a date or a truth.
    cursor.execute(f'SELECT {", ".join("+" + column for column in columns)} FROM "{table}" ORDER BY rowid')
    rows = cursor.fetchall()
    return (columns, rows) if rows else None


def _lay(rows: dict[str, Any]) -> None:
    # Foreign keys are looked at when a transaction ends, so tables may come in any order.
    with transaction.atomic(), connection.cursor() as cursor:
        for table, held in rows.items():
            if connection.vendor == "postgresql":
                with cursor.copy(f'COPY "{table}" FROM STDIN') as lines:
                    lines.write(held)
                continue
            columns, values = held
            # Past Django's wrapper: values go back as they came, without being converted or logged.
            cursor.cursor.executemany(
                f'INSERT INTO "{table}" ({", ".join(columns)}) VALUES ({", ".join("%s" for _ in columns)})', values
            )
