"""What was learnt that will move demand: said, seen beside the forecast, and whether it helped."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from lianxin.demand.actions import hinting
from lianxin.demand.models import Judging
from lianxin.demand.queries import evidence, festivals, judged, scopes
from lianxin.demand.screens import event_rows, judged_rows
from lianxin.demand.states import HintKind
from lianxin.foundation import access, clock, parameters
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Refused
from lianxin.foundation.gate import needs
from lianxin.goods.queries import product_with_code
from lianxin.retailers.queries import retailer_with_licence
from lianxin.ui.filters import Choice, Filter, FilterSet
from lianxin.ui.inputs import DayInput
from lianxin.ui.parts import Crumb, Empty
from lianxin.ui.responses import list_page
from lianxin.ui.sources import ListSource, QuerySetSource
from lianxin.ui.tables import Column, Table


class HintForm(forms.Form):
    """What was learnt."""

    kind = forms.ChoiceField(label=gettext_lazy("What kind"), choices=HintKind.choices)
    words = forms.CharField(
        label=gettext_lazy("What was learnt"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
    licence_no = forms.CharField(
        label=gettext_lazy("Licence of the retailer"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("Empty: the whole unit."),
    )
    unit = forms.ChoiceField(label=gettext_lazy("Unit"), required=False)
    product_code = forms.CharField(
        label=gettext_lazy("Code of the product"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("Empty: every product."),
    )
    valid_from = forms.DateField(label=gettext_lazy("From"), widget=DayInput())
    valid_until = forms.DateField(label=gettext_lazy("Until, not including"), widget=DayInput())
    change = forms.IntegerField(
        label=gettext_lazy("Expected change of demand, %"),
        required=False,
        min_value=-100,
        max_value=300,
        help_text=gettext_lazy(
            "-30 for three tenths less. Leave it empty if you cannot say: the hint is shown all the same."
        ),
    )

    def __init__(self, *args: Any, units: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if units:
            self.fields["unit"].choices = [("", ""), *((str(pk), code) for pk, code in units)]  # type: ignore[attr-defined]
        else:
            del self.fields["unit"]
            self.fields["licence_no"].required = True
            self.fields["licence_no"].help_text = _("One of your own retailers.")


@needs("hints.read")
def hints(request: HttpRequest) -> HttpResponseBase:
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    filters = FilterSet(
        [Filter(key="kind", title=_("What kind"), kind="choice", choices=[Choice(*c) for c in HintKind.choices])],
        request.GET,
    )
    rows = evidence.hints_visible(user, company, on=on)
    if filters["kind"]:
        rows = rows.filter(kind=filters["kind"])
    table = Table(
        name="hints",
        title=_("Hints for the forecast"),
        default_sort="-valid_from",
        columns=[
            Column(key="words", title=_("What was learnt"), href=lambda h: reverse("demand:hint", args=[h.pk])),
            Column(key="kind", title=_("What kind"), kind="badge", value=lambda h: h.get_kind_display()),
            Column(key="place", title=pgettext("hint", "Where"), sortable=False, value=_place, on_card=True),
            Column(key="product", title=_("Product"), value=lambda h: h.product.name if h.product else _("every product"),
                   sort_by="product__name"),
            Column(key="valid_from", title=_("From"), kind="day", on_card=True),
            Column(key="valid_until", title=_("Until, not including"), kind="day"),
            Column(key="change_share", title=_("Expected change"), kind="change", good="none"),
            Column(key="made_by", title=_("Said by"), value=lambda h: h.made_by.name, sort_by="made_by__name"),
            Column(key="standing", title=_("Standing"), kind="badge", sortable=False,
                   value=lambda h: _("Withdrawn") if h.withdrawn_at else _("Stands")),
        ],
        source=QuerySetSource(rows, key="pk"),
        empty=Empty(
            title=_("Nobody has said anything yet"),
            text=_("A road closed, a fair, a shortage: what is said here stands beside the lines that it concerns."),
        ),
    )  # fmt: skip
    context = {
        "may_write": access.may(user, "hints.write", company),
        "festivals": festivals.festivals(company, on, on.replace(year=on.year + 1, day=1), get_language() or "zh"),
    }
    return list_page(request, "demand/hints.html", table, filters=filters, context=context)


@needs("hints.write")
@require_http_methods(["GET", "POST"])
def say(request: HttpRequest) -> HttpResponse:
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    form = HintForm(request.POST or None, units=scopes.units_spoken_of(user, company, on=on))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            retailer = retailer_with_licence(user, company, given["licence_no"], on=on) if given["licence_no"] else None
            unit = scopes.unit_of_company(company, given.get("unit") or "") if retailer is None else None
            hinting.say(
                kind=HintKind(given["kind"]),
                words=given["words"],
                place=hinting.Place(retailer=retailer, unit=unit),
                product=product_with_code(user, company, given["product_code"]) if given["product_code"] else None,
                valid_from=given["valid_from"],
                valid_until=given["valid_until"],
                change_share=None if given["change"] is None else given["change"] / 100,
                by=user,
                at=clock.now(),
                on=on,
            )
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("It stands beside the lines that it concerns."))
            return redirect("demand:hints")
    context = {
        "form": form,
        "heading": _("What will move demand?"),
        "text": _("Say it once; it stands beside every line that it concerns, and later shows whether it helped."),
        "submit_title": _("Say it"),
        "crumbs": [Crumb(title=_("Hints for the forecast"), url=reverse("demand:hints"))],
    }
    return render(request, "demand/form.html", context, status=422 if form.errors else 200)


@needs("hints.read")
def hint(request: HttpRequest, pk: int) -> HttpResponseBase:
    company, user = company_of(request), user_of(request)
    found = evidence.hint_of(user, company, pk, on=clock.today(company))
    table = Table(
        name="hint_judged",
        title=_("What it did to the system's forecast"),
        default_sort="round",
        columns=event_rows.event_columns(company, with_name=False),
        source=ListSource(_events(request, judged.newest(company), f"hint:{pk}"), key="place"),
        empty=Empty(
            title=_("Nothing can be told yet"),
            text=_("It enters the forecast of every round prepared after it was said. Once such a round has closed and its sales "
                   "are known, both forecasts are held against them."),
        ),
    )  # fmt: skip
    context = {
        "hint": found,
        "place": _place(found),
        "visit_url": reverse("visits:visit", args=[found.visit_id_said])
        if evidence.may_see_visit(user, found, on=clock.today(company))
        else "",
        "may_withdraw": found.made_by.user_id == user.pk
        and found.withdrawn_at is None
        and access.may(user, "hints.write", company),
        "crumbs": [Crumb(title=_("Hints for the forecast"), url=reverse("demand:hints"))],
    }
    return list_page(request, "demand/hint.html", table, context=context)


@needs("hints.write")
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    company, user = company_of(request), user_of(request)
    found = evidence.hint_of(user, company, pk, on=clock.today(company))
    try:
        hinting.withdraw(hint=found, by=user, at=clock.now())
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("Withdrawn; it stays on record."))
    return redirect("demand:hint", pk)


@needs("hints.read")
def helped(request: HttpRequest) -> HttpResponseBase:
    """Whether what was collected helped, by kind."""
    company = company_of(request)
    judging = judged.newest(company)
    rows = judged_rows.information_rows(judged.information(judging)) if judging else []
    table = Table(
        name="information",
        title=_("Did what was collected help?"),
        default_sort="kind",
        columns=judged_rows.information_columns(),
        source=ListSource(rows, key="place"),
        empty=Empty(
            title=_("Nothing can be told yet"),
            text=_("A round must close and its sales be known before anybody can see whether a hint helped."),
        ),
    )
    each = Table(
        name="events_judged",
        title=_("Each hint and festival that the system's forecast was given"),
        prefix="e_",
        default_sort="-round",
        columns=event_rows.event_columns(company),
        source=ListSource(_events(request, judging), key="place"),
        empty=Empty(
            title=_("No hint was given to a forecast whose sales are known"),
            text=_(
                "Hints known when a round is prepared enter its forecast; the forecast without them is kept beside it."
            ),
        ),
        exports=(),
    )
    context = {
        "judging": judging,
        "each": each.page(request.GET),
        "crumbs": [Crumb(title=_("Hints for the forecast"), url=reverse("demand:hints"))],
    }
    return list_page(request, "demand/helped.html", table, context=context)


def _events(request: HttpRequest, judging: Judging | None, event_id: str = "") -> list[dict[str, Any]]:
    """What events that the user may read did, of one or of all of them."""
    company = company_of(request)
    on = clock.today(company)
    told = judged.events(user_of(request), judging, on=on) if judging else []
    if event_id:
        told = [row for row in told if row["event_id"] == event_id]
    least = int(parameters.in_force(company, on=on)["demand.hint_minimum"])
    return event_rows.event_rows(company, told, least=least)


def _place(row: Any) -> str:
    if row.retailer is not None:
        return str(row.retailer.name)
    return str(row.unit.code) if row.unit is not None else _("everywhere")
