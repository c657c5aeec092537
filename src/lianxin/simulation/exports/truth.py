"""truth/: what drove the order lines, for tests of methods against a known answer. Imports never read it."""

from datetime import date
from pathlib import Path

import pyarrow as pa

from lianxin.simulation.catalogue import PRODUCTS
from lianxin.simulation.days import as_date
from lianxin.simulation.files import WrittenFile, write_parquet
from lianxin.simulation.goods import STATES
from lianxin.simulation.retailers import GROWTH_CLASSES
from lianxin.simulation.world import World

FOLDER = "truth"


def write(world: World, folder: Path) -> list[WrittenFile]:
    place = folder / FOLDER
    place.mkdir()
    written = []
    for name, table in (
        ("retailers", _retailers(world)),
        ("managers", _managers(world)),
        ("products", _products(world)),
    ):
        path = place / f"{name}.parquet"
        write_parquet(path, table)
        written.append(WrittenFile(f"truth.{name}", path, table.num_rows))
    return written


def _retailers(world: World) -> pa.Table:
    retailers = world.retailers
    breaks: list[date | None] = [as_date(int(day)) for day in retailers.break_day]
    return pa.table(
        {
            "licence_no": pa.array(retailers.licence_no.tolist()),
            "growth_class": pa.array([GROWTH_CLASSES[c] for c in retailers.growth_class]),
            "annual_factor": pa.array(retailers.annual_factor),
            "drop_date": pa.array(breaks, pa.date32()),
            "base_units_per_month": pa.array(retailers.base_units),
        }
    )


def _managers(world: World) -> pa.Table:
    effect = world.organisation.growth_effect
    return pa.table({"employee_no": list(effect), "annual_growth_log": list(effect.values())})


def _products(world: World) -> pa.Table:
    goods = world.goods
    delisted = [as_date(int(day)) for day in goods.delisted_day]
    return pa.table(
        {
            "product_code": [product.code for product in PRODUCTS],
            "supply_state": [STATES[state] for state in goods.state],
            "annual_factor": pa.array(goods.annual_factor),
            "delisted_date": pa.array(delisted, pa.date32()),
        }
    )
