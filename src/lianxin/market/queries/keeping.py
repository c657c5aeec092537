"""Answers kept in memory as long as memory allows.

An answer is a pure function of table versions and of the question, and both are in its key, so a kept answer is never wrong; it is
dropped when memory is wanted. Several users who ask the same at once wait for one computation.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Final, TypeVar

import pyarrow as pa

KEPT_BYTES: Final = 256 * 2**20


def _size(made: Any) -> int:
    return len(made) if isinstance(made, bytes) else int(made.nbytes)


Kept = TypeVar("Kept", pa.Table, bytes)


class Shelf:
    """Arrow tables and bytes by key, the least recently used dropped first when they outgrow `most_bytes`."""

    def __init__(self, most_bytes: int = KEPT_BYTES) -> None:
        self.most_bytes = most_bytes
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._working: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()
        self._bytes = 0

    def get(self, key: Hashable, make: Callable[[], Kept]) -> Kept:
        """What is kept under a key, made at most once at a time."""
        found: Kept | None = self._found(key)
        if found is not None:
            return found
        with self._lock:
            turn = self._working.setdefault(key, threading.Lock())
        try:
            with turn:
                found = self._found(key)
                if found is None:
                    found = make()
                    self._keep(key, found)
        finally:
            with self._lock:
                self._working.pop(key, None)
        return found

    def _found(self, key: Hashable) -> Any:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            return None

    def _keep(self, key: Hashable, made: Any) -> None:
        with self._lock:
            if key not in self._kept:
                self._kept[key] = made
                self._bytes += _size(made)
            while self._bytes > self.most_bytes and len(self._kept) > 1:
                _old, dropped = self._kept.popitem(last=False)
                self._bytes -= _size(dropped)


SHELF: Final = Shelf()
