"""Rounds, authors' sheets, the numbers entered, and what was collected for the forecast."""

from lianxin.demand.models.agreements import Agreement
from lianxin.demand.models.attachments import Attachment
from lianxin.demand.models.entries import Acceptance, Entry
from lianxin.demand.models.hints import Hint
from lianxin.demand.models.judging import Judged, Judging
from lianxin.demand.models.prices import SurveyedPrice
from lianxin.demand.models.rounds import Round, RoundEvent, Sheet, SheetEvent

__all__ = [
    "Acceptance",
    "Agreement",
    "Attachment",
    "Entry",
    "Hint",
    "Judged",
    "Judging",
    "Round",
    "RoundEvent",
    "Sheet",
    "SheetEvent",
    "SurveyedPrice",
]
