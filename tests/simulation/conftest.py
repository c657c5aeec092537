"""One small company with every event in it, made once for all tests of the room."""

from datetime import date
from pathlib import Path

import pytest

from lianxin.simulation import linjiang
from lianxin.simulation.orders import Lines, months_of_lines
from lianxin.simulation.sizes import SIZES, Size
from lianxin.simulation.world import World, build_world

# The departments of the default size, so that people change units, with a tenth of its shops.
TINY = Size("tiny", 400, 4, SIZES["default"].departments, date(2020, 8, 1), date(2021, 12, 1))
SEED = 7


@pytest.fixture(scope="session")
def world() -> World:
    return build_world(SEED, TINY)


@pytest.fixture(scope="session")
def lines_by_month(world: World) -> dict[date, Lines]:
    return dict(months_of_lines(world))


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> linjiang.Written:
    return linjiang.write(tmp_path_factory.mktemp("linjiang") / "export", seed=SEED, size=TINY)


@pytest.fixture(scope="session")
def folder(written: linjiang.Written) -> Path:
    return written.folder
