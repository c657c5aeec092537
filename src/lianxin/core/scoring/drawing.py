"""Curves as lines for a chart, computed in plain Python; `points` computes the same for rows."""

from __future__ import annotations

from lianxin.core.scoring.curves import (
    AgainstGroup,
    Judgement,
    LinearFromTarget,
    PerEvent,
    RankBand,
    RatioToTarget,
    StepTable,
    own,
    own_target,
)
from lianxin.core.scoring.scheme import Part
from lianxin.core.units import Direction


def curve_points(part: Part, target: float | None = None, reach: float | None = None) -> list[tuple[float, float]]:
    """The curve of a part as (value, points) pairs to be joined by straight lines; a jump is two pairs with the same value.

    Parameters
    ----------
    part : a part of a sound scheme
    target : what the value is compared with: `target` of the person's row of `part_scores`, or `group_average` for a comparison
        with the group; None means the scheme's own target
    reach : a value that the line should pass, for example `curve_x` of the person to be drawn on it

    Returns
    -------
    pairs with rising values, in the units of `curve_x` and `curve_y` of `part_scores`; for rank bands the value is the share of
    better-placed people. Empty where there is nothing to draw: no target, a target that is not above zero and divides, or a
    comparison with one's own last value only.
    """
    aim = own_target(part.curve) if target is None else target
    drawn = [(x, y / 1000) for x, y in _milli(part, aim, reach)]
    if drawn and reach is not None:
        # Every curve is flat beyond its ends, but for the falling ratio, which is drawn as far as it must.
        drawn = [(min(reach, drawn[0][0]), drawn[0][1]), *drawn, (max(reach, drawn[-1][0]), drawn[-1][1])]
    return [pair for place, pair in enumerate(drawn) if place == 0 or pair != drawn[place - 1]]


def _milli(part: Part, aim: float | None, reach: float | None) -> list[tuple[float, float]]:
    curve, full, higher = own(part.curve), float(part.points_milli), part.better is Direction.HIGHER
    if isinstance(curve, Judgement):
        return [(0.0, 0.0), (100.0, full)]
    if isinstance(curve, PerEvent):
        none_left = full / curve.less_milli
        return [(0.0, full), (none_left, 0.0), (none_left * 1.2, 0.0)]
    if isinstance(curve, RankBand):
        return _bands(curve)
    if isinstance(curve, StepTable):
        return _steps(curve, aim, higher)
    if aim is None:
        return []
    if isinstance(curve, RatioToTarget):
        return _ratio(curve, aim, full, higher, reach)
    if isinstance(curve, LinearFromTarget):
        return _line(curve, aim, full, higher)
    if isinstance(curve, AgainstGroup):
        return _around_mean(curve, aim, full, higher)
    return []


def _bands(curve: RankBand) -> list[tuple[float, float]]:
    drawn, left = [], 0.0
    for band in curve.bands:
        drawn += [(left, float(band.points_milli)), (band.up_to_share, float(band.points_milli))]
        left = band.up_to_share
    return drawn


def _steps(curve: StepTable, aim: float | None, higher: bool) -> list[tuple[float, float]]:
    """Steps from a quarter of their span before the first to as much after the last."""
    edges = [step.at_least for step in curve.steps]
    margin = (edges[-1] - edges[0]) / 4 or abs(edges[0]) / 4 or 1.0
    level = float(curve.below_milli)
    drawn = [(edges[0] - margin, level)]
    for step in curve.steps:
        drawn.append((step.at_least, level))
        level = float(step.points_milli)
        drawn.append((step.at_least, level))
    drawn.append((edges[-1] + margin, level))
    if curve.of == "value":
        return drawn
    if aim is None or aim <= 0:
        return []
    if higher:
        return [(x * aim, y) for x, y in drawn]
    # Target to value: the axis turns round, and only ratios above zero have a value.
    return [(aim / x, y) for x, y in reversed(drawn) if x > 0]


def _ratio(
    curve: RatioToTarget, aim: float, full: float, higher: bool, reach: float | None
) -> list[tuple[float, float]]:
    if aim <= 0:
        return []
    low, high = curve.floor * full, curve.cap * full
    if higher:
        return [(0.0, low), (curve.floor * aim, low), (curve.cap * aim, high), (curve.cap * aim * 1.2, high)]
    # A hyperbola from the cap down, in steps of equal ratio; without a floor it never ends, so it goes as far as it must.
    start = aim / curve.cap
    end = aim / curve.floor if curve.floor > 0 else max(start * 3, reach or 0.0)
    falling = [start * (end / start) ** (step / 48) for step in range(49)]
    tail = [(end * 1.2, low)] if curve.floor > 0 else []
    return [(0.0, high), *((x, aim / x * full) for x in falling), *tail]


def _line(curve: LinearFromTarget, aim: float, full: float, higher: bool) -> list[tuple[float, float]]:
    """From where the lowest points are reached (or ten units short) to where the highest are (or ten units beyond)."""
    highest = full if curve.highest_milli is None else float(curve.highest_milli)
    units_short = (full - curve.lowest_milli) / curve.less_milli if curve.less_milli else 10.0
    units_beyond = (highest - full) / curve.more_milli if curve.more_milli and highest > full else 0.0
    bend = [
        (-units_short * 1.2, float(curve.lowest_milli) if curve.less_milli else full),
        (-units_short, float(curve.lowest_milli) if curve.less_milli else full),
        (0.0, full),
        (units_beyond, highest if units_beyond else full),
        (units_beyond + max(units_short, units_beyond) * 0.2, highest if units_beyond else full),
    ]
    if higher:
        return [(aim + units * curve.unit, y) for units, y in bend]
    return [(aim - units * curve.unit, y) for units, y in reversed(bend)]


def _around_mean(curve: AgainstGroup, mean: float, full: float, higher: bool) -> list[tuple[float, float]]:
    reach = curve.within * 2 or abs(mean) / 10 or 1.0
    below, near = float(curve.below_milli), float(curve.near_milli)
    rising = [(-reach, below), (-curve.within, below), (-curve.within, near), (0.0, near), (0.0, full), (reach, full)]
    if higher:
        return [(mean + x, y) for x, y in rising]
    return [(mean - x, y) for x, y in reversed(rising)]
