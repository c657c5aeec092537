from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from lianxin.foundation import clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Refused
from lianxin.foundation.gate import needs
from lianxin.retailers.queries import retailer_file
from lianxin.ui.inputs import TimeInput
from lianxin.ui.parts import Crumb
from lianxin.visits.actions import hours as actions
from lianxin.visits.queries.plan_inputs import hours_in_force


def _time(label: Any) -> forms.TimeField:
    return forms.TimeField(label=label, required=False, widget=TimeInput())


class HoursForm(forms.Form):
    good_from = _time(gettext_lazy("Likes visits from"))
    good_until = _time(gettext_lazy("Likes visits until"))
    busy_from = _time(gettext_lazy("Busy from"))
    busy_until = _time(gettext_lazy("Busy until"))
    valid_from = forms.DateField(
        label=gettext_lazy("Holds from"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )


@needs("callplans.change")
@require_http_methods(["GET", "POST"])
def hours(request: HttpRequest, retailer_id: int) -> HttpResponse:
    """When a shop likes to be visited, as the retailer said."""
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    retailer = retailer_file(user, company, retailer_id, on=on)
    known = hours_in_force([retailer.pk], on=on).get(retailer.pk)
    initial: dict[str, Any] = {"valid_from": on}
    if known is not None:
        initial |= {name: getattr(known, name) for name in ("good_from", "good_until", "busy_from", "busy_until")}
    form = HoursForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_hours(retailer=retailer, by=user, at=clock.now(), on=on, **form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("Recorded. The next plan keeps to these hours."))
            return redirect("retailers:file", retailer.pk)
    context = {
        "form": form,
        "retailer": retailer,
        "crumbs": [Crumb(title=retailer.name, url=reverse("retailers:file", args=[retailer.pk]))],
    }
    return render(request, "visits/plans/hours.html", context, status=422 if form.errors else 200)
