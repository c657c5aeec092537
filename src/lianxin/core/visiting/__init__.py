"""Call plans: which retailer is visited on which day, in which order, and what becomes of it when something comes between.

`plan` makes the plan of one manager's cycle, `replan` changes one, `day_loads` sums its days. Times of day are minutes after
midnight. How it is done and what was tried: docs/reference/call-plans.md.
"""

from lianxin.core.visiting.inputs import (
    Begun,
    CallPlan,
    Day,
    Kind,
    Legs,
    PlanWrong,
    Retailer,
    Settings,
    Start,
    Unplaced,
    Visit,
    WhyNot,
    working_days,
)
from lianxin.core.visiting.making_room import MOST_MOVES, Movable
from lianxin.core.visiting.patterns import even_patterns, is_even
from lianxin.core.visiting.planning import day_loads, legs, plan
from lianxin.core.visiting.replanning import (
    Absence,
    Change,
    Holiday,
    Lost,
    Moved,
    Replanned,
    Urgent,
    Weather,
    Why,
    replan,
)
from lianxin.core.visiting.travel import START, START_MARK, PairFault, PairWrong, Roads, RoadTimes, road_times

__all__ = [
    "MOST_MOVES",
    "START",
    "START_MARK",
    "Absence",
    "Begun",
    "CallPlan",
    "Change",
    "Day",
    "Holiday",
    "Kind",
    "Legs",
    "Lost",
    "Movable",
    "Moved",
    "PairFault",
    "PairWrong",
    "PlanWrong",
    "Replanned",
    "Retailer",
    "RoadTimes",
    "Roads",
    "Settings",
    "Start",
    "Unplaced",
    "Urgent",
    "Visit",
    "Weather",
    "Why",
    "WhyNot",
    "day_loads",
    "even_patterns",
    "is_even",
    "legs",
    "plan",
    "replan",
    "road_times",
    "working_days",
]
