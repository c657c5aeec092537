"""A database that was laid out at once is the one that all migrations leave: tables, keys, rules, indexes and rows."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings

# Each way in a process of its own, with a database of its own. What stands in the order of columns is sorted: a column that a later
# migration adds comes last in its table, and nothing here speaks of columns by their place.
CHILD = """
import json, sys
import django; django.setup()
from django.core.management import call_command
from django.db import connection
from lianxin.foundation import laying_out
laying_out.bring_up_to_date() if sys.argv[1] == "at once" else call_command("migrate", verbosity=0)
is_sqlite = connection.vendor == "sqlite"
QUESTIONS = [
    "SELECT name, tbl_name, sql FROM sqlite_master",
] if is_sqlite else [
    "SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default, is_identity, collation_name "
    "FROM information_schema.columns WHERE table_schema = 'public'",
    "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
    "WHERE connamespace = 'public'::regnamespace",
    "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "SELECT sequence_name, data_type FROM information_schema.sequences",
]
# When a migration ran, and numbers that are given in the order in which models happen to be read.
LEFT_OUT = {
    "django_migrations": ("id", "applied"), "django_content_type": ("id",), "auth_permission": ("id", "content_type_id"),
    "sqlite_sequence": ("seq",),
}
found = {}
with connection.cursor() as cursor:
    for n, question in enumerate(QUESTIONS):
        cursor.execute(question)
        found[f"made {n}"] = [list(map(str, row)) for row in cursor.fetchall()]
    for table in connection.introspection.table_names(cursor):
        cursor.execute(f'SELECT * FROM "{table}"')
        left_out = LEFT_OUT.get(table, ())
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row)) for row in cursor.fetchall()]
        found[table] = [[str(row[name]) for name in sorted(names) if name not in left_out] for row in rows]
    found["looks at foreign keys"] = connection.vendor != "sqlite" or cursor.execute("PRAGMA foreign_keys").fetchone()[0]
print(json.dumps(found))
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def addresses(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[str]]:
    """Two empty databases."""
    if request.param == "sqlite":
        yield [f"sqlite:///{tmp_path / name}.sqlite3" for name in "ab"]
        return
    server = os.environ.get("LIANXIN_TEST_POSTGRES")
    if not server:
        pytest.skip("LIANXIN_TEST_POSTGRES names no server")
    names = [f"lianxin_laid_out_{os.getpid()}_{n}" for n in (1, 2)]
    with psycopg.connect(server, autocommit=True) as admin:
        for name in names:
            admin.execute(f"CREATE DATABASE {name}")
        yield [server.rsplit("/", 1)[0] + f"/{name}" for name in names]
        for name in names:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def database(address: str, way: str) -> dict[str, Any]:
    environment = {
        **os.environ,
        "DATABASE_URL": address,
        "DJANGO_SETTINGS_MODULE": "lianxin.config.settings",
        "LIANXIN_SECRET_KEY": "only-for-tests",
        "PYTHONPATH": str(Path(settings.ROOT).parent),
    }
    done = subprocess.run(
        [sys.executable, "-c", CHILD, way], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return {name: sorted(map(sorted_columns, rows)) if isinstance(rows, list) else rows for name, rows in found.items()}


def sorted_columns(row: list[str]) -> list[Any]:
    """A row; of a table's description on SQLite, its columns and rules in the order of the alphabet."""
    text = row[-1]
    if not text.startswith("CREATE TABLE"):
        return row
    inside = re.split(r",\s*(?![^()]*\))", text[text.index("(") + 1 : text.rindex(")")])
    return [*row[:-1], " | ".join(sorted(part.strip() for part in inside))]


def test_a_new_database_is_what_all_migrations_leave(addresses: list[str]) -> None:
    at_once, step_by_step = (
        database(address, way) for address, way in zip(addresses, ("at once", "by steps"), strict=True)
    )

    assert len(step_by_step["django_migrations"]) > 50
    assert at_once.keys() == step_by_step.keys()
    for name, rows in step_by_step.items():
        assert at_once[name] == rows, name
