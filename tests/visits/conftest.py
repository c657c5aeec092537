import pytest

from lianxin.foundation.models import Company
from tests.visits.world import World, build


@pytest.fixture
def world(company: Company) -> World:
    return build(company)
