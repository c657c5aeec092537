"""What the home page shows of this room: one's own result or those of one's people, and what waits for one's decision."""

from datetime import date
from typing import Any

from django.db.models import F
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.appraisal import permissions
from lianxin.appraisal.models import Scorecard
from lianxin.appraisal.queries import closings as queries
from lianxin.appraisal.queries import judgements as judgement_queries
from lianxin.appraisal.queries import pay as pay_queries
from lianxin.appraisal.queries.schemes import core_of
from lianxin.appraisal.wording import said
from lianxin.core.scoring.scheme import lines
from lianxin.core.units import last_day
from lianxin.foundation import access
from lianxin.foundation.context import company_of, user_of
from lianxin.ui.slots import Allowed, Panel, register_panel

HOME = "home"
SHOWN = 12


def _may(*verbs: str) -> Allowed:
    return lambda request: any(access.may(request.user, verb, company_of(request)) for verb in verbs)


def _points(milli: int | None) -> float | None:
    return None if milli is None else milli / 1000


def _parts(card: Scorecard) -> list[dict[str, Any]]:
    assert card.closing.scheme_version is not None
    titles = {part.code: said(part.title) for _role, part in lines(core_of(card.closing.scheme_version))}
    return [
        {
            "title": titles.get(line.part, line.part),
            "points": _points(line.points_milli),
            "full": line.full_milli / 1000,
        }
        for line in card.parts.order_by("place")
    ]


def _results(request: HttpRequest, month: date) -> str:
    user, company = user_of(request), company_of(request)
    rows = queries.scorecards(user, company, month=month)
    own = next((card for card in rows if card.person.user_id == user.pk), None)
    before = queries.trend(own)[-2:-1] if own is not None else []
    change = None
    if before and own is not None and own.total_milli is not None and before[0].total_milli is not None:
        change = (own.total_milli - before[0].total_milli) / 1000
    listed = [] if own is not None else rows.order_by(F("place"))[:SHOWN]
    context = {
        "month": month,
        "own": own,
        "own_total": _points(own.total_milli) if own is not None else None,
        "parts": _parts(own) if own is not None else [],
        "change": change,
        "cards": [(card, _points(card.total_milli)) for card in listed],
        "n_cards": rows.count(),
        "n_missing": rows.filter(total_milli=None).count(),
    }
    return render_to_string("appraisal/panels/results.html", context, request)


def _waiting(request: HttpRequest, month: date) -> str:
    user, company = user_of(request), company_of(request)
    found: list[tuple[str, str]] = []
    n_runs = pay_queries.waiting_for(user, company)
    if n_runs:
        found.append((_("%(n)d pay runs wait for your decision") % {"n": n_runs}, reverse("appraisal:pay")))
    if access.may(user, "closings.run", company) or access.may(user, "pay.propose", company):
        for one in pay_queries.open_requests(company):
            if permissions.may_review(user, one):
                words = _("%(name)s asks for a review of %(month)s") % {
                    "name": one.scorecard.person.name,
                    "month": f"{one.scorecard.closing.month:%Y-%m}",
                }
                found.append((words, reverse("appraisal:review", args=[one.pk])))
    if access.may(user, "judgements.write", company):
        team = permissions.judged_by(user, company, on=last_day(month))
        wanted = len(team) * len(judgement_queries.judged_parts(company, month))
        n_open = wanted - judgement_queries.judgements(company, month, team).count()
        if n_open > 0:
            found.append(
                (
                    _("%(n)d judgements of %(month)s are still to be made") % {"n": n_open, "month": f"{month:%Y-%m}"},
                    reverse("appraisal:judgements") + f"?month={month:%Y-%m}",
                )
            )
    return render_to_string("appraisal/panels/waiting.html", {"found": found}, request) if found else ""


def register() -> None:
    register_panel(
        HOME,
        Panel(
            key="results",
            title=gettext_lazy("Results of the month"),
            render=_results,
            order=100,
            allowed=_may("scorecards.read"),
        ),
    )
    register_panel(
        HOME,
        Panel(
            key="appraisal_waiting",
            title=gettext_lazy("Waits for your decision"),
            render=_waiting,
            order=50,
            allowed=_may("pay.confirm", "pay.propose", "closings.run", "judgements.write"),
        ),
    )
