"""Visits as made: the list, one visit, its photographs, and all that is kept about oneself."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lianxin.core.parameters import value_of
from lianxin.foundation import clock
from lianxin.foundation import parameters as dated
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Missing, Refused
from lianxin.foundation.gate import needs
from lianxin.people import queries as people
from lianxin.people.models import Person
from lianxin.ui.filters import Choice, Filter, FilterSet
from lianxin.ui.parts import Crumb, Empty, Figure
from lianxin.ui.responses import list_page
from lianxin.ui.sources import QuerySetSource
from lianxin.ui.tables import Column, Table
from lianxin.visits.actions import consent as consent_actions
from lianxin.visits.limits import consent_purpose
from lianxin.visits.models import Photo, Visit
from lianxin.visits.queries import visiting as queries
from lianxin.visits.screens import visit_words
from lianxin.visits.states import PlaceAnswer, VisitState


def _minutes(visit: Visit) -> float | None:
    return None if visit.check_out_at is None else (visit.check_out_at - visit.check_in_at).total_seconds() / 60


def _persons(rows: QuerySet[Visit]) -> list[Choice]:
    return [Choice(str(pk), name) for pk, name in queries.persons_of(rows)]


@needs("visits.read")
def visits(request: HttpRequest) -> HttpResponseBase:
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    rows = queries.visits_visible(user, company, on=on)
    month = queries.newest_month(rows) or on.replace(day=1)
    filters = FilterSet(
        [
            Filter(key="month", title=_("Month"), kind="month", default=f"{month:%Y-%m}"),
            Filter(key="day", title=_("Day"), kind="day"),
            Filter(key="person", title=_("Customer manager"), choices=lambda: _persons(rows)),
            Filter(key="place", title=_("Position"), choices=[Choice(*c) for c in PlaceAnswer.choices]),
            Filter(
                key="planned",
                title=_("In the plan"),
                choices=[Choice("yes", _("In the plan")), Choice("no", _("Not planned"))],
            ),
            Filter(key="q", title=_("Retailer"), kind="text", help=_("name or licence number")),
        ],
        request.GET,
    )  # fmt: skip
    first = filters.date("month")
    day = filters.date("day")
    found = rows
    if day is not None:
        found = found.filter(visit_date=day)
    elif first is not None:
        found = found.filter(visit_date__year=first.year, visit_date__month=first.month)
    if filters["person"]:
        found = found.filter(person_id=int(filters.text("person")))
    if filters["place"]:
        found = found.filter(place_answer=filters["place"])
    if filters["planned"]:
        found = found.filter(planned_date__isnull=filters["planned"] == "no")
    if sought := filters.text("q"):
        found = found.filter(Q(retailer__name__icontains=sought) | Q(retailer__licence_no__startswith=sought))
    table = Table(
        name="visits",
        title=_("Visits"),
        default_sort="-check_in_at",
        columns=[
            Column(key="retailer", title=_("Retailer"), value=lambda v: v.retailer.name, sort_by="retailer__name",
                   href=lambda v: reverse("visits:visit", args=[v.pk])),
            Column(key="person", title=_("Customer manager"), value=lambda v: v.person.name, sort_by="person__name", on_card=True),
            Column(key="check_in_at", title=_("Check-in"), kind="instant", on_card=True),
            Column(key="minutes", title=_("Minutes"), kind="number", value=_minutes, sortable=False),
            Column(key="place_answer", title=_("Position"), kind="badge", value=lambda v: v.get_place_answer_display()),
            Column(key="distance_metres", title=_("Distance"), kind="number", unit="m"),
            Column(
                key="planned_date",
                title=_("In the plan"),
                value=lambda v: _("In the plan") if v.planned_date else _("Not planned"),
            ),
            Column(key="n_answers", title=_("Answers"), kind="number"),
            Column(key="marks", title=_("Worth knowing"), value=lambda v: visit_words.marks(v) or _("nothing"), sortable=False),
            Column(key="visit_date", title=_("Day"), kind="day", shown=False),
            Column(key="licence_no", title=_("Licence"), value=lambda v: v.retailer.licence_no, shown=False, sortable=False),
            Column(key="note", title=_("Visit note"), shown=False, sortable=False),
        ],
        source=QuerySetSource(found, key="pk"),
        empty=Empty(title=_("No visits here"),
            text=_("Visits appear here when phones send them or a file brings them in. Choose another month, or import a file.")),
    )  # fmt: skip
    counted = queries.counts(found)
    tiles = [
        Figure(title=_("Visits"), value=counted.n),
        Figure(title=_("Shops visited"), value=counted.n_shops),
        Figure(title=_("Planned visits among them"), value=counted.n_planned / counted.n if counted.n else None, kind="share",
               n=counted.n, reason="" if counted.n else "no_visits", answer="value" if counted.n else "not_enough_data"),
        Figure(title=_("At the shop, where the position tells"), kind="share", n=counted.n_told,
               value=counted.n_confirmed / counted.n_told if counted.n_told else None,
               answer="value" if counted.n_told else "not_enough_data", needs=1 if not counted.n_told else None),
    ]  # fmt: skip
    return list_page(
        request, "visits/visits/visits.html", table, filters=filters, context={"tiles": tiles, "counts": counted}
    )


@needs("visits.read")
def visit(request: HttpRequest, visit_id: str) -> HttpResponse:
    company, user = company_of(request), user_of(request)
    row = queries.visit_visible(user, company, visit_id, on=clock.today(company))
    promises, requests, told = queries.left_behind(row)
    context: dict[str, Any] = {
        "visit": row,
        "minutes": _minutes(row),
        "closed_by_itself": row.state == VisitState.CLOSED_BY_ITSELF,
        "marks": visit_words.marks(row),
        "length": visit_words.length(row),
        "done": visit_words.done_in(row),
        "fixes": [(each.get_moment_display(), visit_words.fix_words(each)) for each in queries.positions_of(row)],
        "photos": queries.photos_of(row),
        "promises": promises,
        "requests": requests,
        "told": told,
        "crumbs": [Crumb(title=_("Visits"), url=reverse("visits:visits")), Crumb(title=row.retailer.name)],
    }
    return render(request, "visits/visits/visit.html", context)


@needs("visits.read")
def photo(request: HttpRequest, photo_id: str) -> HttpResponseBase:
    company, user = company_of(request), user_of(request)
    return picture(queries.photo_visible(user, company, photo_id, on=clock.today(company)))


def picture(row: Photo) -> FileResponse:
    """The file of a photograph.

    Raises
    ------
    Missing : it was deleted after its time, or is not in the files folder.
    """
    if not row.path:
        raise Missing(_("This photograph was deleted after its time; what was concluded from it stays."))
    path = Path(settings.MEDIA_ROOT) / row.path
    if not path.is_file():
        raise Missing(_("The file of this photograph is not there. Restore the files from a backup."))
    answer = FileResponse(path.open("rb"), content_type="image/jpeg")
    # Named by its own hash, it never changes; it is one person's business, not a proxy's.
    answer["Cache-Control"] = "private, max-age=86400"
    answer["Content-Disposition"] = f'inline; filename="{row.pk}.jpg"'
    return answer


def me(request: HttpRequest) -> Person:
    """The person whose account is signed in.

    Raises
    ------
    Refused : the account is joined to nobody.
    """
    person = people.person_of(user_of(request))
    if person is None:
        raise Refused(_("Your account is not joined to a person of the company. Ask the administrator."))
    return person


@needs("positions.own")
def about_me(request: HttpRequest) -> HttpResponseBase:
    company, person = company_of(request), me(request)
    found = queries.about(person)
    parameters = dated.in_force(company, on=clock.today(company))
    table = Table(
        name="positions",
        title=_("Positions that are kept about you"),
        default_sort="-taken_at",
        columns=[
            Column(key="taken_at", title=_("Taken"), kind="instant"),
            Column(key="moment", title=_("Moment"), value=lambda p: p.get_moment_display()),
            Column(key="retailer", title=_("Retailer"), value=lambda p: p.visit.retailer.name, sort_by="visit__retailer__name",
                   href=lambda p: reverse("visits:visit", args=[p.visit_id])),
            Column(key="latitude", title=_("Latitude"), kind="number", decimals=5, on_card=True),
            Column(key="longitude", title=_("Longitude"), kind="number", decimals=5, on_card=True),
            Column(key="accuracy_metres", title=_("Accuracy"), kind="number", unit="m"),
            Column(key="fix_age_seconds", title=_("Age of the fix"), kind="number", unit="s"),
            Column(key="source", title=_("Source"), value=lambda p: p.get_source_display()),
        ],
        source=QuerySetSource(found.positions, key="pk"),
        empty=Empty(title=_("No position of yours is kept"),
            text=_("Positions are kept only with your consent, at check-in and check-out, in working hours, for a short time.")),
    )  # fmt: skip
    return list_page(
        request,
        "visits/visits/about_me.html",
        table,
        context={
            "about": found,
            "in_force": next((each for each in found.consents if each.withdrawn_at is None), None),
            "purpose": consent_purpose(parameters),
            "days": value_of(parameters, "field.position_days"),
            "photo_days": value_of(parameters, "field.photo_days"),
        },
    )


@needs("positions.own")
@require_POST
def consent_give(request: HttpRequest) -> HttpResponse:
    at = clock.now()
    consent_actions.give(person=me(request), given_at=at, by=user_of(request), at=at)
    messages.success(request, _("Your consent is recorded. You may withdraw it at any time."))
    return redirect("visits:about_me")


@needs("positions.own")
@require_POST
def consent_withdraw(request: HttpRequest) -> HttpResponse:
    n_deleted = consent_actions.withdraw(person=me(request), by=user_of(request), at=clock.now())
    messages.success(
        request,
        _("Your consent is withdrawn and %(n)s positions are deleted. Visits count as before.") % {"n": n_deleted},
    )
    return redirect("visits:about_me")
