"""Reads about tests for favour and the rows behind them."""

from datetime import date
from typing import Any, Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from lianxin.core.tables.supply import ALLOCATION_RESIDUALS
from lianxin.foundation.errors import Missing
from lianxin.foundation.facts import the_engine, the_lake
from lianxin.foundation.models import Company, User
from lianxin.goods.models import Product
from lianxin.people import queries as people
from lianxin.people.models import Person
from lianxin.retailers.models import Retailer
from lianxin.supply.models import FavourFinding, FavourRun, Round, RoundSum
from lianxin.supply.states import SumKind, Variant

SHOWN_ROWS: Final = 200


def runs(company: Company) -> QuerySet[FavourRun]:
    """Every test for favour."""
    return FavourRun.objects.filter(company=company).select_related("made_by")


def run_of(company: Company, number: int) -> FavourRun:
    """One test for favour.

    Raises
    ------
    Missing : the company has none of this number.
    """
    found = runs(company).filter(number=number).first()
    if found is None:
        raise Missing(_("There is no such test."))
    return found


def findings(run: FavourRun) -> QuerySet[FavourFinding]:
    """What both tests say of every manager."""
    return FavourFinding.objects.filter(run=run).select_related("person", "run", "run__company")


def finding_of(run: FavourRun, pk: int) -> FavourFinding:
    """One finding of a test.

    Raises
    ------
    Missing : the test has none of this number.
    """
    found = findings(run).filter(pk=pk).first()
    if found is None:
        raise Missing(_("There is no such finding."))
    return found


def finding_visible(user: User, company: Company, number: int, pk: int, *, on: date) -> FavourFinding:
    """One finding of a test that a user may see: any, or only one about himself of which he was asked.

    Raises
    ------
    Missing : there is none, or the user may not see it; the answer is the same, so that nothing leaks.
    """
    rows = FavourFinding.objects.filter(run__company=company, run__number=number, pk=pk)
    persons = people.persons_in_scope(user, "favour.finding", company, on=on)
    if persons is not people.EVERYBODY:
        rows = rows.filter(person_id__in=persons, question_opened_at__isnull=False)
    found = rows.select_related("person", "run", "run__company").first()
    if found is None:
        raise Missing(_("There is no such finding."))
    return found


def batch_of(run: FavourRun) -> str:
    """The name under which the rows of a test lie in the lake."""
    return f"favour-{run.company_id}-{run.number}"


def scarce_products(round: Round) -> set[int]:
    """Products of a round of which more was asked for than was given, or of which the wishes are not all known."""
    rows = RoundSum.objects.filter(round=round, kind=SumKind.PRODUCT, variant=Variant.CHOSEN)
    return {
        row.product_id
        for row in rows
        if row.product_id is not None and (row.wanted_units is None or row.wanted_units > row.share_units)
    }


def rounds_of(run: FavourRun) -> list[Round]:
    """The rounds that a test read."""
    return list(run.rounds.order_by("week", "number"))


def retailers_told(finding: FavourFinding) -> list[dict[str, Any]]:
    """The retailers that a finding tells, with their names."""
    told = finding.details.get("retailers", [])
    names = Retailer.objects.in_bulk([int(row["retailer_id"]) for row in told])
    return [{**row, "retailer": names[int(row["retailer_id"])]} for row in told if int(row["retailer_id"]) in names]


def rows_behind(run: FavourRun, person: Person, *, limit: int = SHOWN_ROWS, start: int = 0) -> list[dict[str, Any]]:
    """The lines of a manager's retailers that a test compared, those that got most beyond comparison first.

    Parameters
    ----------
    limit, start : so many of them, after leaving out so many
    """
    table = ALLOCATION_RESIDUALS.unbound()
    mine = table.filter((table.person_id == person.pk) & table.residual_units.notnull())
    asked = mine.order_by(
        [mine.residual_units.desc(), mine.week, mine.product_id, mine.retailer_id]
    ).limit(limit, offset=start)  # fmt: skip
    files = the_lake().files(ALLOCATION_RESIDUALS.name, company_id=run.company_id, batch_ids={batch_of(run)})
    found = the_engine().run(asked, {ALLOCATION_RESIDUALS.name: files}).to_pylist()
    retailers = Retailer.objects.in_bulk({row["retailer_id"] for row in found})
    products = Product.objects.in_bulk({row["product_id"] for row in found})
    return [
        {
            **row,
            "id": start + number,
            "retailer": retailers[row["retailer_id"]].name,
            "licence_no": retailers[row["retailer_id"]].licence_no,
            "product": products[row["product_id"]].name,
            "product_code": products[row["product_id"]].product_code,
        }
        for number, row in enumerate(found)
    ]
