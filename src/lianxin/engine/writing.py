"""Writes that a killed process cannot leave half-done: files first, under a token that dies with the process.

Every write holds a lock file named by its token as long as it lives; the system lets the lock go when the process dies, however
it dies. Files of a token whose lock is free and that no version names are orphans.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from uuid import uuid4

LOCK_ENDING: Final = ".lock"


class Write:
    """A write in progress: it names its files and keeps its lock until `close`."""

    def __init__(self, pending: Path) -> None:
        pending.mkdir(parents=True, exist_ok=True)
        self.token = uuid4().hex
        self._lock = pending / f"{self.token}{LOCK_ENDING}"
        self._descriptor = os.open(self._lock, os.O_CREAT | os.O_RDWR)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        self._count = 0
        self._claimed: list[Path] = []

    def next_name(self) -> str:
        """The name of the next file of this write."""
        self._count += 1
        return f"{self.token}-{self._count}.parquet"

    def claim(self, path: Path) -> Path:
        """The path, whose file `close` removes unless `keep` was said before."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._claimed.append(path)
        return path

    def keep(self) -> None:
        """The files are named by a commit now."""
        self._claimed.clear()

    def close(self) -> None:
        """End the write: nothing of it is left but what was committed."""
        for path in self._claimed:
            path.unlink(missing_ok=True)
        self._claimed.clear()
        if self._descriptor >= 0:
            self._lock.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = -1


def dead_tokens(pending: Path) -> Iterator[str]:
    """Tokens of writes whose process is gone. The lock file of each is removed after the caller has dealt with it."""
    for lock in sorted(pending.glob(f"*{LOCK_ENDING}")):
        descriptor = os.open(lock, os.O_RDWR)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            continue
        yield lock.name.removesuffix(LOCK_ENDING)
        lock.unlink(missing_ok=True)
        os.close(descriptor)


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Only one holder at a time, in this process and in all others."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def replace_text(path: Path, text: str) -> None:
    """Write a small file so that a reader sees the old or the new text, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{uuid4().hex}")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
