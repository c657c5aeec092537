"""Where visits as made show outside their own pages: the menu; and what is done for them every day."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lianxin.foundation import access, clock, jobs
from lianxin.foundation.context import company_of, user_of
from lianxin.people import queries as people
from lianxin.retailers.models import Retailer
from lianxin.ui.slots import Allowed, NavigationEntry, Panel, register_navigation, register_panel
from lianxin.visits.queries import carenotes, happenings, holding
from lianxin.visits.screens.visit_words import FOUND
from lianxin.visits.states import ActionKind
from lianxin.visits.tasks import forgetting


def _may(verb: str) -> Allowed:
    def allowed(request: HttpRequest) -> bool:
        return access.may(request.user, verb, company_of(request))

    return allowed


def _counter(request: HttpRequest, retailer: Retailer) -> str:
    """What the newest visits that looked saw at the counter, with the visit behind each."""
    company, user = company_of(request), user_of(request)
    state = happenings.counter_state(user, retailer, on=clock.today(company))
    tags, display, order = (
        state.get(kind) for kind in (ActionKind.PRICE_TAGS, ActionKind.DISPLAY, ActionKind.MARKET_ORDER)
    )
    context = {
        "tags": tags,
        "display": display,
        "n_photos": len(display.body.get("photo_ids") or ()) if display else 0,
        "order": order,
        "found": ", ".join(str(FOUND.get(code, code)) for code in order.body.get("found") or ()) if order else "",
        "urls": {
            one.kind.value: reverse("visits:visit", args=[one.visit_id]) for one in state.values() if one.is_visible
        },
    }
    return render_to_string("visits/visits/counter.html", context, request)


def _notes(request: HttpRequest, retailer: Retailer) -> str:
    """The care notes about a shop, for who visits it; nothing for anybody else."""
    person = people.person_of(user_of(request))
    on = clock.today(company_of(request))
    if person is None or not holding.is_held(person, retailer, on=on):
        return ""
    notes = list(carenotes.notes_for(person, on=on).filter(retailer=retailer))
    return render_to_string("visits/carenotes/panel.html", {"notes": notes, "retailer": retailer}, request)


def register() -> None:
    """Called once, when the apps are ready."""
    happenings.register()
    register_panel(
        "retailer_file",
        Panel(key="counter", title=_("Display and price tags"), render=_counter, order=17, allowed=_may("visits.read")),
    )
    register_panel(
        "retailer_file",
        Panel(key="care_notes", title=_("Care notes"), render=_notes, order=18, allowed=_may("carenotes.write")),
    )
    section = _("Field work")
    entries = (
        NavigationEntry(key="visits", title=_("Visits"), url_name="visits:visits", icon="map", section=section,
                        order=26, allowed=_may("visits.read")),
        NavigationEntry(key="preparing", title=_("Preparing visits"), url_name="visits:preparing", icon="settings",
                        section=section, order=30, allowed=_may("visits.prepare")),
        NavigationEntry(key="policies", title=_("Policies"), url_name="visits:policies", icon="tell", section=section,
                        order=30, allowed=_may("policies.read")),
        NavigationEntry(key="care_notes", title=_("Care notes"), url_name="visits:care_notes", icon="user", section=section,
                        order=29, allowed=_may("carenotes.write")),
        NavigationEntry(key="about_me", title=_("Kept about me"), url_name="visits:about_me", icon="user", section=section,
                        order=31, allowed=_may("positions.own")),
    )  # fmt: skip
    for entry in entries:
        register_navigation(entry)
    jobs.register_daily(forgetting.KIND, _("Forgetting on time: positions, care notes, photographs"), forgetting.work)
