"""Schemes: the list, a version with its parts and what it changes, the editor, and the way from draft to force."""

import json
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lianxin.appraisal import actions, permissions
from lianxin.appraisal.models import SchemeVersion
from lianxin.appraisal.presets import PRESETS
from lianxin.appraisal.queries import schemes as queries
from lianxin.appraisal.screens import presenters as shown
from lianxin.appraisal.screens.forms import AdoptForm, ConsultForm, PresetForm, ReasonForm, RetireForm, UploadForm
from lianxin.appraisal.states import VersionState
from lianxin.appraisal.wording import said
from lianxin.core.scoring.difference import Change
from lianxin.core.scoring.scheme import lines
from lianxin.core.scoring.words import points
from lianxin.foundation import access, clock, jobs
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Refused
from lianxin.foundation.gate import needs
from lianxin.ui import formats
from lianxin.ui.parts import Crumb, Empty
from lianxin.ui.responses import list_page
from lianxin.ui.sources import ListSource, QuerySetSource
from lianxin.ui.tables import Column, Table


@needs("schemes.read")
def schemes(request: HttpRequest) -> HttpResponseBase:
    company = company_of(request)
    table = Table(
        name="schemes",
        title=_("Schemes"),
        default_sort="code",
        columns=[
            Column(
                key="code",
                title=_("Scheme"),
                sort_by="scheme__code",
                value=lambda version: said(queries.core_of(version).title),
                note=str,
                href=lambda version: reverse("appraisal:scheme", args=[version.pk]),
            ),
            Column(key="number", title=_("Version"), kind="number"),
            Column(
                key="state",
                title=_("State"),
                kind="badge",
                value=lambda version: version.get_state_display(),
                on_card=True,
            ),
            Column(
                key="valid_from",
                title=_("In force from"),
                on_card=True,
                value=lambda version: formats.day(version.valid_from) if version.valid_from else _("not in force"),
            ),
            Column(
                key="valid_until",
                title=_("Until"),
                value=lambda version: formats.day(version.valid_until) if version.valid_until else _("open"),
            ),
            Column(
                key="drafted_by",
                title=_("Drafted by"),
                sortable=False,
                value=lambda version: str(version.drafted_by) if version.drafted_by else _("the system"),
            ),
        ],
        source=QuerySetSource(queries.versions(company), key="pk"),
        empty=Empty(
            title=_("There is no scheme yet"),
            text=_("Start from an example, then change it, consult on it and have a leader adopt it."),
        ),
    )
    may_write = access.may(user_of(request), "schemes.write", company)
    context = {
        "may_write": may_write,
        "preset_form": _preset_form() if may_write else None,
        "upload_form": UploadForm(),
    }
    return list_page(request, "appraisal/schemes.html", table, context=context)


def _preset_form(given: Any = None) -> PresetForm:
    presets = []
    for name in sorted(PRESETS):
        content = PRESETS[name]()
        presets.append((name, f"{said(content.title)} [{content.source.mark}] {content.source.words}"))
    return PresetForm(given, presets=presets)


@needs("schemes.write")
@require_POST
def install(request: HttpRequest) -> HttpResponse:
    form = _preset_form(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            version = actions.install_preset(
                company=company_of(request),
                preset=given["preset"],
                code=given["code"],
                by=user_of(request),
                at=clock.now(),
            )
        except Refused as refused:
            messages.error(request, refused.message)
            return redirect("appraisal:schemes")
        messages.success(request, _("A draft was made. Change it, then record the consultation."))
        return redirect("appraisal:scheme", version.pk)
    messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return redirect("appraisal:schemes")


@needs("schemes.write")
@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            content = json.loads(form.cleaned_data["file"].read().decode("utf-8-sig"))
        except (UnicodeDecodeError, ValueError):
            messages.error(request, _("The file is not JSON in UTF-8. Export a scheme here to see how it looks."))
            return redirect("appraisal:schemes")
        try:
            version = actions.draft(company=company_of(request), content=content, by=user_of(request), at=clock.now())
        except Refused as refused:
            messages.error(request, refused.message)
            return redirect("appraisal:schemes")
        return redirect("appraisal:scheme", version.pk)
    messages.error(request, _("Choose a file."))
    return redirect("appraisal:schemes")


@needs("schemes.read")
def scheme(request: HttpRequest, pk: int) -> HttpResponse:
    return _scheme_page(request, queries.version_by_pk(company_of(request), pk))


def _scheme_page(
    request: HttpRequest, version: SchemeVersion, *, faulty: Form | None = None, status: int = 200
) -> HttpResponse:
    company, user = company_of(request), user_of(request)
    content = queries.core_of(version)
    other = queries.compared_with(version)
    _forbidding, told = queries.faults_of(content)
    may_write = access.may(user, "schemes.write", company)

    def form_of(kind: type[Form], allowed: bool) -> Form | None:
        if not allowed:
            return None
        return faulty if type(faulty) is kind else kind()

    parts = []
    for role, part in lines(content):
        formula, rules = shown.formula_of(content, part)
        parts.append(
            {
                "code": part.code,
                "title": said(part.title),
                "role": role.value,
                "points": points(part.points_milli),
                "evidence": shown.title_of(part.indicator) if part.indicator else _("judgement of the superior"),
                "formula": formula,
                "rules": rules,
                "source": part.source,
            }
        )
    context: dict[str, Any] = {
        "version": version,
        "title": said(content.title),
        "parts": parts,
        "gates": content.gates,
        "told": [said(fault.words) for fault in told],
        "other": other,
        "changes": change_rows(queries.changes(other, version)) if other else [],
        "may_edit": may_write and version.state == VersionState.DRAFT,
        "may_copy": may_write,
        "may_try": may_write,
        "consult_form": form_of(ConsultForm, may_write and version.state == VersionState.DRAFT),
        "reopen_form": form_of(ReasonForm, may_write and version.state == VersionState.CONSULTED),
        "adopt_form": form_of(
            AdoptForm, version.state == VersionState.CONSULTED and permissions.may_adopt(user, version)
        ),
        "retire_form": form_of(
            RetireForm, version.state == VersionState.ADOPTED and access.may(user, "schemes.adopt", company)
        ),
        "trials": queries.trials(version),
        "crumbs": [Crumb(title=_("Schemes"), url=reverse("appraisal:schemes")), Crumb(title=str(version))],
    }
    return render(request, "appraisal/scheme.html", context, status=status)


def change_rows(changes: list[Change]) -> list[dict[str, str]]:
    return [
        {"what": said(change.words), "before": _written(change.before), "after": _written(change.after)}
        for change in changes
    ]


def _written(value: Any) -> str:
    if value is None:
        return _("nothing")
    if isinstance(value, dict) and "title" in value:
        title = value["title"]["zh" if shown.is_chinese() else "en"]
        return _("%(title)s, %(points)s points") % {"title": title, "points": value.get("points", "")}
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)


@needs("schemes.write")
@require_POST
def copy(request: HttpRequest, pk: int) -> HttpResponse:
    version = queries.version_by_pk(company_of(request), pk)
    made = actions.draft(
        company=company_of(request), content=version.content, based_on=version, by=user_of(request), at=clock.now()
    )
    return redirect("appraisal:edit", made.pk)


@needs("schemes.read")
def export(request: HttpRequest, pk: int) -> HttpResponse:
    version = queries.version_by_pk(company_of(request), pk)
    response = JsonResponse(version.content, json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = f'attachment; filename="{version.scheme.code}-v{version.number}.json"'
    return response


def _step(
    request: HttpRequest, pk: int, form: Form, action: Callable[[SchemeVersion, dict[str, Any]], object]
) -> HttpResponse:
    """One step of a version's life; a refused one shows the page again with the sentence and what was typed."""
    version = queries.version_by_pk(company_of(request), pk)
    if form.is_valid():
        try:
            action(version, form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("Recorded."))
            return redirect("appraisal:scheme", version.pk)
    return _scheme_page(request, version, faulty=form, status=422)


@needs("schemes.write")
@require_POST
def consult(request: HttpRequest, pk: int) -> HttpResponse:
    return _step(request, pk, ConsultForm(request.POST), lambda version, given: actions.consult(
        version=version, on=given["on"], who=given["who"], text=given["text"], by=user_of(request), at=clock.now()
    ))  # fmt: skip


@needs("schemes.write")
@require_POST
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    return _step(request, pk, ReasonForm(request.POST), lambda version, given: actions.reopen(
        version=version, reason=given["reason"], by=user_of(request), at=clock.now()
    ))  # fmt: skip


@needs("schemes.adopt")
@require_POST
def adopt(request: HttpRequest, pk: int) -> HttpResponse:
    return _step(request, pk, AdoptForm(request.POST), lambda version, given: actions.adopt(
        version=version, valid_from=given["valid_from"], noticed_on=given["noticed_on"], by=user_of(request), at=clock.now()
    ))  # fmt: skip


@needs("schemes.adopt")
@require_POST
def retire(request: HttpRequest, pk: int) -> HttpResponse:
    return _step(request, pk, RetireForm(request.POST), lambda version, given: actions.retire(
        version=version, until=given["until"], reason=given["reason"], by=user_of(request), at=clock.now()
    ))  # fmt: skip


@needs("schemes.write")
@require_POST
def try_it(request: HttpRequest, pk: int) -> HttpResponse:
    version = queries.version_by_pk(company_of(request), pk)
    try:
        job = jobs.enqueue(
            company=company_of(request),
            kind="appraisal.trial",
            title=_("Try %(version)s on the last twelve months") % {"version": version},
            arguments={"version": version.pk},
            by=user_of(request),
            at=clock.now(),
            unique_key=f"appraisal.trial:{version.pk}",
        )
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect("appraisal:scheme", version.pk)
    return redirect("web:job", job.pk)


@needs("schemes.write")
def trial(request: HttpRequest, pk: int) -> HttpResponseBase:
    made = queries.trial_by_pk(company_of(request), pk)
    names = queries.names_of(company_of(request), [row["entity"] for row in made.by_person])
    rows = [{**row, "name": names.get(row["entity"], row["entity"])} for row in made.by_person]
    table = Table(
        name="trial",
        title=_("Who would have gained or lost"),
        default_sort="entity",
        columns=[
            Column(
                key="entity", title=_("Customer manager"), value=lambda row: row["name"], note=lambda row: row["entity"]
            ),
            Column(key="n_compared", title=_("Months compared"), kind="number"),
            Column(key="n_gains", title=_("Months with more"), kind="number", on_card=True),
            Column(key="n_loses", title=_("Months with less"), kind="number", on_card=True),
            Column(
                key="mean_change_milli",
                title=_("Mean change"),
                unit=_("points"),
                kind="number",
                decimals=1,
                value=lambda row: None if row["mean_change_milli"] is None else row["mean_change_milli"] / 1000,
            ),
        ],
        source=ListSource(rows, key="entity"),
        empty=Empty(title=_("Nobody was judged in these months"), text=_("There were no customer managers.")),
    )
    context = {
        "trial": made,
        "version": made.version,
        "months": [{**row, "month": row["month"][:7]} for row in made.by_month],
        "crumbs": [
            Crumb(title=_("Schemes"), url=reverse("appraisal:schemes")),
            Crumb(title=str(made.version), url=reverse("appraisal:scheme", args=[made.version_id])),
        ],
    }
    return list_page(request, "appraisal/trial.html", table, context=context)
