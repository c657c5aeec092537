"""Numbers entered. Each reads of one sheet, which `rounds.own_sheet` or `rounds.sheet_of` gave: there the blindness is kept."""

from collections.abc import Collection

import numpy as np
import numpy.typing as npt
from django.db.models import OuterRef, QuerySet, Subquery

from lianxin.demand.models import Acceptance, Entry, Sheet
from lianxin.demand.states import LineState

STATES = (LineState.TO_DO, LineState.ACCEPTED, LineState.ENTERED)
States = npt.NDArray[np.int8]


def states_of(sheet: Sheet) -> States:
    """The state of each line by its number: its place in STATES. A number of one's own counts before an acceptance."""
    states = np.zeros(sheet.n_lines, np.int8)
    for ranges in Acceptance.objects.filter(sheet=sheet).values_list("lines", flat=True):
        for first, last in ranges:
            states[first : last + 1] = 1
    entered = list(Entry.objects.filter(sheet=sheet).values_list("line_no", flat=True).distinct())
    states[np.array(entered, np.int64)] = 2
    return states


def current(sheet: Sheet, lines: Collection[int] | None = None) -> dict[int, Entry]:
    """The newest entry of each line by its number; of these lines, or of all.

    By when it was given, as judging takes it: a file of an earlier system may tell versions in any order.
    """
    of_line = Entry.objects.filter(sheet=sheet, line_no=OuterRef("line_no")).order_by("-entered_at", "-pk")
    rows = Entry.objects.filter(sheet=sheet, pk=Subquery(of_line.values("pk")[:1]))
    if lines is not None:
        rows = rows.filter(line_no__in=list(lines))
    return {entry.line_no: entry for entry in rows}


def versions(sheet: Sheet, line_no: int) -> QuerySet[Entry]:
    """Every number that was given for a line, newest first."""
    return Entry.objects.filter(sheet=sheet, line_no=line_no).order_by("-entered_at", "-pk")


def ranges_of(numbers: npt.NDArray[np.int64]) -> list[list[int]]:
    """Sorted whole numbers as ranges with both ends."""
    if len(numbers) == 0:
        return []
    cuts = np.flatnonzero(np.diff(numbers) > 1)
    firsts = numbers[np.concatenate([[0], cuts + 1])]
    lasts = numbers[np.concatenate([cuts, [len(numbers) - 1]])]
    return [[int(first), int(last)] for first, last in zip(firsts, lasts, strict=True)]
