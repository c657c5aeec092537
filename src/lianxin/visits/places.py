"""What a position says about being at a shop: one of four answers, never called proof."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from typing import Final

from lianxin.visits.states import PlaceAnswer

EARTH_METRES: Final = 6_371_008.8
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered, and how far from the nearest known point of the shop (None: no fix, or no point is known)."""

    place: PlaceAnswer
    distance_metres: float | None


def metres_between(one: Point, other: Point) -> float:
    """The great-circle distance of two points (latitude, longitude) in degrees."""
    north, east = radians(other[0] - one[0]), radians(other[1] - one[1])
    inside = sin(north / 2) ** 2 + cos(radians(one[0])) * cos(radians(other[0])) * sin(east / 2) ** 2
    return 2 * EARTH_METRES * asin(min(1.0, sqrt(inside)))


def answered(
    fix: Point | None,
    *,
    accuracy_metres: float | None,
    age_seconds: float | None,
    points: Sequence[Point],
    radius_metres: float,
    age_limit_seconds: float,
) -> Answer:
    """The answer of a fix about a shop that is known at some points, registered or learnt.

    At the shop only when the fix is inside the radius even if it errs by its accuracy; not there only when it is outside even then;
    an old fix, or one without accuracy, cannot tell.
    """
    if fix is None:
        return Answer(PlaceAnswer.NO_FIX, None)
    if not points:
        return Answer(PlaceAnswer.CANNOT_TELL, None)
    distance = round(min(metres_between(fix, point) for point in points), 1)
    if accuracy_metres is None or (age_seconds is not None and age_seconds > age_limit_seconds):
        return Answer(PlaceAnswer.CANNOT_TELL, distance)
    if distance + accuracy_metres <= radius_metres:
        return Answer(PlaceAnswer.CONFIRMED, distance)
    if distance - accuracy_metres > radius_metres:
        return Answer(PlaceAnswer.NOT_CONFIRMED, distance)
    return Answer(PlaceAnswer.CANNOT_TELL, distance)
