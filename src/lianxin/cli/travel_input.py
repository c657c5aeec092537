"""The file of travel times that `lianxin plan-visits --matrix` reads."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
from django.utils.translation import gettext as _

from lianxin.cli.methods import SHOWN, first_told
from lianxin.cli.sheets import Faults, open_sheet
from lianxin.core.tables.inputs import Input
from lianxin.core.visiting import START, START_MARK, PairFault, PairWrong, Roads, RoadTimes, road_times
from lianxin.foundation.errors import Refused

PAIRS: Final = Input(
    "travel times",
    {"from_id": pa.string(), "to_id": pa.string(), "minutes": pa.float64()},
    ("from_id", "to_id", "minutes"),
)
DAY_MINUTES: Final = 24 * 60
_COLUMN: Final = {PairWrong.UNKNOWN_FROM: "from_id", PairWrong.UNKNOWN_TO: "to_id"}


def read_roads(path: Path, territories: Mapping[str, Sequence[str]], *, is_partial: bool) -> tuple[Roads, int]:
    """The travel times of each manager's places, and the number of rows left out because they name other places.

    Parameters
    ----------
    is_partial : rows of places that no manager has are left out, and pairs that the file lacks stay missing; else both are faults

    Raises
    ------
    Refused : naming file, line, column, value and what to do, for the first faults found.
    """
    faults = Faults()
    sheet = open_sheet(path, PAIRS, faults)
    minutes = np.array(
        sheet.numbers("minutes", 0, DAY_MINUTES, needed=True).to_numpy(zero_copy_only=False), dtype=float
    )
    from_ids = sheet.texts("from_id", needed=True).to_pylist()
    to_ids = sheet.texts("to_id", needed=True).to_pylist()
    if faults.found:
        raise Refused(_told(faults))
    roads = road_times(territories, from_ids, to_ids, minutes)
    unknown = (PairWrong.UNKNOWN_FROM, PairWrong.UNKNOWN_TO)
    others = sum(fault.why in unknown for fault in roads.faults)
    for fault in roads.faults:
        if fault.why not in unknown or not is_partial:
            column = _COLUMN.get(fault.why, "minutes")
            value = sheet.table.column(column)[fault.row].as_py()
            faults.add(path.name, sheet.lines[fault.row], column, value, _words(fault, sheet.lines))
    if faults.found:
        raise Refused(_told(faults))
    if not is_partial:
        _check_complete(path.name, roads)
    return roads, others


def _words(fault: PairFault, lines: np.ndarray) -> str:
    if fault.why is PairWrong.TWICE and fault.first is not None:
        return _("Line %(first)s tells this way already. Delete one of the two.") % {"first": lines[fault.first]}
    if fault.why is PairWrong.NOT_MINUTES:
        return _("This is not a number. Write digits with a point, or leave the cell empty.")
    return _(
        "RETAILERS has no such place. A retailer is named as there, where a manager's days begin as %(mark)sMANAGER; "
        "--partial-matrix leaves other places out."
    ) % {"mark": START_MARK}


def _check_complete(file: str, roads: Roads) -> None:
    lacking = {manager: times for manager, times in roads.by_manager.items() if times.n_missing}
    n = sum(times.n_missing for times in lacking.values())
    if not n:
        return
    first = [pair for manager, times in sorted(lacking.items()) for pair in _missing(manager, times)][:SHOWN]
    raise Refused(
        _(
            "“%(file)s” lacks %(n)s of %(all)s ways between the places of a manager, such as %(first)s. Add them, or let them "
            "take the straight line × road factor with --partial-matrix."
        )
        % {
            "file": file,
            "n": f"{n:,}",
            "all": f"{sum(times.n_pairs + times.n_missing for times in roads.by_manager.values()):,}",
            "first": ", ".join(f"{one} → {other}" for one, other in first),
        }
    )


def _missing(manager: str, times: RoadTimes) -> list[tuple[str, str]]:
    named = {START: START_MARK + manager}
    return [(named.get(one, one), named.get(other, other)) for one, other in times.missing(SHOWN)]


def _told(faults: Faults) -> str:
    return "\n".join(first_told(faults.sentences(), len(faults)))
