"""片区.xlsx: who held which shop from when to when; a shop with a new licence appears under each number in turn."""

from collections.abc import Iterator
from pathlib import Path

from lianxin.simulation.days import as_date
from lianxin.simulation.files import Cell, WrittenFile, write_xlsx
from lianxin.simulation.headers import HEADERS
from lianxin.simulation.world import World


def rows(world: World) -> Iterator[tuple[Cell, ...]]:
    retailers = world.retailers
    for holding in world.holdings:
        r = holding.retailer
        licence, renewed = str(retailers.licence_no[r]), int(retailers.renewed_day[r])
        pieces: tuple[tuple[str, int, int], ...] = ((licence, holding.from_day, min(holding.until_day, renewed)),)
        if holding.until_day > renewed:
            after = (str(retailers.renewed_licence_no[r]), max(holding.from_day, renewed), holding.until_day)
            pieces = (*pieces, after)
        for number, start, finish in pieces:
            if start < finish:
                yield holding.employee_no, number, as_date(start), as_date(finish)


def write(world: World, folder: Path) -> WrittenFile:
    path = folder / "片区.xlsx"
    return WrittenFile(
        "territories", path, write_xlsx(path, "片区", list(HEADERS["territories"].values()), rows(world))
    )
