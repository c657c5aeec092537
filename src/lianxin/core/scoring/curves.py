"""Curves: how a value becomes points. Each is data; `points` turns it into an expression, `drawing` into a line.

A curve is told in the units of its indicator (a share of 0.02 is two percentage points) and in milli-points. `better` of the
part says whether more is better; where less is better, "above" and "below" swap. Numbers after [I] in a docstring are our reading.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, kw_only=True)
class RatioToTarget:
    """Full marks x the ratio of value to target, the ratio held between `floor` and `cap`.

    Where less is better the ratio is target to value, and a value of zero or below counts as the cap. A row of the table
    `targets` wins over `target`, here as in every curve with a target; without either the part has no answer.
    """

    kind: ClassVar[str] = "ratio_to_target"
    target: float | None = None
    floor: float = 0.0
    cap: float = 1.0


@dataclass(frozen=True)
class Step:
    """From `at_least` on (included), `points_milli`."""

    at_least: float
    points_milli: int


@dataclass(frozen=True, kw_only=True)
class StepTable:
    """The points of the highest step that the value reaches; below the first step `below_milli`.

    `of` says what climbs the steps: the value itself, or its ratio to the target.
    """

    kind: ClassVar[str] = "step_table"
    steps: tuple[Step, ...]
    below_milli: int = 0
    of: str = "value"
    target: float | None = None


@dataclass(frozen=True, kw_only=True)
class LinearFromTarget:
    """Full marks at the target, `less_milli` off for each `unit` short of it, `more_milli` on for each `unit` beyond it.

    Parts of a unit count in proportion. The result is held between `lowest_milli` and `highest_milli` (full marks if null).
    """

    kind: ClassVar[str] = "linear_from_target"
    unit: float
    less_milli: int
    more_milli: int = 0
    target: float | None = None
    lowest_milli: int = 0
    highest_milli: int | None = None


@dataclass(frozen=True, kw_only=True)
class PerEvent:
    """Full marks less `less_milli` for each event (the value counts events), never below zero."""

    kind: ClassVar[str] = "per_event"
    less_milli: int


@dataclass(frozen=True, kw_only=True)
class OwnLast:
    """Full marks, changed by comparison with one's own last value and rank under the same version of the scheme.

    A worse value takes `fell_milli` off, a worse rank `rank_fell_milli`; a rank within `top_places` adds `top_milli`. The
    result is held between `lowest_milli` and `highest_milli` (full marks plus `top_milli` if null). Alone it needs a last
    value; inside `AgainstGroup` a first appearance is simply not compared.
    """

    kind: ClassVar[str] = "own_last"
    fell_milli: int = 0
    rank_fell_milli: int = 0
    top_places: int = 0
    top_milli: int = 0
    lowest_milli: int = 0
    highest_milli: int | None = None


@dataclass(frozen=True, kw_only=True)
class AgainstGroup:
    """Full marks at or above the group's mean, `near_milli` within `within` short of it (included), else `below_milli`.

    The mean is over the people of the group who have a value, oneself among them, each value rounded to a millionth, so that the
    order of summing cannot matter. With fewer than `minimum_group` such people there is no answer. `own_last` follows.
    """

    kind: ClassVar[str] = "against_group"
    within: float
    near_milli: int
    below_milli: int = 0
    minimum_group: int = 2
    own_last: OwnLast | None = None


@dataclass(frozen=True)
class Band:
    """`points_milli` for those whose share of better-placed people is below `up_to_share`."""

    up_to_share: float
    points_milli: int


@dataclass(frozen=True, kw_only=True)
class RankBand:
    """The points of the first band that one's place falls into; the last band must reach 1.

    A place is the number of people of the group with a strictly better value, divided by the people with a value: equals share
    the better band. With fewer than `minimum_group` people there is no answer.
    """

    kind: ClassVar[str] = "rank_band"
    bands: tuple[Band, ...]
    minimum_group: int = 6


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """Full marks x a judgement between 0 and 100 that somebody entitled made, with a written reason."""

    kind: ClassVar[str] = "judgement"


OwnCurve = RatioToTarget | StepTable | LinearFromTarget | PerEvent | OwnLast | AgainstGroup | RankBand | Judgement


@dataclass(frozen=True, kw_only=True)
class GroupShare:
    """`share` of the unit's mean points and the rest of one's own, both by the curve `own` (捆绑考核).

    The mean is over the people of one's unit who have points, oneself among them. [I]: the sources do not say how large the shared
    part is, nor that it is a mean.
    """

    kind: ClassVar[str] = "group_share"
    own: OwnCurve
    share: float


Curve = OwnCurve | GroupShare

KINDS: dict[str, type[Curve]] = {
    kind.kind: kind
    for kind in (
        RatioToTarget,
        StepTable,
        LinearFromTarget,
        PerEvent,
        OwnLast,
        AgainstGroup,
        RankBand,
        Judgement,
        GroupShare,
    )
}


def own(curve: Curve) -> OwnCurve:
    """The curve that scores one person: what stands inside a group share, or the curve itself."""
    return curve.own if isinstance(curve, GroupShare) else curve


def own_last(curve: Curve) -> OwnLast | None:
    """The comparison with one's own last value that this curve makes, if it makes one."""
    inner = own(curve)
    if isinstance(inner, AgainstGroup):
        return inner.own_last
    return inner if isinstance(inner, OwnLast) else None


def needs_target(curve: Curve) -> bool:
    """Whether the curve has no answer without a target."""
    inner = own(curve)
    if isinstance(inner, StepTable):
        return inner.of == "ratio"
    return isinstance(inner, RatioToTarget | LinearFromTarget)


def own_target(curve: Curve) -> float | None:
    """The target that the scheme itself names, used where no row of `targets` does."""
    inner = own(curve)
    return inner.target if isinstance(inner, RatioToTarget | StepTable | LinearFromTarget) else None


def highest_milli(curve: Curve, full_milli: int) -> int:
    """The most points that the curve can give to a part of `full_milli`."""
    inner = own(curve)
    if isinstance(inner, RatioToTarget):
        return round(full_milli * inner.cap)
    if isinstance(inner, StepTable):
        return max([inner.below_milli, *(step.points_milli for step in inner.steps)])
    if isinstance(inner, LinearFromTarget):
        return full_milli if inner.highest_milli is None else inner.highest_milli
    if isinstance(inner, RankBand):
        return max((band.points_milli for band in inner.bands), default=0)
    last = own_last(curve)
    if last is not None:
        return full_milli + last.top_milli if last.highest_milli is None else last.highest_milli
    return full_milli
