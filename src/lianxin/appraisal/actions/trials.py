"""A version tried on past months beside the one in force then, and a closing computed again. Neither changes a result."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pyarrow as pa
from django.db import transaction
from django.utils.translation import gettext as _

from lianxin.appraisal import computing, facts
from lianxin.appraisal.models import Closing, SchemeVersion, Trial, Verification
from lianxin.appraisal.queries import closings as closing_queries
from lianxin.appraisal.queries.schemes import adopted_in, core_of
from lianxin.core.scoring.curves import own_last
from lianxin.core.scoring.inputs import COMPARISON, TOTALS
from lianxin.core.scoring.scheme import Scheme, lines
from lianxin.core.scoring.trial import by_month, by_person, comparison
from lianxin.core.tables import ORDER_LINES
from lianxin.core.units import Level, months_back
from lianxin.engine import Engine, digest
from lianxin.engine.lake import Lake
from lianxin.engine.sources import empty
from lianxin.foundation import access, audit
from lianxin.foundation.errors import Refused
from lianxin.foundation.facts import publish, the_engine, the_lake
from lianxin.foundation.models import User

MONTHS = 12
Progress = Callable[[float, str], None]


def run_trial(
    *,
    version: SchemeVersion,
    by: User | None,
    at: datetime,
    until: date | None = None,
    engine: Engine | None = None,
    lake: Lake | None = None,
    progress: Progress = lambda share, text: None,
) -> Trial:
    """What a version would have made of the last twelve months that have order lines, beside the version in force in each.

    Indicators are those of the closing of a month, or computed from what is known now where it was not closed.

    Parameters
    ----------
    until : the last month; None takes the newest with order lines

    Raises
    ------
    Denied : who tries it may not draft schemes.
    Refused : there are no order lines.
    """
    company = version.scheme.company
    if by is not None:
        access.require(by, "schemes.write", company)
    engine, lake = engine or the_engine(), lake or the_lake()
    known = lake.months(ORDER_LINES.name, company.pk)
    if not known:
        raise Refused(_("There are no order lines to try the scheme on. Import some first."))
    last = until or known[-1]
    months = [month for month in months_back(last, MONTHS) if month in known]
    if not months:
        raise Refused(_("There are no order lines in the twelve months up to %(month)s.") % {"month": f"{last:%Y-%m}"})
    versions = publish(company, lake)
    sides: dict[str, list[pa.Table]] = {"before": [], "after": []}
    earlier: dict[int, facts.Rows] = {}
    for place, month in enumerate(months):
        progress(place / len(months), f"{month:%Y-%m}")
        values = _values(engine, lake, version, month)
        for side, judged_by in (("before", _in_force(version, month)), ("after", version)):
            if judged_by is None:
                sides[side].append(empty(TOTALS))
                continue
            scheme = core_of(judged_by)
            inputs = {
                "groups": facts.groups(lake, versions, company, month, scheme),
                "judgements": facts.judgements(company, month),
                "previous_scores": earlier.get(judged_by.pk, []),
            }
            targets = lake.files("targets", versions.get("targets"), company.pk)
            scores = computing.score(engine, scheme, values, targets, facts.as_tables(inputs))
            sides[side].append(scores.totals)
            earlier.setdefault(judged_by.pk, []).extend(_compared_parts(scheme, scores.parts))
    progress(1.0, "")
    both = {name: pa.concat_tables(tables) for name, tables in sides.items()}
    named = {name: replace(TOTALS, name=name).unbound() for name in both}
    compared = engine.run(comparison(named["before"], named["after"]), both)
    table = COMPARISON.unbound()
    sums = engine.run_many({"person": by_person(table), "month": by_month(table)}, {COMPARISON.name: compared})
    return _recorded(version, months, compared, sums, by, at)


def _values(engine: Engine, lake: Lake, version: SchemeVersion, month: date) -> pa.Table:
    company = version.scheme.company
    closing = closing_queries.latest(company, month)
    if closing is not None:
        return computing.recorded_values(closing, lake)
    return computing.current_values(engine, lake, company, month, (Level.MANAGER,))


def _in_force(version: SchemeVersion, month: date) -> SchemeVersion | None:
    """What a month was judged by: the version of this scheme, else whichever was in force."""
    found = [one for one in adopted_in(version.scheme.company, month) if one.pk != version.pk]
    same = [one for one in found if one.scheme_id == version.scheme_id]
    return next(iter(same or found), None)


def _compared_parts(scheme: Scheme, parts: pa.Table) -> facts.Rows:
    codes = {part.code for _role, part in lines(scheme) if own_last(part.curve) is not None}
    kept = ("company_id", "entity", "part", "value", "points_milli", "rank")
    return [
        {**{name: row[name] for name in kept}, "month": row["month"].isoformat()}
        for row in parts.to_pylist()
        if row["part"] in codes
    ]


@transaction.atomic
def _recorded(
    version: SchemeVersion,
    months: list[date],
    compared: pa.Table,
    sums: dict[str, pa.Table],
    by: User | None,
    at: datetime,
) -> Trial:
    trial = Trial.objects.create(
        version=version,
        first_month=months[0],
        last_month=months[-1],
        rows=_json(compared, "month", "entity"),
        by_person=_json(sums["person"], "entity"),
        by_month=_json(sums["month"], "month"),
        digest=digest(compared),
        made_by=by,
        made_at=at,
    )
    audit.record(
        company=version.scheme.company,
        by=by,
        verb="schemes.try",
        subject=f"scheme:{version}",
        after={"digest": trial.digest, "months": [f"{months[0]:%Y-%m}", f"{months[-1]:%Y-%m}"]},
        at=at,
    )
    return trial


def _json(table: pa.Table, *order: str) -> list[dict[str, Any]]:
    rows = table.sort_by([(name, "ascending") for name in order]).to_pylist()
    return [
        {key: value.isoformat() if isinstance(value, date) else value for key, value in row.items()} for row in rows
    ]


def verify(
    *, closing: Closing, by: User | None, at: datetime, engine: Engine | None = None, lake: Lake | None = None
) -> Verification:
    """A closing computed again from its pinned order lines up, and whether the digest is the same.

    Raises
    ------
    Denied : the user may not see closings.
    """
    if by is not None:
        access.require(by, "closings.read", closing.company)
    engine, lake = engine or the_engine(), lake or the_lake()
    again = computing.recomputed_digest(closing, engine, lake)
    return Verification.objects.create(
        closing=closing,
        digest=again,
        is_same=again == closing.digest,
        code_version=facts.code_version(),
        engine=engine.name,
        made_by=by,
        made_at=at,
    )
