"""What came of a plan, for its pages and its API: the days that are over, and the visits that found no place."""

from dataclasses import dataclass
from datetime import date

from lianxin.retailers.models import Retailer
from lianxin.visits.models import PlanCycle
from lianxin.visits.queries import plan_words, planning
from lianxin.visits.states import PlannedState


@dataclass(slots=True)
class DayMade:
    """A day of a plan that is over: visits due, of them made on the day and not, and those excused."""

    day: date
    due: int = 0
    kept: int = 0
    missing: int = 0
    excused: int = 0


def days_made(cycle: PlanCycle, *, on: date) -> list[DayMade]:
    """Every day before `on` for which approved plans ask visits of the manager, in order."""
    days: dict[date, DayMade] = {}
    for visit in planning.asked_of(cycle, on=on):
        row = days.setdefault(visit.visit_date, DayMade(visit.visit_date))
        if visit.state in planning.OWED:
            row.due += 1
            if visit.is_made:  # type: ignore[attr-defined]
                row.kept += 1
            else:
                row.missing += 1
        elif visit.state == PlannedState.EXCUSED:
            row.excused += 1
    return list(days.values())


@dataclass(frozen=True, slots=True)
class Unplaced:
    """Visits to a retailer that found no place, why in a code and in words, and what to do. `retailer` None: it is gone."""

    id: int
    retailer: Retailer | None
    n: int
    reason: str
    what: str
    todo: str

    @property
    def name(self) -> str:
        return str(self.retailer or self.id)


def unplaced(cycle: PlanCycle) -> list[Unplaced]:
    """The visits of a plan that found no place."""
    names = planning.retailer_names(cycle.company, {one["retailer_id"] for one in cycle.unplaced})
    return [
        Unplaced(
            one["retailer_id"],
            names.get(one["retailer_id"]),
            one["n_visits"],
            one["reason"],
            *plan_words.unplaced(one["reason"]),
        )
        for one in cycle.unplaced
    ]
