"""A closed round's authors side by side, and their combined number: by product, of units and of the company."""

from datetime import date
from functools import lru_cache
from typing import Any, Final

import pyarrow as pa
from django.utils.translation import gettext as _

from lianxin.core.forecasting.adding_value import actual_of
from lianxin.core.forecasting.combining import with_combined
from lianxin.core.forecasting.judged_lines import judged_lines
from lianxin.core.tables import Steps
from lianxin.core.tables.demand import FORECAST_VERSIONS
from lianxin.core.tables.rounds import LINES_OF
from lianxin.demand.facts.published import lines_told, outcomes_told, versions_told
from lianxin.demand.models import Round
from lianxin.demand.queries.rounds import READ, is_revealed
from lianxin.demand.queries.weighing import weights_of_round
from lianxin.demand.states import RoundState
from lianxin.engine.sources import empty
from lianxin.foundation import access, parameters
from lianxin.foundation.errors import Missing
from lianxin.foundation.facts import the_engine, the_lake
from lianxin.foundation.models import User
from lianxin.foundation.states import Scope
from lianxin.people.queries import units_of

SPOKE: Final = ("system", "customer_manager", "market_manager", "brand_manager", "combined")


def combined_sums(round: Round) -> list[dict[str, Any]]:
    """Sums of a closed round, the company's first, then of each unit, by product and period.

    Returns
    -------
    rows of level (company, unit), entity_id, product_id, period_start, n_lines, missing (authors with a weight who did not speak,
    comma between), of each of SPOKE its units or None, and came_units: None until the round is scored
    """
    lake = the_lake()
    kept = (str(lake.root), lake.version(LINES_OF[round.period].name), round.pk, round.state, str(round.scored_at))
    return _sums(*kept, tuple(sorted(weights_of_round(round).items()))).to_pylist()


def combined_visible(user: User, round: Round, *, on: date) -> list[dict[str, Any]]:
    """As `combined_sums`: of the user's units with every author, of the company to others the combined number alone.

    Raises
    ------
    Denied : the user may read no forecasts. Missing : the round has not closed.
    """
    scope = access.require(user, READ, round.company)
    if not is_revealed(round):
        raise Missing(_("The combined forecast is shown once the round has closed."))
    rows = combined_sums(round)
    if scope in (Scope.COMPANY, Scope.ALL):
        return rows
    units = units_of(user, round.company, on=on) if scope == Scope.UNIT else set()
    apart = {f"{author}_units": None for author in SPOKE if author != "combined"}
    return [
        row if row["level"] == "unit" else {**row, **apart, "missing": ""}
        for row in rows
        if row["level"] == "company" or row["entity_id"] in units
    ]


@lru_cache(maxsize=16)
def _sums(
    root: str, version: int, pk: int, state: str, scored_at: str, weights: tuple[tuple[str, int], ...]
) -> pa.Table:
    """Kept by what it is made of; `root`, `version` and `scored_at` are in its name only."""
    round = Round.objects.select_related("company").get(pk=pk)
    numbers = parameters.in_force(round.company, on=round.first_period)
    steps = Steps()
    judged = judged_lines(steps, numbers, company_id=round.company_id, levels=("unit", "company"))
    rows = with_combined(judged, dict(weights))
    came = rows[f"{actual_of(numbers)}_units"]
    steps.add(
        "combined_sums",
        rows.select(
            "level", "entity_id", "product_id", "period_start", "n_lines", "missing",
            **{f"{author}_units": rows[f"{author}_milli"] / 1000 for author in SPOKE},
            came_units=came,
        ).order_by("level", "entity_id", "period_start", "product_id"),
    )  # fmt: skip
    versions = versions_told(round)
    sources = {
        "forecast_lines": lines_told(round),
        "forecast_versions": pa.concat_tables(versions) if versions else empty(FORECAST_VERSIONS),
        "forecast_outcomes": _outcomes(round),
    }
    return the_engine().run(steps, sources)


def _outcomes(round: Round) -> pa.Table:
    """What was sold before the round, without which nobody's line has a history; and of its periods once all of it is known."""
    return outcomes_told(round, round.ends_before if round.state == RoundState.SCORED else round.first_period)
