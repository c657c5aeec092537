"""What a question is about: visits, and days. And what questions say of visits once they are concluded."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from django.urls import Resolver404, resolve

from lianxin.core.units import month_plus
from lianxin.foundation.models import Company
from lianxin.oversight.models import Flag
from lianxin.oversight.states import Conclusion, Standing, Verdict
from lianxin.visits.models import Visit

VISIT: Final = "visit"
HOLLOW, COPIED = "ghost_share", "copied_share"
# Questions about a month whose answer rests on visits, and so on the checks of them.
OF_VISITS: Final = (HOLLOW, "key_unvisited")
_AFTER: Final[Mapping[str, Standing]] = {
    "": Standing.ASKED,
    Conclusion.CONFIRMED: Standing.CONFIRMED,
    Conclusion.JUSTIFIED: Standing.CLEARED,
    Conclusion.DATA_FAULT: Standing.CLEARED,
    Conclusion.NOT_ENOUGH_EVIDENCE: Standing.NOT_PROVEN,
}


def month_of(subject: str) -> date | None:
    """The month that a question about a month is about, by its first day; None for other questions."""
    parts = subject.split(":")
    try:
        return date.fromisoformat(f"{parts[2]}-01") if len(parts) == 3 else None
    except ValueError:
        return None


def visits_shown(flag: Flag) -> set[str]:
    """Ids of the visits that a question is about by its subject or whose pages stand in its evidence."""
    found = {flag.subject.removeprefix(f"{VISIT}:")} if flag.subject.startswith(f"{VISIT}:") else set()
    for item in flag.evidence:
        try:
            match = resolve(str(item.get("url") or ""))
        except Resolver404:
            continue
        if match.view_name == "oversight:sides":
            found.update(map(str, match.kwargs.values()))
    return found


def days_of(flag: Flag) -> tuple[date, date]:
    """The first and last day that a question is about: its month, those of its visits, else the day on which it was opened."""
    month = month_of(flag.subject)
    if month is not None:
        return month, month_plus(month, 1) - timedelta(days=1)
    days = list(Visit.objects.filter(pk__in=visits_shown(flag)).values_list("visit_date", flat=True))
    days = days or [flag.opened_at.astimezone(flag.company.zone).date()]
    return min(days), max(days)


@dataclass(frozen=True)
class Questions:
    """The questions of a company that are about visits, as they stand.

    months : (indicator, person, month) -> conclusion, "" while it is open
    visits : visit -> (conclusion, the rules that spoke)
    """

    months: Mapping[tuple[str, int, date], str] = field(default_factory=dict)
    visits: Mapping[str, tuple[str, frozenset[str]]] = field(default_factory=dict)

    def answer(self, visit: str, person: int, day: date, said: str) -> str:
        """What is left of a rule's answer about a visit after its question; a question about the visit itself comes first."""
        own = self.visits.get(visit)
        found = own[0] if own else self.months.get((HOLLOW, person, day.replace(day=1)))
        return self._after(said, found)

    def copied(self, visit: str, person: int, day: date, said: str) -> str:
        """The same about the visit's note."""
        own = self.visits.get(visit)
        is_asked = own is not None and "rule_copied_note" in own[1]
        found = own[0] if own and is_asked else self.months.get((COPIED, person, day.replace(day=1)))
        return self._after(said, found)

    @staticmethod
    def _after(said: str, conclusion: str | None) -> str:
        return said if said != Verdict.YES or conclusion is None else _AFTER[conclusion].value


def questions(company: Company) -> Questions:
    """How the questions about visits stand now."""
    months: dict[tuple[str, int, date], str] = {}
    asked = Flag.objects.filter(company=company, rule__in=(HOLLOW, COPIED)).exclude(subject="")
    for rule, person, subject, conclusion in asked.values_list("rule", "person_id", "subject", "conclusion"):
        month = month_of(subject)
        if month is not None:
            months[rule, person, month] = conclusion
    visits: dict[str, tuple[str, frozenset[str]]] = {}
    about = Flag.objects.filter(company=company, subject__startswith=f"{VISIT}:").prefetch_related("spoke")
    for flag in about.order_by("opened_at", "pk"):
        spoke = frozenset(row.rule for row in flag.spoke.all())
        visits[flag.subject.removeprefix(f"{VISIT}:")] = (flag.conclusion, spoke)
    return Questions(months, visits)


def concluded(found: Questions, rows: Iterable[tuple[str, int, date, str]]) -> dict[str, str]:
    """Visits whose question was concluded: was the visit made? yes, no or cannot_tell, as a check would say.

    Parameters
    ----------
    rows : (visit, person, day, what the run's verdict on it was)
    """
    words = {Standing.CONFIRMED: "no", Standing.CLEARED: "yes", Standing.NOT_PROVEN: "cannot_tell"}
    told = ((visit, found.answer(visit, person, day, said)) for visit, person, day, said in rows)
    return {visit: words[Standing(answer)] for visit, answer in told if answer in words}
