"""What is done in the market: its roll-ups are made anew where their lines or master data changed."""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Final

import pyarrow as pa
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from lianxin.core.measuring.rollups import rollup
from lianxin.core.tables import LINE_REPLACEMENTS, ORDER_LINES, TABLES
from lianxin.foundation import audit, facts
from lianxin.foundation.errors import Refused
from lianxin.foundation.imports.turns import turn
from lianxin.foundation.models import Company, User
from lianxin.market.models import RollupMonth
from lianxin.market.queries import freshness
from lianxin.market.queries.asking import ROLLUPS

# So many lines are summed at once; more months at a time would want more memory.
LINES_AT_ONCE: Final = 1_000_000
Tell = Callable[[float, str], None]


def tell_nobody(share: float, text: str) -> None:
    """Progress that nobody waits for."""


def refresh_rollups(
    *,
    company: Company,
    by: User | None,
    at: datetime,
    months: Collection[date] | None = None,
    tell: Tell = tell_nobody,
) -> list[date]:
    """The months whose roll-ups were made anew: those whose lines or master data changed, or exactly `months` where given.

    The lake takes each group of months in one commit per roll-up, and the row that says so follows in a transaction of its own: a
    process killed between the two makes the same months again, which changes nothing. One process at a time does this.

    Raises
    ------
    Refused : a month is asked for of which there are no order lines and no roll-ups.
    """
    with turn(Path(settings.LAKE) / "locks" / f"rollups-{company.pk}.lock"):
        lake = facts.the_lake()
        for table in ("units", *freshness.USED):
            facts.publish(company, lake, only=table)
        if months is None:
            wanted = freshness.stale_months(company)
        else:
            known = freshness.months_of_lines(company) | set(lake.months("sales_monthly", company.pk))
            unknown = sorted(set(months) - known)
            if unknown:
                raise Refused(
                    _("There are no order lines of %(month)s. Import them first.") % {"month": f"{unknown[0]:%Y-%m}"},
                    field="months",
                )
            wanted = sorted(set(months))
        digests, versions = freshness.lines_digests(company), freshness.master_versions(company)
        master = freshness.master_digests(company, wanted)
        done = 0
        for group in _groups(company, wanted):
            tell(done / len(wanted), _("Monthly sums: %(month)s") % {"month": f"{group[0]:%Y-%m}"})
            _make(company, group)
            _record(company, group, digests, master, versions, by=by, at=at)
            done += len(group)
        return wanted


def _groups(company: Company, months: Sequence[date]) -> Iterator[list[date]]:
    counted: dict[date, int] = {}
    for file in facts.the_lake().snapshot(ORDER_LINES.name).files:
        if file.month is not None and file.lies_in(company.pk, None):
            counted[file.month] = counted.get(file.month, 0) + file.rows
    group: list[date] = []
    for month in months:
        if group and sum(counted.get(one, 0) for one in (*group, month)) > LINES_AT_ONCE:
            yield group
            group = []
        group.append(month)
    if group:
        yield group


def _make(company: Company, months: Sequence[date]) -> None:
    lake, engine = facts.the_lake(), facts.the_engine()
    sources = lake.sources(
        (ORDER_LINES.name, LINE_REPLACEMENTS.name, "units", *freshness.USED), company_id=company.pk, months=months
    )
    void = sources[LINE_REPLACEMENTS.name]
    replaced = isinstance(void, pa.Table) and void.num_rows > 0
    made: dict[str, pa.Table] = {}
    for name in ROLLUPS:
        table = TABLES[name]
        steps = rollup(table, months, company_id=company.pk, replaced=replaced)
        rows = engine.run(steps, {**sources, **made})
        lake.replace_months(name, company.pk, months, rows)
        # The sums by retailer are made of those by product.
        made = {name: rows}


@transaction.atomic
def _record(
    company: Company,
    months: Sequence[date],
    lines: dict[date, str],
    master: dict[date, str],
    versions: str,
    *,
    by: User | None,
    at: datetime,
) -> None:
    gone = [month for month in months if month not in lines]
    RollupMonth.objects.filter(company=company, month__in=gone).delete()
    for month in months:
        if month in lines:
            RollupMonth.objects.update_or_create(
                company=company,
                month=month,
                defaults={
                    "lines_digest": lines[month],
                    "master_digest": master[month],
                    "master_versions": versions,
                    "made_at": at,
                },
            )
    audit.record(
        company=company,
        by=by,
        verb="market.refresh_rollups",
        subject=f"rollups:{months[0]:%Y-%m}",
        after={"months": [f"{month:%Y-%m}" for month in months], "gone": [f"{month:%Y-%m}" for month in gone]},
        at=at,
    )
