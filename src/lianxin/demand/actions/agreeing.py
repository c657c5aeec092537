"""Demand agreements entered and revised: by whoever heard the retailer say it, or by the retailer itself. Each is a new version."""

from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from lianxin.core.units import first_day, month_plus
from lianxin.demand.models import Agreement
from lianxin.demand.queries import agreements
from lianxin.foundation import access, audit
from lianxin.foundation.access import RetailerCaller
from lianxin.foundation.errors import Denied, Refused
from lianxin.foundation.models import Company, User
from lianxin.goods.models import Product
from lianxin.people.queries import EVERYBODY, persons_in_scope
from lianxin.retailers.models import Retailer, Territory
from lianxin.retailers.queries import held_on

MOST_UNITS: Final = 1_000_000
# Nobody knows what a shop will need later than in a year.
MONTHS_AHEAD: Final = 12


@transaction.atomic
def write_down(
    *, retailer: Retailer, product: Product, month: date, units: int, by: User, at: datetime, on: date
) -> Agreement:
    """What a retailer said it would take in a month, as a new version; 0 takes back what was agreed.

    Raises
    ------
    Denied : a post that writes none, or a retailer of others.
    Refused : a month that has begun or lies too far ahead, no such number, or nothing to be taken back.
    """
    access.require(by, "agreements.write", retailer.company)
    persons = persons_in_scope(by, "agreements.write", retailer.company, on=on)
    if persons is not EVERYBODY:
        held = Territory.objects.filter(held_on(on), retailer=retailer, person_id__in=persons)
        if not held.exists():
            raise Denied(_("Write down what your own retailers say; tell others what you know of theirs."))
    return _version(retailer, product, month, units, at, by=by, caller=None)


@transaction.atomic
def agree(*, caller: RetailerCaller, product: Product, month: date, units: int, at: datetime) -> Agreement:
    """What a retailer says of itself, as `write_down`."""
    retailer = Retailer.objects.select_related("company").get(pk=caller.retailer_id, company=caller.company)
    return _version(retailer, product, month, units, at, by=None, caller=caller)


def _version(
    retailer: Retailer,
    product: Product,
    month: date,
    units: int,
    at: datetime,
    *,
    by: User | None,
    caller: RetailerCaller | None,
) -> Agreement:
    company: Company = retailer.company
    if product.company_id != company.pk:
        raise Refused(_("The company has no such product."), field="product_code")
    if month != first_day(month):
        raise Refused(_("Choose a month."), field="month")
    if at >= agreements.begins(company, month):
        raise Refused(_("This month has begun; an agreement counts from the next one on."), field="month")
    if month > month_plus(first_day(at.astimezone(company.zone).date()), MONTHS_AHEAD):
        raise Refused(_("Agree for at most %(n)d months ahead.") % {"n": MONTHS_AHEAD}, field="month")
    if not 0 <= units <= MOST_UNITS:
        raise Refused(_("Write a whole number from 0 to %(most)s.") % {"most": f"{MOST_UNITS:,}"}, field="units")
    Retailer.objects.select_for_update().get(pk=retailer.pk)
    standing = agreements.standing(retailer, product, month)
    if standing is None and units == 0:
        raise Refused(_("Nothing was agreed that could be taken back."), field="units")
    if standing is not None and (standing.units, standing.is_withdrawn) == (units, units == 0):
        return standing
    made = Agreement.objects.create(
        company=company, retailer=retailer, product=product, month=month, units=units, is_withdrawn=units == 0, agreed_at=at,
        entered_by=by, by_retailer=caller is not None,
    )  # fmt: skip
    audit.record(
        company=company, by=by, retailer=caller, verb="agreements.write", subject=f"demand_agreement:{made.pk}",
        after={"retailer": retailer.licence_no, "product": product.product_code, "month": str(month), "units": units}, at=at,
    )  # fmt: skip
    return made
