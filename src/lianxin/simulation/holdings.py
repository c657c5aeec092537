"""Which customer manager held which shop, day by day, without a gap and without two at once."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from lianxin.simulation.retailers import BOUNDARY_DAY, Retailers
from lianxin.simulation.sizes import Size
from lianxin.simulation.staff import Cover, Organisation


@dataclass(frozen=True, slots=True)
class Holding:
    employee_no: str
    retailer: int
    from_day: int
    until_day: int


def build_holdings(size: Size, organisation: Organisation, retailers: Retailers) -> tuple[Holding, ...]:
    begin = size.files_begin.toordinal()
    covers: dict[int, list[Cover]] = {}
    for cover in organisation.covers:
        covers.setdefault(cover.patch, []).append(cover)
    holdings = []
    for r in range(size.n_retailers):
        opens, closes = max(begin, int(retailers.opens_day[r])), int(retailers.closes_day[r])
        early, late = int(retailers.patch[r]), int(retailers.later_patch[r])
        pieces = [(early, opens, min(closes, BOUNDARY_DAY)), (late, max(opens, BOUNDARY_DAY), closes)]
        if early == late:
            pieces = [(early, opens, closes)]
        line: list[Holding] = []
        for patch, start, finish in pieces:
            if start < finish:
                _extend(line, r, organisation, covers.get(patch, []), patch, start, finish)
        holdings += line
    return tuple(holdings)


def holders_on(holdings: tuple[Holding, ...], n_retailers: int, day: int) -> np.ndarray:
    """The employee_no holding each retailer on a day, "" where none does."""
    holder = np.full(n_retailers, "", dtype="<U8")
    for holding in holdings:
        if holding.from_day <= day < holding.until_day:
            holder[holding.retailer] = holding.employee_no
    return holder


def _extend(
    line: list[Holding],
    retailer: int,
    organisation: Organisation,
    covers: list[Cover],
    patch: int,
    start: int,
    finish: int,
) -> None:
    edges = {start, finish}
    edges |= {day for day, _ in organisation.seats[patch]}
    edges |= {day for cover in covers for day in (cover.from_day, cover.until_day)}
    for cover in covers:
        edges |= {day for colleague in cover.colleagues for day, _ in organisation.seats[colleague]}
    inner = sorted(day for day in edges if start <= day <= finish)
    for left, right in pairwise(inner):
        holding_patch = patch
        for cover in covers:
            if cover.from_day <= left < cover.until_day:
                holding_patch = cover.colleagues[retailer % len(cover.colleagues)]
        employee = organisation.holder_on(holding_patch, left)
        if line and line[-1].employee_no == employee and line[-1].until_day == left:
            line[-1] = Holding(employee, retailer, line[-1].from_day, right)
        else:
            line.append(Holding(employee, retailer, left, right))
