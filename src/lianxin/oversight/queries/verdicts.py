"""Reads of verification: runs, estimates about persons, verdicts on visits, scoped to who asks."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from lianxin.foundation import access
from lianxin.foundation.errors import Missing
from lianxin.foundation.models import Company, User
from lianxin.oversight.models import (
    Check,
    Flag,
    KeyRetailerVerdict,
    ManagerVerdict,
    VerificationRun,
    VisitVerdict,
    Witness,
)
from lianxin.oversight.queries import checks, subjects
from lianxin.oversight.states import DOUBTFUL, RunMode, Verdict
from lianxin.people import queries as people
from lianxin.people.models import Person
from lianxin.visits.models import Visit

VERB = "verification.read"
# The name under which the verdict of all rules together is measured.
COMBINED = "combined"


def runs(company: Company) -> QuerySet[VerificationRun]:
    """Every run of a company, newest first."""
    return VerificationRun.objects.filter(company=company).select_related("rule_set", "made_by").order_by("-pk")


def run_of(company: Company, pk: int) -> VerificationRun:
    """One run.

    Raises
    ------
    Missing : there is none in the company.
    """
    found = runs(company).filter(pk=pk).first()
    if found is None:
        raise Missing(_("There is no such run of the rules."))
    return found


def latest(company: Company, month: date) -> VerificationRun | None:
    """The run that counts for a month: the newest one that is no dry run."""
    return runs(company).filter(month=month, mode=RunMode.FORMAL).first()


def questions_of(company: Company, month: date) -> int:
    """How many questions the runs of a month opened, all together: what one has asked, a later one does not ask again."""
    found = VerificationRun.objects.filter(company=company, month=month, mode=RunMode.FORMAL)
    return found.aggregate(n=Sum("n_questions"))["n"] or 0


def months_verified(company: Company) -> list[date]:
    """Months that have been verified, newest first."""
    found = VerificationRun.objects.filter(company=company, mode=RunMode.FORMAL)
    return list(found.values_list("month", flat=True).distinct().order_by("-month"))


def months_with_visits(company: Company) -> list[date]:
    """Months in which visits were made, newest first."""
    found = Visit.objects.filter(company=company).dates("visit_date", "month", order="DESC")
    return list(found)


def _scoped(user: User, company: Company, *, on: date) -> set[int] | None:
    return people.persons_in_scope(user, VERB, company, on=on)


def estimates(user: User, run: VerificationRun, *, on: date) -> QuerySet[ManagerVerdict]:
    """The estimates of a run about the persons whom a user may see."""
    rows = ManagerVerdict.objects.filter(run=run).select_related("person").order_by("person__employee_no", "indicator")
    persons = _scoped(user, run.company, on=on)
    return rows if persons is people.EVERYBODY else rows.filter(person_id__in=persons)


def asked_in(run: VerificationRun) -> set[int]:
    """The persons about whom a run asks, or would ask if it counted."""
    return set(run.managers.filter(is_suspected=True).values_list("person_id", flat=True))


def named(user: User, company: Company, ids: set[int], *, on: date) -> list[Person]:
    """Of some persons those whose verification a user may see, by number; nobody for a post that sees nobody's."""
    if not access.may(user, VERB, company):
        return []
    rows = Person.objects.filter(company=company, pk__in=ids).order_by("employee_no")
    persons = _scoped(user, company, on=on)
    return list(rows if persons is people.EVERYBODY else rows.filter(pk__in=persons))


def visit_verdicts(user: User, run: VerificationRun, *, on: date) -> QuerySet[VisitVerdict]:
    """The verdicts of a run on the visits of persons whom a user may see, the riskiest first."""
    rows = (
        VisitVerdict.objects.filter(run=run).select_related("visit__retailer", "person").order_by("-risk", "visit_id")
    )
    persons = _scoped(user, run.company, on=on)
    return rows if persons is people.EVERYBODY else rows.filter(person_id__in=persons)


def key_verdicts(user: User, run: VerificationRun, *, on: date) -> QuerySet[KeyRetailerVerdict]:
    """The key retailers of a run held by persons whom a user may see, by person and licence."""
    rows = KeyRetailerVerdict.objects.filter(run=run).select_related("retailer", "person")
    rows = rows.order_by("person__employee_no", "retailer__licence_no")
    persons = _scoped(user, run.company, on=on)
    return rows if persons is people.EVERYBODY else rows.filter(person_id__in=persons)


def key_retailers(run: VerificationRun, person: Person) -> list[KeyRetailerVerdict]:
    """A person's key retailers in a run, those without a valid visit first; for whoever may see the person's verdicts."""
    rows = KeyRetailerVerdict.objects.filter(run=run, person=person).select_related("retailer")
    order = {Verdict.YES: 0, Verdict.CANNOT_TELL: 1, Verdict.NO: 2}
    return sorted(rows, key=lambda row: (order[Verdict(row.answer)], row.retailer.licence_no))


def counts_by_person(run: VerificationRun, person: Person | None = None) -> dict[int, dict[str, int]]:
    """Per person, or of one: visits, those that look hollow, those of which nothing can be told."""
    told = (
        VisitVerdict.objects.filter(run=run) if person is None else VisitVerdict.objects.filter(run=run, person=person)
    )
    rows = told.values("person_id").annotate(
        n=Count("pk"),
        doubtful=Count("pk", filter=Q(answer=Verdict.YES)),
        undecided=Count("pk", filter=Q(answer=Verdict.CANNOT_TELL)),
    )
    return {
        row["person_id"]: {"n": row["n"], "doubtful": row["doubtful"], "undecided": row["undecided"]} for row in rows
    }


def person_visible(user: User, company: Company, person_id: int, *, on: date) -> Person:
    """One person whose verification a user may see.

    Raises
    ------
    Missing : there is none, or the user may not see it.
    """
    persons = _scoped(user, company, on=on)
    found = Person.objects.filter(company=company, pk=person_id).first()
    if found is None or (persons is not people.EVERYBODY and found.pk not in persons):
        raise Missing(_("There is no such person."))
    return found


def visit_visible(user: User, company: Company, visit_id: str, *, on: date) -> Visit:
    """One visit whose verification a user may see.

    Raises
    ------
    Missing : there is none, or the user may not see it.
    """
    persons = _scoped(user, company, on=on)
    rows = Visit.objects.filter(company=company, pk=visit_id).select_related("person", "retailer", "planned")
    if persons is not people.EVERYBODY:
        rows = rows.filter(person_id__in=persons)
    found = rows.first()
    if found is None:
        raise Missing(_("There is no such visit."))
    return found


def verdict_on(visit: Visit) -> VisitVerdict | None:
    """The newest verdict that counts on a visit."""
    rows = VisitVerdict.objects.filter(visit=visit, run__mode=RunMode.FORMAL).select_related("run__rule_set")
    return rows.order_by("-run__number").first()


def witnesses_about(visit: Visit) -> QuerySet[Witness]:
    """What others said of the shop about the day of a visit."""
    day = visit.visit_date
    begin, end = (datetime.combine(one, time(), visit.company.zone) for one in (day, day + timedelta(days=1)))
    near = Q(about_from=None, seen_at__gte=begin, seen_at__lt=end) | Q(about_from__lte=day, about_until__gte=day)
    return Witness.objects.filter(near, retailer_id=visit.retailer_id).order_by("seen_at")


def earlier_note(visit: Visit, visit_id: str) -> Visit | None:
    """The visit whose note another one repeats, of the same company."""
    rows = Visit.objects.filter(company=visit.company, pk=visit_id).select_related("person", "retailer")
    return rows.first() if visit_id else None


def checked_verdicts(company: Company) -> list[tuple[str, float, dict[str, str]]]:
    """(was the visit made, the chance of being drawn, what each rule had said) of every check whose round is over.

    Whether the visit was made is what the check found, unless a question about it was concluded: then what was decided.
    `COMBINED` stands beside the rules: whether their risk together, before any check was heard, reached the line from
    which a visit is said to look hollow. Of runs that did not keep that risk it says cannot tell where a check had been heard.
    """
    counted = {run.pk for month in months_verified(company) if (run := latest(company, month)) is not None}
    found = checks.seen_results(company)
    said = VisitVerdict.objects.filter(run_id__in=counted, visit__in=found.order_by().values("visit"))
    found = found.order_by("visit_id", "channel")
    rows = list(found.values_list("visit_id", "confirmed", "drawn_probability"))
    verdicts = {row.visit_id: row for row in said}
    told = [(row.visit_id, row.person_id, row.visit_date, row.answer) for row in verdicts.values()]
    decided = subjects.concluded(subjects.questions(company), told)
    return [
        (decided.get(visit, confirmed), chance, {**verdicts[visit].rules, COMBINED: _together(verdicts[visit])})
        for visit, confirmed, chance in rows
        if visit in verdicts
    ]


def _together(row: VisitVerdict) -> str:
    risk = row.risk_unchecked
    if risk is None and row.rules.get("not_confirmed", "cannot_tell") == "cannot_tell":
        risk = row.risk
    return "cannot_tell" if risk is None else "yes" if risk >= DOUBTFUL else "no"


@dataclass(frozen=True)
class Kept:
    """What supervision keeps about a person: verified months with their counts, checks whose rounds are over, questions."""

    months: list[tuple[date, dict[str, int]]]
    checks: list[Check]
    flags: list[Flag]


def kept_about(person: Person) -> Kept:
    """Everything that supervision keeps about a person, but for checks of rounds that are not over."""
    months = []
    for month in months_verified(person.company):
        run = latest(person.company, month)
        counts = counts_by_person(run, person).get(person.pk) if run is not None else None
        if counts:
            months.append((month, counts))
    found = checks.results_of(person).order_by("-visit__visit_date", "channel")
    return Kept(months, list(found), list(Flag.objects.filter(person=person).order_by("-opened_at", "-id")))
