"""How large a company is built: departments, market units, managers, retailers, months."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

SizeName = Literal["small", "default", "large"]


@dataclass(frozen=True, slots=True)
class DepartmentPlan:
    """A department and its market units; the first department is the city's own."""

    name: str
    market_units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Size:
    name: str
    n_retailers: int
    managers_per_unit: int
    departments: tuple[DepartmentPlan, ...]
    first_month: date
    last_month: date

    @property
    def n_units(self) -> int:
        return sum(len(department.market_units) for department in self.departments)

    @property
    def n_patches(self) -> int:
        return self.n_units * self.managers_per_unit

    @property
    def months(self) -> tuple[date, ...]:
        first = self.first_month.year * 12 + self.first_month.month - 1
        last = self.last_month.year * 12 + self.last_month.month - 1
        return tuple(date(number // 12, number % 12 + 1, 1) for number in range(first, last + 1))

    @property
    def files_begin(self) -> date:
        """The quarter before the first month: dated files reach back to it, so that no first order falls on an edge."""
        months = self.first_month.year * 12 + self.first_month.month - 1
        quarter = (months - 1) // 3 * 3
        return date(quarter // 12, quarter % 12 + 1, 1)


CITY = DepartmentPlan("城区营销部", ("城东市场部", "城西市场部"))
_LARGE_COUNTIES = ("青禾县", "云渡县", "石埠县", "望溪县", "南汀县", "棠溪县", "白苇县")

SIZES: dict[SizeName, Size] = {
    "small": Size(
        "small", 1_000, 5, (DepartmentPlan("城区营销部", ("城东市场部",)),), date(2020, 12, 1), date(2021, 12, 1)
    ),
    "default": Size(
        "default",
        4_000,
        4,
        (
            CITY,
            DepartmentPlan("青禾县营销部", ("青禾城关市场部", "青禾江北市场部")),
            DepartmentPlan("云渡县营销部", ("云渡市场部",)),
        ),
        date(2020, 1, 1),
        date(2021, 12, 1),
    ),
    "large": Size(
        "large",
        20_000,
        4,
        (
            DepartmentPlan("城区营销部", ("城东市场部", "城西市场部", "城南市场部")),
            *(
                DepartmentPlan(
                    f"{county}营销部", tuple(f"{county[:-1]}{place}市场部" for place in ("城关", "江北", "江南"))
                )
                for county in _LARGE_COUNTIES
            ),
        ),
        date(2020, 1, 1),
        date(2021, 12, 1),
    ),
}
