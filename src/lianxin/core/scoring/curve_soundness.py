"""Whether a curve makes sense for the part it scores."""

from __future__ import annotations

from itertools import pairwise

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
from lianxin.core.scoring.words import Fault, Words, number
from lianxin.core.units import Direction


class Listener:
    """Gathers faults; every sentence begins with its place."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def blame(self, code: str, where: str, zh: str, en: str) -> None:
        self.faults.append(Fault(code, where, Words(f"{where}：{zh}。", f"{where}: {en}.")))

    def unless(self, fine: bool, code: str, where: str, zh: str, en: str) -> None:
        if not fine:
            self.blame(code, where, zh, en)


def check_curve(part: Part, where: str, to: Listener) -> None:
    """Tell the listener every fault of the part's curve."""
    if isinstance(part.curve, GroupShare):
        to.unless(
            0 < part.curve.share <= 1,
            "share_out_of_range",
            f"{where}.share",
            f"捆绑比例 {number(part.curve.share)} 应大于 0 且不超过 1",
            f"the shared part is {number(part.curve.share)}; keep it above 0 and at most 1",
        )
    curve = own(part.curve)
    if isinstance(curve, RatioToTarget):
        _check_ratio(curve, where, to)
    elif isinstance(curve, StepTable):
        _check_steps(curve, part.better, where, to)
    elif isinstance(curve, LinearFromTarget):
        _check_linear(curve, part.points_milli, where, to)
    elif isinstance(curve, PerEvent):
        to.unless(
            curve.less_milli > 0,
            "not_positive",
            f"{where}.less",
            "每次扣分应大于 0",
            "take off more than 0 for each event",
        )
        to.unless(
            part.better is Direction.LOWER,
            "against_direction",
            f"{where}",
            "按次扣分的项目数值越低越好，请把方向改为越低越好",
            "events are better when fewer; set better to lower",
        )
    elif isinstance(curve, AgainstGroup):
        _check_against_group(curve, part.points_milli, where, to)
    elif isinstance(curve, RankBand):
        _check_bands(curve, where, to)
    elif isinstance(curve, Judgement):
        to.unless(
            part.judgement is not None and part.better is Direction.HIGHER,
            "needs_judgement",
            where,
            "评议计分只能用于评议，且越高越好",
            "this curve takes a judgement, higher being better",
        )
    last = own_last(part.curve)
    if last is not None:
        _check_own_last(last, part.points_milli, where, to)


def _check_ratio(curve: RatioToTarget, where: str, to: Listener) -> None:
    to.unless(
        0 <= curve.floor < curve.cap <= 10,
        "limits_out_of_order",
        where,
        "下限应不小于 0 且小于上限，上限不超过 10",
        "keep the floor at 0 or above and below the cap, and the cap at most 10",
    )
    _check_target(curve.target, where, to)


def _check_target(target: float | None, where: str, to: Listener) -> None:
    to.unless(
        target is None or target > 0,
        "target_not_positive",
        f"{where}.target",
        "作为除数的目标应大于 0",
        "a target that divides must be above 0",
    )


def _check_steps(curve: StepTable, better: Direction, where: str, to: Listener) -> None:
    to.unless(bool(curve.steps), "no_steps", f"{where}.steps", "至少要有一档", "give at least one step")
    edges = [step.at_least for step in curve.steps]
    to.unless(
        all(low < high for low, high in pairwise(edges)),
        "steps_do_not_increase",
        f"{where}.steps",
        "各档起点应由低到高，不能相同",
        "let the steps begin ever higher",
    )
    levels = [curve.below_milli, *(step.points_milli for step in curve.steps)]
    climbs = curve.of == "ratio" or better is not Direction.LOWER
    ordered = sorted(levels, reverse=not climbs)
    to.unless(
        levels == ordered,
        "points_do_not_follow",
        f"{where}.steps",
        "各档得分应随数值变好而不降低",
        "points must not fall where the value gets better",
    )
    to.unless(min(levels) >= 0, "negative", f"{where}.steps", "各档得分不能为负", "points of a step cannot be negative")
    to.unless(
        curve.of in ("value", "ratio"),
        "unknown_choice",
        f"{where}.of",
        "分档依据只能是 value 或 ratio",
        "steps are climbed by value or ratio",
    )
    if curve.of == "ratio":
        _check_target(curve.target, where, to)


def _check_linear(curve: LinearFromTarget, full_milli: int, where: str, to: Listener) -> None:
    to.unless(curve.unit > 0, "not_positive", f"{where}.unit", "计分单位应大于 0", "the unit must be above 0")
    to.unless(
        curve.less_milli >= 0 and curve.more_milli >= 0 and curve.less_milli + curve.more_milli > 0,
        "negative",
        where,
        "每单位扣分、加分不能为负，且不能都为 0",
        "points per unit cannot be negative, and not both zero",
    )
    highest = full_milli if curve.highest_milli is None else curve.highest_milli
    to.unless(
        0 <= curve.lowest_milli <= full_milli <= highest,
        "limits_out_of_order",
        where,
        "最低分应不小于 0、不高于满分，最高分应不低于满分",
        "keep the lowest points between 0 and full marks and the highest at full marks or above",
    )


def _check_against_group(curve: AgainstGroup, full_milli: int, where: str, to: Listener) -> None:
    to.unless(
        0 <= curve.within <= 1_000_000,
        "out_of_range",
        f"{where}.within",
        "“接近平均”的范围应在 0 与 1000000 之间",
        "keep the range near the mean between 0 and 1000000",
    )
    to.unless(
        0 <= curve.below_milli <= curve.near_milli <= full_milli,
        "points_do_not_follow",
        where,
        "得分应满足 0 ≤ 低于平均 ≤ 接近平均 ≤ 满分",
        "keep 0 <= points below <= points near the mean <= full marks",
    )
    to.unless(
        curve.minimum_group >= 2,
        "group_too_small",
        f"{where}.minimum_group",
        "比较至少需要两个人",
        "a comparison needs at least two people",
    )


def _check_bands(curve: RankBand, where: str, to: Listener) -> None:
    edges = [0.0, *(band.up_to_share for band in curve.bands)]
    to.unless(
        len(edges) > 1 and all(low < high for low, high in pairwise(edges)) and edges[-1] == 1,
        "bands_do_not_cover",
        f"{where}.bands",
        "各段应由前到后递增，最后一段到 1 为止",
        "let the bands rise from above 0 and end at 1",
    )
    levels = [band.points_milli for band in curve.bands]
    to.unless(
        levels == sorted(levels, reverse=True) and all(level >= 0 for level in levels),
        "points_do_not_follow",
        f"{where}.bands",
        "名次越后得分不能越高，且不能为负",
        "points must not rise for worse places, nor be negative",
    )
    to.unless(
        curve.minimum_group >= 2,
        "group_too_small",
        f"{where}.minimum_group",
        "排名至少需要两个人",
        "a ranking needs at least two people",
    )


def _check_own_last(last: OwnLast, full_milli: int, where: str, to: Listener) -> None:
    to.unless(
        min(last.fell_milli, last.rank_fell_milli, last.top_places, last.top_milli) >= 0,
        "negative",
        where,
        "与上期比较的分值不能为负",
        "points and places of the comparison with one's own last value cannot be negative",
    )
    highest = full_milli + last.top_milli if last.highest_milli is None else last.highest_milli
    to.unless(
        0 <= last.lowest_milli <= full_milli <= highest,
        "limits_out_of_order",
        where,
        "最低分应不小于 0、不高于满分，最高分应不低于满分",
        "keep the lowest points between 0 and full marks and the highest at full marks or above",
    )
