"""HTML of what stands on a page hundreds of times: cells, options, icons. Drawn here: a template costs ten times as much."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from html import escape
from typing import Any

from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from lianxin.ui import formats
from lianxin.ui.filters import FilterField
from lianxin.ui.formats import Number
from lianxin.ui.icons import ICONS
from lianxin.ui.parts import Figure, Good
from lianxin.ui.pictures import spark_points
from lianxin.ui.tables import Cell, Column, RowView, TablePage

Draw = Callable[[Cell], str]
_TONES = {"plain": "lx-change lx-same", "good": "lx-change lx-good", "bad": "lx-change lx-bad"}
_ROW_TONES = {"must": ' class="lx-rowmust"', "quiet": ' class="lx-rowquiet"'}
_STATES = {"cannot_tell": "lx-untold", "not_enough_data": "lx-missing", "value": "lx-value"}


def _e(value: object) -> str:
    """As `conditional_escape`, which costs five times as much on plain text because it looks for lazy words first."""
    if type(value) is str:
        return escape(value, quote=True)
    return conditional_escape(str(value) if isinstance(value, Promise) else value)  # type: ignore[arg-type]


@cache
def _mute_icon(name: str) -> SafeString:
    return _icon(name, mark_safe(' aria-hidden="true"'))


def icon(name: str, title: str = "") -> SafeString:
    """A line icon; without a title it is decoration and silent for screen readers."""
    return _icon(name, format_html(' role="img" aria-label="{}"', title)) if title else _mute_icon(name)


def _icon(name: str, label: SafeString) -> SafeString:
    return format_html(
        '<svg class="lx-icon" viewBox="0 0 24 24" focusable="false"{}><path d="{}"/></svg>', label, ICONS[name]
    )


def change(value: Number | None, good: Good = "up", kind: str = "change", words_shown: bool = True) -> SafeString:
    """A change with sign, arrow and word, so that it can be read without colour."""
    if value is None:
        return mark_safe("")
    decimals = 1
    text = formats.points(value, decimals) if kind == "points" else formats.share(value, decimals, signed=True)
    shown = formats.rounded(value * 100, decimals)
    if shown == 0:
        direction, word, arrow = "same", gettext("unchanged"), "■"
    elif shown > 0:
        direction, arrow = "up", "▲"
        word = gettext("higher") if kind == "points" else gettext("up")
    else:
        direction, arrow = "down", "▼"
        word = gettext("lower") if kind == "points" else gettext("down")
    tone = "plain" if good == "none" or direction == "same" else "good" if direction == good else "bad"
    looks = "lx-word" if words_shown else "visually-hidden"
    return mark_safe(  # noqa: S308
        f'<span class="{_TONES[tone]}"><span aria-hidden="true">{arrow}</span> {_e(text)} '
        f'<span class="{looks}">{_e(word)}</span></span>'
    )


def state(figure: Figure) -> SafeString:
    """The answer that is not a value, in its own looks and words."""
    return format_html('<span class="{}">{}</span>', _STATES[figure.state], figure.text)


def spark(values: Sequence[Number | None], title: str = "") -> SafeString:
    """A line the size of a word, drawn by the server: fifty of them cost nothing."""
    points = spark_points(values)
    size = 'viewBox="0 0 {0} {1}" width="{0}" height="{1}"'.format(points["width"], points["height"])
    drawn = '<path d="{}"/><circle cx="{}" cy="{}" r="2.2"/>'.format(points["d"], points["x"], points["y"])
    label = format_html('role="img" aria-label="{}"', title) if title else 'aria-hidden="true"'
    return mark_safe(f'<svg class="lx-spark" {size} {label}>{drawn if points["d"] else ""}</svg>')  # noqa: S308


def table_body(page: TablePage) -> SafeString:
    """The rows of a table."""
    columns = [cell.column for cell in page.rows[0].cells] if page.rows else []
    drawers = [_drawer(column) for column in columns[1:]]
    opens = [_opens(column, on_card=False) for column in columns[1:]]
    on_card = [_opens(column, on_card=True) for column in columns[1:]]
    more = _more() if page.has_details else ("", "")
    drawn: list[str] = []
    for row in page.rows:
        drawn.append(f'<tr{_ROW_TONES.get(row.tone, "")} data-key="{_e(row.key)}">')
        drawn.append(f'<th scope="row" class="lx-rowhead">{_linked(row.cells[0])}{_note(row.cells[0])}</th>')
        for place, cell in enumerate(row.cells[1:]):
            drawn.append((on_card if cell.on_card else opens)[place])
            drawn.append(drawers[place](cell))
            drawn.append(f"{_note(cell)}</td>" if cell.note else "</td>")
        drawn.append(_details(row, more) if page.has_details else "")
        drawn.append("</tr>\n")
    return mark_safe("".join(drawn))  # noqa: S308


def menu(sections: Mapping[str, Sequence[Mapping[str, Any]]]) -> SafeString:
    """The entries of the menu by section: title, url, icon, whether it is the present page, how many things wait there."""
    drawn: list[str] = []
    for title, entries in sections.items():
        head = f'<div class="lx-navtitle">{_e(title)}</div>' if title else ""
        drawn.append(f'<div class="lx-navsection">{head}<ul>')
        for entry in entries:
            current = ' aria-current="page"' if entry["current"] else ""
            badge = f'<span class="lx-badge">{_e(entry["badge"])}</span>' if entry["badge"] else ""
            drawn.append(
                f'<li><a class="lx-navlink" href="{_e(entry["url"])}"{current}>{icon(entry["icon"])}'
                f"<span>{_e(entry['title'])}</span>{badge}</a></li>"
            )
        drawn.append("</ul></div>")
    return mark_safe("".join(drawn))  # noqa: S308


def options(field: FilterField) -> SafeString:
    """The options of a choice, by group as they come."""
    drawn: list[str] = []
    group = ""
    for choice, is_chosen in field.options:
        if str(choice.group) != group:
            drawn.append("</optgroup>" if group else "")
            group = str(choice.group)
            drawn.append(f'<optgroup label="{_e(group)}">' if group else "")
        chosen = " selected" if is_chosen else ""
        drawn.append(f'<option value="{_e(choice.value)}"{chosen}>{_e(choice.title)}</option>')
    drawn.append("</optgroup>" if group else "")
    return mark_safe("".join(drawn))  # noqa: S308


def boxes(field: FilterField) -> SafeString:
    """The boxes to tick of a choice of several."""
    name = _e(field.filter.key)
    return mark_safe(  # noqa: S308
        "".join(
            f'<label class="form-check"><input class="form-check-input" type="checkbox" name="{name}" '
            f'value="{_e(choice.value)}"{" checked" if is_chosen else ""}> '
            f'<span class="form-check-label">{_e(choice.title)}</span></label>'
            for choice, is_chosen in field.options
        )
    )


def _opens(column: Column, *, on_card: bool) -> str:
    title = str(column.title) + (f" ({column.unit})" if column.unit else "")
    classes = _joined(("lx-num", column.is_numeric), ("lx-sparkcell", column.kind == "spark"), ("lx-oncard", on_card))
    return f'<td class="{classes}" data-title="{_e(title)}">'


def _joined(*given: tuple[str, bool]) -> str:
    return " ".join(name for name, holds in given if holds)


def _drawer(column: Column) -> Draw:
    """What draws the cells of a column; what holds for all of them is settled once."""
    if column.kind == "spark":
        return lambda cell: spark(cell.value, str(column.title)) if cell.value else ""
    missing = format_html('<span class="lx-missing">{}</span>', gettext("not recorded"))
    if column.kind in ("change", "points"):
        return lambda cell: _figure_or(cell, missing, lambda: change(cell.value, column.good, column.kind, False))
    if column.kind == "badge":
        return lambda cell: _figure_or(
            cell, missing, lambda: f'<span class="badge bg-secondary-lt">{_e(cell.text)}</span>'
        )
    return lambda cell: _figure_or(cell, missing, lambda: _linked(cell))


def _figure_or(cell: Cell, missing: str, otherwise: Callable[[], str]) -> str:
    figure = cell.figure
    if figure is not None:
        return _figure(figure)
    return missing if cell.value is None else otherwise()


def _figure(figure: Figure) -> str:
    inside = str(_e(figure.short)) if figure.is_value else state(figure)
    if figure.explain_url:
        inside = f'<a class="lx-open" href="{_e(figure.explain_url)}" data-lx-explain>{inside}</a>'
    if figure.change is not None and figure.is_value:
        inside += " " + change(figure.change, figure.good, figure.change_kind, False)
    return f'<span class="lx-figure">{inside}</span>'


def _linked(cell: Cell) -> str:
    text = _e(cell.text)
    return f'<a href="{_e(cell.href)}">{text}</a>' if cell.href else text


def _note(cell: Cell) -> str:
    return f'<span class="lx-note">{_e(cell.note)}</span>' if cell.note else ""


def _more() -> tuple[str, str]:
    label = _e(gettext("Show more of this row"))
    return (
        '<td class="lx-more"><a class="lx-iconbutton" href="',
        f'" data-lx-open aria-expanded="false" aria-label="{label}">{icon("open")}</a></td>',
    )


def _details(row: RowView, more: tuple[str, str]) -> str:
    return f"{more[0]}{_e(row.detail_url)}{more[1]}" if row.detail_url else '<td class="lx-more"></td>'
