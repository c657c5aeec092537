"""Points of every curve as expressions over one row per (person, part). All numbers are milli-points in float64 until rounded.

Comparisons run on values rounded to a millionth (`micro`, int64): 19/20 reaches a step at 0.95 however it was divided.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import ibis
from ibis.expr import types as ir

from lianxin.core.scoring.curves import (
    AgainstGroup,
    GroupShare,
    Judgement,
    LinearFromTarget,
    OwnLast,
    PerEvent,
    RankBand,
    RatioToTarget,
    StepTable,
    own,
    own_last,
)
from lianxin.core.scoring.scheme import Part
from lianxin.core.units import Direction

MILLION: Final = 1_000_000
LARGEST: Final = 9.0e12
LARGEST_IN_A_MEAN: Final = 1.0e9
SLACK: Final = 1e-6


def micro(value: float) -> int:
    """The number in millionths, half up: what a constant of a scheme is compared as."""
    return int((value * MILLION + 0.5) // 1)


def in_micro(value: Any) -> Any:
    """The same of a column; the caller keeps the values within `LARGEST`."""
    return (value * float(MILLION) + 0.5).floor().cast("int64")


def half_up(value: Any) -> Any:
    """Whole milli-points, half up; a millionth of slack lets a decimal half be one although binary fractions fall short."""
    return (value + (0.5 + SLACK)).floor().cast("int64")


def rounded_mean(total: Any, count: Any) -> Any:
    """The mean of whole numbers, half up, null where nothing is counted; exact, because the halves are doubled away."""
    twice = (count * 2).nullif(0)
    return ((total * 2 + count) / twice).floor().cast("int64")


def by_part(frame: ir.Table, parts: Sequence[Part], choose: Callable[[Part], Any], kind: str) -> Any:
    """The column that holds for each row what `choose` says of its part; null for parts of which it says None."""
    pairs = [(frame.part == part.code, choose(part)) for part in parts]
    told = [
        (test, ibis.literal(value, type=kind) if not isinstance(value, ir.Expr) else value)
        for test, value in pairs
        if value is not None
    ]
    if not told:
        return ibis.null(kind)
    return ibis.cases(*told, else_=ibis.null(kind)).cast(kind)


def held(value: Any, lowest: float, highest: float) -> Any:
    """The value, not below `lowest` and not above `highest`; null stays null."""
    low, high = ibis.literal(float(lowest)), ibis.literal(float(highest))
    return ibis.cases((value < low, low), (value > high, high), else_=value)


def own_points(part: Part, row: ir.Table) -> Any:
    """Milli-points of one's own curve, before comparison with one's own last value; float64.

    `row` has value, micro, target, rank, group_n, group_micro_sum. Null wherever one of those that the curve needs is null.
    """
    curve = own(part.curve)
    full = float(part.points_milli)
    higher = part.better is Direction.HIGHER
    if isinstance(curve, RatioToTarget):
        return held(ratio(row, higher, curve.cap), curve.floor, curve.cap) * full
    if isinstance(curve, StepTable):
        climbing = in_micro(held(ratio(row, higher, LARGEST), -LARGEST, LARGEST)) if curve.of == "ratio" else row.micro
        reached = [(climbing >= micro(step.at_least), float(step.points_milli)) for step in reversed(curve.steps)]
        return ibis.ifelse(
            climbing.isnull(), ibis.null("float64"), ibis.cases(*reached, else_=float(curve.below_milli))
        )
    if isinstance(curve, LinearFromTarget):
        beyond = (row.value - row.target if higher else row.target - row.value) / curve.unit
        line = ibis.ifelse(beyond < 0, beyond * float(curve.less_milli) + full, beyond * float(curve.more_milli) + full)
        top = part.points_milli if curve.highest_milli is None else curve.highest_milli
        return held(line, curve.lowest_milli, top)
    if isinstance(curve, PerEvent):
        return held(full - row.value * float(curve.less_milli), 0, full)
    if isinstance(curve, AgainstGroup):
        mine, theirs = row.micro * row.group_n, row.group_micro_sum
        short = theirs - mine if higher else mine - theirs
        return ibis.ifelse(
            short.isnull(),
            ibis.null("float64"),
            ibis.cases(
                (short <= 0, full),
                (short <= row.group_n * micro(curve.within), float(curve.near_milli)),
                else_=float(curve.below_milli),
            ),
        )
    if isinstance(curve, RankBand):
        place = (row["rank"] - 1) * MILLION
        bands = [(place < row.group_n * micro(band.up_to_share), float(band.points_milli)) for band in curve.bands]
        return ibis.cases(*bands, else_=ibis.null("float64"))
    if isinstance(curve, Judgement):
        return row.value * full / 100.0
    return ibis.ifelse(row.value.isnull(), ibis.null("float64"), ibis.literal(full))


def ratio(row: ir.Table, higher: bool, at_none: float) -> Any:
    """Value to target, or target to value where less is better; then a value of zero or below counts as `at_none`."""
    if higher:
        return row.value / row.target.nullif(0.0)
    return ibis.ifelse(row.value <= 0, ibis.literal(float(at_none)), row.target / row.value.nullif(0.0))


def after_own_last(part: Part, row: ir.Table, before: Any) -> Any:
    """The same points after the comparison with one's own last value and rank, where the curve makes one."""
    last = own_last(part.curve)
    if last is None:
        return before
    higher = part.better is Direction.HIGHER
    mine, earlier = row.micro, row.previous_micro
    fell = mine < earlier if higher else mine > earlier
    changed = (
        before
        - ibis.ifelse(fell.fill_null(False), float(last.fell_milli), 0.0)
        - ibis.ifelse((row["rank"] > row.previous_rank).fill_null(False), float(last.rank_fell_milli), 0.0)
        + ibis.ifelse((row["rank"] <= last.top_places).fill_null(False), float(last.top_milli), 0.0)
    )
    top = part.points_milli + last.top_milli if last.highest_milli is None else last.highest_milli
    return held(changed, last.lowest_milli, top)


def drawn_at(part: Part, row: ir.Table) -> Any:
    """Where on the drawn curve the person stands, along its lower edge: the place for rank bands, else the value."""
    curve = own(part.curve)
    if isinstance(curve, RankBand):
        return (row["rank"] - 1) / row.group_n.nullif(0)
    if isinstance(curve, OwnLast):
        return ibis.null("float64")
    return row.value


def unit_share(part: Part, row: ir.Table, mine: Any) -> Any:
    """The points after a part of them is replaced by the mean of the unit; `row` has unit_points_sum and unit_points_n."""
    if not isinstance(part.curve, GroupShare):
        return mine
    share = part.curve.share
    return half_up(mine * (1.0 - share) + row.unit_points_sum / row.unit_points_n.nullif(0) * share)
