"""The company as it truly is: what every generator of files, visits or surveys takes as its first argument."""

from dataclasses import dataclass

from lianxin.simulation.demand import Demand, build_demand
from lianxin.simulation.geography import Places, build_places
from lianxin.simulation.goods import Goods, build_goods
from lianxin.simulation.holdings import Holding, build_holdings
from lianxin.simulation.retailers import Retailers, build_retailers
from lianxin.simulation.sizes import Size
from lianxin.simulation.staff import Organisation, build_organisation


@dataclass(frozen=True, slots=True)
class World:
    seed: int
    size: Size
    places: Places
    organisation: Organisation
    goods: Goods
    retailers: Retailers
    holdings: tuple[Holding, ...]
    demand: Demand


def build_world(seed: int, size: Size) -> World:
    places = build_places(seed, size)
    organisation = build_organisation(seed, size)
    goods = build_goods(seed)
    retailers = build_retailers(seed, size, places, organisation)
    return World(
        seed=seed,
        size=size,
        places=places,
        organisation=organisation,
        goods=goods,
        retailers=retailers,
        holdings=build_holdings(size, organisation, retailers),
        demand=build_demand(seed, size, goods, retailers, organisation),
    )
