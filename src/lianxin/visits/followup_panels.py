"""Where promises, requests and records show outside their own pages: menu, home page, retailer's file."""

from datetime import date

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lianxin.foundation import access, clock
from lianxin.foundation.context import company_of, user_of
from lianxin.people import queries as people
from lianxin.retailers.models import Retailer
from lianxin.ui.slots import Allowed, NavigationEntry, Panel, register_navigation, register_panel
from lianxin.visits.queries import promises, records, requests
from lianxin.visits.queries.plan_inputs import hours_in_force
from lianxin.visits.states import RecordState


def _may(verb: str) -> Allowed:
    def allowed(request: HttpRequest) -> bool:
        return access.may(request.user, verb, company_of(request))

    return allowed


def _promises_waiting(request: HttpRequest) -> int:
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    if access.may(user, "promises.decide", company):
        return promises.counts(promises.promises_visible(user, company, on=on), company, on=on)["waiting"]
    # What one promised and a successor is to keep stays in the list; it is not one's own debt.
    return promises.own_counts(user, company, on=on)["overdue"]


def _requests_waiting(request: HttpRequest) -> int:
    return requests.waiting_for(user_of(request), company_of(request))


def _is_owed(request: HttpRequest) -> bool:
    return any(_may(verb)(request) for verb in ("records.write", "promises.decide", "requests.answer"))


def _waiting(request: HttpRequest) -> str:
    """For those above: what waits for their leave or their answer."""
    leave = _promises_waiting(request) if _may("promises.decide")(request) else 0
    lines = [
        (leave, _("promises wait for your leave"), f"{reverse('visits:promises')}?state=asked", False),
        (_requests_waiting(request), _("requests wait for your answer"), f"{reverse('visits:requests')}?standing=mine", False),
    ]  # fmt: skip
    return render_to_string("visits/followup_home.html", {"lines": [line for line in lines if line[0]]}, request)


def _home(request: HttpRequest, month: date) -> str:
    if not _may("records.write")(request):
        return _waiting(request)
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    person = people.person_of(user)
    counts = promises.own_counts(user, company, on=on)
    to_take = requests.counts(requests.requests_visible(user, company, on=on), user, on=on)
    unwritten = [
        period
        for period, record in (records.to_write(person, on=on) if person is not None else ())
        if (record is None or record.state != RecordState.SUBMITTED)
        and period.is_owed
        and (period.due_at - clock.now()).days < 2
    ]
    lines = [
        (counts["overdue"], _("promises are overdue"), f"{reverse('visits:promises')}?standing=overdue", True),
        (counts["due"], _("promises are due today or tomorrow"), f"{reverse('visits:promises')}?standing=due", False),
        (to_take["answered"], _("answers are to be taken to retailers"), f"{reverse('visits:requests')}?standing=answered", False),
        (len(unwritten), _("records are due"), reverse("visits:records"), False),
    ]  # fmt: skip
    return render_to_string("visits/followup_home.html", {"lines": [line for line in lines if line[0]]}, request)


def _retailer(request: HttpRequest, retailer: Retailer) -> str:
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    context = {
        "retailer": retailer,
        "hours": hours_in_force([retailer.pk], on=on).get(retailer.pk),
        "may_set_hours": access.may(user, "callplans.change", company),
        "promises": list(
            promises.promises_visible(user, company, on=on).filter(retailer=retailer).order_by("-due_on")[:8]
        )
        if access.may(user, "promises.read", company)
        else [],
        "requests": list(
            requests.requests_visible(user, company, on=on).filter(retailer=retailer).order_by("-raised_at")[:8]
        )
        if access.may(user, "requests.read", company)
        else [],
    }
    return render_to_string("visits/followup_retailer.html", context, request)


def register() -> None:
    """Called once, when apps are ready."""
    section = _("Field work")
    register_navigation(
        NavigationEntry(key="promises", title=_("Promises"), url_name="visits:promises", icon="done", section=section,
                        order=27, allowed=_may("promises.read"), badge=_promises_waiting),
        NavigationEntry(key="requests", title=_("Retailers' requests"), url_name="visits:requests", icon="tell", section=section,
                        order=28, allowed=_may("requests.read"), badge=_requests_waiting),
        NavigationEntry(key="records", title=_("Records"), url_name="visits:records", icon="list", section=section,
                        order=29, allowed=_may("records.read")),
    )  # fmt: skip
    register_panel(
        "home",
        Panel(key="followups", title=_("Owed to retailers"), render=_home, order=25, allowed=_is_owed),
    )
    register_panel(
        "retailer_file",
        Panel(
            key="followups", title=_("Promises and requests"), render=_retailer, order=16, allowed=_may("requests.read")
        ),
    )
