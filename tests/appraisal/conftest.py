from datetime import date

import pytest

from lianxin.appraisal import actions
from lianxin.appraisal.models import SchemeVersion
from tests.appraisal import world as worlds


@pytest.fixture
def world(db):
    return worlds.make()


def adopted(world, content=None, valid_from=date(2021, 7, 1)) -> SchemeVersion:
    """A scheme in force, through every step that the rules ask for."""
    version = actions.draft(
        company=world.company, content=content or worlds.scheme(), by=world.users["人事"], at=worlds.AT
    )
    actions.consult(
        version=version,
        on=date(2021, 6, 10),
        who="职工代表大会",
        text="同意，销量权重由 60 降为 50",
        by=world.users["人事"],
        at=worlds.AT,
    )
    return actions.adopt(
        version=version, valid_from=valid_from, noticed_on=date(2021, 6, 20), by=world.users["局长"], at=worlds.AT
    )


@pytest.fixture
def scheme(world):
    return adopted(world)
