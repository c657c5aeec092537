"""The job that makes roll-ups anew."""

from datetime import date
from typing import Any

from lianxin.foundation import clock, jobs
from lianxin.foundation.errors import Refused
from lianxin.foundation.models import AuditRow, Company, User
from lianxin.market.actions import refresh_rollups
from lianxin.market.models import RollupMonth

KIND = "market.rollups"
# Imports that change master data which roll-ups are made with; those of order lines refresh the roll-ups themselves.
MASTER_KINDS = frozenset({"people", "units", "retailers", "goods", "territories"})


def refresh(company: Company, arguments: dict[str, Any], owner: User | None, progress: jobs.Progress) -> dict[str, Any]:
    asked = arguments.get("months")
    months = refresh_rollups(
        company=company,
        by=owner,
        at=clock.now(),
        months=None if asked is None else [date.fromisoformat(month) for month in asked],
        tell=progress.tell,
    )
    return {"months": [month.isoformat() for month in months], "result_url": "/market/"}


def after_change(row: AuditRow) -> None:
    """Queue a refresh when an import changed the master data of a company that has roll-ups."""
    told = row.after or row.before or {}
    if row.verb not in ("imports.run", "imports.undo") or told.get("kind") not in MASTER_KINDS:
        return
    if not RollupMonth.objects.filter(company=row.company).exists():
        return
    try:
        jobs.enqueue(
            company=row.company,
            kind=KIND,
            title="Monthly sums",
            arguments={},
            by=row.by,
            at=clock.now(),
            unique_key=f"rollups:{row.company_id}",
        )
    except Refused:
        # One is waiting already and will see this change too.
        return
