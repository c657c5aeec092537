"""The lines of a sheet as HTML. Drawn here and not by a template: they stand on a page a hundred times."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lianxin.demand.checks import reason_title
from lianxin.demand.models import Entry, Hint
from lianxin.demand.queries.borrowed import Lender
from lianxin.demand.queries.desks import Desk
from lianxin.demand.queries.evidence import Count, left_after, suggested_milli
from lianxin.demand.queries.lines import whole_units
from lianxin.demand.queries.prices import Price
from lianxin.demand.queries.seen import Seen
from lianxin.demand.screens.price_words import price_badge, price_words
from lianxin.demand.screens.seen_words import seen_badges
from lianxin.demand.screens.words import borrowed_badge, borrowed_words
from lianxin.demand.states import LineState
from lianxin.foundation.models import Company
from lianxin.ui import drawing, formats

# From here on, in thousandths, numbers are shown without decimals.
_WHOLE_FROM: Final = 9950


@dataclass(frozen=True)
class Typed:
    """What was typed into a line and could not be taken, with the sentence why."""

    units: str
    reason: str
    words: str
    fault: str = ""


@dataclass(frozen=True)
class RowView:
    """A line as it is drawn."""

    row: Mapping[str, Any]
    shop: tuple[str, str] | None
    product: str
    state: LineState
    entry: Entry | None
    count: Count | None
    price: Price | None
    seen: Seen | None
    hints: Sequence[Hint]
    suggested: int | None
    # Whether the shelf holds more than the period needs, which lowers the suggestion.
    is_full: bool
    borrows: Lender | None
    typed: Typed | None


def milli(value: int | None) -> str:
    """Thousandths of a unit in words: one decimal below ten, whole above; "" where it is not known."""
    if value is None:
        return ""
    return formats.number(value / 1000, 1 if 0 < value < _WHOLE_FROM else 0)


def range_words(row: Mapping[str, Any]) -> str:
    """The range between the tenth and the ninetieth of a hundred; "" where it is not known."""
    if row["q10_milli"] is None or row["q90_milli"] is None:
        return ""
    low, high = row["q10_milli"], row["q90_milli"]
    # Beside a high end of tens a tenth at the low end says nothing.
    return f"{formats.number(low / 1000) if high >= _WHOLE_FROM else milli(low)}–{milli(high)}"


def views(
    desk: Desk, numbers: Sequence[int], current: Mapping[int, Entry], typed: Mapping[int, Typed]
) -> list[RowView]:
    """The lines of a page with everything that stands beside them."""
    rows = desk.lines.rows(numbers)
    shops = {} if desk.sheet.is_of_sums else desk.names.retailers([row["retailer_id"] for row in rows])
    found = []
    states = (LineState.TO_DO, LineState.ACCEPTED, LineState.ENTERED)
    for number, row in zip(numbers, rows, strict=True):
        hints = desk.hints.get(number, [])
        # A hint that the system was given has moved its number already: what people expect of it starts from the number before.
        base = desk.plain.get(number, row["mean_milli"]) if hints else row["mean_milli"]
        hinted = suggested_milli(base, hints, *desk.period(row["step"]))
        count = desk.counts.get(number) if row["step"] == 1 else None
        left = None
        if count is not None:
            left = left_after(row["mean_milli"] if hinted is None else hinted, count.units)
            hinted = hinted if left is None else left
        found.append(
            RowView(
                row=row,
                shop=shops.get(row["retailer_id"]) if row["retailer_id"] is not None else None,
                product=desk.names.product(row["product_id"]),
                state=states[desk.states[number]],
                entry=current.get(number),
                count=desk.counts.get(number),
                price=desk.prices.get(number),
                seen=desk.seen.get(number),
                hints=hints,
                suggested=None if hinted is None else int(whole_units(hinted)),
                is_full=left is not None,
                borrows=desk.lenders.of(row),
                typed=typed.get(number),
            )
        )
    return found


def draw(desk: Desk, shown: Sequence[RowView], reasons: Sequence[tuple[str, str]], *, writes: bool) -> SafeString:
    """The rows of the table."""
    options = "".join(f'<option value="{_e(code)}">{_e(title)}</option>' for code, title in reasons)
    several = desk.sheet.round.horizon > 1
    drawn = [_row(desk, view, options, writes=writes, several=several) for view in shown]
    return mark_safe("\n".join(drawn))  # noqa: S308


def _row(desk: Desk, view: RowView, options: str, *, writes: bool, several: bool) -> str:
    row, number = view.row, view.row["line_no"]
    system = int(whole_units(row["mean_milli"]))
    own = view.typed.units if view.typed else "" if view.entry is None else str(view.entry.units)
    changed = own not in ("", str(system))
    name = view.shop[1] if view.shop else view.product
    what = f"{view.shop[1]} · {view.product}" if view.shop else view.product
    notes = _notes(view, desk.sheet.round.company, writes=writes)
    detail = reverse("demand:line", args=[desk.sheet.round_id, number])
    period = f'<div class="lx-quiet">{_e(row["period_start"])}</div>' if several else ""
    cells = [
        f'<th scope="row" class="lx-rowhead"><a class="lx-linelink" href="{_e(detail)}" data-lx-open aria-expanded="false">'
        f"{_e(name)}</a>" + (f'<div class="lx-quiet">{_e(view.shop[0])}</div>' if view.shop else "") + period + "</th>",
        f'<td class="lx-lineproduct">{_e(view.product)}</td>' if view.shop else "",
        f'<td class="lx-num lx-oncard" data-title="{_e(_("System"))}"><strong>{milli(row["mean_milli"])}</strong>'
        f'<div class="lx-quiet">{range_words(row) or _e(_("range not known"))}</div></td>',
        f'<td class="lx-sparkcell">{drawing.spark(row["history"], _("Last twelve periods"))}</td>',
        f'<td class="lx-num lx-oncard" data-title="{_e(_("Last period"))}">{formats.number(row["back_1"])}</td>',
        f'<td class="lx-num">{_year_ago(row["year_ago_units"])}</td>',
        f'<td class="lx-linenotes">{notes}</td>',
        _own(view, what, own, system, options, writes=writes),
    ]
    classes = " ".join(["lx-line", "lx-changed" if changed else ""]).strip()
    return (
        f'<tr class="{classes}" data-line="{number}" data-state="{view.state}" data-system="{system}">'
        + "".join(cells)
        + "</tr>"
    )


def _own(view: RowView, what: str, own: str, system: int, options: str, *, writes: bool) -> str:
    number = view.row["line_no"]
    reason = view.typed.reason if view.typed else view.entry.reason if view.entry else ""
    words = view.typed.words if view.typed else view.entry.words if view.entry else ""
    fault = view.typed.fault if view.typed else ""
    state = f'<span class="lx-linestate">{_e(_state(view))}</span>'
    if not writes:
        shown = own or (str(system) if view.state == LineState.ACCEPTED else "")
        why = f'<div class="lx-quiet">{_e(reason_title(reason))} {_e(words)}</div>' if reason else ""
        return f'<td class="lx-num lx-lineown">{_e(shown)}{why}</td><td>{state}</td>'
    chosen = options.replace(f'value="{_e(reason)}"', f'value="{_e(reason)}" selected', 1) if reason else options
    bad = ' aria-invalid="true"' if fault else ""
    return (
        f'<td class="lx-lineown"><input class="form-control lx-lineunits" name="n_{number}" inputmode="numeric" autocomplete="off" '
        f'pattern="[0-9]*" value="{_e(own)}" placeholder="{system}" '
        f'aria-label="{_e(_("My forecast: %(what)s") % {"what": what})}"{bad}></td>'
        f'<td class="lx-linewhy"><div class="lx-why"><select class="form-select form-select-sm" name="r_{number}" '
        f'aria-label="{_e(_("Reason: %(what)s") % {"what": what})}"><option value="">{_e(_("Reason …"))}</option>{chosen}</select>'
        f'<input class="form-control form-control-sm" name="w_{number}" maxlength="300" value="{_e(words)}" '
        f'placeholder="{_e(_("in words"))}" aria-label="{_e(_("In words: %(what)s") % {"what": what})}"></div>'
        f'{state}<span class="lx-fault lx-linefault" role="alert">{_e(fault)}</span></td>'
    )


def _state(view: RowView) -> str:
    return "" if view.state == LineState.TO_DO else str(view.state.label)


def _year_ago(units: int | None) -> str:
    if units is None:
        return f'<span class="lx-missing">{_e(_("not known"))}</span>'
    return formats.number(units)


def _notes(view: RowView, company: Company, *, writes: bool) -> str:
    notes = []
    if view.borrows:
        words = borrowed_words(view.borrows)
        notes.append(
            f'<span class="badge bg-secondary-lt" title="{_e(words)}">{_e(borrowed_badge(view.borrows))}</span>'
        )
    capped = view.row["n_capped"]
    if capped and view.shop:
        words = ngettext("short in %(n)d period", "short in %(n)d periods", capped) % {"n": capped}
        notes.append(f'<span class="badge bg-secondary-lt">{_e(words)}</span>')
    if view.count:
        words = _("%(units)s in stock on %(day)s") % {
            "units": formats.number(view.count.units),
            "day": f"{view.count.counted_on:%m-%d}",
        }
        notes.append(f'<span class="badge bg-secondary-lt">{_e(words)}</span>')
    if view.price:
        words = price_words(view.price, company)
        notes.append(
            f'<span class="badge bg-secondary-lt" title="{_e(words)}">{_e(price_badge(view.price, company))}</span>'
        )
    for badge, words in seen_badges(view.seen):
        notes.append(f'<span class="badge bg-secondary-lt" title="{_e(words)}">{_e(badge)}</span>')
    for hint in view.hints:
        notes.append(
            f'<span class="badge bg-secondary-lt" title="{_e(hint.words)}">{_e(hint.get_kind_display())}</span>'
        )
    if view.suggested is not None:
        words = _("with it %(units)s") % {"units": formats.number(view.suggested)}
        notes.append(
            f'<span class="badge bg-secondary-lt">{_e(words)}</span>'
            if not writes
            else f'<button type="button" class="btn btn-sm lx-suggested" data-lx-suggest="{view.suggested}" '
            f'data-reason="{_e(_reason_of(view))}" data-evidence="{_e(" ".join(_suggested_by(view)))}">{_e(words)}</button>'
        )
    return " ".join(notes)


def _reason_of(view: RowView) -> str:
    """Why whoever takes the suggestion changes the number: the full shelf, else the first hint that says how much."""
    if view.is_full:
        return "overstock"
    kind = next((hint.kind for hint in view.hints if hint.change_share is not None), "")
    return {"shortage": "shortage", "road": "road", "festival": "festival"}.get(kind, "customers")


def _suggested_by(view: RowView) -> list[str]:
    """What the suggested number was made from."""
    hints = [hint.evidence_id for hint in view.hints if hint.change_share is not None]
    return [*([view.count.evidence_id] if view.count and view.is_full else []), *hints]


def _e(text: object) -> str:
    return escape(str(text), quote=True)
