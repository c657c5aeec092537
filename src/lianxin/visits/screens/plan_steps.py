"""What people do with call plans: make, hand in, approve, return, change, replan. A refused form comes back as typed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from lianxin.foundation import clock, jobs
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Refused
from lianxin.foundation.gate import needs
from lianxin.ui.formats import day
from lianxin.ui.parts import Crumb
from lianxin.visits.actions import planning as actions
from lianxin.visits.actions import replanning
from lianxin.visits.models import PlanChange
from lianxin.visits.queries import planning
from lianxin.visits.queries.plan_inputs import JOB
from lianxin.visits.screens import plan_forms as forms
from lianxin.visits.screens import plan_parts as parts
from lianxin.visits.states import ExcuseState, PlanChangeKind


def form_page(
    request: HttpRequest, form: Form, *, title: str, text: str, submit: str, back: str, crumbs: list[Crumb]
) -> HttpResponse:
    """The page of a form about a plan."""
    context = {
        "form": form, "page_title": title, "text": text, "submit_title": submit, "cancel_url": back,
        "crumbs_given": [Crumb(title=_("Call plans"), url=reverse("visits:plans") + "?all=1"), *crumbs],
    }  # fmt: skip
    return render(request, "visits/plans/form.html", context, status=422 if form.errors else 200)


def tried(form: Form, act: Callable[[dict[str, Any]], Any]) -> Any:
    """What the action gave, or None with the sentence in the form."""
    if not form.is_valid():
        return None
    try:
        return act(form.cleaned_data)
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        return None


def _told(request: HttpRequest, change: PlanChange) -> None:
    """Say what a change did."""
    waits = change.excuse == ExcuseState.WAITING
    n_moved = len(change.body.get("moved", ()))
    n_excused, n_lost = (len(change.body.get(key, ())) for key in ("excused", "without_place"))
    told = []
    if n_moved:
        told.append(ngettext("%(n)s visit moved.", "%(n)s visits moved.", n_moved) % {"n": n_moved})
    if waits and n_excused + n_lost:
        n = n_excused + n_lost
        told.append(ngettext("%(n)s visit left the route.", "%(n)s visits left the route.", n) % {"n": n})
    elif n_excused:
        told.append(ngettext("%(n)s visit excused.", "%(n)s visits excused.", n_excused) % {"n": n_excused})
    if n_lost and not waits:
        told.append(_("%(n)s found no other day and are excused.") % {"n": n_lost})
    if not told:
        told.append(_("No visit was concerned."))
    if waits:
        told.append(_("The route is changed. It counts as an excuse once your market manager agrees."))
    messages.success(request, " ".join(told))


@needs("callplans.make")
@require_http_methods(["GET", "POST"])
def make(request: HttpRequest) -> HttpResponse:
    user, company = user_of(request), company_of(request)
    on = clock.today(company)
    managers = planning.managers_to_plan(user, company, on=on)
    form = forms.MakeForm(request.POST or None, managers=managers, starts_on=planning.next_start(company, on=on))

    def act(given: dict[str, Any]) -> Any:
        at = clock.now()
        arguments = {
            "starts_on": given["starts_on"].isoformat(),
            "persons": sorted(int(pk) for pk in given["persons"]),
            "asked_at": at.isoformat(),
        }
        return jobs.enqueue(
            company=company, kind=JOB, title=_("Make call plans"), arguments=arguments, by=user, at=at,
            unique_key=f"visits.plan:{user.pk}",
        )  # fmt: skip

    job = tried(form, act) if request.method == "POST" else None
    if job is not None:
        return redirect("web:job", job.pk)
    return form_page(
        request,
        form,
        title=_("Make call plans"),
        text=_(
            "For each manager from the retailers held, by tier, place and good hours. A draft of the same first day is replaced."
        ),
        submit=_("Make plans"),
        back=reverse("visits:plans") + "?all=1",
        crumbs=[],
    )


@needs("callplans.make")
@require_POST
def propose(request: HttpRequest, cycle_id: str) -> HttpResponse:
    cycle = parts.cycle_of(request, cycle_id)
    form = Form(request.POST)
    user, at, on = user_of(request), clock.now(), clock.today(cycle.company)
    done = tried(form, lambda given: actions.propose(cycle=cycle, by=user, at=at, on=on))
    return _step(request, cycle_id, form, done, _("Handed in. Your market manager approves it or returns it."))


@needs("callplans.decide")
@require_POST
def approve(request: HttpRequest, cycle_id: str) -> HttpResponse:
    cycle = parts.cycle_of(request, cycle_id)
    form = Form(request.POST)
    user, at, on = user_of(request), clock.now(), clock.today(cycle.company)
    done = tried(form, lambda given: actions.approve(cycle=cycle, by=user, at=at, on=on))
    told = _("Approved: %(person)s visits by it from %(day)s on; the phone gets it at its next contact.")
    return _step(request, cycle_id, form, done, told % {"person": cycle.person.name, "day": day(cycle.starts_on)})


def _step(request: HttpRequest, cycle_id: str, form: Form, done: Any, told: str) -> HttpResponse:
    if done is None:
        messages.error(request, " ".join(str(one) for several in form.errors.values() for one in several))
    else:
        messages.success(request, told)
    return redirect("visits:plan", cycle_id)


@needs("callplans.decide")
@require_http_methods(["GET", "POST"])
def give_back(request: HttpRequest, cycle_id: str) -> HttpResponse:
    cycle = parts.cycle_of(request, cycle_id)
    form = forms.WordsForm(request.POST or None)
    user, at, on = user_of(request), clock.now(), clock.today(cycle.company)
    if request.method == "POST" and tried(
        form, lambda given: actions.give_back(cycle=cycle, words=given["words"], by=user, at=at, on=on)
    ):
        messages.success(request, _("The plan was returned."))
        return redirect("visits:plan", cycle.pk)
    return form_page(
        request, form, title=_("Return the plan of %(person)s") % {"person": cycle.person},
        text=_("Say what is to be changed. The manager changes it and hands it in again."), submit=_("Return the plan"),
        back=reverse("visits:plan", args=[cycle.pk]), crumbs=crumbs_of(cycle),
    )  # fmt: skip


@needs("callplans.change")
@require_http_methods(["GET", "POST"])
def replan(request: HttpRequest, cycle_id: str) -> HttpResponse:
    """Absence, cover, holiday, dangerous weather."""
    cycle = parts.cycle_of(request, cycle_id)
    user, at, on = user_of(request), clock.now(), clock.today(cycle.company)
    colleagues = planning.colleagues_of(cycle, on=on)
    form = forms.AwayForm(request.POST or None, colleagues=colleagues, on=max(on, cycle.starts_on))

    def act(given: dict[str, Any]) -> PlanChange:
        days = [given["first"] + timedelta(days=n) for n in range((given["last"] - given["first"]).days + 1)]
        working = [load.day for load in planning.day_loads(cycle) if load.is_working or load.n_visits]
        asked = [day for day in days if day in working] or days
        kind = PlanChangeKind(given["kind"])
        if kind is PlanChangeKind.COVER:
            covering = next(one for one in colleagues if str(one.pk) == given["covering"])
            return replanning.cover(
                cycle=cycle, covering=covering, days=asked, reason=given["reason"], by=user, at=at, on=on
            )
        return replanning.away(cycle=cycle, kind=kind, days=asked, reason=given["reason"], by=user, at=at, on=on)

    change = tried(form, act) if request.method == "POST" else None
    if change is not None:
        _told(request, change)
        return redirect("visits:plan_changes", cycle.pk)
    return form_page(
        request, form, title=_("Replan for %(person)s") % {"person": cycle.person},
        text=_("Only the visits of these days are concerned; all others stay where they are."), submit=_("Replan"),
        back=reverse("visits:plan", args=[cycle.pk]), crumbs=crumbs_of(cycle),
    )  # fmt: skip


@needs("callplans.change")
@require_http_methods(["GET", "POST"])
def weather(request: HttpRequest) -> HttpResponse:
    """Dangerous weather for several managers at once."""
    user, company = user_of(request), company_of(request)
    on = clock.today(company)
    running = [
        cycle for cycle in planning.cycles_visible(user, company, on=on).filter(ends_on__gt=on)
        if parts.in_scope(request, "callplans.change", cycle)
    ]  # fmt: skip
    told = [(cycle.pk, f"{cycle.person.name} · {parts.span(cycle)}") for cycle in running]
    form = forms.WeatherForm(request.POST or None, plans=told, on=on)

    def act(given: dict[str, Any]) -> list[PlanChange]:
        chosen = [
            cycle for cycle in running if cycle.pk in given["plans"] and cycle.starts_on <= given["day"] < cycle.ends_on
        ]
        if not chosen:
            raise Refused(_("None of these plans has that day."), field="day")
        return replanning.excuse_all(
            cycles=chosen, day=given["day"], reason=given["reason"], by=user, at=clock.now(), on=on
        )

    changes = tried(form, act) if request.method == "POST" else None
    if changes is not None:
        n = sum(len(change.body.get("excused", ())) for change in changes)
        messages.success(request, ngettext("%(n)s visit excused.", "%(n)s visits excused.", n) % {"n": n})
        return redirect(reverse("visits:plans") + "?all=1")
    return form_page(
        request, form, title=_("Dangerous weather"),
        text=_("All visits of the day fall away. They are excused: nobody loses by it, and they load no other day."),
        submit=_("Excuse the visits"), back=reverse("visits:plans") + "?all=1", crumbs=[],
    )  # fmt: skip


@needs("callplans.change")
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, planned_id: str) -> HttpResponse:
    """Move a visit or take it out."""
    company = company_of(request)
    user, at, on = user_of(request), clock.now(), clock.today(company)
    visit = planning.planned_visible(user, company, planned_id, on=on)
    days = [
        (load, parts.weekday(load.day))
        for load in planning.day_loads(visit.cycle)
        if load.day >= on and load.is_working
    ]
    form = forms.ChangeForm(request.POST or None, days=days, current=visit.visit_date)

    def act(given: dict[str, Any]) -> PlanChange:
        if given["what"] == "take_out":
            return actions.take_out(visit=visit, reason=given["reason"], by=user, at=at, on=on)
        to_day = next((load.day for load, _weekday in days if f"{load.day}" == given["to_day"]), visit.visit_date)
        return actions.move(
            visit=visit, to_day=to_day, to_order=given["to_order"], reason=given["reason"], by=user, at=at, on=on
        )

    done = tried(form, act) if request.method == "POST" else None
    if done is not None:
        if done.excuse == ExcuseState.WAITING:
            messages.success(
                request, _("The route is changed. It counts as an excuse once your market manager agrees.")
            )
        else:
            messages.success(request, _("The plan was changed."))
        return redirect(f"{reverse('visits:plan', args=[visit.cycle_id])}?day={visit.visit_date}")
    return form_page(
        request, form, title=_("Change the visit of %(shop)s") % {"shop": visit.retailer},
        text=f"{visit.visit_date} {parts.weekday(visit.visit_date)} {visit.arrive_at:%H:%M}", submit=_("Change the plan"),
        back=reverse("visits:plan", args=[visit.cycle_id]), crumbs=crumbs_of(visit.cycle),
    )  # fmt: skip


@needs("callplans.make")
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest, cycle_id: str) -> HttpResponse:
    """Where the manager's day begins."""
    cycle = parts.cycle_of(request, cycle_id)
    user, at, on = user_of(request), clock.now(), clock.today(cycle.company)
    known = cycle.parameters.get("start", [None, None])
    form = forms.StartForm(
        request.POST or None,
        initial={"latitude": known[0], "longitude": known[1], "valid_from": min(on, cycle.starts_on)},
    )
    if request.method == "POST" and tried(
        form, lambda given: actions.set_start(person=cycle.person, by=user, at=at, on=on, **given)
    ):
        messages.success(request, _("Set. Plans made from now on begin there."))
        return redirect("visits:plan", cycle.pk)
    return form_page(
        request, form, title=_("Where does the day of %(person)s begin?") % {"person": cycle.person},
        text=_("The office or the depot; a home only if the manager wants it so."), submit=_("Set the place"),
        back=reverse("visits:plan", args=[cycle.pk]), crumbs=crumbs_of(cycle),
    )  # fmt: skip


def crumbs_of(cycle: Any) -> list[Crumb]:
    """The way to a plan."""
    title = f"{cycle.person.name} · {cycle.starts_on}"
    return [Crumb(title=title, url=reverse("visits:plan", args=[cycle.pk]))]
