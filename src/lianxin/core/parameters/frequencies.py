"""How often which retailers are visited: entries by segment and tier, of which the most particular one counts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lianxin.core.errors import ParameterWrong

# The segments of a retailer that an entry may name, the most particular one first.
SEGMENTS: Final = ("trade_area", "trade_form", "market_type")
TIER: Final = "tier"
NAMES: Final[Mapping[str, str]] = {
    **{name: name for name in (*SEGMENTS, TIER)},
    "商圈类型": "trade_area",
    "商圈": "trade_area",
    "经营业态": "trade_form",
    "业态": "trade_form",
    "市场类型": "market_type",
    "客户档位": TIER,
    "档位": TIER,
}
HIGHEST_TIER: Final = 99
MOST_VISITS: Final = 20
_TIERS: Final = re.compile(r"(\d{1,2})(?:\s*[-–~至]\s*(\d{1,2}))?", re.ASCII)


@dataclass(frozen=True)
class Frequency:
    """Visits a cycle of the retailers that meet all its conditions.

    segments : (segment, value) in the order of SEGMENTS; tiers : the lowest and the highest one, None for all
    """

    segments: tuple[tuple[str, str], ...]
    tiers: tuple[int, int] | None
    visits: int

    def __str__(self) -> str:
        """The entry as people write it; `read` gives it back."""
        conditions = [f"{name}={value}" for name, value in self.segments]
        if self.tiers is not None:
            low, high = self.tiers
            conditions.append(f"{TIER}={low}-{high}" if low < high else f"{TIER}={low}")
        return f"{' & '.join(conditions)}: {self.visits}"

    def holds(self, segments: Mapping[str, Collection[str]], tier: int | None) -> bool:
        """Whether a retailer meets the conditions; what is not recorded of it meets none.

        Parameters
        ----------
        segments : segment -> every name of the retailer's own value of it, as `folded` writes it
        """
        if self.tiers is not None and (tier is None or not self.tiers[0] <= tier <= self.tiers[1]):
            return False
        return all(folded(value) in segments.get(name, ()) for name, value in self.segments)

    @property
    def rank(self) -> tuple[int, int, tuple[int, ...]]:
        """Sorts the most particular entry first: most conditions, then fewest tiers, then the segments by SEGMENTS."""
        n = len(self.segments) + (self.tiers is not None)
        width = HIGHEST_TIER + 1 if self.tiers is None else self.tiers[1] - self.tiers[0]
        return -n, width, tuple(SEGMENTS.index(name) for name, _value in self.segments)


def folded(value: str) -> str:
    """A value as entries and records are compared: no blanks around it, small letters, full-width signs as narrow ones."""
    return unicodedata.normalize("NFKC", value).strip().casefold()


def read(text: str) -> Frequency:
    """The entry that a person wrote, such as "market_type=rural & tier=20-30: 2" or "市场类型=农网 & 档位=20-30: 2".

    Raises
    ------
    ParameterWrong : it has no conditions or no visits, a name that is not known, one twice, tiers upside down or out of range.
    """
    # Full-width colons, ampersands and digits are those of a Chinese keyboard.
    plain = unicodedata.normalize("NFKC", text)
    told, sign, visits = plain.rpartition(":")
    if not sign or not visits.strip().isdecimal() or not 1 <= int(visits) <= MOST_VISITS:
        raise ParameterWrong(f"“{text}” must end in a colon and 1 to {MOST_VISITS} visits.")
    segments: dict[str, str] = {}
    tiers: tuple[int, int] | None = None
    for condition in told.split("&"):
        name, _sign, value = (part.strip() for part in condition.partition("="))
        known = NAMES.get(name.casefold(), "")
        if not known or not value:
            raise ParameterWrong(
                f"“{condition.strip()}” must be one of {', '.join((*SEGMENTS, TIER))}, a sign = and a value."
            )
        if known in segments or (known == TIER and tiers is not None):
            raise ParameterWrong(f"“{text}” names {known} twice.")
        if known == TIER:
            tiers = _tiers(value)
        else:
            segments[known] = value
    return Frequency(tuple((name, segments[name]) for name in SEGMENTS if name in segments), tiers, int(visits))


def read_all(texts: Sequence[str]) -> tuple[Frequency, ...]:
    """The entries of a list, the most particular one first.

    Raises
    ------
    ParameterWrong : as `read`, or two entries have the same conditions.
    """
    entries = [read(text) for text in texts]
    seen: set[tuple[object, object]] = set()
    for entry in entries:
        same = tuple((name, folded(value)) for name, value in entry.segments), entry.tiers
        if same in seen:
            raise ParameterWrong(f"Two entries have the same conditions: “{entry}”.")
        seen.add(same)
    return tuple(sorted(entries, key=lambda entry: entry.rank))


def most_particular(
    entries: Sequence[Frequency], segments: Mapping[str, Collection[str]], tier: int | None
) -> Frequency | None:
    """The most particular entry that a retailer meets, of two alike the one written first; None where it meets none.

    Parameters
    ----------
    entries : as `read_all` sorts them
    segments, tier : as `Frequency.holds`
    """
    return next((entry for entry in entries if entry.holds(segments, tier)), None)


def _tiers(value: str) -> tuple[int, int]:
    found = _TIERS.fullmatch(value)
    low = int(found[1]) if found else 0
    high = int(found[2] or low) if found else 0
    if not 1 <= low <= high <= HIGHEST_TIER:
        raise ParameterWrong(f"“{value}” must be a tier from 1 to {HIGHEST_TIER}, or two such as 20-30.")
    return low, high
