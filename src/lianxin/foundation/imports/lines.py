"""Turns the rows of a sheet into canonical entries under a mapping, or into refusals that say where and why."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from lianxin.foundation.errors import Refused
from lianxin.foundation.imports.cells import CellWrong, Formats, plain
from lianxin.foundation.imports.kinds import Column, Refusal
from lianxin.foundation.imports.mapping import Emission, KindMapping

Entry = dict[str, Any]


@dataclass(frozen=True)
class Line:
    """A row of the file that could be read. `entries`: the canonical rows it becomes, mostly one; cells as they came."""

    number: int
    entries: tuple[Entry, ...]
    cells: tuple[Any, ...]


@dataclass(frozen=True)
class Binding:
    """Which column of the file each canonical column is read from.

    source : our column -> index in the file; given : our columns that the file or the mapping says anything about
    """

    head: tuple[str, ...]
    source: dict[str, int]
    given: frozenset[str]
    ignored: tuple[str, ...]
    foreign: dict[str, int]


def known_names(columns: Sequence[Column], mapping: KindMapping) -> frozenset[str]:
    """Every name that a column of the file may have to be read."""
    names = {name for column in columns for name in mapping.foreign_names(column.name)}
    return frozenset(names) | mapping.used_foreign


def bind(head: Sequence[str], columns: Sequence[Column], mapping: KindMapping) -> Binding:
    """The binding of a file's head.

    Raises
    ------
    Refused : a required column is missing; the sentence names it and the columns that were found.
    """
    index: dict[str, int] = {}
    folded: dict[str, int] = {}
    for number, name in enumerate(head):
        index.setdefault(name, number)
        folded.setdefault(name.casefold(), number)
    source: dict[str, int] = {}
    for column in columns:
        for name in mapping.foreign_names(column.name):
            found = index.get(name, folded.get(name.casefold()))
            if found is not None:
                source[column.name] = found
                break
    foreign = {name: index[name] for name in mapping.used_foreign if name in index}
    computed = {name for name, how in mapping.computed.items() if how.of in foreign}
    given = frozenset(source) | computed | mapping.constant_columns | mapping.told_by_rows
    for name in sorted(mapping.columns_of_rows - set(index)):
        raise Refused(
            _("The file lacks the column %(missing)s. Columns found: %(found)s. Nothing was changed.")
            % {"missing": f"“{name}”", "found": ", ".join(f"“{one}”" for one in head) or "—"},
            field="mapping",
        )
    missing = [column for column in columns if column.required and column.name not in given]
    if missing:
        raise Refused(
            _("The file lacks the column %(missing)s. Columns found: %(found)s. Nothing was changed.")
            % {
                "missing": ", ".join(_wanted(column, mapping) for column in missing),
                "found": ", ".join(f"“{name}”" for name in head) or "—",
            },
            field=missing[0].name,
        )
    used = set(source.values()) | set(foreign.values())
    ignored = tuple(name for number, name in enumerate(head) if number not in used)
    return Binding(tuple(head), source, given, ignored, foreign)


def _wanted(column: Column, mapping: KindMapping) -> str:
    names = mapping.columns.get(column.name, ())
    return f"“{names[0]}” ({column.name})" if names else f"“{column.name}”"


class Interpreter:
    """Reads the cells of one file."""

    def __init__(self, columns: Sequence[Column], binding: Binding, mapping: KindMapping, formats: Formats) -> None:
        self._columns = columns
        self._binding = binding
        self._mapping = mapping
        self._formats = formats

    def read(self, number: int, cells: list[Any]) -> Line | Refusal:
        """The row as entries, or the first reason why it cannot be taken."""
        width = len(self._binding.head)
        if len(cells) > width and any(plain(cell) for cell in cells[width:]):
            reason = _("The row has %(n)s cells, the head names %(width)s. Is there a separator inside a text?") % {
                "n": len(cells),
                "width": width,
            }
            return Refusal(number, "", "", reason, tuple(cells))
        if len(cells) < width:
            cells = cells + [None] * (width - len(cells))
        entries = []
        for emission in self._mapping.emissions:
            if not self._applies(emission, cells):
                continue
            entry = self._entry(number, cells, emission)
            if isinstance(entry, Refusal):
                return entry
            entries.append(entry)
        if not entries:
            return Refusal(number, "", "", _("The mapping makes nothing of this row."), tuple(cells))
        return Line(number, tuple(entries), tuple(cells))

    def _applies(self, emission: Emission, cells: list[Any]) -> bool:
        for name, words in emission.when.items():
            index = self._binding.foreign.get(name)
            if index is None or plain(cells[index]) not in words:
                return False
        return True

    def _entry(self, number: int, cells: list[Any], emission: Emission) -> Entry | Refusal:
        entry: Entry = {}
        for column in self._columns:
            name = column.name
            if name not in self._binding.given and name not in emission.constants and name not in emission.columns:
                continue
            raw: Any = None
            try:
                raw = self._raw(name, cells, emission)
                if plain(raw) == "":
                    if column.required:
                        raise CellWrong(_("It is empty, and must not be."))
                    entry[name] = None
                else:
                    entry[name] = self._multiplied(name, column.read(raw, self._formats), cells)
            except CellWrong as wrong:
                return Refusal(number, name, plain(raw), str(wrong), tuple(cells))
        return entry

    def _raw(self, name: str, cells: list[Any], emission: Emission) -> Any:
        if name in emission.empty:
            return None
        if name in emission.constants:
            return emission.constants[name]
        if name in self._mapping.computed:
            computed = self._mapping.computed[name]
            return computed.value(cells[self._binding.foreign[computed.of]])
        own = emission.columns.get(name)
        raw = cells[self._binding.source[name] if own is None else self._binding.foreign[own]]
        words = self._mapping.values.get(name)
        return words.get(plain(raw), raw) if words else raw

    def _multiplied(self, name: str, value: Any, cells: list[Any]) -> Any:
        factor = self._mapping.factors.get(name)
        if factor is None:
            return value
        if not factor.unit_column:
            return value * factor.fixed
        index = self._binding.foreign.get(factor.unit_column)
        unit = plain(cells[index]) if index is not None else ""
        if unit not in factor.by_unit:
            known = ", ".join(factor.by_unit)
            raise CellWrong(
                _("Its unit “%(unit)s” is not known to the mapping; known: %(known)s.") % {"unit": unit, "known": known}
            )
        return value * factor.by_unit[unit]


def shown(entry: Entry, columns: Sequence[str]) -> str:
    """Some columns of an entry in one line, for sentences that show two contents side by side."""
    return ", ".join(f"{name}={_shown(name, entry.get(name))}" for name in columns)


def _shown(name: str, value: Any) -> str:
    # Entries hold money as hundredths; people read and write it with two places.
    if isinstance(value, int) and (name.endswith("_price") or name == "amount"):
        return f"{value / 100:.2f}"
    return plain(value) or "—"


def sorted_refusals(refusals: dict[int, Refusal]) -> Iterator[Refusal]:
    """Refusals by line."""
    for number in sorted(refusals):
        yield refusals[number]
