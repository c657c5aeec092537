"""Files of targets."""

from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.core.units import Level
from lianxin.foundation.imports import cells, kinds
from lianxin.foundation.imports.kinds import Column, Intake
from lianxin.foundation.imports.lines import Line
from lianxin.foundation.imports.rows import Book, RowKind
from lianxin.foundation.imports.sentences import known_otherwise
from lianxin.foundation.models import Company
from lianxin.people.models import Person, Unit
from lianxin.plans.checks import is_indicator
from lianxin.plans.models import Target
from lianxin.retailers.models import Licence, RetailerVersion

Key = tuple[Any, str, str, str]
LEVELS: Final = cells.codes_of([level.value for level in Level])


class Targets(RowKind):
    """What managers, routes, units, retailers or the company are to reach in a month."""

    name = "targets"
    title = gettext_lazy("Targets")
    columns = (
        Column("month", cells.month, required=True),
        Column("level", cells.choice(LEVELS), required=True),
        Column("entity", cells.text(80), required=True),
        Column("indicator", cells.key(80), required=True),
        Column("target", cells.share_or_number, required=True),
    )

    def decide(self, book: Book, intake: Intake) -> None:
        entities = _Entities(intake.company)
        rows: dict[Key, Target] = {
            (row.month, row.level, row.entity, row.indicator): row
            for row in Target.objects.filter(company=intake.company).iterator(chunk_size=5000)
        }
        for line in book.lines:
            self._decide_line(book, intake, entities, rows, line)

    def _decide_line(
        self, book: Book, intake: Intake, entities: "_Entities", rows: dict[Key, Target], line: Line
    ) -> None:
        entry = line.entries[0]
        entity = entities.known(entry["level"], entry["entity"])
        if not is_indicator(entry["indicator"]):
            book.refuse(line, "indicator", entry["indicator"], _("There is no indicator with this code."))
            return
        if entity is None:
            reason = _("There is no %(level)s with this number or name.") % {"level": entry["level"]}
            book.refuse(line, "entity", entry["entity"], reason)
            return
        key = (entry["month"], entry["level"], entity, entry["indicator"])
        row = rows.get(key)
        if row is None:
            rows[key] = row = Target(
                company=intake.company,
                month=key[0],
                level=key[1],
                entity=entity,
                indicator=key[3],
                target=entry["target"],
            )
            book.journal.make(row)
            book.accept(line)
        elif row.target == entry["target"]:
            book.duplicate(line)
        elif not intake.is_correction or row.pk is None:
            book.refuse(line, "target", entry["target"], known_otherwise(entry, {"target": row.target}, ["target"]))
        else:
            book.journal.change(row)
            row.target = entry["target"]
            book.accept(line)


class _Entities:
    """Who can have a target. Numbers of persons and licences, names of units and routes, the company by code or name."""

    def __init__(self, company: Company) -> None:
        self._known: dict[str, dict[str, str]] = {
            Level.MANAGER: _same(Person.objects.filter(company=company).values_list("employee_no", flat=True)),
            Level.UNIT: _same(Unit.objects.filter(company=company).values_list("code", flat=True)),
            Level.COMPANY: {company.code: company.code, company.name: company.code},
            Level.ROUTE: _same(
                RetailerVersion.objects.filter(retailer__company=company)
                .exclude(route="")
                .values_list("route", flat=True)
                .distinct()
            ),
        }
        self._company = company

    def known(self, level: str, entity: str) -> str | None:
        """The entity under the name by which results know it, or None."""
        if level == Level.RETAILER and level not in self._known:
            licences = Licence.objects.filter(company=self._company)
            self._known[level] = dict(licences.values_list("licence_no", "retailer__licence_no"))
        return self._known[level].get(entity)


def _same(names: Any) -> dict[str, str]:
    return {name: name for name in names}


kinds.register(Targets())
