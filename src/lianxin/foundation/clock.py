"""The only place that reads the clock. Actions and queries take `at` or `on`; screens, tasks and the command line ask here."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

from lianxin.foundation.models import Company


def now() -> datetime:
    """The present instant, UTC, timezone-aware."""
    return timezone.now()


def today(company: Company) -> date:
    """The present day in the company's time zone."""
    return now().astimezone(ZoneInfo(company.time_zone)).date()
