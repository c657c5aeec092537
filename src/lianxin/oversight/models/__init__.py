"""Rows of supervision: questions, witnesses, checks, rule sets and what their runs came to."""

from lianxin.oversight.models.calibrations import CopyCalibration
from lianxin.oversight.models.checks import Check, CheckRound, Witness
from lianxin.oversight.models.flags import Flag, FlagEvent, FlagRule, RuleSuspension
from lianxin.oversight.models.records import RecordClaim, RecordLikeness
from lianxin.oversight.models.verdicts import (
    KeyRetailerVerdict,
    ManagerVerdict,
    RuleSet,
    VerificationRun,
    VisitVerdict,
)

__all__ = [
    "Check",
    "CheckRound",
    "CopyCalibration",
    "Flag",
    "FlagEvent",
    "FlagRule",
    "KeyRetailerVerdict",
    "ManagerVerdict",
    "RecordClaim",
    "RecordLikeness",
    "RuleSet",
    "RuleSuspension",
    "VerificationRun",
    "VisitVerdict",
    "Witness",
]
