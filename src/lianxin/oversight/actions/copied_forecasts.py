"""Managers whose forecasts repeat what was there before, though evidence lay beside them, asked about it once a judging."""

from datetime import date, datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext as _

from lianxin.core.parameters import value_of
from lianxin.demand.models import Judging
from lianxin.demand.queries import copies, judged
from lianxin.demand.states import JudgedKind
from lianxin.foundation import access, audit
from lianxin.foundation.errors import Refused
from lianxin.foundation.models import Company, User
from lianxin.oversight.actions import flags
from lianxin.oversight.models import Flag
from lianxin.oversight.queries import standing
from lianxin.oversight.wording import Wording, wording
from lianxin.people.models import Person

RULE: Final = "copied_forecasts"
# Of each question; the page of the manager's numbers has them all.
_SHOWN: Final = 8


@transaction.atomic
def ask(*, company: Company, by: User, at: datetime, on: date) -> list[Flag]:
    """Questions to those of whom the newest judging says that they are to be asked.

    Nobody is asked twice about one judging, nor about the numbers of an earlier question: a judging holds all rounds there were,
    and asks again only where judging.copied_evidence repeated numbers with evidence were given for periods that no question knew.
    It shows these alone.

    Raises
    ------
    Denied : a post that may not verify.
    Refused : no judging yet, or the rule is suspended because it was wrong too often.
    """
    access.require(by, "verification.run", company)
    judging = judged.newest(company)
    if judging is None:
        raise Refused(_("No round has been held against its sales yet."))
    if standing.is_suspended(company, RULE):
        raise Refused(_("This rule is suspended: it was wrong too often. It opens nothing until it is adopted again."))
    least = int(value_of(judging.parameters, "judging.copied_evidence"))
    made = []
    for person, rows in judged.persons_judged(by, judging, JudgedKind.COPYING, on=on):
        told = [row for row in rows if row["answer"] == "yes"]
        since = _asked_until(person) if told else None
        asked = [row for row in told if since is None or _n_new(judging, person, row["kind"], since) >= least]
        subject = f"{RULE}:{person.pk}:{judging.known_until:%Y-%m}"
        if not asked or standing.has_asked(company, RULE, subject):
            continue
        made.append(
            flags.open(
                company=company,
                person=person,
                rule=RULE,
                rule_version=f"{judging.number}",
                subject=subject,
                question=wording("copied_forecasts.question"),
                evidence=_evidence(judging, person, asked, since),
                by=None,
                at=at,
                on=on,
            )
        )
    audit.record(
        company=company, by=by, verb="flags.ask_about_copies", subject=f"forecast_judging:{judging.number}",
        after={"questions": len(made)}, at=at,
    )  # fmt: skip
    return made


def _asked_until(person: Person) -> date | None:
    """The day before which the sales of all periods were known that questions to a person were about; None: nobody asked yet."""
    numbers = Flag.objects.filter(company=person.company_id, person=person, rule=RULE).values_list(
        "rule_version", flat=True
    )
    asked = Judging.objects.filter(company=person.company_id, number__in=[int(number) for number in numbers])
    latest: date | None = asked.aggregate(latest=Max("known_until"))["latest"]
    return latest


def _repeated(judging: Judging, person: Person, kind: str, since: date | None) -> list[copies.Repeated]:
    """The repeated numbers beside which evidence lay, of periods that no earlier question knew."""
    lines = copies.lines_repeated(judging, person, kind, with_evidence=True)
    return [line for line in lines if since is None or line.period_start >= since]


def _n_new(judging: Judging, person: Person, kind: str, since: date) -> int:
    return len(_repeated(judging, person, kind, since))


def _evidence(
    judging: Judging, person: Person, asked: list[dict[str, Any]], since: date | None
) -> list[dict[str, str | Wording]]:
    source = wording("judging.source", n=judging.number)
    items: list[dict[str, str | Wording]] = [
        {
            "title": wording("copied_forecasts.history" if row["kind"] == "history" else "copied_forecasts.system"),
            "text": wording(
                "copied_forecasts.text",
                share=f"{row['share']:.0%}",
                chance=f"{row['chance']:.0%}",
                n=row["n_told"],
                evidence=row["n_with_evidence"],
            ),
            "source": source,
            "url": f"{reverse('demand:copied_lines', args=[person.pk])}?kind={row['kind']}&evidence=lay",
        }
        for row in asked
    ]
    for row in asked:
        for line in _repeated(judging, person, row["kind"], since)[:_SHOWN]:
            items.append(
                {
                    "title": f"{line.period_start} {line.shop} {line.product}",
                    "text": wording(
                        "copied_forecasts.row",
                        units=line.units,
                        same=[wording(f"copied_forecasts.as.{one}") for one in line.sources],
                        came=wording("copied_forecasts.unknown") if line.came is None else str(line.came),
                    ),
                    "source": source,
                    "url": reverse("demand:sheet", args=[line.round_id, person.pk]),
                }
            )
    return items
