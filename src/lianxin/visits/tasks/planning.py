"""The job that makes call plans: one manager after the other, each in a transaction of its own, so that a killed job goes on."""

from datetime import date
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from lianxin.core.visiting import plan
from lianxin.foundation import clock, jobs
from lianxin.foundation.errors import Refused
from lianxin.foundation.models import Company, User
from lianxin.people.models import Person
from lianxin.visits.actions import planning
from lianxin.visits.models import PlanCycle
from lianxin.visits.queries.plan_inputs import JOB, inputs_of
from lianxin.visits.queries.plan_reasons import reasons_of
from lianxin.visits.states import PlanState

KIND = JOB


def make_plan(company: Company, person: Person, *, starts_on: date, by: User | None, on: date) -> PlanCycle:
    """The plan of one manager's cycle, made and recorded. What was said of its draft during the search is before the plan."""
    inputs = inputs_of(company, person, starts_on=starts_on)
    made = plan(str(person.pk), inputs.start, inputs.retailers, inputs.days, inputs.settings)
    ids = {int(one.retailer_id) for one in made.visits}
    why = reasons_of(company, ids, on=min(starts_on, on), until=inputs.ends_on)
    return planning.record(inputs=inputs, plan=made, reasons=why, by=by, at=clock.now(), on=on)


def run(company: Company, arguments: dict[str, Any], owner: User | None, progress: jobs.Progress) -> dict[str, Any]:
    """The job: {starts_on, persons: [ids], asked_at}. A plan made since it was asked for is not made again."""
    starts_on = date.fromisoformat(arguments["starts_on"])
    asked_at = parse_datetime(arguments["asked_at"])
    persons = list(Person.objects.filter(company=company, pk__in=arguments["persons"]).order_by("employee_no"))
    made, refused = [], []
    for number, person in enumerate(persons):
        progress.tell(number / len(persons), _("Plan of %(person)s") % {"person": person})
        known = PlanCycle.objects.filter(
            person=person, starts_on=starts_on, state=PlanState.DRAFT, made_at__gte=asked_at
        )
        cycle = known.first()
        if cycle is None:
            try:
                cycle = make_plan(company, person, starts_on=starts_on, by=owner, on=clock.today(company))
            except Refused as why:
                refused.append({"person": person.employee_no, "why": why.message})
                continue
        made.append(cycle.pk)
    if not made and refused:
        raise Refused(refused[0]["why"])
    url = f"/visits/plans/{made[0]}/" if len(made) == 1 else f"/visits/plans/?starts_on={starts_on}"
    return {"made": made, "refused": refused, "result_url": url}
