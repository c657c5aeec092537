"""人员.xlsx: one row per posting; a transfer or another superior starts a new row."""

from pathlib import Path

from lianxin.simulation.days import as_date
from lianxin.simulation.files import WrittenFile, write_xlsx
from lianxin.simulation.headers import HEADERS, chinese
from lianxin.simulation.world import World


def write(world: World, folder: Path) -> WrittenFile:
    path = folder / "人员.xlsx"
    rows = [
        (
            posting.employee_no,
            posting.name,
            chinese("people", "post", posting.post),
            posting.unit,
            posting.reports_to,
            as_date(posting.from_day),
            as_date(posting.until_day),
        )
        for posting in world.organisation.postings
    ]
    return WrittenFile("people", path, write_xlsx(path, "人员", list(HEADERS["people"].values()), rows))
