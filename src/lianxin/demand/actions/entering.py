"""Numbers entered and accepted. Appended, never changed; nothing comes in after the deadline.

The audit tells that numbers were entered and how many, not which: people read it who must not know them before the round closes.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import numpy as np
from django.db import transaction
from django.utils.translation import gettext as _

from lianxin.demand import permissions
from lianxin.demand.checks import Number, Wrong, reason_choices, wrong_with
from lianxin.demand.models import Acceptance, Entry, Sheet
from lianxin.demand.queries import entries
from lianxin.demand.queries.lines import lines_of, whole_units
from lianxin.demand.states import SheetState, Way
from lianxin.foundation import audit, parameters
from lianxin.foundation.errors import Denied, Refused
from lianxin.foundation.models import User

# Rows are written so many at a time.
_CHUNK = 2000


class TooLate(Refused):
    """The round takes no numbers any more."""


@dataclass(frozen=True)
class Taken:
    """What became of numbers given: those kept, how many were there already, and why others were not taken."""

    entries: list[Entry]
    n_same: int
    wrong: list[Wrong]


@transaction.atomic
def enter(
    *, sheet: Sheet, numbers: Sequence[Number], way: Way, by: User, at: datetime, on: date, partly: bool = False
) -> Taken:
    """New versions of lines of one's own sheet. A line said again as it stands makes no new version.

    Parameters
    ----------
    partly : keep the right ones although others are wrong (a file); otherwise one that is wrong refuses all

    Raises
    ------
    Denied : somebody else's sheet. TooLate : the deadline has passed. Refused : it was submitted; or a number is wrong.
    """
    sheet = own_open_sheet(sheet, by=by, at=at)
    lines = lines_of(sheet)
    reasons = [code for code, _title in reason_choices(parameters.in_force(sheet.round.company, on=on))]
    means = lines.ints("mean_milli")
    known = entries.current(sheet, [number.line_no for number in numbers if 0 <= number.line_no < sheet.n_lines])
    kept: dict[int, Entry] = {}
    wrong: list[Wrong] = []
    n_same = 0
    for number in numbers:
        is_there = 0 <= number.line_no < sheet.n_lines
        system = int(whole_units(means[number.line_no])) if is_there else 0
        fault = wrong_with(number, n_lines=sheet.n_lines, system_units=system, reasons=reasons)
        if fault is not None:
            wrong.append(fault)
        elif _is_same(known.get(number.line_no), number):
            n_same += 1
        else:
            kept[number.line_no] = _entry(sheet, number, lines.row(number.line_no), way, at)
    if wrong and not partly:
        raise Refused(wrong[0].text, field=wrong[0].field)
    made = list(kept.values())
    if made:
        states = entries.states_of(sheet)
        before = states[np.array(list(kept), np.int64)]
        Entry.objects.bulk_create(made, batch_size=_CHUNK)
        sheet.n_entered += int((before != 2).sum())
        sheet.n_accepted -= int((before == 1).sum())
        sheet.save(update_fields=["n_entered", "n_accepted"])
        audit.record(
            company=sheet.round.company,
            by=by,
            verb="forecasts.enter",
            subject=f"forecast_sheet:{sheet.pk}",
            after={"n": len(made), "way": str(way)},
            at=at,
        )
    return Taken(made, n_same, wrong)


def with_what_stands(sheet: Sheet, numbers: Collection[Number], *, given: Collection[str]) -> list[Number]:
    """Numbers together with what was said of their lines before and the form or file does not tell.

    Evidence stands until it is told otherwise. A reason and its words stand beside the same number only.

    Parameters
    ----------
    given : what it tells, of reason, words, evidence; what is said there counts, also where it is empty
    """
    known = entries.current(sheet, [number.line_no for number in numbers])
    found = []
    for number in numbers:
        entry, told = known.get(number.line_no), dict[str, Any]()
        if entry is not None:
            same = entry.units == number.units
            told |= {"rests_on": number.rests_on or tuple(entry.rests_on)}
            told |= {} if "evidence" in given else {"evidence": entry.evidence}
            told |= {name: getattr(entry, name) for name in ("reason", "words") if same and name not in given}
        found.append(replace(number, **told))
    return found


@transaction.atomic
def accept(*, sheet: Sheet, lines: Sequence[int], by: User, at: datetime) -> Acceptance | None:
    """The system's numbers taken for these lines, as far as nothing was entered for them; None where nothing was left to take.

    Raises
    ------
    As `enter`; Refused also for a line that the sheet does not have.
    """
    sheet = own_open_sheet(sheet, by=by, at=at)
    if not all(0 <= number < sheet.n_lines for number in lines):
        raise Refused(_("Your sheet has no such line."), field="line_no")
    asked = np.unique(np.array(list(lines), np.int64))
    states = entries.states_of(sheet)
    fresh = asked[states[asked] == 0] if len(asked) else asked
    if len(fresh) == 0:
        return None
    made = Acceptance.objects.create(sheet=sheet, lines=entries.ranges_of(fresh), n_lines=len(fresh), at=at)
    sheet.n_accepted += len(fresh)
    sheet.save(update_fields=["n_accepted"])
    audit.record(
        company=sheet.round.company,
        by=by,
        verb="forecasts.accept",
        subject=f"forecast_sheet:{sheet.pk}",
        after={"n": len(fresh)},
        at=at,
    )
    return made


def own_open_sheet(sheet: Sheet, *, by: User, at: datetime) -> Sheet:
    """One's own sheet, locked, while it takes numbers.

    Raises
    ------
    Denied : somebody else's sheet. TooLate : the deadline has passed. Refused : it was submitted.
    """
    locked = Sheet.objects.select_for_update().select_related("round__company", "person").get(pk=sheet.pk)
    if not permissions.is_author(by, locked):
        raise Denied(_("Everybody enters his own forecast."))
    if not locked.round.takes_entries(at):
        raise TooLate(_("The round is closed: the deadline has passed, and nothing more can be entered."))
    if locked.state == SheetState.SUBMITTED:
        raise Refused(_("You have submitted this forecast. Take it back to change it; you may until the deadline."))
    return locked


def _is_same(entry: Entry | None, number: Number) -> bool:
    return entry is not None and (
        (entry.units, entry.reason, entry.words, entry.evidence, list(entry.rests_on))
        == (number.units, number.reason, number.words.strip(), number.evidence.strip(), list(number.rests_on))
    )


def _entry(sheet: Sheet, number: Number, line: dict[str, Any], way: Way, at: datetime) -> Entry:
    return Entry(
        sheet=sheet,
        line_no=number.line_no,
        retailer_id=line["retailer_id"],
        product_id=line["product_id"],
        step=line["step"],
        units=number.units,
        reason=number.reason,
        words=number.words.strip(),
        evidence=number.evidence.strip(),
        rests_on=list(number.rests_on),
        way=way,
        entered_at=at,
    )
