"""Where a check-in was, as far as the fix can tell, and where a shop is, as far as many fixes teach it.

A shop that moved or was registered at a wrong point must not accuse those who go there: where fixes of several days lie together
away from the registered point, that place counts as the shop's too. A place at which one manager checks in for shops registered
far apart (a home, a car park) teaches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import ibis
import pyarrow as pa
from ibis.expr.types import Table as TableExpression

from lianxin.core.parameters import value_of
from lianxin.core.tables import Steps
from lianxin.core.verifying.prepared import METRES_PER_DEGREE

ROWS: Final = "verifying_rows"
AROUND: Final = "verifying_around"
# The nine squares around one.
SQUARES: Final = pa.table(
    {
        "d_east": pa.array([east for east in (-1, 0, 1) for _ in range(3)], pa.int64()),
        "d_north": pa.array([north for _ in range(3) for north in (-1, 0, 1)], pa.int64()),
    }
)
_SPREAD_METRES: Final = 600.0
_LOOK_DAYS: Final = 90
_NEXT: Final = 4

Column = Any


def metres(north: Column, east: Column, cos: Column) -> Column:
    """The distance of two points from their differences in degrees; only +, × and √, which every engine rounds alike."""
    up, across = north * METRES_PER_DEGREE, east * METRES_PER_DEGREE * cos
    return (up * up + across * across).sqrt()


def placed(rows: TableExpression, steps: Steps, parameters: Mapping[str, Any]) -> TableExpression:
    """Visits with what their fix tells.

    Returns
    -------
    one row per visit, with the columns of `rows` and
        is_told : boolean, there is a fix, fresh and accurate enough to tell a place
        distance : float64, metres from the registered point, or 0 at a learnt place; null if untold or no point is known
        is_learnt : boolean, the check-in lies where fixes of other days taught that the shop is
        is_away, is_there : boolean, beyond the limit even when the fix errs by its accuracy; inside it even then
    """
    worst = float(value_of(parameters, "verifying.accuracy_limit_metres"))
    oldest = float(value_of(parameters, "verifying.fix_age_limit_seconds"))
    limit = float(value_of(parameters, "verifying.far_metres"))
    told = (
        rows.latitude.notnull()
        & rows.longitude.notnull()
        & (rows.accuracy.fill_null(worst + 1) <= worst)
        & (rows.age.fill_null(oldest + 1) <= oldest)
    )
    known = rows.shop_latitude.notnull() & rows.shop_longitude.notnull()
    raw = metres(rows.latitude - rows.shop_latitude, rows.longitude - rows.shop_longitude, rows.cos)
    told = told.fill_null(False)
    away = (told & known & (raw - rows.accuracy > limit)).fill_null(False)
    first = rows.mutate(
        is_told=told, raw=ibis.ifelse(told & known, raw, ibis.null("float64")), is_off=away | (told & ~known)
    )
    first = steps.add("verifying_first", first)
    crowds = steps.add("verifying_crowds", _crowds(first))
    taught = steps.add("verifying_taught", _taught(first, crowds, parameters))
    taught = taught.select(taught_row="row")
    joined = first.left_join(taught, first.row == taught.taught_row)
    learnt = joined.taught_row.notnull()
    there = joined.is_told & (joined.raw + joined.accuracy <= limit)
    told_places = joined.mutate(
        is_learnt=learnt,
        distance=ibis.ifelse(learnt, 0.0, joined.raw),
        is_away=(joined.is_off & joined.raw.notnull() & ~learnt).fill_null(False),
        is_there=(there | learnt).fill_null(False),
    ).drop("taught_row")
    return steps.add("verifying_placed", told_places)


def _crowds(first: TableExpression) -> TableExpression:
    """Squares at which a manager checked in for several shops that are registered far apart."""
    off = first.filter(first.is_off)
    squares = ibis.table({"d_east": "int64", "d_north": "int64"}, name=AROUND)
    near = off.cross_join(squares)
    counted = near.group_by("manager", east=near.east + near.d_east, north=near.north + near.d_north).agg(
        n_retailers=near.retailer.nunique(),
        spread=(near.shop_latitude.max() - near.shop_latitude.min()) * METRES_PER_DEGREE
        + (near.shop_longitude.max() - near.shop_longitude.min()) * METRES_PER_DEGREE * near.around.max(),
    )
    return counted.filter((counted.n_retailers >= 3) & (counted.spread > _SPREAD_METRES))


def _taught(first: TableExpression, crowds: TableExpression, parameters: Mapping[str, Any]) -> TableExpression:
    """Visits off the registered point whose place fixes of other days confirm."""
    least = int(value_of(parameters, "verifying.learn_days"))
    share = float(value_of(parameters, "verifying.learn_share"))
    off = first.filter(first.is_off)
    alone = off.anti_join(crowds, [off.manager == crowds.manager, off.east == crowds.east, off.north == crowds.north])
    mine = alone.select("row", "retailer", "day", "latitude", "longitude", "accuracy", "cos")
    told = first.filter(first.is_told)
    other = told.select(
        o_retailer="retailer", o_day="day", o_latitude="latitude", o_longitude="longitude", o_accuracy="accuracy"
    )
    pairs = mine.inner_join(
        other,
        [
            mine.retailer == other.o_retailer,
            mine.day != other.o_day,
            other.o_day - mine.day <= _LOOK_DAYS,
            mine.day - other.o_day <= _LOOK_DAYS,
        ],
    )
    apart = metres(pairs.latitude - pairs.o_latitude, pairs.longitude - pairs.o_longitude, pairs.cos)
    reach = ibis.greatest(ibis.literal(100.0), pairs.accuracy + pairs.o_accuracy)
    gap = (pairs.o_day - pairs.day).abs()
    pairs = pairs.mutate(is_near=apart <= reach, is_later=pairs.o_day > pairs.day, gap=gap, apart=apart)
    by_gap = ibis.window(group_by="row", order_by=["gap", "o_day", "apart"])
    pairs = pairs.mutate(place=ibis.row_number().over(by_gap))
    counted = pairs.group_by("row").agg(
        n=pairs.o_day.nunique(where=pairs.is_near),
        n_later=pairs.o_day.nunique(where=pairs.is_later),
        n_earlier=pairs.o_day.nunique(where=~pairs.is_later),
        near_next=(pairs.is_near & (pairs.place < _NEXT)).cast("int64").sum().cast("int64"),
        near_later=pairs.o_day.nunique(where=pairs.is_near & pairs.is_later),
        near_earlier=pairs.o_day.nunique(where=pairs.is_near & ~pairs.is_later),
    )
    sides = [
        (near >= 2) & (near.cast("float64") >= share * total.cast("float64"))
        for near, total in ((counted.near_later, counted.n_later), (counted.near_earlier, counted.n_earlier))
    ]
    # In the midst of what came after a move neither side is long enough; the nearest days agree all the same.
    next_agree = counted.near_next >= _NEXT - 1
    return counted.filter((counted.n >= least - 1) & (sides[0] | sides[1] | next_agree)).select("row")
