"""The file of retailers that `lianxin plan-visits` reads."""

import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from lianxin.cli.methods import first_told
from lianxin.core.tables.inputs import ALSO, heads_of
from lianxin.core.visiting import Retailer, Start
from lianxin.foundation.errors import Refused
from lianxin.foundation.imports import sheets
from lianxin.foundation.imports.cells import CellWrong, Formats, key, plain, real, whole
from lianxin.foundation.imports.files import open_input

CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
Group = tuple[Start, list[Retailer]]


def minutes_of_day(raw: Any, formats: Formats) -> float | None:
    """A time of day in minutes: 09:30, a time of a Parquet file, hours up to 24, or minutes above that; None for an empty cell."""
    if isinstance(raw, datetime | time):
        return raw.hour * 60 + raw.minute + raw.second / 60
    if isinstance(raw, timedelta):
        return raw.total_seconds() / 60
    written = plain(raw)
    if not written:
        return None
    found = CLOCK.fullmatch(written)
    if found:
        minutes = int(found[1]) * 60 + int(found[2]) + int(found[3] or 0) / 60
        if int(found[2]) > 59 or int(found[3] or 0) > 59 or minutes > 1440:
            raise CellWrong(_("There is no such time of day. Write it like 09:30."))
        return minutes
    try:
        number = real(0, 1440)(raw, formats)
    except CellWrong as error:
        raise CellWrong(_("This is not a time of day. Write it like 09:30.")) from error
    return number * 60 if number <= 24 else number


def market(raw: Any, formats: Formats) -> bool:
    written = plain(raw).lower()
    if written not in ("", "town", "country"):
        raise CellWrong(_("Write town or country, or leave the cell empty."))
    return written == "country"


COLUMNS: dict[str, Callable[[Any, Formats], Any]] = {
    "retailer_id": key(64),
    "manager_id": key(64),
    "latitude": real(-90, 90),
    "longitude": real(-180, 180),
    "visits_per_cycle": whole(1, 366),
    "service_minutes": real(0, 1440),
    "good_from": minutes_of_day,
    "good_until": minutes_of_day,
    "start_latitude": real(-90, 90),
    "start_longitude": real(-180, 180),
}
OPTIONAL: dict[str, Callable[[Any, Formats], Any]] = {"market_type": market}
MAY_BE_EMPTY = {"good_from", "good_until", "market_type"}


def read_retailers(path: Path) -> tuple[dict[str, Group], frozenset[str]]:
    """The retailers of each manager, with where the manager starts; and which ids the file holds as whole numbers.

    Raises
    ------
    Refused : naming file, line, column, value and what to do, for the first faults found.
    """
    with tempfile.TemporaryDirectory() as scratch:
        readers = {**COLUMNS, **OPTIONAL}
        sheet = sheets.read(open_input(path, Path(scratch)), frozenset({*readers, *ALSO}))
        heads = heads_of(sheet.head, readers)
        missing = [name for name in COLUMNS if name not in heads]
        if missing:
            raise Refused(
                _("“%(file)s” lacks the column(s) %(missing)s. Its first row must name: %(all)s.")
                % {"file": path.name, "missing": ", ".join(missing), "all": ", ".join(COLUMNS)}
            )
        used = [(sheet.head.index(head), name) for name, head in heads.items()]
        faults: list[str] = []
        whole_ids = {"retailer_id", "manager_id"}
        rows = list(_rows(path.name, sheet, used, readers, faults, whole_ids))
    _check_together(path.name, heads, rows, faults)
    if faults:
        raise Refused("\n".join(first_told(faults, len(faults))))
    if not rows:
        raise Refused(_("“%(file)s” has a head but no retailers.") % {"file": path.name})
    groups: dict[str, Group] = {}
    for _line, row in rows:
        group = groups.setdefault(row["manager_id"], (Start(row["start_latitude"], row["start_longitude"]), []))
        group[1].append(
            Retailer(
                row["retailer_id"],
                row["latitude"],
                row["longitude"],
                row["visits_per_cycle"],
                row["service_minutes"],
                row["good_from"] or 0.0,
                1440.0 if row["good_until"] is None else row["good_until"],
                row.get("market_type", False),
            )
        )
    return groups, frozenset(whole_ids)


def _fault(file: str, line: int, column: str, value: Any, words: str) -> str:
    return _("%(file)s, line %(line)s, column %(column)s, “%(value)s”: %(words)s") % {
        "file": file,
        "line": line,
        "column": column,
        "value": plain(value)[:60],
        "words": words,
    }


def _rows(
    file: str,
    sheet: sheets.Sheet,
    used: Sequence[tuple[int, str]],
    readers: Mapping[str, Callable[[Any, Formats], Any]],
    faults: list[str],
    whole_ids: set[str],
) -> Iterator[tuple[int, dict[str, Any]]]:
    formats = Formats()
    for line, cells in sheet.rows:
        row: dict[str, Any] = {}
        for position, name in used:
            raw = cells[position] if position < len(cells) else None
            if not isinstance(raw, int):
                whole_ids.discard(name)
            try:
                if plain(raw) == "" and name not in MAY_BE_EMPTY:
                    raise CellWrong(_("The cell is empty. Fill it, or leave the retailer out of the file."))
                row[name] = readers[name](raw, formats)
            except CellWrong as error:
                faults.append(_fault(file, line, sheet.head[position], raw, str(error)))
        if len(row) == len(used):
            if (row["good_from"] or 0.0) >= (1440.0 if row["good_until"] is None else row["good_until"]):
                words = _("It must be later than good_from. Correct one of the two.")
                faults.append(_fault(file, line, "good_until", cells[sheet.head.index("good_until")], words))
            yield line, row


def _check_together(
    file: str, heads: Mapping[str, str], rows: Sequence[tuple[int, dict[str, Any]]], faults: list[str]
) -> None:
    """Faults that only several rows show: a retailer twice, a manager who starts in two places."""
    seen: dict[str, int] = {}
    starts: dict[str, tuple[int, float, float]] = {}
    for line, row in rows:
        first = seen.setdefault(row["retailer_id"], line)
        if first != line:
            words = _("This retailer stands in line %(first)s already. Delete one of the two.") % {"first": first}
            faults.append(_fault(file, line, heads["retailer_id"], row["retailer_id"], words))
        here = (row["start_latitude"], row["start_longitude"])
        at, *there = starts.setdefault(row["manager_id"], (line, *here))
        if any(abs(one - other) > 1e-6 for one, other in zip(here, there, strict=True)):
            words = _(
                "Manager %(manager)s starts elsewhere in line %(first)s. Give each manager one place to start."
            ) % {
                "manager": row["manager_id"],
                "first": at,
            }
            faults.append(_fault(file, line, "start_latitude", row["start_latitude"], words))
