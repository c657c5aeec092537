from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianxin.core.parameters import ParameterKind
from lianxin.foundation import access, actions, clock, parameters, queries
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Refused
from lianxin.foundation.gate import needs
from lianxin.foundation.parameter_words import wanted
from lianxin.foundation.states import Evidence
from lianxin.ui.citations import cited
from lianxin.ui.filters import Filter, FilterSet
from lianxin.ui.parts import Crumb
from lianxin.ui.responses import list_page
from lianxin.ui.sources import ListSource
from lianxin.ui.tables import Column, Table
from lianxin.web import presenters
from lianxin.web.screens.forms import CalendarForm, CompanyForm, ParameterForm, add_refusal, company_initial


@needs("company.write")
@require_http_methods(["GET", "POST"])
def company_settings(request: HttpRequest) -> HttpResponse:
    company = company_of(request)
    form = CompanyForm(request.POST or None, initial=company_initial(company))
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_settings(company=company, by=user_of(request), at=clock.now(), **form.cleaned_data)
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("The settings are saved."))
            return redirect("web:company")
    return render(request, "web/company.html", {"form": form}, status=422 if form.errors else 200)


@needs("company.write")
@require_http_methods(["GET", "POST"])
def calendar(request: HttpRequest) -> HttpResponse:
    company = company_of(request)
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdecimal() and 1990 <= int(asked) <= 2200 else clock.today(company).year
    form = CalendarForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        actions.set_calendar_day(company=company, by=user_of(request), at=clock.now(), **given)
        messages.success(request, _("The calendar is changed."))
        return redirect(f"{reverse('web:calendar')}?year={given['day'].year}")
    context = {
        "form": form,
        "year": year,
        "days": list(queries.calendar_of(company, year)),
        "crumbs": [Crumb(title=_("Company settings"), url=reverse("web:company")), Crumb(title=_("Working calendar"))],
    }
    return render(request, "web/calendar.html", context, status=422 if form.errors else 200)


@needs("company.write")
@require_POST
def calendar_remove(request: HttpRequest) -> HttpResponse:
    try:
        day = date.fromisoformat(request.POST.get("day", ""))
    except ValueError as wrong:
        raise Refused(_("A day is written like 2021-12-31."), field="day") from wrong
    actions.set_calendar_day(
        company=company_of(request), day=day, is_working=None, note="", by=user_of(request), at=clock.now()
    )
    messages.success(request, _("The calendar is changed."))
    return redirect(f"{reverse('web:calendar')}?year={day.year}")


def title_of(found: queries.ParameterInForce) -> str:
    return found.declared.title_en if get_language() == "en" else found.declared.title_zh


@needs("parameters.read")
@require_safe
def parameter_list(request: HttpRequest) -> HttpResponseBase:
    company = company_of(request)
    filters = FilterSet(
        [
            Filter(key="on", title=_("In force on"), kind="day", default=clock.today(company).isoformat()),
            Filter(key="q", title=_("Search"), kind="text"),
        ],
        request.GET,
    )
    on = filters.date("on") or clock.today(company)
    search = filters.text("q").lower()
    rows = [
        {
            "name": found.declared.name,
            "title": title_of(found),
            "value": parameters.written(found.declared, found.value) or _("not set"),
            "unit": presenters.unit_words(found.declared.unit),
            "since": found.row.valid_from if found.row else None,
            "source": cited(found.row.source if found.row else found.declared.source),
            "evidence": str(Evidence(found.row.evidence if found.row else found.declared.evidence).label),
        }
        for found in queries.parameters_of(company, on=on)
        if search in found.declared.name.lower() or search in title_of(found).lower()
    ]
    table = Table(
        name="parameters",
        title=_("Parameters"),
        default_sort="name",
        columns=[
            Column(key="title", title=_("Parameter"), href=lambda row: reverse("web:parameter", args=[row["name"]])),
            Column(key="value", title=_("Value"), on_card=True, sortable=False),
            Column(key="unit", title=_("Measured in")),
            Column(
                key="since",
                title=_("In force since"),
                on_card=True,
                kind="day",
                value=lambda row: row["since"] or _("default"),
            ),
            Column(key="evidence", title=_("How sure")),
            Column(key="source", title=_("Where it comes from"), sortable=False),
            Column(key="name", title=_("Name in files"), shown=False),
        ],
        source=ListSource(rows, key="name"),
    )
    return list_page(request, "web/parameters.html", table, filters=filters, context={"on": on})


@needs("parameters.read", writing="parameters.write")
@require_http_methods(["GET", "POST"])
def parameter(request: HttpRequest, name: str) -> HttpResponse:
    company, by = company_of(request), user_of(request)
    today = clock.today(company)
    found = queries.parameter_of(company, name, on=today)
    initial = {
        "value": parameters.written(found.declared, found.value),
        "valid_from": today.replace(day=1),
        "evidence": Evidence.COMPANY,
    }
    form = ParameterForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            parameters.set_value(
                company=company,
                name=name,
                value=parameters.read(found.declared, given["value"]),
                valid_from=given["valid_from"],
                source=given["source"],
                evidence=Evidence(given["evidence"]),
                by=by,
                at=clock.now(),
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(
                request, _("The parameter is set. Closings of months before that day keep what they used.")
            )
            return redirect("web:parameter", name)
    context = {
        "found": found,
        "title": title_of(found),
        "unit": presenters.unit_words(found.declared.unit),
        "value": parameters.written(found.declared, found.value),
        "default": parameters.written(found.declared, found.declared.default),
        "default_evidence": Evidence(found.declared.evidence).label,
        "history": [(row, parameters.written(found.declared, row.value)) for row in found.history],
        "wanted": wanted(found.declared),
        "by_tier_alone": found.declared.type is ParameterKind.FREQUENCIES,
        "form": form if access.may(by, "parameters.write", company) else None,
        "crumbs": [Crumb(title=_("Parameters"), url=reverse("web:parameters")), Crumb(title=title_of(found))],
    }
    return render(request, "web/parameter.html", context, status=422 if form.errors else 200)
