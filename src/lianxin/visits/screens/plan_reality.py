"""Plan and reality: what was made as planned, what was not and why, and the form in which who was to make a visit says so."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lianxin.foundation import access, clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Denied
from lianxin.foundation.gate import needs
from lianxin.foundation.uuids import uuid7
from lianxin.people import queries as people
from lianxin.ui.formats import day as day_words
from lianxin.ui.formats import number
from lianxin.ui.parts import Empty, Explanation, Fact, Figure
from lianxin.ui.responses import explanation_page, list_page
from lianxin.ui.sources import ListSource
from lianxin.ui.tables import Column, Table
from lianxin.visits.actions import not_made as actions
from lianxin.visits.queries import planning
from lianxin.visits.queries.not_made import days_to_say, last_day_to_say, said_of
from lianxin.visits.screens import plan_forms as forms
from lianxin.visits.screens import plan_made
from lianxin.visits.screens import plan_parts as parts
from lianxin.visits.screens import plan_steps as steps
from lianxin.visits.states import PlanState


@needs("callplans.read")
def made(request: HttpRequest, cycle_id: str) -> HttpResponseBase:
    """Plan and reality, day by day."""
    cycle = parts.cycle_of(request, cycle_id)
    on = clock.today(cycle.company)
    kept = planning.adherence(cycle, on=on)
    table = Table(
        name="made",
        title=_("Day by day"),
        default_sort="-day",
        columns=[
            Column(
                key="day",
                title=_("Day"),
                kind="day",
                note=lambda r: parts.weekday(r.day),
                href=lambda r: f"{reverse('visits:plan', args=[cycle.pk])}?day={r.day}",
            ),
            Column(key="due", title=_("Planned visits"), kind="number"),
            Column(key="kept", title=_("Made on the day"), kind="number", on_card=True),
            Column(key="missing", title=_("Not on the day"), kind="number", on_card=True),
            Column(
                key="excused",
                title=_("Excused"),
                kind="number",
                help=_("Weather, absence, holiday: neither owed nor counted."),
            ),
        ],
        source=ListSource(plan_made.days_made(cycle, on=on), key="day"),
        empty=Empty(title=_("No day of this plan is over yet"), text=_("Come back when the first day is over.")),
    )
    figures = [
        parts.adherence_figure(cycle, kept),
        Figure(title=_("Due so far"), value=kept.n_due),
        Figure(title=_("Made on another day"), value=kept.n_other_day),
        Figure(title=_("Not made"), value=kept.n_not_made, good="down"),
        Figure(title=_("No reason said"), value=kept.n_unexplained, good="down"),
        Figure(title=_("Excused"), value=kept.n_excused),
        Figure(title=_("Visits beside the plan"), value=kept.n_beside),
    ]
    context = {
        **parts.head(request, cycle, "plan_made"),
        "figures": figures,
        "to_explain": kept.n_unexplained if cycle.state == PlanState.APPROVED else 0,
    }
    return list_page(request, "visits/plans/made.html", table, context=context)


@needs("callplans.read")
def adherence(request: HttpRequest, cycle_id: str) -> HttpResponse:
    """What stands behind the share of visits made as planned."""
    cycle = parts.cycle_of(request, cycle_id)
    on = clock.today(cycle.company)
    kept = planning.adherence(cycle, on=on)
    return explanation_page(
        request,
        Explanation(
            title=_("Plan adherence"),
            subject=f"{cycle.person.name} · {parts.span(cycle)}",
            figure=parts.adherence_figure(cycle, kept),
            formula=_(
                "visits made on their planned day ÷ visits due on days that are over; excused and taken-out visits are left out, "
                "those that a colleague covers count for the colleague"
            ),
            numerator=Fact(title=_("made on their day"), text=number(kept.n_kept)),
            denominator=Fact(title=_("due"), text=number(kept.n_due)),
            n=Fact(title=_("planned visits of days that are over"), text=number(kept.n_due + kept.n_excused)),
            facts=[
                Fact(
                    title=_("Excused"),
                    text=number(kept.n_excused),
                    note=_("weather, absence, holiday: without loss to anyone"),
                ),
                Fact(title=_("Made on another day"), text=number(kept.n_other_day)),
                Fact(title=_("Not made"), text=number(kept.n_not_made)),
                Fact(
                    title=_("No reason said"),
                    text=number(kept.n_unexplained),
                    note=_("of those not made; a reason changes no figure"),
                ),
            ],
            source=_("the call plan, visits recorded"),
            version=_("as of %(day)s") % {"day": day_words(on)},
            rows_url=reverse("visits:plan_made", args=[cycle.pk]),
        ),
    )


@needs("callplans.read")
def not_made(request: HttpRequest, cycle_id: str) -> HttpResponseBase:
    """Which planned visits were made on no day, and why."""
    cycle = parts.cycle_of(request, cycle_id)
    on = clock.today(cycle.company)
    found = planning.standing(cycle, on=on).not_made
    said, days = said_of(found), days_to_say(cycle.company, on=on)
    me = people.person_of(user_of(request))
    may_make = access.may(request.user, "visits.make", cycle.company) and cycle.state == PlanState.APPROVED
    rows: list[dict[str, Any]] = []
    for seq, visit in enumerate(found):
        one, until = said.get(visit.pk), last_day_to_say(visit, days)
        is_mine = may_make and me is not None and visit.person_id == me.pk and on <= until
        rows.append(
            {
                "id": visit.pk,
                "seq": seq,
                "retailer": visit.retailer.name,
                "retailer_id": visit.retailer_id,
                "day": visit.visit_date,
                "weekday": parts.weekday(visit.visit_date),
                "person": visit.person.name,
                "reason": one.get_reason_display() if one else _("no reason said"),
                "words": one.words if one else "",
                "said_at": one.said_at if one else None,
                "until": until,
                "todo": (_("Say it anew") if one else _("Say why")) if is_mine else "",
                "url": reverse("visits:planned_not_made", args=[visit.pk]) if is_mine else "",
            }
        )
    table = Table(
        name="not_made",
        title=_("Not made"),
        default_sort="day",
        columns=[
            Column(
                key="retailer", title=_("Retailer"), href=lambda r: reverse("retailers:file", args=[r["retailer_id"]])
            ),
            Column(key="day", title=_("Day"), kind="day", sort_by="seq", note=lambda r: r["weekday"], on_card=True),
            Column(key="person", title=_("Who visits")),
            Column(key="reason", title=_("Why not made"), on_card=True, note=lambda r: r["words"] or None),
            Column(key="said_at", title=_("Said"), kind="instant", value=lambda r: r["said_at"] or "", sortable=False),
            Column(key="until", title=_("Can be said until"), kind="day"),
            Column(key="todo", title=_("To do"), href=lambda r: r["url"] or None, sortable=False, on_card=True),
        ],
        source=ListSource(rows, key="id"),
        empty=Empty(
            title=_("Every visit due so far was made or excused"),
            text=_("A planned visit appears here when its day is over without anybody having been there."),
        ),
    )
    figures = [
        Figure(title=_("Not made"), value=len(found), good="down"),
        Figure(title=_("No reason said"), value=sum(visit.pk not in said for visit in found), good="down"),
    ]
    context = {**parts.head(request, cycle, "plan_not_made"), "figures": figures}
    return list_page(request, "visits/plans/not_made.html", table, context=context)


@needs("visits.make")
@require_http_methods(["GET", "POST"])
def say_why(request: HttpRequest, planned_id: str) -> HttpResponse:
    """Say why a visit was not made."""
    user, company, at = user_of(request), company_of(request), clock.now()
    visit = planning.planned_visible(user, company, planned_id, on=clock.today(company))
    me = people.person_of(user)
    if me is None or visit.person_id != me.pk:
        raise Denied(_("Whoever was to make the visit says why it was not made."))
    form = forms.NotMadeForm(request.POST or None)
    if request.method == "POST" and steps.tried(
        form,
        lambda given: actions.say_why(
            not_made_id=uuid7(),
            planned_id=visit.pk,
            person=me,
            reason=given["reason"],
            words=given["words"],
            said_at=at,
            by=user,
            at=at,
        ),
    ):
        messages.success(request, _("Noted. It stands beside the visit and changes no figure."))
        return redirect("visits:plan_not_made", visit.cycle_id)
    return steps.form_page(
        request,
        form,
        title=_("Why was %(shop)s not visited?") % {"shop": visit.retailer},
        text=_(
            "Planned for %(day)s. A reason is not an excuse: absence and dangerous weather are entered in the plan itself."
        )
        % {"day": day_words(visit.visit_date)},
        submit=_("Save the reason"),
        back=reverse("visits:plan_not_made", args=[visit.cycle_id]),
        crumbs=steps.crumbs_of(visit.cycle),
    )
