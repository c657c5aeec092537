from datetime import date
from typing import Any

from lianxin.appraisal import actions
from lianxin.appraisal.models import SchemeVersion
from tests.appraisal import world as worlds


def consulted(world: worlds.World, content: Any = None) -> SchemeVersion:
    version = actions.draft(
        company=world.company, content=content or worlds.scheme(), by=world.users["人事"], at=worlds.AT
    )
    return actions.consult(
        version=version,
        on=date(2021, 6, 10),
        who="职工代表大会",
        text="同意，销量权重由 60 降为 50",
        by=world.users["人事"],
        at=worlds.AT,
    )


def adopted(world: worlds.World, content: Any = None, valid_from: date = date(2021, 7, 1)) -> SchemeVersion:
    """A scheme in force, through every step that the rules ask for."""
    return actions.adopt(
        version=consulted(world, content),
        valid_from=valid_from,
        noticed_on=date(2021, 6, 20),
        by=world.users["局长"],
        at=worlds.AT,
    )
