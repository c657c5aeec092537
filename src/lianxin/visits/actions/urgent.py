"""An urgent visit put into a plan. Where its days are full, the fewest and least pressing visits go to other days first.

What has to go is foreseen and shown; it goes only where whoever asks has agreed to exactly that.
"""

import hashlib
import json
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lianxin.core.visiting import MOST_MOVES, Begun, Replanned, WhyNot
from lianxin.core.visiting import Retailer as Shop
from lianxin.core.visiting import Urgent as UrgentVisit
from lianxin.foundation.errors import Refused
from lianxin.foundation.models import User
from lianxin.retailers.models import Retailer, Territory
from lianxin.retailers.queries import held_on
from lianxin.ui.formats import day as day_words
from lianxin.visits.actions.planning import changed, locked, require_in_scope, require_open
from lianxin.visits.actions.replanning import replanned, write
from lianxin.visits.models import PlanChange, PlanCycle, PlannedVisit
from lianxin.visits.queries.plan_inputs import IN_PLACE, as_retailers, minutes_of, plan_of, values_of
from lianxin.visits.queries.plan_room import Leave, Stays, leave_to_move, off_days
from lianxin.visits.queries.plan_words import unplaced
from lianxin.visits.states import ExcuseState, PlanChangeKind


@dataclass(frozen=True, slots=True)
class Goes:
    """A planned visit that goes to another day for an urgent one."""

    visit: PlannedVisit
    from_date: date
    to_date: date


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What an urgent visit would do to a plan: its day, and which visits go to other days for it (mostly none).

    seal : names exactly these moves; whoever agrees to them hands it back
    """

    day: date
    goes: tuple[Goes, ...]
    seal: str


class NotAgreed(Refused):
    """Visits would have to go to other days, and nobody has agreed to these; `foreseen` tells them."""

    def __init__(self, foreseen: Foreseen) -> None:
        n = len(foreseen.goes)
        super().__init__(
            ngettext(
                "These days are full. %(n)s visit would go to another day for it; look at it and agree first.",
                "These days are full. %(n)s visits would go to other days for it; look at them and agree first.",
                n,
            )
            % {"n": n},
            field="agreed",
        )
        self.foreseen = foreseen


def foresee(
    *, cycle: PlanCycle, retailer: Retailer, not_before: date, not_after: date, by: User, at: datetime, on: date
) -> Foreseen:
    """What `add` would do; nothing is written.

    Raises
    ------
    Denied, Refused : as `add`, but for the reason and the agreement.
    """
    return _look(cycle, retailer, not_before, not_after, by, at, on)[1]


@transaction.atomic
def add(
    *,
    cycle: PlanCycle,
    retailer: Retailer,
    not_before: date,
    not_after: date,
    reason: str,
    by: User,
    at: datetime,
    on: date,
    agreed: str = "",
) -> PlanChange:
    """An urgent visit put into the plan on the day, from one to another, where it adds least.

    One of today begins after now.

    No other visit changes its day while one of these days has room. Where all are full, the fewest and least pressing go to other
    days of the cycle; none is lost, so nobody's word is needed beyond that of whoever changes the plan.

    Parameters
    ----------
    agreed : the seal of the moves that were shown (`foresee`); "" where none were

    Raises
    ------
    Denied : not a plan of the user's own or of his unit.
    NotAgreed : visits would have to go and these were not agreed to: none were shown, or the plan has changed since.
    Refused : no reason; the retailer is held by somebody else or has no place; the days are over, wrong, off, or full and no visits
        can make room; the plan waits for approval.
    """
    cycle = locked(cycle)
    if not reason.strip():
        require_in_scope(by, "callplans.change", cycle.person, on=on)
        raise Refused(_("Write the reason for the change; it stays with the plan."), field="reason")
    result, foreseen = _look(cycle, retailer, not_before, not_after, by, at, on)
    if foreseen.goes and agreed != foreseen.seal:
        raise NotAgreed(foreseen)
    why = {
        "code": "urgent",
        "present": None,
        "wanted": None,
        "unit": "visits",
        "way": "urgent",
        "evidence": {"words": reason.strip()[:300]},
    }
    # On the other shops' visits the reason alone would read as theirs.
    aside = f"{retailer.name}: {reason.strip()}"
    body = write(cycle, result, reason, ExcuseState.NOT_NEEDED, new_reasons=[why], aside=aside)
    return changed(cycle, PlanChangeKind.URGENT, body, reason, by, at)


def _look(
    cycle: PlanCycle, retailer: Retailer, not_before: date, not_after: date, by: User, at: datetime, on: date
) -> tuple[Replanned, Foreseen]:
    require_in_scope(by, "callplans.change", cycle.person, on=on)
    require_open(cycle)
    first, last = max(not_before, on, cycle.starts_on), min(not_after, cycle.ends_on - timedelta(days=1))
    if first > last:
        raise Refused(_("There is no day of this cycle between these two that is not over."), field="not_after")
    begun = _begun(cycle, at, on)
    plan, off = plan_of(cycle, also=[retailer.pk]), off_days(cycle)
    if begun is not None and begun.minute >= plan.settings.work_until:
        if last == on:
            raise Refused(_("Today's working hours are over. Choose another day."), field="not_after")
        first = max(first, on + timedelta(days=1))
    shop, leave = _shop(cycle, retailer, first), leave_to_move(cycle, on=on, begun=begun)
    days = [one for one in plan.days if first <= one <= last and one not in off]
    planned = {visit.visit_date for visit in plan.visits if visit.retailer_id == shop.retailer_id}
    if not days:
        raise Refused(
            _(
                "The manager works on none of these days: rest days, absence, holiday and dangerous weather. Choose others."
            ),
            field="not_after",
        )
    if planned.issuperset(days):
        raise Refused(
            _("This retailer is planned on %(day)s already.") % {"day": day_words(days[0])}, field="not_before"
        )
    result = replanned(cycle, plan, [UrgentVisit(shop, first, last)], since=on, movable=leave.movable, begun=begun)
    if result.lost:
        raise Refused(_hindrance(result.lost[0].reason, days, leave), field="not_after")
    return result, _foreseen(cycle, result)


def _begun(cycle: PlanCycle, at: datetime, on: date) -> Begun | None:
    """Today as far as it has come, in the company's time zone: nothing is put before the present minute."""
    here = at.astimezone(cycle.company.zone)
    return Begun(on, math.ceil(minutes_of(here.time()))) if here.date() == on else None


def _shop(cycle: PlanCycle, retailer: Retailer, first: date) -> Shop:
    if not Territory.objects.filter(held_on(first), person=cycle.person, retailer=retailer).exists():
        raise Refused(_("This retailer is held by somebody else."), field="retailer")
    known = as_retailers([retailer.pk], values_of(cycle), on=first).get(retailer.pk)
    if known is None:
        raise Refused(_("The place of this shop is not recorded, so no way to it can be planned."), field="retailer")
    return known


def _foreseen(cycle: PlanCycle, result: Replanned) -> Foreseen:
    (own,) = (move for move in result.moved if move.from_date is None)
    rows = PlannedVisit.objects.filter(
        person=cycle.person,
        retailer__in=[int(move.retailer_id) for move in result.moved],
        visit_date__in=[move.from_date for move in result.moved if move.from_date],
        state__in=IN_PLACE,
    ).select_related("retailer")
    known = {(str(row.retailer_id), row.visit_date): row for row in rows}
    goes = tuple(
        Goes(known[move.retailer_id, move.from_date], move.from_date, move.to_date)
        for move in result.moved
        if move.from_date is not None
    )
    told = [own.retailer_id, str(own.to_date), *((one.visit.pk, str(one.from_date), str(one.to_date)) for one in goes)]
    return Foreseen(own.to_date, goes, hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32])


def _hindrance(why: WhyNot | None, days: list[date], leave: Leave) -> str:
    """What stands in the way of an urgent visit, in a sentence with what to do."""
    if why is not WhyNot.DAYS_FULL:
        return " ".join(unplaced(why.value if why else ""))
    kept = Counter(stays for (_shop, day), stays in leave.stays.items() if day in days)
    n_movable = sum(day in days for _shop, day in leave.movable)
    told = [part for part in (_kept_words(stays, kept) for stays in Stays) if part]
    if n_movable:
        told.append(
            ngettext(
                "%(n)s might go, but no other day of its month fits its good hours and rhythm, or it makes too little room",
                "%(n)s might go, but no other days fit them, or even %(most)s of them make too little room",
                n_movable,
            )
            % {"n": n_movable, "most": min(n_movable, MOST_MOVES)}
        )
    stand = _("; ").join(told)
    return _("These days are full. Of their visits, %(stand)s. Choose other days, or have a colleague cover.") % {
        "stand": stand
    }


def _kept_words(stays: Stays, kept: Mapping[Stays, int]) -> str:
    n = kept.get(stays, 0)
    words: Mapping[Stays, Any] = {
        Stays.EARLIER: lambda: ngettext("%(n)s was to be made earlier today", "%(n)s were to be made earlier today", n),
        Stays.MADE: lambda: ngettext("%(n)s is made or begun", "%(n)s are made or begun", n),
        Stays.PROMISED: lambda: ngettext(
            "%(n)s is at a shop with an open promise", "%(n)s are at shops with open promises", n
        ),
        Stays.COVERED: lambda: ngettext("%(n)s is made for a colleague", "%(n)s are made for a colleague", n),
        Stays.URGENT: lambda: ngettext("%(n)s is urgent too", "%(n)s are urgent too", n),
    }
    return words[stays]() % {"n": n} if n else ""
