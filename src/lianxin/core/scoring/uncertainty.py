"""How far a score can be off because it rests on counted cases: an interval of the share, its points, and ± of the total.

Shares of cases that each count yes or no have an interval here, and means over questionnaires. Sums that were counted whole have
none, and a part that is compared with others or judged is named as not computed: nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from math import floor, sqrt
from typing import Final

from lianxin.core.scoring.curves import LinearFromTarget, PerEvent, RatioToTarget, StepTable
from lianxin.core.scoring.points import LARGEST, SLACK, micro
from lianxin.core.scoring.scheme import FULL_MARKS_MILLI, Part, Role
from lianxin.core.units import Direction

Z: Final = 1.6448536269514722  # two-sided 90 %

# Shares of cases drawn from all of them: an estimate.
DRAWN: Final = frozenset({"discrepancy_rate"})
# Shares of all cases of a month, each of one person's making or one shop's: counted whole, yet few, and next month others.
CASES: Final = frozenset(
    {
        "order_coverage",
        "attendance_days",
        "shops_reached",
        "plan_adherence",
        "verified_visits",
        "record_originality",
        "promises_kept",
        "display_shown",
    }
)
# Means over questionnaires of a sample, each a score from 0 to FULL_SCORE.
SAMPLED: Final = frozenset({"satisfaction"})
FULL_SCORE: Final = 100.0


class Basis(StrEnum):
    """On what a value rests, and so whether chance can be told."""

    DRAWN = "drawn"
    CASES = "cases"
    SAMPLED = "sampled"
    WHOLE = "whole"
    JUDGED = "judged"


@dataclass(frozen=True, slots=True)
class Interval:
    """A 90 % interval of a share, or of a mean score, over `n` cases that count as `effective`."""

    low: float
    high: float
    n: int
    effective: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a scorecard as the total takes it. `interval` is None where chance cannot be told."""

    part: Part
    role: Role
    value: float | None
    target: float | None
    points_milli: int | None
    handling: str
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Spread:
    """± of a total in milli-points, at 90 %, and by which parts; `known`, `whole` and `other` are codes of parts that count.

    half_milli : None where no part's uncertainty is known
    """

    half_milli: int | None
    known: tuple[str, ...]
    whole: tuple[str, ...]
    other: tuple[str, ...]


def basis_of(indicator: str | None) -> Basis:
    """On what the values of an indicator rest; None is a judgement."""
    if indicator is None:
        return Basis.JUDGED
    if indicator in DRAWN:
        return Basis.DRAWN
    if indicator in SAMPLED:
        return Basis.SAMPLED
    return Basis.CASES if indicator in CASES else Basis.WHOLE


def interval_of(share: float, n: int, effective: float | None = None) -> Interval | None:
    """Wilson's 90 % interval of a share.

    Parameters
    ----------
    share : of the cases, 0 to 1
    n : cases, >= 0; None is returned for none
    effective : what they count as where they were weighted (Kish); n by default

    Invariants
    ----------
    0 <= low <= share <= high <= 1, and never a single point: also 5 of 5 leaves room.

    Source
    ------
    Wilson 1927; for weighted cases over the effective number of Kish 1965.

    Examples
    --------
    >>> found = interval_of(0.5, 10)
    >>> round(found.low, 3), round(found.high, 3)
    (0.27, 0.73)
    >>> round(interval_of(1.0, 5).low, 3)
    0.649
    """
    size = float(n if effective is None else effective)
    if n <= 0 or size <= 0 or not 0.0 <= share <= 1.0:
        return None
    squared = Z * Z / size
    middle = (share + squared / 2) / (1 + squared)
    half = Z / (1 + squared) * sqrt(share * (1 - share) / size + squared / (4 * size))
    # Rounding may carry an end a hair past the share itself.
    return Interval(min(max(middle - half, 0.0), share), max(min(middle + half, 1.0), share), n, size)


def interval_of_mean(n: int, sum_milli: int, square_milli: int) -> Interval | None:
    """The 90 % interval of a mean score from 0 to 100: Wilson's, over as many cases as the scores' own variance makes of them.

    Of a given mean nothing varies more than scores of 0 and 100 alone, which are a share. Scores that vary less count as more such
    cases than they are sheets: n x that variance / their own, to which one further sheet adds that of the share, so that sheets
    which all say the same leave room too.

    Parameters
    ----------
    n : sheets, >= 0; None is returned for fewer than two
    sum_milli, square_milli : sums of their scores and of the squares of these, in thousandths of a point and their squares

    Invariants
    ----------
    0 <= low <= mean <= high <= 100, and never a single point. That only some of the retailers exist is not used: it widens.
    Of 4,000 drawn samples of 10, 20 and 40 five-level questionnaires the interval held the true mean in 88 to 99 of a hundred,
    least where one retailer in ten is wholly dissatisfied; Student's held it in 27 to 91.

    Source
    ------
    Wilson 1927; the effective number is that of a design effect (Kish 1965), the further sheet ours.

    Examples
    --------
    >>> same = interval_of_mean(10, 10 * 80_000, 10 * 80_000**2)
    >>> round(same.low, 1), round(same.high, 1)
    (72.4, 85.9)
    """
    if n < 2:
        return None
    share = sum_milli / n / (FULL_SCORE * 1000)
    own = max(square_milli - sum_milli * sum_milli / n, 0.0) / (FULL_SCORE * 1000) ** 2
    most = share * (1 - share)
    found = interval_of(share, n, n * most / ((own + most) / n) if most > 0 else None)
    if found is None:
        return None
    return Interval(found.low * FULL_SCORE, found.high * FULL_SCORE, n, found.effective)


def points_at(part: Part, value: float, target: float | None) -> int | None:
    """Milli-points of a part's curve at a value, as `points.own_points` gives them; None where the curve looks at others too."""
    curve, full = part.curve, float(part.points_milli)
    higher = part.better is Direction.HIGHER
    if isinstance(curve, RatioToTarget):
        ratio = _ratio(value, target, higher, curve.cap)
        return None if ratio is None else _half_up(min(max(ratio, curve.floor), curve.cap) * full)
    if isinstance(curve, StepTable):
        climbing: float | None = value
        if curve.of == "ratio":
            climbing = _ratio(value, target, higher, LARGEST)
        if climbing is None:
            return None
        reached = [step.points_milli for step in curve.steps if micro(climbing) >= micro(step.at_least)]
        return reached[-1] if reached else curve.below_milli
    if isinstance(curve, LinearFromTarget):
        if target is None:
            return None
        beyond = (value - target if higher else target - value) / curve.unit
        line = beyond * (curve.less_milli if beyond < 0 else curve.more_milli) + full
        top = part.points_milli if curve.highest_milli is None else curve.highest_milli
        return _half_up(min(max(line, curve.lowest_milli), top))
    if isinstance(curve, PerEvent):
        return _half_up(min(max(full - value * curve.less_milli, 0.0), full))
    return None


def spread(lines: Iterable[Line]) -> Spread:
    """± of a total from the parts whose uncertainty is known, each through its own curve, taken as independent.

    A part belongs to `other` where it counts without telling of this person alone: compared with others, judged, or filled with the
    group's mean. Parts that do not count are named nowhere.

    Invariants
    ----------
    More cases of the same share never make ± larger; a part counted whole never changes it.
    """
    counted = [line for line in lines if line.points_milli is not None and line.handling in ("scored", "group_average")]
    could = sum(line.part.points_milli for line in counted if line.role is Role.PART)
    down = up = 0.0
    known: list[str] = []
    whole: list[str] = []
    other: list[str] = []
    for line in counted:
        ends = _ends(line)
        if ends is not None:
            scale = FULL_MARKS_MILLI / could if line.role is Role.PART and could else 1.0
            down += ((ends[1] - ends[0]) * scale) ** 2
            up += ((ends[2] - ends[1]) * scale) ** 2
            known.append(line.part.code)
        elif line.handling == "scored" and basis_of(line.part.indicator) is Basis.WHOLE:
            whole.append(line.part.code)
        else:
            other.append(line.part.code)
    half = max(sqrt(down), sqrt(up))
    return Spread(_half_up(half) if known else None, tuple(known), tuple(whole), tuple(other))


def _ends(line: Line) -> tuple[int, int, int] | None:
    """Points at the lower end, at the value and at the upper end, ascending; None where they cannot be told."""
    if line.handling != "scored" or line.interval is None or line.value is None:
        return None
    told = [points_at(line.part, value, line.target) for value in (line.interval.low, line.value, line.interval.high)]
    if None in told:
        return None
    # Every curve here rises or falls all along, so the ends of the interval give the ends of the points.
    low, middle, high = sorted(one for one in told if one is not None)
    return low, middle, high


def _ratio(value: float, target: float | None, higher: bool, at_none: float) -> float | None:
    if target is None or target <= 0:
        return None
    if higher:
        return value / target
    return at_none if value <= 0 else target / value


def _half_up(value: float) -> int:
    return floor(value + 0.5 + SLACK)
