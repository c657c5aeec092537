"""Mappings: how the columns, words and units of somebody's file become ours. A TOML file; docs/explanation/imports.md tells how.

Shipped ones are called by name (`linjiang`, `iowa`, `iowa-portal`), a company's own ones too (`stored`), others by their path.
"""

import re
import tomllib
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext as _

from lianxin.foundation.errors import Refused
from lianxin.foundation.imports.cells import Formats, decimal, plain

SHIPPED: Final = Path(__file__).parent / "mappings"
SIZE_LIMIT: Final = 256 << 10
POINT = re.compile(r"\(\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*\)")
WELL_KNOWN_POINT = re.compile(r"POINT\s*\(\s*(-?\d+(?:\.\d+)?)\s+(-?\d+(?:\.\d+)?)\s*\)")
NO_FORMATS: Final = Formats()


@dataclass(frozen=True)
class Factor:
    """What a number is multiplied by: one number, or one by the word that stands in `unit_column`."""

    fixed: int = 1
    unit_column: str = ""
    by_unit: Dictionary[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Computed:
    """A column made from another one: `latitude` or `longitude` of a place written as text, or `bands` of a number.

    bands : pairs (from, word), ascending; a number belongs to the last band it reaches
    """

    use: str
    of: str
    bands: tuple[tuple[float, str], ...] = ()

    def value(self, raw: Any) -> str:
        """The computed cell; "" when the other cell says nothing.

        Raises
        ------
        CellWrong : the other cell cannot be read.
        """
        written = plain(raw)
        if not written:
            return ""
        if self.use == "bands":
            # Only the sign of the currency may stand beside the number here.
            number = decimal(written.lstrip("$¥￥€£ "), NO_FORMATS)
            reached = [word for start, word in self.bands if number >= start]
            return reached[-1] if reached else ""
        found = POINT.search(written)
        if found:
            return found[1] if self.use == "latitude" else found[2]
        found = WELL_KNOWN_POINT.search(written)
        if found:
            return found[2] if self.use == "latitude" else found[1]
        return ""


@dataclass(frozen=True)
class Emission:
    """One of the rows that a line of the file becomes.

    when : foreign column -> the words for which this row is made; empty: always
    constants : our column -> what stands in it, whatever the file says
    empty : our columns that are left empty here
    columns : our column -> the foreign column it is read from here, for files with a column for each of several rows of ours
    """

    when: Dictionary[str, tuple[str, ...]] = field(default_factory=dict)
    constants: Dictionary[str, str] = field(default_factory=dict)
    empty: frozenset[str] = frozenset()
    columns: Dictionary[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class KindMapping:
    """The part of a mapping that concerns one kind of file. Everything is keyed by our column.

    only_changes : rows that say what was already true are duplicates, not new versions (files of events, not of versions)
    """

    columns: Dictionary[str, tuple[str, ...]] = field(default_factory=dict)
    values: Dictionary[str, Dictionary[str, str]] = field(default_factory=dict)
    factors: Dictionary[str, Factor] = field(default_factory=dict)
    computed: Dictionary[str, Computed] = field(default_factory=dict)
    emissions: tuple[Emission, ...] = (Emission(),)
    formats: Formats = NO_FORMATS
    only_changes: bool = False

    @property
    def constant_columns(self) -> frozenset[str]:
        """Our columns that have a value whatever the file holds."""
        return frozenset.intersection(*(frozenset(emission.constants) for emission in self.emissions))

    @property
    def columns_of_rows(self) -> frozenset[str]:
        """Foreign columns of which each is read for some of the rows that a line becomes."""
        return frozenset(name for emission in self.emissions for name in emission.columns.values())

    @property
    def told_by_rows(self) -> frozenset[str]:
        """Our columns that every row which a line becomes reads from a column of its own."""
        return frozenset.intersection(*(frozenset(emission.columns) for emission in self.emissions))

    def foreign_names(self, column: str) -> tuple[str, ...]:
        """The names under which our column may stand in the file, the mapping's before our own."""
        return (*self.columns.get(column, ()), column)

    @property
    def used_foreign(self) -> frozenset[str]:
        """Foreign columns that the mapping reads beside those it renames."""
        used = {computed.of for computed in self.computed.values()}
        used |= {factor.unit_column for factor in self.factors.values() if factor.unit_column}
        return frozenset(used | self.columns_of_rows | {name for emission in self.emissions for name in emission.when})


@dataclass(frozen=True)
class Mapping:
    """A whole mapping. `text` is its source, for the content hash; "" for the canonical columns."""

    name: str
    title: str = ""
    text: str = ""
    kinds: Dictionary[str, KindMapping] = field(default_factory=dict)

    def of_kind(self, kind: str) -> KindMapping:
        """The part for a kind of file.

        Raises
        ------
        Refused : the mapping does not know files of this kind.
        """
        if not self.text:
            return KindMapping()
        if kind not in self.kinds:
            raise Refused(
                _("The mapping “%(mapping)s” does not know files of %(kind)s; it knows %(known)s.")
                % {"mapping": self.name, "kind": kind, "known": ", ".join(self.kinds) or "—"},
                field="mapping",
            )
        return self.kinds[kind]


CANONICAL: Final = Mapping(name="")


def shipped_names() -> list[str]:
    """Names of the mappings that come with the program."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def load(name: str) -> Mapping:
    """The shipped mapping of that name; "" means canonical columns.

    Raises
    ------
    Refused : there is none.
    """
    if not name:
        return CANONICAL
    if name not in shipped_names():
        raise unknown(name, shipped_names())
    return parse((SHIPPED / f"{name}.toml").read_text("utf-8"), name)


def unknown(name: str, known: list[str]) -> Refused:
    """The refusal of a name that no mapping has."""
    return Refused(
        _("There is no mapping “%(name)s”. Known ones: %(known)s.") % {"name": name, "known": ", ".join(known)},
        field="mapping",
    )


def read_file(path: Path) -> Mapping:
    """The mapping in a file, called by the file's name.

    Raises
    ------
    Refused : it is too large, not UTF-8, or not a mapping; the sentence says where it is wrong.
    """
    if path.stat().st_size > SIZE_LIMIT:
        raise Refused(_("“%(name)s” is too large to be a mapping.") % {"name": path.name}, field="mapping")
    return parse(decoded(path.read_bytes(), path.name), path.stem)


def decoded(content: bytes, name: str) -> str:
    """The text of a mapping's file. Raises Refused where it is not UTF-8."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(_("The mapping “%(name)s” must be UTF-8 text.") % {"name": name}, field="mapping") from error


def parse(text: str, name: str) -> Mapping:
    """The mapping written in `text`."""
    try:
        tree = tomllib.loads(text)
        title = str(tree.pop("title", name))
        kinds = {kind: _kind(kind, part) for kind, part in tree.items()}
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Refused(
            _("The mapping “%(name)s” is not TOML: %(fault)s.") % {"name": name, "fault": error}, field="mapping"
        ) from error
    except _MappingWrong as error:
        raise Refused(
            _("The mapping “%(name)s” is wrong at %(fault)s.") % {"name": name, "fault": error}, field="mapping"
        ) from error
    return Mapping(name=name, title=title, text=text, kinds=kinds)


class _MappingWrong(Exception):
    """Where a mapping is wrong, and what should stand there."""


def _table(part: Any, where: str) -> dict[str, Any]:
    if not isinstance(part, dict):
        raise _MappingWrong(f"{where}: a table is wanted")
    return part


def _texts(part: Any, where: str) -> tuple[str, ...]:
    if not isinstance(part, list):
        raise _MappingWrong(f"{where}: a list of texts is wanted")
    return tuple(map(str, part))


def _kind(kind: str, part: Any) -> KindMapping:
    tree = dict(_table(part, kind))
    columns = {
        column: tuple(map(str, names)) if isinstance(names, list) else (str(names),)
        for column, names in _table(tree.pop("columns", {}), f"{kind}.columns").items()
    }
    values = {
        column: {str(word): str(code) for word, code in _table(words, f"{kind}.values.{column}").items()}
        for column, words in _table(tree.pop("values", {}), f"{kind}.values").items()
    }
    factors = {
        column: _factor(given, f"{kind}.factors.{column}")
        for column, given in _table(tree.pop("factors", {}), f"{kind}.factors").items()
    }
    computed = {
        column: _computed(given, f"{kind}.computed.{column}")
        for column, given in _table(tree.pop("computed", {}), f"{kind}.computed").items()
    }
    constants = {c: str(v) for c, v in _table(tree.pop("constants", {}), f"{kind}.constants").items()}
    rows = tree.pop("rows", [{}])
    if not isinstance(rows, list) or not rows:
        raise _MappingWrong(f"{kind}.rows: a list of tables is wanted")
    emissions = tuple(_emission(row, constants, f"{kind}.rows") for row in rows)
    formats = Formats(
        dates=_texts(tree.pop("dates", []), f"{kind}.dates"),
        currency_signs=_texts(tree.pop("currency_signs", []), f"{kind}.currency_signs"),
    )
    only_changes = bool(tree.pop("only_changes", False))
    if tree:
        raise _MappingWrong(f"{kind}.{next(iter(tree))}: no such setting")
    return KindMapping(columns, values, factors, computed, emissions, formats, only_changes)


def _factor(given: Any, where: str) -> Factor:
    if isinstance(given, int) and not isinstance(given, bool) and given > 0:
        return Factor(fixed=given)
    tree = dict(_table(given, where))
    unit_column = str(tree.pop("column", ""))
    if not unit_column or not tree or not all(type(number) is int and number > 0 for number in tree.values()):
        raise _MappingWrong(f"{where}: a whole number, or a table with `column` and a whole number for each unit")
    return Factor(unit_column=unit_column, by_unit=tree)


def _computed(given: Any, where: str) -> Computed:
    tree = _table(given, where)
    use, of = tree.get("use"), tree.get("of")
    if use not in ("latitude", "longitude", "bands") or not isinstance(of, str):
        raise _MappingWrong(f"{where}: `use` is latitude, longitude or bands; `of` names a column of the file")
    bands = tree.get("bands", [])
    if not isinstance(bands, list):
        raise _MappingWrong(f"{where}: `bands` is a list of [from, word], ascending")
    ordered = [pair[0] for pair in bands if isinstance(pair, list) and len(pair) == 2 and type(pair[0]) in (int, float)]
    if use == "bands" and (not bands or len(ordered) != len(bands) or ordered != sorted(ordered)):
        raise _MappingWrong(f"{where}: `bands` is a list of [from, word], ascending")
    return Computed(use, of, tuple((float(start), str(word)) for start, word in bands))


def _emission(row: Any, constants: dict[str, str], where: str) -> Emission:
    tree = dict(_table(row, where))
    when = {
        column: tuple(map(str, words)) if isinstance(words, list) else (str(words),)
        for column, words in _table(tree.pop("when", {}), f"{where}.when").items()
    }
    own = {column: str(value) for column, value in _table(tree.pop("constants", {}), f"{where}.constants").items()}
    empty = frozenset(_texts(tree.pop("empty", []), f"{where}.empty"))
    columns = {column: str(name) for column, name in _table(tree.pop("columns", {}), f"{where}.columns").items()}
    if tree:
        raise _MappingWrong(f"{where}.{next(iter(tree))}: no such setting")
    return Emission(when, {**constants, **own}, empty, columns)
