"""Codes for retailers' own pages: batches, single slips, and what became of them. Codes are in one answer and nowhere else."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianxin.foundation import access, clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Missing, Refused
from lianxin.foundation.gate import needs
from lianxin.foundation.models import Company
from lianxin.retailers import limits
from lianxin.retailers.actions import codes as actions
from lianxin.retailers.models import AccessCode
from lianxin.retailers.queries import Listing, known
from lianxin.retailers.queries import access as queries
from lianxin.retailers.screens.slips import slips_as_rows, slips_to_print
from lianxin.retailers.states import CodeForm, CodePurpose
from lianxin.ui.exports import XLSX_TYPE, xlsx_file
from lianxin.ui.filters import Choice, Filter, FilterSet
from lianxin.ui.parts import Crumb, Empty
from lianxin.ui.responses import list_page
from lianxin.ui.sources import QuerySetSource
from lianxin.ui.tables import Column, Table


class ManyForm(forms.Form):
    purpose = forms.ChoiceField(
        label=gettext_lazy("What the codes are for"), choices=CodePurpose.choices, widget=forms.RadioSelect
    )
    town = forms.ChoiceField(label=gettext_lazy("Town"), required=False)
    route = forms.ChoiceField(label=gettext_lazy("Route"), required=False)
    days = forms.IntegerField(
        label=gettext_lazy("How many days they can be used"),
        min_value=1,
        help_text=gettext_lazy("At most 30 for signing in, 90 for links that only read."),
    )
    form = forms.ChoiceField(
        label=gettext_lazy("How you hand them out"),
        choices=[each for each in CodeForm.choices if each[0] != CodeForm.API],
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        recorded = known(company)
        for field in ("town", "route"):
            values = [("", _("All")), *((value, value) for value in recorded.values.get(field, ()))]
            self.fields[field].choices = values  # type: ignore[attr-defined]


class OneForm(forms.Form):
    licence_no = forms.CharField(label=gettext_lazy("Licence"), max_length=40)
    purpose = forms.ChoiceField(
        label=gettext_lazy("What the code is for"), choices=CodePurpose.choices, widget=forms.RadioSelect
    )
    days = forms.IntegerField(label=gettext_lazy("How many days it can be used"), min_value=1)


class LicenceForm(forms.Form):
    licence_no = forms.CharField(label=gettext_lazy("Licence"), max_length=40)


def state_of(code: AccessCode, at: datetime) -> str:
    """In one word what became of a code."""
    if code.used_at is not None:
        return _("used")
    if code.revoked_at is not None:
        return _("taken back or replaced")
    return _("too old") if code.expires_at <= at else _("open")


def crumbs(*more: Crumb) -> list[Crumb]:
    return [Crumb(title=_("Retailers' codes"), url=reverse("retailers:codes")), *more]


@needs("retailercodes.read")
@require_safe
def batches(request: HttpRequest) -> HttpResponseBase:
    company = company_of(request)
    filters = FilterSet(
        [Filter(key="purpose", title=_("Purpose"), choices=[Choice(*each) for each in CodePurpose.choices])],
        request.GET,
    )
    rows = queries.batches(company)
    if filters.text("purpose"):
        rows = rows.filter(purpose=filters.text("purpose"))
    table = Table(
        name="codebatches",
        title=_("Retailers' codes"),
        default_sort="-made_at",
        columns=[
            Column(key="made_at", title=pgettext("codes", "Made"), kind="instant",
                   href=lambda b: reverse("retailers:code_batch", args=[b.pk])),
            Column(key="purpose", title=_("Purpose"), value=lambda b: b.get_purpose_display(), on_card=True),
            Column(key="form", title=_("Form"), kind="badge", value=lambda b: b.get_form_display()),
            Column(key="n_codes", title=_("Codes"), kind="number", on_card=True),
            Column(key="n_used", title=_("Used"), kind="number"),
            Column(key="n_revoked", title=_("Taken back or replaced"), kind="number"),
            Column(key="expires_at", title=_("Usable until"), kind="instant"),
            Column(key="made_by", title=_("Made by"), sortable=False, value=lambda b: str(b.made_by or _("nobody known"))),
        ],
        source=QuerySetSource(rows, key="pk"),
        empty=Empty(
            title=_("No codes were handed out yet"),
            text=_("With a code a retailer reads its own supply and answers for itself."),
            action_title=_("Hand out one code"),
            action_url=reverse("retailers:code_one"),
        ),
    )  # fmt: skip
    context = {"may_many": access.may(user_of(request), "retailercodes.make_many", company)}
    return list_page(request, "retailers/codes/batches.html", table, filters=filters, context=context)


@needs("retailercodes.make_many")
@require_http_methods(["GET", "POST"])
def many(request: HttpRequest) -> HttpResponseBase:
    company, user = company_of(request), user_of(request)
    initial = {"purpose": CodePurpose.SIGN_IN, "days": limits.CODE_DAYS, "form": CodeForm.SLIPS}
    form = ManyForm(request.POST or None, company=company, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        chosen = {field: given[field] for field in ("town", "route") if given[field]}
        asked = Listing(towns=tuple(filter(None, [given["town"]])), routes=tuple(filter(None, [given["route"]])))
        try:
            handed = actions.make(
                company=company,
                retailers=queries.retailers_chosen(user, company, asked, on=clock.today(company)),
                purpose=CodePurpose(given["purpose"]),
                form=CodeForm(given["form"]),
                days=given["days"],
                selection=chosen,
                by=user,
                at=clock.now(),
            )
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            return _hand_out(request, handed)
    context = {"form": form, "crumbs": crumbs(Crumb(title=_("For many")))}
    return render(request, "retailers/codes/many.html", context, status=422 if form.errors else 200)


@needs("retailercodes.make")
@require_http_methods(["GET", "POST"])
def one(request: HttpRequest) -> HttpResponseBase:
    company, user = company_of(request), user_of(request)
    initial = {
        "purpose": CodePurpose.SIGN_IN,
        "days": limits.CODE_DAYS,
        "licence_no": request.GET.get("licence", "")[:40],
    }
    form = OneForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            handed = actions.make(
                company=company,
                retailers=[queries.retailer_named(user, company, given["licence_no"], on=clock.today(company))],
                purpose=CodePurpose(given["purpose"]),
                form=CodeForm.SLIPS,
                days=given["days"],
                selection={},
                by=user,
                at=clock.now(),
            )
        except Missing as missing:
            form.add_error("licence_no", missing.message)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            return _hand_out(request, handed)
    context = {
        "form": form,
        "crumbs": crumbs(Crumb(title=_("For one retailer"))),
        "take_back": LicenceForm(auto_id="back_%s"),
    }
    return render(request, "retailers/codes/one.html", context, status=422 if form.errors else 200)


@needs("retailercodes.make")
@require_POST
def take_back(request: HttpRequest) -> HttpResponse:
    company, user = company_of(request), user_of(request)
    form = LicenceForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Write the licence whose codes are to be taken back."))
        return redirect("retailers:code_one")
    try:
        retailer = queries.retailer_named(user, company, form.cleaned_data["licence_no"], on=clock.today(company))
        n = actions.revoke(company=company, retailer=retailer, by=user, at=clock.now())
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect("retailers:code_one")
    messages.success(
        request,
        _("Taken back from %(name)s: %(n)s open codes. Its sessions have ended.") % {"name": retailer.name, "n": n},
    )
    return redirect("retailers:codes")


@needs("retailercodes.read")
@require_safe
def batch(request: HttpRequest, pk: int) -> HttpResponseBase:
    company = company_of(request)
    at = clock.now()
    shown = queries.batch_of(company, pk)
    table = Table(
        name="codes",
        title=_("Codes of a batch"),
        default_sort="licence_no",
        columns=[
            Column(key="licence_no", title=_("Licence"), value=lambda c: c.retailer.licence_no, sort_by="retailer__licence_no"),
            Column(key="name", title=_("Retailer"), value=lambda c: c.retailer.name, sort_by="retailer__name"),
            Column(key="state", title=_("State"), kind="badge", sortable=False, value=lambda c: state_of(c, at), on_card=True),
            Column(key="used_at", title=_("Used"), kind="instant", value=lambda c: c.used_at or _("never")),
        ],
        source=QuerySetSource(queries.codes_of(shown), key="pk"),
    )  # fmt: skip
    context = {
        "batch": shown,
        "may_many": access.may(user_of(request), "retailercodes.make_many", company),
        "crumbs": crumbs(Crumb(title=timezone.localtime(shown.made_at).strftime("%Y-%m-%d %H:%M"))),
    }
    return list_page(request, "retailers/codes/batch.html", table, context=context)


@needs("retailercodes.make_many")
@require_POST
def take_back_batch(request: HttpRequest, pk: int) -> HttpResponse:
    shown = queries.batch_of(company_of(request), pk)
    n = actions.revoke_batch(batch=shown, by=user_of(request), at=clock.now())
    messages.success(request, _("Taken back: %(n)s codes that nobody had used yet.") % {"n": n})
    return redirect("retailers:code_batch", pk)


def _hand_out(request: HttpRequest, handed: actions.Handed) -> HttpResponseBase:
    """The answer that holds the codes; no message, session or address does, and nothing on the way may store it."""
    made = timezone.localtime(handed.batch.made_at)
    if handed.batch.form == CodeForm.XLSX:
        columns, rows = slips_as_rows(request, handed.slips)
        about = [(_("List"), _("Retailers' codes")), (pgettext("codes", "Made"), made.strftime("%Y-%m-%d %H:%M %Z"))]
        answer: HttpResponseBase = FileResponse(
            xlsx_file(columns, iter(rows), about),
            as_attachment=True,
            filename=f"{_('Retailers codes')}-{made:%Y%m%d-%H%M}.xlsx",
            content_type=XLSX_TYPE,
        )
    else:
        context = {
            "slips": slips_to_print(request, handed.slips),
            "batch": handed.batch,
            "signs_in": handed.batch.purpose == CodePurpose.SIGN_IN,
            "sign_in_url": request.build_absolute_uri(reverse("own:sign_in")),
            "crumbs": crumbs(Crumb(title=_("Slips"))),
        }
        answer = render(request, "retailers/codes/slips.html", context)
    answer["Cache-Control"] = "no-store"
    return answer
