"""What the API of call plans takes and gives."""

from datetime import date, datetime
from typing import Any

from ninja import Schema
from pydantic import Field

from lianxin.visits.models import Cover, PlanCycle
from lianxin.visits.queries import planning
from lianxin.visits.states import PlanChangeKind


class TravelOut(Schema):
    """Which travel times a plan was made with."""

    rule: str = Field(
        description="roads: a road engine's minutes where it told them; straight: straight line × road factor"
    )
    road_factor: float
    speed_kmh: float
    dates: list[date] = Field(description="days of the tables used, the newest first")
    n_pairs: int = Field(description="pairs of places whose minutes were told")
    n_missing: int = Field(description="pairs of places without")
    n_moved: int = Field(description="of those without, pairs left out because a place has moved since")
    n_legs: int = Field(description="ways of the plan as it was made")
    n_straight: int = Field(description="of those, ways by the straight line")


class PlanOut(Schema):
    id: str
    employee_no: str
    starts_on: date
    ends_on: date
    state: str
    n_visits: int
    unplaced: list[dict[str, Any]]
    words: str
    made_at: datetime
    proposed_at: datetime | None
    decided_at: datetime | None
    travel: TravelOut | None = Field(description="null: the plan is older than this account")

    @staticmethod
    def resolve_travel(cycle: PlanCycle) -> dict[str, Any] | None:
        return cycle.parameters.get("travel")

    @staticmethod
    def resolve_employee_no(cycle: PlanCycle) -> str:
        return cycle.person.employee_no

    @staticmethod
    def resolve_n_visits(cycle: PlanCycle) -> int:
        return cycle.visits.filter(state__in=planning.DUE).count()


class CoverOut(Schema):
    id: int
    absent: str
    covering: str
    valid_from: date
    valid_until: date
    reason: str

    @staticmethod
    def resolve_absent(cover: Cover) -> str:
        return cover.absent.employee_no

    @staticmethod
    def resolve_covering(cover: Cover) -> str:
        return cover.covering.employee_no


class CoverEndOut(Schema):
    n_visits_back: int


class PlannedOut(Schema):
    id: str
    employee_no: str
    licence_no: str
    retailer: str
    visit_date: date
    order: int
    arrive_at: str
    travel_minutes: float
    service_minutes: float
    state: str
    words: str
    wanted_visits: int | None = Field(description="visits of the retailer a cycle; null for an urgent visit")
    wanted_by: str = Field(
        description="what says so: an entry of visiting.frequencies, or least_visits, middle_tier_visits, high_tier_visits"
    )
    why: list[dict[str, Any]]


class PlanChangeOut(Schema):
    id: int
    kind: str
    reason: str
    at: datetime
    body: dict[str, Any]
    excuse: str


class DayMadeOut(Schema):
    day: date
    due: int
    kept: int
    missing: int
    excused: int


class AdherenceOut(Schema):
    """Plan against what was made, of the days that are over. Excused and taken-out visits are neither owed nor counted."""

    share: float | None = Field(description="made on their day of those due; null: nothing was due yet")
    n_due: int
    n_kept: int
    n_other_day: int
    n_not_made: int
    n_excused: int
    n_beside: int = Field(description="made beside the plan")
    n_unexplained: int = Field(description="of those not made, how many lack a reason")
    days: list[DayMadeOut]


class UnplacedOut(Schema):
    licence_no: str | None
    retailer: str
    n_visits: int
    reason: str
    words: str
    to_do: str


class QueuedOut(Schema):
    job: int


class MakeIn(Schema):
    starts_on: date
    employee_nos: list[str]


class WhyReturnedIn(Schema):
    words: str


class MoveIn(Schema):
    to_day: date
    to_order: int | None = None
    reason: str


class ReasonIn(Schema):
    reason: str


class AwayIn(Schema):
    kind: PlanChangeKind
    days: list[date]
    reason: str
    covering: str = ""


class UrgentDaysIn(Schema):
    licence_no: str
    not_before: date
    not_after: date


class UrgentIn(UrgentDaysIn):
    reason: str
    agreed: str = Field(
        default="", description="the seal of the preview, where visits go to other days; else left empty"
    )


class GoesOut(Schema):
    planned_visit: str
    licence_no: str
    retailer: str
    from_date: date
    to_date: date
    reasons: list[str] = Field(description="codes of why the visit is planned, the most pressing first")
    why: str


class ForeseenOut(Schema):
    visit_date: date = Field(description="the day that the urgent visit would get")
    goes: list[GoesOut] = Field(description="visits that would go to other days; empty while a day has room")
    seal: str = Field(description="names exactly these moves; hand it back as `agreed`")


class StartIn(Schema):
    latitude: float
    longitude: float
    valid_from: date
