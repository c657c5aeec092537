"""Calibration of the line for copied notes by API: the same actions as its pages."""

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from lianxin.foundation import clock
from lianxin.foundation.api import REFUSED
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.gate import needs
from lianxin.oversight.actions import calibrating as actions
from lianxin.oversight.models import CopyCalibration
from lianxin.oversight.queries import calibrations as queries
from lianxin.oversight.screens import calibrations as pages
from lianxin.oversight.screens.verification_api.jobs import QueuedOut
from lianxin.oversight.screens.verification_api.rules import RuleSetOut

router = Router(tags=["verification"])


class CalibrateIn(Schema):
    since: date = Field(description="first day of the first month")
    until: date = Field(description="first day of the month after the last")
    false_share: float = Field(0.001, description="of honest notes at most this share may be marked")


class LineOut(Schema):
    similarity: float
    marked: int
    share: float
    high: float = Field(description="upper end of Wilson's interval, one-sided 95 %")


class CalibrationOut(Schema):
    number: int
    since: date
    until: date
    false_share: float
    similarity: float | None = Field(description="null: no line keeps the rate, or the notes are too few")
    n_notes: int
    n_told: int = Field(description="with enough own content to tell")
    n_needed: int
    n_left_out: int = Field(description="notes of person-months in which copying was confirmed")
    n_untimed: int = Field(description="notes left out because nobody can tell when they were written")
    n_open: int = Field(description="questions about copying that are not concluded yet; their notes stayed in")
    rule_set: int | None = Field(description="the draft made of it")
    made_at: datetime

    @staticmethod
    def resolve_rule_set(row: CopyCalibration) -> int | None:
        return row.drafted.number if row.drafted else None


class CalibrationWithLinesOut(CalibrationOut):
    lines: list[LineOut]


@router.get("/copy-calibrations", response={200: list[CalibrationOut], **REFUSED})
@needs("rulesets.read")
def list_calibrations(request: HttpRequest) -> Any:
    """Every calibration of the line for copies, the newest first."""
    return list(queries.calibrations(company_of(request)))


@router.post("/copy-calibrations", response={202: QueuedOut, **REFUSED})
@needs("rulesets.calibrate")
def calibrate(request: HttpRequest, given: CalibrateIn) -> Any:
    """Calibrate on the notes of past months: a job; its result is then among `/copy-calibrations`, and sets nothing."""
    job = pages.queued(company_of(request), given.since, given.until, given.false_share, user_of(request))
    return Status(202, {"job": job.pk})


@router.get("/copy-calibrations/{number}", response={200: CalibrationWithLinesOut, **REFUSED})
@needs("rulesets.read")
def get_calibration(request: HttpRequest, number: int) -> Any:
    """A calibration with every line: how many notes it would mark."""
    return queries.calibration_of(company_of(request), number)


@router.post("/copy-calibrations/{number}/draft", response={201: RuleSetOut, **REFUSED})
@needs("rulesets.write")
def draft_of_calibration(request: HttpRequest, number: int) -> Any:
    """A draft rule set with the calibrated line and otherwise the numbers in force; somebody else adopts it."""
    company = company_of(request)
    found = queries.calibration_of(company, number)
    made = actions.draft(calibration=found, by=user_of(request), at=clock.now(), on=clock.today(company))
    return Status(201, made)
