"""Records: one's own to write, others' to read, who has handed in, and the running ledger."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from lianxin.foundation import access, clock
from lianxin.foundation import parameters as dated
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Missing, Refused
from lianxin.foundation.gate import needs
from lianxin.people import queries as people
from lianxin.ui import formats
from lianxin.ui.filters import Choice, Filter, FilterSet
from lianxin.ui.parts import Crumb, Empty, Figure
from lianxin.ui.responses import list_page
from lianxin.ui.sources import ListSource, QuerySetSource
from lianxin.ui.tables import Column, Table
from lianxin.visits.actions import records as actions
from lianxin.visits.models import Record
from lianxin.visits.queries import record_pictures
from lianxin.visits.queries import records as queries
from lianxin.visits.queries.calendar import Period, period_of
from lianxin.visits.screens import record_parts
from lianxin.visits.screens.visits import picture
from lianxin.visits.states import RecordKind, RecordState

PROMPTS = {
    RecordKind.DAILY: gettext_lazy(
        "What did you see today that the figures do not show? What will you do about it, and when?"
    ),
    RecordKind.WEEKLY: gettext_lazy("What changed this week, at which shops, and why? What is for next week?"),
    RecordKind.MONTHLY: gettext_lazy(
        "How did the market go, which goods and shops made it so, what do competitors and consumers do, what do you propose?"
    ),
}
STANDING = {
    "in_time": gettext_lazy("In time"),
    "late": gettext_lazy("Late"),
    "missing": gettext_lazy("Not handed in"),
    "not_due": gettext_lazy("Not due yet"),
    "not_owed": gettext_lazy("Not owed: a day off"),
}


class WordsForm(forms.Form):
    words = forms.CharField(
        label=gettext_lazy("In your own words"),
        required=False,
        max_length=None,
        widget=forms.Textarea(attrs={"rows": 12}),
    )

    def __init__(self, *args: Any, kind: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind:
            self.fields["words"].help_text = PROMPTS[RecordKind(kind)]


@needs("records.read")
def records(request: HttpRequest) -> HttpResponseBase:
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    rows = queries.records_visible(user, company, on=on)
    filters = FilterSet(
        [
            Filter(key="kind", title=_("Kind"), kind="choice", choices=[Choice(*c) for c in RecordKind.choices]),
            Filter(key="from", title=_("From"), kind="day"),
            Filter(key="q", title=_("Search"), kind="text", help=_("words or name")),
        ],
        request.GET,
    )
    if filters["kind"]:
        rows = rows.filter(kind=filters["kind"])
    if since := filters.date("from"):
        rows = rows.filter(period_start__gte=since)
    if text := filters.text("q"):
        rows = queries.searched(rows, text)
    table = Table(
        name="records",
        title=_("Records"),
        default_sort="-period",
        columns=[
            Column(key="period", title=_("Period"), value=period_name, sort_by="period_start",
                   href=lambda r: reverse("visits:record", args=[r.pk])),
            Column(key="kind", title=_("Kind"), value=lambda r: r.get_kind_display(), on_card=True),
            Column(key="person", title=_("Customer manager"), value=lambda r: r.person.name, sort_by="person__name"),
            Column(key="state", title=_("State"), kind="badge", value=standing_of, on_card=True),
            Column(key="submitted_at", title=_("Handed in"), kind="instant"),
            Column(key="due_at", title=_("Due"), kind="instant", shown=False),
            Column(key="beginning", title=_("Beginning"), value=lambda r: r.words[:80]),
        ],
        source=QuerySetSource(rows, key="pk"),
        empty=Empty(title=_("No records yet"), text=_("Daily logs, weekly notes and monthly analyses appear here.")),
    )  # fmt: skip
    person = people.person_of(user)
    own = person is not None and access.may(user, "records.write", company)
    context = {
        "to_write": [_to_write(*each) for each in queries.to_write(person, on=on)]
        if own and person is not None
        else [],
        "others": not own,
    }
    return list_page(request, "visits/records/records.html", table, filters=filters, context=context)


def period_name(record: Record | Period) -> str:
    """The period in words: a day, a week by its Monday and Sunday, or a month."""
    first = record.period_start if isinstance(record, Record) else record.first
    if record.kind == RecordKind.MONTHLY:
        return formats.month(first)
    if record.kind == RecordKind.WEEKLY:
        return f"{formats.day(first)} – {formats.day(first + timedelta(days=6))}"
    return formats.day(first)


def standing_of(record: Record) -> str:
    if record.submitted_at is None:
        return str(record.get_state_display())
    return str(STANDING["in_time" if record.submitted_at <= record.due_at else "late"])


def _to_write(period: Period, record: Record | None) -> dict[str, Any]:
    return {
        "kind": period.kind.value,
        "title": period.kind.label,
        "period": period_name(period),
        "due_at": period.due_at,
        "is_owed": period.is_owed,
        "day": period.first.isoformat(),
        "is_handed_in": record is not None and record.state == RecordState.SUBMITTED,
        "url": reverse("visits:record", args=[record.pk]) if record else "",
    }


@needs("records.write")
@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    company, user = company_of(request), user_of(request)
    person = people.person_of(user)
    if person is None:
        raise Refused(_("Your account is not linked to a person; ask the administrator."))
    kind = request.POST.get("kind", "")
    try:
        day = date.fromisoformat(request.POST.get("day", ""))
    except ValueError as wrong:
        raise Refused(_("Give the day as in 2021-12-31."), field="day") from wrong
    if kind not in RecordKind.values:
        raise Refused(_("Choose what you want to write."), field="kind")
    period = period_of(RecordKind(kind), day, company, dated.in_force(company, on=day))
    record = actions.begin(person=person, period=period, by=user, at=clock.now())
    return redirect("visits:record", record.pk)


@needs("records.read")
def record(request: HttpRequest, record_id: str) -> HttpResponse:
    return _record_page(request, _visible(request, record_id))


@needs("records.write")
@require_POST
def keep(request: HttpRequest, record_id: str) -> HttpResponse:
    row = _visible(request, record_id)
    form = WordsForm(request.POST, kind=row.kind)
    form.is_valid()
    words, chosen = form.data.get("words", ""), _chosen(request)
    try:
        actions.keep(record=row, words=words, photo_ids=chosen, by=user_of(request), at=clock.now())
    except Refused as refused:
        form.add_error(None if refused.field == "photos" else "words", refused.message)
        return _record_page(request, row, form=form, status=422)
    messages.success(request, _("Kept. Nobody else sees it until you hand it in."))
    return redirect("visits:record", row.pk)


@needs("records.write")
@require_POST
def submit(request: HttpRequest, record_id: str) -> HttpResponse:
    row = _visible(request, record_id)
    form = WordsForm(request.POST, kind=row.kind)
    form.is_valid()
    words, chosen = form.data.get("words", ""), _chosen(request)
    try:
        actions.submit(record=row, words=words, photo_ids=chosen, by=user_of(request), at=clock.now())
    except Refused as refused:
        form.add_error(None if refused.field == "photos" else "words", refused.message)
        return _record_page(request, row, form=form, status=422)
    messages.success(request, _("Handed in."))
    return redirect("visits:record", row.pk)


@needs("records.read")
def record_photo(request: HttpRequest, record_id: str, photo_id: str) -> HttpResponseBase:
    return picture(record_pictures.photo_of(_visible(request, record_id), photo_id))


def _chosen(request: HttpRequest) -> list[str] | None:
    """The photographs ticked in the form; None where the form offered none."""
    return request.POST.getlist("photos") if "photos_offered" in request.POST else None


def _visible(request: HttpRequest, record_id: str) -> Record:
    company = company_of(request)
    return queries.record_visible(user_of(request), company, record_id, on=clock.today(company))


def _record_page(
    request: HttpRequest, row: Record, *, form: WordsForm | None = None, status: int = 200
) -> HttpResponse:
    writes = row.person.user_id == user_of(request).pk
    ticked = _chosen(request) if request.method == "POST" else None
    chosen = row.photo_ids if ticked is None else ticked
    context = {
        "record": row,
        "period": period_name(row),
        "standing": standing_of(row),
        "figures": [_figure(one) for one in row.figures.get("rows", [])],
        "sources": sorted({one["source"] for one in row.figures.get("rows", []) if one.get("source")}),
        "form": (form or WordsForm(initial={"words": row.words}, kind=row.kind)) if writes else None,
        "charts": record_parts.charts(row),
        "photos": record_pictures.photos_of(row),
        "offered": record_parts.offered(row, chosen) if writes else [],
        "n_chosen": len(chosen),
        "most_photos": record_pictures.MOST_PHOTOS,
        "is_draft": row.state == RecordState.DRAFT,
        "versions": list(queries.versions_of(row)),
        "crumbs": [Crumb(title=_("Records"), url=reverse("visits:records")), Crumb(title=period_name(row))],
    }
    return render(request, "visits/records/record.html", context, status=status)


def _figure(kept: dict[str, Any]) -> Figure:
    told = kept["value"] is not None
    return Figure(
        title=kept["title"],
        value=kept["value"],
        kind=kept["kind"],
        unit=kept["unit"],
        answer="value" if told else "not_enough_data",
        reason="" if told else kept.get("reason", ""),
        href=kept["url"],
    )


@needs("records.read")
def handed_in(request: HttpRequest) -> HttpResponseBase:
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    filters = FilterSet(
        [
            Filter(key="kind", title=_("Kind"), kind="choice", choices=[Choice(*c) for c in RecordKind.choices],
                   default=RecordKind.DAILY.value, required=True),
            Filter(key="day", title=_("Day in the period"), kind="day", default=on.isoformat()),
        ],
        request.GET,
    )  # fmt: skip
    day = filters.date("day") or on
    period = period_of(
        RecordKind(filters.text("kind") or RecordKind.DAILY), day, company, dated.in_force(company, on=day)
    )
    rows = queries.handed_in(user, company, period, on=on, at=clock.now())
    table = Table(
        name="handed_in",
        title=_("Who has handed in"),
        default_sort="unit",
        columns=[
            Column(key="name", title=_("Customer manager"), value=lambda r: r["person"].name,
                   href=lambda r: reverse("visits:record", args=[r["record"].pk]) if r["record"] else ""),
            Column(key="unit", title=_("Market unit")),
            Column(key="answer", title=_("State"), kind="badge", value=lambda r: str(STANDING[r["answer"]]), on_card=True),
            Column(key="submitted_at", title=_("Handed in"), kind="instant", on_card=True),
        ],
        source=ListSource(
            [
                {"key": row.person.pk, "name": row.person.name, "person": row.person, "unit": row.unit, "record": row.record,
                 "answer": row.answer, "submitted_at": row.record.submitted_at if row.record else None}
                for row in rows
            ],
            key="key",
        ),
        empty=Empty(title=_("Nobody to hand in"), text=_("There is no customer manager in your scope on that day.")),
    )  # fmt: skip
    missing = sum(row.answer == "missing" for row in rows)
    context = {
        "period": period_name(period),
        "n": len(rows),
        "n_done": sum(row.record is not None for row in rows),
        "missing": missing,
        "is_owed": period.is_owed,
        "due_at": period.due_at,
        "crumbs": [Crumb(title=_("Records"), url=reverse("visits:records")), Crumb(title=_("Who has handed in"))],
    }
    return list_page(request, "visits/records/handed_in.html", table, filters=filters, context=context)


@needs("records.read")
def ledger(request: HttpRequest) -> HttpResponseBase:
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    persons = queries.ledger_persons(user, company, on=on)
    mine = people.person_of(user)
    default = mine.pk if mine in persons else (persons[0].pk if persons else "")
    filters = FilterSet(
        [
            Filter(key="month", title=_("Month"), kind="month", default=f"{on:%Y-%m}"),
            Filter(key="person", title=_("Customer manager"), kind="choice", default=str(default), required=True,
                   choices=[Choice(str(person.pk), person.name) for person in persons]),
        ],
        request.GET,
    )  # fmt: skip
    month = filters.date("month") or on.replace(day=1)
    person = next((one for one in persons if str(one.pk) == filters.text("person")), None)
    if person is None and persons:
        raise Missing(_("There is no such person."))
    last = (month + timedelta(days=32)).replace(day=1)
    table = Table(
        name="ledger",
        title=_("Running ledger"),
        default_sort="at",
        columns=[
            Column(key="at", title=_("When"), kind="instant", on_card=True),
            Column(key="kind", title=_("What"), kind="badge"),
            Column(key="retailer", title=_("Retailer"), value=lambda r: r.retailer or _("no single shop")),
            Column(key="text", title=_("In words"), value=lambda r: r.text or _("nothing written"), on_card=True),
        ],
        source=ListSource(queries.ledger(person, company, month, last) if person else [], key="key"),
        empty=Empty(
            title=_("Nothing in this month"), text=_("Visits, promises, requests and records appear here in order.")
        ),
    )
    context = {
        "month": month,
        "person": person,
        "crumbs": [Crumb(title=_("Records"), url=reverse("visits:records")), Crumb(title=_("Running ledger"))],
    }
    return list_page(request, "visits/records/ledger.html", table, filters=filters, context=context)
