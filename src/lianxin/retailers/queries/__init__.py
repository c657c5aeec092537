"""Reads about retailers, always within what the asking user may see."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, Final

from django.core.cache import cache
from django.db.models import Exists, Max, OuterRef, Prefetch, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.foundation import audit, versions
from lianxin.foundation.errors import Missing
from lianxin.foundation.models import Company
from lianxin.foundation.versions import Change
from lianxin.people.models import Person
from lianxin.people.queries import EVERYBODY, Asker, persons_in_scope
from lianxin.retailers.models import Licence, Retailer, RetailerVersion, Territory
from lianxin.retailers.states import KNOWN_WORDS

# What a version tells, with its title, in the order of the file.
FIELDS: Final[Sequence[tuple[str, str | Promise]]] = (
    ("licence_no", gettext_lazy("Licence")),
    ("name", gettext_lazy("Name")),
    ("address", gettext_lazy("Address")),
    ("town", gettext_lazy("Town")),
    ("trade_form", gettext_lazy("Trade form")),
    ("market_type", gettext_lazy("Market type")),
    ("trade_area", gettext_lazy("Trade area")),
    ("tier", gettext_lazy("Tier")),
    ("route", gettext_lazy("Route")),
    ("status", gettext_lazy("Status")),
    ("order_weekday", gettext_lazy("Order day")),
    ("opening_hours", gettext_lazy("Opening hours")),
    ("opened_on", gettext_lazy("Opened on")),
)
# Keys of a search's answer that are kept and handed to the database one by one.
MOST_KEPT: Final = 1000
WEEKDAYS: Final[Sequence[str | Promise]] = (
    gettext_lazy("Monday"),
    gettext_lazy("Tuesday"),
    gettext_lazy("Wednesday"),
    gettext_lazy("Thursday"),
    gettext_lazy("Friday"),
    gettext_lazy("Saturday"),
    gettext_lazy("Sunday"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a list of retailers is asked for; empty means all."""

    search: str = ""
    towns: tuple[str, ...] = ()
    trade_forms: tuple[str, ...] = ()
    market_types: tuple[str, ...] = ()
    trade_areas: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    status: str = ""
    tier_from: int | None = None
    tier_until: int | None = None
    holder_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A value that held from a day until a day (exclusive; None = still)."""

    value: Any
    valid_from: date
    valid_until: date | None


def held_on(on: date | OuterRef) -> Q:
    """Condition on territories: held on a day, or on that of a row around the question."""
    return Q(valid_from__lte=on) & (Q(valid_until=None) | Q(valid_until__gt=on))


def versions_in_scope(user: Asker, company: Company, *, on: date) -> QuerySet[RetailerVersion]:
    """The version in force on a day of each retailer whose file the user may see.

    Raises
    ------
    Denied : the user may see no retailers at all.
    """
    later = RetailerVersion.objects.filter(
        retailer=OuterRef("retailer"), valid_from__gt=OuterRef("valid_from"), valid_from__lte=on
    )
    rows = RetailerVersion.objects.filter(retailer__company=company, valid_from__lte=on).filter(~Exists(later))
    persons = persons_in_scope(user, "retailers.read", company, on=on)
    if persons is not EVERYBODY:
        held = Territory.objects.filter(held_on(on), person_id__in=persons).values("retailer_id")
        rows = rows.filter(retailer_id__in=held)
    return rows


def listed(user: Asker, company: Company, asked: Listing, *, on: date) -> QuerySet[RetailerVersion]:
    """The versions that a list shows, with retailer and present holder at hand (`retailer.held_now`)."""
    found = _searched(user, company, asked, on=on) if asked.search else None
    rows = _narrowed(user, company, asked, on=on) if found is None else RetailerVersion.objects.filter(pk__in=found)
    holder = Territory.objects.filter(held_on(on)).select_related("person")
    return rows.select_related("retailer").prefetch_related(
        Prefetch("retailer__territories", queryset=holder, to_attr="held_now")
    )


def _narrowed(user: Asker, company: Company, asked: Listing, *, on: date) -> QuerySet[RetailerVersion]:
    """The versions in the user's scope that the list asks for."""
    rows = versions_in_scope(user, company, on=on)
    if asked.search:
        rows = rows.filter(_matches(user, company, asked.search, on=on))
    several = {
        "town__in": asked.towns,
        "trade_form__in": asked.trade_forms,
        "market_type__in": asked.market_types,
        "trade_area__in": asked.trade_areas,
        "route__in": asked.routes,
    }
    rows = rows.filter(**{key: values for key, values in several.items() if values})
    single = {"status": asked.status, "tier__gte": asked.tier_from, "tier__lte": asked.tier_until}
    rows = rows.filter(**{key: value for key, value in single.items() if value not in (None, "")})
    if asked.holder_id is not None:
        held = Territory.objects.filter(held_on(on), person_id=asked.holder_id).values("retailer_id")
        rows = rows.filter(retailer_id__in=held)
    return rows


def _matches(user: Asker, company: Company, search: str, *, on: date) -> Q:
    """Condition on versions: the retailer's name holds the text, or its licence begins with it, or was it.

    Who sees the whole company has the few that match looked up first: one walk over names instead of one over versions.
    """
    older = Licence.objects.filter(company=company, licence_no=search).values("retailer_id")
    if persons_in_scope(user, "retailers.read", company, on=on) is EVERYBODY:
        named = Retailer.objects.filter(company=company).filter(
            Q(licence_no__startswith=search) | Q(name__icontains=search)
        )
        few = list(named.values_list("pk", flat=True)[: MOST_KEPT + 1])
        if len(few) <= MOST_KEPT:
            return Q(retailer_id__in=few) | Q(retailer_id__in=older)
    return Q(retailer__licence_no__startswith=search) | Q(retailer__name__icontains=search) | Q(retailer_id__in=older)


def _key(name: str, user: Asker, company: Company, asked: Listing, *, on: date) -> str:
    """Under what an answer about a list is kept: what was asked, by whom it may be seen, and the state of the company's rows."""
    persons = persons_in_scope(user, "retailers.read", company, on=on)
    scope = "all" if persons is EVERYBODY else ",".join(map(str, sorted(persons)))
    asked_digest = hashlib.sha256(f"{asked}|{scope}".encode()).hexdigest()
    return f"retailers.{name}:{company.pk}:{audit.last_number(company)}:{on}:{asked_digest}"


def _searched(user: Asker, company: Company, asked: Listing, *, on: date) -> list[int] | None:
    """Keys of the versions that a search finds, kept until the company's rows change; None when there are too many to keep.

    A database that is asked for the first fifty in order walks the whole order instead of sorting the few.
    """
    key = _key("searched", user, company, asked, on=on)
    found: list[int] | None = cache.get(key)
    if found is None:
        found = list(_narrowed(user, company, asked, on=on).values_list("pk", flat=True)[: MOST_KEPT + 1])
        cache.set(key, found, 3600)
    return found if len(found) <= MOST_KEPT else None


def holder_at_hand(row: RetailerVersion) -> Person | None:
    """The present holder of a row that `listed` gave."""
    held: list[Territory] = row.retailer.held_now  # type: ignore[attr-defined]
    return held[0].person if held else None


def listed_count(user: Asker, company: Company, asked: Listing, *, on: date) -> int:
    """How many rows `listed` has; kept until the company's rows change."""
    few = _searched(user, company, asked, on=on) if asked.search else None
    if few is not None:
        return len(few)
    key = _key("count", user, company, asked, on=on)
    found: int | None = cache.get(key)
    if found is None:
        found = _narrowed(user, company, asked, on=on).count()
        cache.set(key, found, 3600)
    return found


@dataclass(frozen=True, slots=True)
class Known:
    """What a company has recorded of its retailers: the values of each field that one may choose from, and which fields at all."""

    values: Mapping[str, Sequence[str]]
    fields: frozenset[str]


def known(company: Company) -> Known:
    """What has been recorded of a company's retailers; kept until the company's rows change."""
    key = f"retailers.known:{company.pk}:{audit.last_number(company)}"
    found: Known | None = cache.get(key)
    if found is None:
        rows = RetailerVersion.objects.filter(retailer__company=company)
        largest = rows.aggregate(**{f"most_{name}": Max(name) for name, _title in FIELDS})
        values = {
            field: sorted(rows.exclude(**{field: ""}).values_list(field, flat=True).distinct())
            for field in ("town", "trade_form", "market_type", "trade_area", "route")
            if largest[f"most_{field}"]
        }
        recorded = frozenset(name for name, _title in FIELDS if largest[f"most_{name}"] not in (None, ""))
        found = Known(values, recorded)
        cache.set(key, found, 3600)
    return found


def trade_areas_on(company: Company, *, on: date) -> dict[int, str]:
    """Retailer -> its trade area on a day, of those that have one recorded; kept until the company's rows change."""
    return _values_on(company, "trade_area", on)


def routes_on(company: Company, *, on: date) -> dict[int, str]:
    """Retailer -> its route on a day, of those that have one recorded; kept until the company's rows change."""
    return _values_on(company, "route", on)


def _values_on(company: Company, field: str, on: date) -> dict[int, str]:
    key = f"retailers.{field}:{company.pk}:{audit.last_number(company)}:{on}"
    found: dict[int, str] | None = cache.get(key)
    if found is None:
        rows = RetailerVersion.objects.filter(retailer__company=company, valid_from__lte=on).order_by("valid_from")
        newest = dict(rows.values_list("retailer_id", field))
        found = {retailer_id: value for retailer_id, value in newest.items() if value}
        cache.set(key, found, 3600)
    return found


def retailers_around(company: Company, trade_area: str, *, on: date) -> frozenset[int]:
    """The retailers that lie in a trade area on a day."""
    return frozenset(key for key, area in trade_areas_on(company, on=on).items() if area == trade_area)


def retailer_file(user: Asker, company: Company, retailer_id: int, *, on: date) -> Retailer:
    """The retailer, if the user may see its file on a day.

    Raises
    ------
    Missing : there is none, or it is not within the user's scope; the sentence does not tell which.
    """
    row = versions_in_scope(user, company, on=on).filter(retailer_id=retailer_id).select_related("retailer").first()
    if row is None:
        raise Missing(_("There is no such retailer among those you may see. Look for it in the list of retailers."))
    return row.retailer


def retailer_with_licence(user: Asker, company: Company, licence_no: str, *, on: date) -> Retailer:
    """The retailer that has or had a licence, if the user may see its file on a day.

    Raises
    ------
    Missing : as `retailer_file`.
    """
    found = Licence.objects.filter(company=company, licence_no=licence_no).values_list("retailer_id", flat=True).first()
    return retailer_file(user, company, found or 0, on=on)


def version_in_force(retailer: Retailer, *, on: date) -> RetailerVersion:
    """What was true of a retailer on a day; before its first version, the first one. A retailer has at least one."""
    return versions.in_force(list(retailer.versions.order_by("valid_from")), on=on)


def shown(field: str, value: Any) -> str:
    """A master-data value in words; empty where it is not recorded."""
    if value in (None, ""):
        return ""
    if field == "order_weekday":
        return str(WEEKDAYS[int(value) - 1]) if 1 <= int(value) <= 7 else str(value)
    if field == "opening_hours":
        return str(value).replace("-", "–").replace(";", ", ")
    if field in ("trade_form", "market_type"):
        return str(KNOWN_WORDS.get(value, value))
    return str(value)


def history(retailer: Retailer) -> list[Change]:
    """Every version of a retailer, newest first, each with what changed against the one before."""
    return versions.changes(list(retailer.versions.order_by("valid_from")), FIELDS, _words)


def _words(version: RetailerVersion, name: str) -> str:
    if name == "status":
        return version.get_status_display()
    return shown(name, getattr(version, name))


def field_history(retailer: Retailer, field: str) -> list[Interval]:
    """The values of one field with their intervals, oldest first; versions that did not change it are joined."""
    found = list(retailer.versions.order_by("valid_from").values_list("valid_from", field))
    starts = [found[0], *(after for before, after in pairwise(found) if before[1] != after[1])] if found else []
    ends: Iterable[date | None] = [*(start for start, _value in starts[1:]), None]
    return [
        Interval(value=value, valid_from=start, valid_until=end)
        for (start, value), end in zip(starts, ends, strict=True)
    ]


def holders(retailer: Retailer) -> list[Territory]:
    """Who held a retailer, newest first."""
    return list(retailer.territories.select_related("person").order_by("-valid_from"))


def holder_on(retailer: Retailer, *, on: date) -> Territory | None:
    """Who held a retailer on a day."""
    return retailer.territories.filter(held_on(on)).select_related("person").first()


def licences(retailer: Retailer) -> list[Licence]:
    """The licences of a retailer, newest first."""
    return list(retailer.licences.order_by("-valid_from", "-pk"))
