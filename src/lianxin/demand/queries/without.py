"""Products chosen for a round that have no lines in it, and why: nobody can say anything of them there."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from lianxin.core.measuring.round_lines import period_plus
from lianxin.demand.models import Round
from lianxin.demand.queries.history import gap_after, start_of_period
from lianxin.demand.queries.names import Names, names_of

# Under these names a round keeps the chosen products without lines, and the last wholly known period before it.
WITHOUT_LINES: Final = "without_lines"
LAST_PERIOD: Final = "last_period"
# The last period that its lines show. Rounds opened before this was kept show the one before the round, though it ran still.
SHOWN_PERIOD: Final = "shown_period"
Why = Literal["never", "not_lately", "just_begun"]


@dataclass(frozen=True, slots=True)
class Without:
    """A chosen product without lines: never ordered in the years looked at, not in the last year, or in no whole period yet."""

    product_code: str
    product: str
    last_order: date | None
    why: Why


def last_period_of(round: Round) -> date:
    """The last period that was wholly known when the round opened; where that was not kept, the last with orders over by then."""
    kept: str | None = round.parameters.get(LAST_PERIOD)
    if kept is not None:
        return date.fromisoformat(kept)
    opened_on = min(round.opened_at, round.deadline_at).astimezone(round.company.zone).date()
    last = start_of_period(round.period, round.history_until)
    return last if period_plus(round.period, last, 1) <= opened_on else period_plus(round.period, last, -1)


def gap_shown(round: Round) -> int:
    """How many periods lie between the last one that a round's lines show and the first one forecast."""
    kept: str | None = round.parameters.get(SHOWN_PERIOD)
    return gap_after(round.period, date.fromisoformat(kept), round.first_period) if kept is not None else 0


def without_lines(round: Round, names: Names | None = None) -> list[Without]:
    """By product code; none of rounds that were opened before this was kept.

    Parameters
    ----------
    names : of the round's products where they are at hand, as for a list of rounds
    """
    kept: list[dict[str, Any]] = round.parameters.get(WITHOUT_LINES) or []
    if not kept:
        return []
    names = names or names_of(round)
    begun = period_plus(round.period, date.fromisoformat(round.parameters[LAST_PERIOD]), 1)
    found = []
    for row in kept:
        last = date.fromisoformat(row["last_order"]) if row["last_order"] else None
        why: Why = "never" if last is None else "just_begun" if last >= begun else "not_lately"
        found.append(Without(names.product_code(row["product_id"]), names.product(row["product_id"]), last, why))
    return sorted(found, key=lambda one: one.product_code)
