"""The retailer's own page of what it asked, what was promised to it, and whether an answer settled it."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianxin.foundation import clock
from lianxin.foundation import parameters as dated
from lianxin.foundation.access import RetailerCaller
from lianxin.foundation.context import retailer_of
from lianxin.foundation.errors import Missing, Refused
from lianxin.foundation.gate import needs
from lianxin.foundation.uuids import uuid7
from lianxin.visits.actions import own as actions
from lianxin.visits.limits import topics
from lianxin.visits.queries import own as queries
from lianxin.visits.states import PromiseState, RequestKind, RequestState


class WriteForm(forms.Form):
    request_id = forms.UUIDField(widget=forms.HiddenInput)
    about = forms.CharField(widget=forms.HiddenInput, required=False, max_length=120)
    text = forms.CharField(
        label=gettext_lazy("What do you want to say?"),
        max_length=actions.LONGEST,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Is it a question, a wish or a problem?"),
        choices=RequestKind.choices,
        widget=forms.RadioSelect,
    )
    topic = forms.ChoiceField(label=gettext_lazy("Topic"))

    def __init__(self, *args: object, offered: list[str], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["topic"].choices = [(topic, topic) for topic in offered]  # type: ignore[attr-defined]


class MissingForm(forms.Form):
    words = forms.CharField(
        label=gettext_lazy("What is still missing?"),
        max_length=actions.LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@needs("own.requests")
@require_safe
def requests(request: HttpRequest) -> HttpResponse:
    return _page(request, retailer_of(request))


@needs("own.requests")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    caller = retailer_of(request)
    on = clock.today(caller.company)
    offered = topics(dated.in_force(caller.company, on=on)) or [_("Other")]
    asked = request.GET.get("topic", "")
    initial = {
        "request_id": uuid7(),
        "about": request.GET.get("about", "")[:120],
        "kind": RequestKind.PROBLEM,
        "topic": asked if asked in offered else offered[0],
    }
    form = WriteForm(request.POST or None, offered=offered, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            actions.write(
                request_id=str(given["request_id"]),
                caller=caller,
                kind=RequestKind(given["kind"]),
                topic=given["topic"],
                text=given["text"],
                about=given["about"],
                at=clock.now(),
                on=on,
            )
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("Sent. The office answers here; you need not call."))
            return redirect("own_visits:requests")
    context = {"form": form, "about": form["about"].value()}
    return render(request, "visits/own/write.html", context, status=422 if form.errors else 200)


@needs("own.requests")
@require_POST
def confirm(request: HttpRequest, request_id: str) -> HttpResponse:
    caller = retailer_of(request)
    try:
        actions.confirm(
            caller=caller,
            request_id=queries.request_of(caller, request_id).pk,
            settled=request.POST.get("settled") == "yes",
            words=request.POST.get("words", ""),
            at=clock.now(),
        )
    except Missing:
        raise
    except Refused as refused:
        if refused.field != "words":
            messages.error(request, refused.message)
            return redirect("own_visits:requests")
        form = MissingForm(request.POST)
        form.is_valid()
        form.errors.clear()
        form.add_error("words", refused.message)
        return _page(request, caller, faulty=(request_id, form))
    messages.success(request, _("Thank you. That is recorded."))
    return redirect("own_visits:requests")


def _page(request: HttpRequest, caller: RetailerCaller, faulty: tuple[str, MissingForm] | None = None) -> HttpResponse:
    at, on = clock.now(), clock.today(caller.company)
    rows = [
        (
            row,
            row.state in (RequestState.OPEN, RequestState.REOPENED) and row.due_on < on,
            faulty[1] if faulty and faulty[0] == row.pk else MissingForm(auto_id=f"id_{row.pk}_%s"),
        )
        for row in queries.requests_of(caller, at=at)
    ]
    promises = queries.promises_of(caller, at=at)
    context = {
        "rows": rows,
        "answered": RequestState.ANSWERED,
        "promises": [(row, row.state == PromiseState.OPEN and row.due_on < on) for row in promises],
        "kept": PromiseState.KEPT,
        "faulty_id": faulty[0] if faulty else "",
    }
    return render(request, "visits/own/requests.html", context, status=422 if faulty else 200)
