import pytest

from tests.kept import Keeper
from tests.market import store as stores


def filled() -> stores.Store:
    made = stores.build()
    made.fill_lake()
    return made


@pytest.fixture
def store(kept: Keeper) -> stores.Store:
    return kept(filled)
