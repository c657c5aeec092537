"""Festivals of the company's country, from a library that is kept up to date; lunar ones among them."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import holidays

from lianxin.foundation import parameters
from lianxin.foundation.models import Company


@dataclass(frozen=True, slots=True)
class Festival:
    """Days on which a country keeps a festival."""

    name: str
    first: date
    last: date


def festivals(company: Company, first: date, until: date, language: str) -> list[Festival]:
    """The festivals between two days (the second exclusive), neighbouring days of one name together."""
    country = str(parameters.in_force(company, on=first)["demand.country"])
    return [
        one
        for one in _festivals(country, tuple(range(first.year, until.year + 1)), language)
        if first <= one.last and one.first < until
    ]


def festival_words(company: Company, first: date, name: str, language: str) -> str:
    """A festival by the day on which it begins, in a language; its own name where the calendar has no such day now."""
    found = [one.name for one in festivals(company, first, first + timedelta(days=1), language) if one.first == first]
    return found[0] if found else name


@lru_cache(maxsize=32)
def _festivals(country: str, years: tuple[int, ...], language: str) -> tuple[Festival, ...]:
    if country not in holidays.list_supported_countries():
        return ()
    spoken = {"zh": "zh_CN", "en": "en_US"}.get(language[:2])
    offered = getattr(holidays.country_holidays(country), "supported_languages", ())
    told = holidays.country_holidays(
        country, years=years, language=spoken if spoken in offered else None, observed=False
    )
    found: list[Festival] = []
    for day, name in sorted(told.items()):
        if found and found[-1].name == name and found[-1].last + timedelta(days=1) == day:
            found[-1] = Festival(name, found[-1].first, day)
        else:
            found.append(Festival(name, day, day))
    # Working days moved to a weekend and back are no festivals of their own.
    return tuple(one for one in found if not _is_moved(one.name))


def _is_moved(name: str) -> bool:
    return any(mark in name for mark in ("substituted", "observed", "调休", "替代", "休息日"))
