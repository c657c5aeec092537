"""The pictures of a record: charts of its period's figures, kept as they were when it was filled, and photographs its writer chose.

Field work is drawn here; higher rooms offer their charts by `register`.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Any, Final, Literal

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from lianxin.foundation.errors import Missing
from lianxin.foundation.models import Company
from lianxin.people.models import Person
from lianxin.ui.formats import number
from lianxin.visits.models import Photo, PlannedVisit, Record, Visit
from lianxin.visits.queries.calendar import Period
from lianxin.visits.queries.planning import OWED, with_made
from lianxin.visits.states import PlannedState, PlanState, RecordKind, VisitState

MOST_PHOTOS: Final = 6
OFFERED_PHOTOS: Final = 60
DAYS_BEFORE_A_LOG: Final = 6
Drawing = Literal["stacked", "months", "bars"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Values along the categories; None is "not enough data", never zero. role: see `ui.pictures.Series`."""

    name: str
    values: Sequence[float | None]
    role: str = "part"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What a chart shows, in the writer's words, apart from how it is drawn.

    kind : stacked bars by category, lines by month, or single bars (one line only)
    categories : names; for months their first days as ISO texts
    """

    code: str
    kind: Drawing
    title: str
    measure: str
    unit: str = ""
    categories: list[str] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """What the record keeps."""
        return asdict(self)


Maker = Callable[[Company, Person, Period], Sequence[Chart]]
_MAKERS: dict[str, Maker] = {}


def register(key: str, maker: Maker) -> None:
    """Called in a higher room's `apps.py`: further charts of a person's period, for example sales."""
    _MAKERS[key] = maker


def charts_of(company: Company, person: Person, period: Period, *, on: date) -> list[Chart]:
    """All charts of a person's period as it stands on a day: field work first, then higher rooms in the order of their keys."""
    found = [one for one in (made_by_day(company, person, period, on=on),) if one is not None]
    for _key, maker in sorted(_MAKERS.items()):
        found.extend(maker(company, person, period))
    return found


def made_by_day(company: Company, person: Person, period: Period, *, on: date) -> Chart | None:
    """Visits of approved plans by day, made on their day or not, and all other visits; None where there is nothing.

    Days after `on` are left out: nothing can have been made. A daily log shows the six days before it too: one bar tells little.
    """
    first = period.first - timedelta(days=DAYS_BEFORE_A_LOG) if period.kind == RecordKind.DAILY else period.first
    days = {"visit_date__gte": first, "visit_date__lt": min(period.last, on + timedelta(days=1))}
    planned = PlannedVisit.objects.filter(company=company, person=person, cycle__state=PlanState.APPROVED, **days)
    counts: dict[str, Counter[date]] = {name: Counter() for name in ("made", "beside", "excused", "open")}
    due = set()
    for row in with_made(planned):
        if row.state in OWED:
            due.add((row.retailer_id, row.visit_date))
            counts["made" if row.is_made else "open"][row.visit_date] += 1  # type: ignore[attr-defined]
        elif row.state == PlannedState.EXCUSED:
            counts["excused"][row.visit_date] += 1
    made = Visit.objects.filter(company=company, person=person, **days).exclude(state=VisitState.OPEN)
    for key in made.values_list("retailer_id", "visit_date"):
        counts["beside"][key[1]] += key not in due
    days_shown = sorted({day for several in counts.values() for day, n in several.items() if n})
    if not days_shown:
        return None
    names = {
        "made": _("Planned visits made"),
        "beside": _("Other visits"),
        "excused": _("Excused"),
        "open": _("Not made"),
    }
    n_made, n_due = counts["made"].total(), counts["made"].total() + counts["open"].total()
    told = {"made": number(n_made), "due": number(n_due), "besides": number(counts["beside"].total())}
    title = (
        _("%(made)s of %(due)s planned visits made, %(besides)s other visits")
        if n_due
        else _("%(besides)s visits, none in an approved plan")
    )
    return Chart(
        code="made_by_day",
        kind="stacked",
        title=title % told,
        measure=_("Visits"),
        categories=[f"{day:%m-%d}" for day in days_shown],
        # All four, though one be empty: each keeps its colour.
        lines=[Line(name=names[key], values=[several[day] for day in days_shown]) for key, several in counts.items()],
        note=_(
            "As it stood when the record was filled. Made: somebody was at the shop on the planned day. Other visits: on another "
            "day than planned, or outside the plan."
        ),
    )


def photos_to_choose(person: Person, first: date, last: date) -> QuerySet[Photo]:
    """Photographs that a person took in his own visits of a period and whose files are still there, the newest first."""
    own = Visit.objects.filter(person=person, visit_date__gte=first, visit_date__lt=last)
    found = Photo.objects.filter(company=person.company, person=person, visit_id_said__in=own.values("pk"))
    return found.exclude(path="").order_by("-taken_at", "pk")


@dataclass(frozen=True, slots=True)
class Shown:
    """A photograph of a record. `photo` without `path`: its file was deleted after its time."""

    photo: Photo
    retailer: str


def photos_of(record: Record) -> list[Shown]:
    """The photographs that a record shows, in the order in which they were chosen, those whose files are gone among them."""
    found = Photo.objects.filter(person=record.person_id).in_bulk(record.photo_ids)
    rows = [found[pk] for pk in record.photo_ids if pk in found]
    return shown(rows)


def shown(rows: Sequence[Photo]) -> list[Shown]:
    """Photographs with the shops in whose visits they were taken."""
    visits = Visit.objects.filter(pk__in={row.visit_id_said for row in rows})
    names = dict(visits.values_list("pk", "retailer__name"))
    return [Shown(row, names.get(row.visit_id_said, "")) for row in rows]


def photo_of(record: Record, photo_id: str) -> Photo:
    """A photograph that a record shows, for whoever may read the record: its writer chose it to be seen.

    Raises
    ------
    Missing : the record does not show it.
    """
    found = Photo.objects.filter(person=record.person_id, pk=photo_id).first() if photo_id in record.photo_ids else None
    if found is None:
        raise Missing(_("This record does not show such a photograph."))
    return found
