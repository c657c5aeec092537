"""Places of other datums to WGS-84.

GCJ-02 is WGS-84 shifted by a smooth function that was never published officially; its public reconstruction is used here
(constants and polynomials as in the widely copied `eviltransform` and `coordtransform`). The inverse is found by iteration to
about a centimetre. BD-09 adds a small spiral to GCJ-02; its inverse is closed (error below a metre). Outside mainland China's
bounding box GCJ-02 equals WGS-84.
"""

from math import atan2, cos, pi, sin, sqrt
from typing import Final

from lianxin.retailers.states import Datum

# Krassowsky 1940 ellipsoid: semi-major axis in metres, eccentricity squared.
AXIS: Final = 6378245.0
ECCENTRICITY: Final = 0.00669342162296594323
SPIRAL: Final = pi * 3000.0 / 180.0


def to_wgs84(latitude: float, longitude: float, datum: str) -> tuple[float, float]:
    """The place in WGS-84, rounded to a decimetre (six places)."""
    if datum == Datum.BD09:
        latitude, longitude = _bd09_to_gcj02(latitude, longitude)
    if datum in (Datum.BD09, Datum.GCJ02):
        latitude, longitude = _gcj02_to_wgs84(latitude, longitude)
    return round(latitude, 6), round(longitude, 6)


def to_gcj02(latitude: float, longitude: float) -> tuple[float, float]:
    """A WGS-84 place as GCJ-02, for drawing on maps that use it."""
    if not (72.004 <= longitude <= 137.8347 and 0.8293 <= latitude <= 55.8271):
        return latitude, longitude
    north, east = _shift(latitude, longitude)
    return latitude + north, longitude + east


def _shift(latitude: float, longitude: float) -> tuple[float, float]:
    x, y = longitude - 105.0, latitude - 35.0
    ripple = (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + ripple
    north += (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + ripple
    east += (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    angle = latitude / 180.0 * pi
    magic = 1 - ECCENTRICITY * sin(angle) ** 2
    north = north * 180.0 / (AXIS * (1 - ECCENTRICITY) / (magic * sqrt(magic)) * pi)
    east = east * 180.0 / (AXIS / sqrt(magic) * cos(angle) * pi)
    return north, east


def _gcj02_to_wgs84(latitude: float, longitude: float) -> tuple[float, float]:
    guess = latitude, longitude
    for _step in range(6):
        shown = to_gcj02(*guess)
        guess = guess[0] + latitude - shown[0], guess[1] + longitude - shown[1]
    return guess


def _bd09_to_gcj02(latitude: float, longitude: float) -> tuple[float, float]:
    x, y = longitude - 0.0065, latitude - 0.006
    radius = sqrt(x * x + y * y) - 0.00002 * sin(y * SPIRAL)
    angle = atan2(y, x) - 0.000003 * cos(x * SPIRAL)
    return radius * sin(angle), radius * cos(angle)
