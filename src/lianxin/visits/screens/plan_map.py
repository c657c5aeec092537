"""The ways of a plan on the map: one line a day, at most the five days of a week."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from lianxin.foundation import clock
from lianxin.foundation.gate import needs
from lianxin.ui import pictures
from lianxin.ui.filters import Filter, FilterSet
from lianxin.ui.formats import number
from lianxin.ui.parts import Picture
from lianxin.ui.pictures import Measure, Points, Route
from lianxin.visits.models import PlanCycle, PlannedVisit
from lianxin.visits.queries import planning
from lianxin.visits.queries.plan_inputs import plan_of
from lianxin.visits.queries.versions import versions_on
from lianxin.visits.screens import plan_parts as parts


@needs("callplans.read")
def plan_map(request: HttpRequest, cycle_id: str) -> HttpResponse:
    """Where the ways go."""
    cycle = parts.cycle_of(request, cycle_id)
    on = clock.today(cycle.company)
    filters = _filters(request, cycle)
    src = f"{reverse('visits:plan_map_data', args=[cycle.pk])}?{request.GET.urlencode()}"
    visits = _asked(cycle, filters)
    days: dict[str, list[PlannedVisit]] = {}
    for visit in visits:
        days.setdefault(f"{visit.visit_date:%m-%d} {parts.weekday(visit.visit_date)}", []).append(visit)
    context = {
        **parts.head(request, cycle, "plan_map"),
        "filters": filters,
        "src": src,
        "days": days.items(),
        "on": on,
    }
    return render(request, "visits/plans/map.html", context)


@needs("callplans.read")
def plan_map_data(request: HttpRequest, cycle_id: str) -> JsonResponse:
    """What the map draws."""
    cycle = parts.cycle_of(request, cycle_id)
    picture = _picture(cycle, _asked(cycle, _filters(request, cycle)))
    return JsonResponse(dict(picture.payload), json_dumps_params={"ensure_ascii": False})


def _filters(request: HttpRequest, cycle: PlanCycle) -> FilterSet:
    on = clock.today(cycle.company)
    return FilterSet(
        [parts.week_filter(cycle, on=on, every=False), Filter(key="day", title=_("Day"), kind="day")], request.GET
    )


def _asked(cycle: PlanCycle, filters: FilterSet) -> list[PlannedVisit]:
    visits = parts.narrowed(planning.visits_of(cycle), cycle, filters)
    return [visit for visit in visits if visit.state in planning.DUE]


def _picture(cycle: PlanCycle, visits: list[PlannedVisit]) -> Picture:
    versions = versions_on({visit.retailer_id for visit in visits}, on=cycle.starts_on)
    begin = plan_of(cycle).start
    points = Points(id=[], name=[], longitude=[], latitude=[], value=[], group=[], label=[])
    groups: list[str] = []
    routes: list[Route] = []
    columns = (points.id, points.name, points.longitude, points.latitude, points.value, points.group, points.label)
    day = None
    for visit in visits:
        place = versions[visit.retailer_id]
        if place.latitude is None or place.longitude is None:
            continue
        if visit.visit_date != day:
            day = visit.visit_date
            groups.append(f"{day:%m-%d} {parts.weekday(day)}")
            routes.append(Route(longitude=[begin.longitude], latitude=[begin.latitude]))
        values = (
            visit.retailer_id, visit.retailer.name, place.longitude, place.latitude, visit.order, len(groups) - 1, str(visit.order),
        )  # fmt: skip
        for column, value in zip(columns, values, strict=True):
            column.append(value)  # type: ignore[attr-defined]
        routes[-1].longitude.append(place.longitude)  # type: ignore[attr-defined]
        routes[-1].latitude.append(place.latitude)  # type: ignore[attr-defined]
    for route in routes:
        route.longitude.append(begin.longitude)  # type: ignore[attr-defined]
        route.latitude.append(begin.latitude)  # type: ignore[attr-defined]
    title = _("%(visits)s visits on %(days)s days") % {"visits": number(len(points.id)), "days": number(len(groups))}
    return pictures.territory_map(
        title,
        measure=Measure(title=_("Place in the day")),
        points=points,
        groups=groups,
        low=1,
        middle=2,
        high=3,
        low_word="",
        high_word="",
        good="none",
        href="/retailers/{id}/",
        routes=routes,
    )
