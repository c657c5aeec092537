"""Indicators, scorecards, closings, judgements and pay by API: the same queries and actions as the pages."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router, Status

from lianxin.appraisal import actions, computing, paying, permissions
from lianxin.appraisal.queries import closings as queries
from lianxin.appraisal.queries import judgements as judgement_queries
from lianxin.appraisal.queries import pay as pay_queries
from lianxin.appraisal.screens.api_shapes import (
    MONTH,
    CloseIn,
    ClosingOut,
    ClosingPage,
    IndicatorsOut,
    JobOut,
    JudgementIn,
    JudgementOut,
    PayIn,
    PayLineOut,
    PayRunFile,
    PayRunOut,
    ScorecardFile,
    ScorecardOut,
    ScorecardPage,
    ShiftOut,
    WordsIn,
)
from lianxin.appraisal.screens.detail_api import router as detail_router
from lianxin.appraisal.screens.rates_api import router as rates_router
from lianxin.appraisal.screens.scheme_api import router as scheme_router
from lianxin.core.units import Level, last_day
from lianxin.foundation import clock, jobs
from lianxin.foundation.api import page_of
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Denied, Refused
from lianxin.foundation.facts import the_engine, the_lake
from lianxin.foundation.gate import needs
from lianxin.people import queries as people_queries

router = Router(tags=["appraisal"])
router.add_router("", scheme_router)
router.add_router("", detail_router)
router.add_router("", rates_router)


def month_of(text: str) -> date:
    """The first day of a month given as 2021-12."""
    return date.fromisoformat(f"{text}-01")


@router.get("/indicators", response=IndicatorsOut, summary="Indicators of a month, of whom you may see")
@needs("indicators.read")
def indicators(
    request: HttpRequest, month: str = Query(..., pattern=MONTH), by: Level = Level.MANAGER, indicator: str = ""
) -> dict[str, Any]:
    """Managers within your scope; the other levels are for those who see the whole company."""
    company, user = company_of(request), user_of(request)
    asked = month_of(month)
    persons = people_queries.persons_in_scope(user, "indicators.read", company, on=last_day(asked))
    if persons is not people_queries.EVERYBODY and by is not Level.MANAGER:
        raise Denied(_("You see the indicators of managers in your scope; ask with by=manager."))
    closing = queries.latest(company, asked)
    if closing is not None:
        values = computing.recorded_values(closing, the_lake())
    else:
        computing.check_month(company, asked, clock.now(), the_lake())
        values = computing.current_values(the_engine(), the_lake(), company, asked, (by,))
    rows = [
        row
        for row in computing.at_level(values, by).to_pylist()
        if (persons is people_queries.EVERYBODY or row["entity_id"] in persons) and indicator in ("", row["indicator"])
    ]
    return {"month": month, "closing": closing.number if closing else None, "rows": rows}


@router.get("/scorecards", response=ScorecardPage, summary="Scorecards of a month, of whom you may see")
@needs("scorecards.read")
def scorecards(
    request: HttpRequest,
    month: str = Query(..., pattern=MONTH),
    after: str = "",
    limit: int = Query(100, ge=1, le=1000),
) -> dict[str, Any]:
    rows = queries.scorecards(user_of(request), company_of(request), month=month_of(month))
    found, following = page_of(rows, after=after, limit=limit)
    return {"total": rows.count(), "next": following, "rows": found}


@router.get("/scorecards/{scorecard_id}", response=ScorecardFile, summary="A scorecard with its parts")
@needs("scorecards.read")
def scorecard(request: HttpRequest, scorecard_id: int) -> Any:
    return queries.scorecard(user_of(request), company_of(request), scorecard_id)


@router.post("/scorecards/{scorecard_id}/review", response={201: ScorecardOut}, summary="Ask that a person looks at it")
@needs("scorecards.read")
def ask_review(request: HttpRequest, scorecard_id: int, given: WordsIn) -> Any:
    card = queries.scorecard(user_of(request), company_of(request), scorecard_id)
    actions.ask_review(scorecard=card, text=given.text, by=user_of(request), at=clock.now())
    return Status(201, card)


@router.get("/closings", response=ClosingPage, summary="Closings, newest first")
@needs("closings.read")
def closings(request: HttpRequest, after: str = "", limit: int = Query(100, ge=1, le=1000)) -> dict[str, Any]:
    rows = queries.closings(company_of(request))
    found, following = page_of(rows, after=after, limit=limit, newest_first=True)
    return {"total": rows.count(), "next": following, "rows": found}


@router.get("/closings/{closing_id}", response=ClosingOut, summary="A closing with its evidence")
@needs("closings.read")
def closing(request: HttpRequest, closing_id: int) -> Any:
    return queries.closing_by_pk(company_of(request), closing_id)


@router.get(
    "/closings/{closing_id}/difference", response=list[ShiftOut], summary="What differs from the version before"
)
@needs("closings.read")
def closing_difference(request: HttpRequest, closing_id: int) -> Any:
    return queries.shifts(queries.closing_by_pk(company_of(request), closing_id))


@router.post("/closings", response={202: JobOut}, summary="Close a month as a job")
@needs("closings.run")
def close_month(request: HttpRequest, given: CloseIn) -> Any:
    company = company_of(request)
    computing.check_month(company, month_of(given.month), clock.now(), the_lake())
    job = jobs.enqueue(
        company=company,
        kind="appraisal.close",
        title=_("Close %(month)s") % {"month": given.month},
        arguments={"month": f"{given.month}-01", "scheme": given.scheme, "reason": given.reason},
        by=user_of(request),
        at=clock.now(),
        unique_key=f"appraisal.close:{given.month}-01",
    )
    return Status(202, {"job": job.pk, "state": job.state})


@router.post("/closings/{closing_id}/verify", response={202: JobOut}, summary="Compute it again as a job and compare")
@needs("closings.read")
def verify_closing(request: HttpRequest, closing_id: int) -> Any:
    row = queries.closing_by_pk(company_of(request), closing_id)
    job = jobs.enqueue(
        company=row.company,
        kind="appraisal.verify",
        title=_("Compute %(closing)s again") % {"closing": row},
        arguments={"closing": row.pk},
        by=user_of(request),
        at=clock.now(),
        unique_key=f"appraisal.verify:{row.pk}",
    )
    return Status(202, {"job": job.pk, "state": job.state})


@router.get("/judgements", response=list[JudgementOut], summary="Judgements of your team in a month")
@needs("judgements.write")
def judgements(request: HttpRequest, month: str = Query(..., pattern=MONTH)) -> Any:
    company = company_of(request)
    team = permissions.judged_by(user_of(request), company, on=last_day(month_of(month)))
    return [
        {
            "employee_no": row.person.employee_no,
            "month": month,
            "code": row.code,
            "value": row.value,
            "reason": row.reason,
        }
        for row in judgement_queries.judgements(company, month_of(month), team)
    ]


@router.post("/judgements", response={201: JudgementOut}, summary="Judge somebody of your team, with a reason")
@needs("judgements.write")
def judge_person(request: HttpRequest, given: JudgementIn) -> Any:
    company, month = company_of(request), month_of(given.month)
    team = permissions.judged_by(user_of(request), company, on=last_day(month))
    person = judgement_queries.persons(team).filter(employee_no=given.employee_no).first()
    if person is None:
        raise Refused(
            _("Nobody with the number %(number)s reports to you in that month.") % {"number": given.employee_no},
            field="employee_no",
        )
    actions.judge(
        person=person,
        month=month,
        code=given.code,
        value=given.value,
        reason=given.reason,
        by=user_of(request),
        at=clock.now(),
    )
    return Status(201, given.dict())


@router.get("/pay-runs", response=list[PayRunOut], summary="Pay runs, for those who see whole runs")
@needs("pay.read")
def pay_runs(request: HttpRequest) -> Any:
    company = company_of(request)
    return pay_queries.runs(company)[:1000] if pay_queries.sees_runs(user_of(request), company) else []


@router.get("/pay-runs/{run_id}", response=PayRunFile, summary="A pay run with its lines")
@needs("pay.read")
def pay_run(request: HttpRequest, run_id: int) -> Any:
    return pay_queries.run(user_of(request), company_of(request), run_id)


@router.get("/pay-lines", response=list[PayLineOut], summary="Your own lines of confirmed pay runs")
@needs("pay.read")
def own_pay(request: HttpRequest) -> Any:
    return pay_queries.own_lines(user_of(request), company_of(request))[:1000]


@router.post("/pay-runs", response={201: PayRunFile}, summary="Propose the division of a pool by a closed month")
@needs("pay.propose")
def propose_pay(request: HttpRequest, given: PayIn) -> Any:
    company = company_of(request)
    run = actions.propose_pay(
        closing=queries.required(company, month_of(given.month)),
        pool_fen=int(given.pool * 100),
        rule=paying.rule_of(given.rule.dict()),
        by=user_of(request),
        at=clock.now(),
    )
    return Status(201, run)


@router.post("/pay-runs/{run_id}/confirm", response=PayRunOut, summary="Confirm a run that somebody else proposed")
@needs("pay.confirm")
def confirm_pay(request: HttpRequest, run_id: int, given: WordsIn) -> Any:
    run = pay_queries.run(user_of(request), company_of(request), run_id)
    return actions.confirm_pay(run=run, by=user_of(request), at=clock.now(), note=given.text)


@router.post("/pay-runs/{run_id}/turn-down", response=PayRunOut, summary="Turn a run down, with a reason")
@needs("pay.confirm")
def turn_down_pay(request: HttpRequest, run_id: int, given: WordsIn) -> Any:
    run = pay_queries.run(user_of(request), company_of(request), run_id)
    return actions.turn_down_pay(run=run, by=user_of(request), at=clock.now(), note=given.text)
