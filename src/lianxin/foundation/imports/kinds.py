"""Kinds of files that can come in. A room declares its kinds in `imports.py` and registers them in `apps.py`."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from lianxin.foundation import access
from lianxin.foundation.errors import Denied, Refused
from lianxin.foundation.imports.cells import Formats, Reader
from lianxin.foundation.imports.files import Opened
from lianxin.foundation.imports.mapping import KindMapping
from lianxin.foundation.models import Company, ImportBatch, User

Tell = Callable[[int, int | None], None]


def tell_nobody(done: int, total: int | None) -> None:
    """Progress that nobody waits for."""


@dataclass(frozen=True)
class Column:
    """A canonical column: how a cell is read, and whether file and row must have it."""

    name: str
    read: Reader
    required: bool = False


@dataclass(frozen=True)
class Refusal:
    """A row that was not taken, and why: `line` in the file, our `column`, the `value` that stood there, the sentence."""

    line: int
    column: str
    value: str
    reason: str
    cells: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Intake:
    """All that a kind needs to know about a file that is to come in.

    is_trial : nothing will be committed, so nothing need be prepared for it
    """

    company: Company
    opened: Opened
    mapping: KindMapping
    formats: Formats
    batch_id: str
    is_correction: bool
    is_trial: bool
    at: datetime
    by: User | None
    scratch: Path
    tell: Tell = tell_nobody


@dataclass
class Plan(ABC):
    """What taking a file would do, computed and not yet done. n_accepted + n_refused + n_duplicate = n_read.

    head : the columns of the file, for the file of refused rows; ignored : those that no one reads
    about : what the batch keeps beside its counts, as JSON
    """

    n_read: int = 0
    n_accepted: int = 0
    n_refused: int = 0
    n_duplicate: int = 0
    head: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    about: dict[str, Any] = field(default_factory=dict)

    @abstractmethod
    def refusals(self) -> Iterable[Refusal]:
        """Every refused row, by line."""

    @abstractmethod
    def commit(self, batch: ImportBatch) -> None:
        """Do it. For facts in the lake the Delta commit; for rows of the database, inside the caller's transaction."""

    def close(self) -> None:  # noqa: B027 - most plans hold nothing
        """Let go of whatever was prepared, committed or not."""


class Kind(ABC):
    """A kind of file. Either `rows.RowKind` or a LakeKind.

    verb : who may bring files of it and take them out again
    """

    name: str
    title: str | Promise
    columns: tuple[Column, ...]
    verb: str = "imports.run"

    def require(self, by: User, company: Company) -> None:
        """Let through whoever may bring files of this kind.

        Raises
        ------
        Denied : the post may not, or whatever else the kind asks is not so.
        """
        access.require(by, self.verb, company)

    def require_undo(self, batch: ImportBatch, by: User) -> None:
        """Let through whoever may take a batch of this kind out again. Raises Denied as `require`."""
        self.require(by, batch.company)

    def require_reading(self, by: User, company: Company) -> None:  # noqa: B027 - most kinds hide nothing
        """Let through whoever may see refused rows of this kind, beside the verb for batches. Raises Denied."""

    @abstractmethod
    def undo(self, batch: ImportBatch) -> None:
        """Take the batch's rows out, inside the caller's transaction for rows of the database.

        Raises
        ------
        Refused : something newer builds on them; the sentence says what to undo first.
        """


class LakeKind(Kind):
    """A kind whose facts are committed to the lake, so that its batch is PREPARED before and COMMITTED after."""

    @abstractmethod
    def plan(self, intake: Intake) -> Plan:
        """What taking the file would do.

        Raises
        ------
        Refused : the file cannot be read, or lacks a required column; nothing is changed.
        """

    @abstractmethod
    def turn(self, company: Company) -> AbstractContextManager[bool]:
        """The turn of one process at the company's facts of this kind; held while a batch is undone."""

    def reconcile(self, company: Company, at: datetime) -> list[str]:
        """Settle what a killed process left; sentences about it. Called before a file is looked at."""
        return []

    def follow_up(self, batch: ImportBatch, tell: Tell) -> list[str]:
        """Renew whatever depends on a batch that came in or was undone; sentences about what was done."""
        return []


_KINDS: dict[str, Kind] = {}
ORDER = (
    "units", "people", "retailers", "goods", "territories", "targets", "orders", "visits", "stock_counts", "witnesses", "checks",
    "supplies", "supply_requests", "allocations",
    "supplier_agreements", "satisfaction",
)  # fmt: skip


def register(*kinds: Kind) -> None:
    """Called in a room's `apps.py`."""
    for kind in kinds:
        _KINDS[kind.name] = kind


def all_kinds() -> Iterator[Kind]:
    """Every kind, in the order in which a company brings its files in."""
    known = [name for name in ORDER if name in _KINDS]
    for name in [*known, *sorted(set(_KINDS) - set(known))]:
        yield _KINDS[name]


def kinds_for(by: User, company: Company) -> list[Kind]:
    """The kinds of which somebody may bring files."""
    return [kind for kind in all_kinds() if may(kind.require, by, company)]


def may(require: Callable[..., None], *asked: Any) -> bool:
    """Whether a `require` lets through."""
    try:
        require(*asked)
    except Denied:
        return False
    return True


def kind_of(name: str) -> Kind:
    """The kind of that name.

    Raises
    ------
    Refused : there is none.
    """
    if name not in _KINDS:
        raise Refused(
            _("There is no kind of file “%(name)s”. Kinds: %(known)s.")
            % {"name": name, "known": ", ".join(kind.name for kind in all_kinds())},
            field="kind",
        )
    return _KINDS[name]
