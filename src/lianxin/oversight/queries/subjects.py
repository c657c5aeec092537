"""What a question is about: visits, and days. And what questions say of visits once they are concluded."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from django.db.models import Q
from django.urls import Resolver404, resolve

from lianxin.core.units import month_plus
from lianxin.foundation.models import Company
from lianxin.oversight.models import Flag, VerificationRun, VisitVerdict
from lianxin.oversight.states import Conclusion, RunMode, Standing, Verdict
from lianxin.visits.models import Visit

VISIT: Final = "visit"
HOLLOW, COPIED = "ghost_share", "copied_share"
_COPIED_NOTE: Final = "rule_copied_note"
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

    months : (indicator, person, month) -> conclusion, "" while it is open, and the visits that were doubtful when it was asked
    visits : visit -> (conclusion, the rules that spoke)
    """

    months: Mapping[tuple[str, int, date], tuple[str, frozenset[str]]] = field(default_factory=dict)
    visits: Mapping[str, tuple[str, frozenset[str]]] = field(default_factory=dict)

    def answer(self, visit: str, person: int, day: date, said: str) -> str:
        """What is left of a rule's answer about a visit after its question; a question about the visit itself comes first.

        One in which only the rule of copies spoke was about the note: confirmed, it says nothing of whether the visit was made.
        """
        own = self.visits.get(visit)
        is_asked = own is not None and own[1] != {_COPIED_NOTE}
        return self._after(said, own[0] if own and is_asked else self._of_month(HOLLOW, visit, person, day))

    def copied(self, visit: str, person: int, day: date, said: str) -> str:
        """The same about the visit's note."""
        own = self.visits.get(visit)
        is_asked = own is not None and _COPIED_NOTE in own[1]
        return self._after(said, own[0] if own and is_asked else self._of_month(COPIED, visit, person, day))

    def _of_month(self, rule: str, visit: str, person: int, day: date) -> str | None:
        """What the question about a month says of a visit; None of one that a later run found: nobody was heard about it."""
        conclusion, asked = self.months.get((rule, person, day.replace(day=1)), ("", frozenset()))
        return conclusion if visit in asked else None

    @staticmethod
    def _after(said: str, conclusion: str | None) -> str:
        if said != Verdict.YES:
            return said
        return (Standing.UNASKED if conclusion is None else _AFTER[conclusion]).value


def questions(company: Company) -> Questions:
    """How the questions about visits stand now."""
    months: dict[tuple[str, int, date], tuple[str, frozenset[str]]] = {}
    asked = Flag.objects.filter(company=company, rule__in=(HOLLOW, COPIED)).exclude(subject="")
    doubtful = _doubtful(
        company, {month for subject in asked.values_list("subject", flat=True) if (month := month_of(subject))}
    )
    for rule, person, subject, version, conclusion in asked.values_list(
        "rule", "person_id", "subject", "rule_version", "conclusion"
    ):
        month, number = month_of(subject), version.rpartition("/")[2]
        if month is not None:
            months[rule, person, month] = (conclusion, frozenset(doubtful.get((rule, person, month, number), ())))
    visits: dict[str, tuple[str, frozenset[str]]] = {}
    about = Flag.objects.filter(company=company, subject__startswith=f"{VISIT}:").prefetch_related("spoke")
    for flag in about.order_by("opened_at", "pk"):
        spoke = frozenset(row.rule for row in flag.spoke.all())
        visits[flag.subject.removeprefix(f"{VISIT}:")] = (flag.conclusion, spoke)
    return Questions(months, visits)


def _doubtful(company: Company, months: Collection[date]) -> dict[tuple[str, int, date, str], set[str]]:
    """(indicator, person, month, number of the run) -> the visits that the run marked for it."""
    runs = VerificationRun.objects.filter(company=company, mode=RunMode.FORMAL, month__in=months)
    marked = VisitVerdict.objects.filter(run__in=runs).filter(Q(answer=Verdict.YES) | Q(rules__copied_note=Verdict.YES))
    found: dict[tuple[str, int, date, str], set[str]] = {}
    rows = marked.values_list("run__month", "run__number", "person_id", "visit_id", "answer", "rules__copied_note")
    for month, number, person, visit, answer, copied in rows.iterator(chunk_size=10_000):
        for rule, says in ((HOLLOW, answer), (COPIED, copied)):
            if says == Verdict.YES:
                found.setdefault((rule, person, month, str(number)), set()).add(visit)
    return found


def concluded(found: Questions, rows: Iterable[tuple[str, int, date, str]]) -> dict[str, str]:
    """Visits whose question was concluded: was the visit made? yes, no or cannot_tell, as a check would say.

    Parameters
    ----------
    rows : (visit, person, day, what the run's verdict on it was)
    """
    words = {Standing.CONFIRMED: "no", Standing.CLEARED: "yes", Standing.NOT_PROVEN: "cannot_tell"}
    told = ((visit, found.answer(visit, person, day, said)) for visit, person, day, said in rows)
    return {visit: words[Standing(answer)] for visit, answer in told if answer in words}
