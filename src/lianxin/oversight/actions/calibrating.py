"""The line for copied notes, measured on a past period and put into a draft when somebody wishes; never in force by itself."""

from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from lianxin.core.units import first_day, month_plus
from lianxin.core.verifying import calibrated
from lianxin.foundation import access, audit
from lianxin.foundation.errors import Refused
from lianxin.foundation.models import Company, User
from lianxin.oversight import facts
from lianxin.oversight.actions import rules as rule_actions
from lianxin.oversight.actions.verifying import Tell, silent
from lianxin.oversight.models import CopyCalibration, RuleSet
from lianxin.oversight.queries import calibrations as queries
from lianxin.oversight.queries import rules

LINE: Final = "verifying.copy_similarity"
CONTENT: Final = "verifying.copy_bits"
# For one honest note in ten thousand 27,000 clean notes with own content are needed; less is asked for by a slip.
LEAST_SHARE: Final = 0.0001


def check(*, since: date, until: date, false_share: float, on: date) -> None:
    """What a calibration is asked for.

    Raises
    ------
    Refused : months not given by their first days, the wrong way round or not over; a rate that is no share, or too small.
    """
    if since.day != 1 or until.day != 1 or since >= until:
        raise Refused(_("Choose a first and a last month, the first not after the last."), field="since")
    if until > on:
        raise Refused(_("Choose months that are over: notes of a running month are still on their way."), field="until")
    if not 0 < false_share < 1:
        raise Refused(
            _("The rate lies above 0 and below 1: 0.001 is one honest note in a thousand."), field="false_share"
        )
    if false_share < LEAST_SHARE:
        raise Refused(
            _("The rate is at least %(least)s, one honest note in ten thousand: for less there are never notes enough.")
            % {"least": "0.0001"},
            field="false_share",
        )


def calibrate(
    *,
    company: Company,
    since: date,
    until: date,
    false_share: float,
    by: User | None,
    at: datetime,
    on: date,
    tell: Tell = silent,
) -> CopyCalibration:
    """The least line that marks at most a stated share of the notes of a past period, recorded with all lines.

    Every note counts as its writer's own, but for those of person-months in which copying was confirmed. What is not decided
    yet stays in: should it be copied, then the line comes out too high, to the good of honest writers. Notes of which nobody can
    tell when they were written are left out, as no rule marks them.

    Parameters
    ----------
    since, until : first days of months, `until` excluded

    Raises
    ------
    Denied : a post that may not calibrate.
    Refused : see `check`; no notes in the period.
    """
    if by is not None:
        access.require(by, "rulesets.calibrate", company)
    check(since=since, until=until, false_share=false_share, on=on)
    tell(0.05, _("Reading the notes"))
    found = facts.notes(company, since, until, without=queries.confirmed_months(company, since, until))
    if not found.visits.num_rows:
        words = {"since": f"{since:%Y-%m}", "last": f"{month_plus(until, -1):%Y-%m}"}
        raise Refused(_("No notes were written from %(since)s to %(last)s.") % words, field="since")
    tell(0.2, _("Comparing them"))
    numbers = rules.numbers_now(company, on=on)
    told = calibrated(found.visits, false_share=false_share, parameters=numbers)
    tell(0.95, _("Recording"))
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=company.pk)
        highest = CopyCalibration.objects.filter(company=company).aggregate(n=Max("number"))["n"] or 0
        made = CopyCalibration.objects.create(
            company=company,
            number=highest + 1,
            since=since,
            until=until,
            false_share=false_share,
            similarity=told.similarity,
            copy_bits=float(numbers[CONTENT]),
            n_notes=told.n_notes,
            n_told=told.n_told,
            n_needed=told.n_needed,
            n_left_out=found.n_left_out,
            n_untimed=told.n_untimed,
            n_open=queries.n_undecided(company, since, until),
            lines=told.lines.to_pylist(),
            code_version=facts.code_version(),
            made_by=by,
            made_at=at,
        )
        audit.record(
            company=company,
            by=by,
            verb="rulesets.calibrate",
            subject=f"copy_calibration:{made.number}",
            after={"similarity": made.similarity, "false_share": false_share, "n_told": made.n_told},
            at=at,
        )
    return made


@transaction.atomic
def draft(*, calibration: CopyCalibration, by: User, at: datetime, on: date) -> RuleSet:
    """A draft with the calibrated line and otherwise the numbers in force. It counts for nothing until somebody else adopts it.

    Raises
    ------
    Denied : a post that may not draft rule sets.
    Refused : the calibration found no line, or its draft is there already.
    """
    company = calibration.company
    access.require(by, "rulesets.write", company)
    calibration = CopyCalibration.objects.select_for_update().get(pk=calibration.pk)
    if calibration.similarity is None:
        raise Refused(_("This calibration found no line that it could vouch for; take a longer period."))
    if calibration.drafted is not None:
        raise Refused(_("Its draft is there already: %(set)s.") % {"set": calibration.drafted})
    now = rules.in_force(company, month=first_day(on))
    values = dict(now.values) if now else {}
    if rules.numbers_now(company, on=on)[CONTENT] != calibration.copy_bits:
        # The line holds only beside the content that notes needed when it was set.
        values[CONTENT] = calibration.copy_bits
    words = {
        "number": calibration.number,
        "share": f"{calibration.false_share:.2%}",
        "n": calibration.n_told,
        "since": f"{calibration.since:%Y-%m}",
        "last": f"{month_plus(calibration.until, -1):%Y-%m}",
    }
    made = rule_actions.draft(
        company=company,
        title=_("Copies from a similarity of %(line)s on") % {"line": f"{calibration.similarity:.2f}"},
        note=_("Calibration %(number)s: at most %(share)s of %(n)d notes of %(since)s to %(last)s are marked.") % words,
        values=values | {LINE: calibration.similarity},
        by=by,
        at=at,
    )
    calibration.drafted = made
    calibration.save(update_fields=["drafted"])
    return made
