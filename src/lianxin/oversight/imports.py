"""Files of witnesses (what deliveries, the order desk and inspectors said of shops) and of checks done outside the system."""

import unicodedata
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.foundation.imports import cells, journal, kinds
from lianxin.foundation.imports.cells import CellWrong, Formats, plain
from lianxin.foundation.imports.kinds import Column, Intake
from lianxin.foundation.imports.lines import Entry, Line
from lianxin.foundation.imports.rows import Book, RowKind, differs
from lianxin.foundation.imports.sentences import known_otherwise, two_contents
from lianxin.oversight.models import Check, Witness
from lianxin.oversight.states import CheckChannel, CheckState, Confirmed, Statement, WitnessChannel
from lianxin.retailers.models import Licence
from lianxin.visits.models import Visit

WITNESS_CONTENT: Final = ("channel", "retailer_id", "seen_at", "says", "about_from", "about_until")
CHECK_CONTENT: Final = ("drawn_probability", "confirmed")


def instant(raw: Any, formats: Formats) -> datetime:
    """A day and a time, ISO 8601; without a zone it is told in the company's own."""
    if isinstance(raw, datetime):
        return raw
    written = unicodedata.normalize("NFKC", plain(raw)).replace("/", "-")
    try:
        told = datetime.fromisoformat(written)
    except ValueError as error:
        raise CellWrong(_("This is not a time. Write it as 2021-12-31T08:40:00+08:00.")) from error
    if "T" not in written and " " not in written:
        raise CellWrong(_("It has a day but no time of day. Write it as 2021-12-31T08:40:00+08:00."))
    if not cells.FIRST_YEAR <= told.year <= cells.LAST_YEAR:
        raise CellWrong(_("The year is out of range."))
    return told


def chance(raw: Any, formats: Formats) -> float:
    """A probability above 0 and at most 1."""
    number = cells.share_or_number(raw, formats)
    if not 0 < number <= 1:
        raise CellWrong(_("A visit was drawn with a chance above 0 and at most 1."))
    return number


class Witnesses(RowKind):
    """What others saw of a shop. Who received the goods, or who spoke, is not asked for and not kept."""

    name = "witnesses"
    title = gettext_lazy("Witnesses")
    columns = (
        Column("witness_id", cells.key(60), required=True),
        Column("channel", cells.choice(cells.codes_of(WitnessChannel.values)), required=True),
        Column("retailer_id", cells.key(40), required=True),
        Column("seen_at", instant, required=True),
        Column("says", cells.choice(cells.codes_of(Statement.values)), required=True),
        Column("about_from", cells.day),
        Column("about_until", cells.day),
    )

    def decide(self, book: Book, intake: Intake) -> None:
        zone = ZoneInfo(intake.company.time_zone)
        shops = dict(Licence.objects.filter(company=intake.company).values_list("licence_no", "retailer_id"))
        ids = [line.entries[0]["witness_id"] for line in book.lines]
        known: dict[str, Witness] = {}
        for some in journal.chunks(ids):
            found = Witness.objects.filter(company=intake.company, witness_id__in=some)
            known.update({row.witness_id: row for row in found})
        numbers: dict[str, int] = {}
        for line in book.lines:
            entry = line.entries[0]
            fault = self._fault(entry, shops)
            if fault:
                book.refuse(line, *fault)
                continue
            new = self._content(entry, shops, zone)
            old = known.get(entry["witness_id"])
            if old is None:
                row = Witness(company=intake.company, witness_id=entry["witness_id"], **new)
                known[entry["witness_id"]], numbers[entry["witness_id"]] = row, line.number
                book.journal.make(row)
                book.accept(line)
                continue
            _settle(book, intake, line, "witness_id", old, new, numbers.get(entry["witness_id"]))

    def _fault(self, entry: Entry, shops: dict[str, int]) -> tuple[str, Any, str] | None:
        if entry["retailer_id"] not in shops:
            return "retailer_id", entry["retailer_id"], _("There is no retailer with this licence number.")
        first, last = entry.get("about_from"), entry.get("about_until")
        if (first is None) != (last is None):
            return (
                "about_from" if first is None else "about_until",
                "",
                _("A statement about days needs its first and its last day."),
            )
        if first is not None and last is not None and last < first:
            return "about_until", last, _("The last day lies before the first.")
        return None

    def _content(self, entry: Entry, shops: dict[str, int], zone: ZoneInfo) -> Entry:
        return {
            "channel": entry["channel"],
            "retailer_id": shops[entry["retailer_id"]],
            "seen_at": _aware(entry["seen_at"], zone),
            "says": entry["says"],
            "about_from": entry.get("about_from") or None,
            "about_until": entry.get("about_until") or None,
        }


class Checks(RowKind):
    """What checks drawn outside the system found, with the chance by which each visit was drawn."""

    name = "checks"
    title = gettext_lazy("Checks of visits")
    columns = (
        Column("visit_id", cells.key(40), required=True),
        Column("channel", cells.choice(cells.codes_of(CheckChannel.values)), required=True),
        Column("drawn_probability", chance, required=True),
        Column("confirmed", cells.choice(cells.codes_of(Confirmed.values)), required=True),
    )

    def decide(self, book: Book, intake: Intake) -> None:
        ids = [line.entries[0]["visit_id"] for line in book.lines]
        there: set[str] = set()
        known: dict[tuple[str, str], Check] = {}
        for some in journal.chunks(ids):
            there.update(Visit.objects.filter(company=intake.company, pk__in=some).values_list("pk", flat=True))
            found = Check.objects.filter(company=intake.company, visit_id__in=some)
            known.update({(row.visit_id, row.channel): row for row in found})
        numbers: dict[tuple[str, str], int] = {}
        for line in book.lines:
            entry = line.entries[0]
            key = (entry["visit_id"], entry["channel"])
            if entry["visit_id"] not in there:
                reason = _("There is no visit with this id; import the visits first.")
                book.refuse(line, "visit_id", entry["visit_id"], reason)
                continue
            new = {name: entry[name] for name in CHECK_CONTENT}
            old = known.get(key)
            if old is None:
                row = Check(
                    company=intake.company,
                    visit_id=key[0],
                    channel=key[1],
                    state=CheckState.DONE,
                    done_at=intake.at,
                    **new,
                )
                known[key], numbers[key] = row, line.number
                book.journal.make(row)
                book.accept(line)
            elif old.round_id is not None:
                reason = _("This visit was drawn for this channel here; its checker records the answer.")
                book.refuse(line, "visit_id", entry["visit_id"], reason)
            else:
                _settle(book, intake, line, "visit_id", old, new, numbers.get(key))


def _settle(book: Book, intake: Intake, line: Line, key: str, old: Model, new: Entry, number: int | None) -> None:
    """A known key: the same content is a duplicate, other content a correction where the file is one, else refused."""
    before = {name: getattr(old, name) for name in new}
    changed = differs(new, before, list(new))
    if not changed:
        book.duplicate(line)
    elif number is not None:
        book.refuse(line, key, line.entries[0][key], two_contents(new, before, changed, number))
    elif not intake.is_correction:
        book.refuse(line, key, line.entries[0][key], known_otherwise(new, before, changed))
    else:
        book.journal.change(old)
        for name in changed:
            setattr(old, name, new[name])
        book.accept(line)


def _aware(told: datetime, zone: ZoneInfo) -> datetime:
    return told if told.tzinfo is not None else told.replace(tzinfo=zone)


kinds.register(Witnesses(), Checks())
