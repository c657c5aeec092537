"""What rounds of scarce supply are drawn from. The rates are choices of this simulation, not measurements of a trade."""

from dataclasses import dataclass, field
from typing import Literal

Rule = Literal["weighted_uniform", "uniform", "tier_quota", "proportional", "lottery"]
OddUnits = Literal["rotation", "scattered", "licence_rotation", "licence"]
Kind = Literal["from_others", "within"]


@dataclass(frozen=True, slots=True)
class Favouring:
    """One manager's favour: so large a share of the units of its retailers changes hands every week.

    kind : from_others: units of other managers' retailers go to its own; within: units of its own go to a few friends
    beneficiaries_share : of the manager's retailers, those who gain from others
    """

    kind: Kind
    manager: int = 0
    share: float = 0.05
    friends: int = 10
    beneficiaries_share: float = 1.0


@dataclass(frozen=True, slots=True)
class RoundsSettings:
    """Sizes and habits of an invented city.

    supply_share : of what is wanted and allowed, so much is there
    appetite_spread : standard deviation of the log of what managers' retailers ask for, beyond their tier
    territory_tiers : how far managers' tiers lie apart, in standard deviations of the tier
    odd_units : who gets the unit that cannot be divided: in turn by a drawn list, by lot each time, in turn by licence number, or
        always the lowest numbers
    changed_share : of the rows, those that an honest change by hand gives one to three units more
    lasting_share : of these changes, those that are repeated for the two following weeks
    """

    seed: int
    n_managers: int = 20
    retailers_per_manager: int = 150
    n_products: int = 4
    n_weeks: int = 8
    rule: Rule = "weighted_uniform"
    supply_share: float = 0.5
    is_by_market: bool = False
    appetite_spread: float = 0.3
    territory_tiers: float = 0.5
    has_caps: bool = True
    odd_units: OddUnits = "rotation"
    changed_share: float = 0.01
    lasting_share: float = 0.25
    favour: tuple[Favouring, ...] = field(default=())
