"""Reads about closings and scorecards. Only released closings are seen; scorecards only by those whose scope reaches them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, CharField, Q, QuerySet, Value, When
from django.db.models.functions import Concat
from django.utils.translation import gettext as _

from lianxin.appraisal.models import Closing, SchemeVersion, Scorecard, ScorePart, Verification
from lianxin.appraisal.states import Step
from lianxin.core.units import last_day
from lianxin.foundation.errors import Missing
from lianxin.foundation.models import Company, User
from lianxin.people import queries as people_queries


def closings(company: Company) -> QuerySet[Closing]:
    """Every closing, the newest month and version first, without the rows kept for computing again."""
    return (
        Closing.objects.filter(company=company)
        .select_related("scheme_version__scheme", "previous", "started_by")
        .defer("inputs", "parameters")
        .order_by("-month", "-number")
    )


def latest(company: Company, month: date) -> Closing | None:
    """The newest released closing of a month."""
    return (
        Closing.objects.filter(company=company, month=month, step=Step.RELEASED)
        .select_related("scheme_version__scheme", "company")
        .order_by("-number")
        .first()
    )


def latest_month(company: Company) -> date | None:
    """The newest month that is closed."""
    return (
        Closing.objects.filter(company=company, step=Step.RELEASED)
        .order_by("-month")
        .values_list("month", flat=True)
        .first()
    )


def closing_by_pk(company: Company, pk: int) -> Closing:
    """A closing of the company.

    Raises
    ------
    Missing : there is none.
    """
    found = (
        Closing.objects.filter(company=company, pk=pk)
        .select_related("company", "scheme_version__scheme", "previous__scheme_version__scheme", "started_by")
        .first()
    )
    if found is None:
        raise Missing(_("There is no such closing."))
    return found


def required(company: Company, month: date) -> Closing:
    """The newest released closing of a month.

    Raises
    ------
    Missing : the month is not closed.
    """
    found = latest(company, month)
    if found is None:
        raise Missing(
            _("%(month)s is not closed. Close it first: lianxin close %(month)s.") % {"month": f"{month:%Y-%m}"},
            field="month",
        )
    return found


def newest_ids(company: Company) -> list[int]:
    """Ids of the newest released closing of every month."""
    newest: dict[date, int] = {}
    released = Closing.objects.filter(company=company, step=Step.RELEASED).order_by("number")
    for pk, month in released.values_list("pk", "month"):
        newest[month] = pk
    return sorted(newest.values())


def scorecards(user: User, company: Company, *, month: date) -> QuerySet[Scorecard]:
    """Scorecards of a month's newest closing that the user may see, in scope on the last day of the month.

    `place` sorts them by unit, those without a total at the end of it.

    Raises
    ------
    Denied : the user sees no scorecards at all.
    """
    persons = people_queries.persons_in_scope(user, "scorecards.read", company, on=last_day(month))
    closing = latest(company, month)
    rows = Scorecard.objects.filter(closing=closing).select_related("person", "closing__scheme_version__scheme")
    rows = _placed(rows)
    return rows if persons is people_queries.EVERYBODY else rows.filter(person_id__in=persons)


def no_scorecards() -> QuerySet[Scorecard]:
    """Nothing, for a company that has closed no month."""
    return _placed(Scorecard.objects.none())


def _placed(rows: QuerySet[Scorecard]) -> QuerySet[Scorecard]:
    has_total = Case(When(total_milli=None, then=Value(" 2 ")), default=Value(" 1 "))
    return rows.annotate(place=Concat("unit", has_total, "person__employee_no", output_field=CharField()))


def last_verification(closing: Closing) -> Verification | None:
    """The newest computing-again of a closing."""
    return closing.verifications.select_related("made_by").order_by("-made_at").first()


def scorecard(user: User, company: Company, pk: int) -> Scorecard:
    """A scorecard that the user may see.

    Raises
    ------
    Denied : the user sees no scorecards at all.
    Missing : there is none, or it is not his to see; the answer does not tell which.
    """
    found = (
        Scorecard.objects.filter(pk=pk, closing__company=company, closing__step=Step.RELEASED)
        .select_related("person", "closing__scheme_version__scheme", "closing__company")
        .first()
    )
    on = last_day(found.closing.month if found else date.min)
    persons = people_queries.persons_in_scope(user, "scorecards.read", company, on=on)
    if found is None or (persons is not people_queries.EVERYBODY and found.person_id not in persons):
        raise Missing(_("There is no such scorecard."))
    return found


def trend(card: Scorecard, months: int = 13) -> list[Scorecard]:
    """The person's scorecards under the same version of the scheme, up to this month, oldest first."""
    if card.closing.scheme_version_id is None:
        return []
    rows = Scorecard.objects.filter(
        person_id=card.person_id,
        closing_id__in=newest_ids(card.closing.company),
        closing__scheme_version_id=card.closing.scheme_version_id,
        closing__month__lte=card.closing.month,
    ).select_related("closing")
    return list(rows.order_by("-closing__month")[:months])[::-1]


def months_under_other_versions(card: Scorecard) -> int:
    """How many closed months of the person were judged by another version and are therefore not in the trend."""
    return (
        Scorecard.objects.filter(person_id=card.person_id, closing_id__in=newest_ids(card.closing.company))
        .exclude(closing__scheme_version_id=card.closing.scheme_version_id)
        .count()
    )


def group_of(card: Scorecard) -> list[int]:
    """Totals of the group in milli-points, sorted, without those who have none. Numbers only: nobody is named."""
    rows = Scorecard.objects.filter(closing_id=card.closing_id, group_key=card.group_key, total_milli__isnull=False)
    return sorted(total for total in rows.values_list("total_milli", flat=True) if total is not None)


def changed_evidence(closing: Closing) -> list[str]:
    """Pinned tables whose version differs from the previous closing; also `parameters`, `scheme`, `judgements`, `formulas`."""
    before = closing.previous
    if before is None:
        return []
    found = [table for table, version in sorted(closing.pinned.items()) if before.pinned.get(table) != version]
    if before.parameters_digest != closing.parameters_digest:
        found.append("parameters")
    if before.scheme_version_id != closing.scheme_version_id:
        found.append("scheme")
    if before.inputs.get("judgements") != closing.inputs.get("judgements"):
        found.append("judgements")
    if before.code_version != closing.code_version:
        found.append("formulas")
    return found


@dataclass(frozen=True)
class Shift:
    """What a new closing changed for a person: the total (part "") or one part. None where there was no answer."""

    person_id: int
    employee_no: str
    name: str
    unit: str
    part: str
    before_milli: int | None
    after_milli: int | None
    before_value: float | None
    after_value: float | None

    @property
    def change_milli(self) -> int | None:
        """Points gained or lost in thousandths; None unless there are both."""
        if self.before_milli is None or self.after_milli is None:
            return None
        return self.after_milli - self.before_milli


def shifts(closing: Closing) -> list[Shift]:
    """Everything that differs from the previous closing of the month, by person, the total first."""
    if closing.previous_id is None:
        return []
    before, after = _lines(closing.previous_id), _lines(closing.pk)
    found = []
    for key in sorted(before.keys() | after.keys(), key=lambda key: (key[1], key[2])):
        left, right = before.get(key), after.get(key)
        if left is None or right is None or (left["milli"], left["value"]) != (right["milli"], right["value"]):
            known: Mapping[str, Any] = right or left or {}
            found.append(
                Shift(
                    person_id=key[0],
                    employee_no=key[1],
                    name=known["name"],
                    unit=known["unit"],
                    part=key[2],
                    before_milli=left["milli"] if left else None,
                    after_milli=right["milli"] if right else None,
                    before_value=left["value"] if left else None,
                    after_value=right["value"] if right else None,
                )
            )
    return found


def _lines(closing_id: int) -> dict[tuple[int, str, str], dict[str, Any]]:
    found: dict[tuple[int, str, str], dict[str, Any]] = {}
    for card in Scorecard.objects.filter(closing_id=closing_id).select_related("person"):
        key = (card.person_id, card.person.employee_no, "")
        found[key] = {"milli": card.total_milli, "value": None, "name": card.person.name, "unit": card.unit}
    for line in ScorePart.objects.filter(scorecard__closing_id=closing_id).select_related("scorecard__person"):
        person = line.scorecard.person
        found[(person.pk, person.employee_no, line.part)] = {
            "milli": line.points_milli,
            "value": line.value,
            "name": person.name,
            "unit": line.scorecard.unit,
        }
    return found


def schemes_used(company: Company) -> QuerySet[SchemeVersion]:
    """Versions by which some month was scored."""
    used = Q(closings__company=company, closings__step=Step.RELEASED)
    return SchemeVersion.objects.filter(used).distinct().select_related("scheme")
