"""The contact of a retailer, for who serves it and those above; and for the retailer itself, on its own page."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from lianxin.foundation import clock
from lianxin.foundation.context import company_of, retailer_of, user_of
from lianxin.foundation.errors import Denied, Missing, Refused
from lianxin.foundation.gate import needs
from lianxin.retailers.actions import contacts as actions
from lianxin.retailers.models import RetailerContact
from lianxin.retailers.queries import contacts as queries
from lianxin.retailers.queries import retailer_file
from lianxin.retailers.states import ContactWay
from lianxin.ui.parts import Crumb

FIELDS = ("name", "phone", "way", "preferred_time", "words")


class ContactForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Whom to ask for"), max_length=60, required=False)
    phone = forms.CharField(
        label=gettext_lazy("Phone"), max_length=40, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    way = forms.ChoiceField(label=gettext_lazy("Likes to be reached"), required=False)
    preferred_time = forms.CharField(
        label=gettext_lazy("At what time"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("Such as: after 15:00"),
    )
    words = forms.CharField(
        label=gettext_lazy("What else helps to serve this shop"),
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Nothing about family, health or religion. The retailer reads it."),
    )

    def __init__(self, *args: Any, row: RetailerContact | None = None, **kwargs: Any) -> None:
        given = {name: getattr(row, name) for name in FIELDS} if row is not None else {}
        super().__init__(*args, **{**kwargs, "initial": given})
        self.fields["way"].choices = [("", _("not said")), *ContactWay.choices]  # type: ignore[attr-defined]

    @property
    def said(self) -> actions.Said:
        return actions.Said(**{name: self.cleaned_data[name] for name in FIELDS})


@needs("contacts.write")
@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: HttpRequest, retailer_id: int) -> HttpResponse:
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    retailer = retailer_file(user, company, retailer_id, on=on)
    known = queries.contact_of(user, retailer, on=on)
    form = ContactForm(request.POST if request.method == "POST" else None, row=known)
    if request.method == "POST" and form.is_valid():
        try:
            actions.enter(retailer=retailer, said=form.said, by=user, at=clock.now(), on=on)
        except Denied:
            raise
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("Recorded. What was there before is gone."))
            return redirect("retailers:file", retailer.pk)
    context = {
        "form": form,
        "retailer": retailer,
        "known": known,
        "crumbs": [
            Crumb(title=_("Retailers"), url=reverse("retailers:list")),
            Crumb(title=retailer.name, url=reverse("retailers:file", args=[retailer.pk])),
        ],
    }
    return render(request, "retailers/contact.html", context, status=422 if form.errors else 200)


@needs("contacts.write")
@require_POST
def contact_delete(request: HttpRequest, retailer_id: int) -> HttpResponse:
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    retailer = retailer_file(user, company, retailer_id, on=on)
    actions.delete(retailer=retailer, by=user, at=clock.now(), on=on)
    messages.success(request, _("The contact is deleted for good."))
    return redirect("retailers:file", retailer.pk)


@needs("own.contact")
@require_http_methods(["GET", "HEAD", "POST"])
def own_contact(request: HttpRequest) -> HttpResponse:
    caller = retailer_of(request)
    try:
        known = queries.own_contact(caller)
    except Missing:
        return render(request, "retailers/own/contact.html", {"known": None}, status=404 if request.POST else 200)
    form = ContactForm(request.POST if request.method == "POST" else None, row=known)
    if request.method == "POST" and form.is_valid():
        try:
            actions.correct(caller=caller, said=form.said, at=clock.now(), on=clock.today(caller.company))
        except Missing:
            raise
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("Put right. What it said before is gone."))
            return redirect("own:contact")
    return render(
        request, "retailers/own/contact.html", {"known": known, "form": form}, status=422 if form.errors else 200
    )


@needs("own.contact")
@require_POST
def own_contact_delete(request: HttpRequest) -> HttpResponse:
    actions.delete_own(caller=retailer_of(request), at=clock.now())
    messages.success(request, _("The contact is deleted for good."))
    return redirect("own:contact")
