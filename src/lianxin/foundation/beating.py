"""Signs of life: written again and again beside long work, so that others see that whoever does it lives."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import Error, connection

log = logging.getLogger(__name__)
BEATS_BEFORE_STALE = 4


@contextmanager
def signs_of_life(write: Callable[[], object], *, stale_after: timedelta, of: str) -> Iterator[None]:
    """Call `write` in a thread of its own, four times before it would count as dead, while the block runs.

    A sign that cannot be written (another holds the database for longer than one waits, the connection broke) is told in the
    log and tried again by a fresh connection: a thread that ended there would have its work taken up a second time.
    """
    stop = threading.Event()

    def beat() -> None:
        try:
            while not stop.wait(stale_after.total_seconds() / BEATS_BEFORE_STALE):
                try:
                    write()
                except Error as fault:
                    log.warning("the sign of life of %s could not be written (%s); it is tried again", of, fault)
                    connection.close()
        finally:
            connection.close()

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
