"""The page on which a draft is changed: checked first, with the difference to the version in force, then saved."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lianxin.appraisal import actions
from lianxin.appraisal.models import SchemeVersion
from lianxin.appraisal.queries import schemes as queries
from lianxin.appraisal.screens import editing
from lianxin.appraisal.screens import presenters as shown
from lianxin.appraisal.screens.schemes import change_rows
from lianxin.appraisal.wording import said
from lianxin.core.measuring.registry import INDICATORS
from lianxin.core.scoring.difference import difference
from lianxin.core.scoring.notation import UnreadableScheme, from_json
from lianxin.core.scoring.scheme import Effect, Group, Missing
from lianxin.core.units import Level
from lianxin.foundation import clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Refused
from lianxin.foundation.gate import needs
from lianxin.ui.parts import Crumb


@needs("schemes.write")
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    version = queries.version_by_pk(company_of(request), pk)
    document: dict[str, Any] = json.loads(request.POST["document"]) if "document" in request.POST else version.content
    faults: list[str] = []
    if request.method == "POST":
        document, faults = editing.read(document, request.POST)
        step = request.POST.get("step", "check")
        if step == "add":
            document["parts"] = [*document["parts"], editing.new_line(document)]
        if step == "add_block":
            document["blocks"] = [*document["blocks"], editing.new_block(document)]
        if step == "add_gate":
            document["gates"] = [*document["gates"], editing.new_gate(document)]
        if step == "save" and not faults:
            try:
                version = actions.change_draft(
                    version=version,
                    content=document,
                    by=user_of(request),
                    at=clock.now(),
                    note=str(request.POST.get("note", "")),
                )
            except Refused as refused:
                faults = [refused.message]
            else:
                messages.success(request, _("The draft is saved."))
                return redirect("appraisal:scheme", version.pk)
    other = queries.compared_with(version)
    found, changes = _looked_at(document, other)
    faults = faults or found
    # What is measured of the company alone would be missing for every manager.
    offered = [code for code, one in sorted(INDICATORS.items()) if not one.family and Level.MANAGER in one.levels]
    context = {
        "version": version,
        "document": json.dumps(document, ensure_ascii=False),
        "fields": document,
        "lines": editing.lines_of(document),
        "blocks": [
            (block["code"], block["title"]["zh" if shown.is_chinese() else "en"]) for block in document["blocks"]
        ],
        "indicators": [(code, shown.title_of(code)) for code in offered],
        "unknown": sorted(
            {
                line["indicator"]
                for line in [*_all_lines(document), *document["gates"]]
                if line["indicator"] and line["indicator"] not in offered
            }
        ),
        "kinds": list(editing.KIND_TITLES.items()),
        "groups": group_choices(),
        "missing_rules": missing_choices(),
        "effects": effect_choices(),
        "total": sum(line["points"] for line in document["parts"]),
        "faults": faults if request.method == "POST" else [],
        "chinese": shown.is_chinese(),
        "open_lines": editing.newly_curved(request.POST, document),
        "other": other,
        "changes": changes,
        "is_checked": request.method == "POST" and not faults,
        "crumbs": [
            Crumb(title=_("Schemes"), url=reverse("appraisal:schemes")),
            Crumb(title=str(version), url=reverse("appraisal:scheme", args=[version.pk])),
        ],
    }
    return render(request, "appraisal/edit.html", context, status=422 if context["faults"] else 200)


def _all_lines(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [line for role in editing.LISTS for line in document.get(role, ())]


def group_choices() -> list[tuple[str, str]]:
    words = {Group.UNIT: _("the market unit"), Group.COMPANY: _("the company"), Group.MARKET_TYPE: _("the market type")}
    return [(group.value, words[group]) for group in Group]


def effect_choices() -> list[tuple[str, str]]:
    words = {Effect.CAP: _("holds the total to a highest value"), Effect.BLOCK: _("holds back the total")}
    return [(effect.value, words[effect]) for effect in Effect]


def missing_choices() -> list[tuple[str, str]]:
    words = {
        Missing.RENORMALISE: _("leaves the sum"),
        Missing.GROUP_AVERAGE: _("counts with the group's mean"),
        Missing.BLOCK: _("holds back the total"),
    }
    return [(rule.value, words[rule]) for rule in Missing]


def _looked_at(document: dict[str, Any], other: SchemeVersion | None) -> tuple[list[str], list[dict[str, str]]]:
    """Sentences about what is wrong with a document, and what it changes against a version."""
    try:
        content = from_json(document)
    except UnreadableScheme as unreadable:
        return [said(fault.words) for fault in unreadable.faults], []
    forbidding, _told = queries.faults_of(content)
    changes = change_rows(difference(queries.core_of(other), content)) if other else []
    return [said(fault.words) for fault in forbidding], changes
