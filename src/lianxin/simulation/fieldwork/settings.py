"""What a year of field work is drawn from: sizes, months and the rates at which things go honestly or dishonestly wrong.

The rates are choices of this simulation, not measurements of a trade; the one that rests on a publication says so.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Final

from lianxin.simulation.sizes import DepartmentPlan, Size

_COUNTIES: Final = ("青禾县", "云渡县", "石埠县", "望溪县", "南汀县", "棠溪县", "白苇县")
_URBAN_SHARE: Final = 0.4


@dataclass(frozen=True, slots=True)
class Misconduct:
    """Shares of managers who do a thing, and the share of their visits in which they do it."""

    ghost_managers_share: float = 0.15
    ghost_share: float = 0.10
    # How the visits that were never made were faked; the three sum to one.
    ghost_from_home: float = 0.35
    ghost_from_roadside: float = 0.40
    ghost_in_bursts: float = 0.25
    # Of the ghost visits from home: sent with an invented position that is the registered point itself.
    ghost_spoofed_share: float = 0.05
    # Of the ghost visits from home and from the roadside: stay checked in for as long as a visit lasts.
    feigned_home_share: float = 0.5
    feigned_roadside_share: float = 0.35
    same_few_managers_share: float = 0.05
    same_few_share: float = 0.20
    empty_form_managers_share: float = 0.08
    empty_form_share: float = 0.30
    copying_managers_share: float = 0.15
    copied_share: float = 0.20
    # How a log was copied: from one's own earlier ones, a colleague's, or either with a few words changed; sum to one.
    copied_own: float = 0.4
    copied_colleague: float = 0.3
    copied_edited: float = 0.3


@dataclass(frozen=True, slots=True)
class Variety:
    """What happens to honest people; shares of visits unless said otherwise."""

    no_fix_share: float = 0.015
    # Of the managers: a phone that often has no fix.
    poor_phone_managers_share: float = 0.06
    poor_phone_no_fix_share: float = 0.12
    cached_share: float = 0.04
    forgotten_check_out_share: float = 0.012
    unplanned_stop_share: float = 0.03
    # Of the shops.
    wrong_point_share: float = 0.015
    moved_share: float = 0.02
    market_hall_share: float = 0.02
    # Of the days of a shop: closed all day; besides, whole weeks.
    closed_day_share: float = 0.012
    closed_week_share: float = 0.006
    terse_managers_share: float = 0.15
    verbose_managers_share: float = 0.2
    habit_phrase_managers_share: float = 0.3


@dataclass(frozen=True, slots=True)
class Witnessing:
    """How often somebody else sees or is asked, and how often an honest answer is wrong."""

    # Of the deliveries: the van carries a scanner that tells the time.
    deliveries_share: float = 1.0
    # Of a retailer's weekly orders: the clerk writes down what he said about the last visit.
    order_desk_share: float = 0.02
    inspections_per_manager_month: float = 4.0
    phone_share: float = 0.04
    walk_share: float = 0.01
    spot_share: float = 0.006
    # Mean share of honest answers that differ from the record: answers by telephone agreed with records in 84 to 91 %
    # of cases (PLoS ONE, doi 10.1371/journal.pone.0240526), each retailer's own lying between 9 and 16 %.
    phone_mismatch_from: float = 0.09
    phone_mismatch_until: float = 0.16
    # By telephone 75.8 % gave a valid answer (the same source).
    phone_cannot_tell_share: float = 0.242
    walk_mismatch: float = 0.05
    spot_mismatch: float = 0.03
    walk_cannot_tell_share: float = 0.06
    spot_cannot_tell_share: float = 0.03
    # Of the retailers: would confirm a visit to please the manager.
    obliging_share: float = 0.03


@dataclass(frozen=True, slots=True)
class FieldworkSettings:
    """`n_managers` and `retailers_per_manager` say how large a company is made where no `World` is handed in."""

    seed: int = 20211231
    n_managers: int = 20
    retailers_per_manager: int = 210
    months: int = 24
    last_month: date = date(2021, 12, 1)
    # Visits that a full day holds in town and in the country (trade sources 4.2: at least 30 and 25).
    visits_per_day_urban: float = 31.0
    visits_per_day_rural: float = 26.0
    misconduct: Misconduct = field(default_factory=Misconduct)
    variety: Variety = field(default_factory=Variety)
    witnessing: Witnessing = field(default_factory=Witnessing)
    # Written long after the last month: every promise is settled by then, every request answered and confirmed.
    is_long_over: bool = False

    @property
    def first_month(self) -> date:
        number = self.last_month.year * 12 + self.last_month.month - self.months
        return date(number // 12, number % 12 + 1, 1)

    @property
    def size(self) -> Size:
        """A company of this many patches: units as equal as can be, two in five of them in the city."""
        per_unit = next((k for k in (5, 4, 6, 3, 7, 2) if self.n_managers % k == 0), 1)
        n_units = self.n_managers // per_unit
        n_city = max(1, round(n_units * _URBAN_SHARE))
        departments = [DepartmentPlan("城区营销部", tuple(f"城区第{n + 1}市场部" for n in range(n_city)))]
        rest = n_units - n_city
        for number, county in enumerate(_COUNTIES):
            here = rest // len(_COUNTIES) + (number < rest % len(_COUNTIES))
            if here:
                units = tuple(f"{county[:-1]}第{n + 1}市场部" for n in range(here))
                departments.append(DepartmentPlan(f"{county}营销部", units))
        return Size(
            "fieldwork",
            self.n_managers * self.retailers_per_manager,
            per_unit,
            tuple(departments),
            self.first_month,
            self.last_month,
        )


HONEST: Final = Misconduct(
    ghost_managers_share=0, same_few_managers_share=0, empty_form_managers_share=0, copying_managers_share=0
)
