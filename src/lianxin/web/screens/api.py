from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema, Status

from lianxin.foundation import access, actions, clock, jobs, parameters, queries
from lianxin.foundation.api import REFUSED, Asked, Page, page_of
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Missing, Refused
from lianxin.foundation.gate import for_signed_in, needs
from lianxin.foundation.models import AuditRow, Job
from lianxin.foundation.receiving import VERIFY_AUDIT
from lianxin.foundation.states import Evidence
from lianxin.people.queries import person_of
from lianxin.web import catalogue
from lianxin.web.screens.account_api import router as accounts

router = Router(tags=["system"])
router.add_router("", accounts)


class MeOut(Schema):
    username: str
    name: str
    employee_no: str | None
    company: str
    roles: list[str]
    language: str


@router.get("/me", response={200: MeOut, **REFUSED})
@for_signed_in
def me(request: HttpRequest) -> Any:
    """Who the token or session belongs to."""
    user, company = user_of(request), company_of(request)
    person = person_of(user)
    return {
        "username": user.username,
        "name": str(user),
        "employee_no": person.employee_no if person else None,
        "company": company.code,
        "roles": sorted(access.roles_of(user, company)),
        "language": user.language,
    }


class RequirementOut(Schema):
    id: str
    title_zh: str
    title_en: str
    state: str
    missing_zh: str
    missing_en: str
    tests: list[str]


@router.get("/catalogue", response={200: list[RequirementOut], **REFUSED})
@needs("catalogue.read")
def list_requirements(request: HttpRequest) -> Any:
    """What the system is to do and how far it is."""
    return catalogue.requirements()


class CompanyOut(Schema):
    code: str
    name: str
    name_en: str
    time_zone: str
    currency: str
    currency_symbol: str
    order_unit: str
    order_unit_en: str
    unit_conversions: list[dict[str, Any]]
    invented_notice: str
    invented_notice_en: str


class CompanyIn(Schema):
    """Only what is given changes."""

    model_config = {"extra": "forbid"}
    name: str | None = None
    name_en: str | None = None
    time_zone: str | None = None
    currency: str | None = None
    currency_symbol: str | None = None
    order_unit: str | None = None
    order_unit_en: str | None = None
    unit_conversions: list[dict[str, Any]] | None = None
    invented_notice: str | None = None
    invented_notice_en: str | None = None


@router.get("/company", response={200: CompanyOut, **REFUSED})
@needs("parameters.read")
def read_company(request: HttpRequest) -> Any:
    """The settings of one's company."""
    return company_of(request)


@router.patch("/company", response={200: CompanyOut, **REFUSED})
@needs("company.write")
def change_company(request: HttpRequest, payload: CompanyIn) -> Any:
    """Change settings of one's company."""
    given = {name: value for name, value in payload.dict(exclude_unset=True).items() if value is not None}
    return actions.change_settings(company=company_of(request), by=user_of(request), at=clock.now(), **given)


class DayOut(Schema):
    date: date
    is_working: bool
    note: str


class DayIn(Schema):
    is_working: bool | None
    note: str = ""


@router.get("/company/calendar/{int:year}", response={200: list[DayOut], **REFUSED})
@needs("parameters.read")
def read_calendar(request: HttpRequest, year: int) -> Any:
    """The days of a year that differ from Monday to Friday."""
    if not 1900 <= year <= 2200:
        raise Refused(_("A year is from 1900 to 2200."), field="year")
    return list(queries.calendar_of(company_of(request), year))


@router.put("/company/calendar/{day}", response={200: DayOut | None, **REFUSED})
@needs("company.write")
def set_calendar_day(request: HttpRequest, day: date, payload: DayIn) -> Any:
    """Say that people work, or do not, on a day; `is_working: null` goes back to Monday to Friday."""
    return actions.set_calendar_day(
        company=company_of(request),
        day=day,
        is_working=payload.is_working,
        note=payload.note,
        by=user_of(request),
        at=clock.now(),
    )


class ParameterOut(Schema):
    name: str
    title_zh: str
    title_en: str
    unit: str
    type: str
    value: Any
    valid_from: date | None
    source: str
    evidence: str
    default: Any


class ParameterIn(Schema):
    value: Any
    valid_from: date
    source: str
    evidence: str = Evidence.COMPANY.value


def _parameter(found: queries.ParameterInForce) -> dict[str, Any]:
    declared, row = found.declared, found.row
    return {
        "name": declared.name,
        "title_zh": declared.title_zh,
        "title_en": declared.title_en,
        "unit": declared.unit,
        "type": declared.type.value,
        "value": found.value,
        "valid_from": row.valid_from if row else None,
        "source": row.source if row else declared.source,
        "evidence": row.evidence if row else declared.evidence,
        "default": declared.default,
    }


@router.get("/parameters", response={200: list[ParameterOut], **REFUSED})
@needs("parameters.read")
def list_parameters(request: HttpRequest, on: date | None = None) -> Any:
    """Every parameter with what is in force on a day (today when none is given)."""
    company = company_of(request)
    return [_parameter(found) for found in queries.parameters_of(company, on=on or clock.today(company))]


@router.put("/parameters/{name}", response={200: ParameterOut, **REFUSED})
@needs("parameters.write")
def set_parameter(request: HttpRequest, name: str, payload: ParameterIn) -> Any:
    """Set a parameter from a day on."""
    company = company_of(request)
    if payload.evidence not in Evidence.values:
        raise Refused(_("“evidence” is one of %(marks)s.") % {"marks": ", ".join(Evidence.values)}, field="evidence")
    parameters.set_value(
        company=company,
        name=name,
        value=payload.value,
        valid_from=payload.valid_from,
        source=payload.source,
        evidence=Evidence(payload.evidence),
        by=user_of(request),
        at=clock.now(),
    )
    return _parameter(queries.parameter_of(company, name, on=payload.valid_from))


class JobOut(Schema):
    id: int
    kind: str
    title: str
    state: str
    progress: float
    progress_text: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    result: Any
    error: str


class JobPage(Page):
    rows: list[JobOut]


@router.get("/jobs", response={200: JobPage, **REFUSED})
@needs("jobs.read")
def list_jobs(request: HttpRequest, asked: Query[Asked], state: str = "", kind: str = "") -> Any:
    """Jobs that one may see, the newest first."""
    every = queries.jobs_for(user_of(request), company_of(request), state=state, kind=kind)
    rows, following = page_of(every, after=asked.after, limit=asked.rows, newest_first=True)
    return {"rows": rows, "next": following, "total": every.count()}


@router.get("/jobs/{int:pk}", response={200: JobOut, **REFUSED})
@needs("jobs.read")
def read_job(request: HttpRequest, pk: int) -> Any:
    """One job, with its progress."""
    return queries.job(user_of(request), company_of(request), pk)


@router.post("/jobs/{int:pk}/cancel", response={200: JobOut, **REFUSED})
@needs("jobs.read")
def cancel_job(request: HttpRequest, pk: int) -> Any:
    """Ask a job to stop."""
    job: Job = queries.job(user_of(request), company_of(request), pk)
    return actions.cancel_job(job=job, by=user_of(request), at=clock.now())


class AuditOut(Schema):
    number: int
    at: datetime
    by_name: str
    verb: str
    subject: str
    before: Any
    after: Any
    reason: str
    digest: str


class AuditPage(Page):
    rows: list[AuditOut]


@router.get("/audit", response={200: AuditPage, **REFUSED})
@needs("audit.read")
def list_audit(
    request: HttpRequest,
    asked: Query[Asked],
    verb: str = "",
    by: str = "",
    subject: str = "",
    since: date | None = None,
    until: date | None = None,
) -> Any:
    """Audit rows, the newest first."""
    every = queries.audit_rows(company_of(request), verb=verb, by=by, subject=subject, since=since, until=until)
    rows, following = page_of(every, after=asked.after, limit=asked.rows, key="number", newest_first=True)
    return {"rows": rows, "next": following, "total": every.count()}


@router.get("/audit/{int:number}", response={200: AuditOut, **REFUSED})
@needs("audit.read")
def read_audit_row(request: HttpRequest, number: int) -> Any:
    """One audit row."""
    row: AuditRow | None = queries.audit_rows(company_of(request)).filter(number=number).first()
    if row is None:
        raise Missing(_("There is no such row."))
    return row


@router.post("/audit/verify", response={202: JobOut, **REFUSED})
@needs("audit.read")
def verify_audit(request: HttpRequest) -> Any:
    """Queue a walk over the whole audit chain."""
    job = jobs.enqueue(
        company=company_of(request),
        kind=VERIFY_AUDIT,
        title=_("Verify the audit chain"),
        arguments={},
        by=user_of(request),
        at=clock.now(),
        unique_key=VERIFY_AUDIT,
    )
    return Status(202, job)
