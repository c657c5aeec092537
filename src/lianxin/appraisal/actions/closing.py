"""Closing a month: publish, pin, compute, score, record, release. Restartable at every step, and never an overwrite.

Every step stores what it did before the next one starts. A run that finds an unfinished closing goes on from its pinned versions;
a run on unchanged evidence finds the same digest and leaves the closing that is there.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from lianxin.appraisal import computing, facts
from lianxin.appraisal.actions.locking import month_lock
from lianxin.appraisal.actions.recording import record_scores
from lianxin.appraisal.models import Closing, SchemeVersion
from lianxin.appraisal.queries import closings as closing_queries
from lianxin.appraisal.queries import schemes as scheme_queries
from lianxin.appraisal.states import Step, reached
from lianxin.core.tables import ORDER_LINES
from lianxin.engine import Engine
from lianxin.engine.lake import Lake
from lianxin.foundation import access, audit, parameters
from lianxin.foundation.facts import publish, publishers, the_engine, the_lake
from lianxin.foundation.models import Company, User

Progress = Callable[[float, str], None]
SHARES: Final = {
    Step.STARTED: 0.02,
    Step.PUBLISHED: 0.15,
    Step.PINNED: 0.2,
    Step.COMPUTED: 0.7,
    Step.SCORED: 0.8,
    Step.RECORDED: 0.95,
    Step.RELEASED: 1.0,
}


@dataclass(frozen=True)
class Outcome:
    """What a run came to. `is_new` is False where the month was closed already with the same result."""

    closing: Closing
    is_new: bool
    is_resumed: bool = False
    notes: list[str] = field(default_factory=list)


@dataclass
class _Run:
    """What the steps of one run share."""

    closing: Closing
    engine: Engine
    lake: Lake
    progress: Progress
    scores: computing.Scores | None = None

    def timed(self, name: str, work: Callable[[], object]) -> None:
        begun = time.perf_counter()
        work()
        spent = self.closing.timings.get(name, 0.0) + time.perf_counter() - begun
        self.closing.timings = {**self.closing.timings, name: round(spent, 3)}

    def done(self, step: Step, *fields: str) -> None:
        self.closing.step = step
        self.closing.save(update_fields=["step", "timings", *fields])
        self.progress(SHARES[step], str(step.label))


def silent(share: float, text: str) -> None:
    """Tell nobody."""


def close(
    *,
    company: Company,
    month: date,
    by: User | None,
    at: datetime,
    scheme: str | None = None,
    engine: Engine | None = None,
    lake: Lake | None = None,
    progress: Progress = silent,
    reason: str = "",
) -> Outcome:
    """The closing of a month: a new one, or the one that is there where the evidence gives the same result.

    Parameters
    ----------
    month : its first day
    by : None on the command line of the installation itself
    scheme : the code of the scheme to score by; None takes the one in force; without any, nothing is scored
    engine, lake : None takes those of the installation
    progress : told share and step; what it raises stops the run at a point from which the next one goes on
    reason : why the month is closed again

    Raises
    ------
    Denied : the person may not close months.
    Missing : there is no such scheme.
    Refused : the month lies ahead or has no order lines; it is being closed right now; the scheme is not in force.
    """
    if by is not None:
        access.require(by, "closings.run", company)
    stores = lake or the_lake()
    computing.check_month(company, month, at, stores)
    version = scheme_queries.in_force(company, month, scheme)
    with month_lock(company, month):
        closing, is_resumed = _started(company, month, version, by, at, reason, stores)
        run = _Run(closing, engine or the_engine(), stores, progress)
        progress(SHARES[Step.STARTED], str(Step.STARTED.label))
        if not reached(closing.step, Step.PINNED):
            _publish_and_pin(run)
        same = _same_evidence(closing)
        if same is not None:
            return Outcome(_drop(run, same, reason), is_new=False)
        _compute(run)
        same = closing_queries.latest(company, month)
        if same is not None and same.digest == closing.digest and same.scheme_version_id == closing.scheme_version_id:
            return Outcome(_drop(run, same, reason), is_new=False)
        _record_and_release(run, by, at)
        return Outcome(closing, is_new=True, is_resumed=is_resumed, notes=_notes(run, is_resumed, at))


def _label(closing: Closing) -> str:
    return f"closing-{closing.pk}"


def _results_label(closing: Closing) -> str:
    return f"{_label(closing)}-results"


def _discard(closing: Closing, lake: Lake) -> None:
    lake.unpin(_label(closing))
    lake.unpin(_results_label(closing))
    closing.delete()


@transaction.atomic
def _started(
    company: Company,
    month: date,
    version: SchemeVersion | None,
    by: User | None,
    at: datetime,
    reason: str,
    lake: Lake,
) -> tuple[Closing, bool]:
    unfinished = Closing.objects.filter(company=company, month=month).exclude(step=Step.RELEASED).first()
    if unfinished is not None:
        if unfinished.scheme_version_id == (version.pk if version else None):
            if unfinished.code_version != facts.code_version() and reached(unfinished.step, Step.COMPUTED):
                unfinished.step = Step.PINNED
            return unfinished, reached(unfinished.step, Step.PINNED)
        _discard(unfinished, lake)
    highest = Closing.objects.filter(company=company, month=month).aggregate(n=Max("number"))["n"] or 0
    made = Closing.objects.create(
        company=company,
        month=month,
        number=highest + 1,
        scheme_version=version,
        previous=closing_queries.latest(company, month),
        reason=reason,
        started_by=by,
        started_at=at,
    )
    return made, False


def _publish_and_pin(run: _Run) -> None:
    closing = run.closing
    run.timed("publishing", lambda: publish(closing.company, run.lake))
    run.done(Step.PUBLISHED)

    def pin() -> None:
        closing.pinned = run.lake.pin([*publishers(), ORDER_LINES.name], _label(closing))
        closing.parameters = parameters.in_force(closing.company, on=closing.month)
        closing.parameters_digest = facts.digest_of(closing.parameters)
        closing.inputs = _inputs(closing, run.lake)
        closing.code_version = facts.code_version()
        closing.engine = run.engine.name
        closing.evidence_digest = facts.digest_of(
            [closing.pinned, closing.parameters, closing.scheme_version_id, closing.inputs, closing.code_version]
        )

    run.timed("pinning", pin)
    run.done(
        Step.PINNED,
        "pinned",
        "parameters",
        "parameters_digest",
        "inputs",
        "code_version",
        "engine",
        "evidence_digest",
    )


def _inputs(closing: Closing, lake: Lake) -> dict[str, facts.Rows]:
    version = closing.scheme_version
    if version is None:
        return {}
    scheme = scheme_queries.core_of(version)
    return {
        "groups": facts.groups(lake, closing.pinned, closing.company, closing.month, scheme),
        "judgements": facts.judgements(closing.company, closing.month),
        "previous_scores": facts.previous_scores(version, scheme, closing.month),
    }


def _same_evidence(closing: Closing) -> Closing | None:
    there = closing_queries.latest(closing.company, closing.month)
    if there is not None and there.evidence_digest == closing.evidence_digest:
        return there
    return None


def _drop(run: _Run, there: Closing, reason: str) -> Closing:
    _discard(run.closing, run.lake)
    run.progress(1.0, _("Already closed, same result"))
    return there


def _compute(run: _Run) -> None:
    closing = run.closing
    if not reached(closing.step, Step.COMPUTED):

        def measure() -> None:
            values = computing.indicator_values(
                run.engine, run.lake, closing.company, closing.month, closing.pinned, closing.parameters
            )
            version = run.lake.replace_months(
                "indicator_values", closing.company_id, [closing.month], values, {"closing": str(closing.pk)}
            )
            closing.results = {"indicator_values": version}
            closing.n_indicator_values = values.num_rows

        run.timed("computing", measure)
        run.lake.pin(["indicator_values"], _results_label(closing))
        run.done(Step.COMPUTED, "results", "n_indicator_values", "code_version")

    def score() -> None:
        run.scores = computing.scores_of(closing, run.engine, run.lake)
        closing.digest = run.scores.digest
        closing.n_scorecards = run.scores.totals.num_rows

    run.timed("scoring", score)
    run.done(Step.SCORED, "digest", "n_scorecards")


def _record_and_release(run: _Run, by: User | None, at: datetime) -> None:
    closing, scores = run.closing, run.scores
    assert scores is not None

    def record() -> None:
        with transaction.atomic():
            record_scores(closing, scores)
            audit.record(
                company=closing.company,
                by=by,
                verb="closings.close",
                subject=f"closing:{closing}",
                after={
                    "digest": closing.digest,
                    "pinned": closing.pinned,
                    "scheme": str(closing.scheme_version) if closing.scheme_version else None,
                    "parameters_digest": closing.parameters_digest,
                    "code_version": closing.code_version,
                    "engine": closing.engine,
                },
                reason=closing.reason,
                at=at,
            )
            run.closing.step = Step.RECORDED
            run.closing.save(update_fields=["step"])

    run.timed("recording", record)
    run.done(Step.RECORDED)
    closing.released_at = at
    run.done(Step.RELEASED, "released_at")


def _notes(run: _Run, is_resumed: bool, at: datetime) -> list[str]:
    closing, notes = run.closing, []
    if closing.scheme_version is None:
        notes.append(
            _("No scheme is in force in %(month)s: the indicators are recorded, nothing was scored.")
            % {"month": f"{closing.month:%Y-%m}"}
        )
    today = at.astimezone(ZoneInfo(closing.company.time_zone)).date()
    if (today.year, today.month) == (closing.month.year, closing.month.month):
        notes.append(_("The month is not over; close it again when it is."))
    if is_resumed:
        publish(closing.company, run.lake)
        if any(run.lake.version(table) != version for table, version in closing.pinned.items()):
            notes.append(
                _("This run went on from an earlier one; the evidence has changed since. Close again to take it in.")
            )
    return notes
