"""What a line of a scorecard knows before its curve is applied: the value, the target, the peers, one's own last."""

from __future__ import annotations

from typing import Final

import ibis
from ibis.expr import types as ir

from lianxin.core.scoring.curves import Judgement, own, own_last, own_target
from lianxin.core.scoring.inputs import Inputs
from lianxin.core.scoring.points import LARGEST, LARGEST_IN_A_MEAN, MILLION, by_part, in_micro
from lianxin.core.scoring.scheme import Part
from lianxin.core.units import Direction, Level

WHO: Final = ("company_id", "month", "entity")


def unnested(groups: ir.Table, codes: list[str]) -> ir.Table:
    """Each person once for every code, in the column `part`."""
    return groups.mutate(part=ibis.literal(codes, type="array<string>").unnest())


def joined(left: ir.Table, right: ir.Table, keys: tuple[str, ...]) -> ir.Table:
    """Left join on equal keys; the right side brings its other columns only."""
    renamed = right.rename({f"{key}_of_right": key for key in keys})
    joined = left.left_join(renamed, [left[key] == renamed[f"{key}_of_right"] for key in keys])
    return joined.drop(*(f"{key}_of_right" for key in keys))


def with_values(frame: ir.Table, parts: list[Part], tables: Inputs) -> ir.Table:
    """Value, numerator, denominator, n, target, micro, and the reason where there is no value."""
    frame = frame.mutate(
        indicator=by_part(frame, parts, lambda part: part.indicator, "string"),
        judgement=by_part(frame, parts, lambda part: part.judgement, "string"),
        minimum_n=by_part(frame, parts, lambda part: part.minimum_n, "int64"),
        own_target=by_part(frame, parts, lambda part: own_target(part.curve), "float64"),
        on_hundred=by_part(frame, parts, lambda part: isinstance(own(part.curve), Judgement), "boolean"),
    )
    measured = tables.indicator_values
    measured = measured.filter(measured.level == Level.MANAGER.value).select(
        *WHO,
        "indicator",
        "numerator",
        "denominator",
        measured_value=measured.value,
        measured_n=measured.n,
        measured_answer=measured.answer,
        measured_reason=measured.reason,
    )
    frame = joined(frame, measured, (*WHO, "indicator"))
    judged = tables.judgements
    judged = judged.select(*WHO, "judgement", judged_value=judged.value, judged_reason=judged.reason)
    frame = joined(frame, judged, (*WHO, "judgement"))
    wanted = tables.targets
    wanted = wanted.filter(wanted.level == Level.MANAGER.value).select(*WHO, "indicator", target_row=wanted.target)
    frame = joined(frame, wanted, (*WHO, "indicator"))
    raw = ibis.ifelse(frame.indicator.notnull(), frame.measured_value, frame.judged_value)
    frame = frame.mutate(raw=raw, target=ibis.coalesce(frame.target_row, frame.own_target))
    bad_range = ~(frame.raw.abs() < LARGEST) | (frame.on_hundred & ((frame.raw < 0) | (frame.raw > 100)))
    frame = frame.mutate(
        reason=ibis.cases(
            (frame.indicator.notnull() & frame.measured_answer.isnull(), "not_recorded"),
            (
                frame.indicator.notnull() & (frame.measured_answer != "value"),
                frame.measured_reason.fill_null("not_recorded"),
            ),
            (frame.indicator.isnull() & frame.raw.isnull(), "not_judged"),
            (frame.raw.isnull(), "not_recorded"),
            (frame.indicator.notnull() & (frame.measured_n < frame.minimum_n), "below_minimum"),
            (frame.indicator.isnull() & (frame.judged_reason.fill_null("").strip() == ""), "no_reason"),
            (bad_range, "out_of_range"),
            else_=ibis.null("string"),
        )
    )
    value = ibis.ifelse(frame.reason.isnull(), frame.raw, ibis.null("float64"))
    judged_n = ibis.ifelse(frame.judged_value.isnull(), 0, 1)
    frame = frame.mutate(
        value=value, n=ibis.ifelse(frame.indicator.notnull(), frame.measured_n.fill_null(0), judged_n).cast("int64")
    )
    return frame.mutate(micro=in_micro(frame.value))


def with_peers(frame: ir.Table, parts: list[Part]) -> ir.Table:
    """Rank in the group, people with a value, their sum and mean."""
    lower = by_part(frame, parts, lambda part: part.better is Direction.LOWER, "boolean")
    frame = frame.mutate(
        key=ibis.ifelse(lower, 0 - frame.micro, frame.micro),
        # Sums of larger values would leave 64 bits: a group with one has no mean.
        summable=ibis.ifelse(frame.value.abs() < LARGEST_IN_A_MEAN, frame.micro, ibis.null("int64")),
    )
    group = [frame.company_id, frame.month, frame.group_key, frame.part]
    whole = ibis.window(group_by=group)
    by_key = ibis.window(group_by=group, order_by=frame.key.desc(nulls_first=False))
    frame = frame.mutate(
        rank=ibis.ifelse(frame.key.isnull(), ibis.null("int64"), (ibis.rank().over(by_key) + 1).cast("int64")),
        group_n=frame.micro.count().over(whole).cast("int64"),
        summed_n=frame.summable.count().over(whole).cast("int64"),
        group_micro_sum=frame.summable.sum().over(whole).cast("int64"),
    )
    mean = frame.group_micro_sum / frame.group_n.nullif(0) / float(MILLION)
    return frame.mutate(group_average=ibis.ifelse(frame.summed_n == frame.group_n, mean, ibis.null("float64")))


def with_previous(frame: ir.Table, parts: list[Part], tables: Inputs) -> ir.Table:
    """One's own last value and rank: of the latest earlier month, for the parts that compare with it."""
    codes = [part.code for part in parts if own_last(part.curve) is not None]
    if not codes:
        nothing = ibis.null("float64")
        return frame.mutate(previous_value=nothing, previous_rank=ibis.null("int64"), previous_micro=ibis.null("int64"))
    earlier = tables.previous_scores
    earlier = earlier.filter(earlier.part.isin(codes) & earlier.value.notnull()).select(
        "company_id",
        "entity",
        "part",
        earlier_month=earlier.month,
        previous_value=earlier.value,
        previous_rank=earlier["rank"],
    )
    months = frame.select("company_id", "month").distinct().rename(now_company="company_id")
    pairs = earlier.inner_join(
        months, [earlier.company_id == months.now_company, earlier.earlier_month < months.month]
    ).drop("now_company")
    newest = ibis.window(
        group_by=[pairs.company_id, pairs.month, pairs.entity, pairs.part], order_by=pairs.earlier_month.desc()
    )
    pairs = pairs.mutate(place=ibis.row_number().over(newest))
    last = pairs.filter(pairs.place == 0).drop("place", "earlier_month")
    last = last.mutate(previous_micro=in_micro(last.previous_value))
    return joined(frame, last, (*WHO, "part"))
