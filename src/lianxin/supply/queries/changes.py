"""Reads about changes by hand: the journal is open to everybody inside."""

from datetime import date

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from lianxin.foundation import parameters
from lianxin.foundation.errors import Missing
from lianxin.foundation.models import Company
from lianxin.supply.models import HandChange, Round
from lianxin.supply.states import ChangeState


def changes(company: Company) -> QuerySet[HandChange]:
    """Every change by hand of a company."""
    rows = HandChange.objects.filter(round__company=company)
    return rows.select_related("round", "round__company", "product", "retailer", "holder", "proposed_by", "decided_by")


def change_of(company: Company, pk: str) -> HandChange:
    """One change by hand.

    Raises
    ------
    Missing : the company has none of this id.
    """
    found = changes(company).filter(pk=pk).first()
    if found is None:
        raise Missing(_("There is no such change."))
    return found


def of_line(round: Round, product_id: int, retailer_id: int) -> list[HandChange]:
    """The changes of one line, newest first."""
    rows = changes(round.company).filter(round=round, product_id=product_id, retailer_id=retailer_id)
    return list(rows.order_by("-proposed_at", "-pk"))


def open_changes(company: Company) -> QuerySet[HandChange]:
    """Changes that wait for a second person."""
    return changes(company).filter(state=ChangeState.PROPOSED)


def reasons(company: Company, *, on: date) -> tuple[str, ...]:
    """The company's list of reasons in force on a day."""
    return tuple(parameters.in_force(company, on=on)["supply.change_reasons"])
