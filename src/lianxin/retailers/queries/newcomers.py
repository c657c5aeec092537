"""Retailers that are about to begin, and of which trade form and market type each retailer is on a day."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from lianxin.foundation.models import Company
from lianxin.retailers.models import RetailerVersion, Territory
from lianxin.retailers.queries import held_on
from lianxin.retailers.states import Status

# Who opened, or stood on the list, for so long without ordering is not about to begin.
YOUNG_DAYS: Final = 364
# Orders that begin so long after the opening, or so soon after a large batch came to the list, show no beginning.
UNSURE_DAYS: Final = 182
# So few may come to a list of any size on one day.
FEW: Final = 10


@dataclass(frozen=True)
class Beginnings:
    """What the list of a company tells on a day of who is about to begin.

    new : those of whom it is told, by number
    together : those of whom it is not: they came to the list lately in one large batch, and the day they opened is not recorded
    opened : the day on which each retailer opened, where recorded; batch_day : the day of its large batch, where it is not
    """

    new: list[int]
    together: list[int]
    opened: dict[int, date]
    batch_day: dict[int, date]

    def is_shown_by(self, retailer_id: int, first_order: date) -> bool:
        """Whether the first order known of a retailer may be the first it made."""
        opened = self.opened.get(retailer_id)
        if opened is not None:
            return first_order < opened + timedelta(days=UNSURE_DAYS)
        came = self.batch_day.get(retailer_id)
        return came is None or not came <= first_order < came + timedelta(days=UNSURE_DAYS)


def beginnings(company: Company, *, on: date, large_share: float) -> Beginnings:
    """Which active and held retailers are about to begin on a day: those that opened in the 52 weeks before it.

    Where the opening is not recorded, the day decides on which the retailer came to the list. Who stands there since the list's
    own first day may be older than the list, and who came with a large batch older than the batch: more than ten on one day, and
    more than `large_share` of all that stood there before.
    """
    listed: dict[int, date] = {}
    told: dict[int, tuple[str, date | None]] = {}
    rows = RetailerVersion.objects.filter(retailer__company=company, valid_from__lte=on).order_by("valid_from", "pk")
    for pk, day, status, opened_on in rows.values_list("retailer_id", "valid_from", "status", "opened_on"):
        listed.setdefault(pk, day)
        told[pk] = (status, opened_on)
    large = _large_days(listed, large_share)
    opened = {pk: opened_on for pk, (_status, opened_on) in told.items() if opened_on is not None}
    batch_day = {pk: day for pk, day in listed.items() if day in large and pk not in opened}
    begins = min(listed.values(), default=on)
    held = set(Territory.objects.filter(held_on(on), retailer__company=company).values_list("retailer_id", flat=True))
    since = on - timedelta(days=YOUNG_DAYS)
    young = [
        pk
        for pk, (status, opened_on) in sorted(told.items())
        if status == Status.ACTIVE and pk in held and _is_young(opened_on, listed[pk], begins, since, on)
    ]
    return Beginnings(
        [pk for pk in young if pk not in batch_day], [pk for pk in young if pk in batch_day], opened, batch_day
    )


def _is_young(opened_on: date | None, listed: date, begins: date, since: date, on: date) -> bool:
    if opened_on is not None:
        return since < opened_on <= on
    return listed > max(begins, since)


def _large_days(listed: dict[int, date], large_share: float) -> set[date]:
    """The days, after the list's first, on which too many came to it to be opening."""
    before, large = 0, set()
    for day, n in sorted(Counter(listed.values()).items()):
        if before and n > FEW and n > large_share * before:
            large.add(day)
        before += n
    return large


def classes_on(company: Company, *, on: date) -> list[tuple[int, str, str]]:
    """Number, trade form and market type of every retailer on a day, the closed ones too; "" where not recorded."""
    rows = RetailerVersion.objects.filter(retailer__company=company, valid_from__lte=on).order_by("valid_from")
    newest = {
        pk: (pk, trade_form, market_type)
        for pk, trade_form, market_type in rows.values_list("retailer_id", "trade_form", "market_type")
    }
    return [newest[pk] for pk in sorted(newest)]
