"""Where call plans show outside their own pages: menu, home page, retailer's file."""

from datetime import date

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lianxin.foundation import access, clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Missing
from lianxin.people import queries as people
from lianxin.retailers.models import Retailer
from lianxin.ui.slots import NavigationEntry, Panel, register_navigation, register_panel
from lianxin.visits import clocks
from lianxin.visits.queries import excuses, plan_words, planning
from lianxin.visits.screens.plan_parts import weekday
from lianxin.visits.states import PlanState


def _may_read(request: HttpRequest) -> bool:
    return access.may(request.user, "callplans.read", company_of(request))


def _has_route(request: HttpRequest) -> bool:
    if access.may(request.user, "callplans.change", company_of(request)):
        return True
    # Who makes no visits is told of plans only where one waits for his word.
    return access.may(request.user, "callplans.decide", company_of(request)) and _waiting(request) > 0


def _may_see_visits(request: HttpRequest) -> bool:
    return _may_read(request) or access.may(request.user, "visits.read", company_of(request))


def _waiting(request: HttpRequest) -> int:
    company, user = company_of(request), user_of(request)
    n_plans = _plans_waiting(request)
    return n_plans + excuses.awaited_from(user, company, on=clock.today(company)).count()


def _plans_waiting(request: HttpRequest) -> int:
    company, user = company_of(request), user_of(request)
    if not access.may(user, "callplans.decide", company):
        return 0
    return planning.waiting_for(user, company, on=clock.today(company)).count()


def _home(request: HttpRequest, month: date) -> str:
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    me = people.person_of(user)
    today = planning.today_of(me, on=on) if me is not None else None
    cycle = planning.current_cycle(me, on=on) if me is not None else None
    returned = cycle is not None and cycle.state == PlanState.RETURNED
    n_excuses = excuses.awaited_from(user, company, on=on).count()
    waiting = _plans_waiting(request)
    context = {
        "today": today,
        "url": f"{reverse('visits:plan', args=[today.cycle_id])}?day={on}" if today else "",
        "next_at": f"{today.next.arrive_at:%H:%M}" if today and today.next else "",
        "meter_title": _("%(made)s of %(all)s made") % {"made": today.n_made, "all": today.n_visits} if today else "",
        "waiting": waiting,
        "n_excuses": n_excuses,
        "returned": returned,
        "returned_url": reverse("visits:plan", args=[cycle.pk]) if cycle is not None else "",
        "nothing": not (today or waiting or n_excuses or returned) and access.may(user, "callplans.change", company),
    }
    return render_to_string("visits/plans/home.html", context, request)


def _retailer(request: HttpRequest, retailer: Retailer) -> str:
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    found = planning.of_retailer(retailer, on=on)
    coming = []
    for visit in found.coming:
        url = ""
        if _may_read(request):
            try:
                planning.planned_visible(user, company, visit.pk, on=on)
                url = reverse("visits:planned_why", args=[visit.pk])
            except Missing:
                # A colleague of another unit plans this one: that it is planned may be known, why it is not.
                url = ""
        why = plan_words.short(visit.reasons) if url else ""
        coming.append((visit, why, url, weekday(visit.visit_date)))
    last = [(visit, clocks.of_visit(visit)) for visit in found.last]
    return render_to_string("visits/plans/retailer.html", {"coming": coming, "last": last}, request)


def register() -> None:
    """Called once, when apps are ready."""
    register_navigation(
        NavigationEntry(
            key="call_plans",
            title=_("Call plans"),
            url_name="visits:plans",
            icon="map",
            section=_("Field work"),
            order=25,
            allowed=_may_read,
            badge=_waiting,
        )
    )
    register_panel("home", Panel(key="route", title=_("Today's route"), render=_home, order=20, allowed=_has_route))
    register_panel(
        "retailer_file", Panel(key="visits", title=_("Visits"), render=_retailer, order=15, allowed=_may_see_visits)
    )
