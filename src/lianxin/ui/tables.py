"""Tables: sorted, paged by key, with a choice of columns, and exported whole; all of it in the address."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.functional import Promise

from lianxin.ui import formats
from lianxin.ui.addresses import with_query
from lianxin.ui.parts import Empty, Figure, Good, written
from lianxin.ui.sources import (
    Ask,
    Getter,
    ListSource,
    Position,
    Row,
    Source,
    every_row,
    getter,
    read_position,
    written_position,
)

ColumnKind = Literal[
    "text", "number", "share", "change", "points", "money", "day", "month", "instant", "figure", "spark", "badge"
]
NUMERIC: frozenset[str] = frozenset({"number", "share", "change", "points", "money", "figure"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column.

    `value` reads the cell from the row (default: the field named `key`); `sort_by` names the field the source sorts by
    (default: `key`); `unit` stands in the head. `href` makes the cell a link, `explain` makes it open the panel. On a phone
    a row is a card: its head is the first column, and of the others those with `on_card` stand on it, the two figures that
    matter.
    """

    key: str
    title: str | Promise
    kind: ColumnKind = "text"
    unit: str | Promise = ""
    decimals: int | None = None
    value: Callable[[Row], Any] | None = None
    href: Callable[[Row], str | None] | None = None
    explain: Callable[[Row], str | None] | None = None
    note: Callable[[Row], str | None] | None = None
    sortable: bool = True
    sort_by: str = ""
    shown: bool = True
    on_card: bool = False
    good: Good = "up"
    help: str | Promise = ""

    @property
    def is_numeric(self) -> bool:
        return self.kind in NUMERIC

    @property
    def sorts(self) -> bool:
        return self.sortable and self.kind != "spark"

    def read(self, row: Row) -> Any:
        return getter(self.value or self.key)(row)


@dataclass(slots=True, kw_only=True)
class Head:
    column: Column
    sort_url: str
    sorted: Literal["ascending", "descending", ""]


@dataclass(slots=True, kw_only=True)
class Cell:
    column: Column
    value: Any
    text: str
    href: str
    explain_url: str
    note: str
    on_card: bool

    @property
    def figure(self) -> Figure | None:
        """The cell as a figure, where it is one or has no value: the template draws the three answers alike."""
        if isinstance(self.value, Figure):
            return self.value
        if self.column.is_numeric and self.explain_url and self.value is not None:
            return Figure(value=self.text, kind="text", explain_url=self.explain_url)
        return None


@dataclass(slots=True, kw_only=True)
class RowView:
    cells: list[Cell]
    key: str
    detail_url: str
    tone: str


@dataclass(slots=True, kw_only=True)
class TablePage:
    """One page of a table, ready to draw."""

    name: str
    title: str
    heads: list[Head]
    rows: list[RowView]
    total: int | None
    first: int
    last: int
    next_url: str
    previous_url: str
    chooser: list[tuple[Column, bool]]
    hidden: list[tuple[str, str]]
    prefix: str
    export_urls: dict[str, str]
    empty: Empty | None
    has_details: bool
    note: str = ""

    @property
    def element_id(self) -> str:
        return f"lx-table-{self.name}"


@dataclass(kw_only=True)
class Table:
    """A table as a room declares it. `prefix` keeps two tables of one page apart in the address."""

    name: str
    columns: Sequence[Column]
    source: Source | Sequence[Row]
    default_sort: str
    title: str | Promise = ""
    page_size: int = 50
    prefix: str = ""
    detail_url: Callable[[Row], str | None] | None = None
    tone: Callable[[Row], str | None] | None = None
    empty: Empty | None = None
    note: str | Promise = ""
    exports: Sequence[str] = ("xlsx", "csv")
    _by_key: Mapping[str, Column] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._by_key = {column.key: column for column in self.columns}
        if self.default_sort.lstrip("-") not in self._by_key:
            raise ValueError(f"table {self.name}: default_sort {self.default_sort!r} is not a column")

    @property
    def rows_source(self) -> Source:
        return ListSource(self.source) if isinstance(self.source, Sequence) else self.source

    def sort_of(self, query: QueryDict) -> tuple[Column, bool]:
        """The sorted column and whether it descends; an unknown column falls back to the default."""
        asked = str(query.get(f"{self.prefix}sort", "")) or self.default_sort
        column = self._by_key.get(asked.removeprefix("-"))
        if column is None or not column.sorts:
            asked = self.default_sort
            column = self._by_key[asked.removeprefix("-")]
        return column, asked.startswith("-")

    def columns_of(self, query: QueryDict) -> list[Column]:
        """The columns asked for, in the table's order; the first column, which names the row, always stays."""
        asked = {str(key) for value in query.getlist(f"{self.prefix}columns") for key in str(value).split(",")}
        if not asked & set(self._by_key):
            return [column for column in self.columns if column.shown]
        return [column for index, column in enumerate(self.columns) if index == 0 or column.key in asked]

    def page(self, query: QueryDict) -> TablePage:
        """The page that the address asks for."""
        column, descending = self.sort_of(query)
        shown = self.columns_of(query)
        source = self.rows_source
        ask = Ask(sort_by=column.sort_by or column.key, descending=descending, limit=self.page_size + 1)
        before = read_position(str(query.get(f"{self.prefix}before", "")))
        after = read_position(str(query.get(f"{self.prefix}after", "")))
        position = before or after
        backward = before is not None
        try:
            found = source.page(Ask(ask.sort_by, descending, ask.limit, position, backward))
        except (TypeError, ValueError, ValidationError):
            if position is None:
                raise
            # An address edited by hand, or kept since the sort order meant another type: start over.
            position, backward = None, False
            found = source.page(ask)
        rows = list(found.rows)
        more = len(rows) > self.page_size
        rows = rows[-self.page_size :] if backward else rows[: self.page_size]
        first = self._first(position, backward, len(rows))
        on_card = _keys_on_card(shown)
        reading = [(one, getter(one.value or one.key), one.key in on_card) for one in shown]
        by, key = getter(ask.sort_by), getter(source.key)
        next_url = previous_url = ""
        if rows and (more or backward):
            next_url = self._turned(query, after=Position(by(rows[-1]), key(rows[-1]), first - 1 + len(rows)))
        if rows and first > 1 and (more or not backward):
            previous_url = self._turned(query, before=Position(by(rows[0]), key(rows[0]), first - 1))
        if backward and not rows:
            previous_url = ""
        return TablePage(
            name=self.name,
            title=str(self.title),
            heads=[self._head(query, one, column, descending) for one in shown],
            rows=[self._row(row, reading, key) for row in rows],
            total=found.total,
            first=first if rows else 0,
            last=first - 1 + len(rows) if rows else 0,
            next_url=next_url,
            previous_url=previous_url,
            chooser=[(one, one in shown) for one in self.columns],
            hidden=self._hidden(query),
            prefix=self.prefix,
            export_urls={kind: self._export_url(query, kind) for kind in self.exports},
            empty=self.empty,
            has_details=self.detail_url is not None,
            note=str(self.note),
        )

    def rows_to_export(self, query: QueryDict) -> Iterator[Row]:
        """Every row in the order on the screen."""
        column, descending = self.sort_of(query)
        return every_row(self.rows_source, Ask(column.sort_by or column.key, descending, 0))

    def _first(self, position: Position | None, backward: bool, n_rows: int) -> int:
        if position is None:
            return 1
        return max(1, position.seen - n_rows + 1) if backward else position.seen + 1

    def _turned(self, query: QueryDict, *, after: Position | None = None, before: Position | None = None) -> str:
        return with_query(
            query,
            {
                f"{self.prefix}after": written_position(after) if after else None,
                f"{self.prefix}before": written_position(before) if before else None,
            },
        )

    def _hidden(self, query: QueryDict) -> list[tuple[str, str]]:
        dropped = {f"{self.prefix}{key}" for key in ("columns", "after", "before", "export")}
        return [(key, str(value)) for key, values in query.lists() if key not in dropped for value in values]

    def _export_url(self, query: QueryDict, kind: str) -> str:
        return with_query(
            query, {f"{self.prefix}export": kind, f"{self.prefix}after": None, f"{self.prefix}before": None}
        )

    def _head(self, query: QueryDict, column: Column, sorted_column: Column, descending: bool) -> Head:
        is_sorted = column.key == sorted_column.key
        # A number is first wanted from its large end, a name from its beginning.
        starts_descending = column.is_numeric
        turns_descending = not descending if is_sorted else starts_descending
        sort_url = ""
        if column.sorts:
            asked = ("-" if turns_descending else "") + column.key
            sort_url = with_query(
                query, {f"{self.prefix}sort": asked, f"{self.prefix}after": None, f"{self.prefix}before": None}
            )
        return Head(
            column=column, sort_url=sort_url, sorted=("descending" if descending else "ascending") if is_sorted else ""
        )

    def _row(self, row: Row, reading: Sequence[tuple[Column, Getter, bool]], key: Getter) -> RowView:
        return RowView(
            cells=[_cell(column, row, read(row), on_card) for column, read, on_card in reading],
            key=str(key(row)),
            detail_url=(self.detail_url(row) or "") if self.detail_url else "",
            tone=(self.tone(row) or "") if self.tone else "",
        )


def _keys_on_card(shown: Sequence[Column]) -> frozenset[str]:
    """The columns on a phone's card: those that say so, else the first two numbers, else the first two of any kind."""
    rest = shown[1:]
    said = [column.key for column in rest if column.on_card]
    numbers = [column.key for column in rest if column.is_numeric]
    return frozenset(said or numbers[:2] or [column.key for column in rest[:2]])


def _cell(column: Column, row: Row, value: Any, on_card: bool) -> Cell:
    return Cell(
        column=column,
        value=value,
        text=cell_text(column, value),
        href=(column.href(row) or "") if column.href else "",
        explain_url=(column.explain(row) or "") if column.explain else "",
        note=(column.note(row) or "") if column.note else "",
        on_card=on_card,
    )


def cell_text(column: Column, value: Any) -> str:
    """The value as written on the screen; the unit stands in the head. An empty string where there is no value."""
    if value is None:
        return ""
    if isinstance(value, Figure):
        return value.short
    if isinstance(value, datetime):
        return formats.instant(value) if column.kind == "instant" else formats.day(value)
    if isinstance(value, date):
        return formats.month(value) if column.kind == "month" else formats.day(value)
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        match column.kind:
            case "share" | "change" | "points":
                return written(value, column.kind, "", column.decimals)
            case "money":
                return formats.number(value, 2 if column.decimals is None else column.decimals)
            case "number":
                return formats.number(value, column.decimals or 0)
    return str(value)
