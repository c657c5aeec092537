"""Whether a scheme makes sense: every fault with its place and a sentence that says what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from lianxin.core.scoring.curve_soundness import Listener, check_curve
from lianxin.core.scoring.curves import highest_milli
from lianxin.core.scoring.scheme import FULL_MARKS_MILLI, Effect, Gate, Part, Role, Scheme, lines
from lianxin.core.scoring.words import Fault, number, points
from lianxin.core.units import Direction

LARGEST_POINTS_MILLI: Final = 1_000_000
_LISTS: Final = {Role.PART: "parts", Role.ADDITION: "additions", Role.DEDUCTION: "deductions"}


def check(scheme: Scheme, indicators: Mapping[str, Direction] | None = None) -> list[Fault]:
    """Every fault of a scheme; an empty list means that it can be scored.

    Parameters
    ----------
    scheme : well-formed (`notation.from_json`)
    indicators : indicators in use with the direction of each; None leaves the codes unchecked, as for a preset that names
        indicators which are still to be built

    Returns
    -------
    faults in the order of the scheme
    """
    listener = Listener()
    _check_frame(scheme, listener)
    _check_blocks(scheme, listener)
    for role, part in lines(scheme):
        _check_line(scheme, role, part, f"{_LISTS[role]}.{part.code}", indicators, listener)
    for gate in scheme.gates:
        _check_gate(gate, f"gates.{gate.code}", indicators, listener)
    return listener.faults


def _check_frame(scheme: Scheme, to: Listener) -> None:
    to.unless(bool(scheme.code.strip()), "no_code", "code", "请填写方案代码", "give the scheme a code")
    to.unless(scheme.version >= 1, "version_too_low", "version", "版本号从 1 开始", "versions start at 1")
    to.unless(bool(scheme.parts), "no_parts", "parts", "方案至少要有一个考核项", "a scheme needs at least one part")
    total = sum(part.points_milli for part in scheme.parts)
    to.unless(
        not scheme.parts or total == FULL_MARKS_MILLI,
        "weights_do_not_sum",
        "parts",
        f"各考核项分值合计 {points(total)} 分，应为 100 分，请调整",
        f"the points of the parts sum to {points(total)}; make them sum to 100",
    )
    to.unless(
        0 <= scheme.minimum_scored_share <= 1,
        "share_out_of_range",
        "minimum_scored_share",
        f"最低计分权重 {number(scheme.minimum_scored_share)} 应在 0 与 1 之间",
        f"the minimum scored share is {number(scheme.minimum_scored_share)}; keep it between 0 and 1",
    )
    to.unless(
        scheme.highest_milli is None or FULL_MARKS_MILLI <= scheme.highest_milli <= LARGEST_POINTS_MILLI,
        "ceiling_out_of_range",
        "highest",
        "总分上限应在 100 与 1000 之间",
        "keep the ceiling of the total between 100 and 1000",
    )
    _check_codes([part.code for _, part in lines(scheme)], "parts", to)
    _check_codes([gate.code for gate in scheme.gates], "gates", to)
    _check_codes([block.code for block in scheme.blocks], "blocks", to)


def _check_codes(codes: Iterable[str], where: str, to: Listener) -> None:
    for code, times in Counter(codes).items():
        to.unless(bool(code.strip()), "no_code", where, "有一项没有代码，请填写", "an item has no code; give it one")
        to.unless(
            times == 1,
            "duplicated_code",
            where,
            f"代码 {code} 出现 {times} 次，每个代码只能用一次",
            f"the code {code} is used {times} times; use each code once",
        )


def _check_blocks(scheme: Scheme, to: Listener) -> None:
    if not scheme.blocks:
        return
    inside = Counter({block.code: 0 for block in scheme.blocks})
    known = set(inside)
    for part in scheme.parts:
        if part.block in known:
            inside[str(part.block)] += part.points_milli
        else:
            to.blame(
                "unknown_block",
                f"parts.{part.code}.block",
                f"板块 {part.block} 不存在，请选择已有板块",
                f"there is no block {part.block}; choose one of the scheme's blocks",
            )
    for block in scheme.blocks:
        to.unless(
            inside[block.code] == block.points_milli,
            "block_does_not_sum",
            f"blocks.{block.code}",
            f"板块内各项合计 {points(inside[block.code])} 分，板块为 {points(block.points_milli)} 分，请使两者相等",
            f"its parts sum to {points(inside[block.code])} points, the block has {points(block.points_milli)}; make them equal",
        )


def _check_line(
    scheme: Scheme, role: Role, part: Part, where: str, indicators: Mapping[str, Direction] | None, to: Listener
) -> None:
    to.unless(
        0 < part.points_milli <= LARGEST_POINTS_MILLI,
        "points_out_of_range",
        f"{where}.points",
        f"分值 {points(part.points_milli)} 应大于 0 且不超过 1000",
        f"{points(part.points_milli)} points; give more than 0 and at most 1000",
    )
    to.unless(
        part.minimum_n >= 0, "negative", f"{where}.minimum_n", "最小样本不能为负", "a minimum sample cannot be negative"
    )
    to.unless(
        role is Role.PART or part.block is None,
        "block_on_change",
        f"{where}.block",
        "加分项和扣分项不属于板块，请清空",
        "additions and deductions belong to no block; leave it empty",
    )
    to.unless(
        not scheme.blocks or role is not Role.PART or part.block is not None,
        "no_block",
        f"{where}.block",
        "方案分板块，请为该项选择板块",
        "the scheme has blocks; choose one for this part",
    )
    _check_evidence(part, where, indicators, to)
    check_curve(part, f"{where}.curve", to)
    highest = highest_milli(part.curve, part.points_milli)
    to.unless(
        role is not Role.DEDUCTION or highest <= part.points_milli,
        "deduction_gives",
        f"{where}.curve",
        "扣分项最多扣完，不能加分",
        "a deduction cannot give points; keep its curve within its full marks",
    )
    to.unless(
        highest <= LARGEST_POINTS_MILLI,
        "points_out_of_range",
        f"{where}.curve",
        f"最高可得 {points(highest)} 分，不能超过 1000",
        f"the curve can give {points(highest)} points; keep it to 1000",
    )


def _check_evidence(item: Part | Gate, where: str, indicators: Mapping[str, Direction] | None, to: Listener) -> None:
    to.unless(
        (item.indicator is None) != (item.judgement is None),
        "no_evidence",
        where,
        "请选择一个指标或一项评议，二者只能有一个",
        "name either an indicator or a judgement, one of the two",
    )
    to.unless(
        item.better is not Direction.NEUTRAL,
        "no_direction",
        f"{where}.better",
        "请说明数值越高越好还是越低越好",
        "say whether higher or lower is better",
    )
    if indicators is None or item.indicator is None:
        return
    if item.indicator not in indicators:
        to.blame(
            "unknown_indicator",
            f"{where}.indicator",
            f"没有指标 {item.indicator}，请从指标目录中选择",
            f"there is no indicator {item.indicator}; choose one of the catalogue",
        )
        return
    direction = indicators[item.indicator]
    to.unless(
        direction in (Direction.NEUTRAL, item.better),
        "against_direction",
        f"{where}.better",
        f"指标 {item.indicator} 的方向与此相反，请改正",
        f"the indicator {item.indicator} runs the other way; correct the direction",
    )


def _check_gate(gate: Gate, where: str, indicators: Mapping[str, Direction] | None, to: Listener) -> None:
    _check_evidence(gate, where, indicators, to)
    caps = gate.effect is Effect.CAP
    to.unless(
        caps == (gate.cap_milli is not None),
        "cap_does_not_fit",
        f"{where}.cap",
        "封顶类门槛必须给出封顶分，其他门槛不能给出",
        "a gate that caps needs a cap, any other must not have one",
    )
    to.unless(
        gate.cap_milli is None or 0 <= gate.cap_milli <= LARGEST_POINTS_MILLI,
        "points_out_of_range",
        f"{where}.cap",
        "封顶分应在 0 与 1000 之间",
        "keep the cap between 0 and 1000",
    )
