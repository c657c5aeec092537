"""The line for copied notes, calibrated on a past period: run as a job, shown with what it was set by, put into a draft on wish."""

from datetime import date
from itertools import pairwise
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from lianxin.core.units import month_plus
from lianxin.foundation import access, clock, jobs
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Refused
from lianxin.foundation.gate import needs
from lianxin.foundation.models import Company, Job, User
from lianxin.oversight.actions import calibrating as actions
from lianxin.oversight.models import CopyCalibration
from lianxin.oversight.queries import calibrations as queries
from lianxin.oversight.queries import rules, verdicts
from lianxin.ui import formats, pictures
from lianxin.ui.parts import Crumb, Empty, Figure
from lianxin.ui.pictures import Measure
from lianxin.ui.responses import list_page
from lianxin.ui.sources import ListSource, QuerySetSource
from lianxin.ui.tables import Column, Table

# One honest note in a thousand, as the default line was set.
_USUAL_SHARE = 0.001


class CalibrateForm(forms.Form):
    since = forms.ChoiceField(label=gettext_lazy("First month"))
    last = forms.ChoiceField(label=gettext_lazy("Last month"))
    false_share = forms.FloatField(
        label=gettext_lazy("Share of honest notes that may be marked at most"),
        initial=_USUAL_SHARE,
        help_text=gettext_lazy("0.001 is one in a thousand."),
    )

    def __init__(self, *args: Any, months: list[date], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(month.isoformat(), formats.month(month)) for month in months]
        for name in ("since", "last"):
            self.fields[name].choices = choices  # type: ignore[attr-defined]
        self.fields["since"].initial = months[min(2, len(months) - 1)].isoformat() if months else None


def queued(company: Company, since: date, until: date, false_share: float, by: User) -> Job:
    """The job that calibrates; refused at once where the period or the rate cannot be right."""
    actions.check(since=since, until=until, false_share=false_share, on=clock.today(company))
    words = {"since": f"{since:%Y-%m}", "last": f"{month_plus(until, -1):%Y-%m}"}
    return jobs.enqueue(
        company=company,
        kind="oversight.calibrate_copies",
        title=_("Calibrate the line for copies on %(since)s to %(last)s") % words,
        arguments={"since": since.isoformat(), "until": until.isoformat(), "false_share": false_share},
        by=by,
        at=clock.now(),
        unique_key=f"oversight.calibrate_copies:{since}:{until}:{false_share}",
    )


@needs("rulesets.read", writing="rulesets.calibrate")
@require_http_methods(["GET", "POST"])
def calibrations(request: HttpRequest) -> HttpResponseBase:
    company, user = company_of(request), user_of(request)
    months = [month for month in verdicts.months_with_visits(company) if month_plus(month, 1) <= clock.today(company)]
    form = CalibrateForm(request.POST or None, months=months)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        since, last = date.fromisoformat(given["since"]), date.fromisoformat(given["last"])
        try:
            job = queued(company, since, month_plus(last, 1), given["false_share"], user)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            return redirect("web:job", job.pk)
    table = Table(
        name="calibrations",
        title=_("Calibrations of the line for copies"),
        default_sort="-number",
        columns=[
            Column(
                key="number",
                title=_("Calibration"),
                kind="number",
                href=lambda c: reverse("oversight:calibration", args=[c.number]),
            ),
            Column(key="period", title=_("Notes of"), value=period, sortable=False, on_card=True),
            Column(
                key="similarity", title=_("Line"), kind="figure", value=_line_figure, sort_by="similarity", on_card=True
            ),
            Column(key="false_share", title=_("Rate asked for"), value=lambda c: formats.share(c.false_share, 2)),
            Column(key="n_told", title=_("Notes that can tell"), kind="number"),
            Column(key="drafted", title=_("Draft"), value=lambda c: str(c.drafted or _("not drafted")), sortable=False),
            Column(key="made_at", title=_("Calibrated on"), kind="instant"),
        ],
        source=QuerySetSource(queries.calibrations(company), key="pk"),
        empty=Empty(
            title=_("Nothing has been calibrated yet"),
            text=_("The line in use was set on simulated notes. Your own notes may be written otherwise."),
        ),
    )
    context = {
        "form": form if months and access.may(user, "rulesets.calibrate", company) else None,
        "crumbs": [_rule_sets()],
    }
    status = 422 if form.errors else 200
    answer = list_page(request, "oversight/calibrations.html", table, context=context)
    answer.status_code = status
    return answer


@needs("rulesets.read")
def calibration(request: HttpRequest, number: int) -> HttpResponseBase:
    company = company_of(request)
    row = queries.calibration_of(company, number)
    now = line_in_force(company)
    table = Table(
        name="lines",
        title=_("Every line"),
        default_sort="similarity",
        columns=[
            Column(key="similarity", title=_("From a similarity of"), kind="number", decimals=2),
            Column(key="marked", title=_("Notes marked"), kind="number", on_card=True),
            Column(key="share", title=_("Share of all"), kind="share", decimals=2, on_card=True),
            Column(key="high", title=_("at most, with 95 % confidence"), kind="share", decimals=2),
            Column(key="keeps", title=_("The rate asked for"), kind="badge", sortable=False),
            Column(key="is_now", title=_("In use"), sortable=False),
        ],
        source=ListSource(_line_rows(row, now), key="similarity"),
        empty=Empty(title=_("No lines"), text=""),
    )
    context = {
        "row": row,
        "period": period(row),
        "share": formats.share(row.false_share, 2),
        "figures": [
            Figure(title=_("Line found"), **_line_parts(row)),
            Figure(title=_("Line in use"), value=now, kind="number", decimals=2),
            Figure(title=_("Notes"), value=row.n_notes, kind="number"),
            Figure(title=_("Notes that can tell"), value=row.n_told, kind="number"),
        ],
        "needed": formats.number(row.n_needed),
        "picture": _picture(row, now),
        "may_draft": row.similarity is not None
        and row.drafted is None
        and access.may(user_of(request), "rulesets.write", company),
        "crumbs": [
            _rule_sets(),
            Crumb(title=_("Calibrations of the line for copies"), url=reverse("oversight:calibrations")),
            Crumb(title=str(row.number)),
        ],
    }
    return list_page(request, "oversight/calibration.html", table, context=context)


@needs("rulesets.write")
@require_POST
def draft(request: HttpRequest, number: int) -> HttpResponse:
    company = company_of(request)
    row = queries.calibration_of(company, number)
    try:
        made = actions.draft(calibration=row, by=user_of(request), at=clock.now(), on=clock.today(company))
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect("oversight:calibration", number)
    messages.success(request, _("Drafted. Try it on a past month; somebody else adopts it."))
    return redirect("oversight:rule_set", made.number)


def line_in_force(company: Company) -> float:
    """The line for copies by which this month's visits would be verified."""
    return float(rules.numbers_now(company, on=clock.today(company))[actions.LINE])


def period(row: CopyCalibration) -> str:
    """The months of a calibration."""
    last = month_plus(row.until, -1)
    first = formats.month(row.since)
    return first if last == row.since else f"{first} – {formats.month(last)}"


def _line_parts(row: CopyCalibration) -> dict[str, Any]:
    if row.similarity is None:
        return {"answer": "not_enough_data", "n": row.n_told, "needs": row.n_needed}
    return {"value": row.similarity, "kind": "number", "decimals": 2}


def _line_figure(row: CopyCalibration) -> Figure:
    return Figure(**_line_parts(row))


def _line_rows(row: CopyCalibration, now: float) -> list[dict[str, Any]]:
    return [
        {
            **line,
            "keeps": _("keeps the rate") if line["high"] <= row.false_share else _("above the rate"),
            "is_now": _("in use now") if round(line["similarity"], 2) == round(now, 2) else _("no"),
        }
        for line in row.lines
    ]


def _picture(row: CopyCalibration, now: float) -> Any:
    """How alike the notes are that are half alike at least: the others would dwarf them."""
    lines = row.lines
    counts = [here["marked"] - further["marked"] for here, further in pairwise(lines)]
    counts.append(lines[-1]["marked"])
    marks = [(_("in use"), now)]
    if row.similarity is not None:
        marks.append((_("calibrated"), row.similarity))
    words = {"n": formats.number(lines[0]["marked"]), "all": formats.number(row.n_told)}
    return pictures.distribution(
        _("%(n)s of %(all)s notes are at least half alike to an earlier one") % words,
        measure=Measure(title=_("Own words alike"), format="number", decimals=2),
        edges=[*(line["similarity"] for line in lines), 1.01],
        counts=counts,
        count_title=_("notes"),
        marks=marks,
    )


def _rule_sets() -> Crumb:
    return Crumb(title=_("Rule sets"), url=reverse("oversight:rule_sets"))
