"""A retail price that a visit saw or a survey found, in words: what, when, against which guide, who saw it and where to read it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.demand.queries import evidence
from lianxin.demand.queries.people_named import persons_named
from lianxin.demand.queries.prices import Price, Sign
from lianxin.foundation.models import Company, User
from lianxin.people.queries import EVERYBODY
from lianxin.ui import formats

SIGNS: Final[dict[Sign, str | Promise]] = {
    Sign.BELOW: gettext_lazy("Well below the guide price: often a sign that more is on the market than sells."),
    Sign.ABOVE: gettext_lazy("Well above the guide price: often a sign that it is short."),
    Sign.AT: "",
    Sign.UNLIKELY: gettext_lazy("So far from the guide price that it may be the price of a pack or a case: ask again."),
    Sign.NO_GUIDE: gettext_lazy("No guide price was set on that day."),
}


@dataclass(frozen=True, slots=True)
class Source:
    """Who saw a price, and the page of the visit; without an address where the reader may not read that visit."""

    name: str
    url: str


def price_words(price: Price, company: Company) -> str:
    """The price, its day and how far it lies from the guide price."""
    told = {"price": _money(price.fen, company), "day": formats.day(price.seen_on)}
    if price.change is None or price.guide_fen is None:
        return _("sold at %(price)s on %(day)s") % told
    told |= {
        "change": formats.share(price.change, 1, signed=True),
        "guide": _money(price.guide_fen, company),
    }
    return _("sold at %(price)s on %(day)s, %(change)s against the guide price %(guide)s") % told


def price_sign(price: Price) -> str:
    """What the trade reads from such a price; nothing where it stands at the guide."""
    return str(SIGNS[price.sign])


def price_badge(price: Price, company: Company) -> str:
    """The price as it stands in a row of the sheet; how far from the guide only where that is a sign."""
    told = {"price": _money(price.fen, company), "day": f"{price.seen_on:%m-%d}"}
    if price.sign not in (Sign.BELOW, Sign.ABOVE) or price.change is None:
        return _("%(price)s on %(day)s") % told
    return _("%(price)s on %(day)s (%(change)s)") % {**told, "change": formats.share(price.change, 0, signed=True)}


def price_source(user: User, company: Company, price: Price, *, on: date) -> Source:
    """Who saw it, and where the visit opens for the reader; or the survey that found it."""
    if price.person_id is None:
        return Source(price.source, "")
    opens = may_open(evidence.whose_visits(user, company, on=on), price)
    url = reverse("visits:visit", args=[price.visit_id]) if opens else ""
    return Source(persons_named([price.person_id]).get(price.person_id, ""), url)


def may_open(persons: Collection[int] | None, price: Price) -> bool:
    """Whether a price was seen in a visit, of one of the persons whose visits somebody reads."""
    return price.person_id is not None and (persons is EVERYBODY or price.person_id in persons)


def _money(fen: int, company: Company) -> str:
    return formats.money(Decimal(fen) / 100, company.currency)
