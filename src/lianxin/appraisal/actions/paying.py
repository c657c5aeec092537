"""Pay: proposed by one person, decided on by another. Software divides; a person confirms."""

from datetime import datetime

import pyarrow as pa
from django.db import transaction
from django.utils.translation import gettext as _

from lianxin.appraisal import paying, permissions
from lianxin.appraisal.models import Closing, PayLine, PayRun, ReviewRequest
from lianxin.appraisal.queries import closings as closing_queries
from lianxin.appraisal.states import RequestState, RunState
from lianxin.core.paying.rule import PayRule
from lianxin.engine import Engine, digest
from lianxin.engine.lake import Lake
from lianxin.foundation import access, audit
from lianxin.foundation.errors import Refused
from lianxin.foundation.facts import the_engine, the_lake
from lianxin.foundation.models import User

_COLUMNS = (
    "days", "month_days", "score_milli", "coefficient_milli", "weight", "weight_total", "floor_fen", "is_at_floor",
    "remainder_fen", "amount_fen", "handling",
)  # fmt: skip


def propose_pay(
    *,
    closing: Closing,
    pool_fen: int,
    rule: PayRule,
    by: User,
    at: datetime,
    engine: Engine | None = None,
    lake: Lake | None = None,
) -> PayRun:
    """A proposed division of a pool by the newest closing of a month; it binds nobody until another person confirms it.

    Raises
    ------
    Denied : who proposes is not HR.
    Refused : the closing is not the newest of its month; another proposal is open or one is confirmed; the pool cannot be divided.
    """
    company = closing.company
    access.require(by, "pay.propose", company)
    newest = closing_queries.latest(company, closing.month)
    if newest is None or newest.pk != closing.pk:
        raise Refused(_("There is a newer closing of that month; propose pay from it."), field="closing")
    # Before the transaction: an engine at work must not hold the database's only pen.
    lines = paying.pay_lines(closing, pool_fen, rule, engine or the_engine(), lake or the_lake())
    return _proposed(closing, pool_fen, rule, lines, by, at)


@transaction.atomic
def _proposed(closing: Closing, pool_fen: int, rule: PayRule, lines: pa.Table, by: User, at: datetime) -> PayRun:
    company = closing.company
    open_or_done = PayRun.objects.filter(
        closing__company=company, closing__month=closing.month, state__in=[RunState.PROPOSED, RunState.CONFIRMED]
    ).first()
    if open_or_done is not None:
        raise Refused(
            _("There is a pay run for %(month)s already (%(state)s). Decide on it first.")
            % {"month": f"{closing.month:%Y-%m}", "state": open_or_done.get_state_display()},
            field="closing",
        )
    run = PayRun.objects.create(
        closing=closing,
        pool_fen=pool_fen,
        rule=paying.rule_as_json(rule),
        digest=digest(lines),
        proposed_by=by,
        proposed_at=at,
    )
    cards = {card.person.employee_no: card for card in closing.scorecards.select_related("person")}
    PayLine.objects.bulk_create(
        PayLine(
            run=run,
            person=cards[row["entity"]].person,
            unit=cards[row["entity"]].unit,
            reason=row["reason"] or "",
            **{name: row[name] for name in _COLUMNS},
        )
        for row in lines.to_pylist()
    )
    audit.record(
        company=company,
        by=by,
        verb="pay.propose",
        subject=f"pay:{closing}",
        after={"pool_fen": pool_fen, "rule": run.rule, "digest": run.digest},
        at=at,
    )
    return run


@transaction.atomic
def confirm_pay(*, run: PayRun, by: User, at: datetime, note: str = "") -> PayRun:
    """The pay run, confirmed by a leader who did not propose it.

    Raises
    ------
    Denied : who confirms proposed it, or is paid by it, or is no leader.
    Refused : it was decided on already; somebody in it waits for a person to look at his result; the month has a newer closing.
    """
    permissions.require_confirmer(by, run)
    run = _locked(run)
    waiting = ReviewRequest.objects.filter(scorecard__closing=run.closing, state=RequestState.OPEN).count()
    if waiting:
        raise Refused(_("%(n)d people asked that somebody look at their results. Answer them first.") % {"n": waiting})
    newest = closing_queries.latest(run.closing.company, run.closing.month)
    if newest is not None and newest.pk != run.closing_id:
        raise Refused(_("The month has been closed again since. Turn this run down and propose a new one."))
    return _decided(run, RunState.CONFIRMED, "pay.confirm", by, at, note)


@transaction.atomic
def turn_down_pay(*, run: PayRun, by: User, at: datetime, note: str) -> PayRun:
    """The pay run, turned down with a reason.

    Raises
    ------
    Denied, Refused : as `confirm_pay`; also without a reason.
    """
    permissions.require_confirmer(by, run)
    run = _locked(run)
    if not note.strip():
        raise Refused(_("Say why it is turned down."), field="note")
    return _decided(run, RunState.TURNED_DOWN, "pay.turn_down", by, at, note)


def _locked(run: PayRun) -> PayRun:
    run = PayRun.objects.select_for_update().get(pk=run.pk)
    if run.state != RunState.PROPOSED:
        raise Refused(_("This run is “%(state)s” already.") % {"state": run.get_state_display()})
    return run


def _decided(run: PayRun, state: RunState, verb: str, by: User, at: datetime, note: str) -> PayRun:
    run.state, run.decided_by, run.decided_at, run.decision_note = state, by, at, note.strip()
    run.save(update_fields=["state", "decided_by", "decided_at", "decision_note"])
    audit.record(
        company=run.closing.company,
        by=by,
        verb=verb,
        subject=f"pay:{run.closing}",
        after={"run": run.pk, "digest": run.digest},
        reason=note,
        at=at,
    )
    return run
