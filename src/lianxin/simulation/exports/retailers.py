"""零售客户.xlsx: one row per shop and version; a change of tier, route, status or licence starts a new row."""

from collections.abc import Iterator
from pathlib import Path

from lianxin.simulation.days import as_date, month_end
from lianxin.simulation.files import Cell, WrittenFile, write_xlsx
from lianxin.simulation.headers import EXTRA_HEADERS, HEADERS, VALUES, chinese
from lianxin.simulation.retailers import BOUNDARY_DAY, TRADE_FORMS
from lianxin.simulation.world import World

_WEEKDAYS = tuple(VALUES["retailers"]["order_weekday"])


def route_name(world: World, patch: int, weekday: int) -> str:
    """Routes are the shops of one patch that order on one weekday."""
    per_unit = world.size.managers_per_unit
    units = [name for department in world.size.departments for name in department.market_units]
    short = units[patch // per_unit].removesuffix("市场部")
    return f"{short}{patch % per_unit + 1}片-{_WEEKDAYS[weekday]}"


def rows(world: World) -> Iterator[tuple[Cell, ...]]:
    retailers, places = world.retailers, world.places
    # Nothing is filed before it happens: versions end with the last month.
    begin, last_day = world.size.files_begin.toordinal(), month_end(world.size.last_month)
    routes = [[route_name(world, patch, weekday) for weekday in range(5)] for patch in range(world.size.n_patches)]
    forms = [chinese("retailers", "trade_form", code) for code in TRADE_FORMS]
    active, suspended, closed = (chinese("retailers", "status", code) for code in ("active", "suspended", "closed"))
    quarters = [int(day) for day in retailers.quarter_days]
    for r in range(world.size.n_retailers):
        opens, closes = max(begin, int(retailers.opens_day[r])), int(retailers.closes_day[r])
        pause_from, pause_until = int(retailers.pause_from[r]), int(retailers.pause_until[r])
        renewed, weekday = int(retailers.renewed_day[r]), int(retailers.weekday[r])
        days = {opens, closes, pause_from, pause_until, renewed, BOUNDARY_DAY, *quarters}
        before: tuple[object, ...] = ()
        for day in sorted(day for day in days if opens <= day <= min(closes, last_day)):
            tier = int(retailers.tiers[r, max(sum(q <= day for q in quarters) - 1, 0)])
            patch = int(retailers.later_patch[r] if day >= BOUNDARY_DAY else retailers.patch[r])
            status = closed if day >= closes else suspended if pause_from <= day < pause_until else active
            state = (tier, patch, status, day >= renewed)
            if state == before:
                continue
            before = state
            located = bool(retailers.has_coordinates[r])
            yield (
                str(retailers.renewed_licence_no[r] if day >= renewed else retailers.licence_no[r]),
                str(retailers.name[r]),
                str(retailers.address[r]),
                places.towns[places.town[r]].name,
                float(places.latitude[r]) if located else None,
                float(places.longitude[r]) if located else None,
                "WGS-84" if located else None,
                forms[int(retailers.trade_form[r])],
                chinese("retailers", "market_type", "urban" if retailers.is_urban[r] else "rural"),
                tier,
                routes[patch][weekday],
                status,
                _WEEKDAYS[weekday],
                as_date(day),
                str(retailers.licence_no[r]) if day >= renewed else None,
                "隔周" if retailers.is_fortnightly[r] else "每周",
            )


def write(world: World, folder: Path) -> WrittenFile:
    path = folder / "零售客户.xlsx"
    header = [*HEADERS["retailers"].values(), *EXTRA_HEADERS["retailers"].values()]
    return WrittenFile("retailers", path, write_xlsx(path, "零售客户", header, rows(world)))
