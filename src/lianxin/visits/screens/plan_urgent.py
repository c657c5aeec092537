"""An urgent visit by page: put into the plan where there is room; where others have to go, they are shown first."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from lianxin.foundation import clock
from lianxin.foundation.context import user_of
from lianxin.foundation.errors import Refused
from lianxin.foundation.gate import needs
from lianxin.retailers.models import Retailer
from lianxin.ui.formats import day
from lianxin.ui.parts import Crumb
from lianxin.visits.actions import urgent as actions
from lianxin.visits.models import PlanCycle
from lianxin.visits.queries import plan_words, planning
from lianxin.visits.screens import plan_forms as forms
from lianxin.visits.screens import plan_parts as parts
from lianxin.visits.screens.plan_steps import crumbs_of, form_page


@needs("callplans.change")
@require_http_methods(["GET", "POST"])
def urgent(request: HttpRequest, cycle_id: str) -> HttpResponse:
    cycle = parts.cycle_of(request, cycle_id)
    user, at, on = user_of(request), clock.now(), clock.today(cycle.company)
    retailers = planning.retailers_held(cycle.person, on=max(on, cycle.starts_on))
    form = forms.UrgentForm(request.POST or None, retailers=retailers, on=max(on, cycle.starts_on))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        retailer = next(one for one in retailers if str(one.pk) == given["retailer"])
        try:
            change = actions.add(
                cycle=cycle, retailer=retailer, not_before=given["not_before"], not_after=given["not_after"],
                reason=given["reason"], agreed=given["agreed"], by=user, at=at, on=on,
            )  # fmt: skip
        except actions.NotAgreed as open_question:
            return _preview(request, cycle, retailer, form, open_question.foreseen)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            _told(request, change.body["moved"])
            return redirect("visits:plan_changes", cycle.pk)
    return form_page(
        request, form, title=_("Add an urgent visit"),
        text=_(
            "It is put on the day where it adds the shortest way. Where these days are full, you see first what would move to "
            "others."
        ),
        submit=_("Add the visit"), back=reverse("visits:plan", args=[cycle.pk]), crumbs=crumbs_of(cycle),
    )  # fmt: skip


def _told(request: HttpRequest, moved: list[dict[str, Any]]) -> None:
    (to,) = (one["to"] for one in moved if one["from"] is None)
    told = _("The visit is planned for %(day)s.") % {"day": to}
    n = len(moved) - 1
    if n:
        told += " " + ngettext("%(n)s visit moved.", "%(n)s visits moved.", n) % {"n": n}
    messages.success(request, told)


def _preview(
    request: HttpRequest, cycle: PlanCycle, retailer: Retailer, form: forms.UrgentForm, foreseen: actions.Foreseen
) -> HttpResponse:
    """Which visits would go from which day to which, and why they; nothing is changed yet."""
    given = form.cleaned_data
    kept = {name: form[name].value() for name in ("retailer", "not_before", "not_after", "reason")}
    context = {
        "cycle": cycle,
        "retailer": retailer,
        "day": foreseen.day,
        "weekday": parts.weekday(foreseen.day),
        "reason": given["reason"],
        "is_another": bool(given["agreed"]),
        "goes": [
            {
                "visit": one.visit,
                "from": f"{day(one.from_date)} {parts.weekday(one.from_date)}",
                "to": f"{day(one.to_date)} {parts.weekday(one.to_date)}",
                "why": plan_words.short(one.visit.reasons),
            }
            for one in foreseen.goes
        ],
        "kept": [*kept.items(), ("agreed", foreseen.seal)],
        "crumbs_given": [
            Crumb(title=_("Call plans"), url=reverse("visits:plans") + "?all=1"),
            *crumbs_of(cycle),
            Crumb(title=_("Add an urgent visit")),
        ],
    }
    return render(request, "visits/plans/urgent_preview.html", context)
