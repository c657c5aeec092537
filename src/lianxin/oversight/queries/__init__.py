"""Reads of supervision, scoped to who asks: flags and the standing of rules here, checks and verdicts in their modules."""

from lianxin.oversight.queries.flags import (
    events_of,
    flag_about,
    flag_visible,
    flags_unheard,
    flags_visible,
    flags_waiting_for,
    nobody,
    persons_to_ask,
)
from lianxin.oversight.queries.standing import MINIMUM_CLOSED, FalseAlarmRate, false_alarm_rates

__all__ = [
    "MINIMUM_CLOSED",
    "FalseAlarmRate",
    "events_of",
    "false_alarm_rates",
    "flag_about",
    "flag_visible",
    "flags_unheard",
    "flags_visible",
    "flags_waiting_for",
    "nobody",
    "persons_to_ask",
]
