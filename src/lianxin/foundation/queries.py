"""Reads about companies, accounts, jobs and the audit."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _

from lianxin.core.parameters import PARAMETERS, Parameter
from lianxin.foundation import access
from lianxin.foundation.errors import Missing, Refused
from lianxin.foundation.models import (
    ApiToken,
    AuditRow,
    CalendarDay,
    Company,
    DatedParameter,
    ImportBatch,
    Job,
    RoleGrant,
    User,
)
from lianxin.foundation.states import BatchState, JobState, Scope


def company_named(code: str | None) -> Company:
    """The company of a code, or the only one when no code is given.

    Raises
    ------
    Refused : no company has that code; or none was named and there are none or several.
    """
    companies = {company.code: company for company in Company.objects.order_by("code")}
    if code:
        if code not in companies:
            known = ", ".join(companies) or _("none yet; run lianxin init")
            raise Refused(
                _("There is no company %(code)s. Known: %(known)s.") % {"code": code, "known": known}, field="company"
            )
        return companies[code]
    if not companies:
        raise Refused(_("There is no company yet. Run: lianxin init"), field="company")
    if len(companies) > 1:
        raise Refused(
            _("There are several companies; say which with --company: %(known)s.") % {"known": ", ".join(companies)},
            field="company",
        )
    return next(iter(companies.values()))


def any_company() -> bool:
    """Whether anything was set up; asked by the health answer, which needs the database to speak."""
    return Company.objects.exists()


def is_working_day(company: Company, day: date) -> bool:
    """Whether people of the company work on a day: its own calendar first, else Monday to Friday."""
    entry = CalendarDay.objects.filter(company=company, date=day).first()
    return entry.is_working if entry is not None else day.weekday() < 5


def working_days(company: Company, first: date, last: date) -> list[date]:
    """The days from one until another (exclusive) on which people of the company work, as `is_working_day` says."""
    entries = CalendarDay.objects.filter(company=company, date__gte=first, date__lt=last)
    known = dict(entries.values_list("date", "is_working"))
    days = [first + timedelta(days=n) for n in range((last - first).days)]
    return [day for day in days if known.get(day, day.weekday() < 5)]


def calendar_of(company: Company, year: int) -> QuerySet[CalendarDay]:
    """The days of a year that differ from Monday to Friday."""
    return CalendarDay.objects.filter(company=company, date__year=year).order_by("date")


def accounts_of(company: Company, *, search: str = "", role: str = "", active: bool | None = None) -> QuerySet[User]:
    """Accounts of a company with their open roles in `open_grants`, by sign-in name."""
    open_grants = RoleGrant.objects.filter(company=company, revoked_at=None).order_by("role")
    rows = User.objects.filter(company=company).prefetch_related(Prefetch("grants", open_grants, to_attr="open_grants"))
    if search:
        rows = rows.filter(Q(username__icontains=search) | Q(display_name__icontains=search))
    if role:
        rows = rows.filter(grants__role=role, grants__company=company, grants__revoked_at=None).distinct()
    if active is not None:
        rows = rows.filter(is_active=active)
    return rows.order_by("username")


def account(company: Company, pk: int) -> User:
    """An account of the company. Raises Missing for one of another company."""
    found = accounts_of(company).filter(pk=pk).first()
    if found is None:
        raise Missing(_("There is no such account."))
    return found


def grants_of(user: User, company: Company) -> QuerySet[RoleGrant]:
    """Every role a user held or holds in a company, the newest first."""
    return (
        RoleGrant.objects.filter(user=user, company=company).select_related("granted_by").order_by("-granted_at", "-pk")
    )


def tokens_of(user: User) -> QuerySet[ApiToken]:
    """Tokens of a user, the newest first, ended ones among them."""
    return ApiToken.objects.filter(user=user).select_related("user__company").order_by("-created_at", "-pk")


def token(user: User, company: Company, pk: int) -> ApiToken:
    """A token of one's own; an administrator of accounts reaches every one of the company. Raises Missing otherwise."""
    rows = ApiToken.objects.select_related("user__company").filter(pk=pk)
    rows = rows.filter(user__company=company) if access.may(user, "users.write", company) else rows.filter(user=user)
    found = rows.first()
    if found is None:
        raise Missing(_("There is no such token."))
    return found


def jobs_for(user: User, company: Company, *, state: str = "", kind: str = "") -> QuerySet[Job]:
    """Jobs the user may see, the newest first: one's own, or the company's for its administrator.

    Raises
    ------
    Denied : the user may see none at all.
    """
    scope = access.require(user, "jobs.read", company)
    rows = Job.objects.filter(company=company).select_related("owner")
    if scope == Scope.OWN:
        rows = rows.filter(owner=user)
    if state:
        rows = rows.filter(state=state)
    if kind:
        rows = rows.filter(kind=kind)
    return rows.order_by("-pk")


def job(user: User, company: Company, pk: int) -> Job:
    """A job that the user may see. Raises Missing for any other."""
    found = jobs_for(user, company).filter(pk=pk).first()
    if found is None:
        raise Missing(_("There is no such job."))
    return found


def unfinished_jobs(user: User, company: Company) -> int:
    """How many jobs that the user may see are waiting or running."""
    if not access.may(user, "jobs.read", company):
        return 0
    return jobs_for(user, company).filter(state__in=[JobState.QUEUED, JobState.RUNNING]).count()


def batches_waiting(company: Company) -> QuerySet[ImportBatch]:
    """Batches that were prepared and neither committed nor given up."""
    return ImportBatch.objects.filter(company=company, state=BatchState.PREPARED).order_by("-created_at")


def audit_rows(
    company: Company,
    *,
    verb: str = "",
    by: str = "",
    subject: str = "",
    since: date | None = None,
    until: date | None = None,
) -> QuerySet[AuditRow]:
    """Audit rows, the newest first. `verb` may end in a dot for a whole room; `until` is the last day shown."""
    rows = AuditRow.objects.filter(company=company)
    if verb:
        rows = rows.filter(verb__startswith=verb) if verb.endswith(".") else rows.filter(verb=verb)
    if by:
        rows = rows.filter(by_name=by)
    if subject:
        rows = rows.filter(subject__startswith=subject)
    rows = rows.alias(day=TruncDate("at", tzinfo=company.zone))
    if since is not None:
        rows = rows.filter(day__gte=since)
    if until is not None:
        rows = rows.filter(day__lte=until)
    return rows.order_by("-number")


@dataclass(frozen=True)
class ParameterInForce:
    """A declared parameter and what is in force on a day: `row` is None while the default is."""

    declared: Parameter
    value: Any
    row: DatedParameter | None
    history: tuple[DatedParameter, ...]


def parameters_of(company: Company, *, on: date) -> list[ParameterInForce]:
    """Every declared parameter with its value on a day and all rows ever set for it, the newest day first."""
    rows: dict[str, list[DatedParameter]] = {}
    for row in DatedParameter.objects.filter(company=company).select_related("set_by").order_by("-valid_from"):
        rows.setdefault(row.name, []).append(row)
    found = []
    for name, declared in PARAMETERS.items():
        history = rows.get(name, [])
        current = next((each for each in history if each.valid_from <= on), None)
        value = declared.default if current is None else current.value
        found.append(ParameterInForce(declared, value, current, tuple(history)))
    return found


def parameter_of(company: Company, name: str, *, on: date) -> ParameterInForce:
    """One parameter as in `parameters_of`. Raises Missing for an unknown name."""
    for found in parameters_of(company, on=on):
        if found.declared.name == name:
            return found
    raise Missing(_("There is no parameter “%(name)s”. See the list of parameters.") % {"name": name})
