"""Copies of the operational store: SQLite by its backup call, PostgreSQL by its own pg_dump and pg_restore."""

import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext as _

from lianxin.foundation.errors import Refused
from lianxin.foundation.models import ImportBatch

Noted = TypeVar("Noted")


def vendor() -> str:
    """`sqlite` or `postgresql`."""
    return connection.vendor


def sqlite_path() -> Path | None:
    """Where the SQLite file is, or None for another database."""
    return Path(str(connection.settings_dict["NAME"])) if vendor() == "sqlite" else None


def migrations() -> list[str]:
    """Migrations applied to this database, as app.name."""
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())


def known_migrations() -> list[str]:
    """Migrations that this version of the program knows, as app.name."""
    return sorted(f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations)


def pending_migrations() -> list[str]:
    """Migrations that are known and not applied yet."""
    return sorted(set(known_migrations()) - set(migrations()))


def is_in_use() -> bool:
    """Whether the database has any table already."""
    path = sqlite_path()
    if path is not None and not path.exists():
        return False
    return bool(connection.introspection.table_names())


@contextmanager
def copy(note: Callable[[], Noted]) -> Iterator[tuple[Path, Noted]]:
    """(file with the copy, what `note` returned), both taken while batch rows cannot be written."""
    with tempfile.TemporaryDirectory(prefix="lianxin-") as folder:
        if vendor() == "sqlite":
            target = Path(folder) / "database.sqlite3"
            # Transactions are IMMEDIATE here: this one keeps every writer out until the copy is made.
            with transaction.atomic():
                noted = note()
                _copy_sqlite(target)
        else:
            target = Path(folder) / "database.pgdump"
            with transaction.atomic(), connection.cursor() as cursor:
                # EXCLUSIVE lets pg_dump read and lets nobody write.
                cursor.execute(f'LOCK TABLE "{ImportBatch._meta.db_table}" IN EXCLUSIVE MODE')
                noted = note()
                _run("pg_dump", "--format=custom", "--no-owner", f"--file={target}")
        yield target, noted


def _copy_sqlite(target: Path) -> None:
    path = sqlite_path()
    assert path is not None
    with (
        closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(target)) as copied,
    ):
        source.backup(copied)
        copied.execute("PRAGMA journal_mode=DELETE")


def put_in_place(copied: Path) -> None:
    """Make a verified copy the database: by a rename for SQLite, in one transaction for PostgreSQL."""
    path = sqlite_path()
    connection.close()
    if path is None:
        _run("pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", "--dbname={name}", str(copied))
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    arriving = path.with_name(f"{path.name}.arriving")
    shutil.move(copied, arriving)
    arriving.rename(path)


def _run(program: str, *arguments: str) -> None:
    found = shutil.which(program)
    if found is None:
        raise Refused(
            _("%(program)s was not found. Install the client programs of PostgreSQL on this machine.")
            % {"program": program}
        )
    settings_of = connection.settings_dict
    environment = {
        **os.environ,
        "PGHOST": str(settings_of["HOST"] or ""),
        "PGPORT": str(settings_of["PORT"] or ""),
        "PGUSER": str(settings_of["USER"] or ""),
        # Through the environment: arguments of a program can be read by every user of the machine.
        "PGPASSWORD": str(settings_of["PASSWORD"] or ""),
        "PGDATABASE": str(settings_of["NAME"]),
    }
    environment = {name: value for name, value in environment.items() if value}
    filled = [argument.replace("{name}", str(settings_of["NAME"])) for argument in arguments]
    done = subprocess.run([found, *filled], env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["?"])[-1]
        raise Refused(_("%(program)s failed: %(fault)s") % {"program": program, "fault": last})
