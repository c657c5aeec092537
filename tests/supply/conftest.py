from collections.abc import Iterator

import pytest
from django.utils import translation

from lianxin.foundation.models import Company
from tests.imports.conftest import take as take  # the same way of taking a file in
from tests.supply.world import World, build


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Sentences are compared in English, whether the translations are compiled or not."""
    with translation.override("en"):
        yield


@pytest.fixture
def world(company: Company) -> World:
    return build(company)
