"""The address of an analysis page read as a question, never wider than the scope of who asks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.core.units import last_day
from lianxin.foundation import clock
from lianxin.foundation.models import Company
from lianxin.goods.models import Product
from lianxin.goods.queries import attribute_values as goods_values
from lianxin.market.queries import choices
from lianxin.market.queries.asking import months_known
from lianxin.market.queries.questions import Question, months_between, persons_seen, units_asked
from lianxin.people.models import Person, Unit
from lianxin.retailers.models import Retailer
from lianxin.retailers.queries import known as known_of_retailers
from lianxin.retailers.queries import retailers_around, shown
from lianxin.ui.filters import Choice, Filter, FilterField, FilterSet
from lianxin.ui.formats import month as month_words

LEVELS = ("unit", "manager", "retailer", "product", "line")
# What is recorded of retailers in a company's own words, and can be asked for.
KINDS = ("route", "trade_form", "market_type", "trade_area")
MOST_ROUTES = 400
Thing = TypeVar("Thing")


@dataclass(slots=True, kw_only=True)
class Asked:
    """A question with its words: the filter bar, the things it names, and the level of the table."""

    company: Company
    filters: FilterSet
    question: Question
    level: str
    unit: Unit | None = None
    person: Person | None = None
    retailer: Retailer | None = None
    product: Product | None = None

    @property
    def period(self) -> str:
        months = self.question.months
        if len(months) == 1:
            return month_words(months[0])
        return _("%(first)s to %(last)s") % {"first": month_words(months[0]), "last": month_words(months[-1])}

    @property
    def _kinds(self) -> tuple[str, ...]:
        asked = self.question
        return (asked.route, asked.trade_form, asked.market_type, asked.trade_area)

    @property
    def subject(self) -> str:
        """The part of the market in words: the most particular thing that the question names."""
        named = self.retailer or self.person or self.unit
        words = [self.company.name if named is None else str(named)]
        if self.product is not None:
            words.append(self.product.name)
        words += [part for part in (*self._kinds, self.question.price_class) if part]
        return " · ".join(words)


def filters_of(
    request: HttpRequest, company: Company, persons: frozenset[int] | None, months: tuple[date, ...]
) -> FilterSet:
    offered = [Choice(f"{month:%Y-%m}", month_words(month)) for month in reversed(months)]
    units, managers = choices.units_and_managers(company, persons, on=clock.today(company))
    narrow = [
        Filter(
            key="month",
            title=gettext_lazy("Month"),
            choices=offered,
            default=f"{months[-1]:%Y-%m}",
            required=True,
        ),
        Filter(key="from", title=gettext_lazy("From month"), choices=offered, all_title=gettext_lazy("one month")),
        *(
            [Filter(key="unit", title=gettext_lazy("Unit"), choices=[Choice(*one) for one in units])]
            if len(units) > 1
            else []
        ),
        *(
            [
                Filter(
                    key="manager",
                    title=gettext_lazy("Customer manager"),
                    choices=[Choice(*one) for one in managers],
                )
            ]
            if len(managers) > 1
            else []
        ),
    ]
    recorded = known_of_retailers(company)
    values = {field: recorded.values.get(field, ()) for field in KINDS}
    classes = goods_values(company, "price_class")
    some = [
        ("route", gettext_lazy("Route"), values["route"] if len(values["route"]) <= MOST_ROUTES else []),
        ("trade_form", gettext_lazy("Trade form"), values["trade_form"]),
        ("market_type", gettext_lazy("Market type"), values["market_type"]),
        ("trade_area", gettext_lazy("Trade area"), values["trade_area"]),
        ("price_class", gettext_lazy("Price class"), classes),
    ]
    narrow += [
        Filter(key=key, title=title, choices=[Choice(value, shown(key, value)) for value in found])
        for key, title, found in some
        if len(found) > 1
    ]
    if len(values["route"]) > MOST_ROUTES:
        narrow.append(Filter(key="route", title=gettext_lazy("Route"), kind="text"))
    if "tier" in recorded.fields:
        narrow += [
            Filter(key="tier_from", title=gettext_lazy("Tier from"), kind="number"),
            Filter(key="tier_until", title=gettext_lazy("Tier to"), kind="number"),
        ]
    narrow += [
        Filter(key="product", title=gettext_lazy("Product"), kind="text", help=gettext_lazy("Product code")),
    ]
    if request.GET.get("retailer"):
        narrow.append(Filter(key="retailer", title=gettext_lazy("Retailer"), kind="text"))
    return FilterSet(narrow, request.GET)


def asked(request: HttpRequest, company: Company) -> Asked | None:
    """The question of an address; None while the company has no month to show.

    Raises
    ------
    Denied : the user may not read the market.
    """
    persons = persons_seen(request.user, company, on=clock.today(company))
    months = months_known(company)
    if not months:
        return None
    filters = filters_of(request, company, persons, months)
    known = set(filters.keys)

    def text(key: str) -> str:
        return filters.text(key) if key in known else ""

    month = _month(text("month"), months[-1])
    first = _month(text("from"), month)
    unit_id, person_id = text("unit"), text("manager")
    product = _named(filters, "product", lambda code: choices.product_coded(company, code))
    retailer = (
        _named(filters, "retailer", lambda licence: choices.retailer_licensed(company, licence, persons))
        if "retailer" in known
        else None
    )
    area = text("trade_area")
    question = Question(
        months=tuple(one for one in months_between(first, month) if one in months) or (month,),
        persons=persons,
        units=units_asked(int(unit_id), company) if unit_id else None,
        person_id=int(person_id) if person_id else None,
        route=text("route"),
        trade_form=text("trade_form"),
        market_type=text("market_type"),
        trade_area=area,
        area_retailers=retailers_around(company, area, on=last_day(month)) if area else None,
        tier_from=_whole(filters, "tier_from"),
        tier_until=_whole(filters, "tier_until"),
        retailer_id=None if retailer is None else retailer.pk,
        price_class=text("price_class"),
        product_id=None if product is None else product.pk,
    )
    found = Asked(
        company=company,
        filters=filters,
        question=question,
        level="",
        unit=choices.unit_called(company, int(unit_id)) if unit_id else None,
        person=choices.person_called(company, int(person_id)) if person_id else None,
        retailer=retailer,
        product=product,
    )
    level = request.GET.get("by", "")
    found.level = level if level in LEVELS else natural_level(found, n_units="unit" in known)
    if found.level == "line" and retailer is None:
        found.level = "retailer"
    return found


def natural_level(found: Asked, *, n_units: bool) -> str:
    """The level below what is asked for."""
    if found.retailer is not None:
        return "line" if found.product is not None else "product"
    alone = found.question.persons is not None and len(found.question.persons) <= 1
    if found.person is not None or alone:
        return "retailer"
    return "manager" if found.unit is not None or not n_units else "unit"


def _month(text: str, otherwise: date) -> date:
    return date.fromisoformat(f"{text}-01") if text else otherwise


def _whole(filters: FilterSet, key: str) -> int | None:
    value = filters[key] if key in filters.keys else None
    return None if value is None else int(str(value).split(".")[0])


def _named(filters: FilterSet, key: str, find: Callable[[str], Thing | None]) -> Thing | None:
    text = filters.text(key)
    if not text:
        return None
    found = find(text)
    if found is None:
        drawn: FilterField = next(one for one in filters.fields if one.filter.key == key)
        drawn.fault = _("%(title)s: there is no “%(value)s”; check the number.") % {
            "title": drawn.filter.title,
            "value": text,
        }
    return found
