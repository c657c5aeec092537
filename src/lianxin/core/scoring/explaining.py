"""Curves and scores in words, in both languages, with their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from lianxin.core.scoring.curves import (
    AgainstGroup,
    Curve,
    GroupShare,
    LinearFromTarget,
    OwnLast,
    PerEvent,
    RankBand,
    RatioToTarget,
    StepTable,
    own,
    own_last,
    own_target,
)
from lianxin.core.scoring.scheme import Missing, Part, Source
from lianxin.core.scoring.words import Words, points, spoken
from lianxin.core.units import Direction, UnitKind


@dataclass(frozen=True)
class Explanation:
    """How a part is scored: the formula, the rules that go with it, what happens when it is missing, and where it is from."""

    formula: Words
    rules: tuple[Words, ...]
    missing: Words
    source: Source


MISSING: Final[Mapping[Missing, Words]] = {
    Missing.RENORMALISE: Words(
        "缺失时不计入，总分按其余各项重新折算到 100 分",
        "When missing it leaves the sum, and the total is taken over the other parts",
    ),
    Missing.GROUP_AVERAGE: Words(
        "缺失时取同组有数据者的平均分；若无人有数据，则不计入并重新折算",
        "When missing the mean points of those in the group who have an answer count; where nobody has one, it leaves the sum",
    ),
    Missing.BLOCK: Words("缺失时不出总分，待补齐证据", "When missing there is no total until the evidence is there"),
}

HANDLING: Final[Mapping[str, Words]] = {
    "scored": Words("已计分", "scored"),
    "group_average": Words("取同组平均分", "counts with the group's mean points"),
    "renormalised": Words("不计入，总分重新折算", "left the sum; the total is taken over the other parts"),
    "blocked": Words("缺证据，暂不出总分", "no total until the evidence is there"),
    "left_out": Words("无数据，不加不减", "no evidence: nothing added or taken off"),
}

REASONS: Final[Mapping[str, Words]] = {
    "not_recorded": Words("尚未记录", "not recorded"),
    "below_minimum": Words("样本不足", "sample below the minimum"),
    "not_judged": Words("尚未评议", "not judged yet"),
    "no_reason": Words("评议缺少理由", "the judgement lacks a written reason"),
    "out_of_range": Words("数值超出可用范围", "the value is out of range"),
    "no_target": Words("没有目标", "no target is set"),
    "target_not_positive": Words(
        "目标不大于 0，无法相除", "the target is not above zero, so nothing can be divided by it"
    ),
    "few_peers": Words("同组可比人数不足", "too few people in the group to compare with"),
    "no_previous": Words("没有可比的上期", "no earlier value under the same version of the scheme"),
    "no_lines": Words("没有订单", "no order lines"),
    "holds_none": Words("月末没有所辖客户", "no retailer is held at the month's end"),
    "no_base": Words("没有可比基期", "no base to compare with"),
    "no_cost": Words("成本资料不足", "too little is known of costs"),
    "no_parameter": Words("参数未设置", "a parameter is not set"),
    "no_peers": Words("没有同类客户", "no retailers of the same class"),
    "few_periods": Words("期数低于设定的下限", "fewer periods than the set minimum"),
    "no_survey": Words("本月未测评（没有已发布的满意度调查）", "not measured this month: no survey was released"),
    "not_brought": Words("有协议的调入量尚未录入", "what came is not recorded of every agreement"),
    "weights_unfit": Words("维度权重与调查问卷的维度不一致", "the weights do not name the dimensions of the survey"),
}


def explain(part: Part, unit: UnitKind | None = None, *, rule: Missing = Missing.RENORMALISE) -> Explanation:
    """How the part is scored, in words with its numbers.

    Parameters
    ----------
    part : a part of a sound scheme
    unit : of its indicator; shares and ratios are told in percent. None tells plain numbers
    rule : of the scheme for what is missing, used where the part has none (`scheme.missing_rule`)
    """
    rules: list[Words] = []
    last = own_last(part.curve)
    if last is not None:
        rules += _last_rules(last, part)
    if part.minimum_n > 0:
        rules.append(Words(f"样本少于 {part.minimum_n} 不计", f"not scored below a sample of {part.minimum_n}"))
    if isinstance(part.curve, GroupShare):
        share = _amount(part.curve.share, UnitKind.SHARE)
        rules.append(Words(f"其中 {share} 取本单位平均得分", f"{share} of it is the mean points of one's unit"))
    return Explanation(_formula(part, unit), tuple(rules), MISSING[part.missing or rule], part.source)


def explain_score(part: Part, row: Mapping[str, Any], unit: UnitKind | None = None) -> Words:
    """One sentence about a row of `part_scores`: the numbers behind the points, or why there are none and what was done."""
    full = points(part.points_milli)
    if row["answer"] != "value":
        why = REASONS.get(row["reason"], Words(str(row["reason"]), str(row["reason"])))
        done = HANDLING[row["handling"]]
        tail = "" if row["points_milli"] is None else f" {points(row['points_milli'])} / {full}"
        return Words(f"{why.zh}：{done.zh}{tail}", f"{why.en}: {done.en}{tail}")
    value = _amount(row["value"], unit)
    against = _against(part.curve, row, unit)
    got = points(row["points_milli"])
    return Words(f"实际 {value}{against.zh}，得 {got} / {full} 分", f"{value}{against.en}: {got} of {full} points")


def _amount(value: float, unit: UnitKind | None) -> str:
    if unit in (UnitKind.SHARE, UnitKind.RATIO):
        return f"{spoken(round(value * 100, 2))} %"
    return spoken(value)


def _against(curve: Curve, row: Mapping[str, Any], unit: UnitKind | None) -> Words:
    inner = own(curve)
    if isinstance(inner, AgainstGroup):
        mean = _amount(row["group_average"], unit)
        return Words(
            f"，同组平均 {mean}（{row['group_n']} 人）", f" against the group's mean of {mean} (n = {row['group_n']})"
        )
    if isinstance(inner, RankBand):
        return Words(f"，同组第 {row['rank']}（{row['group_n']} 人）", f", place {row['rank']} of {row['group_n']}")
    if isinstance(inner, OwnLast):
        last = _amount(row["previous_value"], unit)
        return Words(f"，上期 {last}", f" against {last} last time")
    if row["target"] is None:
        return Words("", "")
    target = _amount(row["target"], unit)
    return Words(f"，目标 {target}", f" against a target of {target}")


def _formula(part: Part, unit: UnitKind | None) -> Words:
    curve, full, higher = own(part.curve), points(part.points_milli), part.better is Direction.HIGHER
    if isinstance(curve, RatioToTarget):
        return _ratio_words(curve, full, higher, _target(part, unit))
    if isinstance(curve, StepTable):
        return _step_words(curve, unit, higher, _target(part, unit))
    if isinstance(curve, LinearFromTarget):
        return _linear_words(curve, full, higher, _target(part, unit), unit)
    if isinstance(curve, PerEvent):
        each = points(curve.less_milli)
        return Words(f"满分 {full}，每次扣 {each}，扣完为止", f"{full} points, {each} off for each event, not below 0")
    if isinstance(curve, OwnLast):
        return Words(f"满分 {full}，与本人上期比较", f"{full} points, compared with one's own last value")
    if isinstance(curve, AgainstGroup):
        return _group_words(curve, full, higher, unit)
    if isinstance(curve, RankBand):
        return _band_words(curve)
    return Words(f"{full} × 评议分 ÷ 100", f"{full} x judgement / 100")


def _target(part: Part, unit: UnitKind | None) -> Words:
    aim = own_target(part.curve)
    if aim is None:
        return Words("下达的目标", "the target set")
    return Words(f"目标 {_amount(aim, unit)}", f"the target of {_amount(aim, unit)}")


def _ratio_words(curve: RatioToTarget, full: str, higher: bool, target: Words) -> Words:
    low, high = _amount(curve.floor, UnitKind.RATIO), _amount(curve.cap, UnitKind.RATIO)
    zh = f"实际 ÷ {target.zh}" if higher else f"{target.zh} ÷ 实际"
    en = f"actual / {target.en}" if higher else f"{target.en} / actual"
    limits_zh, limits_en = f"最高按 {high} 计", f"counted up to {high}"
    if curve.floor > 0:
        limits_zh, limits_en = f"按 {low} 至 {high} 计", f"counted from {low} to {high}"
    return Words(f"{full} × （{zh}），{limits_zh}", f"{full} x ({en}), {limits_en}")


def _step_words(curve: StepTable, unit: UnitKind | None, higher: bool, target: Words) -> Words:
    ratio = curve.of == "ratio"
    kind = UnitKind.RATIO if ratio else unit
    told_zh, told_en = "实际", "actual"
    if ratio:
        told_zh, told_en = ("实际 ÷ ", "actual / ") if higher else ("÷ 实际", "/ actual")
        told_zh = f"{told_zh}{target.zh}" if higher else f"{target.zh} {told_zh}"
        told_en = f"{told_en}{target.en}" if higher else f"{target.en} {told_en}"
    steps = [(f"≥ {_amount(step.at_least, kind)}", points(step.points_milli)) for step in reversed(curve.steps)]
    below = points(curve.below_milli)
    zh = "，".join(f"{edge} 得 {got}" for edge, got in steps)
    en = ", ".join(f"{edge} gives {got}" for edge, got in steps)
    return Words(f"{told_zh} {zh}，其余得 {below}", f"{told_en} {en}, else {below}")


def _linear_words(curve: LinearFromTarget, full: str, higher: bool, target: Words, unit: UnitKind | None) -> Words:
    each = _amount(curve.unit, unit)
    short = Words("低", "short of it") if higher else Words("高", "above it")
    beyond = Words("高", "beyond it") if higher else Words("低", "below it")
    zh, en = [f"达到{target.zh}，得 {full}"], [f"{full} points at {target.en}"]
    if curve.less_milli:
        zh.append(f"每{short.zh} {each} 扣 {points(curve.less_milli)}")
        en.append(f"{points(curve.less_milli)} off for each {each} {short.en}")
    if curve.more_milli:
        zh.append(f"每{beyond.zh} {each} 加 {points(curve.more_milli)}")
        en.append(f"{points(curve.more_milli)} on for each {each} {beyond.en}")
    top = full if curve.highest_milli is None else points(curve.highest_milli)
    zh.append(f"最低 {points(curve.lowest_milli)}、最高 {top}")
    en.append(f"from {points(curve.lowest_milli)} to {top}")
    return Words("，".join(zh), ", ".join(en))


def _group_words(curve: AgainstGroup, full: str, higher: bool, unit: UnitKind | None) -> Words:
    within, near, below = _amount(curve.within, unit), points(curve.near_milli), points(curve.below_milli)
    at_zh, at_en = ("不低于", "at or above") if higher else ("不高于", "at or below")
    off_zh, off_en = ("低于", "below") if higher else ("高于", "above")
    return Words(
        f"{at_zh}同组平均得 {full}，{off_zh}平均不超过 {within} 得 {near}，超过得 {below}",
        f"{full} points {at_en} the group's mean, {near} when {off_en} it by at most {within}, else {below}",
    )


def _band_words(curve: RankBand) -> Words:
    bands = [(_amount(band.up_to_share, UnitKind.SHARE), points(band.points_milli)) for band in curve.bands]
    return Words(
        "按同组名次：" + "，".join(f"前 {edge} 得 {got}" for edge, got in bands),
        "By place in the group: " + ", ".join(f"first {edge} gives {got}" for edge, got in bands),
    )


def _last_rules(last: OwnLast, part: Part) -> list[Words]:
    rules = []
    if last.fell_milli:
        lost = points(last.fell_milli)
        rules.append(Words(f"比本人上期变差 −{lost}", f"-{lost} when worse than one's own last value"))
    if last.rank_fell_milli:
        lost = points(last.rank_fell_milli)
        rules.append(Words(f"名次下降 −{lost}", f"-{lost} when the rank fell"))
    if last.top_places and last.top_milli:
        won = points(last.top_milli)
        rules.append(Words(f"前 {last.top_places} 名 +{won}", f"+{won} for the first {last.top_places}"))
    top = points(part.points_milli + last.top_milli if last.highest_milli is None else last.highest_milli)
    low = points(last.lowest_milli)
    return [*rules, Words(f"最低 {low}、最高 {top}", f"from {low} to {top}")]
