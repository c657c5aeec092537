"""Rounds and periods in words."""

from lianxin.core.units import month_plus
from lianxin.demand.models import Round
from lianxin.demand.states import Period
from lianxin.ui import formats


def period_words(round: Round, step: int) -> str:
    """A period of a round in words: its month, or the Monday of its week. Steps below 1 are periods before."""
    if round.period == Period.MONTH:
        return formats.month(month_plus(round.first_period, step - 1))
    return formats.day(round.start_of(step))


def round_title(round: Round) -> str:
    """What a round is called: the periods that it forecasts."""
    first, last = period_words(round, 1), period_words(round, round.horizon)
    return first if first == last else f"{first} – {last}"
