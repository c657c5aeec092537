"""What of allocation waits for whoever asks, on the home page."""

from datetime import date

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lianxin.foundation import access, clock
from lianxin.foundation.context import company_of, user_of
from lianxin.supply import permissions
from lianxin.supply.queries import changes, policies, rounds
from lianxin.supply.states import PolicyState, RoundState
from lianxin.ui.slots import Panel, register_panel


def changes_to_decide(request: HttpRequest) -> int:
    """How many changes by hand whoever asks may decide about."""
    company, user = company_of(request), user_of(request)
    if not access.may(user, "supplychanges.decide", company):
        return 0
    on = clock.today(company)
    return sum(permissions.may_decide(user, change, on=on) for change in changes.open_changes(company))


def rounds_to_move(request: HttpRequest) -> int:
    """How many rounds wait for the next step of whoever asks."""
    company = company_of(request)
    wanted: list[RoundState] = []
    if access.may(request.user, "supply.prepare", company):
        wanted += [RoundState.DRAFT, RoundState.REQUESTS_IN]
    if access.may(request.user, "supply.commit", company):
        wanted += [RoundState.PREVIEWED, RoundState.COMMITTED]
    return rounds.rounds(company).filter(state__in=wanted).count() if wanted else 0


def _policies_to_publish(request: HttpRequest) -> int:
    company = company_of(request)
    if not access.may(request.user, "supplypolicies.publish", company):
        return 0
    drafts = policies.policies(company).filter(state=PolicyState.DRAFT)
    return drafts.exclude(drafted_by=user_of(request)).count()


def _home(request: HttpRequest, month: date) -> str:
    counted = [
        (rounds_to_move(request), _("rounds of allocation wait for your step"), reverse("supply:rounds")),
        (
            changes_to_decide(request),
            _("changes by hand wait for a second person"),
            reverse("supply:changes") + "?state=proposed",
        ),
        (_policies_to_publish(request), _("drafts of policies wait to be published"), reverse("supply:policies")),
    ]
    lines = [(n, words, url) for n, words, url in counted if n]
    return render_to_string("supply/home.html", {"lines": lines}, request) if lines else ""


def register() -> None:
    register_panel(
        "home",
        Panel(
            key="supply",
            title=_("Allocation"),
            render=_home,
            order=26,
            allowed=lambda request: access.may(request.user, "supply.read", company_of(request)),
        ),
    )
