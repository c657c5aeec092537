import pytest

from tests.market import store as stores


@pytest.fixture
def store(db: None) -> stores.Store:
    made = stores.build()
    made.fill_lake()
    return made
