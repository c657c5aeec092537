"""What the rules make of a month: by manager, by visit with its three sides, and copies beside what they repeat."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from lianxin.core.verifying.notes import differing
from lianxin.foundation import access, clock, jobs
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Missing, Refused
from lianxin.foundation.gate import needs
from lianxin.oversight.actions import verifying as actions
from lianxin.oversight.queries import checks, rules, standing, verdicts
from lianxin.oversight.screens import presenters as shown
from lianxin.oversight.screens.verification_forms import VerifyForm
from lianxin.oversight.screens.words import rule_title
from lianxin.oversight.states import Verdict
from lianxin.people.models import Person
from lianxin.ui import formats
from lianxin.ui.filters import Choice, Filter, FilterSet
from lianxin.ui.parts import Crumb, Empty
from lianxin.ui.responses import list_page
from lianxin.ui.sources import ListSource, QuerySetSource
from lianxin.ui.tables import Column, Table


def month_of(text: str) -> date:
    """The first day of a month written as 2021-12; anything else is no month."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise Missing(_("There is no such month.")) from error


@needs("verification.read", writing="verification.run")
@require_http_methods(["GET", "POST"])
def overview(request: HttpRequest) -> HttpResponseBase:
    company = company_of(request)
    months = verdicts.months_with_visits(company)
    form = VerifyForm(request.POST or None, months=months)
    if request.method == "POST" and form.is_valid():
        month = form.cleaned_data["month"]
        try:
            job = jobs.enqueue(
                company=company,
                kind="oversight.verify",
                title=_("Verify the visits of %(month)s") % {"month": month[:7]},
                arguments={"month": month},
                by=user_of(request),
                at=clock.now(),
                unique_key=f"oversight.verify:{month}",
            )
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            return redirect("web:job", job.pk)
    found = [run for month in verdicts.months_verified(company) if (run := verdicts.latest(company, month)) is not None]
    may_see_counts = access.may(request.user, "checks.read", company)
    columns = [
        Column(
            key="month",
            title=_("Month"),
            kind="month",
            href=lambda r: reverse("oversight:verified", args=[f"{r.month:%Y-%m}"]),
        ),
        Column(key="n_visits", title=_("Visits"), kind="number", on_card=True),
        Column(key="n_doubtful", title=_("Look hollow"), kind="number", on_card=True),
        Column(key="n_undecided", title=_("Cannot tell"), kind="number"),
        Column(
            key="n_questions",
            title=_("Questions opened"),
            kind="number",
            value=lambda r: verdicts.questions_of(company, r.month),
        ),
        Column(key="rule_set", title=_("Rule set"), value=lambda r: str(r.rule_set), sortable=False),
        Column(key="made_at", title=_("Verified on"), kind="instant"),
    ]
    own = ("month", "rule_set", "made_at")
    table = Table(
        name="verified_months",
        title=_("Verified months"),
        default_sort="-month",
        columns=columns if may_see_counts else [column for column in columns if column.key in own],
        source=ListSource(found, key="pk"),
        empty=Empty(
            title=_("No month has been verified yet"),
            text=_("A rule set must be adopted first; then the visits of a month are held against it."),
            action_title=_("Rule sets"),
            action_url=reverse("oversight:rule_sets"),
        ),
    )
    context = {
        "form": form if access.may(request.user, "verification.run", company) and months else None,
        "may_see_checks": may_see_counts,
        "off": shown.suspended_notes(standing.suspended(company)),
    }
    return list_page(request, "oversight/verification.html", table, context=context)


@needs("verification.read")
def verified(request: HttpRequest, month: str) -> HttpResponseBase:
    company, on = company_of(request), clock.today(company_of(request))
    run = verdicts.latest(company, month_of(month))
    if run is None:
        raise Missing(_("This month has not been verified."))
    rows = shown.person_rows(list(verdicts.estimates(user_of(request), run, on=on)), verdicts.counts_by_person(run))
    table = Table(
        name="verified",
        title=_("By customer manager"),
        default_sort="name",
        columns=[
            Column(
                key="name",
                title=_("Customer manager"),
                href=lambda r: reverse("oversight:verified_person", args=[month, r["id"]]),
                note=lambda r: r["employee_no"],
            ),
            Column(key="ghost", title=_("Hollow visits, estimated"), kind="figure", on_card=True, sort_by="order"),
            Column(key="ghost_band", title=_("between"), sortable=False),
            Column(key="asked", title=_("Question to the manager"), kind="badge", on_card=True),
            Column(key="discrepancy", title=_("Discrepancy of checks"), kind="figure", sort_by="discrepancy_order"),
            Column(key="discrepancy_band", title=_("between"), sortable=False),
            Column(key="copied", title=_("Copied notes"), kind="figure", sort_by="copied_order"),
            Column(
                key="unvisited",
                title=_("Key retailers missed"),
                kind="figure",
                sort_by="unvisited_order",
            ),
            Column(key="n", title=_("Visits"), kind="number"),
            Column(key="doubtful", title=_("Look hollow"), kind="number"),
            Column(key="undecided", title=_("Cannot tell"), kind="number"),
        ],
        source=ListSource(rows, key="id"),
        empty=Empty(title=_("Nobody to show"), text=_("Nobody whom you may see made visits in this month.")),
    )
    context = {
        "run": run,
        "month": formats.month(run.month),
        "n_asked": sum(1 for row in rows if row["is_asked"]),
        "n_rows": len(rows),
        "off": shown.off_notes(run),
        "crumbs": [Crumb(title=_("Verification"), url=reverse("oversight:verification"))],
    }
    return list_page(request, "oversight/verified.html", table, context=context)


@needs("verification.read")
def person(request: HttpRequest, month: str, person_id: int) -> HttpResponseBase:
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    whose = verdicts.person_visible(user, company, person_id, on=on)
    run = verdicts.latest(company, month_of(month))
    if run is None:
        raise Missing(_("This month has not been verified."))
    told = {row.indicator: row for row in verdicts.estimates(user, run, on=on).filter(person=whose)}
    filters = FilterSet(
        [
            Filter(
                key="answer", title=_("What it comes to"), kind="choice", choices=[Choice(*c) for c in Verdict.choices]
            )
        ],
        request.GET,
    )
    rows = verdicts.visit_verdicts(user, run, on=on).filter(person=whose)
    if filters["answer"]:
        rows = rows.filter(answer=filters["answer"])
    table = Table(
        name="visit_verdicts",
        title=_("Visits"),
        default_sort="-risk",
        columns=[
            Column(
                key="shop",
                title=_("Retailer"),
                value=lambda v: v.visit.retailer.name,
                sort_by="visit__retailer__name",
                href=lambda v: reverse("oversight:sides", args=[v.visit_id]),
            ),
            Column(key="visit_date", title=_("Visit of"), kind="day", on_card=True),
            Column(key="answer", title=_("What it comes to"), kind="figure", on_card=True, value=shown.verdict_figure),
            Column(key="why", title=_("What stands out"), value=lambda v: shown.broken_words(v), sortable=False),
            Column(key="risk", title=_("Risk"), kind="share"),
        ],
        source=QuerySetSource(rows, key="pk"),
        empty=Empty(title=_("No such visit"), text=_("No visit of this month has this answer.")),
    )
    context = {
        "run": run,
        "person": whose,
        "month": formats.month(run.month),
        "attendance": shown.attendance_figures(told),
        "estimates": shown.estimate_figures(told),
        "key_retailers": shown.key_rows(verdicts.key_retailers(run, whose)),
        "off": shown.off_notes(run),
        "crumbs": [
            Crumb(title=_("Verification"), url=reverse("oversight:verification")),
            Crumb(title=formats.month(run.month), url=reverse("oversight:verified", args=[month])),
            Crumb(title=whose.name),
        ],
    }
    return list_page(request, "oversight/verified_person.html", table, filters=filters, context=context)


@needs("verification.read")
def sides(request: HttpRequest, visit_id: str) -> HttpResponse:
    company = company_of(request)
    visit = verdicts.visit_visible(user_of(request), company, visit_id, on=clock.today(company))
    verdict = verdicts.verdict_on(visit)
    day = f"{visit.visit_date:%Y-%m}"
    context = {
        "visit": visit,
        "verdict": verdict,
        "answer": shown.verdict_figure(verdict) if verdict else None,
        "visit_facts": shown.visit_facts(visit),
        "rules": shown.rule_facts(verdict) if verdict else [],
        "off": shown.off_notes(verdict.run) if verdict else [],
        "sides": shown.sides_of(visit, list(verdicts.witnesses_about(visit)), list(checks.results_about(visit))),
        "has_copy": bool(verdict and verdict.like_visit),
        "may_ask": verdict is not None
        and verdict.answer == Verdict.YES
        and access.may(request.user, "flags.open", company)
        and visit.person.user_id != user_of(request).pk,
        "crumbs": [
            Crumb(title=_("Verification"), url=reverse("oversight:verification")),
            *(
                [Crumb(title=visit.person.name, url=reverse("oversight:verified_person", args=[day, visit.person_id]))]
                if verdict
                else []
            ),
            Crumb(title=visit.retailer.name),
        ],
    }
    return render(request, "oversight/sides.html", context)


@needs("flags.open")
@require_POST
def ask(request: HttpRequest, visit_id: str) -> HttpResponse:
    company = company_of(request)
    on = clock.today(company)
    visit = verdicts.visit_visible(user_of(request), company, visit_id, on=on)
    verdict = verdicts.verdict_on(visit)
    if verdict is None:
        raise Missing(_("This visit has not been verified."))
    try:
        flag = actions.ask_about(verdict=verdict, by=user_of(request), at=clock.now(), on=on)
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect("oversight:sides", visit_id)
    messages.success(request, _("The question is open. The person concerned sees it now."))
    return redirect("oversight:flag", flag.pk)


@needs("verification.read")
def copy(request: HttpRequest, visit_id: str) -> HttpResponse:
    """A note beside the earlier one whose words it repeats, with the words that differ marked."""
    company, user = company_of(request), user_of(request)
    visit = verdicts.visit_visible(user, company, visit_id, on=clock.today(company))
    verdict = verdicts.verdict_on(visit)
    source = verdicts.earlier_note(visit, verdict.like_visit) if verdict else None
    if verdict is None or source is None:
        raise Missing(_("This note repeats no other."))
    later, earlier = shown.marked(differing(visit.note, source.note))
    context: dict[str, Any] = {
        "visit": visit,
        "source": source,
        "earlier": earlier,
        "later": later,
        "likeness": formats.share(verdict.likeness or 0, 0),
        "is_own": source.person_id == visit.person_id,
        "crumbs": [Crumb(title=visit.retailer.name, url=reverse("oversight:sides", args=[visit.pk]))],
    }
    return render(request, "oversight/copy.html", context)


@needs("rulesets.read")
def run_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One run beside the one that counts for its month: what other numbers would change."""
    company, user = company_of(request), user_of(request)
    run = verdicts.run_of(company, pk)
    base = verdicts.latest(company, run.month)

    def named(ids: set[int]) -> list[Person]:
        return verdicts.named(user, company, ids, on=clock.today(company))

    table = Table(
        name="compared",
        title=_("By rule"),
        default_sort="rule",
        columns=[
            Column(key="rule", title=_("Rule"), value=lambda r: rule_title(r["rule"])),
            Column(key="yes", title=_("Stands out"), kind="number", on_card=True),
            Column(key="yes_base", title=_("in the run that counts"), kind="figure", on_card=True, sort_by="yes"),
            Column(key="cannot_tell", title=_("Cannot tell"), kind="number"),
            Column(key="no", title=_("Nothing stands out"), kind="number"),
        ],
        source=ListSource(shown.compared_rules(run, base), key="rule"),
        empty=Empty(title=_("No rules"), text=""),
    )
    context = {
        "run": run,
        "base": base if base and base.pk != run.pk else None,
        "month": formats.month(run.month),
        "difference": shown.difference(run, base, named),
        "off": shown.off_notes(run),
        "changed": shown.changed_numbers(run, base, rules.declared()),
        "crumbs": [Crumb(title=_("Rule sets"), url=reverse("oversight:rule_sets")), Crumb(title=str(run.rule_set))],
    }
    return list_page(request, "oversight/run.html", table, context=context)
