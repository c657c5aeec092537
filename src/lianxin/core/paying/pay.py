"""Divide pools: by weight, to the fen, with a stated place for every remainder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import ibis
from ibis.expr import types as ir

from lianxin.core.paying.division import LARGEST_AMOUNT, LARGEST_TOTAL, divided, whole
from lianxin.core.paying.inputs import CALENDAR, DAYS_IN_POST, PAID_PEOPLE, PAY, PAY_FAULTS, POOLS
from lianxin.core.paying.rule import ONE_MILLI, Days, PayRule, Sentence, WithoutScore
from lianxin.core.tables import POSTINGS

_POOL: Final = ("company_id", "month", "pool")
_LARGEST_SCORE: Final = 1_000_000
_LARGEST_DAYS: Final = 31


def days_in_post(
    rule: PayRule, post: str, postings: ir.Table | None = None, calendar: ir.Table | None = None
) -> ir.Table:
    """Count for everybody in a post the days of the month on which he held it.

    Parameters
    ----------
    rule : says whether all days or working days count
    post : code of the post
    postings : as in `core.tables`; intervals of one person do not overlap
    calendar : the days of the months that are paid

    Returns
    -------
    one row per (company_id, month, employee_no) with at least one counted day, columns of `inputs.DAYS_IN_POST`
    """
    held = POSTINGS.unbound() if postings is None else postings
    days = CALENDAR.unbound() if calendar is None else calendar
    if rule.days is Days.WORKING:
        days = days.filter(days.is_working)
    length = days.group_by("company_id", "month").agg(month_days=days.day.nunique())
    held = held.filter(held.post == post).select("employee_no", "valid_from", "valid_until", of_company=held.company_id)
    pairs = held.inner_join(
        days,
        [
            held.of_company == days.company_id,
            held.valid_from <= days.day,
            held.valid_until.isnull() | (days.day < held.valid_until),
        ],
    )
    counted = pairs.group_by("company_id", "month", "employee_no").agg(days=pairs.day.nunique())
    length = length.rename(length_company="company_id", length_month="month")
    both = counted.inner_join(
        length, [counted.company_id == length.length_company, counted.month == length.length_month]
    )
    return both.mutate(entity=both.employee_no).select(*DAYS_IN_POST.columns)


def pay(rule: PayRule, people: ir.Table | None = None, pools: ir.Table | None = None) -> ir.Table:
    """Divide every pool among its people.

    Parameters
    ----------
    rule : without faults (`rule.check`)
    people : columns of `inputs.PAID_PEOPLE`, one row per person and month
    pools : columns of `inputs.POOLS`, one row per pool and month

    Returns
    -------
    one row per person of a pool without fault (`pay_faults`), columns of `inputs.PAY`
        weight : score_milli x coefficient_milli x days
        amount_fen : floor(rest of the pool x weight / sum of weights), plus remainder_fen; the floor for those at it; null for
            those excluded
        remainder_fen : 1 for those who get one of the fen left over: largest remainders first, equals by employee number
        floor_fen : the rule's floor x days / month_days, rounded down
        is_at_floor : whose share would fall below the floor; these get floor_fen, and the others divide the rest
        handling : scored, group_average (weighed with the mean total of the pool), excluded
        reason : null when scored; else blocked, not_enough_data, no_days

    Invariants
    ----------
    The amounts of a pool sum to the pool, to the fen.
    Nobody who is paid gets less than floor_fen.

    Source
    ------
    Largest remainder (Hamilton 1792). Weighing by days and the floor are our reading (I); trade sources 2.11 has no sourced number.
    """
    frame = _weighed(rule, people, pools)
    frame = frame.filter(frame.fault.isnull())
    frame = _with_floors(rule, frame)
    return _shared(frame).select(*PAY.columns)


def pay_faults(rule: PayRule, people: ir.Table | None = None, pools: ir.Table | None = None) -> ir.Table:
    """Tell which pools cannot be divided, and why.

    Returns
    -------
    one row per (company_id, month, pool) with a fault, columns of `inputs.PAY_FAULTS`; `fault` is one of
        no_pool : people share in a pool without an amount
        pool_not_positive, pool_too_large : the amount is zero, negative or missing; it is 10**15 fen or more
        no_people : nobody shares in it
        out_of_range : a total, a number of days or a length of the month is impossible
        weights_too_large : too many people for exact arithmetic; divide in several pools
        no_weight : nobody has a score above zero, a coefficient above zero and a day in post
        floors_above_pool : the floors alone exceed the pool
    """
    frame = _weighed(rule, people, pools)
    return (
        frame.filter(frame.fault.notnull())
        .group_by(*_POOL)
        .agg(
            fault=frame.fault.min(),
            pool_fen=frame.pool_fen.max(),
            n_people=frame.entity.count(),
            floors_fen=frame.floors_fen.max(),
        )
        .select(*PAY_FAULTS.columns)
    )


def fault_sentence(row: Mapping[str, Any]) -> Sentence:
    """What is wrong with a pool and what to do, from a row of `pay_faults`."""
    pool, month = row["pool"], f"{row['month']:%Y-%m}"
    amount = f"{(row['pool_fen'] or 0) / 100:,.2f}"
    floors = f"{(row['floors_fen'] or 0) / 100:,.2f}"
    zh, en = {
        "no_pool": ("没有奖金总额，请填写", "has no amount; set one"),
        "pool_not_positive": (f"奖金总额为 {amount}，应大于 0", f"holds {amount}; it must be above 0"),
        "pool_too_large": (f"奖金总额 {amount} 过大，请核对", f"holds {amount}, which is too large; correct it"),
        "no_people": ("没有可分配的人员，请核对人员归属", "has nobody to share in it; check who belongs to it"),
        "out_of_range": (
            "有人的得分或在岗天数不合理，请更正",
            "has a total or a number of days that is impossible; correct it",
        ),
        "weights_too_large": ("人数过多，请分成几个奖金池", "has too many people; divide it into several pools"),
        "no_weight": (
            "没有人既有得分又有在岗天数，无法分配",
            "has nobody with a score and a day in post; nothing can be divided",
        ),
        "floors_above_pool": (
            f"保底合计 {floors} 超过奖金总额 {amount}，请提高总额或降低保底",
            f"holds {amount}, but the floors alone need {floors}; raise the pool or lower the floor",
        ),
    }[row["fault"]]
    return Sentence(f"{month} 奖金池 {pool}：{zh}。", f"Pool {pool} of {month} {en}.")


def _weighed(rule: PayRule, people: ir.Table | None, pools: ir.Table | None) -> ir.Table:
    """Everybody beside his pool, with score, coefficient, weight, floor, and the fault of the pool."""
    who = PAID_PEOPLE.unbound() if people is None else people
    what = POOLS.unbound() if pools is None else pools
    what = what.rename({f"pool_{key}": key for key in _POOL}).mutate(is_declared=True)
    frame = who.outer_join(what, [who[key] == what[f"pool_{key}"] for key in _POOL])
    frame = frame.mutate(**{key: ibis.coalesce(frame[key], frame[f"pool_{key}"]) for key in _POOL})
    frame = frame.drop(*(f"pool_{key}" for key in _POOL))
    possible = (
        frame.total_milli.fill_null(0).between(0, _LARGEST_SCORE)
        & frame.month_days.between(1, _LARGEST_DAYS)
        & frame.days.between(0, frame.month_days)
    ).fill_null(False)
    frame = frame.mutate(is_possible=possible)
    frame = frame.mutate(has_score=frame.is_possible & (frame.answer == "value") & frame.total_milli.notnull())
    frame = _scored(rule, frame)
    weight = frame.score_milli * frame.coefficient_milli * frame.days
    floor = whole(frame.days * rule.floor_fen, frame.month_days)
    frame = frame.mutate(
        weight=weight.fill_null(0), floor_fen=ibis.ifelse(frame.score_milli.isnull(), 0, floor).cast("int64")
    )
    return _with_faults(frame)


def _scored(rule: PayRule, frame: ir.Table) -> ir.Table:
    """The score that counts, how it came about, and the coefficient."""
    averaged = [
        answer
        for answer, choice in (("blocked", rule.blocked), ("not_enough_data", rule.not_enough))
        if choice is WithoutScore.GROUP_AVERAGE
    ]
    window = _window(frame)
    frame = frame.mutate(
        sum_milli=frame.total_milli.sum(where=frame.has_score).over(window).cast("int64"),
        n_scored=frame.total_milli.count(where=frame.has_score).over(window).cast("int64"),
    )
    mean = whole(frame.sum_milli * 2 + frame.n_scored, frame.n_scored * 2)
    takes_mean = frame.answer.isin(averaged) & (frame.n_scored > 0) if averaged else ibis.literal(False)
    frame = frame.mutate(
        handling=ibis.cases(
            (~frame.is_possible | (frame.days == 0), "excluded"),
            (frame.has_score, "scored"),
            (takes_mean, "group_average"),
            else_="excluded",
        ),
        reason=ibis.cases(
            (frame.days == 0, "no_days"),
            (frame.has_score, ibis.null("string")),
            (frame.answer == "blocked", "blocked"),
            else_="not_enough_data",
        ),
    )
    listed = [(frame.coefficient_key == item.key, item.milli) for item in rule.coefficients]
    return frame.mutate(
        score_milli=ibis.cases(
            (frame.handling == "scored", frame.total_milli),
            (frame.handling == "group_average", mean),
            else_=ibis.null("int64"),
        ),
        coefficient_milli=(ibis.cases(*listed, else_=ONE_MILLI) if listed else ibis.literal(ONE_MILLI)).cast("int64"),
    )


def _with_faults(frame: ir.Table) -> ir.Table:
    window = _window(frame)
    frame = frame.mutate(
        n_people=frame.entity.count().over(window).cast("int64"),
        n_impossible=frame.entity.count(where=~frame.is_possible).over(window).cast("int64"),
        weight_total=frame.weight.sum().over(window).cast("int64"),
        floors_fen=frame.floor_fen.sum().over(window).cast("int64"),
    )
    return frame.mutate(
        fault=ibis.cases(
            (frame.is_declared.isnull(), "no_pool"),
            (frame.pool_fen.fill_null(0) <= 0, "pool_not_positive"),
            (frame.pool_fen > LARGEST_AMOUNT, "pool_too_large"),
            (frame.n_people == 0, "no_people"),
            (frame.n_impossible > 0, "out_of_range"),
            (frame.weight_total > LARGEST_TOTAL // _LARGEST_DAYS, "weights_too_large"),
            (frame.weight_total == 0, "no_weight"),
            (frame.floors_fen > frame.pool_fen, "floors_above_pool"),
            else_=ibis.null("string"),
        )
    )


def _with_floors(rule: PayRule, frame: ir.Table) -> ir.Table:
    """Who is at the floor: lowest daily weight first, as long as the share of what is left falls below the floor.

    Whoever has a higher daily weight than somebody above the floor is above it too, so one pass in that order is enough.
    """
    if rule.floor_fen == 0:
        return frame.mutate(is_at_floor=ibis.literal(False))
    so_far = ibis.window(
        group_by=[frame[key] for key in _POOL],
        order_by=[frame.score_milli * frame.coefficient_milli * frame.month_days, frame.entity],
        preceding=(None, 0),
    )
    frame = frame.mutate(
        floors_so_far=frame.floor_fen.sum().over(so_far).cast("int64"),
        weight_so_far=frame.weight.sum().over(so_far).cast("int64"),
    )
    left_fen = frame.pool_fen - frame.floors_so_far + frame.floor_fen
    left_weight = frame.weight_total - frame.weight_so_far + frame.weight
    frame = divided(frame, "would", left_fen, frame.weight * frame.month_days, left_weight)
    short = frame.would_quotient < frame.days * rule.floor_fen
    return frame.mutate(is_at_floor=(frame.score_milli.notnull() & short).fill_null(False))


def _shared(frame: ir.Table) -> ir.Table:
    frame = frame.mutate(
        own_weight=ibis.ifelse(frame.is_at_floor, 0, frame.weight).cast("int64"),
        at_floor_fen=ibis.ifelse(frame.is_at_floor, frame.floor_fen, 0).cast("int64"),
    )
    window = _window(frame)
    frame = frame.mutate(
        left_fen=frame.pool_fen - frame.at_floor_fen.sum().over(window).cast("int64"),
        left_weight=frame.own_weight.sum().over(window).cast("int64"),
    )
    frame = divided(frame, "share", frame.left_fen, frame.own_weight, frame.left_weight)
    window = _window(frame)
    in_turn = ibis.window(
        group_by=[frame[key] for key in _POOL],
        order_by=[frame.share_remainder.desc(nulls_first=False), frame.entity],
    )
    frame = frame.mutate(
        over_fen=frame.left_fen - frame.share_quotient.sum().over(window).cast("int64"),
        turn=ibis.row_number().over(in_turn).cast("int64"),
    )
    gets_one = (frame.turn < frame.over_fen).fill_null(False) & (frame.own_weight > 0)
    frame = frame.mutate(remainder_fen=ibis.ifelse(gets_one, 1, 0).cast("int64"))
    return frame.mutate(
        amount_fen=ibis.cases(
            (frame.score_milli.isnull(), ibis.null("int64")),
            (frame.is_at_floor, frame.floor_fen),
            else_=frame.share_quotient + frame.remainder_fen,
        )
    )


def _window(frame: ir.Table) -> Any:
    return ibis.window(group_by=[frame[key] for key in _POOL])
