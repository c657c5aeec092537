"""What is noted about a retailer, on its own page: seen, put right, deleted."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from lianxin.foundation import clock
from lianxin.foundation.access import RetailerCaller
from lianxin.foundation.context import retailer_of
from lianxin.foundation.errors import Missing, Refused
from lianxin.foundation.gate import needs
from lianxin.visits.actions import own as actions
from lianxin.visits.queries import own as queries


class NoteForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("What it should say"), max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )


@needs("own.carenotes")
@require_safe
def notes(request: HttpRequest) -> HttpResponse:
    return _page(request, retailer_of(request))


@needs("own.carenotes")
@require_POST
def correct(request: HttpRequest, note_id: str) -> HttpResponse:
    caller = retailer_of(request)
    form = NoteForm(request.POST, auto_id=f"id_{note_id}_%s")
    on = clock.today(caller.company)
    queries.note_of(caller, note_id, on=on)
    if form.is_valid():
        try:
            actions.correct(
                caller=caller, note_id=note_id, text=form.cleaned_data["text"], at=clock.now(), on=on
            )  # fmt: skip
        except Missing:
            raise
        except Refused as refused:
            form.add_error("text", refused.message)
        else:
            messages.success(request, _("The note is put right. What it said before is gone."))
            return redirect("own_visits:notes")
    return _page(request, caller, faulty=(note_id, form))


@needs("own.carenotes")
@require_POST
def delete(request: HttpRequest, note_id: str) -> HttpResponse:
    caller = retailer_of(request)
    actions.delete_note(caller=caller, note_id=note_id, at=clock.now(), on=clock.today(caller.company))
    messages.success(request, _("The note is deleted for good."))
    return redirect("own_visits:notes")


def _page(request: HttpRequest, caller: RetailerCaller, faulty: tuple[str, NoteForm] | None = None) -> HttpResponse:
    rows = [
        (
            note,
            faulty[1]
            if faulty and faulty[0] == note.pk
            else NoteForm(initial={"text": note.text}, auto_id=f"id_{note.pk}_%s"),
        )
        for note in queries.notes_of(caller, on=clock.today(caller.company))
    ]
    context = {"rows": rows, "faulty_id": faulty[0] if faulty else ""}
    return render(request, "visits/own/notes.html", context, status=422 if faulty else 200)
