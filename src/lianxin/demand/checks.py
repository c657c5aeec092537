"""What makes a number a forecast: a line that is there, whole units, a reason where it changes the system's."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from django.utils.translation import gettext as _

from lianxin.demand.states import OTHER, REASON_WORDS

LARGEST: Final = 1_000_000
LONGEST: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """One number as given: for which line, why, and what it rests on (ids of what was shown beside it)."""

    line_no: int
    units: int
    reason: str = ""
    words: str = ""
    evidence: str = ""
    rests_on: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why a number is not taken: the field concerned and the sentence."""

    line_no: int
    field: str
    text: str


def wrong_with(number: Number, *, n_lines: int, system_units: int, reasons: Collection[str]) -> Wrong | None:
    """What is wrong with a number, if anything."""
    if not 0 <= number.line_no < n_lines:
        return Wrong(number.line_no, "line_no", _("Your sheet has no such line."))
    if not 0 <= number.units <= LARGEST:
        return Wrong(
            number.line_no, "units", _("A forecast is a whole number from 0 to %(most)s.") % {"most": f"{LARGEST:,}"}
        )
    if number.reason and number.reason not in reasons:
        return Wrong(number.line_no, "reason", _("Choose a reason from the list."))
    if not number.reason and number.units != system_units:
        return Wrong(number.line_no, "reason", _("Say why you change the system's number."))
    if number.reason == OTHER and not number.words.strip():
        return Wrong(number.line_no, "words", _("Say in words what it is."))
    if len(number.words) > LONGEST or len(number.evidence) > LONGEST:
        return Wrong(number.line_no, "words", _("At most %(n)d characters.") % {"n": LONGEST})
    return None


def reason_title(code: str) -> str:
    """A reason in words; a company's own words stand for themselves."""
    return str(REASON_WORDS.get(code, code))


def reason_choices(values: Mapping[str, object]) -> list[tuple[str, str]]:
    """The reasons that a company offers, from its parameters."""
    offered = values["demand.reasons"] or ()
    return [(str(code), reason_title(str(code))) for code in offered]  # type: ignore[attr-defined]
