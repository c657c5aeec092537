"""零售客户.xlsx: one row per shop and version; a change of tier, route, status or licence starts a new row."""

from collections.abc import Iterator
from pathlib import Path

from lianxin.simulation.days import as_date, month_end
from lianxin.simulation.draws import stream
from lianxin.simulation.files import Cell, WrittenFile, write_xlsx
from lianxin.simulation.headers import EXTRA_HEADERS, HEADERS, VALUES, chinese
from lianxin.simulation.names import owner_names
from lianxin.simulation.retailers import BOUNDARY_DAY, TRADE_FORMS
from lianxin.simulation.world import World

# The kinds of area around a shop, as companies of the trade name them, with their shares in town and country.
TRADE_AREAS = ("居民区", "商业区", "学校周边", "办公区", "乡镇集市", "交通枢纽", "其他")
_AREA_SHARES = {True: (0.42, 0.21, 0.10, 0.12, 0.0, 0.08, 0.07), False: (0.44, 0.0, 0.08, 0.0, 0.34, 0.08, 0.06)}
_AREA_RECORDED = 0.98

_WAYS = tuple(VALUES["retailers"]["contact_way"])
_WEEKDAYS = tuple(VALUES["retailers"]["order_weekday"])


def route_name(world: World, patch: int, weekday: int) -> str:
    """Routes are the shops of one patch that order on one weekday."""
    per_unit = world.size.managers_per_unit
    units = [name for department in world.size.departments for name in department.market_units]
    short = units[patch // per_unit].removesuffix("市场部")
    return f"{short}{patch % per_unit + 1}片-{_WEEKDAYS[weekday]}"


def trade_areas(world: World) -> list[str | None]:
    """The trade area of each shop; a few were never recorded."""
    # A stream of its own: what the other streams draw stays as it was.
    rng = stream(world.seed, "trade areas")
    n = world.size.n_retailers
    areas = {is_urban: rng.choice(TRADE_AREAS, n, p=shares) for is_urban, shares in _AREA_SHARES.items()}
    recorded = rng.random(n) < _AREA_RECORDED
    return [
        str(areas[bool(is_urban)][r]) if recorded[r] else None for r, is_urban in enumerate(world.retailers.is_urban)
    ]


def opening_hours(world: World) -> list[str | None]:
    """When each shop is open; some were never asked."""
    rng = stream(world.seed, "opening hours")
    n = world.size.n_retailers
    opens, closes, asked, rests = rng.integers(12, 18, n), rng.integers(40, 46, n), rng.random(n), rng.random(n)
    found: list[str | None] = []
    for r in range(n):
        begin, end = (f"{int(half) // 2:02}:{'30' if half % 2 else '00'}" for half in (opens[r], closes[r]))
        with_rest = rests[r] < 0.08 and not world.retailers.is_urban[r]
        hours = f"{begin}-12:00;14:00-{end}" if with_rest else f"{begin}-{end}"
        found.append(hours if asked[r] < 0.9 else None)
    return found


def contacts(world: World) -> list[tuple[str | None, str | None, str | None]]:
    """Whom to call in each shop: name, phone, preferred way; some were never asked.

    The phones begin with 100: no subscriber's number in China does, so they can be nobody's.
    """
    rng = stream(world.seed, "contacts")
    n = world.size.n_retailers
    names, ways = owner_names(rng, n), rng.choice(_WAYS, n, p=(0.45, 0.4, 0.1, 0.05))
    asked = rng.random(n) < 0.85
    return [
        (names[r], f"100{r:08d}", str(ways[r])) if asked[r] else (None, None, None) for r in range(n)
    ]  # fmt: skip


def rows(world: World) -> Iterator[tuple[Cell, ...]]:
    retailers, places = world.retailers, world.places
    # Nothing is filed before it happens: versions end with the last month.
    begin, last_day = world.size.files_begin.toordinal(), month_end(world.size.last_month)
    routes = [[route_name(world, patch, weekday) for weekday in range(5)] for patch in range(world.size.n_patches)]
    forms = [chinese("retailers", "trade_form", code) for code in TRADE_FORMS]
    active, suspended, closed = (chinese("retailers", "status", code) for code in ("active", "suspended", "closed"))
    areas, hours, reached = trade_areas(world), opening_hours(world), contacts(world)
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
                areas[r],
                tier,
                routes[patch][weekday],
                status,
                _WEEKDAYS[weekday],
                hours[r],
                as_date(day),
                str(retailers.licence_no[r]) if day >= renewed else None,
                *(reached[r] if day < closes else (None, None, None)),
                "隔周" if retailers.is_fortnightly[r] else "每周",
            )


def write(world: World, folder: Path) -> WrittenFile:
    path = folder / "零售客户.xlsx"
    header = [*HEADERS["retailers"].values(), *EXTRA_HEADERS["retailers"].values()]
    return WrittenFile("retailers", path, write_xlsx(path, "零售客户", header, rows(world)))
