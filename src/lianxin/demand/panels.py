"""Where forecast rounds show outside their own pages: menu and home page."""

from datetime import date

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lianxin.core.units import first_day, month_plus
from lianxin.demand.permissions import WRITE
from lianxin.demand.queries import agreements, rounds
from lianxin.foundation import access, clock
from lianxin.foundation.access import RetailerCaller
from lianxin.foundation.context import company_of, retailer_caller, user_of
from lianxin.ui.slots import Allowed, NavigationEntry, Panel, register_navigation, register_panel


def _may(verb: str) -> Allowed:
    return lambda request: access.may(request.user, verb, company_of(request))


def _waiting(request: HttpRequest) -> int:
    """Sheets of one's own that are still to be submitted."""
    return rounds.own_open_sheets(user_of(request), company_of(request), at=clock.now()).count()


def _home(request: HttpRequest, month: date) -> str:
    company, user = company_of(request), user_of(request)
    lines = [
        (sheet.n_to_do, _("forecasts are not entered yet"), reverse("demand:mine", args=[sheet.round_id]), True)
        if sheet.n_to_do
        else (
            sheet.n_lines,
            _("forecasts are ready to be submitted"),
            reverse("demand:mine", args=[sheet.round_id]),
            True,
        )
        for sheet in rounds.own_open_sheets(user, company, at=clock.now())
    ]
    return render_to_string("demand/home.html", {"lines": lines}, request) if lines else ""


def _signed_in(request: HttpRequest) -> bool:
    caller = retailer_caller(request)
    return caller is not None and not caller.reads_only


def _agreed(request: HttpRequest, caller: RetailerCaller) -> str:
    first = month_plus(first_day(clock.today(caller.company)), 1)
    newest: dict[tuple[date, int], bool] = {}
    for row in agreements.of_retailer(caller, first):
        newest.setdefault((row.month, row.product_id), not row.is_withdrawn)
    return render_to_string("demand/own/home_agreements.html", {"n_standing": sum(newest.values())}, request)


def register() -> None:
    """Called once, when apps are ready."""
    section = _("Demand")
    register_navigation(
        NavigationEntry(key="forecasts", title=_("Forecast rounds"), url_name="demand:rounds", icon="chart", section=section,
                        order=30, allowed=_may("forecasts.read"), badge=_waiting),
        NavigationEntry(key="steps", title=_("Whose steps helped"), url_name="demand:stair", icon="target", section=section,
                        order=31, allowed=_may("forecasts.read")),
        NavigationEntry(key="copied", title=_("Copied history"), url_name="demand:copied", icon="search", section=section,
                        order=32, allowed=_may("forecasts.copied")),
        NavigationEntry(key="hints", title=_("Hints for the forecast"), url_name="demand:hints", icon="tell", section=section,
                        order=33, allowed=_may("hints.read")),
        NavigationEntry(key="agreements", title=_("Demand agreements"), url_name="demand:agreements", icon="list", section=section,
                        order=34, allowed=_may("forecasts.read")),
    )  # fmt: skip
    register_panel(
        "own_home",
        Panel(key="agreements", title=_("What you agreed to take"), render=_agreed, order=25, allowed=_signed_in),
    )
    register_panel(
        "home",
        Panel(key="forecasts", title=_("Demand forecast"), render=_home, order=24, allowed=_may(WRITE)),
    )
