"""A round closed: nothing more comes in, and its forecasts are shown."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from lianxin.demand.models import Round, RoundEvent
from lianxin.demand.queries import rounds, weighing
from lianxin.demand.states import ROUND_MOVES, RoundState
from lianxin.foundation import access, audit
from lianxin.foundation.errors import Refused
from lianxin.foundation.models import Company, User


@transaction.atomic
def close(*, round: Round, by: User | None, at: datetime) -> Round:
    """The round closed. Before its deadline it stays open for everybody: whoever could close it early could look early.

    Raises
    ------
    Denied : a post that may not. Refused : not open, or the deadline has not passed.
    """
    if by is not None:
        access.require(by, "rounds.run", round.company)
    round = Round.objects.select_for_update().select_related("company").get(pk=round.pk)
    if RoundState.CLOSED not in ROUND_MOVES[RoundState(round.state)]:
        raise Refused(_("This round is “%(now)s”; only an open one is closed.") % {"now": round.get_state_display()})
    if at < round.deadline_at:
        raise Refused(
            _("The deadline has not passed. Until then authors may change their numbers and nobody may see them.")
        )
    round.state, round.closed_at = RoundState.CLOSED, at
    round.weights = weighing.published_weights(round)
    round.save(update_fields=["state", "closed_at", "weights"])
    RoundEvent.objects.create(round=round, state=RoundState.CLOSED, at=at, by=by)
    audit.record(
        company=round.company,
        by=by,
        verb="rounds.close",
        subject=f"forecast_round:{round.pk}",
        after={"state": "closed", "weights": list(round.weights)},
        at=at,
    )
    return round


def close_due(*, company: Company, at: datetime) -> list[Round]:
    """Every round whose deadline has passed, closed. Run at start-up and every night."""
    return [close(round=round, by=None, at=at) for round in rounds.overdue_rounds(company, at=at)]
