"""部门.xlsx"""

from pathlib import Path

from lianxin.simulation.files import WrittenFile, write_xlsx
from lianxin.simulation.headers import HEADERS, chinese
from lianxin.simulation.world import World


def write(world: World, folder: Path) -> WrittenFile:
    path = folder / "部门.xlsx"
    rows = [(unit.name, unit.parent, chinese("units", "kind", unit.kind)) for unit in world.organisation.units]
    return WrittenFile("units", path, write_xlsx(path, "部门", list(HEADERS["units"].values()), rows))
