"""Reads that need both accounts and the persons behind them."""

from datetime import date, timedelta

from django.db.models import QuerySet

from lianxin.appraisal.queries import closings
from lianxin.foundation.models import Company
from lianxin.market.queries.asking import months_known
from lianxin.people.models import Person


def persons_without_account(company: Company) -> QuerySet[Person]:
    """Persons of a company who cannot sign in yet, by number."""
    return Person.objects.filter(company=company, user=None).order_by("employee_no")


def month_shown(company: Company, *, on: date) -> date:
    """The month that pages show when none is asked for: the last one closed, else the last with sales, else the last whole one."""
    closed = closings.latest_month(company)
    if closed is not None:
        return closed
    known = months_known(company)
    return known[-1] if known else (on.replace(day=1) - timedelta(days=1)).replace(day=1)
