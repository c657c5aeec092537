"""What retailers agreed to take: every version, and which one counts."""

from datetime import date
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from lianxin.core.units import first_day, month_plus
from lianxin.demand.actions import agreeing
from lianxin.demand.models import Agreement
from lianxin.demand.queries import agreements as queries
from lianxin.demand.screens.words import unit_words
from lianxin.foundation import access, clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Refused
from lianxin.foundation.gate import needs
from lianxin.goods.queries import product_with_code
from lianxin.retailers.queries import retailer_with_licence
from lianxin.ui.filters import Filter, FilterSet
from lianxin.ui.parts import Crumb, Empty
from lianxin.ui.responses import list_page
from lianxin.ui.sources import QuerySetSource
from lianxin.ui.tables import Column, Table


class AgreementForm(forms.Form):
    """What a retailer said it would take."""

    licence_no = forms.CharField(label=gettext_lazy("Licence of the retailer"), max_length=40)
    product_code = forms.CharField(label=gettext_lazy("Code of the product"), max_length=40)
    month = forms.CharField(label=gettext_lazy("Month"), widget=forms.TextInput(attrs={"type": "month"}))
    units = forms.IntegerField(
        label=gettext_lazy("Agreed units"),
        min_value=0,
        max_value=agreeing.MOST_UNITS,
        help_text=gettext_lazy(
            "As the retailer says by its own will; 0 takes back what was agreed. It owes no purchase by it."
        ),
    )

    def clean_month(self) -> date:
        return month_of(self.cleaned_data["month"])


def month_of(text: str) -> date:
    """The first day of a month written as 2022-01."""
    try:
        return date.fromisoformat(f"{text[:7]}-01")
    except ValueError as error:
        raise forms.ValidationError(_("Write the month as 2022-01.")) from error


@needs("agreements.write")
@require_http_methods(["GET", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """Write down what a retailer said; a later word for the same product and month revises it."""
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    initial = {
        "month": f"{month_plus(first_day(on), 1):%Y-%m}",
        **{
            name: str(request.GET[name])
            for name in ("licence_no", "product_code", "month", "units")
            if name in request.GET
        },
    }
    form = AgreementForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            agreeing.write_down(
                retailer=retailer_with_licence(user, company, given["licence_no"], on=on),
                product=product_with_code(user, company, given["product_code"]),
                month=given["month"],
                units=given["units"],
                by=user,
                at=clock.now(),
                on=on,
            )
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("Written down. It may be revised or taken back until the month begins."))
            return redirect(reverse("demand:agreements") + f"?month={given['month']:%Y-%m}")
    context = {
        "form": form,
        "heading": _("What did a retailer agree to take?"),
        "text": _("Every word is a new version; the last one before the month begins counts."),
        "submit_title": _("Write it down"),
        "crumbs": [Crumb(title=_("Demand agreements"), url=reverse("demand:agreements"))],
    }
    return render(request, "demand/form.html", context, status=422 if form.errors else 200)


@needs("forecasts.read")
def agreements(request: HttpRequest) -> HttpResponseBase:
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    latest = queries.latest_month(company) or on.replace(day=1)
    filters = FilterSet(
        [Filter(key="month", title=_("Month"), kind="month", default=f"{latest:%Y-%m}", required=True)], request.GET
    )
    month = (filters.date("month") or latest).replace(day=1)
    rows = queries.agreements_visible(user, company, month, on=on)
    may_write = access.may(user, "agreements.write", company)
    is_ahead = clock.now() < queries.begins(company, month)
    table = Table(
        name="agreements",
        title=_("Demand agreements of retailers"),
        default_sort="retailer",
        columns=[
            Column(key="retailer", title=_("Retailer"), value=lambda a: a.retailer.licence_no,
                   note=lambda a: a.retailer.name, sort_by="retailer__licence_no"),
            Column(key="product", title=_("Product"), value=lambda a: a.product.name, note=lambda a: a.product.product_code,
                   sort_by="product__product_code", on_card=True),
            Column(key="units", title=_("Agreed units"), unit=unit_words(company), kind="number", on_card=True,
                   href=lambda a: _revise(a) if may_write and is_ahead else None),
            Column(key="agreed_at", title=_("Agreed at"), kind="instant"),
            Column(key="standing", title=_("Standing"), kind="badge", sortable=False, on_card=True, value=_standing),
            Column(key="who", title=_("Entered by"), sortable=False, value=_who),
        ],
        source=QuerySetSource(rows, key="pk"),
        empty=Empty(
            title=_("Nothing was agreed for this month"),
            text=_(
                "Agreements are entered here, by retailers themselves, or from a file. A later word for the same product and month "
                "revises an earlier one."
            ),
            action_title=_("Enter an agreement") if may_write else "",
            action_url=reverse("demand:agree") if may_write else "",
        ),
        note=" ".join(
            (
                _("A retailer agrees by his own will, may revise or withdraw it at any time, and owes no purchase by it."),
                _(
                    "A manager's fulfilment compares these with what was bought (reading ii); agreements of the company with "
                    "its suppliers "
                    "(reading i) are another matter, and no manager's."
                ),
            )
        ),
    )  # fmt: skip
    context = {"may_write": may_write, "month": month, "n_counting": queries.n_counting(rows)}
    return list_page(request, "demand/agreements.html", table, filters=filters, context=context)


def _who(row: Agreement) -> str:
    if row.by_retailer:
        return _("the retailer itself")
    return str(row.entered_by) if row.entered_by else _("a file")


def _revise(row: Agreement) -> str:
    told = {
        "licence_no": row.retailer.licence_no, "product_code": row.product.product_code, "month": f"{row.month:%Y-%m}",
        "units": row.units,
    }  # fmt: skip
    return reverse("demand:agree") + "?" + urlencode(told)


def _standing(row: Agreement) -> str:
    if row.is_withdrawn:
        return _("Withdrawn")
    if row.counts:  # type: ignore[attr-defined]  # annotated by the query
        return _("Stands")
    if row.agreed_at >= queries.begins(row.company, row.month):
        return _("Too late for this month")
    return _("Revised later")
