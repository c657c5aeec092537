"""One closing of a month at a time, and a lock that a killed process does not keep for ever."""

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from lianxin.appraisal.models import ClosingLock
from lianxin.foundation import beating, clock
from lianxin.foundation.errors import Refused
from lianxin.foundation.models import Company
from lianxin.foundation.uuids import uuid7

log = logging.getLogger(__name__)
STALE_AFTER: Final = timedelta(seconds=60)


def started(pid: int) -> str:
    """When a process of this machine started, in the system's own ticks; "" where it is gone or cannot be told.

    A number alone would not do: it is given to another process some time after its owner died.
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return text.rpartition(")")[2].split()[19]


def identity() -> tuple[str, str]:
    """This machine and this process."""
    return socket.gethostname(), f"{os.getpid()}:{started(os.getpid())}"


def is_dead(lock: ClosingLock) -> bool:
    """Whether the owner of a lock is gone: known at once on this machine, elsewhere after a minute of silence."""
    host, _own = identity()
    pid, _colon, start = lock.process.partition(":")
    if lock.host == host and start and pid.isdecimal():
        return started(int(pid)) != start
    # The only reading of the clock in this room: whether somebody is alive is no part of any result.
    return lock.alive_at < clock.now() - STALE_AFTER


@contextmanager
def month_lock(company: Company, month: date) -> Iterator[None]:
    """Hold the lock of a month while the block runs.

    Raises
    ------
    Refused : another closing of the month is running.
    """
    token = uuid7()
    _take(company, month, token)
    try:
        with beating.signs_of_life(
            lambda: ClosingLock.objects.filter(token=token).update(alive_at=clock.now()),
            stale_after=STALE_AFTER,
            of=f"the closing of {month:%Y-%m}",
        ):
            yield
    finally:
        ClosingLock.objects.filter(token=token).delete()


def _take(company: Company, month: date, token: str) -> None:
    host, process_id = identity()
    mine = {"token": token, "host": host, "process": process_id, "alive_at": clock.now()}
    try:
        with transaction.atomic():
            ClosingLock.objects.create(company=company, month=month, **mine)
        return
    except IntegrityError:
        held = ClosingLock.objects.filter(company=company, month=month).first()
    # Taking over is one conditional UPDATE, so that of two who find the same dead lock only one gets it.
    if held is not None and is_dead(held) and ClosingLock.objects.filter(pk=held.pk, token=held.token).update(**mine):
        log.warning("took over the closing of %s, whose process %s on %s is gone", month, held.process, held.host)
        return
    if held is None:
        _take(company, month, token)
        return
    raise Refused(
        _("%(month)s is being closed right now. Wait until that run is done and look at its result.")
        % {"month": f"{month:%Y-%m}"},
        field="month",
    )
