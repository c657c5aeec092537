"""Who held or covered a retailer on a day, and where its shop is known to stand."""

from collections.abc import Collection, Mapping
from datetime import date

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from lianxin.foundation.errors import Refused
from lianxin.foundation.models import Company
from lianxin.people.models import Person
from lianxin.people.queries import postings_on
from lianxin.retailers.models import Retailer, RetailerVersion, Territory
from lianxin.retailers.queries import held_on
from lianxin.visits.models import Cover, PositionConsent, ShopPoint
from lianxin.visits.places import Point
from lianxin.visits.queries.versions import versions_on


def persons_acted_for(person: Person, *, on: date) -> set[int]:
    """The person, and whom he covers on a day."""
    absent = Cover.objects.filter(covering=person, valid_from__lte=on, valid_until__gt=on)
    return {person.pk, *absent.values_list("absent_id", flat=True)}


def is_held(person: Person, retailer: Retailer, *, on: date) -> bool:
    """Whether a person held the retailer on a day, or covered for who did."""
    holders = persons_acted_for(person, on=on)
    return Territory.objects.filter(held_on(on), retailer=retailer, person_id__in=holders).exists()


def line_of(retailer: Retailer, *, on: date) -> set[int]:
    """Who visits a retailer on a day, held or covered, and everyone above them, up to the top."""
    holders = set(Territory.objects.filter(held_on(on), retailer=retailer).values_list("person_id", flat=True))
    covers = Cover.objects.filter(absent_id__in=holders, valid_from__lte=on, valid_until__gt=on)
    line, above = set[int](), holders | set(covers.values_list("covering_id", flat=True))
    while above:
        line |= above
        postings = postings_on(retailer.company, on=on).filter(person_id__in=above).exclude(reports_to=None)
        above = set(postings.values_list("reports_to_id", flat=True)) - line
    return line


def retailers_of(person: Person, *, on: date) -> QuerySet[Retailer]:
    """The retailers that a person visits on a day: those held, and those of whom he covers."""
    holders = persons_acted_for(person, on=on)
    held = Territory.objects.filter(held_on(on), person_id__in=holders).values("retailer_id")
    return Retailer.objects.filter(pk__in=held).order_by("licence_no")


def retailer_of(company: Company, retailer_id: int) -> Retailer:
    """A retailer of the company.

    Raises
    ------
    Refused : there is none; a phone may name any number.
    """
    row = Retailer.objects.filter(company=company, pk=retailer_id).first()
    if row is None:
        raise Refused(_("There is no retailer with this number in your company."), field="retailer_id")
    return row


def points_of(retailer: Retailer, *, on: date) -> list[Point]:
    """Where a shop is known to stand on a day: as registered, and as learnt."""
    return points_by_retailer([retailer.pk], on=on).get(retailer.pk, [])


def points_by_retailer(
    ids: Collection[int], *, on: date, versions: Mapping[int, RetailerVersion] | None = None
) -> dict[int, list[Point]]:
    """Retailer -> the points by which a check-in is judged on a day: as registered then (else first), and as learnt by then.

    Parameters
    ----------
    versions : `versions_on` of these retailers and this day, where they are read already
    """
    registered = versions_on(ids, on=on) if versions is None else versions
    learnt = {
        row.retailer_id: (row.latitude, row.longitude)
        for row in ShopPoint.objects.filter(retailer_id__in=ids, valid_from__lte=on).order_by(
            "retailer_id", "valid_from"
        )
    }
    found: dict[int, list[Point]] = {}
    for pk, version in registered.items():
        if version.latitude is not None and version.longitude is not None:
            found[pk] = [(version.latitude, version.longitude)]
    for pk, point in learnt.items():
        found.setdefault(pk, []).append(point)
    return found


def consent_in_force(person: Person) -> PositionConsent | None:
    """The person's consent to positions that was not withdrawn, if any."""
    return PositionConsent.objects.filter(person=person, withdrawn_at=None).order_by("-given_at").first()


def consents(person: Person) -> QuerySet[PositionConsent]:
    """All consents a person gave, newest first."""
    return PositionConsent.objects.filter(person=person).order_by("-given_at")
