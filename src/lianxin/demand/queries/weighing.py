"""By which weights a round's authors are combined: those in force on the day of its deadline, and no later ones."""

from datetime import date
from typing import Final

from lianxin.core.forecasting.combining import weights_of
from lianxin.core.parameters import value_of
from lianxin.demand.models import Round
from lianxin.foundation import parameters

NAME: Final = "judging.weights"


def weighed_on(round: Round) -> date:
    """The day on which a round's weights hold: that of its deadline, after which the numbers cannot change."""
    return round.deadline_at.astimezone(round.company.zone).date()


def published_weights(round: Round) -> list[str]:
    """The weights that the company had published by then, as the parameter writes them."""
    return [str(part) for part in value_of(parameters.in_force(round.company, on=weighed_on(round)), NAME) or ()]


def weights_of_round(round: Round) -> dict[str, int]:
    """Author → weight: what was kept when the round closed; before that, what would be kept if nothing changed."""
    return weights_of({NAME: round.weights or published_weights(round)})
