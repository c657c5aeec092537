"""How often a retailer is visited in a cycle, and which setting says so."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from django.conf import settings
from django.utils import translation

from lianxin.core.parameters import frequencies
from lianxin.retailers.models import RetailerVersion
from lianxin.retailers.queries import shown

# What decides where no entry by segment and tier does: short names of the parameters.
LEAST: Final = "least_visits"
MIDDLE: Final = "middle_tier_visits"
HIGH: Final = "high_tier_visits"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Visits in a cycle. `by`: the entry as people write it, or LEAST, MIDDLE or HIGH."""

    visits: int
    by: str


def visits_wanted(version: RetailerVersion, values: Mapping[str, Any]) -> Wanted:
    """Visits of a retailer in a cycle, at least `least_visits`: by the most particular entry that it meets, else by its tier."""
    found = _by_entries(version, values) or _by_tier(version.tier, values)
    least = int(values[LEAST])
    return found if found.visits >= least else Wanted(least, LEAST)


def _by_entries(version: RetailerVersion, values: Mapping[str, Any]) -> Wanted | None:
    entries = _entries(tuple(values.get("frequencies") or ()))
    if not entries:
        return None
    segments = {name: _names(name, getattr(version, name)) for name in frequencies.SEGMENTS if getattr(version, name)}
    entry = frequencies.most_particular(entries, segments, version.tier)
    return None if entry is None else Wanted(entry.visits, str(entry))


def _by_tier(tier: int | None, values: Mapping[str, Any]) -> Wanted:
    if tier is not None and tier >= int(values["high_tier_from"]):
        return Wanted(int(values[HIGH]), HIGH)
    if tier is not None and tier >= int(values["middle_tier_from"]):
        return Wanted(int(values[MIDDLE]), MIDDLE)
    return Wanted(int(values[LEAST]), LEAST)


@lru_cache(maxsize=64)
def _entries(texts: tuple[str, ...]) -> tuple[frequencies.Frequency, ...]:
    return frequencies.read_all(texts)


@lru_cache(maxsize=4096)
def _names(segment: str, value: str) -> Set[str]:
    """A recorded value as it is stored and as pages show it in each language: people write what they read."""
    names = {frequencies.folded(value)}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            names.add(frequencies.folded(shown(segment, value)))
    return frozenset(names)
