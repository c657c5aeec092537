"""The rules for hollow visits. Each has three answers: yes (1), no (0), cannot tell (null). A yes asks; it proves nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import ibis
from ibis.expr.types import Table as TableExpression

from lianxin.core.errors import ParameterWrong
from lianxin.core.parameters import value_of
from lianxin.core.tables import Steps
from lianxin.core.verifying.places import ROWS, metres, placed

Column = Any


@dataclass(frozen=True)
class Rule:
    """A rule in words. `kind` groups rules that see the same thing; `parameters` are those that change its answer."""

    code: str
    kind: str
    title_zh: str
    title_en: str
    means: str
    parameters: tuple[str, ...] = ()

    @property
    def column(self) -> str:
        """The name of its column in the result."""
        return f"rule_{self.code}"


_PLACE = ("verifying.accuracy_limit_metres", "verifying.fix_age_limit_seconds", "verifying.far_metres")
_SHORT = ("verifying.far_and_short_metres", "verifying.far_and_short_seconds", "verifying.far_and_short_mode")
_ALL: Final = (
    Rule("too_short", "time", "走访时长过短", "Too short", "Check-in to check-out takes less than the limit.",
         ("verifying.too_short_seconds",)),
    Rule("day_too_short", "time", "单日总时长过短", "Day too short", "All visits of the day together take less than the limit.",
         ("verifying.day_too_short_minutes",)),
    Rule("too_long", "quality", "走访时长过长", "Too long", "The visit takes longer than the limit; mostly a forgotten check-out.",
         ("verifying.too_long_minutes",)),
    Rule("far", "place", "签到位置偏远", "Away from the shop",
         "The fix lies beyond the limit from the shop's registered and learnt places even when it errs by its accuracy.", _PLACE),
    Rule("far_and_short", "place", "偏远且过短", "Away and short", "Far and short together (ALL), either (ANY), or at least n.",
         (*_SHORT, "verifying.far_and_short_n")),
    Rule("too_fast", "place", "移动速度不合常理", "Too fast between check-ins",
         "The way between consecutive fixes, less their accuracies, needs more than the speed limit.",
         ("verifying.speed_limit_kmh",)),
    Rule("impossible_route", "time", "户间用时不合常理", "Too fast between shops",
         "The way between the shops of consecutive visits needs more than the speed limit, whatever the fixes say.",
         ("verifying.speed_limit_kmh",)),
    Rule("burst", "time", "集中突击签到", "Burst of check-ins", "Check-ins at many shops fall into a few minutes.",
         ("verifying.burst_visits", "verifying.burst_minutes")),
    Rule("same_few", "spread", "反复走访少数户", "Same few shops", "The shop was visited much oftener than the manager's others.",
         ("verifying.same_few_visits",)),
    Rule("repeated_fix", "place", "坐标完全相同", "Repeated coordinates",
         "The very same coordinates, not a stale fix, stand for shops that lie far apart.", _PLACE[:2]),
    Rule("same_place", "place", "同一地点多户签到", "One place for several shops",
         "Check-ins for several shops come from one place that is none of theirs.", ("verifying.same_place_retailers",)),
    Rule("no_content", "content", "表单无内容", "Form without content",
         "Questions were asked and none answered, and no other step has content."),
    Rule("odd_hour", "time", "非正常时段签到", "Odd hour", "The check-in lies outside the usual hours.",
         ("verifying.hour_from", "verifying.hour_until")),
    Rule("copied_note", "content", "内容雷同", "Copied note",
         "The note's own words are those of an earlier one: one's own, a colleague's or about the same shop.",
         ("verifying.copy_similarity", "verifying.copy_bits")),
    Rule("contradicted", "witness", "旁证不符", "Contradicted by a witness",
         "A delivery, the order desk or an inspector says otherwise.", ("verifying.witness_minutes",)),
    Rule("not_confirmed", "check", "核查未证实", "Not confirmed by a check", "A walk-around, spot check or call says no."),
)  # fmt: skip
RULES: Final[dict[str, Rule]] = {rule.code: rule for rule in _ALL}
# What the engines answer; the others come from notes, witnesses and checks.
ENGINE_RULES: Final = tuple(code for code in RULES if code not in ("copied_note", "contradicted", "not_confirmed"))
MEASURES: Final = ("seconds", "distance", "n_same_place", "strength_fast", "strength_route")


def answers(parameters: Mapping[str, Any], schema: ibis.Schema) -> Steps:
    """Steps whose last one gives the answers of the rules that need no text.

    Parameters
    ----------
    schema : of the table `verifying_rows`, which `prepared` makes

    Returns
    -------
    one row per visit, sorted by row
        <code> : int8 for each of ENGINE_RULES: 1 yes, 0 no, null cannot tell
        seconds : int64, null without check-out; distance : float64, metres; n_same_place : int64
        strength_fast, strength_route : int8, 2 when leaving the visit out mends the way, 1 when it may be the other's, 0
        is_told, is_learnt : boolean

    Raises
    ------
    ParameterWrong : a parameter has another shape than declared.
    """
    steps = Steps()
    raw = ibis.table(schema, name=ROWS)
    visits = placed(raw, steps, parameters)
    visits = steps.add("verifying_timed", _timed(visits, parameters))
    visits = steps.add("verifying_repeated", _repeated(visits))
    visits = steps.add("verifying_from_place", _from_one_place(visits, parameters))
    visits = steps.add("verifying_fast", _ways(visits, parameters))
    steps.add("verifying_answers", _answered(visits, parameters))
    return steps


def _flag(yes: Column, unknown: Column) -> Column:
    """1 where yes, null where unknown, else 0."""
    return ibis.cases((unknown.fill_null(True), ibis.null("int8")), (yes.fill_null(False), ibis.literal(1, "int8")),
                      else_=ibis.literal(0, "int8"))  # fmt: skip


def _timed(visits: TableExpression, parameters: Mapping[str, Any]) -> TableExpression:
    """Lengths of visits and days, bursts, repeated shops."""
    # A check-out before the check-in tells nothing.
    long = ibis.ifelse(visits.out_s >= visits.in_s, visits.out_s - visits.in_s, ibis.null("int64"))
    timed = visits.mutate(seconds=long)
    day = ibis.window(group_by=["manager", "day"])
    shop = ibis.window(group_by=["manager", "month", "retailer"])
    month = ibis.window(group_by=["manager", "month"])
    timed = timed.mutate(
        day_seconds=timed.seconds.sum().over(day).cast("int64"),
        day_unknown=timed.seconds.isnull().cast("int64").sum().over(day).cast("int64"),
        # A visit of which nobody can tell when it was may belong to any day of its manager.
        n_untimed=(~timed.clock).cast("int64").sum().over(ibis.window(group_by="manager")).cast("int64"),
        n_shop=timed.row.count().over(shop).cast("int64"),
        n_month=timed.row.count().over(month).cast("int64"),
        n_first=(
            ibis.row_number().over(ibis.window(group_by=["manager", "month", "retailer"], order_by="row")) == 0
        ).cast("int64"),
    )
    timed = timed.mutate(n_shops=timed.n_first.sum().over(month).cast("int64"))
    size = int(value_of(parameters, "verifying.burst_visits"))
    span = 60 * int(value_of(parameters, "verifying.burst_minutes"))
    # Visits of which nobody can tell when they were stand in no row of moments.
    order = ibis.window(group_by=["manager", "clock"], order_by=["in_s", "row"])
    ending = timed.in_s.lead(size - 1).over(order) - timed.in_s
    timed = timed.mutate(begins_burst=(ending <= span).fill_null(False).cast("int64"))
    reach = ibis.window(group_by=["manager", "clock"], order_by=["in_s", "row"], preceding=size - 1, following=0)
    burst = ibis.ifelse(timed.clock, timed.begins_burst.max().over(reach), ibis.null("int64"))
    return timed.mutate(in_burst=burst).drop("begins_burst", "n_first")


def _repeated(visits: TableExpression) -> TableExpression:
    """How many shops far apart share the very same coordinates."""
    same = ibis.window(group_by=["manager", "latitude", "longitude", "is_told"])
    spread = (visits.shop_latitude.max().over(same) - visits.shop_latitude.min().over(same)) * 111195.08
    across = (
        (visits.shop_longitude.max().over(same) - visits.shop_longitude.min().over(same)) * 111195.08 * visits.around
    )
    return visits.mutate(is_repeated=(visits.is_told & (spread + across > 300.0)).fill_null(False))


def _from_one_place(visits: TableExpression, parameters: Mapping[str, Any]) -> TableExpression:
    """For check-ins away from their shops: how many shops the manager checked in from this place in the month."""
    away = visits.filter(visits.is_away)
    squares = ibis.table({"d_east": "int64", "d_north": "int64"}, name="verifying_around")
    near = away.cross_join(squares)
    counted = near.group_by("manager", "month", east=near.east + near.d_east, north=near.north + near.d_north).agg(
        n_same_place=near.retailer.nunique().cast("int64")
    )
    counted = counted.select(
        c_manager="manager", c_month="month", c_east="east", c_north="north", n_same_place="n_same_place"
    )
    joined = visits.left_join(
        counted,
        [
            visits.manager == counted.c_manager,
            visits.month == counted.c_month,
            visits.east == counted.c_east,
            visits.north == counted.c_north,
            visits.is_away,
        ],
    )
    return joined.mutate(n_same_place=joined.n_same_place.fill_null(0)).drop(
        "c_manager", "c_month", "c_east", "c_north"
    )


def _ways(visits: TableExpression, parameters: Mapping[str, Any]) -> TableExpression:
    """Ways that no vehicle could make, by fixes and by shops, and which of the two visits mends the way when left out."""
    limit = float(value_of(parameters, "verifying.speed_limit_kmh")) / 3.6
    radius = float(value_of(parameters, "verifying.far_metres"))
    told = visits.filter(visits.is_told & visits.clock)
    by_fix = told.mutate(
        way_latitude=told.latitude, way_longitude=told.longitude, slack=told.accuracy, leave_s=told.in_s
    )
    # From shop to shop the manager leaves at check-out, unless that was forgotten until after the next check-in.
    known = visits.filter(visits.shop_latitude.notnull() & visits.shop_longitude.notnull() & visits.clock)
    wrong = visits.filter(visits.is_learnt & visits.raw.notnull()).select("retailer").distinct()
    known = known.anti_join(wrong, "retailer")
    following = known.in_s.lead(1).over(ibis.window(group_by="manager", order_by=["in_s", "row"]))
    in_time = (known.out_s >= known.in_s) & (known.out_s <= following)
    by_shop = known.mutate(
        way_latitude=known.shop_latitude,
        way_longitude=known.shop_longitude,
        slack=ibis.literal(radius),
        leave_s=ibis.ifelse(in_time.fill_null(False), known.out_s, known.in_s),
    )
    found = {
        "strength_fast": _blamed(by_fix, limit, "strength_fast"),
        "strength_route": _blamed(by_shop, limit, "strength_route"),
    }
    for blamed in found.values():
        blamed = blamed.rename(blamed_row="row")
        visits = visits.left_join(blamed, visits.row == blamed.blamed_row).drop("blamed_row")
    return visits


def _blamed(way: TableExpression, limit: float, name: str) -> TableExpression:
    order = ibis.window(group_by="manager", order_by=["in_s", "row"])

    def bad(back: int, ahead: int) -> Column:
        """Whether the way from the visit `back` places before to the one `ahead` places after cannot be made."""

        def of(column: str, steps: int) -> Column:
            value = way[column]
            return (
                value if steps == 0 else value.lag(-steps).over(order) if steps < 0 else value.lead(steps).over(order)
            )

        apart = metres(of("way_latitude", ahead) - of("way_latitude", -back),
                       of("way_longitude", ahead) - of("way_longitude", -back), way.around)  # fmt: skip
        seconds = of("in_s", ahead) - of("leave_s", -back)
        slack = of("slack", ahead) + of("slack", -back)
        return (apart - slack > limit * seconds.cast("float64")).fill_null(False)

    told = way.mutate(bad_before=bad(1, 0), bad_after=bad(0, 1), bad_without=bad(1, 1))
    mends = told.bad_before & told.bad_after & ~told.bad_without
    told = told.mutate(mends=mends)
    neighbour = told.mends.lag(1).over(order).fill_null(False), told.mends.lead(1).over(order).fill_null(False)
    open_before = told.bad_before & ~neighbour[0]
    open_after = told.bad_after & ~neighbour[1]
    strength = ibis.cases((told.mends, ibis.literal(2, "int8")), (open_before | open_after, ibis.literal(1, "int8")),
                          else_=ibis.literal(0, "int8"))  # fmt: skip
    return told.select("row", **{name: strength})


def _far_and_short(visits: TableExpression, parameters: Mapping[str, Any]) -> Column:
    metres_ = float(value_of(parameters, "verifying.far_and_short_metres"))
    seconds = int(value_of(parameters, "verifying.far_and_short_seconds"))
    mode = value_of(parameters, "verifying.far_and_short_mode")
    needed = {"ALL": 2, "ANY": 1, "AT_LEAST_N": int(value_of(parameters, "verifying.far_and_short_n"))}
    if mode not in needed:
        raise ParameterWrong(f"Parameter verifying.far_and_short_mode is {mode!r}; it must be ALL, ANY or AT_LEAST_N.")
    beyond = visits.distance - visits.accuracy > metres_
    within = visits.is_learnt | (visits.distance + visits.accuracy <= metres_)
    far = _flag(beyond, ~(beyond | within))
    short = _flag(visits.seconds < seconds, visits.seconds.isnull())
    sure = far.fill_null(0) + short.fill_null(0)
    possible = far.fill_null(1) + short.fill_null(1)
    return _flag(sure >= needed[mode], (sure < needed[mode]) & (possible >= needed[mode]))


def _no_content(visits: TableExpression) -> Column:
    """Empty though questions were asked. Counts, tags, photographs, words are content; where nothing was asked nobody can tell."""
    # A note is content whether or not anybody recorded what else was filled.
    empty = (visits.n_filled.fill_null(0) <= 0) & ~visits.is_noted
    return _flag((visits.n_answers <= 0) & empty, visits.n_answers.isnull() & empty)


def _answered(visits: TableExpression, parameters: Mapping[str, Any]) -> TableExpression:
    def value(name: str) -> Any:
        return value_of(parameters, f"verifying.{name}")

    unseen = visits.distance.isnull() | ~visits.is_told
    day_least = 60 * int(value("day_too_short_minutes"))
    day_sum = visits.day_seconds.fill_null(0)
    often = int(value("same_few_visits"))
    few = (visits.n_shop >= often) & (visits.n_shop * visits.n_shops >= 3 * visits.n_month)
    made = {
        "too_short": _flag(visits.seconds < int(value("too_short_seconds")), visits.seconds.isnull()),
        "day_too_short": _flag(
            day_sum < day_least, (day_sum < day_least) & (visits.day_unknown + visits.n_untimed > 0)
        ),
        "too_long": _flag(visits.seconds > 60 * int(value("too_long_minutes")), visits.seconds.isnull()),
        "far": _flag(visits.is_away, unseen | ~(visits.is_away | visits.is_there)),
        "far_and_short": _far_and_short(visits, parameters),
        "too_fast": _flag(visits.strength_fast > 0, visits.strength_fast.isnull()),
        "impossible_route": _flag(visits.strength_route > 0, visits.strength_route.isnull()),
        "burst": _flag(visits.in_burst > 0, visits.in_burst.isnull()),
        "same_few": _flag(few, visits.n_month < int(value("minimum_visits"))),
        "repeated_fix": _flag(visits.is_repeated, ~visits.is_told),
        "same_place": _flag(
            visits.n_same_place >= int(value("same_place_retailers")), unseen | ~(visits.is_away | visits.is_there)
        ),
        "no_content": _no_content(visits),
        "odd_hour": _flag(
            (visits.minute < 60 * int(value("hour_from"))) | (visits.minute >= 60 * int(value("hour_until"))),
            visits.minute.isnull(),
        ),
    }
    strengths = {name: visits[name].fill_null(0).cast("int8") for name in ("strength_fast", "strength_route")}
    return visits.select(
        "row", **made, seconds="seconds", distance="distance", n_same_place="n_same_place", **strengths,
        is_told="is_told", is_learnt="is_learnt",
    ).order_by("row")  # fmt: skip
