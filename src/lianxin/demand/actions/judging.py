"""Closed rounds held against what came: value added, accuracy, copies, use of what was collected. Recorded, never overwritten."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final

import numpy as np
import pyarrow as pa
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from lianxin.core.forecasting.accuracy import accuracies, author_sums
from lianxin.core.forecasting.adding_value import stair, step_sums
from lianxin.core.forecasting.combining import learned_weights, squared_errors
from lianxin.core.forecasting.copying import copied_lines, copying, copying_sums
from lianxin.core.forecasting.information import (
    each_event,
    evidence_lines,
    information,
    information_sums,
    moved_lines,
    moved_sums,
)
from lianxin.core.forecasting.judged_lines import judged_lines
from lianxin.core.tables import Steps
from lianxin.demand.facts.published import forecast_outcomes
from lianxin.demand.facts.system import code_version
from lianxin.demand.models import Judged, Judging, Round, RoundEvent
from lianxin.demand.queries.history import known_before
from lianxin.demand.states import REVEALED, JudgedKind, RoundState
from lianxin.engine import digest
from lianxin.foundation import access, audit, parameters
from lianxin.foundation import facts as published
from lianxin.foundation.errors import Refused
from lianxin.foundation.facts import the_engine, the_lake
from lianxin.foundation.models import Company, User

Tell = Callable[[float, str], None]
TABLES: Final = (
    "forecast_lines",
    "forecast_versions",
    "forecast_outcomes",
    "forecast_evidence",
    "evidence_used",
    "forecast_without",
    "forecast_submissions",
)
# Told as on the day of the judging.
OUTCOMES: Final = "forecast_outcomes"
# The bootstrap draws from here; the same evidence gives the same intervals.
SEED: Final = 20_220_101
_ALL: Final = "all"
# Who speaks on the numbers of a level: shops are the customer managers', sums those of whoever stands above.
SPEAKING: Final[Mapping[str, tuple[str, ...]]] = {
    "retailer": ("system", "customer_manager"),
    "unit": ("system", "customer_manager", "market_manager"),
    "company": ("system", "customer_manager", "brand_manager"),
}


def silent(share: float, text: str) -> None:
    """Tell nobody."""


def judge(*, company: Company, by: User | None, at: datetime, on: date, tell: Tell = silent) -> Judging:
    """Everything that can be said of closed rounds now. On the same evidence the newest judging is given back.

    Raises
    ------
    Denied : a post that may not. Refused : no round has closed whose sales are known.
    """
    if by is not None:
        access.require(by, "rounds.run", company)
    known = {round.pk: until for round in _closed(company) if (until := _known_until(company, round, on)) is not None}
    if not known:
        raise Refused(_("No round has closed of which the sales are known yet."))
    tell(0.05, _("Publishing what was forecast"))
    lake = the_lake()
    evidence = {name: published.publish(company, lake, only=name)[name] for name in TABLES if name != OUTCOMES}
    evidence[OUTCOMES] = lake.publish(OUTCOMES, forecast_outcomes(company, on), company.pk)
    tell(0.4, _("Holding it against what came"))
    numbers = {
        name: value for name, value in parameters.in_force(company, on=on).items() if name.startswith("judging.")
    }
    found = _found(company, evidence, numbers)
    fingerprint = hashlib.sha256(" ".join(digest(table) for table in found.values()).encode()).hexdigest()
    newest = Judging.objects.filter(company=company).order_by("-number").first()
    if newest is not None and newest.digest == fingerprint and newest.parameters == numbers:
        return newest
    tell(0.9, _("Recording"))
    return _record(company, known, evidence, numbers, found, fingerprint, by, at)


def _closed(company: Company) -> list[Round]:
    return list(Round.objects.filter(company=company, state__in=REVEALED).select_related("company"))


def _known_until(company: Company, round: Round, on: date) -> date | None:
    """The day after a round's last period if every period of it is wholly known."""
    if round.ends_before > on:
        return None
    known = known_before(company, round.period, on)
    return round.ends_before if known is not None and known.last_period >= round.start_of(round.horizon) else None


def _found(company: Company, evidence: Mapping[str, int], numbers: Mapping[str, Any]) -> dict[str, pa.Table]:
    sources = the_lake().sources(TABLES[:6], company_id=company.pk, versions=evidence)
    engine = the_engine()

    def run(last: Callable[[Steps, Any], Any], name: str) -> pa.Table:
        steps = Steps()
        judged = judged_lines(steps, numbers, company_id=company.pk)
        steps.add(name, last(steps, judged))
        return engine.run(steps, sources)

    sums = run(lambda steps, judged: step_sums(judged, numbers), "step_sums")
    authors = run(lambda steps, judged: author_sums(judged, numbers), "author_sums")
    copies = run(lambda steps, judged: copying_sums(copied_lines(steps, judged)), "copying_sums")
    moved = run(lambda steps, judged: moved_sums(moved_lines(judged, numbers)), "moved_sums")
    events = run(lambda steps, judged: each_event(moved_lines(judged, numbers)), "each_event")
    lay = run(lambda steps, judged: information_sums(evidence_lines(judged, numbers)), "information_sums")
    return {
        JudgedKind.STAIR: stair(sums, numbers, np.random.default_rng(SEED)),
        JudgedKind.ACCURACY: accuracies(authors, numbers, np.random.default_rng(SEED)),
        JudgedKind.COPYING: copying(copies, numbers),
        JudgedKind.INFORMATION: pa.concat_tables(
            [information(sums, numbers, np.random.default_rng(SEED)) for sums in (lay, moved)]
        ),
        JudgedKind.EVENT: events,
        JudgedKind.WEIGHTS: _weights(run, numbers),
    }


def _weights(run: Callable[[Callable[[Steps, Any], Any], str], pa.Table], numbers: Mapping[str, Any]) -> pa.Table:
    """What each author would weigh if the past decided, by level: of those who speak on its numbers."""
    parts = []
    for level, authors in SPEAKING.items():
        told = run(
            lambda _steps, judged, level=level, authors=authors: squared_errors(  # type: ignore[misc]
                judged.filter(judged.level == level), authors, numbers
            ),
            f"squares_{level}",
        )
        squares = dict(zip(told.column("author").to_pylist(), told.column("squares").to_pylist(), strict=True))
        n_periods = max(told.column("n_periods").to_pylist(), default=0)
        learned = learned_weights(squares, n_periods, numbers)
        parts.append(
            told.append_column(
                "learned", pa.array([learned[author] for author in told.column("author").to_pylist()], pa.int64())
            )
        )
    return pa.concat_tables(parts)


@transaction.atomic
def _record(
    company: Company, known: Mapping[int, date], evidence: Mapping[str, int], numbers: Mapping[str, Any],
    found: Mapping[str, pa.Table], fingerprint: str, by: User | None, at: datetime,
) -> Judging:  # fmt: skip
    Company.objects.select_for_update().get(pk=company.pk)
    highest = Judging.objects.filter(company=company).aggregate(n=Max("number"))["n"] or 0
    made = Judging.objects.create(
        company=company, number=highest + 1, evidence=dict(evidence), parameters=dict(numbers), code_version=code_version(),
        digest=fingerprint, n_rounds=len(known), known_until=max(known.values()), made_by=by, made_at=at,
    )  # fmt: skip
    rows = [
        Judged(judging=made, kind=kind, level=level, entity_id=entity_id, rows=told)
        for kind, table in found.items()
        for (level, entity_id), told in _by_entity(kind, table).items()
    ]
    Judged.objects.bulk_create(rows, batch_size=200)
    for round in Round.objects.select_for_update().filter(pk__in=known):
        round.state, round.scored_at, round.scored_until = RoundState.SCORED, at, known[round.pk]
        round.save(update_fields=["state", "scored_at", "scored_until"])
        RoundEvent.objects.create(round=round, state=RoundState.SCORED, at=at, by=by)
    audit.record(
        company=company,
        by=by,
        verb="forecasts.judge",
        subject=f"forecast_judging:{made.number}",
        after={"n_rounds": len(known), "digest": fingerprint, "evidence": dict(evidence)},
        at=at,
    )
    return made


def _by_entity(kind: str, table: pa.Table) -> dict[tuple[str, int | None], list[dict[str, Any]]]:
    """Rows by whom they are about. Of the stair, a product group is kept for all adjustments and an adjustment for all products."""
    found: dict[tuple[str, int | None], list[dict[str, Any]]] = defaultdict(list)
    for row in table.to_pylist():
        if kind == JudgedKind.STAIR and _ALL not in (row["product_group"], row["adjustment"]):
            continue
        level = row.pop("level", "manager" if kind == JudgedKind.COPYING else "everybody")
        entity_id = row.pop("entity_id", None)
        if kind == JudgedKind.EVENT:
            level, entity_id = _event(row["event_id"])
        if kind == JudgedKind.COPYING:
            entity_id = row.pop("person_id")
        found[level, entity_id].append({name: value for name, value in row.items() if value is not None})
    return found


def _event(event_id: str) -> tuple[str, int | None]:
    """Under whom an event is recorded: each hint for itself, festivals together."""
    kind, _sign, number = event_id.partition(":")
    return (kind, int(number)) if kind == "hint" else (kind, None)
