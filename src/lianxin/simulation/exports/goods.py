"""商品.xlsx: one row per product and price version."""

from pathlib import Path

from lianxin.simulation.catalogue import PRICE_CLASSES, PRODUCTS
from lianxin.simulation.company import SETTINGS
from lianxin.simulation.days import as_date
from lianxin.simulation.files import WrittenFile, write_xlsx
from lianxin.simulation.headers import EXTRA_HEADERS, HEADERS
from lianxin.simulation.world import World


def write(world: World, folder: Path) -> WrittenFile:
    path = folder / "商品.xlsx"
    rows = []
    for version in world.goods.prices:
        product = PRODUCTS[version.product]
        rows.append(
            (
                product.code,
                product.name,
                product.producer,
                PRICE_CLASSES[product.class_index],
                SETTINGS.order_unit,
                version.wholesale_fen / 100,
                version.cost_fen / 100,
                version.guide_retail_fen / 100,
                as_date(int(world.goods.listed_day[version.product])),
                as_date(version.from_day),
                as_date(int(world.goods.delisted_day[version.product])),
            )
        )
    header = [*HEADERS["goods"].values(), *EXTRA_HEADERS["goods"].values()]
    return WrittenFile("goods", path, write_xlsx(path, "商品", header, rows))
