"""Scorecards and totals by a scheme, as expressions over the tables of `inputs`."""

from __future__ import annotations

from typing import Any, Final

import ibis
from ibis.expr import types as ir

from lianxin.core.scoring.curves import (
    AgainstGroup,
    GroupShare,
    OwnLast,
    RankBand,
    RatioToTarget,
    StepTable,
    needs_target,
    own,
)
from lianxin.core.scoring.evidence import WHO, joined, unnested, with_peers, with_previous, with_values
from lianxin.core.scoring.inputs import GATE_STATES, PART_SCORES, TOTALS, Inputs
from lianxin.core.scoring.points import (
    after_own_last,
    by_part,
    drawn_at,
    half_up,
    in_micro,
    own_points,
    rounded_mean,
    unit_share,
)
from lianxin.core.scoring.scheme import FULL_MARKS_MILLI, Effect, Gate, Missing, Part, Role, Scheme, lines, missing_rule
from lianxin.core.units import Direction

SMALLEST_GROUP_WITH_BANDS: Final = 6


def part_scores(scheme: Scheme, inputs: Inputs | None = None) -> ir.Table:
    """Give every line of every scorecard: value, target, points, and what was done where there is no answer.

    Parameters
    ----------
    scheme : without faults (`soundness.check`)
    inputs : tables of `inputs`, one row per key each; unbound by default, to be bound by an engine. Indicator values and targets
        count at the level manager.

    Returns
    -------
    one row per (company_id, month, entity, part), columns of `inputs.PART_SCORES`
        value : float64, unit of the indicator; null without a usable value
        target : float64; the row of `targets`, else the scheme's
        rank : int64; 1 + people of the group with a strictly better value
        group_n, group_average : people of the group with a value, and their mean (values rounded to a millionth)
        answer : `value` or `not_enough_data`
        reason : null with a value; else the indicator's code, or not_recorded, below_minimum, not_judged, no_reason, out_of_range,
            no_target, target_not_positive, few_peers, no_previous
        points_milli : int64, half up; what counts towards the total; null where nothing counts; negative for a deduction
        handling : scored, group_average (counts with the group's mean points), renormalised, blocked, left_out
        curve_x, curve_y : where the person stands on the curve drawn by `drawing.curve_points`

    Invariants
    ----------
    A part without an answer never counts as zero.
    The same rows give the same result in any order and on any engine.

    Source
    ------
    trade sources 2.12 (formula pieces, I), 2.2 (group average for no exposure, S), 2.6 (against group and own last, S).
    """
    tables = inputs or Inputs()
    parts = [part for _, part in lines(scheme)]
    frame = _frame(scheme, tables)
    frame = with_values(frame, parts, tables)
    frame = with_peers(frame, parts)
    frame = with_previous(frame, parts, tables)
    frame = _with_points(frame, parts)
    return _with_handling(frame, scheme).select(*PART_SCORES.columns)


def gate_states(scheme: Scheme, inputs: Inputs | None = None) -> ir.Table:
    """Tell for every enabled gate and person whether it is passed, struck, or cannot be told.

    Returns
    -------
    one row per (company_id, month, entity, gate), columns of `inputs.GATE_STATES`; none where no gate is enabled
    """
    tables = inputs or Inputs()
    gates = [gate for gate in scheme.gates if gate.enabled]
    standing = [_as_part(gate) for gate in gates]
    frame = unnested(tables.groups, [gate.code for gate in gates])
    frame = with_values(frame, standing, tables)
    codes = {gate.code: gate for gate in gates}
    frame = frame.mutate(
        gate=frame.part,
        threshold=by_part(frame, standing, lambda part: codes[part.code].threshold, "float64"),
        effect=by_part(frame, standing, lambda part: codes[part.code].effect.value, "string"),
        cap_milli=by_part(frame, standing, lambda part: codes[part.code].cap_milli, "int64"),
    )
    higher = by_part(frame, standing, lambda part: part.better is Direction.HIGHER, "boolean")
    line = in_micro(frame.threshold)
    frame = frame.mutate(
        state=ibis.cases(
            (frame.micro.isnull(), "cannot_tell"),
            (higher & (frame.micro < line), "struck"),
            (~higher & (frame.micro > line), "struck"),
            else_="passed",
        )
    )
    return frame.select(*GATE_STATES.columns)


def totals(
    scheme: Scheme, inputs: Inputs | None = None, *, parts: ir.Table | None = None, gates: ir.Table | None = None
) -> ir.Table:
    """Give every person's total, or say why there is none.

    Parameters
    ----------
    scheme : without faults
    inputs : as in `part_scores`
    parts, gates : results of `part_scores` and `gate_states` already computed; by default their expressions are used

    Returns
    -------
    one row per (company_id, month, entity) of `groups`, columns of `inputs.TOTALS`
        total_milli : int64; points had / points that could be had x 100, half up; then additions and deductions; then held between
            zero and the scheme's ceiling; then capped by struck gates; null unless answer is `value`
        answer : `value`; `blocked` where a part or a gate blocks; `not_enough_data` where less than the scheme's minimum share was
            scored, or nothing counts
        scored_share : float64; full marks of the parts measured or judged / of all parts
        rank : 1 + people of the group with a strictly higher total
        band : top, middle or bottom third by the middle of one's tie; null in a group of fewer than six totals
    """
    tables = inputs or Inputs()
    lines_of = part_scores(scheme, tables) if parts is None else parts
    states = gate_states(scheme, tables) if gates is None else gates
    summed = _sums(lines_of)
    frame = joined(tables.groups.select("person_id", "group_key", "unit", *WHO), summed, WHO)
    struck = states.filter(states.state == "struck")
    gated = struck.group_by(WHO).agg(
        gate_blocks=(struck.effect == Effect.BLOCK.value).any(), cap_milli=struck.cap_milli.min()
    )
    frame = joined(frame, gated, WHO)
    return _ranked(_answered(frame, scheme)).select(*TOTALS.columns)


def _as_part(gate: Gate) -> Part:
    """A gate reads its value as a part does."""
    return Part(
        code=gate.code,
        title=gate.title,
        points_milli=0,
        curve=StepTable(steps=()),
        indicator=gate.indicator,
        judgement=gate.judgement,
        better=gate.better,
    )


def _frame(scheme: Scheme, tables: Inputs) -> ir.Table:
    roles = {part.code: role for role, part in lines(scheme)}
    parts = [part for _, part in lines(scheme)]
    frame = unnested(tables.groups, [part.code for part in parts])
    return frame.mutate(
        role=by_part(frame, parts, lambda part: roles[part.code].value, "string"),
        block=by_part(frame, parts, lambda part: part.block, "string"),
        full_milli=by_part(frame, parts, lambda part: part.points_milli, "int64"),
    )


def _with_points(frame: ir.Table, parts: list[Part]) -> ir.Table:
    """Answer, reason and the points by each curve."""
    wants = by_part(frame, parts, lambda part: needs_target(part.curve), "boolean")
    divides = by_part(frame, parts, lambda part: _divides_by_target(part), "boolean")
    least = by_part(frame, parts, _least_group, "int64")
    meant = by_part(frame, parts, lambda part: isinstance(own(part.curve), AgainstGroup), "boolean")
    alone = by_part(frame, parts, lambda part: isinstance(own(part.curve), OwnLast), "boolean")
    frame = frame.mutate(
        reason=ibis.cases(
            (frame.reason.notnull(), frame.reason),
            (wants & frame.target.isnull(), "no_target"),
            (divides & (frame.target <= 0), "target_not_positive"),
            (frame.group_n < least, "few_peers"),
            (meant & frame.group_average.isnull(), "out_of_range"),
            (alone & frame.previous_micro.isnull(), "no_previous"),
            else_=ibis.null("string"),
        )
    )
    frame = frame.mutate(
        answer=ibis.ifelse(frame.reason.isnull(), "value", "not_enough_data"),
        drawn=by_part(frame, parts, lambda part: own_points(part, frame), "float64"),
        curve_x=by_part(frame, parts, lambda part: drawn_at(part, frame), "float64"),
    )
    answered = frame.reason.isnull()
    plain = by_part(frame, parts, lambda part: after_own_last(part, frame, frame.drawn), "float64")
    drawable = answered & frame.curve_x.notnull()
    frame = frame.mutate(
        mine=ibis.ifelse(answered, half_up(plain), ibis.null("int64")),
        curve_y=ibis.ifelse(drawable, half_up(frame.drawn) / 1000.0, ibis.null("float64")),
        curve_x=ibis.ifelse(drawable, frame.curve_x, ibis.null("float64")),
    )
    if not any(isinstance(part.curve, GroupShare) for part in parts):
        return frame
    unit = ibis.window(group_by=[frame.company_id, frame.month, frame.unit, frame.part])
    frame = frame.mutate(unit_points_sum=frame.mine.sum().over(unit), unit_points_n=frame.mine.count().over(unit))
    return frame.mutate(mine=by_part(frame, parts, lambda part: unit_share(part, frame, frame.mine), "int64"))


def _divides_by_target(part: Part) -> bool:
    curve = own(part.curve)
    return isinstance(curve, RatioToTarget) or (isinstance(curve, StepTable) and curve.of == "ratio")


def _least_group(part: Part) -> int:
    curve = own(part.curve)
    return curve.minimum_group if isinstance(curve, AgainstGroup | RankBand) else 0


def _with_handling(frame: ir.Table, scheme: Scheme) -> ir.Table:
    """What counts, and what was done where there is no answer."""
    parts = [part for _, part in lines(scheme)]
    rule = by_part(frame, parts, lambda part: missing_rule(scheme, part).value, "string")
    whole = ibis.window(group_by=[frame.company_id, frame.month, frame.group_key, frame.part])
    frame = frame.mutate(
        mine=ibis.ifelse(frame.role == Role.DEDUCTION.value, frame.mine - frame.full_milli, frame.mine),
        rule=rule,
        peers_sum=frame.mine.sum().over(whole),
        peers_n=frame.mine.count().over(whole),
    )
    frame = frame.mutate(
        handling=ibis.cases(
            (frame.answer == "value", "scored"),
            (frame.role != Role.PART.value, "left_out"),
            (frame.rule == Missing.BLOCK.value, "blocked"),
            ((frame.rule == Missing.GROUP_AVERAGE.value) & (frame.peers_n > 0), "group_average"),
            else_="renormalised",
        )
    )
    return frame.mutate(
        points_milli=ibis.cases(
            (frame.handling == "scored", frame.mine),
            (frame.handling == "group_average", rounded_mean(frame.peers_sum, frame.peers_n)),
            else_=ibis.null("int64"),
        )
    )


def _sums(parts: ir.Table) -> ir.Table:
    in_hundred = parts.role == Role.PART.value
    scored = parts.handling == "scored"
    counts = in_hundred & parts.points_milli.notnull()

    def total(column: Any, where: Any) -> Any:
        return column.sum(where=where).fill_null(0).cast("int64")

    return parts.group_by(WHO).agg(
        had_milli=total(parts.points_milli, counts),
        could_milli=total(parts.full_milli, counts),
        scored_milli=total(parts.full_milli, in_hundred & scored),
        full_milli=total(parts.full_milli, in_hundred),
        changes_milli=total(parts.points_milli, ~in_hundred & scored),
        part_blocks=(parts.handling == "blocked").any(),
    )


def _answered(frame: ir.Table, scheme: Scheme) -> ir.Table:
    share = (frame.scored_milli / frame.full_milli.nullif(0)).fill_null(0.0)
    frame = frame.mutate(scored_share=share)
    frame = frame.mutate(
        answer=ibis.cases(
            (frame.part_blocks.fill_null(False) | frame.gate_blocks.fill_null(False), "blocked"),
            (frame.could_milli.fill_null(0) == 0, "not_enough_data"),
            (in_micro(frame.scored_share) < in_micro(ibis.literal(scheme.minimum_scored_share)), "not_enough_data"),
            else_="value",
        )
    )
    total = rounded_mean(frame.had_milli * FULL_MARKS_MILLI, frame.could_milli) + frame.changes_milli
    if scheme.highest_milli is not None:
        total = ibis.least(total, scheme.highest_milli)
    total = ibis.greatest(total, 0)
    total = ibis.ifelse(frame.cap_milli < total, frame.cap_milli, total)
    return frame.mutate(total_milli=ibis.ifelse(frame.answer == "value", total, ibis.null("int64")).cast("int64"))


def _ranked(frame: ir.Table) -> ir.Table:
    group = [frame.company_id, frame.month, frame.group_key]
    whole = ibis.window(group_by=group)
    downwards = ibis.window(group_by=group, order_by=frame.total_milli.desc(nulls_first=False))
    alike = ibis.window(group_by=[*group, frame.total_milli])
    frame = frame.mutate(
        place=(ibis.rank().over(downwards)).cast("int64"),
        ties=frame.entity.count().over(alike).cast("int64"),
        group_n=frame.total_milli.count().over(whole).cast("int64"),
    )
    valued = frame.total_milli.notnull()
    # Six times the middle of one's tie, so that thirds of the group are compared in whole numbers.
    middle = frame.place * 6 + frame.ties * 3
    return frame.mutate(
        rank=ibis.ifelse(valued, frame.place + 1, ibis.null("int64")),
        band=ibis.cases(
            (~valued | (frame.group_n < SMALLEST_GROUP_WITH_BANDS), ibis.null("string")),
            (middle <= frame.group_n * 2, "top"),
            (middle >= frame.group_n * 4, "bottom"),
            else_="middle",
        ),
    )
