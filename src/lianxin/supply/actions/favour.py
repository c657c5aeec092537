"""Testing standing shares for favour: residuals, both tests, what each says of each manager, and the rows behind it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from lianxin.core.allocating import favour as core
from lianxin.core.allocating.favour import NEED, REQUEST, Favour
from lianxin.core.errors import CoreError
from lianxin.core.tables.supply import ALLOCATION_RESIDUALS
from lianxin.core.units import first_day
from lianxin.engine import digest
from lianxin.engine.sources import nullable_arrow_schema
from lianxin.foundation import access, audit, parameters
from lianxin.foundation.core_words import said
from lianxin.foundation.errors import Refused, not_one_of
from lianxin.foundation.facts import the_engine, the_lake
from lianxin.foundation.models import Company, User
from lianxin.supply.actions.sharing import code_version
from lianxin.supply.models import FavourFinding, FavourRun, Round
from lianxin.supply.queries import favour as queries
from lianxin.supply.queries import lines, rounds
from lianxin.supply.states import TYPES, FavourTest

PREFIX: Final = "favour."
_COUNTS: Final = ("n_rows", "n_left_out", "n_retailers", "n_weeks", "n_rounds", "share_units")
_OWN: Final[Mapping[FavourTest, tuple[str, ...]]] = {
    FavourTest.OTHERS: ("residual_units", "expected_units", "effect_units_per_retailer", "p_value"),
    FavourTest.WITHIN: ("n_told", "told_units", "chance_units", "p_value"),
}
_TOLD: Final = ("rank", "retailer_id", "n_rows", "n_weeks", "n_weeks_above", "residual_units", "above_mean_units")


def test(*, company: Company, numbers: Sequence[int], by: User | None, at: datetime, on: date, alike: str) -> FavourRun:
    """One test over the standing shares of some rounds, made here or imported. It opens no question by itself.

    Parameters
    ----------
    numbers : of the rounds, which should lie in the weeks to be judged
    alike : who counts as an equal where the rule is not known: `need`, those with the same smaller of request and cap; `request`,
        those with the same request and the same cap, for rules in proportion to requests

    Raises
    ------
    Refused : no round, none in which something was scarce, or another word for `alike`.
    """
    if alike not in (NEED, REQUEST):
        raise not_one_of("alike", (NEED, REQUEST))
    if by is not None:
        access.require(by, "favour.run", company)
    chosen = list(rounds.standing(company).filter(number__in=list(numbers)).order_by("week", "number"))
    if not chosen:
        raise Refused(_("Choose rounds whose shares stand."), field="rounds")
    rows = _allocations(chosen)
    if not rows.num_rows:
        raise Refused(
            _("Nothing was scarce in these rounds, or the files tell neither requests nor what the rule gives."),
            field="rounds",
        )
    told = {name: value for name, value in parameters.in_force(company, on=on).items() if name.startswith(PREFIX)}
    # Seeded by what it reads, so that the same evidence gives the same answers.
    seed = int(digest(rows)[:12], 16)
    try:
        found = core.favour(rows, engine=the_engine(), seed=seed, parameters=told, alike=alike)
    except CoreError as fault:
        raise Refused(_("These rounds cannot be tested for favour: %(fault)s") % {"fault": said(fault)}) from fault
    return _recorded(company, chosen, found, {**told, "seed": seed, "alike": alike}, by, at)


def question_opened(*, finding: FavourFinding, at: datetime) -> None:
    """Keep that the person was asked about a finding; from now on he may open it himself, with the rows behind it."""
    FavourFinding.objects.filter(pk=finding.pk, question_opened_at=None).update(question_opened_at=at)


def _allocations(chosen: Sequence[Round]) -> pa.Table:
    """The lines of scarce products in the words of the core; those with neither a wish nor what the rule gives stay out."""
    parts = []
    for row in chosen:
        standing = the_engine().run(lines.standing_lines(), lines.sources_of(row))
        scarce = pa.array(sorted(queries.scarce_products(row)), pa.int64())
        standing = standing.filter(pc.is_in(standing.column("product_id"), value_set=scarce))
        comparable = pc.or_(pc.is_valid(standing.column("wanted_units")), pc.is_valid(standing.column("rule_units")))
        parts.append(standing.filter(comparable))
    rows = pa.concat_tables(parts)
    return pa.table(
        {
            "week": rows.column("week"),
            "product_id": rows.column("product_id").cast(pa.string()),
            "retailer_id": rows.column("retailer_id").cast(pa.string()),
            "manager_id": rows.column("person_id").cast(pa.string()),
            "tier": rows.column("tier").cast(pa.int16()),
            **{name: rows.column(name) for name in TYPES},
            **{
                name: rows.column(name).cast(pa.int64())
                for name in ("wanted_units", "cap_units", "share_units", "rule_units")
            },
        }
    )


def _recorded(
    company: Company, chosen: Sequence[Round], found: Favour, told: Mapping[str, Any], by: User | None, at: datetime
) -> FavourRun:
    by_manager: dict[str, list[dict[str, Any]]] = {}
    for row in found.beneficiaries.to_pylist():
        by_manager.setdefault(row["manager_id"], []).append({name: row[name] for name in _TOLD})
    sums = " ".join(digest(table) for table in (found.managers, found.within, found.beneficiaries))
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=company.pk)
        number = (FavourRun.objects.filter(company=company).aggregate(highest=Max("number"))["highest"] or 0) + 1
        run = FavourRun.objects.create(
            company=company,
            number=number,
            parameters=dict(told),
            code_version=code_version(),
            digest=digest(pa.table({"digests": [sums]})),
            n_lines=found.rows.num_rows,
            made_by=by,
            made_at=at,
        )
        run.rounds.set(chosen)
        made = [
            *_findings(run, FavourTest.OTHERS, found.managers, {}),
            *_findings(run, FavourTest.WITHIN, found.within, by_manager),
        ]
        FavourFinding.objects.bulk_create(made)
        run.summary = {
            "n_managers": found.managers.num_rows,
            "n_asked": len({row.person_id for row in made if row.is_asked}),
            "n_cannot_tell": len(
                {row.person_id for row in made} - {row.person_id for row in made if row.answer == core.VALUE}
            ),
        }
        run.save(update_fields=["summary"])
        _keep(run, found.rows)
        audit.record(
            company=company,
            by=by,
            verb="favour.test",
            subject=f"favour_run:{number}",
            after={"rounds": [row.number for row in chosen], "digest": run.digest, **run.summary},
            at=at,
        )
    return run


def _findings(
    run: FavourRun, test: FavourTest, table: pa.Table, told: Mapping[str, list[dict[str, Any]]]
) -> list[FavourFinding]:
    made = []
    for row in table.to_pylist():
        details = {name: row[name] for name in (*_COUNTS, *_OWN[test])}
        if test == FavourTest.WITHIN:
            details["retailers"] = told.get(row["manager_id"], [])
        made.append(
            FavourFinding(
                run=run,
                person_id=int(row["manager_id"]),
                test=test,
                answer=row["answer"],
                is_asked=bool(row["suspected"]),
                effect_units=row["effect_units"],
                q_value=row["q_value"],
                n_lines=row["n_rows"],
                reason=row["reason"] or "",
                details=details,
            )
        )
    return made


def _keep(run: FavourRun, rows: pa.Table) -> None:
    """The rows behind the test, into the lake."""
    n = rows.num_rows
    columns: dict[str, Any] = {
        "company_id": pa.array([run.company_id] * n),
        "month": pa.array([first_day(day) for day in rows.column("week").to_pylist()], pa.date32()),
        "batch_id": pa.array([queries.batch_of(run)] * n),
        "person_id": rows.column("manager_id").cast(pa.int64()),
        "product_id": rows.column("product_id").cast(pa.int64()),
        "retailer_id": rows.column("retailer_id").cast(pa.int64()),
    }
    for name in ALLOCATION_RESIDUALS.columns:
        if name not in columns:
            columns[name] = rows.column(name)
    kept = pa.table(columns).select(ALLOCATION_RESIDUALS.columns).cast(nullable_arrow_schema(ALLOCATION_RESIDUALS))
    the_lake().replace_batches(ALLOCATION_RESIDUALS.name, run.company_id, {queries.batch_of(run)}, kept)
