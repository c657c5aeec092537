"""Who could not owe a forecast: away by an agreed plan as long as the round was open, or no longer in the post when it was due."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from lianxin.demand.models import Round, RoundEvent, Sheet
from lianxin.demand.states import RoundState
from lianxin.foundation.facts import publishers
from lianxin.foundation.models import Company
from lianxin.foundation.queries import working_days
from lianxin.people.queries import postings_on

DAYS_OFF = "days_off"
# In dangerous weather nobody goes out, but a forecast can be given.
_AWAY = ("absence", "holiday")


def owed(company: Company, sheets: Iterable[Sheet]) -> list[Sheet]:
    """The sheets without those of whom nothing could be asked. A round opened after its deadline tells nothing of days."""
    told = list(sheets)
    away = _away(company) if told else set()
    rounds = {sheet.round_id: sheet.round for sheet in told}
    days = {pk: _open_days(company, round) for pk, round in rounds.items()}
    posts = {pk: _in_post(company, round) for pk, round in rounds.items()}
    return [
        sheet
        for sheet in told
        if (sheet.person_id, sheet.post) in posts[sheet.round_id]
        and not _is_away(sheet.person_id, days[sheet.round_id], away)
    ]


def _is_away(person_id: int, days: list[date], away: set[tuple[int, date]]) -> bool:
    return bool(days) and all((person_id, day) in away for day in days)


def _away(company: Company) -> set[tuple[int, date]]:
    make = publishers().get(DAYS_OFF)
    rows = make(company).to_pylist() if make is not None else []
    return {(row["person_id"], row["day"]) for row in rows if row["why"] in _AWAY}


def _last_instant(round: Round) -> datetime:
    return round.deadline_at - timedelta(microseconds=1)


def _open_days(company: Company, round: Round) -> list[date]:
    """The working days on which a round took numbers."""
    opened = RoundEvent.objects.filter(round=round, state=RoundState.OPEN).order_by("at").first()
    if opened is None:
        return []
    first, last = (at.astimezone(company.zone).date() for at in (opened.at, _last_instant(round)))
    return working_days(company, first, last + timedelta(days=1))


def _in_post(company: Company, round: Round) -> set[tuple[int, str]]:
    """Persons with their posts when the round was due."""
    on = _last_instant(round).astimezone(company.zone).date()
    return set(postings_on(company, on=on).values_list("person_id", "post"))
