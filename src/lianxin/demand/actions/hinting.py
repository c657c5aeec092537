"""Hints for the forecast: what somebody learnt of a shop, a road, a festival; and what a visit saw to be short."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from lianxin.demand.models import Hint
from lianxin.demand.queries import scopes
from lianxin.demand.states import HintKind
from lianxin.foundation import access, audit
from lianxin.foundation.errors import Denied, Refused
from lianxin.foundation.models import User
from lianxin.goods.models import Product
from lianxin.people.models import Person, Unit
from lianxin.people.queries import person_of
from lianxin.retailers.models import Retailer


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Whom a hint is about: one retailer, a unit, or (neither) everybody."""

    retailer: Retailer | None = None
    unit: Unit | None = None


@transaction.atomic
def say(
    *, kind: HintKind, words: str, place: Place, product: Product | None, valid_from: date, valid_until: date,
    change_share: float | None, by: User, at: datetime, on: date,
) -> Hint:  # fmt: skip
    """A hint beside the lines that it concerns.

    Parameters
    ----------
    valid_until : exclusive
    change_share : expected change of demand while it lasts, -0.3 = three tenths less; None where nobody can say

    Raises
    ------
    Denied : a post that says none, or a place that is not one's own.
    Refused : no words, days the wrong way round, or a change below -100 % or above +300 %.
    """
    company = by.company
    person = person_of(by)
    if company is None or person is None:
        raise Denied(_("Only somebody who works here says what was learnt."))
    access.require(by, "hints.write", company)
    if not words.strip():
        raise Refused(_("Say what was learnt, in a sentence."), field="words")
    if valid_until <= valid_from:
        raise Refused(_("The last day lies before the first."), field="valid_until")
    if change_share is not None and not -1 <= change_share <= 3:
        raise Refused(_("Say a change from -100 % to +300 %."), field="change")
    if not scopes.may_speak_of(by, person, company, retailer=place.retailer, unit=place.unit, on=on):
        raise Denied(_("Speak of your own retailers or your own unit; tell others what you know of theirs."))
    made = Hint.objects.create(
        company=company, kind=kind, words=words.strip(), retailer=place.retailer, unit=place.unit, product=product,
        valid_from=valid_from, valid_until=valid_until, change_share=change_share, made_by=person, made_at=at,
    )  # fmt: skip
    audit.record(
        company=company, by=by, verb="hints.say", subject=f"hint:{made.pk}", after={"kind": str(kind), "from": str(valid_from)},
        at=at,
    )  # fmt: skip
    return made


@transaction.atomic
def seen_short(
    *, person: Person, retailer: Retailer, since: Mapping[int, date], visit_id: str, on: date, by: User, at: datetime
) -> list[Hint]:
    """A hint for each product that a visit found wanted and not to be had, from that day to the day of the visit.

    Nobody's own place is asked for: whoever was there saw it. A product that the company does not know is passed over. Days that
    a shortage hint of the shop and product covers already are not told again, so that none counts twice: only what is left of
    them becomes a hint, two where it lies on both sides, none where nothing is left.

    Parameters
    ----------
    since : by product, from which day on the shop could not get it; a later day than the visit's counts as that day
    on : the day of the visit
    """
    company = person.company
    made = []
    for product in Product.objects.filter(company=company, pk__in=since).order_by("pk"):
        for first, until in _untold(retailer, product, min(since[product.pk], on), on + timedelta(days=1)):
            hint = Hint.objects.create(
                company=company, kind=HintKind.SHORTAGE, retailer=retailer, product=product, valid_from=first,
                words=_("%(product)s could not be had, as seen in a visit") % {"product": product.name},
                valid_until=until, visit_id_said=visit_id, made_by=person, made_at=at,
            )  # fmt: skip
            audit.record(
                company=company, by=by, verb="hints.say", subject=f"hint:{hint.pk}",
                after={"kind": str(hint.kind), "from": str(first), "visit": visit_id}, at=at,
            )  # fmt: skip
            made.append(hint)
    return made


def _untold(retailer: Retailer, product: Product, first: date, until: date) -> Iterator[tuple[date, date]]:
    """What is left of the days from `first` to before `until` beside the standing shortage hints of a shop and product."""
    standing = Hint.objects.filter(
        Q(product=product) | Q(product=None), kind=HintKind.SHORTAGE, retailer=retailer, withdrawn_at=None,
        valid_from__lt=until, valid_until__gt=first,
    )  # fmt: skip
    for told_from, told_until in standing.order_by("valid_from", "pk").values_list("valid_from", "valid_until"):
        if first < told_from:
            yield first, told_from
        first = max(first, told_until)
    if first < until:
        yield first, until


@transaction.atomic
def withdraw(*, hint: Hint, by: User, at: datetime) -> Hint:
    """A hint taken back by whoever said it; it stays on record.

    Raises
    ------
    Denied : somebody else's. Refused : withdrawn before.
    """
    hint = Hint.objects.select_for_update().select_related("made_by", "company").get(pk=hint.pk)
    if hint.made_by.user_id != by.pk:
        raise Denied(_("Only who said it takes it back."))
    if hint.withdrawn_at is not None:
        raise Refused(_("This hint was withdrawn before."))
    hint.withdrawn_at = at
    hint.save(update_fields=["withdrawn_at"])
    audit.record(company=hint.company, by=by, verb="hints.withdraw", subject=f"hint:{hint.pk}", at=at)
    return hint
