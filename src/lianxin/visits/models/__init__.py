"""Rows of field work. What is born on a phone carries a client-made UUIDv7 and is fixed once accepted."""

from lianxin.visits.models.planning import (
    Cover,
    NotMade,
    PlanChange,
    PlanCycle,
    PlannedVisit,
    RoadMinutes,
    ShopHours,
    StartPoint,
)
from lianxin.visits.models.preparing import DayQuestion, Policy, Theme, VisitType
from lianxin.visits.models.records import Record, RecordVersion
from lianxin.visits.models.retailers import CareNote, PolicyAsked, PolicyTold, Promise, Request, RequestEvent, ShopPoint
from lianxin.visits.models.visiting import Photo, Position, PositionConsent, Visit, VisitAction

__all__ = [
    "CareNote",
    "Cover",
    "DayQuestion",
    "NotMade",
    "Photo",
    "PlanChange",
    "PlanCycle",
    "PlannedVisit",
    "Policy",
    "PolicyAsked",
    "PolicyTold",
    "Position",
    "PositionConsent",
    "Promise",
    "Record",
    "RecordVersion",
    "Request",
    "RequestEvent",
    "RoadMinutes",
    "ShopHours",
    "ShopPoint",
    "StartPoint",
    "Theme",
    "Visit",
    "VisitAction",
    "VisitType",
]
