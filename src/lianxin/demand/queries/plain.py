"""What the system would have forecast without the events that were handed to it, of lines that these moved."""

from datetime import date

import pyarrow as pa

from lianxin.core.tables.rounds import PLAIN_OF
from lianxin.demand.models import Round
from lianxin.demand.queries.evidence import EVENTS_HANDED, hints_visible
from lianxin.foundation import access
from lianxin.foundation.facts import the_lake
from lianxin.foundation.models import User


def plain_of(round: Round) -> pa.Table:
    """Rows of `round_plain` (of weeks `round_week_plain`) of a round: retailer_id, product_id, step, plain_milli.

    None where no event moved anything.
    """
    table = PLAIN_OF[round.period]
    if not round.parameters.get(EVENTS_HANDED):
        return table.schema.to_pyarrow().empty_table()
    return the_lake().read(table.name, company_id=round.company_id, months=[round.first_period])


def events_handed(user: User, round: Round, *, on: date) -> list[dict[str, str]]:
    """The events that a round's forecast was given and that touch its periods, of hints those that the user may read."""
    told = [
        one
        for one in round.parameters.get(EVENTS_HANDED) or []
        if date.fromisoformat(one["until"]) > round.first_period
    ]
    if not any(one["id"].startswith("hint:") for one in told):
        return told
    may = access.may(user, "hints.read", round.company)
    read = hints_visible(user, round.company, on=on).values_list("pk", flat=True) if may else ()
    shown = {f"hint:{pk}" for pk in read}
    return [one for one in told if one["id"] in shown or not one["id"].startswith("hint:")]
