"""Changing a line by hand: proposed with a reason and evidence, agreed by a second person of another line, or refused."""

from collections.abc import Callable
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from lianxin.foundation import audit
from lianxin.foundation.errors import Denied, Refused
from lianxin.foundation.models import User
from lianxin.foundation.uuids import uuid7
from lianxin.people import queries as people
from lianxin.supply import permissions
from lianxin.supply.actions.summing import renew_sums
from lianxin.supply.models import HandChange, Round, RoundSum
from lianxin.supply.queries import changes as queries
from lianxin.supply.queries import lines, rounds
from lianxin.supply.states import ChangeState, RoundState, SumKind, Variant

LEAST_WORDS = 6


@transaction.atomic
def propose(
    *,
    round: Round,
    product_id: int,
    retailer_id: int,
    after_units: int,
    reason: str,
    words: str,
    evidence: str,
    by: User,
    at: datetime,
    on: date,
) -> HandChange:
    """A change that waits for a second person; until then the line stays as it is.

    Raises
    ------
    Denied : the retailer is not within the scope of who proposes.
    Missing : there is no such line.
    Refused : the round does not stand; the account is of no person; nothing changes; no listed reason, words or evidence; more
        than the retailer wants or may have; more than the supply has left; another change of the line waits.
    """
    company = round.company
    scope = people.persons_in_scope(by, "supplychanges.propose", company, on=on)
    round = Round.objects.select_for_update().get(pk=round.pk)
    if round.state not in (RoundState.COMMITTED, RoundState.PUBLISHED):
        raise Refused(_("A line can be changed by hand once its round is committed here."))
    line = lines.line_of(round, retailer_id, product_id, persons=scope)
    if people.person_of(by) is None:
        raise Refused(_("Your account belongs to no person of the company; the administrator connects it first."))
    if reason not in queries.reasons(company, on=on):
        raise Refused(_("Choose a reason from the list."), field="reason")
    if len(words.strip()) < LEAST_WORDS:
        raise Refused(_("Say in your own words why, so that everybody understands it."), field="words")
    if not evidence.strip():
        raise Refused(_("Say what it rests on and where that is kept."), field="evidence")
    _check_units(round, line, after_units)
    try:
        with transaction.atomic():
            made = HandChange.objects.create(
                id=uuid7(),
                round=round,
                product_id=product_id,
                retailer_id=retailer_id,
                holder_id=line.person_id,
                before_units=line.share_units,
                rule_units=line.rule_units if line.rule_units is not None else line.share_units,
                after_units=after_units,
                reason=reason,
                words=words.strip(),
                evidence=evidence.strip(),
                proposed_by=by,
                proposed_at=at,
            )
    except IntegrityError as error:
        raise Refused(_("Another change of this line waits for a second person.")) from error
    audit.record(
        company=company,
        by=by,
        verb="supplychanges.propose",
        subject=f"hand_change:{made.pk}",
        before={"units": made.before_units},
        after={
            "round": round.number,
            "product": product_id,
            "retailer": retailer_id,
            "units": after_units,
            "reason": reason,
            "evidence": made.evidence,
        },
        reason=made.words,
        at=at,
    )
    return made


def _check_units(round: Round, line: lines.Line, after_units: int) -> None:
    if after_units == line.share_units:
        raise Refused(_("The line has this number already."), field="after_units")
    if after_units < 0:
        raise Refused(_("A share is not negative."), field="after_units")
    most = [units for units in (line.wanted_units, line.cap_units) if units is not None]
    if most and after_units > min(most) and after_units > line.share_units:
        raise Refused(
            _("The retailer wants or may have at most %(most)s.") % {"most": min(most)},
            field="after_units",
        )
    more = after_units - line.share_units
    if more > 0:
        left = units_left(round, line.product_id)
        if left is not None and more > left:
            raise Refused(
                _("Of this product %(left)s are left; take from another line first.") % {"left": left},
                field="after_units",
            )


def units_left(round: Round, product_id: int) -> int | None:
    """What the supply of a product still has, shares, agreed changes and those that wait counted; None where it is unknown."""
    supply = rounds.product_of(round, product_id).supply_units
    if supply is None:
        return None
    given = RoundSum.objects.filter(
        round=round, kind=SumKind.PRODUCT, variant=Variant.CHOSEN, product_id=product_id
    ).aggregate(units=Sum("share_units"))["units"]
    waiting = sum(
        max(0, change.after_units - change.before_units)
        for change in HandChange.objects.filter(round=round, product_id=product_id, state=ChangeState.PROPOSED)
    )
    return int(supply) - int(given or 0) - waiting


@transaction.atomic
def agree(*, change: HandChange, words: str, by: User, at: datetime, on: date) -> HandChange:
    """The change agreed to: from now on the line has its new number, and what the rule gave stays beside it.

    Raises
    ------
    Denied : who proposed it, who holds the retailer, somebody of the proposer's line, or a post that may not; a proposer whose
        account is of no person, so that nobody can tell the line.
    Refused : it is decided already, or the line is no longer what it was when it was proposed.
    """
    change = _locked(change, permissions.why_not_agree, by, on)
    line = lines.line_of(change.round, change.retailer_id, change.product_id)
    if line.share_units != change.before_units:
        raise Refused(_("The line has changed since; refuse this one and propose it anew."))
    _decide(change, ChangeState.AGREED, words, by, at)
    renew_sums(round=change.round)
    return change


@transaction.atomic
def refuse(*, change: HandChange, words: str, by: User, at: datetime, on: date) -> HandChange:
    """The change refused, with the reason; the line stays as it was.

    Raises
    ------
    Denied : as `agree`, but for a proposer of whom nobody can tell the line. Refused : it is decided already, or no words.
    """
    change = _locked(change, permissions.why_not_decide, by, on)
    if not words.strip():
        raise Refused(_("Say why it is refused; who proposed it reads it."), field="words")
    _decide(change, ChangeState.REFUSED, words, by, at)
    return change


def _locked(change: HandChange, why_not: Callable[..., str], by: User, on: date) -> HandChange:
    # The round first: two changes of one product are weighed against the supply one after the other.
    Round.objects.select_for_update().get(pk=change.round_id)
    found = HandChange.objects.select_for_update().get(pk=change.pk)
    why = why_not(by, found, on=on)
    if why:
        raise Denied(why)
    if found.state != ChangeState.PROPOSED:
        raise Refused(_("This change has been decided already."))
    return found


def _decide(change: HandChange, state: ChangeState, words: str, by: User, at: datetime) -> None:
    change.state, change.decided_by, change.decided_at, change.decided_words = state, by, at, words.strip()
    change.save(update_fields=["state", "decided_by", "decided_at", "decided_words"])
    audit.record(
        company=change.round.company,
        by=by,
        verb=f"supplychanges.{'agree' if state == ChangeState.AGREED else 'refuse'}",
        subject=f"hand_change:{change.pk}",
        before={"units": change.before_units},
        after={"units": change.after_units if state == ChangeState.AGREED else change.before_units},
        reason=words,
        at=at,
    )
