"""Rounds of checks: the seed sealed, the visits drawn, the answers recorded, the seed shown."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from lianxin.core.units import first_day
from lianxin.core.verifying import drawing
from lianxin.foundation import access, audit, parameters
from lianxin.foundation.errors import Denied, Refused
from lianxin.foundation.models import Company, User
from lianxin.oversight import permissions
from lianxin.oversight.models import Check, CheckRound
from lianxin.oversight.queries import checks as queries
from lianxin.oversight.states import CheckChannel, CheckState, Confirmed, RoundState
from lianxin.visits.actions import policies as policy_actions

LONGEST_DAYS = 92


@transaction.atomic
def seal_round(
    *,
    company: Company,
    visits_from: date,
    visits_until: date,
    wanted: Mapping[str, int],
    due_on: date | None = None,
    by: User,
    at: datetime,
    on: date,
) -> CheckRound:
    """A round whose seed exists and is sealed: its hash is told now and can be held against the seed when the round is over.

    Parameters
    ----------
    wanted : {channel: how many visits}

    Raises
    ------
    Refused : days in the wrong order or too many, nothing wanted, an unknown channel.
    """
    access.require(by, "checks.draw", company)
    if visits_until <= visits_from or (visits_until - visits_from).days > LONGEST_DAYS:
        raise Refused(
            _("Choose a period of 1 to %(n)d days; the last day is excluded.") % {"n": LONGEST_DAYS},
            field="visits_until",
        )
    numbers = {str(channel): int(wanted.get(channel, 0)) for channel in CheckChannel.values}
    if set(wanted) - set(CheckChannel.values) or any(n < 0 for n in numbers.values()) or not any(numbers.values()):
        raise Refused(_("Say how many visits are to be drawn for at least one channel."), field="wanted")
    days = int(parameters.in_force(company, on=on)["oversight.check_days"])
    due = due_on or max(visits_until, on) + timedelta(days=days)
    if due < visits_until or due < on:
        raise Refused(_("The checks are due after the visits, today or later."), field="due_on")
    Company.objects.select_for_update().get(pk=company.pk)
    number = (CheckRound.objects.filter(company=company).aggregate(highest=Max("number"))["highest"] or 0) + 1
    seed = secrets.token_hex(32)
    made = CheckRound.objects.create(
        company=company,
        number=number,
        visits_from=visits_from,
        visits_until=visits_until,
        wanted=numbers,
        seed=seed,
        seed_hash=hashlib.sha256(seed.encode()).hexdigest(),
        committed_at=at,
        committed_by=by,
        due_on=due,
    )
    after = {
        "seed_hash": made.seed_hash,
        "from": visits_from.isoformat(),
        "until": visits_until.isoformat(),
        "wanted": numbers,
    }
    audit.record(company=company, by=by, verb="checks.seal", subject=f"check_round:{number}", after=after, at=at)
    return made


@transaction.atomic
def draw(*, round: CheckRound, by: User, at: datetime, on: date) -> CheckRound:
    """The visits of a sealed round drawn and given to checkers. No hand in it: the sealed seed decides.

    Raises
    ------
    Refused : drawn already, visits that are still to come, or no visits.
    """
    company = round.company
    access.require(by, "checks.draw", company)
    round = CheckRound.objects.select_for_update().get(pk=round.pk)
    if round.state != RoundState.COMMITTED:
        raise Refused(_("This round has been drawn already."))
    if on < round.visits_until:
        raise Refused(_("Draw when the visits have been made: from %(day)s on.") % {"day": round.visits_until})
    frame = queries.frame_of(company, round.visits_from, round.visits_until)
    if not frame:
        raise Refused(_("There are no visits in this period to draw from."))
    least = float(parameters.in_force(company, on=on)["oversight.least_chance"])
    picked = chosen(round.seed, frame, round.wanted, least)
    round.state, round.drawn_at, round.drawn_by = RoundState.DRAWN, at, by
    round.n_frame, round.frame_digest = len(frame), frame_digest(frame)
    round.save(update_fields=["state", "drawn_at", "drawn_by", "n_frame", "frame_digest"])
    taken = set(
        Check.objects.filter(visit_id__in=[visit for visit, _c, _p in picked]).values_list("visit_id", "channel")
    )
    rows = [
        Check(
            company=company, round=round, visit_id=visit, channel=channel, drawn_probability=chance, due_on=round.due_on
        )
        for visit, channel, chance in picked
        if (visit, channel) not in taken
    ]
    Check.objects.bulk_create(rows)
    _give_out(round, on)
    audit.record(
        company=company,
        by=by,
        verb="checks.draw",
        subject=f"check_round:{round.number}",
        after={"frame": round.frame_digest, "n_frame": round.n_frame, "n_drawn": len(rows), "least_chance": least},
        at=at,
    )
    return round


def chosen(
    seed: str, frame: list[tuple[str, float]], wanted: Mapping[str, int], least: float
) -> list[tuple[str, str, float]]:
    """(visit, channel, chance) that a seed draws from a frame: anybody who has the three can draw again and compare."""
    risk = np.array([risk for _visit, risk in frame])
    found = []
    for channel in sorted(wanted):
        if wanted[channel] <= 0:
            continue
        chance = drawing.chances(risk, wanted[channel], least)
        dice = dice_of(seed, channel)
        for place in drawing.drawn(chance, dice.permutation(len(chance)), dice.random()):
            found.append((frame[place][0], channel, float(chance[place])))
    return found


def dice_of(seed: str, part: str) -> np.random.Generator:
    """Chance of one part of a drawing: the same seed and part give the same."""
    digest = hashlib.sha256(f"{seed}\0{part}".encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))


def frame_digest(frame: list[tuple[str, float]]) -> str:
    """SHA-256 of the visits and risks that a round was drawn from."""
    text = "\n".join(f"{visit} {risk!r}" for visit, risk in frame)
    return hashlib.sha256(text.encode()).hexdigest()


def _give_out(round: CheckRound, on: date) -> None:
    """Each check to whoever may make it and has the fewest; to nobody where everyone has an interest.

    Who makes a check of a person's month does not review questions about it: of those who review, one has all that person's
    checks of the month where he may, so that others stay free to review.
    """
    rows = list(queries.checks_of(round).order_by("channel", "visit_id"))
    bound = queries.checkers_by_month(round.company, round.visits_from, round.visits_until)
    reviewing = {user.pk for user in permissions.reviewers(round.company)}
    given: dict[int, int] = {}
    people = {channel: queries.checkers(round.company, CheckChannel(channel)) for channel in CheckChannel.values}
    parties = permissions.parties_of([row.visit for row in rows], is_given=False)
    for row in rows:
        free = [user for user in people[row.channel] if user.pk not in parties[row.visit_id]]
        at_it = bound.setdefault((row.visit.person_id, first_day(row.visit.visit_date)), set())
        spare = [user for user in free if user.pk in at_it or user.pk not in reviewing]
        row.checker = min(spare or free, key=lambda user: (given.get(user.pk, 0), user.pk), default=None)
        if row.checker is not None:
            given[row.checker.pk] = given.get(row.checker.pk, 0) + 1
            at_it.add(row.checker.pk)
    Check.objects.bulk_update(rows, ["checker"], batch_size=500)


@transaction.atomic
def hand_over(*, check: Check, to: User, by: User, at: datetime) -> Check:
    """An open check given to somebody else whose post makes it and who has no interest in the visit.

    Raises
    ------
    Refused : the check is no longer open. Denied : the other is a party, or of a post that does not make such checks.
    """
    access.require(by, "checks.draw", check.company)
    check = Check.objects.select_for_update().get(pk=check.pk)
    if check.state != CheckState.ASSIGNED:
        raise Refused(_("This check has its answer already."))
    if to not in queries.checkers(check.company, CheckChannel(check.channel)):
        raise Denied(_("%(person)s does not make checks of this kind.") % {"person": to}, field="to")
    if to.pk in permissions.parties_of([check.visit], is_given=False)[check.visit_id]:
        raise Denied(_("%(person)s is a party to this visit.") % {"person": to}, field="to")
    before = check.checker
    check.checker = to
    check.save(update_fields=["checker"])
    audit.record(
        company=check.company,
        by=by,
        verb="checks.hand_over",
        subject=f"check:{check.pk}",
        before={"checker": before.username if before else None},
        after={"checker": to.username},
        at=at,
    )
    return check


def _own_open(check: Check, by: User) -> Check:
    access.require(by, "checks.make", check.company)
    check = Check.objects.select_for_update().get(pk=check.pk)
    if check.checker_id != by.pk:
        raise Denied(_("Only the person to whom this check was given records it."))
    if by.pk in permissions.parties_of([check.visit])[check.visit_id]:
        raise Denied(_("You have become a party to this visit; give the check back to the office."))
    if check.state != CheckState.ASSIGNED:
        raise Refused(_("This check has its answer already."))
    return check


@transaction.atomic
def record(
    *,
    check: Check,
    confirmed: Confirmed,
    answers: Mapping[str, Any],
    words: str,
    policies: Mapping[str, int | None] | None = None,
    by: User,
    at: datetime,
) -> Check:
    """What a check found: confirmed, not confirmed, or cannot tell, with what was seen or said.

    Parameters
    ----------
    policies : {telling of a policy: place of the answer chosen, None where the shop could not say}, of those that were asked

    Raises
    ------
    Denied : somebody else's check, or a party. Refused : answered already, or no words where the visit is not confirmed.
    """
    check = _own_open(check, by)
    if confirmed not in Confirmed.values:
        raise Refused(_("Choose one of the three answers."), field="confirmed")
    if confirmed == Confirmed.NO and not words.strip():
        raise Refused(_("Write what was seen or said; the manager will read it."), field="words")
    today = at.astimezone(check.company.zone).date()
    offered = {row.pk: row for row in queries.policies_to_ask(check, on=today)}
    for telling, answer_index in (policies or {}).items():
        if telling not in offered:
            raise Refused(
                _("This policy is not to be asked about in this shop. Load the page again."), field="policies"
            )
        shown_on = (check.due_on or today) + timedelta(days=1)
        policy_actions.ask(told=offered[telling], answer_index=answer_index, shown_on=shown_on, by=by, at=at)
    check.state, check.confirmed, check.done_at, check.done_by = CheckState.DONE, confirmed, at, by
    check.answers, check.words = {key: value for key, value in answers.items() if value}, words.strip()
    check.save(update_fields=["state", "confirmed", "done_at", "done_by", "answers", "words"])
    audit.record(
        company=check.company,
        by=by,
        verb="checks.record",
        subject=f"check:{check.pk}",
        after={"confirmed": str(confirmed)},
        at=at,
    )
    return check


@transaction.atomic
def give_up(*, check: Check, words: str, by: User, at: datetime) -> Check:
    """A check that could not be made, and why.

    Raises
    ------
    Denied : somebody else's check. Refused : answered already, or no reason.
    """
    check = _own_open(check, by)
    if not words.strip():
        raise Refused(_("Say why it could not be checked: nobody answered, the shop has closed down."), field="words")
    check.state, check.words, check.done_at, check.done_by = CheckState.NOT_DONE, words.strip(), at, by
    check.save(update_fields=["state", "words", "done_at", "done_by"])
    audit.record(company=check.company, by=by, verb="checks.give_up", subject=f"check:{check.pk}", reason=words, at=at)
    return check


@transaction.atomic
def end_round(*, round: CheckRound, by: User, at: datetime, on: date) -> CheckRound:
    """The round over: open checks count as not done, the seed is shown, and its answers may be seen and counted.

    Raises
    ------
    Refused : not drawn, or checks are open and still in time.
    """
    access.require(by, "checks.draw", round.company)
    round = CheckRound.objects.select_for_update().get(pk=round.pk)
    if round.state != RoundState.DRAWN:
        raise Refused(_("Only a round that is being checked can end."))
    open_ones = Check.objects.filter(round=round, state=CheckState.ASSIGNED)
    if on <= round.due_on and open_ones.exists():
        raise Refused(_("Some checks are open and in time until %(day)s.") % {"day": round.due_on})
    n_late = open_ones.update(state=CheckState.NOT_DONE, words=_("Not made by the day it was due."), done_at=at)
    round.state, round.over_at = RoundState.OVER, at
    round.save(update_fields=["state", "over_at"])
    audit.record(
        company=round.company,
        by=by,
        verb="checks.end",
        subject=f"check_round:{round.number}",
        after={"seed": round.seed, "n_not_made": n_late},
        at=at,
    )
    return round
