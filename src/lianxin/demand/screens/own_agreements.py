"""The retailer's own page of what it agreed to take: said, revised and taken back by itself."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from lianxin.core.units import first_day, month_plus
from lianxin.demand.actions import agreeing
from lianxin.demand.models import Agreement
from lianxin.demand.queries import agreements as queries
from lianxin.demand.screens.agreements import month_of
from lianxin.demand.screens.words import unit_words
from lianxin.foundation import clock
from lianxin.foundation.context import retailer_of
from lianxin.foundation.errors import Refused
from lianxin.foundation.gate import needs
from lianxin.ui import formats

MONTHS_OFFERED = 3


class OwnAgreementForm(forms.Form):
    """What the retailer will take of a product in a month."""

    product = forms.ChoiceField(label=gettext_lazy("Product"))
    month = forms.ChoiceField(label=gettext_lazy("Month"))
    units = forms.IntegerField(
        label=gettext_lazy("How much will you take?"),
        min_value=0,
        max_value=agreeing.MOST_UNITS,
        help_text=gettext_lazy("0 takes back what you agreed."),
    )

    def __init__(
        self, *args: object, products: list[tuple[str, str]], months: list[tuple[str, str]], **kwargs: object
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["product"].choices = products  # type: ignore[attr-defined]
        self.fields["month"].choices = months  # type: ignore[attr-defined]


@needs("own.agreements")
@require_http_methods(["GET", "POST"])
def agreements(request: HttpRequest) -> HttpResponse:
    caller = retailer_of(request)
    company, on = caller.company, clock.today(caller.company)
    ahead = [month_plus(first_day(on), n) for n in range(1, MONTHS_OFFERED + 1)]
    products = [(str(pk), name) for pk, name in queries.products_to_agree(company)]
    months = [(f"{month:%Y-%m}", formats.month(month)) for month in ahead]
    form = OwnAgreementForm(request.POST or None, products=products, months=months)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            agreeing.agree(
                caller=caller,
                product=queries.product_to_agree(company, int(given["product"])),
                month=month_of(given["month"]),
                units=given["units"],
                at=clock.now(),
            )
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("Taken down. You may change it until the month begins."))
            return redirect("own_demand:agreements")
    context = {"form": form, "rows": _rows(queries.of_retailer(caller, first_day(on))), "unit": unit_words(company)}
    return render(request, "demand/own/agreements.html", context, status=422 if form.errors else 200)


def _rows(versions: list[Agreement]) -> list[dict[str, object]]:
    """One row for each month and product: what stands, and what was said before."""
    found: dict[tuple[object, int], dict[str, object]] = {}
    for version in versions:
        row = found.setdefault((version.month, version.product_id), {"now": version, "before": []})
        if row["now"] is not version:
            row["before"].append(version)  # type: ignore[attr-defined]
    return list(found.values())
