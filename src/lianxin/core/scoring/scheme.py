"""A scheme: what is counted, by which curve, with how many points, and what happens to what is missing. Data, dated by version."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from lianxin.core.scoring.curves import Curve
from lianxin.core.scoring.words import Words
from lianxin.core.units import Direction

FULL_MARKS_MILLI: Final = 100_000
NO_WORDS: Final = Words("", "")


class Group(StrEnum):
    """With whom a person is compared; the caller of the expressions fills `groups.group_key` accordingly."""

    UNIT = "unit"
    COMPANY = "company"
    MARKET_TYPE = "market_type"


class Missing(StrEnum):
    """What happens to a part without an answer. Missing is never zero.

    `renormalise`: the part leaves the sum, and the total is taken over the points that could be had. `group_average`: it counts
    with the mean points of the people of the group who have an answer (虎林: no 千条户, hence the mean of those who have);
    where nobody has one, renormalise. `block`: no total until the evidence is there.
    """

    RENORMALISE = "renormalise"
    GROUP_AVERAGE = "group_average"
    BLOCK = "block"


class Role(StrEnum):
    """A part belongs to the hundred; an addition or a deduction changes the total afterwards."""

    PART = "part"
    ADDITION = "addition"
    DEDUCTION = "deduction"


class Effect(StrEnum):
    """What a struck gate does. Nothing else is offered: a gate never proposes a measure against a person."""

    CAP = "cap"
    BLOCK = "block"


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a scheme or a part comes from: the words of the source, its place and year, and its mark (trade sources 0.1)."""

    words: str
    mark: str
    note: Words = NO_WORDS


OWN: Final = Source(words="", mark="")


@dataclass(frozen=True, kw_only=True)
class Part:
    """One line of the scorecard.

    Exactly one of `indicator` (a measured value) and `judgement` (a value somebody entitled wrote down, with a reason) is set.
    `points_milli` are full marks; those of all parts sum to a hundred points. An addition gives the points of its curve on top; a
    deduction takes away what its curve leaves of its full marks. `missing` null means the rule of the scheme; additions and
    deductions without an answer are left out, and say so. `minimum_n` raises the indicator's own minimum sample, never lowers it.
    """

    code: str
    title: Words
    points_milli: int
    curve: Curve
    indicator: str | None = None
    judgement: str | None = None
    better: Direction = Direction.HIGHER
    missing: Missing | None = None
    minimum_n: int = 0
    block: str | None = None
    source: Source = OWN


@dataclass(frozen=True, kw_only=True)
class Block:
    """Parts shown together; the points of its parts sum to its own."""

    code: str
    title: Words
    points_milli: int


@dataclass(frozen=True, kw_only=True)
class Gate:
    """A condition set by the company that caps or holds back the total. Off unless switched on; no value is shipped.

    Struck when the value is below `threshold` (`better` = higher) or above it (`better` = lower). Without a value it cannot tell
    and does nothing.
    """

    code: str
    title: Words
    threshold: float
    effect: Effect
    indicator: str | None = None
    judgement: str | None = None
    better: Direction = Direction.HIGHER
    cap_milli: int | None = None
    enabled: bool = False
    source: Source = OWN


@dataclass(frozen=True, kw_only=True)
class Scheme:
    """A version of a scheme. Points sum to a hundred; totals may pass it only where a curve or an addition says so.

    `minimum_scored_share`: with less than this share of the hundred measured or judged, there is no total.
    `highest_milli`: the total is held to it; null means no ceiling. Totals never fall below zero.
    """

    code: str
    version: int
    title: Words
    group: Group
    parts: tuple[Part, ...]
    blocks: tuple[Block, ...] = ()
    additions: tuple[Part, ...] = ()
    deductions: tuple[Part, ...] = ()
    gates: tuple[Gate, ...] = ()
    missing: Missing = Missing.RENORMALISE
    minimum_scored_share: float = 0.5
    highest_milli: int | None = None
    source: Source = field(default=OWN)


def lines(scheme: Scheme) -> Iterator[tuple[Role, Part]]:
    """Every line of the scorecard with its role, in the order of the scheme."""
    for role, parts in (
        (Role.PART, scheme.parts),
        (Role.ADDITION, scheme.additions),
        (Role.DEDUCTION, scheme.deductions),
    ):
        for part in parts:
            yield role, part


def missing_rule(scheme: Scheme, part: Part) -> Missing:
    """The rule that holds for this part: its own, else the scheme's."""
    return part.missing or scheme.missing
