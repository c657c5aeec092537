"""Reads of what is prepared for visits: types, themes, questions, and for which units a user prepares."""

from datetime import date
from typing import TypeVar

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from lianxin.foundation import access
from lianxin.foundation.errors import Missing
from lianxin.foundation.models import Company, User
from lianxin.foundation.states import Scope
from lianxin.people import queries as people
from lianxin.people.models import Unit
from lianxin.visits.models import DayQuestion, Theme, Visit, VisitType

Row = TypeVar("Row", VisitType, Theme, DayQuestion)


def types(company: Company) -> QuerySet[VisitType]:
    """The newest version of each type, with how many visits were made by any of its versions (`n_visits`)."""
    newest = VisitType.objects.filter(company=company, code=OuterRef("code")).order_by("-version").values("pk")[:1]
    made = (
        Visit.objects.filter(visit_type__company=company, visit_type__code=OuterRef("code"))
        .order_by()
        .values("visit_type__code")
        .annotate(n=Count("pk"))
        .values("n")
    )
    return (
        VisitType.objects.filter(company=company, pk=Subquery(newest))
        .annotate(n_visits=Subquery(made))
        .order_by("code")
    )


def versions(visit_type: VisitType) -> QuerySet[VisitType]:
    """Every version of a type, newest first."""
    return VisitType.objects.filter(company=visit_type.company, code=visit_type.code).order_by("-version")


def prepares_for_all(user: User, company: Company) -> bool:
    """Whether the user prepares for the whole company, types of visits included."""
    return access.scope_of(user, "visits.prepare", company) in (Scope.COMPANY, Scope.ALL)


def units_prepared(user: User, company: Company, *, on: date) -> QuerySet[Unit]:
    """The units for which a user prepares."""
    rows = Unit.objects.filter(company=company).order_by("code")
    return rows if prepares_for_all(user, company) else rows.filter(pk__in=people.units_of(user, company, on=on))


def _seen(user: User, company: Company, on: date) -> Q:
    if prepares_for_all(user, company):
        return Q()
    return Q(unit=None) | Q(unit_id__in=people.units_of(user, company, on=on))


def themes(user: User, company: Company, *, on: date) -> QuerySet[Theme]:
    """The themes of the company and of the units for which the user prepares."""
    return Theme.objects.filter(_seen(user, company, on), company=company).select_related("unit", "made_by")


def questions(user: User, company: Company, *, on: date) -> QuerySet[DayQuestion]:
    """The questions of the company and of the units for which the user prepares."""
    return DayQuestion.objects.filter(_seen(user, company, on), company=company).select_related("unit", "made_by")


def one(rows: QuerySet[Row], pk: int) -> Row:
    """One of some rows.

    Raises
    ------
    Missing : it is not among them.
    """
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Missing(_("There is nothing of that number among what you may see."))
    return row
