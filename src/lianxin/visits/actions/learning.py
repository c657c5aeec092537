"""Where shops stand, learnt from many check-ins: a shop that moved, or was registered at a wrong point, must accuse nobody."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from statistics import median
from typing import Any, Final

from django.db import transaction

from lianxin.core.parameters import value_of
from lianxin.foundation import audit
from lianxin.foundation import parameters as dated
from lianxin.foundation.models import Company, User
from lianxin.retailers.models import RetailerVersion
from lianxin.visits.models import Position, ShopPoint
from lianxin.visits.places import Point, metres_between
from lianxin.visits.states import FixSource, Moment

LEAST_VISITS: Final = 5
NEW_FROM_METRES: Final = 30.0
APART_METRES: Final = 600.0


@dataclass(frozen=True, slots=True)
class _Fix:
    retailer_id: int
    person_id: int
    day: date
    point: Point


@transaction.atomic
def learn(*, company: Company, by: User | None, at: datetime) -> int:
    """How many shops got a learnt point, in force from today on; what was answered before stays as it was answered.

    A point is learnt when check-ins of several days lie together away from every point known so far. Old, cached and inexact fixes
    teach nothing, and neither does a place at which one person checks in for several shops that are registered far away from it.
    """
    today = at.astimezone(company.zone).date()
    parameters = dated.in_force(company, on=today)
    fixes = _fixes(company, parameters)
    registered: dict[int, Point] = {
        pk: (float(latitude or 0), float(longitude or 0))
        for pk, latitude, longitude in RetailerVersion.objects.filter(
            retailer__company=company, valid_from__lte=today, latitude__isnull=False, longitude__isnull=False
        )
        .order_by("valid_from")
        .values_list("retailer_id", "latitude", "longitude")
    }
    crowded = _crowded(fixes, registered, int(value_of(parameters, "verifying.same_place_retailers")))
    by_shop: dict[int, list[_Fix]] = defaultdict(list)
    for fix in fixes:
        if (fix.person_id, _square(fix.point)) not in crowded:
            by_shop[fix.retailer_id].append(fix)
    learnt = _newest_learnt(company)
    made = []
    for retailer_id, found in by_shop.items():
        known = [point for point in (registered.get(retailer_id), learnt.get(retailer_id)) if point is not None]
        point = _taught(retailer_id, found, known, today, parameters)
        if point is not None:
            made.append(point)
    ShopPoint.objects.filter(retailer_id__in=[point.retailer_id for point in made], valid_from=today).delete()
    ShopPoint.objects.bulk_create(made)
    if made:
        audit.record(
            company=company,
            by=by,
            verb="visits.learn_points",
            subject=f"company:{company.code}",
            after={"shops": len(made)},
            at=at,
        )
    return len(made)


def _fixes(company: Company, parameters: dict[str, Any]) -> list[_Fix]:
    rows = Position.objects.filter(
        visit__company=company,
        moment=Moment.CHECK_IN,
        accuracy_metres__lte=float(value_of(parameters, "field.radius_metres")),
        fix_age_seconds__lte=float(value_of(parameters, "field.fix_age_limit_seconds")),
    ).exclude(source=FixSource.CACHED)
    columns = ("visit__retailer_id", "visit__person_id", "visit__visit_date", "latitude", "longitude")
    return [
        _Fix(shop, person, day, (north, east))
        for shop, person, day, north, east in rows.values_list(*columns).iterator()
    ]


def _square(point: Point) -> tuple[int, int]:
    """The square of about a hundred metres in which a point lies."""
    return round(point[0] * 1000), round(point[1] * 1000)


def _crowded(fixes: Sequence[_Fix], registered: dict[int, Point], most: int) -> set[tuple[int, tuple[int, int]]]:
    """Where one person checked in for several shops that are registered elsewhere: a home, a car park."""
    shops: dict[tuple[int, tuple[int, int]], set[int]] = defaultdict(set)
    for fix in fixes:
        place = registered.get(fix.retailer_id)
        if place is not None and metres_between(place, fix.point) > APART_METRES:
            shops[fix.person_id, _square(fix.point)].add(fix.retailer_id)
    return {place for place, found in shops.items() if len(found) >= most}


def _newest_learnt(company: Company) -> dict[int, Point]:
    rows = ShopPoint.objects.filter(retailer__company=company).order_by("valid_from")
    return {row.retailer_id: (row.latitude, row.longitude) for row in rows}


def _taught(
    retailer_id: int, fixes: Sequence[_Fix], known: Sequence[Point], today: date, parameters: dict[str, Any]
) -> ShopPoint | None:
    if len(fixes) < LEAST_VISITS:
        return None
    middle = median(fix.point[0] for fix in fixes), median(fix.point[1] for fix in fixes)
    radius = float(value_of(parameters, "field.radius_metres"))
    near = [fix for fix in fixes if metres_between(fix.point, middle) <= radius]
    if len(near) < LEAST_VISITS or len(near) < float(value_of(parameters, "verifying.learn_share")) * len(fixes):
        return None
    if len({fix.day for fix in near}) < int(value_of(parameters, "verifying.learn_days")):
        return None
    if any(metres_between(middle, point) <= NEW_FROM_METRES for point in known):
        return None
    return ShopPoint(
        retailer_id=retailer_id,
        latitude=middle[0],
        longitude=middle[1],
        spread_metres=median(metres_between(fix.point, middle) for fix in near),
        n_visits=len(near),
        n_persons=len({fix.person_id for fix in near}),
        valid_from=today,
    )
