"""The organisation, its people, and who held which patch from when to when."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from lianxin.simulation.company import SETTINGS
from lianxin.simulation.days import NEVER, month_end
from lianxin.simulation.draws import stream
from lianxin.simulation.names import person_names
from lianxin.simulation.sizes import Size

# Where the manager has changed, in every twenty patches: the patch and the day.
_RESIGNS = (1, date(2021, 4, 1).toordinal())
_RESIGNS_IN_MID_MONTH = (0, date(2021, 12, 13).toordinal())
_PROMOTED = (9, date(2021, 7, 1).toordinal())
_SWAP_PATCH = 2
_SWAP_DAYS = (date(2020, 9, 1).toordinal(), date(2021, 6, 1).toordinal())
_LEAVE = (13, 4, date(2021, 9, 1).toordinal(), date(2021, 12, 1).toordinal())
_EVENT_BLOCK = 20


@dataclass(frozen=True, slots=True)
class Unit:
    name: str
    parent: str
    kind: str


@dataclass(frozen=True, slots=True)
class Posting:
    employee_no: str
    name: str
    post: str
    unit: str
    reports_to: str
    from_day: int
    until_day: int


@dataclass(frozen=True, slots=True)
class Cover:
    """While a holder is on leave, the colleagues of the unit share the shops of the patch."""

    patch: int
    colleagues: tuple[int, ...]
    from_day: int
    until_day: int


@dataclass(frozen=True, slots=True)
class Organisation:
    units: tuple[Unit, ...]
    postings: tuple[Posting, ...]
    # By patch: (from day, employee_no), in order of the day.
    seats: tuple[tuple[tuple[int, str], ...], ...]
    covers: tuple[Cover, ...]
    # Yearly growth that a customer manager adds to the shops he holds, as a logarithm.
    growth_effect: dict[str, float]

    def holder_on(self, patch: int, day: int) -> str:
        return [employee for start, employee in self.seats[patch] if start <= day][-1]


class _Register:
    """Hands out employee numbers, names and effects."""

    def __init__(self, seed: int) -> None:
        self.rng = stream(seed, "staff")
        self.names = person_names(self.rng)
        self.name_of: dict[str, str] = {}
        self.growth_effect: dict[str, float] = {}

    def hire(self, *, is_customer_manager: bool = False) -> str:
        employee_no = f"LJ{len(self.name_of) + 1:04d}"
        self.name_of[employee_no] = next(self.names)
        effect = float(self.rng.normal(0.0, 0.045))
        if is_customer_manager:
            self.growth_effect[employee_no] = effect
        return employee_no

    def long_ago(self) -> int:
        return date(2010, 1, 4).toordinal() + int(self.rng.integers(0, 3200))


def build_organisation(seed: int, size: Size) -> Organisation:
    register = _Register(seed)
    begin, end = size.files_begin.toordinal(), month_end(size.last_month) + 1
    unit_names = [name for department in size.departments for name in department.market_units]
    leader = register.hire()
    leads = [[(begin, register.hire())] for _ in unit_names]
    seats = [[(begin, register.hire(is_customer_manager=True))] for _ in range(size.n_patches)]
    leaves: dict[str, int] = {}
    covers = _change_hands(register, size, begin, end, seats, leads, leaves)
    postings = [Posting(leader, register.name_of[leader], "leader", SETTINGS.name, "", register.long_ago(), NEVER)]
    postings += _office_postings(register, size, leader)
    postings += _unit_postings(register, size, unit_names, seats, leads, leaves, leader, begin)
    return Organisation(
        units=_units(size),
        postings=tuple(sorted(postings, key=lambda p: (p.employee_no, p.from_day))),
        seats=tuple(tuple(history) for history in seats),
        covers=tuple(covers),
        growth_effect=register.growth_effect,
    )


def _units(size: Size) -> tuple[Unit, ...]:
    units = [Unit(SETTINGS.name, "", "company")]
    units += [Unit(name, SETTINGS.name, "office") for name in _OFFICES]
    for department in size.departments:
        units.append(Unit(department.name, SETTINGS.name, "department"))
        units += [Unit(name, department.name, "market_unit") for name in department.market_units]
    return tuple(units)


_OFFICES = ("营销中心", "督察考评科", "专卖监督管理科", "物流配送中心", "人力资源科")
_OFFICE_POSTS = (
    ("brand_manager", "营销中心", 2),
    ("supervision_officer", "督察考评科", 2),
    ("enforcement_officer", "专卖监督管理科", 1),
    ("delivery_lead", "物流配送中心", 1),
    ("trainer", "人力资源科", 1),
    ("hr", "人力资源科", 1),
)


def _office_postings(register: _Register, size: Size, leader: str) -> list[Posting]:
    posts = [(post, unit) for post, unit, count in _OFFICE_POSTS for _ in range(count)]
    posts += [("enforcement_officer", department.name) for department in size.departments[1:]]
    result = []
    for post, unit in posts:
        employee = register.hire()
        result.append(Posting(employee, register.name_of[employee], post, unit, leader, register.long_ago(), NEVER))
    return result


def _change_hands(
    register: _Register,
    size: Size,
    begin: int,
    end: int,
    seats: list[list[tuple[int, str]]],
    leads: list[list[tuple[int, str]]],
    leaves: dict[str, int],
) -> list[Cover]:
    covers: list[Cover] = []
    per_unit = size.managers_per_unit

    def replace(patch: int, day: int) -> str:
        leaver = seats[patch][-1][1]
        seats[patch].append((day, register.hire(is_customer_manager=True)))
        return leaver

    for block in range(0, size.n_patches, _EVENT_BLOCK):
        rest = size.n_patches - block
        for patch, day in (_RESIGNS, _RESIGNS_IN_MID_MONTH):
            if patch < rest and begin < day < end:
                leaves[replace(block + patch, day)] = day
        patch, day = _PROMOTED
        if patch < rest and begin < day < end:
            unit = (block + patch) // per_unit
            leaves[leads[unit][-1][1]] = day
            leads[unit].append((day, replace(block + patch, day)))
        # With a second unit the two change units, else only patches.
        other = _SWAP_PATCH + (per_unit if rest > per_unit else 1)
        day = next((d for d in _SWAP_DAYS if begin < d < end), NEVER)
        if other < rest and day != NEVER:
            one, two = seats[block + _SWAP_PATCH][-1][1], seats[block + other][-1][1]
            seats[block + _SWAP_PATCH].append((day, two))
            seats[block + other].append((day, one))
        patch = _LEAVE[0] if rest > _LEAVE[0] else _LEAVE[1]
        if patch < rest and begin < _LEAVE[2] and _LEAVE[3] < end:
            first = (block + patch) // per_unit * per_unit
            colleagues = tuple(p for p in range(first, first + per_unit) if p != block + patch)
            covers.append(Cover(block + patch, colleagues, _LEAVE[2], _LEAVE[3]))
    return covers


def _unit_postings(
    register: _Register,
    size: Size,
    unit_names: list[str],
    seats: list[list[tuple[int, str]]],
    leads: list[list[tuple[int, str]]],
    leaves: dict[str, int],
    leader: str,
    begin: int,
) -> list[Posting]:
    def lead_on(unit: int, day: int) -> str:
        return [employee for start, employee in leads[unit] if start <= day][-1]

    # Everything that starts a new line in somebody's file: another seat, another superior.
    starts: dict[str, dict[int, tuple[str, str, str]]] = {}
    for unit, unit_name in enumerate(unit_names):
        for start, employee in leads[unit]:
            starts.setdefault(employee, {})[start] = ("market_manager", unit_name, leader)
        for patch in range(unit * size.managers_per_unit, (unit + 1) * size.managers_per_unit):
            ends = [start for start, _ in seats[patch][1:]] + [NEVER]
            for (start, employee), seat_end in zip(seats[patch], ends, strict=True):
                lines = starts.setdefault(employee, {})
                lines[start] = ("customer_manager", unit_name, lead_on(unit, start))
                for change, lead in leads[unit][1:]:
                    if start < change < seat_end:
                        lines[change] = ("customer_manager", unit_name, lead)
    postings = []
    for employee in sorted(starts):
        merged: list[tuple[int, tuple[str, str, str]]] = []
        for start, line in sorted(starts[employee].items()):
            if not merged or merged[-1][1] != line:
                merged.append((start, line))
        ends = [start for start, _ in merged[1:]] + [leaves.get(employee, NEVER)]
        for number, ((start, (post, unit_name, superior)), finish) in enumerate(zip(merged, ends, strict=True)):
            from_day = register.long_ago() if number == 0 and start == begin else start
            postings.append(Posting(employee, register.name_of[employee], post, unit_name, superior, from_day, finish))
    return postings


def patch_growth(organisation: Organisation, first_day: int, n_weeks: int) -> np.ndarray:
    """float64 (n_patches, n_weeks): the factor that the holders so far have put on the patch's sales."""
    factor = np.zeros((len(organisation.seats), n_weeks))
    for patch in range(len(organisation.seats)):
        for week in range(n_weeks):
            holder = organisation.holder_on(patch, first_day + 7 * week)
            factor[patch, week] = organisation.growth_effect[holder] / 52
    return np.asarray(np.exp(np.cumsum(factor, axis=1)))
