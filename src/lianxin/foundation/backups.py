"""A consistent copy of everything under LIANXIN_HOME in one file, and the way back.

The rule that keeps two stores one: no batch row is written before its batch is PREPARED, and none is COMMITTED before its Delta
commit. While batch rows cannot be written, the versions of the lake are noted and the database is copied; so every batch that the
copy calls COMMITTED is in those versions, and every other one is settled by the start-up reconciliation after a restore.
"""

import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final

from django.conf import settings
from django.utils.translation import gettext as _

from lianxin import __version__
from lianxin.foundation import database_copies
from lianxin.foundation.errors import Refused

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
MARK: Final = ".restoring"
# The key signs sessions; it never leaves the machine. A restored home makes a new one and people sign in again.
LEFT_OUT: Final = frozenset({"secret_key", "static", "backups", MARK})
Tell = Callable[[float, str], None]


def _silent(share: float, text: str) -> None:
    return None


def lake_versions(lake: Path) -> dict[str, int]:
    """The newest version of every table in the lake: {folder below the lake: version}."""
    versions = {}
    for log in sorted(lake.rglob("_delta_log")):
        numbers = [int(entry.stem) for entry in log.glob("*.json") if entry.stem.isdigit()]
        if numbers:
            versions[log.parent.relative_to(lake).as_posix()] = max(numbers)
    return versions


def _belongs(path: Path, lake: Path, versions: dict[str, int]) -> bool:
    """Whether a file of the lake is needed for the noted versions. Data files are never changed, so that all are taken."""
    if path.parent.name != "_delta_log":
        return "_delta_log" not in path.parts
    table = path.parent.parent.relative_to(lake).as_posix()
    number = path.name.split(".", 1)[0]
    if not number.isdigit():
        # `_last_checkpoint` may point past the noted version; readers do without it.
        return False
    return table in versions and int(number) <= versions[table]


def files_of(home: Path, lake: Path, versions: dict[str, int], database: Path | None) -> Iterator[tuple[Path, str]]:
    """(file, name in the archive) of everything but the database."""
    if lake.exists():
        for path in sorted(lake.rglob("*")):
            if path.is_file() and _belongs(path, lake, versions):
                yield path, f"lake/{path.relative_to(lake).as_posix()}"
    for path in sorted(home.rglob("*")):
        top = path.relative_to(home).parts[0]
        is_database = database is not None and path.name.startswith(database.name) and path.parent == database.parent
        if path.is_file() and top not in LEFT_OUT and lake not in path.parents and not is_database:
            yield path, f"home/{path.relative_to(home).as_posix()}"


class _Hashing(io.RawIOBase):
    """A file that remembers the SHA-256 of what was read through it."""

    def __init__(self, inner: IO[bytes]) -> None:
        self.inner = inner
        self.digest = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        block = self.inner.read(size)
        self.digest.update(block)
        return block


def write(target: Path, *, at: datetime, tell: Tell = _silent) -> dict[str, Any]:
    """The manifest of a new backup file: what is in it, with a SHA-256 for each file.

    Parameters
    ----------
    target : a path that does not exist yet, ending in .tar or .tar.gz

    Raises
    ------
    Refused : the path exists, its folder does not, its ending is another; or the database cannot be copied.
    """
    if not target.name.endswith((".tar", ".tar.gz")):
        raise Refused(_("A backup file ends in .tar or .tar.gz."), field="file")
    if target.exists():
        raise Refused(_("%(file)s is already there. Choose another name.") % {"file": target}, field="file")
    if not target.parent.is_dir():
        raise Refused(_("There is no folder %(folder)s.") % {"folder": target.parent}, field="file")
    home, lake = Path(settings.HOME), Path(settings.LAKE)
    partial = target.with_name(f".{target.name}.partial")
    hashes: dict[str, dict[str, Any]] = {}
    try:
        with _owned(partial) as stream, tarfile.open(fileobj=stream, mode=_mode(target)) as archive:
            with database_copies.copy(lambda: lake_versions(lake)) as (copied, taken):
                tell(0.05, _("database"))
                _add(archive, copied, f"database/{copied.name}", hashes)
            todo = list(files_of(home, lake, taken, database_copies.sqlite_path()))
            size = sum(path.stat().st_size for path, _name in todo) or 1
            done = 0
            for path, name in todo:
                _add(archive, path, name, hashes)
                done += path.stat().st_size
                tell(0.05 + 0.95 * done / size, name)
            manifest = {
                "format": FORMAT,
                "version": __version__,
                "made_at": at.isoformat(),
                "engine": database_copies.vendor(),
                "migrations": database_copies.migrations(),
                "lake_versions": taken,
                "files": hashes,
            }
            text = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
            entry = tarfile.TarInfo(MANIFEST)
            entry.size, entry.mtime = len(text), int(at.timestamp())
            archive.addfile(entry, io.BytesIO(text))
        partial.rename(target)
    finally:
        partial.unlink(missing_ok=True)
    return manifest


@contextmanager
def _owned(path: Path) -> Iterator[IO[bytes]]:
    # Hashes of passwords and names of people are in it: for nobody but the one who made it.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        yield stream
        stream.flush()
        os.fsync(stream.fileno())


def _mode(target: Path) -> Any:
    return "w:gz" if target.name.endswith(".gz") else "w"


def _add(archive: tarfile.TarFile, path: Path, name: str, hashes: dict[str, dict[str, Any]]) -> None:
    with path.open("rb") as stream:
        entry = tarfile.TarInfo(name)
        facts = os.fstat(stream.fileno())
        entry.size, entry.mtime = facts.st_size, int(facts.st_mtime)
        hashing = _Hashing(stream)
        archive.addfile(entry, hashing)
    hashes[name] = {"size": entry.size, "sha256": hashing.digest.hexdigest()}


def restore(source: Path, *, tell: Tell = _silent) -> dict[str, Any]:
    """The manifest of a backup whose content is now the home. All or nothing: everything is unpacked and verified beside it first.

    Raises
    ------
    Refused : the home is not empty; the file is no backup, is damaged, or was made by a newer version or for another database.
    """
    home, lake = Path(settings.HOME), Path(settings.LAKE)
    home.mkdir(parents=True, exist_ok=True)
    aside = home / MARK
    if aside.exists():
        # An earlier restore was killed: what stands beside its mark came from it.
        _empty(home, keep={"secret_key"})
    strange = [entry.name for entry in home.iterdir() if entry.name != "secret_key"]
    if strange or database_copies.is_in_use():
        raise Refused(
            _("%(home)s is not empty (%(what)s). Restore into an empty LIANXIN_HOME.")
            % {"home": home, "what": ", ".join(strange[:5]) or _("its database has tables")},
            field="file",
        )
    aside.mkdir()
    try:
        manifest = _unpack(source, aside, tell)
        for path in (aside / "home").iterdir() if (aside / "home").exists() else ():
            path.rename(home / path.name)
        if (aside / "lake").exists():
            lake.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(aside / "lake", lake)
        database_copies.put_in_place(next((aside / "database").iterdir()))
    except BaseException:
        _empty(home, keep={"secret_key"})
        raise
    shutil.rmtree(aside)
    return manifest


def _empty(home: Path, *, keep: set[str]) -> None:
    # The mark goes last, so that a second kill still finds it.
    entries = sorted(home.iterdir(), key=lambda entry: entry.name == MARK)
    for entry in entries:
        if entry.name not in keep:
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


def _unpack(source: Path, aside: Path, tell: Tell) -> dict[str, Any]:
    found: dict[str, str] = {}
    manifest: dict[str, Any] | None = None
    try:
        size = source.stat().st_size or 1
        with source.open("rb") as stream, tarfile.open(fileobj=stream, mode="r:*") as archive:
            for entry in archive:
                inner = archive.extractfile(entry)
                if not entry.isfile() or inner is None:
                    continue
                if entry.name == MANIFEST:
                    manifest = json.load(inner)
                    continue
                path = (aside / entry.name).resolve()
                if not path.is_relative_to(aside.resolve()):
                    raise Refused(
                        _("%(file)s has a file that points outside. Nothing was restored.") % {"file": source}
                    )
                path.parent.mkdir(parents=True, exist_ok=True)
                found[entry.name] = _copy(inner, path)
                tell(min(stream.tell() / size, 0.99), entry.name)
    except (OSError, tarfile.TarError, EOFError, ValueError) as wrong:
        raise Refused(
            _("%(file)s cannot be read as a backup (%(fault)s). Nothing was restored.")
            % {"file": source, "fault": wrong},
            field="file",
        ) from wrong
    if manifest is None or manifest.get("format") != FORMAT:
        raise Refused(
            _("%(file)s is cut off or is no backup of Lianxin. Nothing was restored.") % {"file": source}, field="file"
        )
    damaged = [name for name, facts in manifest["files"].items() if found.get(name) != facts["sha256"]]
    damaged += sorted(set(found) - set(manifest["files"]))
    if damaged:
        raise Refused(
            _("%(file)s is damaged: %(name)s is not as it was when the backup was made. Nothing was restored.")
            % {"file": source, "name": damaged[0]},
            field="file",
        )
    unknown = set(manifest["migrations"]) - set(database_copies.known_migrations())
    if unknown:
        raise Refused(
            _("The backup was made by version %(version)s, which is newer than this one. Install that version first.")
            % {"version": manifest["version"]},
            field="file",
        )
    if manifest["engine"] != database_copies.vendor():
        raise Refused(
            _("The backup holds a %(theirs)s database and this installation uses %(ours)s. Set DATABASE_URL to fit.")
            % {"theirs": manifest["engine"], "ours": database_copies.vendor()},
            field="file",
        )
    return manifest


def _copy(inner: IO[bytes], path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("wb") as stream:
        while block := inner.read(1 << 20):
            digest.update(block)
            stream.write(block)
    return digest.hexdigest()
