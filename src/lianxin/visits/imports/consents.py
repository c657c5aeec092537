"""Files of consents to positions that were given elsewhere, on paper or in another system."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.foundation import parameters as dated
from lianxin.foundation.imports import cells
from lianxin.foundation.imports.kinds import Column, Intake
from lianxin.foundation.imports.rows import Book, RowKind
from lianxin.visits.imports import shared
from lianxin.visits.limits import consent_purpose
from lianxin.visits.models import PositionConsent


class PositionConsents(RowKind):
    """Who consented to positions at check-in and check-out, from when, and until when."""

    name = "position_consents"
    title = gettext_lazy("Consents to positions")
    columns = (
        Column("employee_no", cells.key(40), required=True),
        Column("given_at", shared.instant, required=True),
        Column("withdrawn_at", shared.instant),
        Column("purpose", shared.words(2000)),
    )

    def decide(self, book: Book, intake: Intake) -> None:
        persons = shared.Names(intake.company).persons
        purpose = consent_purpose(dated.in_force(intake.company, on=intake.at.astimezone(intake.company.zone).date()))
        known: dict[tuple[int, Any], PositionConsent] = {
            (row.person_id, row.given_at): row for row in PositionConsent.objects.filter(person__company=intake.company)
        }
        for line in book.lines:
            entry = line.entries[0]
            person = persons.get(entry["employee_no"])
            until = entry.get("withdrawn_at")
            if person is None:
                book.refuse(line, "employee_no", entry["employee_no"], _("There is no person with this number."))
            elif until is not None and until <= entry["given_at"]:
                book.refuse(line, "withdrawn_at", until, _("It was withdrawn before it was given."))
            elif (person.pk, entry["given_at"]) in known:
                row = known[person.pk, entry["given_at"]]
                if row.withdrawn_at == until:
                    book.duplicate(line)
                elif row.pk is not None and row.withdrawn_at is None:
                    book.journal.change(row)
                    row.withdrawn_at = until
                    book.accept(line)
                else:
                    book.refuse(
                        line, "withdrawn_at", until, _("A withdrawal is never taken back; consent is given anew.")
                    )
            else:
                row = PositionConsent(
                    person=person,
                    purpose=entry.get("purpose") or purpose,
                    given_at=entry["given_at"],
                    withdrawn_at=until,
                )
                known[person.pk, entry["given_at"]] = row
                book.journal.make(row)
                book.accept(line)
