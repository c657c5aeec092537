"""Where a table's rows come from, asked for one page at a time by key and never by offset."""

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from django.db.models import F, Q, QuerySet

Row = Any
Getter = Callable[[Row], Any]


def getter(of: str | Getter) -> Getter:
    """Reads a named field from a mapping or an object; `__` and `.` go deeper; an absent step gives None."""
    if callable(of):
        return of
    steps = of.replace("__", ".").split(".")

    def read(row: Row) -> Any:
        if isinstance(row, dict) and of in row:
            return row[of]
        for step in steps:
            if row is None:
                return None
            row = row.get(step) if isinstance(row, dict) else getattr(row, step, None)
        return row

    return read


class Position(NamedTuple):
    """The last (or first) row seen: its value in the sorted column and its key, and how many rows stood before it."""

    value: Any
    key: Any
    seen: int = 0


@dataclass(frozen=True, slots=True)
class Ask:
    """One page of rows: at most `limit`, sorted by `sort_by` then by key ascending, empty values last.

    With `position`, rows after it; with `backward`, the `limit` rows just before it, still in the table's order.
    """

    sort_by: str
    descending: bool
    limit: int
    position: Position | None = None
    backward: bool = False


class Slice(NamedTuple):
    rows: Sequence[Row]
    total: int | None


class Source(Protocol):
    """What a table needs of its rows. `key` names the unique column that settles ties."""

    key: str

    def page(self, ask: Ask) -> Slice: ...


def every_row(source: Source, ask: Ask, chunk: int = 2000) -> Iterator[Row]:
    """All rows in order, read chunk by chunk, so that an export of a million lines does not stand in memory."""
    by, key = getter(ask.sort_by), getter(source.key)
    ask = replace(ask, limit=chunk, position=None, backward=False)
    while True:
        rows = source.page(ask).rows
        yield from rows
        if len(rows) < chunk:
            return
        ask = replace(ask, position=Position(by(rows[-1]), key(rows[-1])))


class ListSource:
    """Rows already in memory: dicts or objects."""

    def __init__(self, rows: Sequence[Row], *, key: str = "id") -> None:
        self.rows = rows
        self.key = key
        self._sorted: tuple[str, bool, list[Row]] | None = None

    def page(self, ask: Ask) -> Slice:
        ordered = self._in_order(ask)
        if ask.position is None:
            return Slice(ordered[-ask.limit :] if ask.backward else ordered[: ask.limit], len(ordered))
        by, key = getter(ask.sort_by), getter(self.key)
        after = _comes_after(ask, ask.position)
        if ask.backward:
            here = Position(ask.position.value, ask.position.key)
            before = [row for row in ordered if not after(by(row), key(row)) and (by(row), key(row)) != here[:2]]
            return Slice(before[-ask.limit :], len(ordered))
        return Slice([row for row in ordered if after(by(row), key(row))][: ask.limit], len(ordered))

    def _in_order(self, ask: Ask) -> list[Row]:
        if self._sorted is None or self._sorted[:2] != (ask.sort_by, ask.descending):
            by, key = getter(ask.sort_by), getter(self.key)
            ordered = sorted(self.rows, key=key)
            filled = [row for row in ordered if by(row) is not None]
            # Sorting twice is stable, also in reverse: ties stay in the order of the key.
            filled.sort(key=by, reverse=ask.descending)
            self._sorted = (ask.sort_by, ask.descending, filled + [row for row in ordered if by(row) is None])
        return self._sorted[2]


def _comes_after(ask: Ask, position: Position) -> Callable[[Any, Any], bool]:
    def is_after(value: Any, key: Any) -> bool:
        if (value is None) != (position.value is None):
            return value is None
        if value is not None and value != position.value:
            return bool(value < position.value) if ask.descending else bool(value > position.value)
        return bool(key > position.key)

    return is_after


class QuerySetSource:
    """Rows of the database. The queryset must already be scoped to who asks; `count=False` leaves the total out."""

    def __init__(self, queryset: QuerySet[Any, Any], *, key: str = "pk", count: bool = True) -> None:
        self.queryset = queryset
        self.key = key
        self.count = count

    def page(self, ask: Ask) -> Slice:
        by = ask.sort_by.replace(".", "__")
        rows = self.queryset
        if ask.position is not None:
            rows = rows.filter(self._beyond(by, ask, ask.position))
        nulls: dict[str, bool] = {"nulls_first": True} if ask.backward else {"nulls_last": True}
        order = F(by).asc(**nulls) if ask.descending == ask.backward else F(by).desc(**nulls)
        found = list(rows.order_by(order, f"-{self.key}" if ask.backward else self.key)[: ask.limit])
        if ask.backward:
            found.reverse()
        return Slice(found, self.queryset.count() if self.count else None)

    def _beyond(self, by: str, ask: Ask, position: Position) -> Q:
        past_key = Q(**{f"{self.key}__{'lt' if ask.backward else 'gt'}": position.key})
        if position.value is None:
            tied = Q(**{f"{by}__isnull": True}) & past_key
            return Q(**{f"{by}__isnull": False}) | tied if ask.backward else tied
        past = "gt" if ask.descending == ask.backward else "lt"
        beyond = Q(**{f"{by}__{past}": position.value}) | (Q(**{by: position.value}) & past_key)
        return beyond if ask.backward else beyond | Q(**{f"{by}__isnull": True})


class CallableSource:
    """Rows from a query of one's own, for example a keyset query on a roll-up table of the lake."""

    def __init__(self, ask: Callable[[Ask], Slice], *, key: str = "id") -> None:
        self._ask = ask
        self.key = key

    def page(self, ask: Ask) -> Slice:
        return self._ask(ask)


def _pack(value: Any) -> Any:
    match value:
        case datetime():
            return {"t": value.isoformat()}
        case date():
            return {"d": value.isoformat()}
        case Decimal():
            return {"n": str(value)}
        case UUID():
            return {"u": str(value)}
        case None | bool() | int() | float() | str():
            return value
    # numpy scalars and the like
    return value.item() if hasattr(value, "item") else str(value)


def _unpack(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    ((tag, text),) = value.items()
    read: dict[str, Callable[[str], Any]] = {
        "t": datetime.fromisoformat,
        "d": date.fromisoformat,
        "n": Decimal,
        "u": UUID,
    }
    return read[tag](text)


def written_position(position: Position) -> str:
    """The position as it stands in an address."""
    text = json.dumps(
        [_pack(position.value), _pack(position.key), position.seen], separators=(",", ":"), ensure_ascii=False
    )
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_position(text: str) -> Position | None:
    """The position in an address, or None if someone typed into it: the table then starts at its first page."""
    try:
        packed = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        value, key, index = packed
        return Position(_unpack(value), _unpack(key), int(index))
    except (ValueError, TypeError, KeyError, ArithmeticError, binascii.Error):
        return None
