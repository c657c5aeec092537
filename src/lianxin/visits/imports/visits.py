"""Files of visits as made. A visit is fixed once it is in: what was wrong is undone as a batch and brought anew."""

import json
from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import Case, IntegerField, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.core.parameters import value_of
from lianxin.foundation import parameters as dated
from lianxin.foundation.errors import Refused
from lianxin.foundation.imports import cells
from lianxin.foundation.imports.journal import chunks
from lianxin.foundation.imports.kinds import Column, Intake
from lianxin.foundation.imports.lines import Entry, Line
from lianxin.foundation.imports.rows import Book, RowKind
from lianxin.foundation.models import CalendarDay, Company, ImportBatch
from lianxin.people.models import Person
from lianxin.retailers.models import RetailerVersion, Territory
from lianxin.visits import places
from lianxin.visits.imports import shared
from lianxin.visits.models import (
    Cover,
    PlannedVisit,
    Position,
    PositionConsent,
    ShopPoint,
    Visit,
    VisitAction,
    VisitType,
)
from lianxin.visits.queries.excuses import states_without_visit
from lianxin.visits.states import FixSource, Moment, PlaceAnswer, PlannedState, VisitMark, VisitState

SOURCES: Final = cells.codes_of(FixSource.values)
YES_NO: Final = {
    **cells.codes_of(["yes", "no"]),
    "1": "yes",
    "0": "no",
    "true": "yes",
    "false": "no",
    "是": "yes",
    "否": "no",
}
_VISIT: Final = (
    "id", "company", "person", "retailer", "planned", "planned_date", "visit_type", "theme", "state", "visit_date",
    "check_in_at", "check_out_at", "received_at", "clock_offset_seconds", "place_answer", "distance_metres", "n_answers",
    "note", "device_id", "held_at_visit", "marks", "batch",
)  # fmt: skip
_POSITION: Final = (
    "visit", "moment", "latitude", "longitude", "accuracy_metres", "fix_age_seconds", "source", "taken_at",
)  # fmt: skip
FAR: Final = date.max
LATITUDE: Final = r"-?[0-8]?\d\.\d{1,9}"
LONGITUDE: Final = r"-?(1[0-7]\d|\d?\d)\.\d{1,9}"
METRES: Final = r"\d{1,6}(\.\d{1,9})?"


class Visits(RowKind):
    """Visits with their position, as another system recorded them."""

    name = "visits"
    title = gettext_lazy("Visits")
    columns = (
        Column("visit_id", shared.key(40), required=True),
        Column("manager_id", shared.key(40), required=True),
        Column("retailer_id", shared.key(40), required=True),
        Column("check_in_at", shared.instant, required=True),
        Column("check_out_at", shared.instant),
        Column("latitude", shared.real(-90, 90, LATITUDE)),
        Column("longitude", shared.real(-180, 180, LONGITUDE)),
        Column("accuracy_metres", shared.real(0, 1e7, METRES)),
        Column("fix_age_seconds", shared.real(0, 1e9, METRES)),
        Column("source", shared.fast("gps|network|cached|none", str, cells.choice(SOURCES))),
        Column("n_answers", shared.fast(r"\d{1,2}", int, cells.whole(0, 1000))),
        Column("note", shared.words(4000)),
        Column("visit_type", shared.key(40)),
        Column("planned_date", cells.day),
        Column("closed_by_itself", cells.choice(YES_NO)),
    )

    def decide(self, book: Book, intake: Intake) -> None:
        deciding = _Deciding(book, intake)
        for line in book.lines:
            deciding.line(line)
        deciding.mark_overlaps()
        book.journal = deciding.rows
        book.notes += deciding.notes()

    def undo(self, batch: ImportBatch) -> None:
        gone = Visit.objects.filter(batch=batch)
        if VisitAction.objects.filter(visit__batch=batch).exists():
            raise Refused(_("Stock counts came in beside visits of this batch. Undo the file of counts first."))
        shared.require_unused(batch, gone, aside=(Position, VisitAction))
        planned = PlannedVisit.objects.filter(made__batch=batch, state=PlannedState.DONE)
        others = Visit.objects.exclude(batch=batch).exclude(planned=None).values("planned_id")
        left: dict[PlannedState, list[str]] = defaultdict(list)
        for pk, state in states_without_visit(planned.exclude(pk__in=others).only("pk", "cycle_id")).items():
            left[state].append(pk)
        for state, keys in left.items():
            for part in chunks(keys):
                PlannedVisit.objects.filter(pk__in=part).update(state=state)
        shared.delete(Position.objects.filter(visit__in=gone.values("pk")))
        shared.delete(gone)


class _Rows(shared.BatchedRows):
    """The visits, their positions, and the planned visits that they make done."""

    def __init__(self) -> None:
        super().__init__()
        self.visits: list[Any] = []
        self.positions: list[Any] = []
        self.planned: list[str] = []
        self.insert(Visit, _VISIT, self.visits)
        self.insert(Position, _POSITION, self.positions)

    def write(self, batch: ImportBatch) -> None:
        for row in self.visits:
            row[-2] = json.dumps(row[-2])
        super().write(batch)
        for part in chunks(self.planned):
            # As from the phone: a visit whose excuse nobody agreed to yet was made all the same.
            asked = PlannedVisit.objects.filter(pk__in=part, state__in=(PlannedState.PLANNED, PlannedState.PENDING))
            asked.update(state=PlannedState.DONE)


class _Deciding:
    """Gives each line its verdict, against everything that a visit leans on, read once."""

    def __init__(self, book: Book, intake: Intake) -> None:
        company = intake.company
        self.book, self.intake, self.rows = book, intake, _Rows()
        self.names = shared.Names(company)
        self.zone = company.zone
        parameters = dated.in_force(company, on=intake.at.astimezone(company.zone).date())
        self.radius = float(value_of(parameters, "field.radius_metres"))
        self.age_limit = float(value_of(parameters, "field.fix_age_limit_seconds"))
        self.hours = (
            float(value_of(parameters, "field.position_from_hour")),
            float(value_of(parameters, "field.position_until_hour")),
        )
        self.calendar = dict(CalendarDay.objects.filter(company=company).values_list("date", "is_working"))
        self.keep_from = intake.at - timedelta(days=int(value_of(parameters, "field.position_days")))
        self.known = _known(company, [line.entries[0]["visit_id"] for line in book.lines])
        self.territories = _territories(company)
        self.covers = _covers(company)
        self.points = _points(company)
        self.consents = _consents(company)
        self.types = dict(VisitType.objects.filter(company=company).order_by("version").values_list("code", "pk"))
        self.planned = _planned(company) if "planned_date" in book.given else {}
        self.unknown_types: set[str] = set()

    def line(self, line: Line) -> None:
        entry = line.entries[0]
        person = self.names.persons.get(entry["manager_id"])
        if person is None:
            self.book.refuse(line, "manager_id", entry["manager_id"], _("There is no person with this number."))
            return
        retailer_id = self.names.retailers.get(entry["retailer_id"])
        if retailer_id is None:
            self.book.refuse(
                line, "retailer_id", entry["retailer_id"], _("There is no retailer with this licence number.")
            )
            return
        start, end = entry["check_in_at"], entry.get("check_out_at")
        if end is not None and end < start:
            self.book.refuse(line, "check_out_at", end, _("The check-out is before the check-in."))
            return
        if (entry.get("latitude") is None) != (entry.get("longitude") is None):
            self.book.refuse(
                line, "latitude", entry.get("latitude"), _("Give latitude and longitude both, or neither.")
            )
            return
        content = (person.pk, retailer_id, start, end, entry.get("n_answers") or 0, entry.get("note") or "")
        known = self.known.get(entry["visit_id"])
        if known is not None:
            if known == content:
                self.book.duplicate(line)
            else:
                sentence = _(
                    "A visit with this id and another content is known. It is fixed; undo its batch to bring it anew."
                )
                self.book.refuse(line, "visit_id", entry["visit_id"], sentence)
            return
        self.known[entry["visit_id"]] = content
        self._accept(entry, person, retailer_id, start, end)
        self.book.accept(line)

    def _accept(self, entry: Entry, person: Person, retailer_id: int, start: datetime, end: datetime | None) -> None:
        local = start.astimezone(self.zone)
        day = local.date()
        marks: list[str] = []
        held = self._is_held(person.pk, retailer_id, day)
        if not held:
            marks.append(VisitMark.NOT_HELD.value)
        answer = places.Answer(PlaceAnswer.NO_FIX, None)
        if entry.get("latitude") is not None:
            why = self._why_not_kept(person.pk, start, local)
            if why is None:
                answer = self._answer(entry, retailer_id, day)
                if start >= self.keep_from:
                    self._keep(entry, start)
            else:
                marks.append(why)
        closed = entry.get("closed_by_itself") == "yes" or end is None
        planned_id = self._planned_id(person.pk, retailer_id, entry.get("planned_date"))
        self.rows.visits.append(
            [
                entry["visit_id"], self.intake.company.pk, person.pk, retailer_id, planned_id, entry.get("planned_date"),
                self._type(entry.get("visit_type")), None,
                (VisitState.CLOSED_BY_ITSELF if closed else VisitState.DONE).value, day, start, end, self.intake.at, None,
                answer.place.value, answer.distance_metres, entry.get("n_answers"), entry.get("note") or "", "", held,
                marks, self.intake.batch_id,
            ]
        )  # fmt: skip

    def _is_held(self, person_id: int, retailer_id: int, day: date) -> bool:
        for first, until, holder in self.territories.get(retailer_id, ()):
            if first <= day < until:
                return holder == person_id or any(
                    absent == holder and since <= day < ends for absent, since, ends in self.covers.get(person_id, ())
                )
        return False

    def _why_not_kept(self, person_id: int, start: datetime, local: datetime) -> str | None:
        if not any(
            given <= start and (withdrawn is None or start < withdrawn)
            for given, withdrawn in self.consents.get(person_id, ())
        ):
            return VisitMark.NO_CONSENT.value
        hour, day = local.hour + local.minute / 60, local.date()
        works = self.calendar.get(day, day.weekday() < 5)
        return None if works and self.hours[0] <= hour < self.hours[1] else VisitMark.OUT_OF_HOURS.value

    def _answer(self, entry: Entry, retailer_id: int, day: date) -> places.Answer:
        return places.answered(
            (entry["latitude"], entry["longitude"]),
            accuracy_metres=entry.get("accuracy_metres"),
            age_seconds=entry.get("fix_age_seconds"),
            points=self.points.on(retailer_id, day),
            radius_metres=self.radius,
            age_limit_seconds=self.age_limit,
        )

    def _keep(self, entry: Entry, start: datetime) -> None:
        self.rows.positions.append(
            (
                entry["visit_id"], Moment.CHECK_IN.value, entry["latitude"], entry["longitude"],
                entry.get("accuracy_metres"), entry.get("fix_age_seconds"), entry.get("source") or FixSource.GPS.value, start,
            )
        )  # fmt: skip

    def _type(self, code: str | None) -> int | None:
        if not code:
            return None
        if code not in self.types:
            self.unknown_types.add(code)
        return self.types.get(code)

    def _planned_id(self, person_id: int, retailer_id: int, day: date | None) -> str | None:
        found = self.planned.get((person_id, retailer_id, day)) if day else None
        if found is not None:
            self.rows.planned.append(found)
        return found

    def mark_overlaps(self) -> None:
        """Mark visits that begin before an earlier one of the same person in the file ends."""
        ends: dict[int, datetime] = {}
        person, start, end, marks = 2, 10, 11, 20
        for row in sorted(self.rows.visits, key=lambda each: (each[person], each[start])):
            last = ends.get(row[person])
            if last is not None and row[start] < last:
                row[marks].append(VisitMark.OVERLAPS.value)
            if row[end] is not None and (last is None or row[end] > last):
                ends[row[person]] = row[end]

    def notes(self) -> list[str]:
        """Sentences about what was passed over."""
        if not self.unknown_types:
            return []
        return [
            _("Types of visits that are not set up here were left out: %(codes)s.")
            % {"codes": ", ".join(sorted(self.unknown_types))}
        ]


class _Points:
    """Where shops stand: as registered on a day, and as learnt by it."""

    def __init__(self, registered: dict[int, list[Any]], learnt: dict[int, list[Any]]) -> None:
        self._registered, self._learnt = registered, learnt

    def on(self, retailer_id: int, day: date) -> list[places.Point]:
        found = []
        registered = self._registered.get(retailer_id, ())
        past = [row for row in registered if row[0] <= day] or registered[:1]
        if past and past[-1][1] is not None and past[-1][2] is not None:
            found.append(past[-1][1:])
        past = [row for row in self._learnt.get(retailer_id, ()) if row[0] <= day]
        if past:
            found.append(past[-1][1:])
        return found


def _points(company: Company) -> _Points:
    columns = ("retailer_id", "valid_from", "latitude", "longitude")
    registered: dict[int, list[Any]] = defaultdict(list)
    for retailer_id, *row in (
        RetailerVersion.objects.filter(retailer__company=company).order_by("valid_from").values_list(*columns)
    ):
        registered[retailer_id].append(tuple(row))
    learnt: dict[int, list[Any]] = defaultdict(list)
    for retailer_id, *row in (
        ShopPoint.objects.filter(retailer__company=company).order_by("valid_from").values_list(*columns)
    ):
        learnt[retailer_id].append(tuple(row))
    return _Points(registered, learnt)


def _territories(company: Company) -> dict[int, list[tuple[date, date, int]]]:
    found: dict[int, list[tuple[date, date, int]]] = defaultdict(list)
    rows = Territory.objects.filter(retailer__company=company)
    for retailer_id, first, until, person_id in rows.values_list(
        "retailer_id", "valid_from", "valid_until", "person_id"
    ):
        found[retailer_id].append((first, until or FAR, person_id))
    return found


def _covers(company: Company) -> dict[int, list[tuple[int, date, date]]]:
    found: dict[int, list[tuple[int, date, date]]] = defaultdict(list)
    for covering, absent, first, until in Cover.objects.filter(company=company).values_list(
        "covering_id", "absent_id", "valid_from", "valid_until"
    ):
        found[covering].append((absent, first, until))
    return found


def _consents(company: Company) -> dict[int, list[tuple[datetime, datetime | None]]]:
    found: dict[int, list[tuple[datetime, datetime | None]]] = defaultdict(list)
    for person_id, given, withdrawn in PositionConsent.objects.filter(person__company=company).values_list(
        "person_id", "given_at", "withdrawn_at"
    ):
        found[person_id].append((given, withdrawn))
    return found


# Which of several planned visits of a shop and day a visit was made for: the last one of these that is there.
_LIKELY = (PlannedState.EXCUSED, PlannedState.DONE, PlannedState.PENDING, PlannedState.PLANNED)


def _planned(company: Company) -> dict[tuple[int, int, date], str]:
    rows = PlannedVisit.objects.filter(company=company, state__in=_LIKELY)
    rank = Case(*(When(state=state, then=Value(n)) for n, state in enumerate(_LIKELY)), output_field=IntegerField())
    told = rows.order_by(rank, "pk").values_list("pk", "person_id", "retailer_id", "visit_date")
    return {(person_id, retailer_id, day): pk for pk, person_id, retailer_id, day in told.iterator()}


def _known(company: Company, ids: list[str]) -> dict[str, Any]:
    """What is known under ids, of any company: an id is one visit everywhere."""
    found: dict[str, Any] = {}
    if not Visit.objects.exists():
        return found
    columns = ("pk", "person_id", "retailer_id", "check_in_at", "check_out_at", "n_answers", "note")
    for part in chunks(ids):
        for pk, *content in Visit.objects.filter(pk__in=part).values_list(*columns):
            found[pk] = (*content[:4], content[4] or 0, content[5])
    return found
