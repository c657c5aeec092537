"""Who may bring, take out and look into files of a survey: nobody who is judged by it, nor who leads those who are."""

from collections.abc import Collection
from datetime import date

from django.utils.translation import gettext as _

from lianxin.foundation import access
from lianxin.foundation.errors import Denied
from lianxin.foundation.models import Company, User
from lianxin.foundation.states import Role
from lianxin.voice import queries
from lianxin.voice.models import Survey
from lianxin.voice.states import Standing

BRING = "surveys.bring"


def _is_in_line(user: User, company: Company) -> bool:
    return bool(access.roles_of(user, company) & {Role.CUSTOMER_MANAGER, Role.MARKET_MANAGER})


def is_of_office(user: User, company: Company) -> bool:
    """Whether somebody is of the office outside the line, which brings surveys."""
    return access.may(user, BRING, company) and not _is_in_line(user, company)


def may_see(user: User, survey: Survey, standing: Standing) -> bool:
    """Whether somebody who may read surveys is told what this one says: one that is not released, its office alone."""
    return standing == Standing.RELEASED or (standing == Standing.DRAFT and is_of_office(user, survey.company))


def require_outside_the_line(*, by: User, company: Company) -> None:
    """Let through the office outside the line.

    Raises
    ------
    Denied : the post may not bring surveys; or he visits retailers, or leads those who do, whatever else he is.
    """
    access.require(by, BRING, company)
    if _is_in_line(by, company):
        raise Denied(
            _(
                "A survey is brought by people who neither visit retailers nor lead those who do. Ask the supervision office."
            )
        )


def require_no_interest(*, by: User, persons: Collection[int], months: Collection[date], on: date) -> None:
    """Let through whoever has no interest in the questionnaires about these persons in these months.

    Raises
    ------
    Denied : he is assessed by them, an assessed person reported to him, or he held a post in the line then.
    """
    if by.pk in queries.with_an_interest(persons, months, on=on):
        raise Denied(
            _(
                "This survey is about you, about somebody who reports to you, or about a month in which you held a post in the "
                "line. Somebody of the office without an interest in it must do this."
            )
        )
