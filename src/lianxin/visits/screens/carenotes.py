"""Care notes at the desk, for who visits the shops: what is kept, for which service, until when; put right, deleted.

The list has no export: a file would outlive the day until which a note is kept.
"""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from lianxin.foundation import clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Missing, Refused
from lianxin.foundation.gate import needs
from lianxin.foundation.uuids import uuid7
from lianxin.ui import formats
from lianxin.ui.filters import Filter, FilterSet
from lianxin.ui.inputs import DayInput
from lianxin.ui.parts import Crumb, Empty
from lianxin.ui.responses import list_page
from lianxin.ui.sources import QuerySetSource
from lianxin.ui.tables import Column, Table
from lianxin.visits.actions import carenotes as actions
from lianxin.visits.models import CareNote
from lianxin.visits.queries import carenotes as queries
from lianxin.visits.screens.visits import me


class CareNoteForm(forms.Form):
    purpose = forms.CharField(
        label=gettext_lazy("For which service"), max_length=120, help_text=gettext_lazy("Such as the hour of delivery.")
    )
    text = forms.CharField(
        label=gettext_lazy("What the retailer told"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy(
            "Only what was told freely and service needs; nothing about family, health or religion."
        ),
    )
    keep_until = forms.DateField(label=gettext_lazy("Kept until"), widget=DayInput())

    def __init__(self, *args: Any, longest: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["keep_until"].help_text = _("At the latest %(day)s; then it is deleted by itself.") % {
            "day": formats.day(longest)
        }


class NewCareNoteForm(CareNoteForm):
    licence_no = forms.CharField(label=gettext_lazy("Licence number of the shop"), max_length=40)
    field_order = ("licence_no", "purpose", "text", "keep_until")


@needs("carenotes.write")
def care_notes(request: HttpRequest) -> HttpResponseBase:
    rows = queries.notes_for(me(request), on=clock.today(company_of(request)))
    filters = FilterSet(
        [Filter(key="licence_no", title=_("Licence number"), kind="text")],
        request.GET,
    )
    if filters["licence_no"]:
        rows = rows.filter(retailer__licence_no=filters.text("licence_no"))
    table = Table(
        name="care_notes",
        title=_("Care notes"),
        default_sort="-made_at",
        columns=[
            Column(key="text", title=_("Note"), href=lambda n: reverse("visits:care_note", args=[n.pk])),
            Column(
                key="retailer", title=_("Retailer"), value=lambda n: n.retailer.name, sort_by="retailer__name", on_card=True,
                note=lambda n: n.retailer.licence_no,
            ),
            Column(key="purpose", title=_("For which service")),
            Column(key="keep_until", title=_("Kept until"), kind="day", on_card=True),
            Column(key="person", title=_("Written by"), value=lambda n: n.person.name, sort_by="person__name"),
            Column(
                key="corrected_at", title=_("Put right by the retailer"),
                value=lambda n: formats.instant(n.corrected_at) if n.corrected_at else _("no"),
            ),
            Column(key="made_at", title=_("Written"), kind="instant"),
        ],
        source=QuerySetSource(rows, key="pk"),
        exports=(),
        empty=Empty(
            title=_("No care note is kept"),
            text=_("What a retailer tells freely and service needs may be noted, with its purpose and until when it is kept."),
            action_title=_("Write a note"),
            action_url=reverse("visits:care_note_new"),
        ),
    )  # fmt: skip
    return list_page(request, "visits/carenotes/carenotes.html", table, filters=filters)


@needs("carenotes.write")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    company, person = company_of(request), me(request)
    on = clock.today(company)
    longest = actions.longest_until(company, made_on=on, on=on)
    start = {"licence_no": request.GET.get("licence_no", ""), "keep_until": longest}
    form = NewCareNoteForm(request.POST or None, longest=longest, initial=start)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = actions.write(
                note_id=str(uuid7()), person=person,
                retailer_id=queries.shop_visited(person, given["licence_no"].strip(), on=on).pk,
                purpose=given["purpose"], text=given["text"], keep_until=given["keep_until"],
                by=user_of(request), at=clock.now(),
            )  # fmt: skip
        except Refused as refused:  # also of a shop that others visit: it is said at the field
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("Noted. The retailer can see it, put it right and delete it."))
            return redirect("visits:care_note", made.pk)
    context = {"form": form, "crumbs": [_crumb()]}
    return render(request, "visits/carenotes/new.html", context, status=422 if form.errors else 200)


@needs("carenotes.write")
def care_note(request: HttpRequest, note_id: str) -> HttpResponse:
    return _page(request, _note(request, note_id))


@needs("carenotes.write")
@require_POST
def correct(request: HttpRequest, note_id: str) -> HttpResponse:
    note = _note(request, note_id)
    form = CareNoteForm(request.POST, longest=_longest(note))
    if form.is_valid():
        try:
            actions.correct(
                note_id=note.pk, person=me(request), **form.cleaned_data, by=user_of(request), at=clock.now()
            )
        except Missing:
            raise
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("The note is put right. What it said before is gone."))
            return redirect("visits:care_note", note.pk)
    return _page(request, note, faulty=form)


@needs("carenotes.write")
@require_POST
def delete(request: HttpRequest, note_id: str) -> HttpResponse:
    note = _note(request, note_id)
    actions.delete(note_id=note.pk, person=me(request), by=user_of(request), at=clock.now())
    messages.success(request, _("The note is deleted for good."))
    return redirect("visits:care_notes")


def _note(request: HttpRequest, note_id: str) -> CareNote:
    return queries.note_for(me(request), note_id, on=clock.today(company_of(request)))


def _longest(note: CareNote) -> Any:
    company = note.company
    made_on = note.made_at.astimezone(company.zone).date()
    return actions.longest_until(company, made_on=made_on, on=clock.today(company))


def _page(request: HttpRequest, note: CareNote, *, faulty: CareNoteForm | None = None) -> HttpResponse:
    now = {"purpose": note.purpose, "text": note.text, "keep_until": note.keep_until}
    context = {
        "note": note,
        "form": faulty or CareNoteForm(initial=now, longest=_longest(note)),
        "crumbs": [_crumb(), Crumb(title=note.retailer.name)],
    }
    return render(request, "visits/carenotes/carenote.html", context, status=422 if faulty else 200)


def _crumb() -> Crumb:
    return Crumb(title=_("Care notes"), url=reverse("visits:care_notes"))
