"""What managers took out of their own approved plans, and whether somebody else agrees."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lianxin.foundation import clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.gate import needs
from lianxin.ui.parts import Crumb, Empty
from lianxin.ui.responses import list_page
from lianxin.ui.sources import ListSource
from lianxin.ui.tables import Column, Table
from lianxin.visits.actions import excuses as actions
from lianxin.visits.models import PlanChange
from lianxin.visits.queries import excuses
from lianxin.visits.screens import plan_forms as forms
from lianxin.visits.screens import plan_parts as parts
from lianxin.visits.screens.plan_steps import tried
from lianxin.visits.states import ExcuseState


@needs("callplans.decide")
def waiting(request: HttpRequest) -> HttpResponseBase:
    """Which changes wait for this market manager's word, the oldest first."""
    company = company_of(request)
    changes = list(excuses.awaited_from(user_of(request), company, on=clock.today(company)))
    words = parts.changes_in_words(changes)
    rows = [
        {
            "id": row.pk,
            "name": row.cycle.person.name,
            "number": row.cycle.person.employee_no,
            "at": row.at,
            "what": words[row.pk],
            "reason": row.reason,
        }
        for row in changes
    ]
    table = Table(
        name="excuses",
        title=_("Excuses to agree to"),
        default_sort="at",
        columns=[
            Column(
                key="name",
                title=_("Customer manager"),
                href=lambda r: reverse("visits:plan_excuse", args=[r["id"]]),
                note=lambda r: r["number"],
            ),
            Column(key="what", title=_("What changed"), on_card=True, sortable=False),
            Column(key="reason", title=_("Reason"), on_card=True, sortable=False),
            Column(key="at", title=_("When"), kind="instant"),
        ],
        source=ListSource(rows, key="id"),
        empty=Empty(
            title=_("No excuse waits for you"),
            text=_("What a manager takes out of his own approved plan appears here. Until you agree it is owed."),
        ),
    )
    return list_page(
        request, "visits/plans/excuses.html", table, context={"n_waiting": len(rows), "crumbs": _above()[:1]}
    )


@needs("callplans.decide")
@require_http_methods(["GET", "POST"])
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    change = excuses.change_to_decide(user, company, pk, on=on)
    form = forms.ExcuseForm(request.POST or None)

    def act(given: dict[str, str]) -> PlanChange:
        verb = actions.agree if given["what"] == "agree" else actions.decline
        return verb(change=change, words=given["words"], by=user, at=clock.now(), on=on)

    decided = tried(form, act) if request.method == "POST" else None
    if decided is not None:
        agreed = decided.excuse == ExcuseState.AGREED
        messages.success(
            request,
            _("Agreed: nobody owes it.") if agreed else _("Declined: it stays owed, and the manager reads why."),
        )
        return redirect("visits:plan_excuses")
    context = {
        "form": form,
        "change": change,
        "what": parts.changes_in_words([change])[change.pk],
        "is_waiting": change.excuse == ExcuseState.WAITING,
        "own": change.cycle.person.user_id == user.pk,
        "crumbs": [*_above(), Crumb(title=change.cycle.person.name)],
    }
    return render(request, "visits/plans/excuse.html", context, status=422 if form.errors else 200)


def _above() -> list[Crumb]:
    return [
        Crumb(title=_("Call plans"), url=reverse("visits:plans") + "?all=1"),
        Crumb(title=_("Excuses to agree to"), url=reverse("visits:plan_excuses")),
    ]
