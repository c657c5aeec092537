"""Rule sets: drafted by one person, tried on past months, adopted by another."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from lianxin.foundation import access, clock, jobs, parameters
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Refused
from lianxin.foundation.gate import needs
from lianxin.oversight.actions import rules as actions
from lianxin.oversight.queries import rules as queries
from lianxin.oversight.queries import verdicts
from lianxin.oversight.screens.verification_forms import AdoptForm, RuleSetForm, TryForm
from lianxin.oversight.screens.words import parameter_title
from lianxin.oversight.states import RuleSetState, RunMode
from lianxin.ui.citations import cited
from lianxin.ui.parts import Crumb, Empty
from lianxin.ui.responses import list_page
from lianxin.ui.sources import ListSource, QuerySetSource
from lianxin.ui.tables import Column, Table


@needs("rulesets.read")
def rule_sets(request: HttpRequest) -> HttpResponseBase:
    company = company_of(request)
    table = Table(
        name="rule_sets",
        title=_("Rule sets"),
        default_sort="-number",
        columns=[
            Column(
                key="title",
                title=_("Rule set"),
                value=str,
                href=lambda r: reverse("oversight:rule_set", args=[r.number]),
            ),
            Column(key="state", title=_("State"), kind="badge", on_card=True, value=lambda r: r.get_state_display()),
            Column(
                key="valid_from",
                title=_("In force from"),
                on_card=True,
                value=lambda r: f"{r.valid_from:%Y-%m-%d}" if r.valid_from else _("not adopted"),
            ),
            Column(
                key="valid_until",
                title=_("until before"),
                value=lambda r: f"{r.valid_until:%Y-%m-%d}" if r.valid_until else _("undecided"),
            ),
            Column(
                key="changed",
                title=_("Numbers of its own"),
                kind="number",
                value=lambda r: len(r.values),
                sortable=False,
            ),
            Column(
                key="drafted_by",
                title=_("Drafted by"),
                value=lambda r: str(r.drafted_by or _("The system")),
                sortable=False,
            ),
            Column(
                key="adopted_by",
                title=_("Adopted by"),
                value=lambda r: str(r.adopted_by) if r.adopted_by else _("not adopted"),
                sortable=False,
            ),
            Column(key="number", title=_("Parameter"), kind="number", shown=False),
        ],
        source=QuerySetSource(queries.rule_sets(company), key="pk"),
        empty=Empty(
            title=_("No rule set yet"),
            text=_(
                "A rule set holds the lines above which a visit stands out. It counts when somebody else has adopted it."
            ),
        ),
    )
    return list_page(
        request,
        "oversight/rule_sets.html",
        table,
        context={"may_write": access.may(request.user, "rulesets.write", company)},
    )


@needs("rulesets.write")
@require_http_methods(["GET", "POST"])
def draft(request: HttpRequest) -> HttpResponse:
    company = company_of(request)
    base = parameters.in_force(company, on=clock.today(company))
    given = request.GET.get("from", "")
    source = queries.rule_set_of(company, int(given)) if given.isdecimal() else None
    form = RuleSetForm(request.POST or None, values=source.values if source else {}, base=base)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.draft(
                company=company,
                title=form.cleaned_data["title"],
                note=form.cleaned_data["note"],
                values=form.numbers,
                by=user_of(request),
                at=clock.now(),
            )
        except Refused as refused:
            field = RuleSetForm.key(refused.field or "")
            form.add_error(field if field in form.fields else None, refused.message)
        else:
            messages.success(request, _("Drafted. Try it on a past month; somebody else adopts it."))
            return redirect("oversight:rule_set", made.number)
    crumbs = [Crumb(title=_("Rule sets"), url=reverse("oversight:rule_sets"))]
    status = 422 if form.errors else 200
    return render(request, "oversight/draft.html", {"form": form, "crumbs": crumbs}, status=status)


@needs("rulesets.read")
def rule_set(request: HttpRequest, number: int) -> HttpResponseBase:
    company, user = company_of(request), request.user
    row = queries.rule_set_of(company, number)
    base = parameters.in_force(company, on=row.valid_from or clock.today(company))
    numbers = [
        {
            "name": name,
            "title": parameter_title(declared),
            "value": parameters.written(declared, row.values.get(name, base[name])),
            "default": parameters.written(declared, declared.default),
            "is_own": _("of its own") if name in row.values else _("as usual"),
            "source": f"{declared.evidence} · {cited(declared.source)}",
        }
        for name, declared in queries.declared().items()
    ]
    table = Table(
        name="numbers",
        title=_("Numbers"),
        default_sort="name",
        columns=[
            Column(key="title", title=_("Line or number"), sortable=False),
            Column(key="value", title=_("Set to"), on_card=True, sortable=False),
            Column(key="is_own", title=_("Own or usual"), on_card=True),
            Column(key="default", title=_("Default"), sortable=False),
            Column(key="source", title=_("Source"), sortable=False),
            Column(key="name", title=_("Code"), shown=False),
        ],
        source=ListSource(numbers, key="name"),
        empty=Empty(title=_("No numbers"), text=""),
    )
    months = verdicts.months_with_visits(company)
    context = {
        "row": row,
        "adopt_form": AdoptForm()
        if row.state == RuleSetState.DRAFT
        and access.may(user, "rulesets.adopt", company)
        and row.drafted_by_id != user.pk
        else None,
        "try_form": TryForm(months=months) if months and access.may(user, "verification.run", company) else None,
        "runs": list(verdicts.runs(company).filter(rule_set=row)[:12]),
        "may_write": access.may(user, "rulesets.write", company),
        "crumbs": [Crumb(title=_("Rule sets"), url=reverse("oversight:rule_sets")), Crumb(title=str(row))],
    }
    return list_page(request, "oversight/rule_set.html", table, context=context)


@needs("rulesets.adopt")
@require_POST
def adopt(request: HttpRequest, number: int) -> HttpResponse:
    row = queries.rule_set_of(company_of(request), number)
    form = AdoptForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give the day from which it is in force."))
        return redirect("oversight:rule_set", number)
    try:
        actions.adopt(rule_set=row, valid_from=form.cleaned_data["valid_from"], by=user_of(request), at=clock.now())
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("The rule set is in force."))
    return redirect("oversight:rule_set", number)


@needs("verification.run")
@require_POST
def try_on(request: HttpRequest, number: int) -> HttpResponse:
    company = company_of(request)
    row = queries.rule_set_of(company, number)
    form = TryForm(request.POST, months=verdicts.months_with_visits(company))
    if not form.is_valid():
        messages.error(request, _("Choose a month in which visits were made."))
        return redirect("oversight:rule_set", number)
    month = form.cleaned_data["month"]
    try:
        job = jobs.enqueue(
            company=company,
            kind="oversight.verify",
            title=_("Try rule set %(set)s on %(month)s") % {"set": row, "month": month[:7]},
            arguments={"month": month, "mode": RunMode.TRIAL.value, "rule_set": number},
            by=user_of(request),
            at=clock.now(),
            unique_key=f"oversight.try:{number}:{month}",
        )
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect("oversight:rule_set", number)
    return redirect("web:job", job.pk)
